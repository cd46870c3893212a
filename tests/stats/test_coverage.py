"""The promise of the interval, on simulated phones: benchmarks/coverage.py, reduced and seeded."""

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.coverage import REQUIRED, failing, of_ratios, over_nights, stopped_early
from benchmarks.intervals import CHOSEN, METHODS, NOT_OFFERED, RULES, prefixes, stop
from benchmarks.intervals import DEFAULT as DEFAULT_RULE
from benchmarks.noise import BASE_US, BUDGET, KINDS, Kind, Truth, invocations, sweeps, upper_median
from harness.bench.settings import DEFAULT
from harness.stats.interval import median_interval
from harness.stats.order import rank_of
from harness.stats.stopping import Stop, enough

ROOT = Path(__file__).resolve().parents[2]
SWEEPS = 1000
OFFERED = [rule for rule in RULES if rule.name != NOT_OFFERED]
BY_NAME = {kind.name: kind for kind in KINDS}
TWO_CLOCKS = BY_NAME["clocks 1.2x, 75% fast"]


def at_least(probability, trials):
    """The hits that chance goes below once in a thousand times if the probability is right."""
    return trials * probability - 3.09 * math.sqrt(trials * probability * (1 - probability))


def hits(kind, method, rules, seed=3):
    chance = np.random.default_rng(seed)
    truth, made = Truth(kind, chance, 40_000), sweeps(kind, SWEEPS, chance)
    ends = prefixes(made.medians, METHODS[method])
    found = []
    for rule in rules:
        ended = stop(made.medians, ends, rule)
        right = truth.of_night(made, ended.rounds)
        found.append(int(((ended.low <= right) & (right <= ended.high)).sum()))
    return found


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_interval_covers_the_truth_under_every_stopping_rule(kind):
    found = dict(zip([rule.name for rule in OFFERED], hits(kind, CHOSEN, OFFERED), strict=True))
    low = {name: n for name, n in found.items() if n < at_least(REQUIRED, SWEEPS)}
    assert low == {}
    assert sum(found.values()) / (SWEEPS * len(found)) > 0.95


@pytest.mark.parametrize("method", ["t on values", "t on logs", "bootstrap"])
def test_the_yardstick_rejects_methods_that_do_not_hold(method):
    precise = [rule for rule in OFFERED if rule.name == "precise, 6 to 15"]
    assert hits(TWO_CLOCKS, method, precise)[0] < at_least(REQUIRED, SWEEPS)


def test_the_simulation_shows_what_the_product_shows():
    made = sweeps(KINDS[1], 40, np.random.default_rng(1))
    for count in (5, 6, 11, BUDGET):
        low, high = METHODS[CHOSEN](made.medians[:, :count])
        for row, rounds in enumerate(made.medians[:, :count].tolist()):
            shown = median_interval(rounds)
            assert (shown.low, shown.high) == pytest.approx((low[row], high[row]))


def test_the_simulation_stops_where_the_product_stops():
    made = sweeps(BY_NAME["restless"], 200, np.random.default_rng(2))
    rule = next(rule for rule in RULES if rule.name == DEFAULT_RULE)
    ended = stop(made.medians, prefixes(made.medians, METHODS[CHOSEN]), rule)
    reasons = set()
    for row, rounds in enumerate(made.medians.tolist()):
        answers = [enough(rounds[:n], DEFAULT.stopping) for n in range(1, 16)]
        first = next(n for n, answer in enumerate(answers, start=1) if answer)
        assert first == ended.rounds[row]
        reasons.add(answers[first - 1])
    assert reasons == {Stop.PRECISE, Stop.ROUND_BUDGET}


def test_the_truth_is_the_median_of_process_medians_over_the_window():
    steady, chance = Kind("x", between=0.03), np.random.default_rng(5)
    made = sweeps(steady, 2000, chance)
    right = Truth(steady, chance).of_night(made, np.full(2000, 5))
    assert np.median(made.medians) == pytest.approx(right[0], rel=0.002)
    drifting = BY_NAME["drift +15.0%"]
    made = sweeps(drifting, 2000, chance)
    truth = Truth(drifting, chance)
    for rounds in (5, BUDGET):
        right = truth.of_night(made, np.full(2000, rounds))
        assert np.median(made.medians[:, :rounds]) == pytest.approx(right[0], rel=0.003)


def test_between_two_clocks_of_a_half_each_the_truth_is_the_middle_of_the_gap():
    kind = BY_NAME["clocks 1.2x, 50% fast"]
    right = Truth(kind, np.random.default_rng(1)).lasting()
    assert right == pytest.approx(BASE_US * math.sqrt(1.2), rel=0.01)


def test_the_tools_median_is_its_own_rank_of_fifty():
    times = invocations(KINDS[0], 3, np.random.default_rng(1))
    expected = [sorted(row)[rank_of(50, 50) - 1] for row in times.tolist()]
    assert upper_median(times).tolist() == expected


def test_one_night_does_not_speak_for_all_nights_and_seven_do():
    found = over_nights(next(kind for kind in KINDS if kind.nights), 400)
    assert found["one night"] < 0.8
    assert found["seven nights"] * 400 >= at_least(REQUIRED, 400)


@pytest.mark.parametrize("clocks", ["clocks 1.2x, 75% fast", "clocks 1.2x, 50% fast"])
def test_a_speed_up_of_one_clock_over_two_has_an_interval_that_holds(clocks):
    found = of_ratios(BY_NAME["usual"], BY_NAME[clocks], 300)
    assert all(share * 300 >= at_least(REQUIRED, 300) for share in found.values()), found


def test_the_page_is_that_of_the_stored_figures_and_they_of_the_present_yardstick():
    done = subprocess.run(
        [sys.executable, ROOT / "docs" / "generate_coverage.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_every_figure_that_is_offered_is_stored_and_covers_enough():
    stored = json.loads((ROOT / "tests/data/stats/coverage.json").read_text(encoding="utf-8"))
    shown = [row for row in stored["rows"] if row["method"] == CHOSEN]
    assert {(row["kind"], row["rule"]) for row in shown} == {
        (kind.name, rule.name) for kind in KINDS for rule in RULES
    }
    assert failing(stored["rows"]) == []
    assert failing([{**shown[0], "coverage": 0.92}]) != []


def test_cells_that_stop_early_as_a_rule_keep_the_promise_and_lucky_ones_do_not():
    calm, skewed = (stopped_early(BY_NAME[name], 2000) for name in ("calm", "skewed"))
    assert calm["share"] > 0.8
    assert calm["coverage"] > 0.95
    assert 0.01 < skewed["share"] < 0.3
    assert skewed["coverage"] < REQUIRED  # which is why the page says it
