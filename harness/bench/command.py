"""What a launch tells the tool: run settings, the variant, the evidence wanted, the inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from harness.bench.samples import SHORT_RUNS
from harness.bench.settings import RunSettings
from harness.bench.tool import Tool
from harness.bench.variant import Variant

RUNTIME_INFO = "runtime_info.pb"
OUTPUTS = "outputs.bin"
PROFILE = "profile.csv"
SAMPLES = "samples.json"
RESULT = "result.pb"

PUSH_PLACE = "{push}"
"""Stands in a variant's flags and environment for the folder of its pushed files."""


class LaunchKind(StrEnum):
    """What a launch is for. Only rounds make a cell's headline figures.

    A probe is untimed and carries every evidence flag; a round is timed and carries none. A short
    round makes so few invocations that the tool's lines give all of them; a traced one is watched
    by the phone's system trace, which tells each invocation and costs time. A cold launch finds no
    compiled cache, a warm one that of the launch before. Sustained ones follow each other without
    a pause.
    """

    PROBE = "probe"
    ROUND = "round"
    SHORT = "short"
    TRACED = "traced"
    COLD = "cold"
    WARM = "warm"
    SUSTAINED = "sustained"


# Both are written after the last invocation, so that no timed one pays for them.
_FREE: tuple[Mapping[str, str], ...] = ({"samples_file": SAMPLES}, {"result_file_path": RESULT})

_EVIDENCE: Mapping[LaunchKind, tuple[Mapping[str, str], ...]] = {
    LaunchKind.PROBE: (
        {"export_model_runtime_info": "true", "model_runtime_info_output_file": RUNTIME_INFO},
        # LiteRT's tool has no switch beside the file (litert/tools/benchmark_litert_model.cc).
        {"model_runtime_info_output_file": RUNTIME_INFO},
        {"output_filepath": OUTPUTS},
        {"compile_alone": "true"},
        {
            "enable_op_profiling": "true",
            "op_profiling_output_mode": "csv",
            "op_profiling_output_file": PROFILE,
        },
    ),
}
"""Groups of flags that are sent where the tool has all flags of the group; the rest has _FREE."""

_STATE_DUMP = {"print_postinvoke_state": "true"}
"""The same account as the runtime info, for tools before TensorFlow 2.18, in the output itself."""

_PROBE_TIMED, _PROBE_WARMUP = 10, 1  # a profile of fewer invocations is mostly of cold ones

PROBE_RUNS = _PROBE_TIMED + _PROBE_WARMUP
"""How often a probe invokes a model, warm-up included: its outputs are those of the last time."""

_PROBE_SETTINGS = {
    "num_runs": str(_PROBE_TIMED),
    "min_secs": "0",
    "max_secs": "60",
    "warmup_runs": str(_PROBE_WARMUP),
    "warmup_min_secs": "0",
}

COLLECTED = (RUNTIME_INFO, OUTPUTS, PROFILE, SAMPLES, RESULT)


def missing_flags(variant: Variant, tool: Tool) -> tuple[str, ...]:
    """Return the variant's flags that the tool's help text does not list."""
    if tool.flags is None:
        return ()
    return tuple(name for name in variant.flags if name not in tool.flags)


OWN_TOOL = "samples_file"
"""A flag that the harness's own tools have and no public build has."""


def unseen_without(flags: frozenset[str]) -> tuple[str, ...]:
    """Return the kinds of evidence that a tool with these flags cannot give, in words.

    What only the harness's own tools give is not among them.
    """
    account = {"model_runtime_info_output_file"} | set(_STATE_DUMP)
    wanted = {
        "an account of its nodes": bool(flags & account),
        "its outputs": "output_filepath" in flags,
        "a profile of its operators": "enable_op_profiling" in flags,
        "a result file": "result_file_path" in flags,
    }
    return tuple(name for name, there in wanted.items() if not there)


@dataclass(frozen=True)
class Places:
    """Remote folders that a command refers to."""

    graph: str
    push: str = ""
    input_flags: Mapping[str, str] = field(default_factory=dict)
    cache_flags: Mapping[str, str] = field(default_factory=dict)


def build_flags(
    kind: LaunchKind,
    variant: Variant,
    tool: Tool,
    settings: RunSettings,
    places: Places,
    *,
    with_evidence: bool = True,
) -> tuple[str, ...]:
    """Return the command line after the binary, `--flag=value` each, the graph first.

    Run settings are always sent: the defaults of tools differ by version. An evidence flag goes
    out only if the tool has it; a variant's flags go out as they are.
    """
    flags: dict[str, str] = {"graph": places.graph}
    own = settings_of(kind, settings)
    flags |= _PROBE_SETTINGS if kind is LaunchKind.PROBE else _round_settings(own)
    flags |= places.input_flags
    flags |= {name: fill(value, places.push) for name, value in variant.flags.items()}
    flags |= places.cache_flags
    if with_evidence:
        flags |= _evidence_flags(kind, tool.flags or frozenset())
    return tuple(f"--{name}={value}" for name, value in flags.items())


def settings_of(kind: LaunchKind, settings: RunSettings) -> RunSettings:
    """Return what a kind of launch makes of a cell's run settings."""
    if kind is LaunchKind.SUSTAINED:
        return settings.sustained
    if kind is LaunchKind.SHORT:
        return settings.model_copy(update={"num_runs": SHORT_RUNS, "min_secs": 0.0})
    return settings.init_only if kind in (LaunchKind.COLD, LaunchKind.WARM) else settings


def _evidence_flags(kind: LaunchKind, known: frozenset[str]) -> dict[str, str]:
    flags: dict[str, str] = {}
    for group in _EVIDENCE.get(kind, _FREE):
        if known.issuperset(group):
            flags |= group
    lacks_account = "model_runtime_info_output_file" not in flags
    if kind is LaunchKind.PROBE and lacks_account and known.issuperset(_STATE_DUMP):
        flags |= _STATE_DUMP
    return flags


def fill(value: str, push: str) -> str:
    """Put the folder of pushed files into a flag's or variable's value."""
    return value.replace(PUSH_PLACE, push)


def _round_settings(settings: RunSettings) -> dict[str, str]:
    return {
        "num_runs": str(settings.num_runs),
        "min_secs": _number(settings.min_secs),
        "max_secs": _number(settings.max_secs),
        "warmup_runs": str(settings.warmup_runs),
        "warmup_min_secs": _number(settings.warmup_min_secs),
    }


def _number(value: float) -> str:
    return f"{value:g}"
