"""The words of a call for series and starts."""

from __future__ import annotations

import pytest

from harness.bench.settings import RunSettings
from harness.errors import UsageError
from harness.sweep.ask_extras import parse_init, parse_sustain
from harness.sweep.ask_settings import SettingWords


def test_a_duration_is_read_and_nothing_is_nothing():
    assert (parse_sustain("10m"), parse_sustain("4s"), parse_sustain(None)) == (600, 4, None)


@pytest.mark.parametrize("text", ["10", "0s", "2000m", "ten"])
def test_what_is_no_duration_of_a_series_is_refused_with_an_example(text):
    with pytest.raises(UsageError) as error:
        parse_sustain(text)
    assert "--sustain 10m" in error.value.next_step


def test_both_kinds_are_asked_for_in_any_order():
    assert parse_init("cold,warm") == parse_init("warm, cold") == 3
    assert parse_init(None) is None


@pytest.mark.parametrize("text", ["warm", "cold", "hot,cold", ""])
def test_one_kind_alone_is_refused(text):
    with pytest.raises(UsageError, match="cold one fills"):
        parse_init(text)


def test_the_call_wins_over_the_file():
    file = RunSettings(sustain_s=60, init_pairs=9)
    assert SettingWords(sustain_s=5.0).applied(file).sustain_s == 5.0
    assert SettingWords(init_pairs=2).applied(file).init_pairs == 2
    assert SettingWords().applied(file) == file
