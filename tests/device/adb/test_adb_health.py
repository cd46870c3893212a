from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.device.adb import health
from harness.device.base import Charging, Health, PolicyClocks, Reading, Screen

# The form of a Galaxy of Android 10 (two blocks, words used twice) with values of our own.
SAMSUNG = """\
mBootCompleted: true
Current Battery Service state:
  AC powered: false
  USB powered: true
  Wireless powered: false
 The last voltage value sent via battery changed broadcast: 3775
  Capacity level: 2
  status: 2
  level: 84
  scale: 100
  temperature: 336
  current now: 347
USE_FAKE_BATTERY: false
BatteryInfoBackUp
  level: 11
  temperature: 781
"""

# The form of AOSP 12 with a stale cache, of old Samsung types, and of Pixel's percentages.
THERMAL = """\
IsStatusOverride: false
Thermal Status: 1
Cached temperatures:
 Temperature{mValue=84.2, mType=0, mName=CPU0, mStatus=0}
HAL Ready: true
HAL connection:
\tThermalHAL AIDL 1  connected: yes
Current temperatures from HAL:
\tTemperature{mValue=57.900002, mType=0, mName=CPU0, mStatus=0}
\tTemperature{mValue=25.3, mType=4, mName=TYPE_SKIN, mStatus=0}
\tTemperature{mValue=-99.9, mType=6, mName=TYPE_POWER_AMPLIFIER, mStatus=0}
\tTemperature{mValue=19.0, mType=8, mName=soc, mStatus=0}
\tTemperature{mValue=1300.0, mType=7, mName=smpl_gm, mStatus=0}
\tTemperature{mValue=0.0, mType=2, mName=SUBBAT, mStatus=0}
\tTemperature{mValue=NaN, mType=3, mName=skin, mStatus=0}
Current cooling devices from HAL:
\tCoolingDevice{mValue=0, mType=2, mName=thermal-cpufreq-0}
Temperature static thresholds from HAL:
"""


def test_only_the_first_battery_section_counts():
    read = health.read_health({"battery": SAMSUNG})
    assert (read.battery_percent, read.battery_celsius, read.plugged) == (84.0, 33.6, True)


def test_carriage_returns_change_nothing():
    assert health.parse_battery(SAMSUNG.replace("\n", "\r\n")) == health.parse_battery(SAMSUNG)


def test_frozen_values_are_noted():
    text = SAMSUNG.replace("state:\n", "state:\n  (UPDATES STOPPED -- use 'reset' to restart)\n", 1)
    assert "frozen" in health.read_health({"battery": text}).notes[0]


@pytest.mark.parametrize("temperature", ["0", "26", "-1000", "6553", "x", ""])
def test_a_gauge_without_a_sensor_is_unknown(temperature):
    text = SAMSUNG.replace("temperature: 336", f"temperature: {temperature}")
    assert health.read_health({"battery": text}).battery_celsius is None


def test_only_live_degrees_count():
    read = health.read_health({"thermal": THERMAL})
    assert read.temperatures == {"CPU0": 57.9, "TYPE_SKIN": 25.3}
    assert read.thermal_status == 1
    assert read.notes == ()


def test_a_faked_status_and_a_dead_hal_are_noted():
    text = "IsStatusOverride: true\nThermal Status: 0\nHAL Ready: false\n"
    assert len(health.read_health({"thermal": text}).notes) == 2


@pytest.mark.parametrize(
    ("text", "free"),
    [
        ("Filesystem 1K-blocks Used Available Use% Mounted on\n/dev/x 100 40 60 40% /data", 60),
        (
            "Filesystem 1K-blocks Used Available Use% Mounted on\n/dev/long\n 100 40 60 40% /data",
            60,
        ),
        ("df: /data/local/tmp: No such file", None),
        ("", None),
    ],
)
def test_free_storage_is_read_wrapped_or_not(text, free):
    assert health.parse_free_kb(text) == free


def test_a_phone_is_read_whole():
    battery = SAMSUNG.replace("  status: 2\n", "  Charge counter: 2532000\n  status: 5\n", 1)
    read = health.read_health(
        {
            "battery": battery,
            "thermal": THERMAL,
            "screen": "getWakefulnessLocked()=Asleep\n",
            "doze": "light IDLE\ndeep IDLE_PENDING\n",
            "saver": "1\n",
            "memory": "MemAvailable:    4102300 kB\nSwapFree:        2999000 kB\n",
            "clocks": "policy4|1000000|2000000|2367000|schedutil\n",
            "load": "cpu  100 0 100 800 0 0 0 0 0 0\ncpu  110 0 110 1180 0 0 0 0 0 0\n",
        }
    )
    assert (read.charging, read.charge_uah, read.current) == (Charging.FULL, 2532000, 347)
    assert (read.screen, read.power_saver, read.skin_celsius) == (Screen.ASLEEP, True, 25.3)
    assert read.doze == {"light": "IDLE", "deep": "IDLE_PENDING"}
    assert (read.available_kb, read.swap_free_kb, read.idle_share) == (4102300, 2999000, 0.95)
    assert read.clocks == (PolicyClocks("policy4", 1000000, 2000000, 2367000, "schedutil"),)
    assert (read.capped_policies, read.cooling) == (("policy4",), {"thermal-cpufreq-0": 0})


def test_the_kernels_current_goes_before_the_makers():
    assert health.read_health({"battery": SAMSUNG, "current": "-120500\n"}).current == -120500


def test_frozen_readings_are_named_and_so_is_what_thaws_them():
    stopped = SAMSUNG.replace("state:\n", "state:\n  (UPDATES STOPPED -- use 'reset')\n", 1)
    read = health.read_health({"battery": stopped, "thermal": "IsStatusOverride: true\n"})
    assert read.frozen == (Reading.BATTERY, Reading.THERMAL)
    assert health.thaw_script(read.frozen).splitlines() == [
        "dumpsys battery reset",
        "cmd thermalservice reset",
    ]


def test_a_phone_that_says_nothing_is_unknown_in_every_field():
    assert health.read_health({}) == Health()


@given(st.dictionaries(st.sampled_from(sorted({**health.COMMANDS, **health.LOAD})), st.text()))
def test_any_answers_make_a_record(sections):
    health.read_health(sections)


@given(st.integers(-1000, 10000), st.integers(-5, 200))
def test_a_percentage_is_one_or_unknown(level, scale):
    text = f"Current Battery Service state:\n  level: {level}\n  scale: {scale}\n"
    percent = health.read_health({"battery": text}).battery_percent
    assert percent is None or 0 <= percent <= 100
