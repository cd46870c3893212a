import pytest
from mangle import wrapped

from harness.parse.lines import split_lines
from harness.parse.patterns import Code
from harness.parse.wraps import unwrap

STATS = (
    "INFO: count=412 first=702 curr=691 min=655 max=934 avg=707.125 std=31 "
    "p5=671 median=699 p95=802"
)
REPLACING = (
    "VERBOSE: Replacing 171 out of 180 node(s) with delegate (TfLiteXNNPackDelegate) node, "
    "yielding 3 partitions for subgraph 0 (main)."
)
UNKNOWN_FLAGS = (
    "WARN: Unconsumed cmdline flags: --use_nnapi=true --nnapi_accelerator_name=purr "
    "--nnapi_execution_preference=sustained_speed --whiskers=12"
)


def texts(text):
    return [line.text for line, _ in unwrap(tuple(split_lines(text)))]


@pytest.mark.parametrize("words", [True, False])
@pytest.mark.parametrize("width", range(60, 100, 3))
def test_lines_broken_at_a_width_are_whole_again(width, words):
    lines = [REPLACING, STATS, UNKNOWN_FLAGS]
    assert texts(wrapped("\n".join(lines), width, words=words)) == [
        line.split(": ", 1)[1] for line in lines
    ]


def test_a_number_that_follows_figures_is_not_theirs():
    text = f"{STATS}\n1004\n"
    assert texts(text) == [STATS.removeprefix("INFO: "), "1004"]


def test_a_blank_line_ends_a_line():
    first, second = "Replacing 3 out of 9 node(s) with delegate (X)", "node, yielding 3 partitions."
    assert len(texts(f"{first}\n{second}\n")) == 1
    assert len(texts(f"{first}\n\n{second}\n")) == 2


def test_a_kernels_name_broken_by_a_terminal_has_no_blank_in_it():
    width = REPLACING.index("PackDelegate")
    (replacing,) = texts(wrapped(REPLACING, width, words=False))
    assert "(TfLiteXNNPackDelegate)" in replacing


def test_rows_of_a_table_are_whole_again():
    row = "  CONV_2D    2.717     2.900  71.000%   71.000%     0.000            1  [purr/conv]:64"
    read = list(unwrap(tuple(split_lines(wrapped(f"{row}\n{row[:-1]}5\n", 65, words=False)))))
    assert [line.text.split()[-1] for line, _ in read] == ["[purr/conv]:64", "[purr/conv]:65"]


def test_a_command_over_several_lines_is_one():
    (line,) = texts("$ ./benchmark_model \\\n  --graph=k.tflite \\\n  --use_gpu=true\n")
    assert line.endswith("--use_gpu=true")


def test_a_line_comes_with_what_it_means():
    ((_, matched),) = unwrap(tuple(split_lines(wrapped(STATS, 80, words=False))))
    assert matched is not None
    assert matched[0] is Code.STATS
