"""Short and traced launches and bound cores, from the command to the cells, on virtual phones."""

from __future__ import annotations

import json

import pytest

from harness.bench.samples import SampleSource
from harness.bench.settings import RunSettings
from harness.bench.variant import BUILT_IN
from harness.deadline import Deadline
from harness.demo_models import paths
from harness.device.adb.shell import Shell
from harness.device.adb.tracing import MARK, PROPERTY
from harness.device.cores import CoreClass
from harness.lab.address import AdbServer
from harness.lab.config import LabConfig
from harness.lab.inventory import list_devices
from harness.sweep.journal import read_journal
from harness.sweep.models import ModelWords, prepare_model
from harness.sweep.prepare import Request
from harness.sweep.progress import SilentProgress
from harness.sweep.run import Stop
from harness.sweep.session import Audience, run_sweep
from harness.virtual.lab import running_lab
from harness.virtual.tool.bundle import bundle

PHONES = ("pixel-8", "galaxy-j6", "xiaomi-12")
SETTINGS = RunSettings(
    num_runs=5,
    min_secs=0.1,
    max_secs=5,
    warmup_min_secs=0.05,
    rounds=5,
    samples=tuple(SampleSource),
    short_launches=6,
    cores=(CoreClass.ALL, CoreClass.LITTLE),
)


@pytest.fixture(scope="module")
def lab():
    with running_lab(PHONES) as running:
        yield running


@pytest.fixture(scope="module")
def outcome(lab, tmp_path_factory):
    config = LabConfig(adb_servers=(AdbServer(lab.server.host, lab.server.port),))
    request = Request(
        devices=[one for one in list_devices(config, Deadline.after(30)) if one.transports],
        models=[prepare_model(str(paths()[0]), None, ModelWords(), seed=1)],
        variants={None: [BUILT_IN["cpu-4t"], BUILT_IN["gpu"]]},
        settings=SETTINGS,
        tools=lambda _listed, _dialect: bundle(),
        seed=1,
    )
    audience = Audience(SilentProgress(), Stop())
    return run_sweep(request, tmp_path_factory.mktemp("sweeps"), audience)


@pytest.fixture(scope="module")
def cells(outcome, lab):
    names = {phone.serial: phone.name for phone in lab.phones}
    return {
        (names[cell.device.id], cell.variant.name): cell
        for cell in outcome.results.cells
        if cell.device.id in names
    }


def test_short_launches_pool_to_exact_percentiles(cells):
    cell = cells["pixel-8", "cpu-4t"]
    short = cell.exact.short
    assert (short.count, short.launches) == (18, 6)
    assert short.p90.method == "exact"
    assert short.p50.value <= short.p90.value <= short.p95.value
    # The rounds' own p90 stays what it was: interpolated between what the tool prints.
    assert cell.latency_ms.p90.method == "interpolated"
    assert cell.rounds == 5


def test_short_launches_are_among_the_rounds(outcome):
    records = read_journal(outcome.folder)
    cell = next(one.cell for one in records if one.kind == "short")
    kinds = [one.kind for one in records if one.cell == cell]
    first, last = kinds.index("round"), len(kinds) - 1 - kinds[::-1].index("round")
    assert "short" in kinds[first:last]


def test_a_trace_gives_every_timed_invocation_of_a_new_phone(cells):
    traced = cells["pixel-8", "cpu-4t"].exact.traced
    assert traced.count > 5
    assert traced.launches == 1
    assert 0.9 < traced.overhead.ratio < 1.2
    assert traced.overhead.low < 1 < traced.overhead.high


def test_a_gpu_is_not_traced_and_the_cell_says_why(cells, outcome):
    exact = cells["pixel-8", "gpu"].exact
    assert exact.traced is None
    assert "profile itself" in exact.reason
    assert exact.short is not None
    planned = {cell.id: cell.variant for cell in outcome.results.cells}
    traced = [one for one in read_journal(outcome.folder) if one.kind == "traced"]
    assert traced
    assert all("gpu" not in planned[one.cell].name for one in traced)


def test_an_old_phone_of_its_users_writes_no_sections_and_the_cell_says_why(cells):
    exact = cells["galaxy-j6", "cpu-4t"].exact
    assert exact.traced is None
    assert "ro.debuggable" in exact.reason
    assert exact.short is not None


def test_no_phone_keeps_the_tracers_switch(outcome, lab):
    for phone in lab.phones:
        shell = Shell(lab.server, phone.address, phone.name)
        said = shell.check(
            f"getprop {PROPERTY}; ls {MARK} 2>/dev/null || echo gone", Deadline.after(20)
        )
        assert said.split() == ["gone"]


def test_a_class_of_cores_is_a_variant_of_its_own_and_the_kernel_confirms_it(cells):
    free, bound = cells["pixel-8", "cpu-4t"], cells["pixel-8", "cpu-4t-little"]
    assert (free.cores.cpus, free.cores.allowed) == ([], ["0-8"])
    assert (bound.cores.asked, bound.cores.cpus, bound.cores.allowed) == (
        "little",
        [0, 1, 2, 3],
        ["0-3"],
    )
    assert bound.cores.notes == []
    assert bound.latency_ms.p50.value > free.latency_ms.p50.value
    assert "--cores little" in bound.commands[0]


def test_a_phone_of_equal_cores_skips_what_it_has_no_class_for(cells):
    cell = cells["galaxy-j6", "cpu-4t-little"]
    assert cell.status == "skipped"
    assert cell.reason.startswith("no-core-class")
    assert cell.next_step


def test_every_record_names_where_the_tool_might_run(outcome):
    for line in (outcome.folder / "rounds.jsonl").read_text().splitlines():
        record = json.loads(line)
        if record["exit_status"] is not None and record["kind"] in ("round", "short"):
            assert record["cpus_allowed"]
