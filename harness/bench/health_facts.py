"""A device's state as JSON data, and back: what the journal holds of it may be in any state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from harness.device.base import Health, PolicyClocks, Reading

_LARGEST = 1e15  # of what a device counts here; a whole number of JSON has no limit


def health_facts(health: Health) -> dict[str, object]:
    """Return a device's state as JSON data; what could not be read stays null."""
    return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(health).items()}


def read_facts(facts: Mapping[str, Any]) -> Health:
    """Return the readings that judgement rests on; what is missing or no number is unknown."""
    status = _number(facts.get("thermal_status"))
    capped = facts.get("capped_policies")
    return Health(
        battery_percent=_number(facts.get("battery_percent")),
        battery_celsius=_number(facts.get("battery_celsius")),
        skin_celsius=_number(facts.get("skin_celsius")),
        thermal_status=None if status is None else int(status),
        uptime_s=_number(facts.get("uptime_s")),
        idle_share=_number(facts.get("idle_share")),
        capped_policies=tuple(map(str, capped)) if isinstance(capped, list | tuple) else None,
        clocks=_clocks(facts.get("clocks")),
        cooling=_whole_numbers(facts.get("cooling")),
        frozen=tuple(one for one in Reading if one in _list(facts.get("frozen"))),
    )


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < _LARGEST else None


def _whole_numbers(value: object) -> dict[str, int]:
    if not isinstance(value, Mapping):
        return {}
    found = {str(name): _number(one) for name, one in value.items()}
    return {name: int(one) for name, one in found.items() if one is not None}


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()


def _clocks(value: object) -> tuple[PolicyClocks, ...]:
    return tuple(
        PolicyClocks(
            name=str(row["name"]),
            max_khz=_khz(row, "max_khz"),
            cur_khz=_khz(row, "cur_khz"),
            hardware_khz=_khz(row, "hardware_khz"),
        )
        for row in _list(value)
        if isinstance(row, Mapping) and "name" in row
    )


def _khz(row: Mapping[str, Any], key: str) -> int | None:
    value = _number(row.get(key))
    return None if value is None else int(value)
