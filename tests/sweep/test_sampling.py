"""Where launches for single invocations stand in a plan, and which CPUs cells are bound to."""

from __future__ import annotations

from collections import Counter

import pytest

from harness.bench.command import LaunchKind
from harness.bench.samples import SampleSource
from harness.bench.settings import RunSettings
from harness.bench.tool import Tool
from harness.bench.variant import BUILT_IN, Dialect
from harness.device.base import CpuCluster, DeviceKind, Profile
from harness.device.cores import CoreClass
from harness.sweep.plan import PlannedDevice, PlannedModel, plan_sweep

CLUSTERS = (
    CpuCluster("policy0", (0, 1, 2, 3), None, 1_700_000),
    CpuCluster("policy4", (4, 5), None, 2_800_000),
)
EVERYTHING = RunSettings(rounds=3, short_launches=7, samples=tuple(SampleSource))


def plan(settings, *names, clusters=CLUSTERS, kind=DeviceKind.ADB, dialect=Dialect.INTERPRETER):
    tool = Tool("t", {}, "b", "arm64-v8a", dialect=dialect)
    device = PlannedDevice("P", kind, Profile(clusters=clusters), {dialect: tool}, {})
    variants = [BUILT_IN[name] for name in names]
    return plan_sweep([device], [PlannedModel("m", "m")], variants, settings, 0)


def kinds(made, cell):
    return [step.kind for step in made.schedule["P"] if step.cell == cell]


def test_each_cell_gets_its_short_launches_among_its_rounds():
    made = plan(EVERYTHING, "cpu-1t", "gpu")
    for cell in made.cells:
        mine = [kind for kind in kinds(made, cell.id) if kind is not LaunchKind.TRACED]
        assert Counter(mine) == {LaunchKind.PROBE: 1, LaunchKind.ROUND: 3, LaunchKind.SHORT: 7}
        places = [n for n, kind in enumerate(mine) if kind is LaunchKind.ROUND]
        assert LaunchKind.SHORT in mine[places[0] : places[1]]
    steps = made.schedule["P"]
    assert len({(one.cell, one.kind, one.index) for one in steps}) == len(steps)


def test_no_cell_always_comes_first_among_the_short_launches():
    made = plan(EVERYTHING, "cpu-1t", "cpu-4t", "gpu")
    shorts = [step for step in made.schedule["P"] if step.kind is LaunchKind.SHORT]
    first = [one.cell for one in shorts[:6:3]]  # of the first two turns, which follow one row
    assert shorts[0].index == 1
    assert shorts[3].index == 2
    assert first[0] != first[1]


def test_a_trace_comes_last_and_only_where_it_tells_something():
    made = plan(EVERYTHING, "cpu-1t", "gpu")
    traced = [cell.variant for cell in made.cells if LaunchKind.TRACED in kinds(made, cell.id)]
    assert traced == ["cpu-1t"]
    assert made.schedule["P"][-1].kind is LaunchKind.TRACED


@pytest.mark.parametrize("other", [{"kind": DeviceKind.LOCAL}, {"dialect": Dialect.COMPILED_MODEL}])
def test_nothing_is_traced_on_local_or_by_tools_of_the_compiled_model(other):
    made = plan(EVERYTHING, "cpu-1t", **other)
    assert all(step.kind is not LaunchKind.TRACED for step in made.schedule["P"])


def test_unasked_for_there_are_probes_and_rounds_alone():
    made = plan(RunSettings(rounds=2), "cpu-1t")
    assert {step.kind for step in made.schedule["P"]} == {LaunchKind.PROBE, LaunchKind.ROUND}


def test_each_variant_is_bound_to_each_class_under_a_name_of_its_own():
    made = plan(RunSettings(cores=(CoreClass.ALL, CoreClass.BIG)), "cpu-4t", "gpu")
    assert {cell.variant: cell.cpus for cell in made.cells} == {
        "cpu-4t": [],
        "cpu-4t-big": [4, 5],
        "gpu": [],
        "gpu-big": [4, 5],
    }


def test_the_added_baseline_is_bound_as_all_others_are():
    made = plan(RunSettings(cores=(CoreClass.LITTLE,)), "gpu")
    assert [(cell.variant, cell.auto_baseline) for cell in made.cells] == [
        ("cpu-4t-little", True),
        ("gpu-little", False),
    ]


def test_a_variant_with_cores_of_its_own_keeps_them():
    little = BUILT_IN["cpu-1t"].on_cores(CoreClass.LITTLE)
    device = PlannedDevice("P", DeviceKind.ADB, Profile(clusters=CLUSTERS), {}, {})
    settings = RunSettings(cores=(CoreClass.BIG,))
    made = plan_sweep([device], [PlannedModel("m", "m")], [little], settings, 0)
    assert [(cell.variant, cell.cpus) for cell in made.cells] == [("cpu-1t-little", [0, 1, 2, 3])]


def test_a_class_that_a_phone_lacks_is_skipped_with_the_reason():
    made = plan(RunSettings(cores=(CoreClass.MID,)), "cpu-1t")
    assert made.cells[0].skip_reason.startswith("no-core-class: P has no mid cores")
    assert made.cells[0].next_step
    assert made.schedule["P"] == ()
