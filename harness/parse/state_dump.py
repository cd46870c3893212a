"""What `--print_preinvoke_state` and `--print_postinvoke_state` print: every node of every graph.

Printed by tflite/optional_debug_tools.cc once all delegates were applied, to standard output only.
The lines of the nodes tell all that the runtime info's proto tells, and tools have printed them
for longer than they have written protos.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from harness.parse.lines import Line
from harness.parse.runtime_info import RuntimeInfo, RuntimeKernel, RuntimeSubgraph

_START = re.compile(r"Interpreter has (\d{1,6}) subgraphs\.$")
_GRAPH = re.compile(r"-{4,}Subgraph-(\d{1,6}) has \d{1,9} tensors and (\d{1,9}) nodes-{4,}$")
_NODE = re.compile(
    r"Node\s{1,8}(\d{1,9}) Operator "
    r"(?:Custom Name (?P<custom>.{0,200}?)|Builtin Code\s{1,8}-?\d{1,9} (?P<builtin>\S{1,64}))"
    r"(?:\s{1,4}\((?P<status>not delegated|delegated by node (?P<by>\d{1,9}))\))?$"
)
_PLAN = re.compile(r"Execution plan as the list of (\d{1,9}) nodes invoked in-order:")
_KERNEL = re.compile(r"Node (\d{1,9}) is a (.{1,200}?) node \(")
_END = re.compile(r"-{4,}Subgraph-(\d{1,6}) dump has completed-{4,}$")
_UNNAMED = "[n/a]"


@dataclass(frozen=True)
class StateDump:
    """A whole dump: the account of the nodes, and the line at which it begins."""

    info: RuntimeInfo
    line: int


@dataclass
class _Graph:
    index: int
    nodes: int
    plain: dict[int, str] = field(default_factory=dict)
    taken: dict[int, tuple[str, int]] = field(default_factory=dict)
    kernels: dict[int, str] = field(default_factory=dict)
    plan: int | None = None


def read_state(lines: Iterable[Line], source: str) -> StateDump | None:
    """Return the last whole dump among a run's lines: the state after all that was printed.

    A dump of which any graph is missing or cut is none.
    """
    last: StateDump | None = None
    start: Line | None = None
    expected = 0
    whole: list[RuntimeSubgraph] = []
    graph: _Graph | None = None
    for line in lines:
        text = line.text
        if (match := _START.match(text)) is not None:
            start, expected, whole, graph = line, int(match[1]), [], None
        elif start is None:
            continue
        elif (match := _GRAPH.match(text)) is not None:
            graph = _Graph(int(match[1]), int(match[2]))
        elif graph is not None and (match := _END.match(text)) is not None:
            closed = _close(graph, int(match[1]), len(whole))
            graph = None
            if closed is None:
                start = None
                continue
            whole.append(closed)
            if len(whole) == expected:
                last = StateDump(RuntimeInfo(tuple(whole), source), start.number)
                start = None
        elif graph is not None:
            _take(graph, text)
    return last


def _take(graph: _Graph, text: str) -> None:
    if (match := _NODE.match(text)) is not None:
        index, name = int(match[1]), match["custom"] or match["builtin"] or ""
        if match["by"] is not None:
            graph.taken[index] = name, int(match["by"])
        elif match["status"] is not None:
            graph.plain[index] = name
        else:
            graph.kernels[index] = name
    elif (match := _PLAN.match(text)) is not None:
        graph.plan = int(match[1])
    elif (match := _KERNEL.match(text)) is not None and int(match[1]) in graph.kernels:
        # Delegates with an external registration print as a builtin; here they say `[n/a]`.
        graph.kernels[int(match[1])] = "" if match[2] == _UNNAMED else match[2]


def _close(graph: _Graph, closing: int, position: int) -> RuntimeSubgraph | None:
    """Account for a graph of whose nodes each has its line; None for any other."""
    lines = len(graph.plain) + len(graph.taken) + len(graph.kernels)
    if closing != graph.index or graph.index != position or lines != graph.nodes:
        return None
    if graph.plan is None:
        return None
    owners = {owner for _, owner in graph.taken.values()}
    held: dict[int, list[int]] = {owner: [] for owner in graph.kernels}
    for node, (_, owner) in graph.taken.items():
        held.setdefault(owner, []).append(node)
    return RuntimeSubgraph(
        index=graph.index,
        name="",
        kernels=tuple(
            RuntimeKernel(
                graph.kernels.get(owner) or "unknown",
                tuple(graph.taken[node][0] for node in nodes),
                tuple(nodes),
            )
            for owner, nodes in sorted(held.items())
        ),
        plain=tuple(graph.plain.values()),
        nodes_total=len(graph.plain) + len(graph.taken),
        # Tools before the words in brackets print every node like a kernel that took nothing.
        consistent=owners == set(graph.kernels)
        and graph.plan == len(graph.plain) + len(graph.kernels),
        plain_nodes=tuple(graph.plain),
    )
