from __future__ import annotations

import pytest

from harness.errors import UnknownNameError
from harness.virtual.phones import dumps
from harness.virtual.phones.catalog import fleet, many, phone, phones
from harness.virtual.phones.state import Clock, PhoneState

ALL = [unit.name for unit in fleet()]


def state(name: str) -> PhoneState:
    return PhoneState(phone(name), Clock())


def test_the_phones_of_the_fleet_have_serial_numbers_of_their_own() -> None:
    serials = {one.serial for one in phones()}
    assert len(ALL) == len(serials) >= 20
    assert all(serial.startswith("SIM") for serial in serials)


def test_any_number_of_phones_can_be_named_and_all_differ() -> None:
    names = many(250)
    assert len({phone(name).serial for name in names}) == len(names) == 250


def test_an_unknown_phone_is_refused_with_the_list_of_known_ones() -> None:
    with pytest.raises(UnknownNameError) as caught:
        phone("pixel-99")
    assert "pixel-8" in caught.value.next_step


@pytest.mark.parametrize("name", ALL)
def test_every_phone_says_what_it_rests_on_and_where_it_can_run_a_tool(name: str) -> None:
    model = phone(name).model
    assert model.sources
    assert {"arm64-v8a", "armeabi-v7a"} & set(model.abis)
    cpus = [cpu for cluster in model.cpu.clusters for cpu in cluster.cpus]
    assert sorted(cpus) == list(range(len(cpus)))


@pytest.mark.parametrize("name", ALL)
def test_battery_and_power_answer_in_the_makers_form(name: str) -> None:
    one = state(name)
    lines = dumps.battery(one).splitlines()
    assert lines[0] == "Current Battery Service state:"
    level = one.simulation.battery_level or one.phone.model.battery.level
    assert f"  level: {level}" in lines
    assert "akefulness" in dumps.power(one)


def test_a_hot_phone_raises_its_status_only_where_the_maker_reports_it() -> None:
    honest, silent = state("pixel-8"), state("xiaomi-12")
    cold = dumps.thermalservice(honest)
    for one in (honest, silent):
        one.heat = 1.0
    assert cold is not None
    assert "Thermal Status: 0" in cold
    assert "Thermal Status: 0" not in str(dumps.thermalservice(honest))
    assert "Thermal Status: 0" in str(dumps.thermalservice(silent))


def test_before_android_10_there_is_no_thermal_service() -> None:
    assert dumps.thermalservice(state("huawei-p30")) is None


def test_a_faked_battery_says_that_updates_stopped() -> None:
    one = state("pixel-8")
    one.frozen_heat = 0.0
    assert "UPDATES STOPPED" in dumps.battery(one)


def test_nnapi_drivers_are_listed_where_the_phone_lists_them() -> None:
    assert "IDevice/google-edgetpu" in dumps.service_list(phone("pixel-6").model)
    assert "IDevice/qti-dsp" in dumps.lshal(phone("pixel-4-xl").model)
    assert "neuralnetworks" not in dumps.service_list(phone("galaxy-s24").model)
