import pytest

from harness.parse.lines import MAX_LINE, split_lines

WORDS = "Created 1 GPU delegate kernels."


def only(text):
    (line,) = list(split_lines(text))
    return line


@pytest.mark.parametrize(
    "prefix",
    [
        "",
        "INFO: ",
        "WARNING: ",
        "VERBOSE: ",
        "07-14 13:16:26.182 23002 23002 I tflite  : ",
        "2025-07-14 13:16:26.182  2000  3002  3002 I tflite  : ",
        "07-08 15:33:55.768 I/tflite  ( 5395): ",
        "I tflite  : ",
        "I/tflite: ",
        "I/tflite  ( 5395): ",
        "12:00:00.123 tflite   org.tensorflow.lite.benchmark  I  ",
        "2023-08-01 12:00:00.123 12345-12345 tflite   org.example.app   I  ",
        "2021-08-01 12:00:00.123 12345-12345/org.example.app I/tflite: ",
        "I0000 00:00:1795402871.906923   17004 environment.cc:532] ",
        "INFO: [litert/runtime/accelerators/auto_registration.cc:148] ",
        "INFO: [.\\litert/tools/benchmark_litert_model.h:57] ",
        "2026-11-23 03:01:17 INFO benchmark_litert_model: ",
        "2024-05-01T12:00:00.1234567Z ",
        "[2024-01-01 12:00:00][farm-7] [device 3] INFO: ",
        "2020-10-02 12:00:00.123456+0200 Bench[1234:567890] ",
        "[   12.345678] ",
    ],
)
def test_the_prefix_of_a_line_is_taken_off(prefix):
    assert only(prefix + WORDS).text == WORDS


def test_severity_is_the_word_or_the_logcat_level():
    assert only("ERROR: " + WORDS).severity == "E"
    assert only("07-14 13:16:26.182 23002 23002 W tflite  : " + WORDS).severity == "W"
    assert only(WORDS).severity is None


def test_carriage_returns_nuls_and_colours_go():
    assert only("INFO: " + WORDS + "\r\r").text == WORDS
    assert only("\x1b[32mINFO: \x1b[0m" + WORDS.replace(" ", "\0 ")).text == WORDS


def test_lines_are_counted_from_one_and_blank_ones_count():
    assert [(line.number, line.text) for line in split_lines("a\n\nb")] == [
        (1, "a"),
        (2, ""),
        (3, "b"),
    ]


def test_a_line_that_ios_prints_twice_is_one_line():
    text = f"{WORDS}\nINFO: {WORDS}\nINFO: other\n"
    assert [line.text for line in split_lines(text)] == [WORDS, "other", ""]


def test_equal_lines_of_one_kind_are_two_lines():
    assert len(list(split_lines(f"INFO: {WORDS}\nINFO: {WORDS}"))) == 2


def test_a_json_string_is_taken_apart():
    lines = list(split_lines('{"log": "INFO: STARTING!\\nINFO: a\\nINFO: b\\n"}'))
    assert [line.text for line in lines][1:3] == ["a", "b"]
    assert {line.number for line in lines} == {1}


def test_a_line_without_end_is_cut():
    assert len(only("x" * 10_000_000).text) == MAX_LINE


def test_brackets_alone_are_no_prefix():
    assert only("[node type]").text == "[node type]"
