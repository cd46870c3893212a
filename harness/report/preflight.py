"""The state of a device before each launch, in words: for the drawer, and for the summary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.bench.health_facts import read_facts
from harness.bench.preflight import NotMade, Rest
from harness.device.base import Health
from harness.report import words
from harness.report.findings import device_name
from harness.report.folder import SweepData
from harness.report.trust import reading
from harness.sweep.documents import CellDoc
from harness.sweep.record import RoundRecord

_KHZ_PER_GHZ = 1e6


def round_states(records: Iterable[RoundRecord]) -> list[tuple[str, str]]:
    """Return what each of a cell's launches found: its name and the device's state in one line."""
    known = [one for one in records if one.final and one.health]
    rest = Rest()
    for one in known:
        rest = rest.seen(read_facts(one.health))
    return [(f"{one.kind} {one.index}", state_line(one, rest)) for one in known]


def state_line(record: RoundRecord, rest: Rest | None = None) -> str:
    """Say how warm, fast, charged and busy the device was, what was waited for, what was amiss.

    `rest` is the device at its coolest: cooling devices above their value there are named.
    """
    health, facts = read_facts(record.health), record.health
    parts = [
        _heat(health),
        f"status {health.thermal_status}" if health.thermal_status is not None else "no status",
        _clocks(health),
        *_limiters(health, rest or Rest()),
        _battery(health, facts),
        "load unknown" if health.idle_share is None else f"{100 * health.idle_share:.0f} % idle",
        *([f"screen {words.label(str(facts['screen']), 12)}"] if facts.get("screen") else []),
        *(["power saver on"] if facts.get("power_saver") is True else []),
        *_waited(record.preflight),
    ]
    if record.not_made:
        parts.append(f"not made: {words.label(record.failure_message or record.failure, 160)}")
    else:
        parts += [f"all the same: {said}" for said in _amiss(record.preflight)]
    return "; ".join(parts)


def unfit_lines(cells: Sequence[CellDoc], data: SweepData) -> tuple[tuple[str, str], ...]:
    """Return the summary's line about cells that devices were not fit for; none if there are none.

    A cell counts if any of its launches was not made.
    """
    found: dict[tuple[str, str], list[CellDoc]] = {}
    for cell in cells:
        for reason in cell.not_made:
            found.setdefault((device_name(cell), reason), []).append(cell)
    said = []
    for (device, reason), group in found.items():
        what = "throttled" if reason == NotMade.NOT_COOLED else "not measured"
        count = f"{words.plural(len(group), 'cell')} {what}"
        verb = "could not cool" if reason == NotMade.NOT_COOLED else words.code(reason)
        why = _last_message(group, data)
        said.append(f"{count}: {words.label(device, 40)} {verb}{f' ({why})' if why else ''}")
    return (("Not fit", f"{'. '.join(said)}. A resume makes what was not made."),) if said else ()


def _last_message(cells: Sequence[CellDoc], data: SweepData) -> str:
    """Return what the longest of the waits in vain came to."""
    refused = [one for cell in cells for one in data.rounds_of.get(cell.id, ()) if one.not_made]
    return words.label(refused[-1].failure_message, 160) if refused else ""


def _heat(health: Health) -> str:
    known = {"battery": health.battery_celsius, "skin": health.skin_celsius}
    said = [f"{name} {value:.1f} °C" for name, value in known.items() if value is not None]
    return ", ".join(said) or "temperature unknown"


def _clocks(health: Health) -> str:
    known = [one for one in health.clocks if one.max_khz is not None and one.hardware_khz]
    if not known:
        return "clocks unknown"
    held = [
        f"{words.label(one.name, 12)} held at {(one.max_khz or 0) / _KHZ_PER_GHZ:.2f} of "
        f"{(one.hardware_khz or 0) / _KHZ_PER_GHZ:.2f} GHz"
        for one in known
        if (one.max_khz or 0) < (one.hardware_khz or 0)
    ]
    return ", ".join(held) or "clocks free"


def _limiters(health: Health, rest: Rest) -> list[str]:
    found = words.listed(words.label(name, 40) for name in rest.limiting(health))
    return [f"slowed by {found}"] if found else []


def _battery(health: Health, facts: Mapping[str, Any]) -> str:
    if health.battery_percent is None:
        return "charge unknown"
    state = facts.get("charging")
    doing = f" {words.label(str(state).replace('_', ' '), 20)}" if state else ""
    return f"{health.battery_percent:.0f} %{doing}"


def _waited(preflight: Mapping[str, Any]) -> list[str]:
    seconds = reading(preflight, "waited_s")
    return [f"waited {words.duration(seconds)}"] if seconds else []


def _amiss(preflight: Mapping[str, Any]) -> list[str]:
    rows = preflight.get("obstacles")
    return [
        words.label(str(one.get("message")), 120)
        for one in (rows if isinstance(rows, list) else [])
        if isinstance(one, Mapping)
    ]
