"""Findings grouped by cause: one fallback on two phones with three models is one finding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from harness.report import titles, words
from harness.report.titles import FINDING_CAUSES, OWN, Title
from harness.sweep.documents import CellDoc, EvidenceDoc, FindingDoc
from harness.verdict.cause_key import Cause, CauseKey
from harness.verdict.causes import CAUSES, DOWNGRADES, FAILURES
from harness.verdict.model import FindingKind, Placement, Status, Validity

_PLACEMENTS = {
    Placement.NONE: (titles.NONE, CauseKey.CLAIMED_NOTHING),
    Placement.PARTIAL: (titles.PARTIAL, CauseKey.LEFT_BEHIND),
    Placement.UNKNOWN: (titles.UNKNOWN, CauseKey.UNDECIDED),
}
"""Titles of placements that are findings, and their causes in results that name none."""


_NOT_TAKEN = (CauseKey.PROVIDER_NOT_BUILT, CauseKey.FLAG_SYNTAX)


@dataclass(frozen=True)
class Match:
    """A cause that fits a cell; cells with equal matches belong to one finding.

    `also` are further causes of the same, which need not be equal within a finding.
    """

    cause: Cause
    title: Title
    accelerator: str
    simulated: bool
    distinct: str = ""
    also: tuple[Cause, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Group:
    """One finding: a cause and the cells that share it, in the sweep's order.

    `also` are causes that some of its cells have besides.
    """

    match: Match
    cells: tuple[CellDoc, ...]
    also: tuple[Cause, ...] = ()

    @property
    def cause(self) -> Cause:
        """The cause."""
        return self.match.cause

    @property
    def icon(self) -> str:
        """Its verdict or validity word."""
        return self.match.title.icon

    @property
    def simulated(self) -> bool:
        """Whether its cells are simulated; a finding never mixes them with real ones."""
        return self.match.simulated

    @property
    def title(self) -> str:
        """The title with its slots filled by names."""
        return self.match.title.text.format(
            variants=words.listed(words.label(cell.variant.name, 32) for cell in self.cells),
            devices=words.listed(words.label(device_name(cell), 32) for cell in self.cells),
        )

    @property
    def message(self) -> str:
        """What the judge said about the first cell, when the cause is one of its findings."""
        for cell in self.cells:
            for finding in cell.findings:
                if self.cause.key in _told_by(cell, finding):
                    return finding.message
        return ""

    @property
    def deciding(self) -> EvidenceDoc | None:
        """The line that decided, of the first cell that has one; doubts about times have none."""
        if self.icon in words.VALIDITIES:
            return None
        for cell in self.cells:
            found = deciding_evidence(cell, self.cause.key)
            if found is not None:
                return found
        return None

    @property
    def operations(self) -> tuple[str, ...]:
        """Names of the operations left behind, when that is what the finding is about."""
        if self.icon not in ("partial", "none"):
            return ()
        names = (op.op for cell in self.cells for op in cell.unsupported_ops)
        return tuple(dict.fromkeys(words.label(name, 40) for name in names))


def device_name(cell: CellDoc) -> str:
    """Name a device as people do: by its model, or its id when that is unknown."""
    return cell.device.model or cell.device.id


def deciding_evidence(cell: CellDoc, cause: str = "") -> EvidenceDoc | None:
    """Return the deciding evidence; that of the finding behind `cause` comes first."""
    own = [e for f in cell.findings if cause in _told_by(cell, f) for e in f.evidence]
    for evidence in (*own, *cell.evidence, *(e for f in cell.findings for e in f.evidence)):
        if evidence.deciding:
            return evidence
    return own[0] if own else None


def group_findings(cells: Iterable[CellDoc], *, simulated_last: bool = True) -> tuple[Group, ...]:
    """Group what is wrong with `cells` by cause, worst first, then by how many cells it touches.

    Findings on real devices come before those on simulated ones, or the reverse.
    """
    found: dict[Match, list[CellDoc]] = {}
    also: dict[Match, dict[Cause, None]] = {}
    for cell in cells:
        for match in matches(cell):
            found.setdefault(match, []).append(cell)
            also.setdefault(match, {}).update(dict.fromkeys(match.also))
    groups = [Group(match, tuple(m), tuple(also[match])) for match, m in found.items()]

    def order(group: Group) -> tuple[bool, tuple[int, int], int]:
        later = group.simulated is simulated_last
        place = titles.rank(group.match.title, group.cause.key)
        return later, place, -len(group.cells)

    return tuple(sorted(groups, key=order))


def matches(cell: CellDoc) -> Sequence[Match]:
    """Return every cause that fits a cell, each once; none for a skipped cell."""
    if cell.status is Status.SKIPPED:
        return ()
    found = [*_placement_matches(cell), *_finding_matches(cell), *_validity_matches(cell)]
    return list({(match.title, match.cause.key): match for match in reversed(found)}.values())[::-1]


def _match(cell: CellDoc, title: Title, *keys: CauseKey, distinct: str = "") -> Match:
    about_device = title.icon in words.VALIDITIES
    first, *others = keys
    return Match(
        CAUSES[first],
        title,
        "" if about_device else str(cell.variant.accelerator),
        simulated=cell.device.simulated,
        distinct=distinct,
        also=tuple(CAUSES[key] for key in others),
    )


def _causes(cell: CellDoc) -> list[CauseKey]:
    """Return the cell's causes; a key that a newer version wrote is none of ours."""
    return [CauseKey(key) for key in cell.causes if key in CAUSES]


def _placement_matches(cell: CellDoc) -> list[Match]:
    told = _causes(cell)
    lesser = [key for key in told if key in DOWNGRADES]
    within = [key for key in told if key not in DOWNGRADES and key is not CauseKey.HALF_PRECISION]
    if cell.status is Status.FAILED:
        keys = told or [FAILURES.get(cell.reason or "", CauseKey.FAILED)]
        title = OWN.get(keys[-1], titles.DELEGATE_FAILED)
        distinct = words.code(cell.reason) if keys[-1] is CauseKey.FAILED else ""
        return [_match(cell, title, *keys, distinct=distinct)]
    found: list[Match] = []
    if cell.placement in _PLACEMENTS:
        title, default = _PLACEMENTS[cell.placement]
        ignored = any(one.kind is FindingKind.FLAG_IGNORED for one in cell.findings)
        if cell.placement is Placement.NONE and ignored and not told:
            default = CauseKey.PROVIDER_NOT_BUILT
        if str(cell.variant.accelerator) == "xnnpack" and title is titles.NONE:
            title = titles.PLAIN
        of_one = cell.placement is Placement.PARTIAL
        distinct = cell.model.sha256 if of_one else ""
        found.append(_match(cell, title, *(within or lesser or [default]), distinct=distinct))
    if any(one.kind is FindingKind.DOWNGRADED for one in cell.findings):
        keys = lesser or [CauseKey.LESSER_PATH]
        found.append(_match(cell, OWN.get(keys[0], titles.LESSER), *keys))
    return found


def _told_by(cell: CellDoc, finding: FindingDoc) -> tuple[CauseKey, ...]:
    """Return the causes that a finding of the judge speaks of."""
    if finding.kind is FindingKind.DOWNGRADED:
        lesser = [key for key in _causes(cell) if key in DOWNGRADES]
        return (lesser[0] if lesser else CauseKey.LESSER_PATH,)
    if finding.kind is FindingKind.FLAG_IGNORED:
        return (CauseKey.FLAG_IGNORED, *_NOT_TAKEN)
    return (_cause_of(cell, finding.kind),)


def _cause_of(cell: CellDoc, kind: FindingKind) -> CauseKey:
    if kind is FindingKind.WRONG_OUTPUT and cell.variant.accelerator.is_cpu:
        return CauseKey.WRONG_OUTPUT_CPU
    return FINDING_CAUSES[kind]


def _finding_matches(cell: CellDoc) -> list[Match]:
    found: list[Match] = []
    for finding in cell.findings:
        if finding.kind not in FINDING_CAUSES:
            continue  # a lesser path is told with the placement
        key, also = _cause_of(cell, finding.kind), list[CauseKey]()
        if key is CauseKey.FLAG_IGNORED and cell.placement is Placement.NONE:
            continue  # told with the placement
        if key is CauseKey.WRONG_OUTPUT and CauseKey.HALF_PRECISION in _causes(cell):
            also.append(CauseKey.HALF_PRECISION)
        found.append(_match(cell, OWN[key], key, *also))
    return found


def _validity_matches(cell: CellDoc) -> list[Match]:
    if cell.validity in (None, Validity.VALID):
        return []
    keys = [
        CauseKey(reason if reason in CAUSES else str(cell.validity))
        for reason in cell.validity_reasons
    ] or [CauseKey(str(cell.validity))]
    return [_match(cell, OWN[key], key) for key in keys]
