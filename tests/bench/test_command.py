"""The command line of a launch: what is always sent, what only where the tool has it."""

from __future__ import annotations

import pytest

from harness.bench.command import LaunchKind, Places, build_flags, missing_flags
from harness.bench.settings import RunSettings
from harness.bench.tool import Tool
from harness.bench.variant import BUILT_IN

INFO = {"export_model_runtime_info", "model_runtime_info_output_file"}
DUMP = "print_postinvoke_state"


def command(kind, *flags, **options):
    tool = Tool("t", {}, "benchmark_model", None, flags=frozenset(flags) if flags else None)
    settings = RunSettings(num_runs=7)
    sent = build_flags(kind, BUILT_IN["gpu"], tool, settings, Places("/m.tflite"), **options)
    return dict(one.removeprefix("--").split("=", 1) for one in sent)


@pytest.mark.parametrize("kind", LaunchKind)
def test_run_settings_and_the_variant_are_always_sent(kind):
    sent = command(kind)
    assert next(iter(sent)) == "graph"
    assert sent["use_gpu"] == "true"
    assert {"num_runs", "min_secs", "max_secs", "warmup_runs", "warmup_min_secs"} <= set(sent)


def test_a_tool_that_was_not_asked_for_its_flags_gets_no_evidence_flag():
    assert not {"output_filepath", *INFO, DUMP} & set(command(LaunchKind.PROBE))


def test_a_round_carries_no_flag_of_evidence_that_costs_time():
    known = {"output_filepath", "enable_op_profiling", *INFO, DUMP, "result_file_path"}
    sent = command(LaunchKind.ROUND, *known)
    assert {"result_file_path"} == known & set(sent)
    assert sent["num_runs"] == "7"


def test_a_probe_asks_for_the_account_of_nodes_in_the_best_way_that_the_tool_has():
    assert set(command(LaunchKind.PROBE, *INFO, DUMP)) >= INFO
    assert DUMP not in command(LaunchKind.PROBE, *INFO, DUMP)
    # LiteRT's tool has the file and no switch.
    assert "model_runtime_info_output_file" in command(
        LaunchKind.PROBE, "model_runtime_info_output_file"
    )
    assert command(LaunchKind.PROBE, DUMP)[DUMP] == "true"


def test_half_a_group_of_flags_is_not_sent():
    assert "enable_op_profiling" not in command(LaunchKind.PROBE, "enable_op_profiling")


def test_a_second_try_goes_without_evidence():
    assert not INFO & set(command(LaunchKind.PROBE, *INFO, with_evidence=False))


def test_flags_that_the_tool_lacks_are_told_before_the_launch():
    tool = Tool("t", {}, "b", None, flags=frozenset({"graph"}))
    assert missing_flags(BUILT_IN["gpu-fp32"], tool) == ("use_gpu", "gpu_precision_loss_allowed")
    assert missing_flags(BUILT_IN["gpu-fp32"], Tool("t", {}, "b", None)) == ()
