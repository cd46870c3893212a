"""Samples of a device, as sampler.sh writes them; figures are made up."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.parse.telemetry import SAMPLE_LIMIT, Telemetry, degrees, read_telemetry

HEAD = (
    b"uptime policy0.cur policy0.max policy4.max zone:cpu-1-0 zone:skin battery.status "
    b"battery.temp battery.current_now battery.charge_counter battery.voltage_now "
    b"VmHWM VmRSS VmSwap\n"
)
ROWS = (
    b"100.25 300000 1800000 2400000 41500 - Discharging 284 -350000 2532000 4110000 - - -\n"
    b"101.27 1800000 1800000 1900000 55200 -40000 Discharging 285 -910000 2530000 4090000 "
    b"52000 51000 0\n"
)


def test_a_series_has_its_columns_in_their_units():
    seen = read_telemetry(HEAD + ROWS)
    assert seen.t_s == (0.0, 1.02)
    assert seen.clocks["policy0"].cur_khz == (300000, 1800000)
    assert seen.clocks["policy4"].max_khz == (2400000, 1900000)
    assert seen.clocks["policy4"].cur_khz == ()
    assert dict(seen.zones) == {"cpu-1-0": (41.5, 55.2)}
    assert seen.battery.status == ("Discharging", "Discharging")
    assert seen.battery.celsius == (28.4, 28.5)
    assert seen.battery.current == (-350000, -910000)
    assert seen.battery.charge_uah == (2532000, 2530000)
    assert seen.battery.voltage_uv == (4110000, 4090000)
    assert (seen.peak_kb, seen.rss_kb, seen.swap_kb) == ((None, 52000), (None, 51000), (None, 0))


@pytest.mark.parametrize(
    ("told", "celsius"),
    [
        ((41500, 42000), (41.5, 42.0)),
        ((415, 420), (41.5, 42.0)),
        ((41, 42), (41.0, 42.0)),
        ((41500, 900), (41.5, 0.9)),
        ((-40000, -40000), (None, None)),
        ((-40, 35), (None, 35.0)),
        ((0, 41500), (None, 41.5)),
        ((0, 0), (None, None)),
        ((None, None), (None, None)),
        ((999999999, 999999999), (None, None)),
    ],
)
def test_the_scale_of_a_zone_is_that_of_its_values_and_placeholders_are_none(told, celsius):
    assert degrees(told) == celsius


@pytest.mark.parametrize("stub", ["0", "26", "-999", "65535", "x", "-"])
def test_a_battery_without_a_sensor_has_no_temperature(stub):
    seen = read_telemetry(f"uptime battery.temp\n1.0 {stub}\n".encode())
    assert seen.battery.celsius == (None,)


def test_a_line_that_was_cut_off_is_no_sample():
    whole = HEAD + ROWS
    assert len(read_telemetry(whole[:-1]).t_s) == 1
    assert len(read_telemetry(whole + b"102.3 300000").t_s) == 2


@pytest.mark.parametrize("line", [b"", b"102 1", b"99.0" + b" 1" * 13, b"x" + b" 1" * 13])
def test_a_line_that_is_no_sample_is_left_out(line):
    assert len(read_telemetry(HEAD + ROWS + line + b"\n").t_s) == 2


@pytest.mark.parametrize(
    "data",
    [b"", b"\n", b"uptime", b"1.0 2\n", b"up;time a\n1 2\n", b"uptime <b>\n1 2\n", b"\xff\x00\n"],
)
def test_what_has_no_heading_has_no_samples(data):
    assert read_telemetry(data) == Telemetry()


def test_a_file_without_end_is_read_up_to_the_limit():
    lines = b"".join(b"%d.0\n" % n for n in range(SAMPLE_LIMIT + 500))
    assert len(read_telemetry(b"uptime\n" + lines).t_s) == SAMPLE_LIMIT


@given(st.binary(max_size=400))
def test_any_bytes_are_read(data):
    seen = read_telemetry(HEAD + data)
    assert list(seen.t_s) == sorted(seen.t_s)
    read_telemetry(data)


WORDS = st.sampled_from(["-", "0", "-1", "41500", "9" * 30, "1e9", "nan", "Discharging", "\x1b[2J"])


@given(st.lists(st.lists(WORDS, min_size=13, max_size=13), max_size=8))
def test_whatever_stands_in_a_column_its_values_are_plausible_or_none(rows):
    body = "".join(f"{n}.5 {' '.join(row)}\n" for n, row in enumerate(rows))
    seen = read_telemetry(HEAD + body.encode())
    count = len(seen.t_s)
    assert count == len(rows)
    for zone in (*seen.zones.values(), seen.battery.celsius):
        assert len(zone) == count
        assert all(v is None or (-40 < v < 150 and math.isfinite(v)) for v in zone)
    for clock in seen.clocks.values():
        assert all(v is None or v > 0 for v in (*clock.cur_khz, *clock.max_khz))
