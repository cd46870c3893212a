from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from harness.bench.settings import RunSettings
from harness.bench.tool import Tool
from harness.bench.variant import BUILT_IN, Dialect
from harness.device.base import DeviceKind, LocalFile, Profile
from harness.sweep.plan import PlannedDevice, PlannedModel, expand, plan_sweep

FLAGS = frozenset(
    {"num_threads", "use_xnnpack", "use_gpu", "gpu_precision_loss_allowed", "gpu_backend"}
    | {"use_nnapi", "nnapi_accelerator_name"}
)
TOOL = Tool(
    name="stock",
    files={"benchmark_model": LocalFile(Path("benchmark_model"), "00")},
    binary="benchmark_model",
    abi="arm64-v8a",
    dialect=Dialect.INTERPRETER,
    flags=FLAGS,
)
MODEL = PlannedModel(sha256="ab" * 32, name="m")
SETTINGS = RunSettings(rounds=4)


def phone(name="P1", **profile) -> PlannedDevice:
    return PlannedDevice(name, DeviceKind.ADB, Profile(**profile), {Dialect.INTERPRETER: TOOL}, {})


def variants(*names):
    return [BUILT_IN[name] for name in names]


def test_every_cell_has_one_probe_and_all_its_rounds():
    plan = plan_sweep([phone()], [MODEL], variants("cpu-1t", "cpu-4t", "gpu"), SETTINGS, seed=1)
    counts = Counter((step.cell, step.kind) for step in plan.schedule["P1"])
    assert len(plan.cells) == 3
    for cell in plan.cells:
        assert counts[cell.id, "probe"] == 1
        assert counts[cell.id, "round"] == 4


def test_probes_come_before_any_timed_round():
    plan = plan_sweep([phone()], [MODEL], variants("cpu-1t", "gpu"), SETTINGS, seed=1)
    kinds = [step.kind for step in plan.schedule["P1"]]
    assert kinds == sorted(kinds)  # "probe" < "round"


@given(st.integers(), st.integers(1, 4))
def test_in_as_many_rounds_as_cells_each_cell_stands_once_at_every_place(seed, turns):
    plan = plan_sweep(
        [phone()],
        [MODEL],
        variants("cpu-1t", "cpu-4t", "gpu", "gpu-fp32"),
        RunSettings(rounds=4 * turns),
        seed=seed,
    )
    places = defaultdict(list)
    steps = [step for step in plan.schedule["P1"] if step.kind == "round"]
    for place, step in enumerate(steps):
        assert step.index == place // 4 + 1
        places[step.cell].append(place % 4)
    for found in places.values():
        assert Counter(found) == {0: turns, 1: turns, 2: turns, 3: turns}


def test_the_same_seed_gives_the_same_order_and_another_seed_another():
    def order(seed):
        plan = plan_sweep(
            [phone()], [MODEL], variants("cpu-1t", "cpu-4t", "gpu", "gpu-fp32"), SETTINGS, seed
        )
        return [step.cell for step in plan.schedule["P1"] if step.kind == "round"]

    assert order(3) == order(3)
    assert any(order(3) != order(seed) for seed in range(4, 9))


def test_a_sweep_without_a_cpu_variant_gets_a_baseline_marked_auto():
    plan = plan_sweep([phone()], [MODEL], variants("gpu"), SETTINGS, seed=1)
    assert [(cell.variant, cell.auto_baseline) for cell in plan.cells] == [
        ("cpu-4t", True),
        ("gpu", False),
    ]


def test_a_flag_that_the_tool_lacks_is_not_sent_and_the_cell_says_so():
    device = replace(
        phone(), tools={Dialect.INTERPRETER: replace(TOOL, flags=FLAGS - {"gpu_backend"})}
    )
    plan = plan_sweep([device], [MODEL], variants("cpu-1t", "gpu-opengl"), SETTINGS, seed=1)
    skipped = plan.cells[1]
    assert skipped.skip_reason == "tool-lacks-flag: --gpu_backend"
    assert skipped.id not in {step.cell for step in plan.schedule["P1"]}


def test_nnapi_becomes_one_cell_per_listed_accelerator_from_api_29():
    device = phone(api_level=30, nnapi_devices=("qti-dsp", "qti-gpu", "nnapi-reference"))
    names = [one.name for one in expand(BUILT_IN["nnapi"], device)]
    assert names == ["nnapi-qti-dsp", "nnapi-qti-gpu"]


def test_nnapi_stays_one_cell_where_accelerators_cannot_be_named():
    for device in (phone(api_level=28, nnapi_devices=("a",)), phone(api_level=33)):
        assert [one.name for one in expand(BUILT_IN["nnapi"], device)] == ["nnapi"]


def test_a_dialect_without_a_tool_is_skipped_with_what_to_do():
    device = replace(phone(), missing_tools={Dialect.COMPILED_MODEL: "fetch it"})
    plan = plan_sweep([device], [MODEL], variants("cpu-1t", "npu"), SETTINGS, seed=1)
    assert plan.cells[1].skip_reason is not None
    assert plan.cells[1].skip_reason.startswith("no-tool")
    assert plan.cells[1].next_step == "fetch it"


def test_a_model_that_needs_an_input_is_skipped_with_the_line_to_add():
    model = replace(MODEL, needs_input="input 'x' has a free dimension", next_step="add …")
    plan = plan_sweep([phone()], [model], variants("cpu-1t"), SETTINGS, seed=1)
    assert plan.cells[0].skip_reason == "needs-input: input 'x' has a free dimension"
    assert plan.schedule["P1"] == ()


def test_a_variant_that_devices_yaml_excludes_is_skipped():
    device = replace(phone(), excluded=frozenset({"gpu"}))
    plan = plan_sweep([device], [MODEL], variants("cpu-1t", "gpu"), SETTINGS, seed=1)
    assert plan.cells[1].skip_reason is not None
    assert plan.cells[1].skip_reason.startswith("excluded")


COMPILED = replace(
    TOOL,
    name="litert",
    files={"benchmark_model": LocalFile(Path("benchmark_model"), "11")},
    dialect=Dialect.COMPILED_MODEL,
    flags=frozenset({"num_threads", "use_gpu", "use_npu"}),
)


def test_a_variant_runs_on_the_other_dialects_tool_where_only_that_has_its_flags():
    blind = replace(TOOL, flags=frozenset({"num_threads", "use_xnnpack"}))
    tools = {Dialect.INTERPRETER: blind, Dialect.COMPILED_MODEL: COMPILED}
    plan = plan_sweep(
        [replace(phone(), tools=tools)],
        [MODEL],
        variants("cpu-1t", "gpu", "npu", "gpu-fp32"),
        SETTINGS,
        seed=1,
    )
    used = {cell.variant: (cell.tool, cell.skip_reason) for cell in plan.cells}
    assert used["cpu-1t"] == (blind.sha256, None)
    assert used["gpu"] == used["npu"] == (COMPILED.sha256, None)
    # Neither has all of these flags: then the tool of its own dialect is the one that lacks them.
    lacking = "tool-lacks-flag: --use_gpu, --gpu_precision_loss_allowed"
    assert used["gpu-fp32"] == (blind.sha256, lacking)


def test_a_variant_stays_with_its_own_dialects_tool_where_that_can_run_it():
    tools = {Dialect.COMPILED_MODEL: COMPILED, Dialect.INTERPRETER: TOOL}
    plan = plan_sweep(
        [replace(phone(), tools=tools)], [MODEL], variants("cpu-1t", "gpu"), SETTINGS, seed=1
    )
    assert {cell.tool for cell in plan.cells} == {TOOL.sha256}
