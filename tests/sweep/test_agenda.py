"""What a device's agenda asks for, against measured values that are made up."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.stats.stopping import Precision
from harness.sweep.agenda import Agenda, Course
from harness.sweep.plan import interleave
from harness.sweep.record import RoundRecord

FIXED = Precision(None, 5, 5)
RULE = Precision(0.02, 6, 15)  # 6: nothing is called precise before


def course(cells_of=None, rule=RULE, baselines=("a",), budget_s=None) -> Course:
    """Models with their cells; the first letter of a cell's name may be a CPU variant's."""
    cells_of = cells_of or {"m": ["a", "b", "c"]}
    steps = [
        step
        for model, cells in cells_of.items()
        for step in interleave(cells, rule.least, random.Random(model))
    ]
    return Course(
        steps=steps,
        rule=rule,
        budget_s=budget_s,
        model_of={cell: model for model, cells in cells_of.items() for cell in cells},
        baselines=frozenset(baselines),
    )


@dataclass
class Phone:
    """Measures what `noise` says: a cell's relative spread; `spent` seconds a launch."""

    noise: dict[str, float] = field(default_factory=dict)
    base: dict[str, float] = field(default_factory=dict)
    spent: float = 1.0
    broken: dict[tuple[str, str, int], dict[str, object]] = field(default_factory=dict)
    read: list[tuple[str, int]] = field(default_factory=list)

    def median(self, record: RoundRecord) -> float | None:
        self.read.append((record.cell, record.index))
        if record.exit_status != 0:
            return None
        chance = random.Random(f"{record.cell}{record.index}")
        spread = self.noise.get(record.cell, 0.0)
        return self.base.get(record.cell, 1000.0) * (1 + spread * chance.uniform(-1, 1))

    def launch(self, step) -> RoundRecord:
        values = {
            "cell": step.cell,
            "kind": step.kind,
            "index": step.index,
            "attempt": 1,
            "started": "2026-01-01T00:00:00+00:00",
            "seconds": 0.5,
            "exit_status": 0,
            "worker_s": self.spent,
            **self.broken.get((step.cell, step.kind, step.index), {}),
        }
        return RoundRecord(**values)

    def run(self, agenda: Agenda, most: int = 10_000) -> list[RoundRecord]:
        made = []
        while len(made) < most and (step := agenda.next()) is not None:
            record = self.launch(step)
            agenda.made(record)
            made.append(record)
        return made


def keys(records) -> list[tuple[str, str, int]]:
    return [(one.cell, str(one.kind), one.index) for one in records]


def rows(records) -> dict[int, list[str]]:
    found = defaultdict(list)
    for one in records:
        if one.kind == "round":
            found[one.index].append(one.cell)
    return found


def measured(the_course: Course, phone: Phone) -> list[RoundRecord]:
    return phone.run(Agenda(the_course, (), phone.median))


def test_cells_that_agree_from_the_start_have_the_planned_rounds_and_no_more():
    plan = course()
    assert keys(measured(plan, Phone())) == [(s.cell, str(s.kind), s.index) for s in plan.steps]


def test_a_fixed_number_is_fixed_however_noisy_and_no_round_is_parsed_for_it():
    plan, phone = course(rule=FIXED), Phone(noise={"b": 0.5})
    assert len(measured(plan, phone)) == len(plan.steps)
    assert phone.read == []


def test_a_noisy_cell_has_more_rounds_with_its_baseline_beside_it_and_no_other():
    found = rows(measured(course(), Phone(noise={"b": 0.3})))
    assert set(found) == set(range(1, 16))
    for index in range(7, 16):
        assert sorted(found[index]) == ["a", "b"]


def test_the_baseline_is_the_fastest_cpu_variant_that_is_known():
    phone = Phone(noise={"c": 0.3}, base={"a": 2000.0, "b": 900.0})
    found = rows(measured(course(baselines=("a", "b")), phone))
    assert sorted(found[7]) == ["b", "c"]


def test_rows_beyond_the_plan_go_on_with_its_design_while_all_cells_are_in_them():
    noisy = Phone(noise=dict.fromkeys("abc", 0.5))
    longer = course(rule=Precision(None, 15, 15))
    assert keys(measured(course(), noisy)) == [
        (step.cell, str(step.kind), step.index) for step in longer.steps
    ]


def test_cells_left_over_take_turns():
    found = rows(measured(course(), Phone(noise={"b": 0.5})))
    first = Counter(found[index][0] for index in range(7, 15))
    assert first == {"a": 4, "b": 4}


def test_a_round_that_failed_is_no_datum_and_is_made_up_for():
    phone = Phone(broken={("b", "round", 3): {"exit_status": 1}})
    found = rows(measured(course(), phone))
    assert sorted(found[7]) == ["a", "b"]
    assert 8 not in found


def test_a_cell_that_ended_gets_no_more_and_the_others_do():
    lost = {"exit_status": None, "failure": "limit"}
    phone = Phone(noise={"b": 0.5, "c": 0.5}, broken={("b", "round", 7): lost})
    found = rows(measured(course(), phone))
    assert sorted(found[7]) == ["a", "b", "c"]
    assert sorted(found[8]) == ["a", "c"]


def test_a_cell_whose_rounds_all_failed_gets_no_more_than_the_plan():
    bad = {("b", "round", n): {"exit_status": 1} for n in range(1, 16)}
    assert set(rows(measured(course(), Phone(broken=bad)))) == set(range(1, 7))


def test_a_failed_probe_takes_its_cell_out_of_every_round():
    phone = Phone(broken={("b", "probe", 1): {"exit_status": 1}})
    assert Counter(one.cell for one in measured(course(), phone))["b"] == 1


@settings(max_examples=60)
@given(
    st.dictionaries(st.sampled_from("abcxyz"), st.floats(0, 0.4)),
    st.sets(st.tuples(st.sampled_from("abcxyz"), st.integers(1, 12)), max_size=8),
    st.none() | st.floats(10, 120),
    st.data(),
)
def test_cut_anywhere_and_resumed_it_asks_for_what_an_uncut_one_would(noise, bad, budget, data):
    plan = course({"m": ["a", "b", "c"], "n": ["x", "y", "z"]}, RULE, ("a", "c", "x"), budget)
    broken = {(cell, "round", index): {"exit_status": 1} for cell, index in bad}
    phone = Phone(noise=noise, broken=broken)
    whole = measured(plan, phone)
    at = data.draw(st.integers(0, len(whole)))
    # A kill between two attempts leaves one that is not final: it is tried again.
    tried = {"final": False, "worker_s": 0.0}
    again = [one.model_copy(update=tried) for one in whole[at : at + 1]]
    agenda = Agenda(plan, [*whole[:at], *again], phone.median)
    assert keys(phone.run(agenda)) == keys(whole[at:])
    assert Agenda(plan, whole, phone.median).next() is None


def test_each_round_is_parsed_once_also_on_resume():
    plan, phone = course(), Phone(noise={"b": 0.3})
    whole = measured(plan, phone)
    assert len(phone.read) == len(set(phone.read)) == sum(one.kind == "round" for one in whole)
    phone.read.clear()
    phone.run(Agenda(plan, whole[:20], phone.median))
    assert len(phone.read) == len(set(phone.read))


def test_what_is_ahead_never_grows_and_is_nothing_at_the_end():
    plan, phone = course({"m": ["a", "b"], "n": ["x", "y"]}, RULE, ("a", "x")), Phone({"b": 0.3})
    agenda = Agenda(plan, (), phone.median)
    assert agenda.ahead == 4 * (1 + 15)
    seen = [agenda.ahead]
    while (step := agenda.next()) is not None:
        seen.append(agenda.ahead)
        agenda.made(phone.launch(step))
    assert seen == sorted(seen, reverse=True)
    assert agenda.ahead == 0


def test_a_time_budget_is_shared_fairly_by_models_and_unused_time_goes_on_to_the_next():
    plan = course({"m": ["a", "b"], "n": ["x", "y"]}, RULE, ("a", "x"), budget_s=40)
    noisy = Phone(noise=dict.fromkeys("abxy", 0.5))
    made = measured(plan, noisy)
    spent = Counter(plan.model_of[one.cell] for one in made)
    assert len(made) == 40
    assert spent == {"m": 20, "n": 20}
    calm = Phone(noise=dict.fromkeys("xy", 0.5))
    assert Counter(plan.model_of[one.cell] for one in measured(plan, calm)) == {"m": 14, "n": 26}


def test_a_time_budget_ends_rounds_by_whole_rows_and_leaves_no_cell_without_one():
    plan = course({"m": ["a", "b", "c"], "n": ["x", "y"]}, RULE, ("a", "x"), budget_s=1)
    phone = Phone()
    agenda = Agenda(plan, (), phone.median)
    made = phone.run(agenda)
    assert {key: sorted(row) for key, row in rows(made).items()} == {1: ["a", "b", "c", "x", "y"]}
    assert sum(one.kind == "probe" for one in made) == 5
    assert agenda.is_cut("a")
    assert agenda.is_cut("y")


def test_a_resumed_sweep_does_not_begin_its_time_budget_anew():
    plan = course(budget_s=30)
    phone = Phone(noise=dict.fromkeys("abc", 0.5))
    whole = measured(plan, phone)
    assert len(whole) == 30
    assert phone.run(Agenda(plan, whole, phone.median)) == []


def test_attempts_that_are_tried_again_cost_time_too():
    plan, phone = course(budget_s=30), Phone(noise=dict.fromkeys("abc", 0.5))
    agenda = Agenda(plan, (), phone.median)
    first = phone.launch(agenda.next())
    agenda.made(first.model_copy(update={"final": False, "worker_s": 9.0}))
    agenda.made(first)
    assert len(phone.run(agenda)) == 20


def test_other_launches_of_a_model_stand_where_they_were_planned():
    plan = course()
    after = plan.steps[0].model_copy(update={"kind": "sustained"})
    plan = Course([*plan.steps, after], RULE, None, plan.model_of, plan.baselines)
    made = measured(plan, Phone(noise={"b": 0.5}))
    assert keys(made)[-1] == (after.cell, "sustained", 1)
    assert set(rows(made)) == set(range(1, 16))


REFUSED = {"exit_status": None, "failure": "not-cooled", "preflight": {"passed": False}}


def refusing(*keys_of: tuple[str, str, int], **more) -> Phone:
    return Phone(broken=dict.fromkeys(keys_of, REFUSED), **more)


def test_a_launch_that_a_device_was_not_fit_for_is_left_out_and_made_first_on_resume():
    plan, hot = course(rule=FIXED), refusing(("b", "round", 2), ("c", "probe", 1))
    made = measured(plan, hot)
    assert len(made) == len(plan.steps)  # it is not asked for twice in one go
    assert not Agenda(plan, made).replay()
    cool = Phone()
    resumed = cool.run(Agenda(plan, made, cool.median))
    assert keys(resumed) == [("c", "probe", 1), ("b", "round", 2)]
    assert Agenda(plan, [*made, *resumed]).replay()


def test_a_device_that_stays_unfit_is_asked_once_a_resume():
    plan, hot = course(rule=FIXED), refusing(("b", "round", 2))
    made = measured(plan, hot)
    made += hot.run(Agenda(plan, made), most=20)
    assert keys(made).count(("b", "round", 2)) == 2
    assert not Agenda(plan, made).replay()


def test_a_round_that_was_not_made_is_no_datum_and_is_made_up_for():
    found = rows(measured(course(), refusing(("b", "round", 3))))
    assert sorted(found[7]) == ["a", "b"]
    assert 8 not in found


def test_what_was_not_made_and_then_was_is_read_once():
    plan, hot, cool = course(), refusing(("b", "round", 3)), Phone()
    made = measured(plan, hot)
    made += cool.run(Agenda(plan, made, cool.median))
    cool.read.clear()
    Agenda(plan, made, cool.median).replay()
    assert cool.read.count(("b", 3)) == 1


def test_a_replay_goes_past_what_was_not_made_as_the_workers_did():
    plan = course({"m": ["a"], "n": ["x"]}, FIXED, ("a", "x"))
    made = measured(plan, refusing(("a", "round", 2)))
    agenda = Agenda(plan, made)
    assert not agenda.replay()
    assert agenda.is_closed("x")
    cut = Agenda(plan, made[:-1])
    assert not cut.replay()
    assert (cut.is_closed("a"), cut.is_closed("x")) == (True, False)
