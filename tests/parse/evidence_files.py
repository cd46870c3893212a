"""Writers of what the tool writes beside its log, in its own formats; names and figures are ours.

Result file: the wire format as protoc encodes tflite/tools/benchmark/proto/benchmark_result.proto.
State: the printf calls of tflite/optional_debug_tools.cc. Tables and CSV: the columns of
tensorflow/core/util/stats_calculator.cc under the titles of profile_summary_formatter.cc.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

LATENCY = (
    "avg",
    "min",
    "max",
    "std",
    "p50",
    "p5",
    "p95",
    "init",
    "first_inference",
    "warmup_avg",
)
RULE = "=" * 30


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def field(number: int, value: float | bytes) -> bytes:
    """Encode a field: an int as a varint, a float as 32 bits, bytes as a submessage."""
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 5) + struct.pack("<f", value)


def result_file(
    milliseconds: dict[str, float],
    *,
    runs: int | None = None,
    warmups: int | None = None,
    memory: tuple[int, int] | None = None,
) -> bytes:
    """Encode a BenchmarkResult; `milliseconds` by the names in LATENCY."""
    times = b"".join(field(LATENCY.index(name) + 1, ms) for name, ms in milliseconds.items())
    counts = {2: runs, 3: warmups}
    misc = b"".join(field(number, n) for number, n in counts.items() if n is not None)
    space = b"" if memory is None else field(1, memory[0]) + field(2, memory[1])
    parts = {2: times, 3: space, 4: misc}
    return b"".join(field(number, part) for number, part in parts.items() if part)


@dataclass(frozen=True)
class Graph:
    """A graph of a dump: its operators, and which delegate took which of them."""

    ops: Sequence[str]
    kernels: Sequence[tuple[str, Sequence[int]]] = ()


def state_dump(*graphs: Graph, title: str = "Pre-invoke") -> str:
    """Print the state of an interpreter after all delegates were applied."""
    lines = [
        f"INFO: ==={title} Interpreter State===",
        f"Interpreter has {len(graphs)} subgraphs.",
        "",
    ]
    for index, graph in enumerate(graphs):
        lines += [*_graph_lines(index, graph), ""]
    return "\n".join(lines)


def _graph_lines(index: int, graph: Graph) -> list[str]:
    owner = {
        node: len(graph.ops) + position
        for position, (_, taken) in enumerate(graph.kernels)
        for node in taken
    }
    plan = [n for n in range(len(graph.ops)) if n not in owner]
    plan += [len(graph.ops) + position for position in range(len(graph.kernels))]
    count = len(graph.ops) + len(graph.kernels)
    lines = [
        f"-----------Subgraph-{index} has 9 tensors and {count} nodes------------",
        "1 Inputs: [0] -> 784B (0.00MB)",
        "1 Outputs: [8] -> 40B (0.00MB)",
        "",
        "Tensor   0 paw  kTfLiteFloat32  kTfLiteArenaRw  784  / 0.00 [1,28,28,1] [0, 784)",
        "",
    ]
    for node, op in enumerate(graph.ops):
        status = f"delegated by node {owner[node]}" if node in owner else "not delegated"
        lines += [
            f"Node {node:3d} Operator {_code(op)} ({status})",
            f"  1 Input Tensors:[{node}] -> 0B (0.00MB)",
            f"  1 Output Tensors:[{node + 1}] -> 0B (0.00MB)",
        ]
    for position, (name, _) in enumerate(graph.kernels):
        node = len(graph.ops) + position
        lines += [f"Node {node:3d} Operator Custom Name {name} ", "  2 Input Tensors:[0-1] -> 0B"]
    listed = ",".join(map(str, plan))
    lines += ["", f"Execution plan as the list of {len(plan)} nodes invoked in-order: [{listed}]"]
    if graph.kernels:
        lines.append("Among these nodes in the execution plan:")
    for position, (name, taken) in enumerate(graph.kernels):
        nodes = ",".join(map(str, taken))
        lines.append(
            f"  Node {len(graph.ops) + position} is a {name} node (0x55d0), which has delegated "
            f"{len(taken)} nodes: [{nodes}]"
        )
    return [*lines, f"--------------Subgraph-{index} dump has completed--------------"]


def _code(op: str) -> str:
    if op.isupper():
        return f"Builtin Code {3:3d} {op}"
    return f"Custom Name {op}"


@dataclass(frozen=True)
class Op:
    """A row of a profile, in ms of one call."""

    type: str
    name: str
    ms: float
    calls: int = 1
    graph: int = 0


def csv_profile(ops: Sequence[Op], *, several: bool = False) -> str:
    """Write a profile as CSV: unquoted, a tab for each comma of a name and none of a type's."""
    return _profile(
        ops, several, "node type, first, avg_ms, %, cdf%, mem KB, times called, name", _csv
    )


def printed_profile(ops: Sequence[Op], *, several: bool = False) -> str:
    """Print a profile as a table."""
    head = "\t[node type]\t[first]\t[avg ms]\t[%]\t[cdf%]\t[mem KB]\t[times called]\t[Name]"
    return _profile(ops, several, head, _printed)


def _profile(ops, several, head, row) -> str:
    graphs = sorted({op.graph for op in ops})
    lines = [
        "Profiling Info for Benchmark Initialization:",
        f"{RULE} Run Order {RULE}",
        head,
        row(Op("AllocateTensors", "AllocateTensors/0", 3.25), 1.0, 1.0),
        "",
        "Operator-wise Profiling Info for Regular Benchmark Runs:",
    ]
    for graph in graphs:
        if several:
            lines.append(
                "Primary graph (name: main) profile:"
                if graph == 0
                else f"Subgraph (index: {graph}, name: body) profile:"
            )
        mine = [op for op in ops if op.graph == graph]
        total = sum(op.ms * op.calls for op in mine) or 1.0
        rows = [row(op, op.ms * op.calls / total, 0.5) for op in mine]
        for title in ("Run Order", "Top by Computation Time"):
            lines += [f"{RULE} {title} {RULE}", head, *rows, ""]
        lines += [
            f"{RULE} Summary by node type {RULE}",
            "CONV_2D, 1, 3.397, 95.475%, 95.475%, 7296, 1",
            "",
        ]
    return "\n".join([*lines, "Memory (bytes): count=0", "4 nodes observed", ""])


def _csv(op: Op, share: float, running: float) -> str:
    name = op.name.replace(",", "\t")
    return (
        f"{op.type}, {op.ms:.6g}, {op.ms:.6g}, {share * 100:.6g}%, {running * 100:.6g}%, 0, "
        f"{op.calls}, {name}"
    )


def _printed(op: Op, share: float, running: float) -> str:
    return (
        f"\t{op.type:>40}\t{op.ms:9.3f}\t{op.ms:9.3f}\t{share * 100:7.3f}%\t{running * 100:7.3f}%"
        f"\t{0:10.3f}\t{op.calls:9d}\t{op.name}"
    )
