"""Switching a described phone on: its files, commands and the simulated tool put together."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from harness.virtual.machine import VirtualPhone
from harness.virtual.phones import kernel
from harness.virtual.phones.clock import Clock
from harness.virtual.phones.description import Phone
from harness.virtual.phones.programs import programs
from harness.virtual.phones.state import PhoneState
from harness.virtual.tool.program import recogniser

_DROPS_CACHES_FROM_API = 31  # rootdir/init.rc and sepolicy's shell.te, from Android 12 on
_UP_FOR_S = 3 * 3600.0  # a phone fresh from a boot would not be measured on


def switch_on(
    phone: Phone, root: Path, *, speed: float = 1.0, seed: int = 0, authorized: bool = True
) -> VirtualPhone:
    """Return a running phone whose writable storage is the folder `root`.

    Args:
        phone: what it is.
        root: an empty folder of the host.
        speed: how many seconds of simulated work pass in one second.
        seed: two phones with the same seed and the same launches report the same latencies.
        authorized: False leaves it `unauthorized`.
    """
    state = PhoneState(phone, Clock(speed), seed)
    names = phone.model.adb
    properties = {
        **phone.model.properties,
        "ro.product.name": names.product,
        "ro.product.device": names.device,
        "ro.serialno": phone.serial,
        "ro.boot.serialno": phone.serial,
        "ro.harness.virtual": "1",
    }
    machine = VirtualPhone(
        serial=phone.serial,
        root=root,
        properties=properties,
        programs=programs(state),
        recognisers=[recogniser(state)],
        authorized=authorized,
        clock=state.clock,
        pass_time=state.clock.rest,
        nap=state.clock.sleep,
    )
    machine.booted_at -= _UP_FOR_S
    machine.on_reboot.append(state.forget)
    if phone.model.sdk >= _DROPS_CACHES_FROM_API:
        machine.on_setprop["perf.drop_caches"] = partial(_drop_caches, state)
    kernel.provide(machine.filesystem, state)
    return machine


def _drop_caches(state: PhoneState, value: str) -> None:
    """Do as init does: write the value into the kernel's drop_caches."""
    state.files_forgotten = value in {"1", "3"}
