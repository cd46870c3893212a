"""Which files of a phone are worth a sample, from what it said when it was asked once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.device.adb.nodes import (
    BATTERY,
    CPUFREQ,
    MOST_ZONES,
    THERMAL,
    read_nodes,
    sampler_words,
)


def zone(number: int, kind: str, value: str = "41000") -> str:
    return f"{THERMAL}/thermal_zone{number}/temp {value} {kind}\n"


def names(text: str) -> list[str]:
    return [name for name, _ in read_nodes(text)]


def test_what_did_not_answer_is_not_asked_again():
    text = (
        f"{CPUFREQ}/policy0/scaling_cur_freq 300000\n{CPUFREQ}/policy0/scaling_max_freq -\n"
        f"{BATTERY}/temp 284\n{BATTERY}/current_now -\n" + zone(0, "skin", "-") + zone(1, "gpu")
    )
    assert names(text) == ["policy0.cur", "battery.temp", "zone:gpu"]


def test_of_a_hundred_zones_the_telling_ones_are_chosen():
    kinds = [f"cpu-1-{n}" for n in range(8)] + [f"pm8550-{n}" for n in range(90)]
    kinds += ["gpuss-0", "skin-msm-therm", "nspss-0", "xo-therm"]
    chosen = names("".join(zone(n, kind) for n, kind in enumerate(kinds)))
    assert len(chosen) <= MOST_ZONES
    assert chosen[0] == "zone:skin-msm-therm"
    assert {"zone:cpu-1-0", "zone:gpuss-0", "zone:nspss-0", "zone:xo-therm"} <= set(chosen)


def test_zones_of_names_that_say_nothing_are_better_than_none():
    assert names(zone(0, "tz0") + zone(1, "tz1")) == ["zone:tz0", "zone:tz1"]


def test_a_zone_that_reads_zero_or_has_no_plain_name_is_left_out():
    text = zone(0, "skin", "0") + zone(1, "a b") + zone(2, "$(reboot)") + zone(3, "") + zone(4, "*")
    assert names(text) == []


@given(st.text())
def test_whatever_a_phone_says_no_word_for_the_sampler_needs_quotes(text):
    line = sampler_words(1.0, read_nodes(text + "\n" + zone(0, text) + f"{BATTERY}/temp {text}"))
    assert not set(line) - set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+:-/= "
    )


def test_a_period_is_no_shorter_than_a_tenth():
    assert sampler_words(0.5, (("a", "/b"),)) == "0.5 a=/b"
    assert sampler_words(1.0, ()) == "1"
    assert sampler_words(0.0, ()) == "0.1"
