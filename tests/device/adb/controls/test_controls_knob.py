"""No text of a phone becomes part of a command, and what is put back is what was."""

import re
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.device.adb.controls.knob import ABSENT, Knob, KnobKind, same
from harness.device.adb.controls.table import TABLE

KNOBS = [
    *(knob for control in TABLE for knob in control.knobs),
    Knob(KnobKind.FILE, "/sys/devices/system/cpu/cpufreq/policy4/scaling_governor"),
    Knob(KnobKind.FILE, "/sys/class/kgsl/kgsl-3d0/min_pwrlevel"),
    Knob(KnobKind.FILE, "/sys/class/misc/mali0/device/devfreq/1c500000.mali/min_freq"),
]
HOSTILE = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["1; reboot", "$(id)", "`id`", "1\n2", "0 && rm", "null ", "-1", "\u0661", "../x"]
    ),
)


@pytest.mark.parametrize("knob", KNOBS, ids=lambda knob: knob.name)
@given(value=HOSTILE)
def test_a_value_that_may_be_put_is_one_plain_word(knob, value):
    if knob.can_be(value):
        assert re.fullmatch(r"[a-z0-9_.]+", value)
        assert value == ABSENT or value in knob.put_command(value) or knob.kind in "doze dexopt"
    else:
        with pytest.raises(ValueError, match="cannot be"):
            knob.put_command(value)


@given(kind=st.sampled_from(list(KnobKind)), name=st.text(max_size=60))
def test_only_known_values_of_a_phone_can_be_named(kind, name):
    known = {(knob.kind, knob.name) for knob in KNOBS}
    if (kind, name) not in known:
        with pytest.raises(ValueError, match="no value of a phone"):
            Knob(kind, name)


@pytest.mark.parametrize(
    "path",
    [
        "/sys/class/misc/mali0/device/devfreq/../../../../etc/min_freq",
        "/sys/devices/system/cpu/cpufreq/policy0/../x/scaling_governor",
        "/sys/class/misc/mali0/device/devfreq/a b/min_freq",
        "/data/local/tmp/x",
    ],
)
def test_a_path_leads_nowhere_else(path):
    with pytest.raises(ValueError, match="no value"):
        Knob(KnobKind.FILE, path)


def test_an_absent_setting_is_put_back_by_deleting_it():
    knob = Knob(KnobKind.SETTING, "global/low_power")
    assert shlex.split(knob.put_command(ABSENT)) == ["settings", "delete", "global", "low_power"]
    assert not Knob(KnobKind.DOZE, "deep").can_be(ABSENT)


def test_the_compilers_job_is_never_asked_for_without_a_flag():
    knob = Knob(KnobKind.DEXOPT, "job")
    commands = [knob.put_command(value) for value in ("enabled", "disabled")]
    assert commands == ["pm bg-dexopt-job --enable", "pm bg-dexopt-job --disable"]


def test_a_scale_with_and_without_its_zero_is_one_value():
    assert same("0.0", "0")
    assert same("1", "1.0")
    assert not same("0.5", "0")
    assert not same("10", "1")
