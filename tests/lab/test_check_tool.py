"""Checks of a phone's tool, notes and canary, in words and facts."""

import pytest

from harness.bench.tool import Tool
from harness.bench.variant import Dialect
from harness.lab import check_tool
from harness.lab.check import CheckStatus
from harness.verdict.canary import CanaryKey, CanaryRun, CanaryState, CanaryVerdict
from harness.verdict.outputs import OutputVerdict

INTERPRETER = Dialect.INTERPRETER
ALL = frozenset(
    {
        "graph", "num_runs", "use_xnnpack", "model_runtime_info_output_file", "output_filepath",
        "enable_op_profiling", "result_file_path",
    }
)  # fmt: skip


def tool_with(flags):
    return Tool("stock", {}, "benchmark_model", "arm64-v8a", flags=flags, dialect=INTERPRETER)


def test_a_tool_that_can_all_is_told_with_its_dialect_and_flags():
    told, evidence = check_tool.tool(tool_with(ALL))
    assert (told.status, evidence.status) == (CheckStatus.OK, CheckStatus.OK)
    assert told.facts["dialect"] == "interpreter"
    assert told.facts["flags"] == len(ALL)


@pytest.mark.parametrize(
    ("gone", "word"),
    [
        ("output_filepath", "its outputs"),
        ("model_runtime_info_output_file", "an account of its nodes"),
        ("enable_op_profiling", "a profile of its operators"),
        ("result_file_path", "a result file"),
    ],
)
def test_evidence_that_it_cannot_give_is_named(gone, word):
    _, evidence = check_tool.tool(tool_with(ALL - {gone}))
    assert evidence.status is CheckStatus.WARNING
    assert evidence.facts["lacking"] == [word]
    assert evidence.next


def test_an_older_tools_printed_state_is_an_account_too():
    older = ALL - {"model_runtime_info_output_file"} | {"print_postinvoke_state"}
    assert check_tool.tool(tool_with(older))[1].status is CheckStatus.OK


def test_nobody_is_sent_to_fetch_a_newer_build_of_our_own_tool():
    _, evidence = check_tool.tool(tool_with(ALL - {"result_file_path"} | {"samples_file"}))
    assert (evidence.status, evidence.next) == (CheckStatus.OK, "")


@pytest.mark.parametrize(
    ("state", "status", "words"),
    [
        (CanaryState.FIRST, "ok", "first: simulated 1.500 ms"),
        (CanaryState.AS_BEFORE, "ok", "as before"),
        (CanaryState.SLOWER, "warning", "slower by 40 %"),
        (CanaryState.WRONG_OUTPUT, "failure", "wrong output"),
        (CanaryState.UNKNOWN, "unknown", "unknown"),
    ],
)
def test_each_state_of_a_canary_has_its_words_and_a_simulated_one_its_label(state, status, words):
    key = CanaryKey("f", "t", "m", simulated=True)
    run = CanaryRun(key, "2026-01-01T00:00:00+00:00", 1.5, OutputVerdict.SAME)
    check = check_tool.canary(run, CanaryVerdict(state, "so it is", 0.4, 0.1, 3, 1.07))
    assert check.status == status
    assert check.message.startswith(words)
    assert bool(check.next) == (status != "ok")
    assert check.facts["simulated"] is True
