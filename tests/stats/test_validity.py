from harness.stats.validity import judge_validity
from harness.verdict.model import Validity


def test_steady_rounds_are_valid():
    assert judge_validity([1000, 1010, 990], rounds_planned=3).validity is Validity.VALID


def test_a_wide_spread_is_noisy():
    verdict = judge_validity([1000, 1400, 990], rounds_planned=3)
    assert (verdict.validity, verdict.reasons) == (Validity.INVALID, ("noisy",))


def test_a_slow_climb_is_drift():
    verdict = judge_validity([1000, 1000, 1080, 1100, 1200, 1200], rounds_planned=6)
    assert verdict.reasons == ("drift",)


def test_a_missing_round_makes_the_cell_incomplete():
    assert judge_validity([1000, 1000], rounds_planned=3).validity is Validity.INCOMPLETE


def test_a_few_ticks_of_the_clock_are_too_short():
    assert judge_validity([7, 7, 7], rounds_planned=3).reasons == ("too_short",)


def test_a_throttled_phone_makes_the_cell_invalid():
    assert judge_validity([1000] * 3, rounds_planned=3, throttled=True).reasons == ("throttled",)


def test_load_of_others_and_rounds_without_a_cool_device_make_the_cell_invalid():
    verdict = judge_validity([1000] * 3, rounds_planned=3, background_load=True, not_cooled=True)
    assert verdict.validity is Validity.INVALID
    assert verdict.reasons == ("not_cooled", "background_load")
