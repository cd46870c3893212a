import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bench.settings import RunSettings, parse_precision


@pytest.mark.parametrize(
    ("text", "share"),
    [("2%", 0.02), ("0.02", 0.02), (" 1.5 % ", 0.015), ("50%", 0.5), ("off", 0), ("0.0", 0)],
)
def test_a_precision_is_a_share_or_percent_or_off(text, share):
    assert parse_precision(text) == pytest.approx(share)


@pytest.mark.parametrize("text", ["", "2", "-1%", "1e-2", "51%", "2 percent", "nan", "٢%"])
def test_what_is_no_precision_is_refused_with_how_to_write_one(text):
    with pytest.raises(ValueError, match=r"2% or 0\.02"):
        parse_precision(text)


@given(st.text(max_size=40))
def test_no_text_gives_a_precision_out_of_range(text):
    try:
        share = parse_precision(text)
    except ValueError:
        return
    assert 0 <= share <= 0.5


def test_settings_of_a_record_that_names_no_precision_are_those_of_a_fixed_number():
    rule = RunSettings.model_validate({"rounds": 7}).stopping
    assert (rule.target, rule.least, rule.most) == (None, 7, 7)


def test_the_most_is_never_less_than_the_least():
    assert RunSettings(rounds=20, precision=0.02).stopping.most == 20
