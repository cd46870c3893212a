"""Which flags a cold and a warm launch carry, and why there are none."""

from __future__ import annotations

import pytest

from harness.bench.caches import caching, located
from harness.bench.command import LaunchKind, Places, build_flags
from harness.bench.settings import RunSettings
from harness.bench.tool import Tool
from harness.bench.variant import BUILT_IN, Dialect

SERIALIZE = {"delegate_serialize_dir", "delegate_serialize_token"}
WEIGHTS = "xnnpack_weight_cache_file_path"
ALL = frozenset({*SERIALIZE, WEIGHTS, "use_xnnpack", "compiler_cache_path"})


def tool(flags=ALL, dialect=Dialect.INTERPRETER) -> Tool:
    return Tool("t", {}, "benchmark_model", None, dialect=dialect, flags=flags)


@pytest.mark.parametrize("name", ["gpu", "nnapi"])
def test_delegates_serialize_into_a_folder_under_a_name_of_the_model(name):
    found = caching(BUILT_IN[name], tool())
    assert set(located(found.flags, "/c", "tok")) == SERIALIZE
    assert located(found.flags, "/c", "tok")["delegate_serialize_dir"] == "/c"


def test_xnnpack_is_asked_for_by_name_since_only_then_it_is_told_of_a_file():
    found = located(caching(BUILT_IN["cpu-4t"], tool()).flags, "/c", "tok")
    assert found == {"use_xnnpack": "true", WEIGHTS: "/c/xnnpack"}


def test_what_the_help_does_not_list_is_never_sent():
    lacking = caching(BUILT_IN["gpu"], tool(frozenset({"use_gpu"})))
    assert not lacking.flags
    assert lacking.reason.startswith("tool-lacks-flag: --delegate_serialize_dir")
    assert caching(BUILT_IN["gpu"], tool(None)).reason.startswith("tool-lacks-flag")


def test_the_interpreters_own_kernels_have_nothing_to_keep():
    assert caching(BUILT_IN["cpu-noxnn"], tool()).reason.startswith("no-cache")


def test_each_dialect_has_its_own_flags():
    npu = caching(BUILT_IN["npu"], tool(dialect=Dialect.COMPILED_MODEL))
    assert set(npu.flags) == {"compiler_cache_path"}
    cpu = caching(BUILT_IN["cpu-compiled"], tool(dialect=Dialect.COMPILED_MODEL))
    assert set(cpu.flags) == {WEIGHTS}


def sent(kind: LaunchKind, settings: RunSettings) -> dict[str, str]:
    places = Places("/m.tflite", cache_flags={WEIGHTS: "/c/xnnpack"})
    flags = build_flags(kind, BUILT_IN["cpu-4t"], tool(), settings, places)
    return dict(one.removeprefix("--").split("=", 1) for one in flags)


@pytest.mark.parametrize("kind", [LaunchKind.COLD, LaunchKind.WARM])
def test_a_start_times_a_first_inference_and_hardly_more(kind):
    found = sent(kind, RunSettings(num_runs=50, min_secs=9, warmup_min_secs=3))
    assert (found["num_runs"], found["min_secs"]) == ("1", "0")
    assert (found["warmup_runs"], found["warmup_min_secs"]) == ("1", "0")
    assert found[WEIGHTS] == "/c/xnnpack"


@pytest.mark.parametrize(("series", "launch"), [(600, "15"), (60, "7.5"), (4, "1")])
def test_launches_of_a_series_are_long_and_yet_some(series, launch):
    found = sent(LaunchKind.SUSTAINED, RunSettings(sustain_s=series, max_secs=10))
    assert (found["min_secs"], found["num_runs"]) == (launch, "1")
    assert float(found["max_secs"]) >= 2 * float(launch)
