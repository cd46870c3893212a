"""Why a cell is not what was asked for: its causes, and its operations left on the CPU."""

from __future__ import annotations

from harness.bench.variant import Dialect
from harness.model.schema import CONTROL_FLOW
from harness.sweep.documents import UnsupportedOpDoc
from harness.sweep.folder import SweepFolder
from harness.sweep.record import ManifestCell, ManifestModel
from harness.verdict.cause_facts import Facts
from harness.verdict.causes import causes_of
from harness.verdict.model import Judgement, UnsupportedOp


def op_documents(judgement: Judgement) -> list[UnsupportedOpDoc]:
    """Write down the operations left on the CPU."""
    return [_document(one) for one in judgement.unsupported_ops]


def cause_keys(folder: SweepFolder, cell: ManifestCell, judgement: Judgement) -> list[str]:
    """Return the keys of a cell's causes, the foremost first."""
    model, variant = folder.models[cell.model], folder.variants[cell.variant]
    level = folder.devices[cell.device].profile.get("api_level")
    facts = Facts(
        requested=variant.accelerator,
        flags=variant.flags,
        precision=model.precision,
        control_flow=_control_flow(model),
        api_level=level if isinstance(level, int) else None,
        is_compiled_model=variant.dialect is Dialect.COMPILED_MODEL,
    )
    return [cause.key.value for cause in causes_of(judgement, facts)]


def _control_flow(model: ManifestModel) -> frozenset[str]:
    return frozenset(model.operators.ops) & CONTROL_FLOW if model.operators else frozenset()


def _document(one: UnsupportedOp) -> UnsupportedOpDoc:
    return UnsupportedOpDoc(
        op=one.op,
        reason=one.reason,
        cause=one.cause,
        count=one.count,
        of=one.of,
        nodes=list(one.nodes),
        counted=one.counted,
    )
