"""Which time of a canary may be held against its past, and what a canary holds and waits for."""

import pytest
from folders import CPU, Writer, log

from harness.bench.policy import Policy
from harness.device.base import DeviceKind
from harness.device.controls import DEFAULT_CONTROLS, ControlName
from harness.sweep.canary import CANARY_S, COOLDOWN_S, SETTINGS, policy_of, time_of, wish_of
from harness.sweep.folder import read_folder
from harness.sweep.results import build


def cell_of(root, medians, **changes):
    writer = Writer(root, rounds=3)
    writer.add("cpu-1t", log(*CPU), medians)
    writer.records = [one.model_copy(update=changes) for one in writer.records]
    return build(read_folder(writer.write())).cells[0]


def test_three_rounds_of_a_cool_phone_give_a_time(tmp_path):
    assert time_of(cell_of(tmp_path, [1000, 1010, 1020])) == (pytest.approx(1.01), "")


def test_a_phone_that_throttled_meanwhile_gives_none_and_the_reason(tmp_path):
    value, why = time_of(cell_of(tmp_path, [1000, 1010, 1020], health={"thermal_status": 3}))
    assert value is None
    assert why.startswith("the device's thermal status was 3 in a round: let the device cool")


def test_fewer_rounds_give_none(tmp_path):
    value, why = time_of(cell_of(tmp_path, [1000, 1010]), "it did not end in time")
    assert (value, why) == (None, "2 of 3 rounds: it did not end in time")


def test_its_rounds_are_fixed_and_its_waits_leave_time_for_them():
    assert (SETTINGS.stopping.target, SETTINGS.stopping.most) == (None, 3)
    assert SETTINGS.rounds * COOLDOWN_S < CANARY_S / 2
    policy = policy_of(DeviceKind.ADB)
    assert (policy.cooldown, policy.min_idle) == (COOLDOWN_S, None)
    assert policy.max_temperature == Policy().max_temperature


def test_it_holds_the_defaults_and_none_that_the_file_leaves_out():
    assert wish_of(None).names == DEFAULT_CONTROLS
    assert wish_of(()).names == ()
    some = (ControlName.FIXED_PERFORMANCE, ControlName.POWER_SAVER)
    assert wish_of(some).names == (ControlName.POWER_SAVER,)
