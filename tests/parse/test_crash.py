from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from harness.parse.crash import read_crashes

LOG = (Path(__file__).parent.parent / "data" / "parse" / "crash.logcat").read_text()
TOOL = "/data/local/tmp/harness/cas/ab12/benchmark_model"


def test_each_crash_has_its_program_signal_and_own_frames():
    other, tool = read_crashes(LOG)
    assert (other.process, other.signal_name) == ("/system/bin/cameraserver", "SIGABRT")
    assert (tool.process, tool.signal, tool.signal_name) == (TOOL, 11, "SIGSEGV")
    assert tool.signal_code == "SEGV_MAPERR"
    assert [frame.number for frame in tool.frames] == [0, 1, 2, 3]


def test_the_culprit_is_who_called_the_c_library_and_its_line_is_told():
    tool = read_crashes(LOG)[1]
    assert tool.culprit.path == "/vendor/lib64/egl/libGLES_maker.so"
    assert "libGLES_maker.so" in LOG.split("\n")[tool.culprit.line - 1]


def test_a_crash_within_the_c_library_alone_names_it():
    cut = LOG.split("      #01 pc 0000000000010428")[0]
    assert read_crashes(cut)[0].culprit.file == "libc.so"


def test_frames_of_another_thread_are_left_out():
    again = "".join(f"{line}\n" for line in LOG.splitlines() if "pc 0000000000a" in line)
    assert len(read_crashes(LOG + again)[1].frames) == 4


def test_a_log_without_a_crash_has_none():
    assert read_crashes("--------- beginning of crash\n") == ()


@given(st.lists(st.sampled_from(LOG.splitlines()) | st.text()))
def test_any_log_is_read_without_an_error(lines):
    for crash in read_crashes("\n".join(lines)):
        assert crash.culprit is None or crash.culprit in crash.frames
