"""The undo log: what is read back is what was written, and nothing in it is trusted."""

import json
import shlex
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.device.adb.controls.hold import conclude
from harness.device.adb.controls.knob import Knob, KnobKind
from harness.device.adb.controls.phone import Put, Restored, parse_answers, telling
from harness.device.adb.controls.undolog import Entry, HostLog, UndoLog, read_log

SAVER = Knob(KnobKind.SETTING, "global/low_power")
SCALE = Knob(KnobKind.SETTING, "global/window_animation_scale")
MODE = Knob(KnobKind.FIXED, "mode")
LOG = UndoLog(
    hold_id="t1",
    owner="20261125-1",
    machine="host-1",
    device="P 1/2",
    boot="b1",
    entries=(
        Entry(SAVER, "1", ("0",), "1"),
        Entry(SCALE, "null", ("0", "0.1"), "null"),
        Entry(MODE, "", ("true",), "false"),
    ),
)


def test_what_was_written_is_read():
    assert read_log(json.dumps(LOG.to_json())) == (LOG, ())


def test_the_last_change_is_undone_first():
    lines = LOG.steps().splitlines()
    words = [shlex.split(line) for line in lines]
    assert [one[1] for one in words] == [
        "fixed_performance:mode",
        "setting:global/window_animation_scale",
        "setting:global/low_power",
    ]
    assert words[1][2:4] == ["null", "0 0.1"]
    assert words[0][4] == ""


@pytest.mark.parametrize(
    "change",
    [
        {"name": "global/adb_enabled"},
        {"before": "1; reboot"},
        {"back": "$(reboot)"},
        {"ours": ["0", "`id`"]},
        {"ours": []},
        {"kind": "shell"},
        {"before": ""},
        {"ours": 3},
        {"name": None},
    ],
)
def test_an_entry_that_the_harness_would_not_write_is_not_followed(change):
    document = LOG.to_json()
    document["entries"][0] |= change
    log, wrong = read_log(json.dumps(document))
    assert log == replace(LOG, entries=LOG.entries[1:])
    assert len(wrong) == 1


@given(
    st.one_of(
        st.text(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=10),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["schema", "entries", "kind", "name", "x"]), inner
                )
            ),
        ).map(json.dumps),
    )
)
def test_any_text_is_read_without_a_word_of_it_reaching_a_command(text):
    log, _ = read_log(text)
    assert log is None or log.entries == ()


def test_a_torn_log_is_told_and_an_absent_one_is_not():
    assert read_log(json.dumps(LOG.to_json())[:-5]) == (None, ("the undo log cannot be read",))
    assert read_log("") == (None, ())


def test_the_hosts_log_is_one_file_a_device_whatever_it_is_called(tmp_path):
    host = HostLog(tmp_path / "undo", LOG.device)
    assert host.read() == (None, ())
    host.write(LOG)
    assert host.read() == (LOG, ())
    (path,) = (tmp_path / "undo").iterdir()
    assert path.parent == tmp_path / "undo"
    host.remove()
    host.remove()
    assert host.read() == (None, ())


def test_without_a_folder_the_phone_alone_keeps_a_log():
    host = HostLog(None, "P1")
    host.write(LOG)
    assert host.read() == (None, ())


ANSWERS = """setting:global/low_power restored
setting:global/window_animation_scale foreign 0.5
fixed_performance:mode gone
noise
setting:x; reboot restored
"""


def test_answers_are_read_and_told():
    answers = parse_answers(ANSWERS)
    assert [one.put for one in answers] == [Put.RESTORED, Put.FOREIGN, Put.GONE]
    assert telling(answers[0], LOG) == "low_power put back to 1"
    assert "window_animation_scale is 0.5 now" in telling(answers[1], LOG)
    assert telling(answers[2], LOG) == ""


def test_the_logs_may_go_only_when_every_value_was_answered_for():
    whole = parse_answers(ANSWERS)
    assert conclude(LOG, whole)[1]
    assert not conclude(LOG, whole[1:])[1]
    assert "low_power" in conclude(LOG, whole[1:])[0][-1]
    failed = (*whole[1:], Restored("global/low_power", Put.FAILED, "0"))
    notes, may_go = conclude(LOG, failed)
    assert not may_go
    assert any("could not be put back: it is 0" in note for note in notes)


def test_a_value_that_the_phone_made_of_ours_counts_as_ours():
    learnt = LOG.with_seen({SAVER: "1", SCALE: "0.25", MODE: "nonsense"})
    assert [one.ours for one in learnt.entries] == [("0", "1"), ("0", "0.1", "0.25"), ("true",)]
