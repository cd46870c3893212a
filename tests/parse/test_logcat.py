from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.parse.log import parse_joined
from harness.parse.logcat import only_news
from harness.parse.patterns import Code

DATA = Path(__file__).parent.parent / "data" / "parse"
OUTPUT = (DATA / "android_gpu_full.log").read_text()
NNAPI = (DATA / "nnapi_cpu_fallback.logcat").read_text()
STAMP = "08-21 12:00:01.100  6200  6200 I "


def logged(text: str, tag: str = "tflite") -> str:
    """The log's copy of an output, as Android's builds write it: without the level's word."""
    lines = [line.partition(": ")[2] or line for line in text.splitlines()]
    return "".join(f"{STAMP}{tag:<8}: {line}\n" for line in lines)


def test_a_log_that_repeats_the_output_adds_nothing():
    assert only_news(logged(OUTPUT), OUTPUT).strip() == ""


def test_a_message_that_the_log_cut_short_is_a_repeat_too():
    cut = logged("INFO: Explicitly applied GPU delegate, and the model graph will be completely e")
    assert only_news(cut, OUTPUT).strip() == ""


def test_what_a_crashed_tool_did_not_get_out_is_news():
    half = "\n".join(OUTPUT.splitlines()[:11])
    run = parse_joined([(half, "output.log"), (only_news(logged(OUTPUT), half), "logcat.txt")])
    (replacing,) = run.find(Code.REPLACING)
    assert (replacing.source, replacing.line) == ("logcat.txt", 12)
    assert len(run.find(Code.GPU_CREATED)) == 1


def test_the_nnapi_runtimes_words_are_news_with_their_lines():
    news = only_news(NNAPI, OUTPUT)
    run = parse_joined([(OUTPUT, "output.log"), (news, "logcat.txt")])
    fallbacks = run.find(Code.NN_CPU_FALLBACK)
    assert [event.text for event in fallbacks] == [
        "CompilationBuilder::finish with CPU fallback",
        "cpuFallbackFull",
    ]
    assert [NNAPI.split("\n")[e.line - 1].endswith(e.text) for e in fallbacks] == [True, True]


@pytest.mark.parametrize("tag", ["MakerNpu", "Adreno-GSL", "tfliteX"])
def test_lines_of_unknown_tags_have_words_of_their_own(tag):
    assert only_news(logged("count=7 first=1 curr=1", tag), "").strip() == ""


def test_the_only_best_device_counts_only_where_it_is_the_cpu():
    said = "INFO: ModelBuilder::partitionTheWork: only one best device: 1 = "
    for device, found in (("nnapi-reference", 1), ("maker-npu", 0)):
        news = only_news(logged(said + device, "ModelBuilder"), "")
        assert len(parse_joined([(news, "l")]).find(Code.NN_CPU_FALLBACK)) == found


@given(st.text(), st.text())
def test_any_log_keeps_its_lines(log, output):
    news = only_news(log, output).split("\n")
    assert len(news) == len(log.split("\n"))
    assert all(new in ("", old) for new, old in zip(news, log.split("\n"), strict=True))
