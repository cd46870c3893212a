"""Flags against the real tool's semantics; the whole captures when HARNESS_CAPTURES names them."""

import os
import re
import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.litert_tool.flags import Group, echo, flags_of, parse, usage
from harness.litert_tool.stock import STOCK

CAPTURES = os.environ.get("HARNESS_CAPTURES")


def test_only_the_equals_form_is_consumed():
    parsed = parse(["--graph", "m.tflite", "--use_xnnpack", "-num_runs=3"], STOCK)
    assert parsed.values["graph"] == ""
    assert parsed.unconsumed == ("--graph", "m.tflite", "--use_xnnpack", "-num_runs=3")
    assert not parsed.errors


def test_the_first_of_two_equal_flags_counts_and_the_second_is_left_over():
    parsed = parse(["--num_threads=1", "--num_threads=2"], STOCK)
    assert parsed.values["num_threads"] == 1
    assert parsed.unconsumed == ("--num_threads=2",)
    assert echo(parsed, STOCK)[1] == "Num threads: [1]"
    assert echo(parsed, STOCK)[-1] == "#threads used for CPU inference: [1]"


@pytest.mark.parametrize(("text", "value"), [("true", True), ("0", False), ("1", True)])
def test_bools_are_true_false_0_and_1(text, value):
    assert parse([f"--use_gpu={text}"], STOCK).values["use_gpu"] is value


@pytest.mark.parametrize(
    "argument", ["--use_gpu=True", "--use_gpu=", "--num_runs=x", "--num_runs=", "--min_secs=.",
                 "--num_runs=2147483648"],
)  # fmt: skip
def test_a_value_of_the_wrong_type_is_an_error_and_asks_for_usage(argument):
    parsed = parse([argument], STOCK)
    assert parsed.errors == ((argument[2:].partition("=")[0], argument),)
    assert parsed.wants_usage


def test_numbers_are_read_as_far_as_they_go():
    parsed = parse(["--num_runs=10.5", "--min_secs=1e-1x"], STOCK)
    assert (parsed.values["num_runs"], parsed.values["min_secs"]) == (10, 0.1)


def test_an_empty_string_is_a_string():
    assert parse(["--graph="], STOCK).values["graph"] == ""


def test_a_bare_help_asks_for_usage_only_when_nothing_unknown_comes_first():
    assert parse(["--num_runs=1", "--help"], STOCK).wants_usage
    assert not parse(["--nonsense", "--help"], STOCK).wants_usage
    assert parse(["--help=true"], STOCK).wants_usage


def test_a_build_without_a_provider_leaves_its_flags_unconsumed():
    table = flags_of(STOCK, [Group.TOOL, Group.EXECUTION, Group.XNNPACK])
    assert parse(["--use_gpu=true"], table).unconsumed == ("--use_gpu=true",)


def test_nnapi_details_are_echoed_only_when_nnapi_is_on():
    given_off = parse(["--nnapi_accelerator_name=dsp"], STOCK)
    assert not any("NNAPI" in text for text in echo(given_off, STOCK))
    given_on = parse(["--use_nnapi=1", "--nnapi_accelerator_name=dsp"], STOCK)
    assert echo(given_on, STOCK, nnapi_devices="dsp,nnapi-reference")[3:] == [
        "Use NNAPI: [1]",
        "NNAPI accelerator name: [dsp]",
        "NNAPI accelerators available: [dsp,nnapi-reference]",
    ]


def test_usage_has_one_tabbed_row_a_flag_with_its_default():
    rows = usage("benchmark_model", STOCK).splitlines()
    assert rows[:2] == ["usage: benchmark_model <flags>", "Flags:"]
    assert len(rows) == 2 + len(STOCK)
    head, kind, optional, _ = rows[3].lstrip("\t").split("\t")
    assert (head.strip(), kind, optional) == ("--num_runs=50", "int32", "optional")


@given(st.lists(st.text(max_size=30) | st.sampled_from(["--num_runs=3", "--graph=a=b"])))
def test_every_argument_is_consumed_or_named_and_order_is_kept(arguments):
    parsed = parse(arguments, STOCK)
    kept = iter(arguments)
    assert all(argument in kept for argument in parsed.unconsumed)
    assert len(parsed.unconsumed) + len(parsed.given) >= len(set(arguments))


_ECHO = re.compile(r"INFO: ([^:\[]+: \[.*\])$")


@pytest.mark.corpus
@pytest.mark.skipif(not CAPTURES, reason="HARNESS_CAPTURES is not set")
def test_the_echo_is_that_of_every_captured_run():
    seen = 0
    for folder in sorted(Path(CAPTURES or "").glob("*-*")):
        arguments = shlex.split((folder / "command.txt").read_text())[1:]
        captured = (folder / "stdout.txt").read_text(errors="replace").splitlines()
        echoed = [match[1] for line in captured if (match := _ECHO.match(line))]
        left = next((line.split("flags: ")[1] for line in captured if "Unconsumed" in line), "")
        kept = [argument for argument in arguments if argument not in left.split()]
        # The deprecated profile flag sets two others, which are then echoed as if given.
        if echoed and "--verbose=true" not in kept and "csv_file" not in " ".join(kept):
            assert echo(parse(kept, STOCK), STOCK) == echoed, folder.name
            seen += 1
    assert seen > 50


@pytest.mark.corpus
@pytest.mark.skipif(not CAPTURES, reason="HARNESS_CAPTURES is not set")
def test_a_verbose_echo_of_the_same_build_lists_every_parameter_in_order():
    folder = Path(CAPTURES or "") / "dist-all-outputs"
    arguments = shlex.split((folder / "command.txt").read_text())[1:]
    captured = (folder / "stdout.txt").read_text().splitlines()
    table = flags_of(STOCK, set(Group) - {Group.NNAPI, Group.HEXAGON, Group.STABLE_DELEGATE})
    assert echo(parse(arguments, table), table) == [
        match[1] for line in captured if (match := _ECHO.match(line))
    ]
