import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.stats.circumstances import Circumstances, ValidityReason
from harness.stats.stopping import Stop
from harness.stats.validity import judge_validity
from harness.verdict.model import Validity

TIMES = st.lists(st.floats(0.1, 1e6), min_size=0, max_size=25)
TWO_CLOCKS = [1000, 1010, 1005, 1200, 1210, 995, 1205, 1002]


def judged(medians, planned=1, **around):
    return judge_validity(medians, Circumstances(rounds_planned=planned, **around))


def note(verdict, reason):
    (found,) = [one for one in verdict.notes if one.reason is reason]
    return found


def test_steady_rounds_are_valid_and_leave_no_note():
    verdict = judged([1000, 1010, 990], 3)
    assert (verdict.validity, verdict.reasons, verdict.notes) == (Validity.VALID, (), ())


def test_a_wide_spread_is_noisy():
    verdict = judged([1000, 1400, 990], 3)
    assert (verdict.validity, verdict.reasons) == (Validity.INVALID, ("noisy",))
    assert "41 %" in note(verdict, ValidityReason.NOISY).message


def test_more_rounds_of_the_same_noise_are_not_noisier():
    chance = random.Random(3)
    few = [judged([chance.gauss(1000, 85) for _ in range(5)]).validity for _ in range(300)]
    many = [judged([chance.gauss(1000, 85) for _ in range(25)]).validity for _ in range(300)]
    assert many.count(Validity.INVALID) <= few.count(Validity.INVALID)


def test_one_wild_round_of_many_is_told_and_voids_nothing():
    verdict = judged([1000, 1010, 990, 1005, 995, 2000, 1002])
    assert verdict.validity is Validity.VALID
    told = note(verdict, ValidityReason.OUTLIER_ROUND)
    assert (told.decides, "number 6" in told.message) == (False, True)


def test_two_wild_rounds_of_seven_are_noise():
    verdict = judged([1000, 1010, 990, 2300, 995, 2000, 1002])
    assert verdict.reasons == ("noisy", "bimodal")
    assert ValidityReason.OUTLIER_ROUND not in [one.reason for one in verdict.notes]


def test_a_slow_climb_is_drift_and_so_is_a_fall():
    climb = [1000, 1000, 1080, 1100, 1200, 1200]
    assert judged(climb, 6).reasons == ("drift",)
    told = note(judged(climb[::-1]), ValidityReason.DRIFT)
    assert "faster" in told.message


def test_a_small_climb_is_drift_only_where_nothing_stood_between_the_rounds():
    climb = [1000, 1015, 1030, 1045, 1060, 1080]
    assert judged(climb).validity is Validity.VALID
    alone = judged(climb, interleaved=False)
    assert alone.reasons == ("drift",)
    assert "beside another variant" in note(alone, ValidityReason.DRIFT).next_step


def test_a_trend_is_one_over_time_and_not_over_the_number_of_the_round():
    climb = [1000, 1040, 1080, 1120, 1160, 1200]
    assert judged(climb, moments=(0, 1, 2, 3, 4, 5)).reasons == ("drift",)
    assert judged(climb, moments=(0, 5, 1, 4, 2, 3)).validity is Validity.VALID


def test_two_clocks_void_a_median_that_may_be_of_either():
    verdict = judged(TWO_CLOCKS)
    assert verdict.reasons == ("bimodal",)
    assert "5 fast and 3 slow" in note(verdict, ValidityReason.BIMODAL).message


def test_two_clocks_whose_median_is_surely_of_one_are_only_told():
    verdict = judged([1000, 1010, 1005, 1001, 1002, 1200, 995, 1004, 1007, 996, 1210, 1003] * 2)
    assert verdict.validity is Validity.VALID
    assert not note(verdict, ValidityReason.BIMODAL).decides


def test_a_missing_round_makes_the_cell_incomplete():
    verdict = judged([1000, 1000], 3)
    assert verdict.validity is Validity.INCOMPLETE
    assert verdict.reasons == ("fewer_rounds_than_planned",)
    assert "2 of 3" in note(verdict, ValidityReason.FEWER_ROUNDS).message


def test_a_few_ticks_of_the_clock_are_too_short():
    assert judged([7, 7, 7], 3).reasons == ("too_short",)


@pytest.mark.parametrize("reason", ["throttled", "background_load", "not_cooled"])
def test_what_was_seen_on_the_device_voids_the_numbers_in_its_own_words(reason):
    verdict = judged([1000] * 3, 3, seen={ValidityReason(reason): "so it was"})
    assert verdict.reasons == (reason,)
    assert note(verdict, ValidityReason(reason)).message == "so it was"


def test_advice_is_to_run_more_rounds_only_while_there_are_more_to_run():
    noisy = [1000, 1400, 900, 1300, 1000]
    first = note(judged(noisy), ValidityReason.NOISY).next_step
    assert first.startswith("run more rounds (at least 10)")
    spent = note(judged(noisy, stop=Stop.ROUND_BUDGET), ValidityReason.NOISY).next_step
    assert "run more rounds" not in spent
    assert spent.startswith("more rounds were already run, up to the budget")
    assert note(judged(noisy, budget=5), ValidityReason.NOISY).next_step == spent


def test_advice_leaves_out_what_was_done_already():
    climb = [1000, 1000, 1080, 1100, 1200, 1200]
    assert "cool down" in note(judged(climb), ValidityReason.DRIFT).next_step
    cooled = note(judged(climb, cooled=True), ValidityReason.DRIFT).next_step
    assert "rounds already waited" in cooled
    assert "cool down before" not in cooled
    all_done = judged(climb, cooled=True, fixed_performance=True)
    assert "sustained" in note(all_done, ValidityReason.DRIFT).next_step
    pinned = judged(TWO_CLOCKS, pinned=True, fixed_performance=True, stop=Stop.TIME_BUDGET)
    step = note(pinned, ValidityReason.BIMODAL).next_step
    assert "bind" not in step
    assert "compare clocks" in step


@given(TIMES, st.booleans(), st.sampled_from([None, *Stop]))
def test_every_note_says_what_was_seen_and_what_to_do(times, done, stop):
    around = {"cooled": done, "pinned": done, "fixed_performance": done, "interleaved": done}
    verdict = judged(times, 5, stop=stop, **around)
    assert all(one.message and one.next_step for one in verdict.notes)
    deciding = [one.reason.value for one in verdict.notes if one.decides]
    if verdict.validity is Validity.INVALID:
        assert list(verdict.reasons) == deciding
    else:
        assert deciding == []
        assert (verdict.validity is Validity.INCOMPLETE) == (len(times) < 5)
