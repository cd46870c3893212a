"""Which of the devices that are there a command works on."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from harness.device.base import DeviceKind, DeviceState
from harness.errors import NothingToMeasureError, UnknownNameError
from harness.lab.schema import DeviceSection
from harness.lab.selector import Field, Selectable, Selector, Term, parse_selectors

D = TypeVar("D", bound=Selectable)

_PHONES = (DeviceKind.ADB, DeviceKind.VIRTUAL)
_SHOWN = 12  # names listed in an error


def select(
    devices: Sequence[D],
    selectors: Iterable[str] = (),
    *,
    known: Mapping[str, DeviceSection] | None = None,
    on_terminal: bool = False,
) -> tuple[D, ...]:
    """Return the devices that are meant, in their own order, each once.

    With selectors: every device that fits, in whatever state; the caller skips and reports those
    that are not ready. Without: the phones that are ready, or this machine when a person sits at
    the terminal (`on_terminal`) and no phone is attached in any state. `known` holds the devices
    of devices.yaml, so that a phone that is merely absent is told from a name that never was.

    Raises:
        UsageError: a selector cannot be read.
        UnknownNameError: a serial, alias or tag that no device has.
        NothingToMeasureError: no device fits, or none is ready.
    """
    wanted = parse_selectors(selectors)
    if not wanted:
        return _by_default(devices, on_terminal=on_terminal)
    for selector in wanted:
        for term in selector.terms:
            _check_known(term, devices, known or {})
    chosen = tuple(d for d in devices if any(selector.matches(d) for selector in wanted))
    if not chosen:
        raise NothingToMeasureError(
            f"no attached device fits {_spell(wanted)}",
            next_step="'harness devices' shows what is attached",
        )
    return chosen


def _by_default(devices: Sequence[D], *, on_terminal: bool) -> tuple[D, ...]:
    phones = [device for device in devices if device.kind in _PHONES]
    ready = tuple(device for device in phones if device.state is DeviceState.READY)
    if ready:
        return ready
    attached = [device for device in devices if device.kind is not DeviceKind.LOCAL]
    if attached:
        reasons = "; ".join(
            f"{d.id} is {d.state}{f' ({d.detail})' if d.detail else ''}" for d in phones
        )
        step = next((d.next_step for d in phones if d.next_step), "")
        raise NothingToMeasureError(
            f"no phone is ready: {reasons}" if reasons else "only emulators are attached",
            next_step=step or "'--device kind:emulator' measures on emulators",
        )
    local = tuple(device for device in devices if device.kind is DeviceKind.LOCAL)
    if on_terminal and local:
        return local
    raise NothingToMeasureError(
        "no phone is attached",
        next_step="'harness devices' tells why; '--device local' measures on this machine",
    )


def _check_known(
    term: Term, devices: Sequence[Selectable], known: Mapping[str, DeviceSection]
) -> None:
    """Refuse a name that fits nothing; a name of devices.yaml is absent, not unknown."""
    if term.field not in (Field.NAME, Field.TAG) or any(term.matches(d) for d in devices):
        return
    if term.field is Field.TAG:
        if any(term.value in section.tags for section in known.values()):
            return
        tags = {tag for device in devices for tag in device.tags}
        tags |= {tag for section in known.values() for tag in section.tags}
        raise _unknown(f"no device has the tag '{term.value}'", term.value, tags)
    if term.is_glob:
        return
    for serial, section in known.items():
        if term.value in (serial, section.alias):
            raise NothingToMeasureError(
                f"{term.value} is in devices.yaml and not attached",
                next_step=f"connect the phone with serial {serial}",
            )
    names = {name for device in devices for name in (device.id, device.alias) if name}
    raise _unknown(f"no device is called '{term.value}'", term.value, names)


def _unknown(message: str, word: str, names: set[str]) -> UnknownNameError:
    folded = {name.lower(): name for name in names}
    near = [folded[n] for n in difflib.get_close_matches(word.lower(), sorted(folded), n=3)]
    if near:
        step = f"did you mean {' or '.join(near)}?"
    elif names:
        step = f"there are: {', '.join(sorted(names)[:_SHOWN])}"
    else:
        step = "there are none; see 'harness devices'"
    return UnknownNameError(message, next_step=step)


def _spell(selectors: Sequence[Selector]) -> str:
    return " or ".join(selector.text for selector in selectors)
