"""What a phone answers to `harness doctor`; texts follow Android 14's commands, values made up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.device.adb import sections
from harness.device.adb.diagnosis import COMMANDS, read_diagnosis

WELL = {
    "uptime": "86400.12 500000.00",
    "battery": "Current Battery Service state:\n  USB powered: true\n"
    "  Max charging current: 900000\n  status: 2\n  level: 80\n  scale: 100\n  temperature: 281\n",
    "thermal": "IsStatusOverride: false\nThermal Status: 0\n",
    "disk": "Filesystem 1K-blocks Used Available Use% Mounted on\n/dev/x 9 1 50000000 1% /data",
    "props": "[sys.boot_completed]: [1]\n[ro.product.manufacturer]: [Google]\n",
    "uid": "2000",
    "context": "u:r:shell:s0",
    "enforce": "Enforcing",
    "execute": "harness-doctor-runs",
    "zones": "cpu-0|41000\nskin|\nbattery|28000",
    "current": "-231000",
    "clocks": "policy0||1700000\npolicy4|900000|2367000",
    "opencl": "/vendor\n/vendor/lib64/libOpenCL.so",
    "public": "libOpenCL.so\nlibedgetpu_client.google.so",
    "authorization": "null",
    "blocker": "null",
    "dexopt": "status 1",
    "undo": "asked",
}


def test_a_well_phone_is_read_whole():
    found = read_diagnosis(WELL)
    assert (found.uid, found.context, found.enforcing) == (2000, "u:r:shell:s0", "Enforcing")
    assert found.executes is True
    assert found.zones == {"cpu-0": True, "skin": False, "battery": True}
    assert found.clocks == {"policy0": False, "policy4": True}
    assert found.current_readable
    assert (found.opencl, found.public_opencl) == (("/vendor/lib64/libOpenCL.so",), True)
    assert (found.authorization_ms, found.authorization_read) == (None, True)
    assert (found.dexopt, found.undo, found.auto_blocker) == (False, (), False)
    assert found.prop("ro.none", "ro.product.manufacturer") == "Google"
    assert found.battery["Max charging current"] == "900000"


def test_a_phone_that_answers_nothing_is_unknown_in_everything():
    found = read_diagnosis({})
    known = (found.uid, found.executes, found.opencl, found.public_opencl, found.dexopt, found.undo)
    assert known == (None,) * 6
    assert not found.authorization_read
    assert not found.zones
    assert found.health.battery_percent is None


@pytest.mark.parametrize(
    ("said", "executes", "refusal"),
    [
        ("harness-doctor-runs", True, ""),
        ("/system/bin/sh: can't execute: Permission denied", False, "Permission denied"),
        ("", False, "could not be written"),
    ],
)
def test_a_file_that_cannot_be_run_is_told_with_the_phones_own_words(said, executes, refusal):
    found = read_diagnosis({**WELL, "execute": said})
    assert found.executes is executes
    assert refusal in found.refusal


@pytest.mark.parametrize(
    ("said", "dexopt"), [("1234\nstatus 0", True), ("status 1", False), ("status 127", None)]
)
def test_a_phone_without_pidof_does_not_count_as_quiet(said, dexopt):
    assert read_diagnosis({**WELL, "dexopt": said}).dexopt is dexopt


def test_a_phone_without_the_folders_of_libraries_is_not_one_without_opencl():
    assert read_diagnosis({**WELL, "opencl": ""}).opencl is None
    assert read_diagnosis({**WELL, "opencl": "/vendor"}).opencl == ()


@given(st.dictionaries(st.sampled_from(sorted(COMMANDS)), st.text(max_size=80)))
def test_any_answer_is_a_diagnosis(found):
    read_diagnosis(found)


def test_the_script_fits_into_one_command():
    assert len(sections.script(COMMANDS).encode()) < 8000
