"""Each check of a phone, over what it answered: a well phone, and one thing amiss at a time."""

from dataclasses import replace

import pytest

from harness.device.adb.diagnosis import Diagnosis
from harness.device.base import Health, Profile
from harness.lab import check_phone
from harness.lab.check import CheckStatus
from harness.lab.check_phone import check_phone as check_all

HEALTH = Health(
    battery_percent=80.0,
    battery_celsius=28.0,
    plugged=True,
    thermal_status=0,
    free_kb=50_000_000,
    uptime_s=86_400.0,
    temperatures={"skin": 30.0},
    capped_policies=(),
)
WELL = Diagnosis(
    health=HEALTH,
    props={"sys.boot_completed": "1", "ro.product.manufacturer": "Google"},
    battery={"status": "2", "Max charging current": "900000"},
    uid=2000,
    context="u:r:shell:s0",
    enforcing="Enforcing",
    executes=True,
    clocks={"policy0": True},
    opencl=("/vendor/lib64/libOpenCL.so",),
    public_opencl=True,
    authorization_ms=0,
    authorization_read=True,
    dexopt=False,
    undo=(),
)
PROFILE = Profile(api_level=34, gpu="ARM, Mali-G715", nnapi_devices=("google-edgetpu",))


def health(**changes):
    return {"health": replace(HEALTH, **changes)}


def props(**changes):
    return {"props": {**WELL.props, **{k.replace("_", "."): v for k, v in changes.items()}}}


def test_a_well_phone_has_nothing_to_do():
    checks = list(check_all(WELL, PROFILE))
    assert [one for one in checks if one.status is not CheckStatus.OK] == []
    assert len({one.id for one in checks}) == len(checks)


def test_a_phone_that_answers_nothing_is_unknown_and_never_fine():
    checks = list(check_all(Diagnosis(Health()), Profile()))
    assert {one.status for one in checks} == {CheckStatus.UNKNOWN}
    assert all(one.next for one in checks)


@pytest.mark.parametrize(
    ("check", "changes", "status", "word"),
    [
        ("boot", {"props": {"sys.boot_completed": "0"}}, "failure", "booting"),
        ("boot", health(uptime_s=40.0), "warning", "40 s ago"),
        ("boot", health(uptime_s=None), "unknown", ""),
        ("rights", {"uid": 0}, "ok", "root"),
        ("rights", {"uid": 10042}, "warning", "10042"),
        ("scratch", {"executes": False, "refusal": "Permission denied"}, "failure", "denied"),
        ("vendor", props(ro_product_brand="Redmi"), "warning", "Security settings"),
        ("vendor", props(ro_product_brand="POCO", persist_security_adbinput="1"), "ok", "on"),
        ("vendor", props(ro_product_brand="realme"), "unknown", "cannot be read"),
        ("power", {"battery": {"status": "3"}}, "warning", "discharges"),
        ("power", {"battery": {"Max charging current": "500000"}}, "warning", "500 mA"),
        ("power", {"battery": {"Max charging current": "0"}}, "ok", "unknown"),
        ("power", health(plugged=False), "ok", "from its battery"),
        ("power", health(plugged=None), "unknown", ""),
        ("power", health(battery_percent=29.0), "warning", "sweeps want 30 %"),
        ("overrides", health(notes=("battery values are frozen (x)",)), "warning", "frozen"),
        ("overrides", health(notes=("the thermal status is overridden",)), "warning", "overridden"),
        ("sensors", health(temperatures={}, battery_celsius=None), "unknown", "no temperature"),
        ("clocks", health(capped_policies=("policy0",)), "warning", "policy0"),
        ("clocks", {"clocks": {"policy0": False, "policy4": True}}, "warning", "policy0"),
        ("clocks", {"clocks": {"policy0": False}}, "unknown", "no clock"),
        ("opencl", {"opencl": ()}, "warning", "OpenGL"),
        ("opencl", {"public_opencl": False}, "ok", "may not"),
        ("storage", health(free_kb=500_000), "warning", "500 MB"),
        ("storage", health(free_kb=50_000), "failure", "50 MB"),
        ("background", {"dexopt": True}, "warning", "dex2oat"),
    ],
)  # fmt: skip
def test_one_thing_amiss(check, changes, status, word):
    found = getattr(check_phone, check)(replace(WELL, **changes))
    assert found.status == status
    assert word in found.message
    assert bool(found.next) == (status != "ok")


@pytest.mark.parametrize(("on", "status"), [(True, "warning"), (False, "ok"), (None, "unknown")])
def test_auto_blocker_is_told_as_far_as_it_can_be_read(on, status):
    samsung = replace(WELL, auto_blocker=on, **props(ro_product_manufacturer="samsung"))
    assert check_phone.vendor(samsung).status == status


def test_a_key_that_expires_is_a_warning_from_android_11_on():
    expires = replace(WELL, authorization_ms=None)
    found = check_phone.authorization(expires, PROFILE)
    assert (found.status, found.facts["days"]) == (CheckStatus.WARNING, 7)
    assert "adb_allowed_connection_time 0" in found.next
    assert check_phone.authorization(expires, Profile(api_level=29)).status is CheckStatus.OK
    unread = replace(WELL, authorization_read=False)
    assert check_phone.authorization(unread, PROFILE).status is CheckStatus.UNKNOWN


def test_no_driver_is_told_from_drivers_that_nobody_could_name():
    assert check_phone.nnapi(Profile(nnapi_devices=())).status is CheckStatus.WARNING
    assert check_phone.nnapi(Profile(nnapi_devices=None)).status is CheckStatus.UNKNOWN
    assert check_phone.nnapi(PROFILE).status is CheckStatus.OK
