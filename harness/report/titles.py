"""How a finding is headed: its icon and title, by its cause or by what the cause led to.

Why and what to do stand in the one table of causes (harness.verdict.causes). Titles have slots for
names of variants and devices only, so that no line of a log can write one.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.verdict.cause_key import CauseKey
from harness.verdict.causes import CAUSES
from harness.verdict.model import FindingKind


@dataclass(frozen=True)
class Title:
    """A heading. `icon` is a verdict or validity word; `text` takes {variants} and {devices}."""

    icon: str
    text: str


NONE = Title("none", "{variants} ran on the CPU on {devices}")
PLAIN = Title("none", "{variants} ran on plain CPU kernels on {devices}")
PARTIAL = Title("partial", "{variants} took part of the model on {devices}")
UNKNOWN = Title("unknown", "{variants}: not known where it ran on {devices}")
DELEGATE_FAILED = Title("failed", "{variants}: the delegate failed on {devices}")
LESSER = Title("downgraded", "{variants} ran by a lesser path on {devices}")

OWN: dict[CauseKey, Title] = {
    CauseKey.WRONG_OUTPUT: Title("wrong", "{variants}: wrong answers on {devices}"),
    CauseKey.WRONG_OUTPUT_CPU: Title(
        "wrong", "{variants}: the CPU itself gives another answer on {devices}"
    ),
    CauseKey.PRECISION_LOST: Title(
        "downgraded", "{variants} computed in half precision on {devices}"
    ),
    CauseKey.SUSPECT: Title("suspect", "{variants}: claimed, but doubtful on {devices}"),
    CauseKey.IMPLAUSIBLE: Title("suspect", "{variants}: too fast to be true on {devices}"),
    CauseKey.CONTRADICTED: Title(
        "suspect", "{variants}: the tool's own summary is wrong on {devices}"
    ),
    CauseKey.FLAG_IGNORED: Title("suspect", "{variants}: a flag was not taken on {devices}"),
    CauseKey.FULL_DELEGATION_REFUSED: Title(
        "failed", "{variants}: full delegation was refused on {devices}"
    ),
    CauseKey.REBOOTS_DEVICE: Title("failed", "{variants}: restarts {devices}"),
    CauseKey.DEVICE_LOST: Title("failed", "{variants}: {devices} went away"),
    CauseKey.LIMIT: Title("failed", "{variants}: no end in time on {devices}"),
    CauseKey.STAGING: Title("failed", "{variants}: could not be put on {devices}"),
    CauseKey.CRASHED: Title("failed", "{variants}: crashed on {devices}"),
    CauseKey.TOOL_BROKEN: Title("failed", "{variants}: the tool does not start on {devices}"),
    CauseKey.BAD_FLAG: Title("failed", "{variants}: a flag was refused on {devices}"),
    CauseKey.MODEL_NOT_LOADED: Title("failed", "{variants}: the model was not loaded on {devices}"),
    CauseKey.FAILED: Title("failed", "{variants}: failed on {devices}"),
    CauseKey.OPENCL_MISSING: Title("downgraded", "{variants} ran on OpenGL on {devices}"),
    CauseKey.OPENGL_USED: Title("downgraded", "{variants} ran on OpenGL on {devices}"),
    CauseKey.NNAPI_REFERENCE: Title(
        "downgraded", "{variants} ran on NNAPI's CPU reference on {devices}"
    ),
    CauseKey.SOFTWARE_GPU: Title("downgraded", "{variants} ran on a software GPU on {devices}"),
    CauseKey.NO_GPU: Title("failed", "{variants}: no GPU was found on {devices}"),
    CauseKey.THROTTLED: Title("throttled", "{devices} throttled"),
    CauseKey.NOT_COOLED: Title("not_cooled", "{devices} did not cool"),
    CauseKey.BACKGROUND_LOAD: Title("background_load", "{devices} had something else to do"),
    CauseKey.SETTINGS_CHANGED: Title(
        "settings_changed", "{devices} did not keep its settings over the rounds"
    ),
    CauseKey.DRIFT: Title("drift", "Times drift on {devices}"),
    CauseKey.BIMODAL: Title("bimodal", "Rounds are fast or slow on {devices}"),
    CauseKey.OUTLIER: Title("noisy", "{variants}: unlike its peers on {devices}"),
    CauseKey.NOISY: Title("noisy", "Times scatter on {devices}"),
    CauseKey.TOO_SHORT: Title("too_short", "Timed too briefly on {devices}"),
    CauseKey.INCOMPLETE: Title("incomplete", "Rounds are missing on {devices}"),
    CauseKey.INVALID: Title("invalid", "Times may not be used on {devices}"),
}
"""Causes that head a finding of their own wherever they stand."""

FINDING_CAUSES: dict[FindingKind, CauseKey] = {
    FindingKind.WRONG_OUTPUT: CauseKey.WRONG_OUTPUT,
    FindingKind.SOFTWARE_DEVICE: CauseKey.SOFTWARE_GPU,
    FindingKind.SUSPECT: CauseKey.SUSPECT,
    FindingKind.IMPLAUSIBLE: CauseKey.IMPLAUSIBLE,
    FindingKind.OUTLIER: CauseKey.OUTLIER,
    FindingKind.TOOL_VERDICT_CONTRADICTED: CauseKey.CONTRADICTED,
    FindingKind.FLAG_IGNORED: CauseKey.FLAG_IGNORED,
}
"""Findings of the judge that head one of the report's; a lesser path is told by its cause."""

_ORDER = (
    ("wrong",),
    ("none",),
    ("suspect",),
    ("failed",),
    ("downgraded",),
    ("throttled", "not_cooled", "background_load", "settings_changed", "drift"),
    ("partial",),
    ("unknown",),
    ("bimodal", "noisy", "too_short", "incomplete", "invalid"),
)
_ICON_RANK = {icon: rank for rank, icons in enumerate(_ORDER) for icon in icons}
_KEYS = list(CAUSES)


def rank(title: Title, key: CauseKey) -> tuple[int, int]:
    """Return a finding's place, the worst first."""
    return _ICON_RANK[title.icon], _KEYS.index(key)
