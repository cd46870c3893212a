import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bench.helptext import parse_help
from harness.bench.variant import Dialect

HELP = Path(__file__).parents[1] / "data" / "bench" / "help"


def read(name):
    return parse_help((HELP / name).read_bytes().decode())


@pytest.mark.parametrize(
    ("name", "dialect"),
    [
        ("interpreter_all_providers.txt", Dialect.INTERPRETER),
        ("interpreter_cpu_only.txt", Dialect.INTERPRETER),
        ("interpreter_bare_columns.txt", Dialect.INTERPRETER),
        ("compiled_model.txt", Dialect.COMPILED_MODEL),
    ],
)
def test_the_dialect_comes_from_the_flags(name, dialect):
    assert read(name).looks_like_benchmark_model
    assert read(name).dialect is dialect


def test_a_flag_that_the_build_lacks_is_not_listed():
    assert {"use_gpu", "use_nnapi"} <= read("interpreter_all_providers.txt").flags
    assert not {"use_gpu", "use_nnapi"} & read("interpreter_cpu_only.txt").flags


def test_defaults_are_read_without_their_padding():
    defaults = read("interpreter_all_providers.txt").defaults
    assert (defaults["num_runs"], defaults["max_secs"], defaults["graph"]) == ("50", "150", "")
    assert read("compiled_model.txt").defaults["gpu-precision"] == "auto"


def test_a_repeated_flag_is_one_flag_with_its_first_default():
    text = "\t--num_threads=-1\tint32\toptional\ta\n\t--num_threads=4\tint32\toptional\tb\n"
    assert parse_help(text).defaults == {"num_threads": "-1"}


def test_log_prefixes_and_lost_tabs_do_not_hide_flags():
    text = (
        "11-24 04:00:00.123  1234  1234 E tflite  : ERROR:   --graph=  string optional a file\n"
        "I/tflite (12):   --num_runs=50   int32 required  runs\r\n"
    )
    parsed = parse_help(text)
    assert parsed.flags == {"graph", "num_runs"}
    assert parsed.required == {"num_runs"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        'CANNOT LINK EXECUTABLE "./b": library "libLiteRt.so" not found\n',
        "usage: ls [-1AaCc] [FILE...]\n  --color=auto   when to colour\n",
        "ERROR: Unconsumed cmdline flags: --help\n",
    ],
)
def test_anything_else_is_no_benchmark_tool(text):
    assert not parse_help(text).looks_like_benchmark_model
    assert parse_help(text).dialect is None


def test_a_sentence_that_names_flags_adds_none():
    text = "\t--a=1\tint32\toptional\tneeds --b=2 int32 optional too\n"
    assert parse_help(text).flags == {"a"}


@given(st.text())
def test_no_text_makes_the_parser_fail(text):
    parse_help(text)


names = st.from_regex(r"[a-z][a-z0-9_-]{0,20}", fullmatch=True)
values = st.from_regex(r"[!-~]{0,12}", fullmatch=True)


@given(st.dictionaries(names, values, max_size=8), st.booleans())
def test_every_row_that_the_writer_writes_comes_back(flags, padded):
    columns = [f"--{name}={value}" for name, value in flags.items()]
    width = max(map(len, columns), default=0) if padded else 0
    rows = "".join(f"\t{column:<{width}}\tbool\toptional\twords\n" for column in columns)
    assert parse_help("ERROR: usage: x <flags>\nFlags:\n" + rows).defaults == flags


@pytest.mark.corpus
def test_the_real_tools_help_texts_are_read_whole():
    captures = os.environ.get("HARNESS_CAPTURES")
    if not captures:
        pytest.skip("HARNESS_CAPTURES is not set")
    folder = Path(captures).parent / "reference" / "help"
    texts = [path.read_text() for path in sorted(folder.glob("*.txt"))]
    if not texts:
        pytest.skip("no help texts beside the captures")
    for text in texts:
        rows = [line for line in text.splitlines() if line.startswith("\t--")]
        named = {row.split("=")[0].strip()[2:] for row in rows}
        assert parse_help(text).flags == named
        assert parse_help(text).dialect is Dialect.INTERPRETER


@pytest.mark.parametrize(
    ("extra", "dialect"),
    [
        ([], Dialect.INTERPRETER),
        (["use_cpu"], Dialect.COMPILED_MODEL),
        (["use_npu", "use_xnnpack"], Dialect.INTERPRETER),
    ],
)
def test_one_flag_of_the_interpreter_outweighs_those_of_the_other(extra, dialect):
    flags = ["graph", "num_runs", *extra]
    rows = "".join(f"\t--{flag}=\tstring\toptional\twords\n" for flag in flags)
    assert parse_help(rows).dialect is dialect


def test_input_flags_do_not_make_a_compiled_model_tool_an_interpreter():
    text = "\t--graph=\tstring\trequired\tm\n\t--num_runs=50\tint32\toptional\tr\n"
    text += "\t--use_npu=false\tbool\toptional\tn\n\t--input_layer=\tstring\toptional\ti\n"
    assert parse_help(text).dialect is Dialect.COMPILED_MODEL
