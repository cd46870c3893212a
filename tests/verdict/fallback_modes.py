"""Every known way in which a run falls back, or hides that it did: a text, and what is to be said.

One list, read by `test_fallback_modes.py` and by `docs/generate_fallback_modes.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ai_edge_litert import model_runtime_info_pb2 as schema

from harness.bench.variant import Accelerator
from harness.parse.log import parse_log
from harness.parse.runtime_info import RuntimeInfo, read_runtime_info
from harness.verdict.cause_facts import Facts
from harness.verdict.causes import causes_of
from harness.verdict.graph import GraphNode
from harness.verdict.judge import judge
from harness.verdict.model import Judgement, Status

CONTROL_FLOW = frozenset({"IF", "WHILE", "CALL_ONCE"})

Graph = tuple[Sequence[str], Mapping[str, Sequence[Sequence[int]]]]
"""Operators of a graph, and per delegate the positions that each of its kernels took."""


@dataclass(frozen=True)
class Mode:
    """One mode.

    Attributes:
        key: its name; the test's too.
        title: what happens, in a few words.
        asked: what was asked for.
        text: the tool's output.
        says: the headline that the judge must give.
        decides: kind of the deciding evidence; None where nothing decides.
        cause: the foremost cause; None where there is none to tell.
        findings: kinds of the findings.
        truth: what really happened, by construction; None: just what is said.
        exit_status: the tool's.
        proto: graphs of the runtime info, if the tool wrote one.
        model: operators of the model's primary graph in a row, if it is at hand.
        facts: precision, flags, API level.
        unseen: for modes that no log can show: what else would.
        looks: the line for the table where no line decides.
    """

    key: str
    title: str
    asked: Accelerator
    text: str
    says: str
    decides: str | None
    cause: str | None = None
    findings: tuple[str, ...] = ()
    truth: str | None = None
    exit_status: int | None = 0
    proto: Sequence[Graph] = ()
    model: Sequence[str] = ()
    facts: Mapping[str, object] = field(default_factory=dict)
    unseen: str = ""
    looks: str = ""

    @property
    def real(self) -> str:
        """What really happened."""
        return self.truth or self.says


def runtime_info(graphs: Sequence[Graph]) -> RuntimeInfo | None:
    """Write and read the file that the tool would have written."""
    if not graphs:
        return None
    details = schema.ModelRuntimeDetails()
    for number, (ops, taken) in enumerate(graphs):
        subgraph = details.subgraphs.add(subgraph_id=number, name=f"graph{number}")
        for index, op in enumerate(ops):
            subgraph.nodes.add(id=index, name=op)
        gone = set()
        for delegate, pieces in taken.items():
            for piece in pieces:
                node = subgraph.nodes.add(id=len(subgraph.nodes), name=delegate)
                node.delegate_node_details.delegate_name = delegate
                node.delegate_node_details.tflite_node_ids_replaced.extend(piece)
                subgraph.execution_plan.append(node.id)
                gone |= set(piece)
        subgraph.execution_plan.extend(i for i in range(len(ops)) if i not in gone)
    return read_runtime_info(details.SerializeToString())


def chain(ops: Sequence[str]) -> tuple[GraphNode, ...] | None:
    """Return operators in a row as a graph."""
    return tuple(GraphNode(op, (i,), (i + 1,)) for i, op in enumerate(ops)) or None


def judged(mode: Mode) -> tuple[Judgement, tuple[str, ...]]:
    """Judge a mode and name its causes, as `harness run` does for a cell."""
    (run,) = parse_log(mode.text, f"{mode.key}.log")
    graph = chain(mode.model)
    judgement = judge(
        run,
        requested=mode.asked,
        exit_status=mode.exit_status,
        runtime_info=runtime_info(mode.proto),
        model_nodes=len(mode.model) or None,
        has_control_flow=bool(CONTROL_FLOW & set(mode.model)),
        graph=graph,
    )
    seen = Facts.of_run(run, mode.asked)
    facts = Facts(
        mode.asked,
        {**seen.flags, **mode.facts.get("flags", {})},
        mode.facts.get("precision"),
        CONTROL_FLOW & frozenset(mode.model),
        mode.facts.get("api_level"),
        seen.is_compiled_model,
    )
    return judgement, tuple(cause.key.value for cause in causes_of(judgement, facts))


def headline_of(judgement: Judgement) -> str:
    """Return the headline as the confusion matrix counts it."""
    if judgement.status is Status.FAILED:
        return "failed"
    return str(judgement.headline)


def sections() -> dict[str, tuple[Mode, ...]]:
    """Return every mode under the heading of its kind."""
    import modes_gpu  # noqa: PLC0415 (they import this module)
    import modes_nnapi  # noqa: PLC0415
    import modes_nodes  # noqa: PLC0415
    import modes_plugins  # noqa: PLC0415
    import modes_requests  # noqa: PLC0415

    return {
        "Runs that failed": modes_requests.FAILURES,
        "Requests that never became a delegate": modes_requests.REQUESTS,
        "Exact evidence: runtime info and partition lines": modes_nodes.EXACT,
        "The tool's own verdict and its blind spots": modes_nodes.VERDICTS,
        "GPU": modes_gpu.GPU,
        "NNAPI": modes_nnapi.NNAPI,
        "Plug-ins, Hexagon, Core ML, XNNPACK": modes_plugins.PLUGINS,
        "LiteRT 2.x": modes_plugins.LITERT,
        "Too little to decide": modes_nodes.SHORT,
    }


def all_modes() -> tuple[Mode, ...]:
    """Return every mode."""
    return tuple(mode for modes in sections().values() for mode in modes)
