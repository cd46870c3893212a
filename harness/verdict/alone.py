"""A compilation for one accelerator alone: a line of our own tool that proves `full`.

LiteRT refuses to compile a model without the CPU if a node is left over
(litert/runtime/compiled_model.cc). The harness's own tool tries that and prints what came of it.
"""

from __future__ import annotations

from harness.bench.variant import Accelerator
from harness.parse.patterns import Code
from harness.verdict.model import Placement
from harness.verdict.reading import Case, Reading, by_line

_NAMES = {Accelerator.GPU: "GPU", Accelerator.NPU: "NPU"}


def read_alone(case: Case) -> Reading | None:
    """Read a compilation that needed no CPU; None if it was refused or a line speaks against it.

    The line counts after the harness's own version line only. The run that was measured must have
    left nothing to the CPU either, and on a GPU must have set up its API.
    """
    run = case.run
    tool, alone = run.first(Code.HARNESS_TOOL), run.find(Code.COMPILED_ALONE)
    if tool is None or not alone:
        return None
    told = alone[-1]
    mine = told.stream == tool.stream and told.line > tool.line
    if not mine or told.values != (_NAMES.get(case.requested), "ok"):
        return None
    against = (Code.UNSUPPORTED, Code.GPU_SPLIT, Code.REPLACING, Code.PLUGINS_FAILED)
    if run.first(*against[: 3 if case.requested is Accelerator.GPU else 4]) is not None:
        return None
    if case.requested is Accelerator.GPU and run.first(Code.LITERT_API_INIT) is None:
        return None
    return by_line(Placement.FULL, told, nodes=case.model_nodes, total=case.model_nodes)
