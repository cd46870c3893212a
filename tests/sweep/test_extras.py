"""What follows the rounds: pairs and series, ended by the device's clock and begun anew if cut."""

from __future__ import annotations

import pytest

from harness.bench.command import LaunchKind
from harness.bench.settings import RunSettings
from harness.sweep.agenda import Agenda, Course
from harness.sweep.extras import Afterwards, Extras, ends_of, is_over, series_of, starts_of
from harness.sweep.record import ManifestStep, RoundRecord

COLD, WARM, SUSTAINED = LaunchKind.COLD, LaunchKind.WARM, LaunchKind.SUSTAINED


def record(step, seconds=20.0, uptime=None, exit_status=0, **more) -> RoundRecord:
    health = {} if uptime is None else {"uptime_s": uptime, "boot_id": "a"}
    return RoundRecord(
        cell=step.cell,
        kind=step.kind,
        index=step.index,
        attempt=1,
        started="2026-01-01T00:00:00+00:00",
        seconds=seconds,
        exit_status=exit_status,
        command="",
        **{"health": health, **more},
    )


def sustained(index, **more) -> RoundRecord:
    return record(ManifestStep(cell="a", kind=SUSTAINED, index=index), **more)


def run(after: Afterwards, seconds=20.0, most=50) -> list[tuple[str, LaunchKind, int]]:
    made = []
    while (step := after.next()) is not None and len(made) < most:
        made.append((step.cell, step.kind, step.index))
        after.made(record(step, seconds))
    return made


def test_pairs_come_first_and_take_turns_and_series_follow_cell_by_cell():
    plan = {"a": Extras(2, 50), "b": Extras(0, 30)}
    assert run(Afterwards(plan, [])) == [
        ("a", COLD, 1),
        ("a", WARM, 1),
        ("a", COLD, 2),
        ("a", WARM, 2),
        *(("a", SUSTAINED, n) for n in (1, 2, 3)),
        *(("b", SUSTAINED, n) for n in (1, 2)),
    ]


def test_a_series_ends_by_the_clock_of_the_device_not_by_a_count():
    after = Afterwards({"a": Extras(0, 100)}, [])
    uptime, made = 1000.0, 0
    while (step := after.next()) is not None:
        after.made(record(step, 15.0, uptime))
        uptime, made = uptime + 40.0, made + 1
    assert made == 4  # the last ends at 3 x 40 + 15 s


def test_a_series_that_was_cut_is_begun_anew_and_one_that_was_whole_is_not():
    half = [sustained(1), sustained(2)]
    assert next(iter(run(Afterwards({"a": Extras(0, 100)}, half)))) == ("a", SUSTAINED, 1)
    whole = [sustained(n) for n in range(1, 6)]
    assert run(Afterwards({"a": Extras(0, 100)}, whole)) == []


def test_only_launches_since_the_last_beginning_count_as_the_series():
    old = [sustained(n, seconds=5.0) for n in (1, 2, 3)]
    new = [sustained(n, seconds=20.0) for n in (1, 2)]
    assert series_of([*old, *new]) == new
    retried = sustained(2, final=False, failure="device-lost")
    assert series_of([new[0], retried, new[1]]) == new


def test_a_cold_launch_without_its_warm_one_is_made_again():
    cold = record(ManifestStep(cell="a", kind=COLD, index=1))
    warm = record(ManifestStep(cell="a", kind=WARM, index=1))
    cut = record(ManifestStep(cell="a", kind=COLD, index=2))
    left = run(Afterwards({"a": Extras(2)}, [cold, warm, cut]))
    assert left == [("a", COLD, 2), ("a", WARM, 2)]


@pytest.mark.parametrize("kind", [COLD, SUSTAINED])
def test_a_launch_that_fails_ends_what_it_belongs_to(kind):
    failed = record(ManifestStep(cell="a", kind=kind, index=1), exit_status=1)
    left = run(Afterwards({"a": Extras(3, 30)}, [failed]))
    assert not [one for one in left if one[1] is kind]
    # Of the other there is no word.
    assert left


def test_a_cell_that_ended_has_no_more():
    after = Afterwards({"a": Extras(1, 10), "b": Extras(1)}, [])
    assert after.next(frozenset({"a"})).cell == "b"


def test_an_agenda_asks_for_extras_only_when_the_rounds_are_done():
    step = ManifestStep(cell="a", kind=LaunchKind.ROUND, index=1)
    course = Course(
        steps=[step],
        rule=RunSettings(rounds=1).stopping,
        budget_s=None,
        model_of={"a": "m"},
        baselines=frozenset(),
        extras={"a": Extras(1, 30)},
    )
    agenda = Agenda(course)
    assert agenda.ahead == 3  # the round and the pair; nobody knows the length of the series
    assert agenda.next() == step
    agenda.made(record(step))
    assert agenda.ahead == 2
    kinds = []
    while (one := agenda.next()) is not None:
        kinds.append((one.kind, one.index))
        agenda.made(record(one))
    assert kinds == [(COLD, 1), (WARM, 1), (SUSTAINED, 1), (SUSTAINED, 2)]
    assert agenda.ahead == 0


def test_times_of_a_series_are_those_of_the_uptime_and_pauses_show():
    series = [sustained(1, uptime=50.0), sustained(2, uptime=72.5), sustained(3, uptime=95.0)]
    assert starts_of(series) == [0.0, 22.5, 45.0]
    assert ends_of(series) == [20.0, 42.5, 65.0]


def test_without_an_uptime_or_over_a_reboot_the_seconds_are_added_up():
    assert starts_of([sustained(1), sustained(2)]) == [0.0, 20.0]
    booted = sustained(2, uptime=3.0)
    assert starts_of([sustained(1, uptime=50.0), booted]) == [0.0, 20.0]
    other = sustained(2, health={"uptime_s": 90.0, "boot_id": "b"})
    assert starts_of([sustained(1, uptime=50.0), other]) == [0.0, 20.0]


def test_a_series_without_a_launch_is_not_over():
    assert not is_over([], 0.0)


NOT_MADE = {"exit_status": None, "failure": "not-cooled", "preflight": {"passed": False}}


def one(kind, index=1, **more) -> RoundRecord:
    return record(ManifestStep(cell="a", kind=kind, index=index), **more)


def test_what_the_device_was_not_fit_for_ends_its_part_and_is_begun_anew_on_resume():
    plan = {"a": Extras(1, 15)}
    after = Afterwards(plan, [])
    for kind in (COLD, SUSTAINED):
        assert after.next().kind is kind
        after.made(one(kind, **NOT_MADE))
    assert after.next() is None
    left = run(Afterwards(plan, [one(COLD, **NOT_MADE), one(SUSTAINED, **NOT_MADE)]))
    assert left == [("a", COLD, 1), ("a", WARM, 1), ("a", SUSTAINED, 1)]


def test_a_pair_or_series_whose_end_was_not_made_is_begun_anew_whole():
    records = [one(COLD), one(WARM, **NOT_MADE), sustained(1), sustained(2, **NOT_MADE)]
    left = run(Afterwards({"a": Extras(1, 30)}, records))
    assert left == [("a", COLD, 1), ("a", WARM, 1), ("a", SUSTAINED, 1), ("a", SUSTAINED, 2)]


def test_a_resume_knows_that_a_pair_ended_its_cell():
    lost = one(COLD, exit_status=None, failure="limit")
    assert lost.ends_cell
    after = Afterwards({"a": Extras(2, 30)}, [lost])
    assert after.next() is None
    assert after.pairs_ahead() == 0
