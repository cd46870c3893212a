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
        "12:00:01  ",
        "May 01 12:00:01 farm7 benchmark[123]: ",
        "phone-1  | ",
        "     7\t",
        "> ",
        "I( 5395: 5397) ",
        "         1594732586.182 23002 23004 I tflite  : ",
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
    lines = list(split_lines("a\n\n \t\nb"))
    assert [(line.number, line.text) for line in lines] == [(1, "a"), (4, "b")]
    assert [line.after_blank for line in lines] == [False, True]


def test_a_line_that_ios_prints_twice_is_one_line():
    text = f"{WORDS}\nINFO: {WORDS}\nINFO: other\n"
    assert [line.text for line in split_lines(text)] == [WORDS, "other"]


def test_a_line_printed_twice_by_two_handlers_is_one_line():
    lines = list(split_lines(f"INFO: {WORDS}\nINFO: {WORDS}\nINFO: other\nINFO: {WORDS}"))
    assert [line.number for line in lines] == [1, 3, 4]


def test_what_a_carriage_return_overwrote_is_a_line_of_its_own():
    lines = list(split_lines(f"\r 10 %\r 99 %\r{WORDS}\r\n"))
    assert [line.text for line in lines] == ["10 %", "99 %", WORDS]


def test_the_tag_behind_a_line_goes_with_the_style_that_puts_it_there():
    assert only(f"I( 5395) {WORDS}  (tflite)").text == WORDS
    assert only("INFO: with delegate  (TfLiteGpuDelegateV2)").text.endswith("V2)")


def test_a_continuation_has_a_prefix_less_than_its_message():
    first, more, other = split_lines(
        "[farm-7] INFO: 130 operations\n[farm-7] will run\n[farm-7] ERROR: no"
    )
    assert more.may_continue(first)
    assert not other.may_continue(first)


def test_a_line_without_end_is_cut():
    assert len(only("x" * 10_000_000).text) == MAX_LINE


def test_brackets_alone_are_no_prefix():
    assert only("[node type]").text == "[node type]"
