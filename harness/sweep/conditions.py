"""In what state a device was when a cell's launches were made, and which were not made for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from harness.bench.command import LaunchKind
from harness.bench.health_facts import read_facts
from harness.bench.preflight import HEAT, Gate, NotMade, Rest
from harness.device.base import Health
from harness.stats.circumstances import ValidityReason
from harness.sweep.folder import SweepFolder
from harness.sweep.record import RoundRecord

THERMAL_MODERATE = 2
"""PowerManager.THERMAL_STATUS_MODERATE: from here on the platform itself speaks of throttling."""

LOADED_SHARE = 0.5
"""From this share of a cell's rounds on, load of others is the cell's, not one round's bad luck."""

SKIP_REASONS = {NotMade.NOT_COOLED.value: "throttled"}
"""Reasons of cells without a round where they differ from those of the launches."""

_NEXT_STEPS = {
    NotMade.NOT_COOLED: "let it cool and resume the sweep; if it is always this warm, shade or fan "
    "it, or raise max_temperature under `policy:` of devices.yaml",
    NotMade.BATTERY_LOW: "charge it and resume the sweep, or lower min_battery under `policy:` of "
    "devices.yaml",
    NotMade.STORAGE_FULL: "free some storage with 'harness clean' and resume the sweep",
    NotMade.MEMORY_LOW: "close apps or reboot it and resume the sweep",
    NotMade.WRONG_SCREEN: "bring its screen into the state that `policy:` asks for, and resume",
    NotMade.JUST_BOOTED: "resume the sweep when it has settled, or give it a longer cooldown",
}


def conditions(
    folder: SweepFolder, device: str, records: Sequence[RoundRecord]
) -> dict[ValidityReason, str]:
    """Say what the device's state before (and, where known, right after) rounds voids of them.

    `records` are a cell's rounds, those that were not made included.
    """
    timed = [one for one in records if not one.not_made]
    said = {
        ValidityReason.THROTTLED: _throttled(folder, device, timed),
        ValidityReason.NOT_COOLED: _not_cooled(records),
        ValidityReason.BACKGROUND_LOAD: _loaded(folder, device, timed),
    }
    return {reason: text for reason, text in said.items() if text is not None}


def capped_at_rest(folder: SweepFolder, device: str) -> frozenset[str]:
    """Return the policies that were held below their range at the device's first launch."""
    first = next(iter(folder.records_on(device)), None)
    return frozenset((read_facts(first.health).capped_policies or ()) if first else ())


def not_made(records: Iterable[RoundRecord]) -> dict[str, int]:
    """Count a cell's launches that were not made, by reason."""
    return dict(Counter(one.failure or "unknown" for one in records if one.not_made))


def skip_reason(records: Sequence[RoundRecord]) -> str | None:
    """Return why a cell has no round, if it is the device's state; None when rounds were made."""
    rounds = [one for one in records if one.kind is LaunchKind.ROUND]
    refused = [one for one in records if one.not_made]
    if not refused or any(not one.not_made for one in rounds):
        return None
    if any(one.ends_cell for one in records):
        return None
    code = refused[-1].failure or "unknown"
    return SKIP_REASONS.get(code, code)


def next_step(records: Sequence[RoundRecord]) -> str | None:
    """Say what to do about launches that were not made; None where all were."""
    counts = not_made(records)
    last = next((one for one in reversed(records) if one.not_made), None)
    if not counts or last is None or last.failure not in set(NotMade):
        return None
    return f"{last.failure_message}: {_NEXT_STEPS[NotMade(last.failure)]}"


def waited_s(records: Iterable[RoundRecord]) -> float:
    """Return the seconds that the device was waited for before a cell's launches."""
    waits = (one.preflight.get("waited_s") for one in records)
    return round(sum(float(one) for one in waits if isinstance(one, int | float)), 1)


def obstacles(record: RoundRecord) -> list[Mapping[str, Any]]:
    """Return what still stood against a launch, as it was recorded."""
    found = record.preflight.get("obstacles")
    rows = found if isinstance(found, list) else []
    return [one for one in rows if isinstance(one, Mapping)]


def _too_warm(record: RoundRecord) -> bool:
    """Whether a launch was refused for heat, or made in spite of it (`--cooldown off`)."""
    if record.not_made:
        return record.failure == NotMade.NOT_COOLED
    return any(one.get("gate") in HEAT - {Gate.CLOCKS} for one in obstacles(record))


def _not_cooled(records: Sequence[RoundRecord]) -> str | None:
    warm = sum(_too_warm(one) for one in records)
    if not warm:
        return None
    return f"the device was too warm before {warm} of {len(records)} rounds"


def _throttled(folder: SweepFolder, device: str, timed: Sequence[RoundRecord]) -> str | None:
    """Say how the device spoke of heat, or held clocks lower than it does at rest.

    Some phones hold clocks down at rest, and many report status 0 while they throttle: what counts
    is a ceiling below the highest that the sweep saw, before a round or in the first look after it.
    """
    before = [read_facts(one.health) for one in timed]
    statuses = [one.thermal_status for one in before if one.thermal_status is not None]
    if statuses and (max(statuses) >= THERMAL_MODERATE or max(statuses) > statuses[0]):
        return f"the device's thermal status was {max(statuses)} in a round"
    every = folder.records_on(device)
    looks = [look for one in every for look in (_first_look(one), read_facts(one.health))]
    rest = Rest()
    for look in looks:
        rest = rest.seen(look)
    always = _always_capped(looks)
    after = _looks_after(every)
    held = 0
    for record, start in zip(timed, before, strict=True):
        end = after.get((record.cell, record.kind, record.index))
        looks = [start] if end is None else [start, end]
        held += any(
            rest.lost_khz(look) or (not look.clocks and _newly_capped(look, always))
            for look in looks
        )
        if end is not None and _rose(start.thermal_status, end.thermal_status):
            return f"the device's thermal status rose to {end.thermal_status} in a round"
    return f"clock ceilings were held down in {held} of {len(timed)} rounds" if held else None


def _loaded(folder: SweepFolder, device: str, timed: Sequence[RoundRecord]) -> str | None:
    policy = folder.devices[device].policy
    if policy is None or policy.min_idle is None:
        return None
    shares = [read_facts(one.health).idle_share for one in timed]
    known = [one for one in shares if one is not None]
    loaded = sum(one < policy.min_idle for one in known)
    if not loaded or loaded < LOADED_SHARE * len(known):
        return None
    return f"other programs kept the CPUs busy before {loaded} of {len(known)} rounds"


def _first_look(record: RoundRecord) -> Health:
    """Return the device as it was before any wait: right after the launch before this one."""
    first = record.preflight.get("first")
    facts = read_facts(record.health)
    if not isinstance(first, Mapping):
        return facts
    seen = read_facts(first)
    return replace(
        facts,
        thermal_status=seen.thermal_status,
        clocks=seen.clocks,
        capped_policies=seen.capped_policies,
    )


def _looks_after(every: Sequence[RoundRecord]) -> dict[tuple[str, LaunchKind, int], Health]:
    """Return the first look after each launch: that of the next launch's preflight."""
    return {
        (one.cell, one.kind, one.index): _first_look(following)
        for one, following in pairwise(every)
        if following.preflight
    }


def _always_capped(looks: Sequence[Health]) -> frozenset[str]:
    sets = [frozenset(one.capped_policies) for one in looks if one.capped_policies is not None]
    return frozenset.intersection(*sets) if sets else frozenset()


def _newly_capped(look: Health, always: frozenset[str]) -> bool:
    return bool(frozenset(look.capped_policies or ()) - always)


def _rose(before: int | None, after: int | None) -> bool:
    return before is not None and after is not None and after > before
