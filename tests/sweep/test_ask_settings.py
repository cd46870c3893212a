import pytest

from harness.bench.settings import DEFAULT, QUICK
from harness.errors import UsageError
from harness.lab.config import load_config
from harness.sweep.ask_settings import SettingWords, settings_by_device, settings_of

FILE = """
settings: {rounds: 7, precision: 1%, budget: 1h}
devices:
  S1: {settings: {precision: off, budget: off}}
models:
  m: {path: m.tflite}
sweeps:
  nightly: {models: [m], settings: {max_rounds: 30}}
"""


@pytest.fixture
def lab(tmp_path):
    path = tmp_path / "devices.yaml"
    path.write_text(FILE, encoding="utf-8")
    return load_config(path)


def stopping(words, config, device=None):
    section = config.sweep("nightly")
    if device:
        return settings_by_device(words, config, section, [device])[device]
    return settings_of(words, config, section)


def test_without_a_word_a_cell_has_5_to_15_rounds_until_2_percent():
    rule = DEFAULT.stopping
    assert (rule.target, rule.least, rule.most, DEFAULT.budget_s) == (0.02, 5, 15, 0)


def test_the_file_says_it_globally_by_sweep_and_by_device(lab):
    found = stopping(SettingWords(), lab)
    rule = found.stopping
    assert (rule.target, rule.least, rule.most, found.budget_s) == (0.01, 7, 30, 3600)
    own = stopping(SettingWords(), lab, "S1")
    assert (own.stopping.target, own.stopping.most, own.budget_s) == (None, 7, 0)


def test_rounds_alone_are_exact_and_beside_another_word_the_least(lab):
    rule = stopping(SettingWords(rounds=9), lab).stopping
    assert (rule.target, rule.least, rule.most) == (None, 9, 9)
    rule = stopping(SettingWords(rounds=9, most=12), lab).stopping
    assert (rule.target, rule.least, rule.most) == (0.01, 9, 12)
    rule = stopping(SettingWords(rounds=4, precision="0.05"), lab).stopping
    assert (rule.target, rule.least, rule.most) == (0.05, 4, 30)


def test_words_of_the_call_win_over_a_devices_own_settings(lab):
    found = stopping(SettingWords(most=8, budget="90s"), lab, "S1")
    assert (found.stopping.target, found.stopping.most, found.budget_s) == (0.02, 8, 90)


def test_quick_is_three_short_rounds_whatever_the_file_says(lab):
    assert stopping(SettingWords(quick=True), lab) == QUICK
    assert (QUICK.stopping.target, QUICK.stopping.most) == (None, 3)
    assert settings_by_device(SettingWords(quick=True), lab, None, ["S1"]) == {}
    assert stopping(SettingWords(quick=True, precision="3%"), lab).stopping.target == 0.03


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (SettingWords(precision="often"), "'often' is no precision"),
        (SettingWords(precision="60%"), "out of range"),
        (SettingWords(budget="30"), "'30' is no duration"),
        (SettingWords(budget="0s"), "out of range"),
        (SettingWords(budget="200h"), "out of range"),
        (SettingWords(most=3), "--max-rounds 3 is less than the 7"),
        (SettingWords(most=8, precision="off"), "--precision off"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_say_instead(lab, words, says):
    with pytest.raises(UsageError) as caught:
        stopping(words, lab)
    assert says in caught.value.message
    assert caught.value.next_step


def test_the_words_can_be_typed_again():
    words = SettingWords(5, 20, "2%", "30m", quick=True)
    typed = "--rounds 5 --max-rounds 20 --precision 2% --budget 30m --quick"
    assert words.options == typed.split()
