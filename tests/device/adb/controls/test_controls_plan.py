"""From a phone's answers to what would be changed, or why nothing is."""

import pytest

from harness.device.adb.controls.plan import brief, unlocking
from harness.device.adb.controls.table import CONTROLS
from harness.device.base import Profile
from harness.device.controls import (
    DEFAULT_CONTROLS,
    ControlName,
    ControlOutcome,
    parse_controls,
)
from harness.errors import UnknownNameError

NEW, OLD = Profile(api_level=34), Profile(api_level=29)
GOVERNORS = """\
/sys/devices/system/cpu/cpufreq/policy0/scaling_governor schedutil w
/sys/devices/system/cpu/cpufreq/policy4/scaling_governor walt w
"""


def planned(name, answers, profile=NEW):
    return CONTROLS[name].plan(answers, profile)


def test_every_control_has_its_place_in_the_table():
    assert set(CONTROLS) == set(ControlName)


@pytest.mark.parametrize(("found", "wanted"), [("0", "7"), ("null", "7"), ("2", "7"), ("15", "15")])
def test_staying_awake_adds_to_what_the_owner_chose(found, wanted):
    (target,) = planned(ControlName.STAY_AWAKE, {"global/stay_on_while_plugged_in": found}).targets
    assert (target.before, target.wanted) == (found, wanted)
    assert target.is_there == (found == wanted)


@pytest.mark.parametrize("found", ["", "1; reboot", "Security exception", "99", "-1"])
def test_a_value_that_could_not_be_put_back_is_not_touched(found):
    plan = planned(ControlName.POWER_SAVER, {"global/low_power": found})
    assert (plan.targets, plan.outcome) == ((), ControlOutcome.UNSUPPORTED)
    assert "low_power" in plan.message


def test_fixed_performance_needs_android_11():
    assert planned(ControlName.FIXED_PERFORMANCE, {}, OLD).outcome is ControlOutcome.UNSUPPORTED
    assert planned(ControlName.FIXED_PERFORMANCE, {}).targets[0].before == ""


@pytest.mark.parametrize(
    ("profile", "help_text"),
    [(OLD, "--disable"), (Profile(), "--disable"), (NEW, ""), (Profile(api_level=33), "--disable")],
)
def test_the_compilers_job_is_asked_for_only_where_all_agree(profile, help_text):
    answers = {"help": help_text, "job": "enabled"}
    plan = planned(ControlName.BACKGROUND, answers, profile)
    assert (plan.targets, plan.outcome) == ((), ControlOutcome.UNSUPPORTED)


def test_the_compilers_job_is_paused_on_android_14():
    answers = {"help": "      --disable Disable the job", "job": "enabled"}
    assert planned(ControlName.BACKGROUND, answers).targets[0].wanted == "disabled"
    assert planned(ControlName.BACKGROUND, {**answers, "job": ""}).outcome is not None


def test_governors_take_root_and_nothing_else():
    plan = planned(ControlName.GOVERNOR, {"files": GOVERNORS})
    assert [(one.before, one.wanted) for one in plan.targets] == [
        ("schedutil", "performance"),
        ("walt", "performance"),
    ]
    locked = planned(ControlName.GOVERNOR, {"files": GOVERNORS.replace(" w\n", " -\n")})
    assert (locked.targets, locked.outcome) == ((), ControlOutcome.NO_RIGHTS)
    assert planned(ControlName.GOVERNOR, {"files": ""}).outcome is ControlOutcome.UNSUPPORTED
    hostile = GOVERNORS.replace("walt", "$(reboot)")
    assert planned(ControlName.GOVERNOR, {"files": hostile}).targets == ()


def test_an_adreno_is_held_at_its_fastest_allowed_level():
    folder = "/sys/class/kgsl/kgsl-3d0"
    rows = [
        f"{folder}/force_clk_on 0 w",
        f"{folder}/min_pwrlevel 6 w",
        f"{folder}/max_pwrlevel 1 w",
    ]
    plan = planned(ControlName.GPU_CLOCK, {"files": "\n".join(rows)})
    assert {one.knob.name.rsplit("/", 1)[1]: one.wanted for one in plan.targets} == {
        "force_clk_on": "1",
        "min_pwrlevel": "1",
    }


def test_a_mali_is_held_at_its_highest_allowed_clock():
    folder = "/sys/class/misc/mali0/device/devfreq/28000000.mali"
    rows = f"{folder}/min_freq 150000000 w\n{folder}/max_freq 890000000 w\n"
    (target,) = planned(ControlName.GPU_CLOCK, {"files": rows}).targets
    assert (target.before, target.wanted) == ("150000000", "890000000")


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("  mWakefulness=Awake\n  mStayOn=true", ""),
        ("getWakefulnessLocked()=Awake\nmStayOn=true", ""),
        ("  mWakefulness=1\n  mWakefulnessChanging=false\n  mStayOn=true", ""),
        ("  mWakefulness=Asleep\n  mStayOn=true", "is Asleep"),
        ("  mWakefulness=Awake\n  mStayOn=false", "does not apply"),
        ("", "does not tell"),
    ],
)
def test_a_phone_that_may_sleep_all_the_same_is_doubted(text, doubt):
    found = CONTROLS[ControlName.STAY_AWAKE].doubt({}, {"power": text})
    assert doubt in found
    assert bool(doubt) == bool(found)


def test_a_fixed_performance_that_moves_no_clock_is_doubted():
    doubt = CONTROLS[ControlName.FIXED_PERFORMANCE].doubt
    assert "moved" in doubt({"clocks": "300 2000 x"}, {"clocks": "300 2000 x\n"})
    assert "no clock limit can be read" in doubt({"clocks": ""}, {"clocks": ""})
    assert doubt({"clocks": "300 2000 x"}, {"clocks": "300 1500 x"}) == ""


def test_a_services_exception_says_more_than_its_header():
    text = (
        "\nException occurred while executing 'put':\n"
        "java.lang.SecurityException: Permission denial: writing to settings requires:"
        "android.permission.WRITE_SECURE_SETTINGS\n\tat android.os.Parcel.read(Parcel.java:1)\n"
    )
    assert brief(text).startswith("java.lang.SecurityException: Permission denial")
    assert "Disable permission monitoring" in unlocking(text)
    assert unlocking("Failed") == ""
    assert "\x1b" not in brief("\x1b[2Jred")


def test_controls_are_named_as_on_the_command_line():
    assert parse_controls(["none"]) == ()
    assert parse_controls(["default,doze"]) == (*DEFAULT_CONTROLS, ControlName.DOZE)
    assert parse_controls(["gpu-clock", "governor"]) == (
        ControlName.GPU_CLOCK,
        ControlName.GOVERNOR,
    )
    with pytest.raises(UnknownNameError, match="no control is called"):
        parse_controls(["dooze"])
    for wrong in (["none,doze"], ["none", "doze"]):
        with pytest.raises(UnknownNameError, match="stands alone"):
            parse_controls(wrong)
