"""From `--cooldown` and devices.yaml to the policy of each device."""

from __future__ import annotations

from collections.abc import Sequence

from harness.bench.policy import Policy, default_policy
from harness.durations import parse_duration
from harness.errors import UsageError
from harness.lab.config import LabConfig
from harness.lab.inventory import ListedDevice
from harness.lab.schema import SweepSection

OFF = "off"


def parse_cooldown(text: str | None) -> float | None:
    """Return the seconds of `--cooldown`; `off` is 0, None was not said.

    Raises:
        UsageError: it is neither `off` nor a duration.
    """
    if text is None:
        return None
    if text.strip() == OFF:
        return 0.0
    try:
        return parse_duration(text)
    except ValueError as error:
        raise UsageError(
            f"--cooldown: {error}", next_step="such as --cooldown 10m, or --cooldown off"
        ) from None


def written_cooldown(seconds: float) -> str:
    """Return a cooldown as `parse_cooldown` reads it."""
    return f"{seconds:g}s" if seconds else OFF


def policies(
    config: LabConfig,
    section: SweepSection | None,
    devices: Sequence[ListedDevice],
    cooldown: float | None,
) -> dict[str, Policy]:
    """Return the policy of each device: its kind's, then the file's layers, then the call's."""
    own = {} if cooldown is None else {"cooldown": cooldown}
    return {
        one.id: default_policy(one.kind).model_copy(
            update={**config.policy_given(one.id, section), **own}
        )
        for one in devices
    }
