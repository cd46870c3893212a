"""What a device must be like before a timed launch, and how long that is waited for.

docs/reference/preflight.md says of each limit why it is what it is and where it comes from.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from harness.device.base import DeviceKind, Screen


class Policy(BaseModel):
    """Limits for a launch. None switches a gate off; a reading that is unknown passes every gate.

    Temperatures are °C of the battery and the skin, seconds are the device's own. `cooldown` is the
    longest wait before one launch; 0 waits for nothing, and what is amiss is written down.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_temperature: float | None = 38.0
    max_rise: float | None = 3.0
    max_thermal_status: int | None = 0
    clocks_at_rest: bool = True
    min_battery: float | None = 30.0
    min_free_mb: float | None = 16.0
    min_memory_mb: float | None = 256.0
    min_idle: float | None = Field(default=0.9, ge=0, le=1)
    screen: Screen | None = None
    settle_after_boot: float = 180.0
    min_gap: float = 0.0
    cooldown: float = 600.0


def default_policy(kind: DeviceKind) -> Policy:
    """Return the limits of a kind of device that nobody set.

    This machine runs the harness itself beside what is measured, and one that builds software or an
    emulator was often booted a minute ago: neither its load nor its age holds a launch back.
    """
    if kind in (DeviceKind.LOCAL, DeviceKind.EMULATOR):
        return Policy(min_idle=None, settle_after_boot=0.0)
    return Policy()
