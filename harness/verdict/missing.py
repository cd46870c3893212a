"""What a log does not say, and how to get it said."""

from __future__ import annotations

from collections.abc import Iterator

from harness.bench.variant import Dialect
from harness.parse.model import ToolRun
from harness.parse.patterns import Code
from harness.verdict.explanation import Explanation
from harness.verdict.model import Placement, Status
from harness.verdict.wholeness import lacks_beginning

_COUNTED = frozenset(
    {
        Code.REPLACING,
        Code.GPU_SPLIT,
        Code.DELEGATED_COUNT,
        Code.LITERT_PARTITIONED,
        Code.LITERT_ACCELERATORS,  # of which the CPU is none
    }
)


def missing(explanation: Explanation) -> list[str]:
    """Return sentences about what would tell more: of the paste, then of the next run."""
    return [*_of_the_paste(explanation), *_of_the_run(explanation)]


def _of_the_paste(explanation: Explanation) -> Iterator[str]:
    run = explanation.run
    if not explanation.requested:
        yield "what was asked for is not shown: say it with --requested gpu (or cpu, nnapi, npu, …)"
    if lacks_beginning(run):
        yield (
            "the first lines are missing, and with them the flags and what came before: "
            "paste from STARTING! on"
        )
    if not run.finished and explanation.judgement.status is not Status.FAILED:
        yield "the figures are missing: whether the run came to its end is not shown"


def _of_the_run(explanation: Explanation) -> Iterator[str]:
    run, judgement = explanation.run, explanation.judgement
    if judgement.status is Status.FAILED or judgement.placement is Placement.BASELINE:
        return
    deciding = {one.kind for one in judgement.evidence if one.deciding}
    if not deciding & _COUNTED and judgement.placement is not Placement.NONE:
        yield f"nodes are not counted: {_counting(run)}"
    if judgement.placement is Placement.PARTIAL and not judgement.unsupported_ops:
        yield (
            "which operators stay on the CPU is not shown: "
            "run the tool again with --enable_op_profiling=true, and do not use that run's times"
        )
    if run.first(Code.USING_SIGNATURE) and run.dialect is Dialect.INTERPRETER:
        yield (
            "the tool's verdict may count default XNNPACK's kernel: "
            "run it again with --use_xnnpack=false"
        )


def _counting(run: ToolRun) -> str:
    if run.first(Code.PYTHON_MODEL) is not None:
        return "run the tool again with --no_cpu, which fails if any node is left"
    if run.dialect is Dialect.COMPILED_MODEL:
        return "run the tool again with --model_runtime_info_output_file=FILE"
    return (
        "run the tool again with --export_model_runtime_info=true "
        "--model_runtime_info_output_file=FILE"
    )
