"""What delegates and the tool say in words: counts of their own, verdict lines, op tables."""

from __future__ import annotations

from harness.bench.variant import Accelerator
from harness.parse.model import Event, UnsupportedBlock
from harness.parse.patterns import Code
from harness.verdict.kernels import kernel_serves, provider_serves
from harness.verdict.model import Evidence, Placement
from harness.verdict.reading import Case, Reading, by_line, share
from harness.verdict.rows import cpu_rows, is_serving

_VERDICTS = {"completely": Placement.FULL, "partially": Placement.PARTIAL}


def read_gpu(case: Case) -> Reading | None:
    """Read the GPU delegate's list of refused operators and its count of kernels."""
    if case.requested is not Accelerator.GPU:
        return None
    counts = case.run.find(Code.GPU_KERNELS)
    kernels = max((event.number(0) or 0 for event in counts), default=None)
    blocks = case.run.unsupported
    if not blocks:
        return by_line(Placement.NONE, counts[-1], kernels=0) if kernels == 0 else None
    if case.has_bodies:
        return _with_bodies(case, blocks[0], kernels)
    block = blocks[-1]
    if len({(one.on_gpu, one.on_cpu) for one in blocks}) > 1:
        return _several_graphs(blocks, counts, kernels)
    if block.split is None or block.on_gpu is None or block.on_cpu is None:
        return _without_split(block, counts, kernels)
    total = block.on_gpu + block.on_cpu
    if block.on_gpu == 0 and kernels:
        return Reading(Placement.UNKNOWN, None)  # kernels without nodes: of another graph
    placement = share(block.on_gpu, total)
    return by_line(placement, block.split, nodes=block.on_gpu, total=total, kernels=kernels)


def _with_bodies(case: Case, block: UnsupportedBlock, kernels: int | None) -> Reading:
    """Read a model with control flow: the list is of the primary graph, kernels are of all."""
    started = case.run.find(Code.LITERT_API_INIT)
    taken = bool(block.on_gpu)
    if kernels or started or taken:
        event = (block.split if taken else None) or next(
            (e for e in case.run.find(Code.GPU_KERNELS) if e.number(0)),
            started[0] if started else None,
        )
        return by_line(Placement.PARTIAL, event or block.header, kernels=kernels)
    if kernels == 0 and block.split is not None and block.on_gpu == 0:
        return by_line(Placement.NONE, block.split, nodes=0, kernels=0)
    return Reading(Placement.UNKNOWN, None)


def _several_graphs(
    blocks: tuple[UnsupportedBlock, ...], counts: tuple[Event, ...], kernels: int | None
) -> Reading:
    """Read the lists of a model with several signatures: nothing tells which graph was run."""
    if kernels == 0:
        return by_line(Placement.NONE, counts[-1], nodes=0, kernels=0)
    if all(block.on_gpu for block in blocks):
        return by_line(Placement.PARTIAL, blocks[-1].split or blocks[-1].header, kernels=kernels)
    return Reading(Placement.UNKNOWN, None)


def _without_split(
    block: UnsupportedBlock, counts: tuple[Event, ...], kernels: int | None
) -> Reading | None:
    if kernels is None:
        return None
    if kernels == 0:
        return by_line(Placement.NONE, counts[-1], nodes=0, kernels=0)
    return by_line(Placement.PARTIAL, block.header, kernels=kernels)


def read_counts(case: Case) -> Reading | None:
    """Read a delegate's own count line, or that of LiteRT's compiler plug-in."""
    if case.requested is Accelerator.NPU and (compiled := _read_compiler(case)) is not None:
        return compiled
    for event in case.run.find(Code.DELEGATED_COUNT):
        if kernel_serves(event.values[0] or "", case.requested):
            nodes, total = event.number(1), event.number(2)
            if nodes is not None and total:
                # The line is printed for one graph, before any limit on partitions.
                if nodes >= total and default_xnnpack(case) is not None:
                    return Reading(Placement.UNKNOWN, None)
                return by_line(share(nodes, total), event, nodes=nodes, total=total)
    left = case.run.first(Code.PLUGIN_LEFT_OP)
    is_plugin = case.requested in (Accelerator.EXTERNAL, Accelerator.STABLE_DELEGATE)
    return by_line(Placement.PARTIAL, left) if left is not None and is_plugin else None


def _read_compiler(case: Case) -> Reading | None:
    """Add up what the compiler plug-in selected of each graph, before it compiled the islands."""
    by_graph = {
        event.number(0): (selected, total, event)
        for event in case.run.find(Code.LITERT_PARTITIONED)
        if (selected := event.number(1)) is not None and (total := event.number(2))
    }
    applied = case.run.find(Code.PLUGINS_APPLIED)
    if not by_graph or any(event.number(0) == 0 for event in applied):
        return None
    selected = sum(one[0] for one in by_graph.values())
    total = sum(one[1] for one in by_graph.values())
    last = list(by_graph.values())[-1][2]
    return by_line(share(selected, total), last, nodes=selected, total=total)


def tool_verdict(case: Case) -> tuple[Placement, Event] | None:
    """Return the class that the tool itself claims for the request, blind spots and all."""
    for event in case.run.find(Code.TOOL_VERDICT, Code.TOOL_VERDICT_NONE):
        if provider_serves(event.values[0] or "", case.requested):
            if event.code is Code.TOOL_VERDICT_NONE:
                return Placement.NONE, event
            return _VERDICTS[event.values[1] or "partially"], event
    return None


def read_tool_verdict(case: Case) -> Reading | None:
    """Read the tool's verdict line, as far as it can be believed.

    It looks at one graph, before default XNNPACK is applied, and counts kernels of any delegate
    (tflite/tools/benchmark/benchmark_tflite_model.cc).
    """
    claimed = tool_verdict(case)
    if claimed is None:
        return _read_label_image(case)
    placement, event = claimed
    kernels = event.number(2) if event.code is Code.TOOL_VERDICT else 0
    if has_signature_bug(case):
        return Reading(Placement.UNKNOWN, None)
    if placement is Placement.FULL:
        if case.run.unsupported or (default_xnnpack(case) is not None):
            return Reading(Placement.UNKNOWN, None)
        return by_line(placement, event, kernels=1)
    if case.has_bodies:
        return Reading(Placement.UNKNOWN, None)
    nodes = 0 if placement is Placement.NONE else None
    return by_line(placement, event, nodes=nodes, kernels=kernels)


def _read_label_image(case: Case) -> Reading | None:
    """label_image says "applied" for any share; on the GPU, what is refused would be listed."""
    applied = next(
        (
            event
            for event in case.run.find(Code.LABEL_APPLIED)
            if provider_serves(event.values[0] or "", case.requested)
        ),
        None,
    )
    if applied is None or case.requested is not Accelerator.GPU or case.run.unsupported:
        return None
    kernels = max((e.number(0) or 0 for e in case.run.find(Code.GPU_KERNELS)), default=0)
    whole_log = case.run.first(Code.LOADED) is not None and case.run.finished
    if kernels != 1 or default_xnnpack(case) is not None or not whole_log:
        return None
    return by_line(Placement.FULL, applied, kernels=1)


def claimed_kernels(case: Case, reading: Reading) -> int | None:
    """Return the number of kernels that words tell of, where the deciding evidence counts none."""
    claimed = tool_verdict(case)
    if reading.placement not in (Placement.FULL, Placement.PARTIAL) or claimed is None:
        return None
    said, event = claimed
    if has_signature_bug(case) or said is not reading.placement:
        return None
    return 1 if said is Placement.FULL else event.number(2)


def has_signature_bug(case: Case) -> bool:
    """Whether default XNNPACK was applied before the request, whose verdict then counts its kernel.

    So it is when a signature's runner is made first; `--use_xnnpack=false` is the only cure that
    works in all versions.
    """
    if case.requested is Accelerator.XNNPACK:
        return False
    parameters = case.run.parameters
    signature = bool(parameters.get("signature to run")) or bool(
        case.run.find(Code.USING_SIGNATURE)
    )
    switched_off = parameters.get("use xnnpack") in ("0", "false")
    return (signature and not switched_off) or _xnnpack_came_first(case)


def _xnnpack_came_first(case: Case) -> bool:
    xnnpack = default_xnnpack(case)
    if xnnpack is None:
        return False
    created = case.run.first(Code.GPU_CREATED, Code.NNAPI_CREATED, Code.REPLACING)
    return created is not None and created.stream == xnnpack.stream and xnnpack.line < created.line


def default_xnnpack(case: Case) -> Event | None:
    """Return the line of an XNNPACK that nobody asked for: the primary graph was not all taken."""
    if case.xnnpack_was_asked_for:
        return None
    return case.run.first(Code.XNNPACK_CREATED)


def read_profile(case: Case) -> Reading | None:
    """Read the op table: kernels of the request, and operators on the CPU beside them."""
    serving = [row for row in case.rows if is_serving(case, row)]
    beside = cpu_rows(case)
    if not serving or not beside:
        return None
    row = beside[0]
    return Reading(
        Placement.PARTIAL,
        Evidence(Code.PROFILE, row.text, row.source, row.line, deciding=True),
        kernels=len(serving),
    )
