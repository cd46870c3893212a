"""What the test for a CPU in disguise came to, as lines for a cell's drawer."""

from __future__ import annotations

from harness.report import words
from harness.sweep.documents import CellDoc

_VERDICTS = {
    "suspect": "looks like the CPU",
    "clear": "does not look like the CPU",
    "not_testable": "cannot be told",
}
_SUBJECTS = {"outputs": "its output", "cpu_time": "its CPU time", "counters": "counters"}


def suspicion_facts(cell: CellDoc) -> list[tuple[str, str]]:
    """Return the verdict with its reason and ratio, and each fact beside the time.

    Names of variants in the texts are a person's, so they are made visible here.
    """
    found = cell.suspicion
    if found is None:
        return []
    told = f"{_VERDICTS[found.verdict.value]}: {found.reason}"
    if found.ratio is not None and found.against is not None:
        low, high = found.ratio.ci_low, found.ratio.ci_high
        told += (
            f" ({found.ratio.value:.2f} times the time of {found.against}, "
            f"{low:.2f} to {high:.2f} at 90 %)"
        )
    return [
        ("CPU in disguise", words.clean(told)),
        *(
            (words.label(_SUBJECTS.get(one.kind, one.kind), 40), words.clean(one.text))
            for one in found.corroborators
        ),
    ]
