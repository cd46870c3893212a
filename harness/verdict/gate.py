"""The names of gates. A gate is a bad value of one of the four fields; the headline is no gate."""

from __future__ import annotations

from harness.verdict.model import FindingKind, Placement, Status, Validity

PLACEMENTS = (Placement.NONE, Placement.PARTIAL, Placement.UNKNOWN)
STATUSES = (Status.FAILED, Status.SKIPPED)
VALIDITIES = (Validity.INVALID, Validity.INCOMPLETE)

EXPECTATION = "expectation"
"""The gate of what devices.yaml expects of a model: tested wherever something is expected."""

NAMES: tuple[str, ...] = tuple(
    str(one) for one in (*PLACEMENTS, *STATUSES, *FindingKind, *VALIDITIES, EXPECTATION)
)
"""What `--fail-on` and `fail_on:` take."""


def gate_name(word: str) -> str:
    """Return the name that a person wrote: `wrong-output` is `wrong_output`."""
    return word.strip().replace("-", "_")
