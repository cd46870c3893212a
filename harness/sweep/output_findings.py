"""What a comparison of outputs becomes: a document for the cell, evidence, findings."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from harness.printable import printable
from harness.sweep.documents import OutputsDoc, ToleranceDoc
from harness.sweep.host_reference import FOLDER
from harness.verdict.model import Evidence, EvidenceKind, Finding, FindingKind, Judgement
from harness.verdict.outputs import OutputComparison, OutputVerdict
from harness.verdict.tolerance import Tolerance, demands_single

HOST = "host"
"""Names LiteRT on the host as a reference."""


@dataclass(frozen=True)
class Compared:
    """A cell's outputs compared with one reference, or the reason why they are not.

    `files` are the cell's own raw file and the reference's. `overruled`: the references themselves
    disagree, so that agreement with this one decides nothing. `identical_to` names the CPU variants
    of the device whose outputs are the same bit for bit.
    """

    tolerance: Tolerance
    reference: str | None = None
    comparison: OutputComparison | None = None
    files: tuple[str, ...] = ()
    reason: str = ""
    notes: tuple[str, ...] = ()
    overruled: bool = False
    version: str = ""
    identical_to: tuple[str, ...] = ()

    @property
    def verdict(self) -> OutputVerdict:
        """The verdict, unknown where nothing was compared."""
        if self.comparison is None or self.overruled:
            return OutputVerdict.UNKNOWN
        return self.comparison.verdict

    @property
    def is_host(self) -> bool:
        """Whether the reference is LiteRT on the host; a variant may be named so too."""
        return self.reference == HOST and self.files[-1].startswith(f"{FOLDER}/")

    def noting(self, note: str) -> Compared:
        """Return the same with one more note."""
        return replace(self, notes=(*self.notes, note))


def described(found: Compared) -> OutputsDoc:
    """Write a comparison down; the numbers are those of the worst tensor."""
    comparison = found.comparison
    worst = comparison.worst if comparison is not None else None
    seen = worst.measures if worst is not None else None
    notes = [*(worst.notes if worst is not None else ()), *found.notes]
    if found.is_host and found.version:
        notes.append(f"the host ran {found.version}")
    return OutputsDoc(
        verdict=found.verdict,
        reference=found.reference,
        identical=comparison.identical or bool(found.identical_to) if comparison else None,
        identical_to=list(found.identical_to),
        is_float=comparison.is_float if comparison is not None else None,
        telling_values=comparison.telling if comparison is not None else None,
        max_error=_rounded(seen.max_error if seen else None),
        mean_error=_rounded(seen.mean_error if seen else None),
        cosine=_rounded(seen.cosine if seen else None),
        snr_db=_rounded(seen.snr_db if seen else None),
        argmax_agreement=_rounded(seen.argmax_agreement if seen else None),
        nan=seen.nan if seen else None,
        inf=seen.inf if seen else None,
        tensor=printable(worst.name) if worst is not None else None,
        notes=notes,
        tolerance=ToleranceDoc(**asdict(found.tolerance)),
        reason=found.reason,
        files=list(found.files),
    )


def with_findings(judgement: Judgement, found: Compared, flags: Mapping[str, str]) -> Judgement:
    """Add the comparison to a cell's evidence, and a finding where it is wrong or of too little."""
    comparison = found.comparison
    if comparison is None:
        return judgement
    said = f"{printable(comparison.summary)}; reference: {_named(found)}"
    fact = Evidence(kind=EvidenceKind.OUTPUTS, text=said, source=found.files[0])
    evidence = (*judgement.evidence, fact)
    findings = judgement.findings
    if found.verdict is OutputVerdict.WRONG:
        findings = (*findings, _wrong(found, comparison, fact))
    elif comparison.reduced and demands_single(flags) and comparison.verdict in _RIGHT:
        findings = (*findings, _reduced(found, comparison))
    return replace(judgement, evidence=evidence, findings=findings)


_RIGHT = (OutputVerdict.SAME, OutputVerdict.CLOSE)


def _wrong(found: Compared, comparison: OutputComparison, fact: Evidence) -> Finding:
    worst = comparison.worst
    numbers = ""
    if worst is not None:
        facts = ", ".join(filter(None, [*worst.notes, worst.numbers]))
        numbers = f" Tensor {printable(worst.name)!r}: {facts}."
    message = f"Its output is not that of {_named(found)} for the same input.{numbers}"
    reference = Evidence(EvidenceKind.OUTPUTS, f"the outputs of {_named(found)}", found.files[1])
    return Finding(FindingKind.WRONG_OUTPUT, message, (replace(fact, deciding=True), reference))


def _reduced(found: Compared, comparison: OutputComparison) -> Finding:
    worst = comparison.worst
    numbers = worst.numbers if worst is not None else ""
    message = (
        "Single precision was demanded, and the output is that of half precision: "
        f"{numbers or 'every value is a half-precision number'}, against {_named(found)}."
    )
    fact = Evidence(
        EvidenceKind.PRECISION, printable(comparison.summary), found.files[0], deciding=True
    )
    return Finding(FindingKind.DOWNGRADED, message, (fact,))


def _named(found: Compared) -> str:
    if found.is_host:
        return f"{found.version or 'LiteRT'} on the host"
    return f"{printable(found.reference or '?')} on the same device"


def _rounded(value: float | None) -> float | None:
    return float(f"{value:.6g}") if value is not None and math.isfinite(value) else None
