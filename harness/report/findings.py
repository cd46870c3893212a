"""Findings grouped by cause: one fallback on two phones with three models is one finding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.report import words
from harness.report.advice import CAUSES, FAILURE_CAUSES, NONE_CAUSES, RANK, Cause
from harness.sweep.documents import CellDoc, EvidenceDoc, FindingDoc
from harness.sweep.output_findings import PRECISION
from harness.verdict.model import FindingKind, Placement, Status, Validity

_FINDING_CAUSES = {
    FindingKind.WRONG_OUTPUT: "wrong-output",
    FindingKind.SUSPECT: "suspect",
    FindingKind.IMPLAUSIBLE: "implausible",
    FindingKind.OUTLIER: "outlier",
    FindingKind.TOOL_VERDICT_CONTRADICTED: "contradicted",
    FindingKind.FLAG_IGNORED: "flag-ignored",
}


@dataclass(frozen=True)
class Match:
    """A cause that fits a cell; cells with equal matches belong to one finding."""

    cause: Cause
    accelerator: str
    simulated: bool
    distinct: str = ""


@dataclass(frozen=True)
class Group:
    """One finding: a cause and the cells that share it, in the sweep's order."""

    match: Match
    cells: tuple[CellDoc, ...]

    @property
    def cause(self) -> Cause:
        """The cause."""
        return self.match.cause

    @property
    def simulated(self) -> bool:
        """Whether its cells are simulated; a finding never mixes them with real ones."""
        return self.match.simulated

    @property
    def title(self) -> str:
        """The title with its slots filled by names."""
        return self.cause.title.format(
            variants=words.listed(words.label(cell.variant.name, 32) for cell in self.cells),
            devices=words.listed(words.label(device_name(cell), 32) for cell in self.cells),
        )

    @property
    def message(self) -> str:
        """What the judge said about the first cell, when the cause is one of its findings."""
        for cell in self.cells:
            for finding in cell.findings:
                if _finding_cause(cell, finding) == self.cause.key:
                    return finding.message
        return ""

    @property
    def deciding(self) -> EvidenceDoc | None:
        """The line that decided, of the first cell that has one; doubts about times have none."""
        if _about_device(self.cause.key):
            return None
        for cell in self.cells:
            found = deciding_evidence(cell, self.cause.key)
            if found is not None:
                return found
        return None

    @property
    def operations(self) -> tuple[str, ...]:
        """Names of the operations left behind, when that is what the finding is about."""
        if self.cause.icon not in ("partial", "none"):
            return ()
        names = (op.op for cell in self.cells for op in cell.unsupported_ops)
        return tuple(dict.fromkeys(words.label(name, 40) for name in names))


def device_name(cell: CellDoc) -> str:
    """Name a device as people do: by its model, or its id when that is unknown."""
    return cell.device.model or cell.device.id


def deciding_evidence(cell: CellDoc, cause: str = "") -> EvidenceDoc | None:
    """Return the deciding evidence; that of the finding behind `cause` comes first."""
    own = [e for f in cell.findings if _finding_cause(cell, f) == cause for e in f.evidence]
    for evidence in (*own, *cell.evidence, *(e for f in cell.findings for e in f.evidence)):
        if evidence.deciding:
            return evidence
    return own[0] if own else None


def group_findings(cells: Iterable[CellDoc], *, simulated_last: bool = True) -> tuple[Group, ...]:
    """Group what is wrong with `cells` by cause, worst first, then by how many cells it touches.

    Findings on real devices come before those on simulated ones, or the reverse.
    """
    found: dict[Match, list[CellDoc]] = {}
    for cell in cells:
        for match in matches(cell):
            found.setdefault(match, []).append(cell)
    groups = [Group(match, tuple(members)) for match, members in found.items()]

    def order(group: Group) -> tuple[bool, int, int]:
        later = group.simulated is simulated_last
        return later, RANK[group.cause.key], -len(group.cells)

    return tuple(sorted(groups, key=order))


def matches(cell: CellDoc) -> Sequence[Match]:
    """Return every cause that fits a cell, each once; none for a skipped cell."""
    if cell.status is Status.SKIPPED:
        return ()
    keys = dict.fromkeys(
        [*_placement_causes(cell), *_finding_causes(cell), *_validity_causes(cell)]
    )
    return [
        Match(
            CAUSES[key],
            "" if _about_device(key) else str(cell.variant.accelerator),
            simulated=cell.device.simulated,
            distinct=_distinct(cell, key),
        )
        for key in keys
    ]


def _distinct(cell: CellDoc, key: str) -> str:
    """Return what else must be equal within a finding of this cause."""
    if key == "partial":
        return cell.model.sha256
    return words.code(cell.reason) if key == "failed" else ""


def _about_device(key: str) -> bool:
    """Whether a cause speaks of a device's state, whatever was asked of it."""
    return CAUSES[key].icon in words.VALIDITIES


def _placement_causes(cell: CellDoc) -> list[str]:
    if cell.status is Status.FAILED:
        return [FAILURE_CAUSES.get(cell.reason or "", "failed")]
    ignored = any(f.kind is FindingKind.FLAG_IGNORED for f in cell.findings)
    found: list[str] = []
    if cell.placement == Placement.NONE:
        found.append("flag-ignored" if ignored else _none_cause(cell))
    found += [_finding_cause(cell, f) for f in cell.findings if f.kind is FindingKind.DOWNGRADED]
    if cell.placement in (Placement.PARTIAL, Placement.UNKNOWN):
        found.append(str(cell.placement))
    return found


def _none_cause(cell: CellDoc) -> str:
    found = deciding_evidence(cell)
    if found is not None and found.kind in NONE_CAUSES:
        return NONE_CAUSES[found.kind]
    key = f"none-{cell.variant.accelerator}"
    return key if key in CAUSES else "none-other"


def _downgraded_cause(cell: CellDoc) -> str:
    backend = (cell.backend or "").lower()
    if "opengl" in backend:
        return "downgraded-opengl"
    return "downgraded-reference" if "nnapi-reference" in backend else "downgraded"


def _finding_cause(cell: CellDoc, finding: FindingDoc) -> str:
    if finding.kind is FindingKind.DOWNGRADED:
        precision = any(one.kind == PRECISION for one in finding.evidence)
        return "downgraded-precision" if precision else _downgraded_cause(cell)
    if finding.kind is FindingKind.WRONG_OUTPUT and cell.variant.accelerator.is_cpu:
        return "wrong-output-cpu"
    return _FINDING_CAUSES[finding.kind]


def _finding_causes(cell: CellDoc) -> list[str]:
    return [_finding_cause(cell, finding) for finding in cell.findings]


def _validity_causes(cell: CellDoc) -> list[str]:
    if cell.validity in (None, Validity.VALID):
        return []
    reasons = [
        reason if reason in CAUSES else str(cell.validity) for reason in cell.validity_reasons
    ]
    return reasons or [str(cell.validity)]
