"""Selection: what the words mean, and what is said when they mean nothing."""

from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.device.base import DeviceKind, DeviceState, Profile
from harness.errors import HarnessError, NothingToMeasureError, UnknownNameError, UsageError
from harness.lab.schema import DeviceSection
from harness.lab.select import select


@dataclass(frozen=True)
class Listed:
    id: str
    kind: DeviceKind = DeviceKind.ADB
    state: DeviceState = DeviceState.READY
    alias: str | None = None
    tags: tuple[str, ...] = ()
    profile: Profile | None = None
    transports: tuple[SimpleNamespace, ...] = ()
    detail: str = ""
    next_step: str = ""


PIXEL = Listed(
    "37041FDJH00", alias="pixel8", tags=("lab",), profile=Profile(soc="Tensor G3", api_level=34)
)
GALAXY = Listed(
    "R3CN30ABCDE", tags=("lab", "big"), profile=Profile(platform="exynos990", api_level=30)
)
LOCKED = Listed(
    "LOCKED01", state=DeviceState.UNAUTHORIZED, detail="no key", next_step="tap Allow on it"
)
VIRTUAL = Listed(
    "VP0001", DeviceKind.VIRTUAL, profile=Profile(soc="Tensor G3", platform="zuma", api_level=34)
)
EMULATOR = Listed("emulator-5554", DeviceKind.EMULATOR, profile=Profile(api_level=34))
LOCAL = Listed("local", DeviceKind.LOCAL)
DESK = (PIXEL, GALAXY, LOCKED, VIRTUAL, EMULATOR, LOCAL)


def ids(*selectors, desk=DESK, **more):
    return [device.id for device in select(desk, selectors, **more)]


@pytest.mark.parametrize(
    ("selector", "chosen"),
    [
        ("37041FDJH00", [PIXEL]),
        ("pixel8", [PIXEL]),
        ("pixel*", [PIXEL]),
        ("*", [PIXEL, GALAXY, LOCKED, VIRTUAL]),
        ("tag:lab", [PIXEL, GALAXY]),
        ("tag:lab&tag:big", [GALAXY]),
        ("soc:tensor*", [PIXEL, VIRTUAL]),
        ("soc:exynos990", [GALAXY]),
        ("api>=34", [PIXEL, VIRTUAL]),
        ("api:30", [GALAXY]),
        ("api<34", [GALAXY]),
        ("kind:virtual", [VIRTUAL]),
        ("kind:emulator", [EMULATOR]),
        ("emulator-5554", [EMULATOR]),
        ("kind:emulator & api>=34", [EMULATOR]),
        ("local", [LOCAL]),
        ("LOCKED01", [LOCKED]),
        ("R3CN30ABCDE,pixel8", [PIXEL, GALAXY]),
        ("soc:tensor*&kind:adb,local", [PIXEL, LOCAL]),
    ],
)
def test_a_selector_means_these_devices_in_the_desks_order(selector, chosen):
    assert ids(selector) == [device.id for device in chosen]


def test_repeated_selectors_are_joined_by_or_and_each_device_comes_once():
    assert ids("pixel8", "tag:lab", "37041FDJH00") == [PIXEL.id, GALAXY.id]


def test_without_selectors_the_ready_phones_are_meant():
    assert ids() == [PIXEL.id, GALAXY.id, VIRTUAL.id]


def test_this_machine_stands_in_on_a_terminal_when_no_phone_is_attached():
    assert ids(desk=(LOCAL,), on_terminal=True) == ["local"]
    with pytest.raises(NothingToMeasureError, match="no phone is attached"):
        ids(desk=(LOCAL,))


@pytest.mark.parametrize("desk", [(LOCKED, LOCAL), (EMULATOR, LOCAL)])
def test_this_machine_never_stands_in_for_a_phone_that_is_there(desk):
    with pytest.raises(NothingToMeasureError) as caught:
        ids(desk=desk, on_terminal=True)
    assert caught.value.next_step


def test_a_phone_that_is_not_ready_is_named_with_its_next_step():
    with pytest.raises(NothingToMeasureError) as caught:
        ids(desk=(LOCKED,))
    assert "LOCKED01 is unauthorized (no key)" in caught.value.message
    assert caught.value.next_step == "tap Allow on it"


@pytest.mark.parametrize(
    ("selector", "hint"),
    [
        ("pixel9", "pixel8"),
        ("r3cn30abcdf", "R3CN30ABCDE"),
        ("tag:labb", "lab"),
        ("zzz", "there are:"),
        ("kind:phone", "virtual"),
        ("foo:bar", "there are:"),
    ],
)
def test_an_unknown_name_is_refused_with_near_ones(selector, hint):
    with pytest.raises(UnknownNameError) as caught:
        ids(selector)
    assert hint in caught.value.next_step


def test_one_unknown_name_among_known_ones_is_refused():
    with pytest.raises(UnknownNameError):
        ids("pixel8,pixel9")


@pytest.mark.parametrize("selector", ["", ",", "pixel8,", "a&", "api>=", "api>=x", "tag:", "soc: "])
def test_a_selector_that_cannot_be_read_is_refused(selector):
    with pytest.raises(UsageError):
        ids(selector)


@pytest.mark.parametrize("selector", ["api>=99", "soc:dimensity*", "nokia*", "tag:lab&api>=99"])
def test_a_condition_that_fits_nothing_leaves_nothing_to_measure(selector):
    with pytest.raises(NothingToMeasureError, match="fits"):
        ids(selector)


def test_a_phone_of_the_file_that_is_not_attached_is_absent_not_unknown():
    known = {"AWAY01": DeviceSection(alias="desk", tags=("away",))}
    for selector in ("AWAY01", "desk", "tag:away"):
        with pytest.raises(NothingToMeasureError):
            ids(selector, known=known)


def test_a_serial_with_a_glob_character_or_a_port_is_found_as_it_is():
    desk = (Listed("adb-X[1]._adb-tls"), Listed("10.0.0.5:5555"))
    assert ids("adb-X[1]._adb-tls", desk=desk) == ["adb-X[1]._adb-tls"]
    assert ids("10.0.0.5:5555", desk=desk) == ["10.0.0.5:5555"]


def test_a_phone_is_found_by_the_address_that_adb_lists():
    desk = (Listed("R3C", transports=(SimpleNamespace(target="10.0.0.5:5555"),)), PIXEL)
    assert ids("10.0.0.5:5555", desk=desk) == ["R3C"]


@given(st.text(max_size=20))
def test_any_text_selects_devices_or_is_refused_with_a_next_step(text):
    try:
        assert select(DESK, (text,))
    except HarnessError as error:
        assert error.next_step  # noqa: PT017 (either outcome is right)
