"""Settings over a sweep: what is written down, what is told, what the results say."""

from __future__ import annotations

from contextlib import contextmanager

from harness.bench.command import LaunchKind
from harness.deadline import Deadline
from harness.device.controls import Controlled, ControlName, ControlOutcome, ControlWish, Held
from harness.device.local import LocalDevice
from harness.sweep.controlled import (
    complaints,
    controls_file,
    held_still,
    outcomes_of,
    read_controls,
)
from harness.sweep.record import RoundRecord

HELD = Controlled(ControlName.POWER_SAVER, ControlOutcome.HELD, {"low_power": "1"})
REFUSED = Controlled(ControlName.SCREEN, ControlOutcome.REFUSED, message="no")
ALSO = Controlled(ControlName.DOZE, ControlOutcome.REFUSED, message="no")


class Phone:
    id = "P 1"
    recovered = ("an earlier run: put back",)

    def __init__(self) -> None:
        self.held = Held((HELD, REFUSED, ALSO))

    @contextmanager
    def controlled(self, wish, deadline):
        yield self.held
        self.held.notes.append("something could not be put back")


def test_what_is_not_held_is_told_once_with_all_of_one_reason_together(tmp_path):
    told: list[str] = []
    phone = Phone()
    with held_still(phone, ControlWish(), tmp_path, told.append) as holding:
        assert told == ["an earlier run: put back", "screen, doze refused: no"]
        assert holding.outcomes == {"power_saver": "held", "screen": "refused", "doze": "refused"}
        holding.hear()
        assert len(told) == 2
        phone.held.controls = (HELD,)
        phone.held.notes.append("set again")
        holding.hear()
    assert told[2:] == ["set again", "something could not be put back"]
    (found,) = read_controls(tmp_path, ["P 1", "other"])
    assert [one.name for one in found.controls] == ["power_saver"]
    assert found.controls[0].before == {"low_power": "1"}
    assert found.notes == told


def test_a_torn_last_line_is_left_out(tmp_path):
    with held_still(Phone(), ControlWish(), tmp_path, lambda _: None):
        pass
    path = controls_file(tmp_path, "P 1")
    whole = read_controls(tmp_path, ["P 1"])
    path.write_bytes(path.read_bytes() + b'{"schema": 1, "device": "P')
    assert read_controls(tmp_path, ["P 1"]) == whole


def test_settings_that_are_as_wanted_are_no_complaint():
    assert complaints([HELD]) == []
    assert complaints([REFUSED, ALSO]) == ["screen, doze refused: no"]


def record(**controls: str) -> RoundRecord:
    return RoundRecord(
        cell="c1",
        kind=LaunchKind.ROUND,
        index=1,
        attempt=1,
        started="",
        seconds=1.0,
        exit_status=0,
        controls=controls,
    )


def test_a_cell_says_every_outcome_that_its_rounds_had():
    rounds = [record(screen="held"), record(screen="not_verified"), record(screen="held")]
    assert outcomes_of(rounds) == {"screen": ["held", "not_verified"]}


def test_this_machine_has_no_setting_and_says_so_only_if_asked(tmp_path):
    device = LocalDevice(tmp_path)
    with device.controlled(ControlWish(), Deadline.after(5)) as held:
        assert held.controls == ()
    with device.controlled(ControlWish((ControlName.SCREEN,), asked=True), Deadline.after(5)) as it:
        assert it.outcomes == {"screen": "unsupported"}
        assert it.controls[0].message
