"""The help text of a `benchmark_model`: which flags it has, and so which dialect it speaks.

The table is written by `Flags::Usage` (tflite/tools/command_line_flags.cc): a tab, the column
`--name=default` (padded to one width since TF 2.3, bare before), a tab, the type, a tab,
`optional` or `required`, a tab, the sentence. Both tools share that writer and most base flags.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from harness.bench.variant import Dialect

_ROW = re.compile(
    r"""^\s*--(?P<name>[A-Za-z][\w-]*)=(?P<default>.*?)\s+
        (?P<type>bool|int32|int64|float|string)\s+
        (?P<need>optional|required)\b\s*(?P<text>.*)$""",
    re.VERBOSE,
)

# Only BenchmarkLiteRtModel::GetFlags adds these (litert/tools/benchmark_litert_model.h).
_COMPILED_MODEL_ONLY = frozenset(
    {"use_npu", "use_cpu", "gpu-precision", "dispatch_library_path", "compiler_plugin_library_path"}
)
# From the delegate registry (tflite/tools/delegates) or BenchmarkTfLiteModel; never in the other.
# `input_layer` is such a flag too, but the harness's own compiled-model tool has it.
_INTERPRETER_ONLY = frozenset({"use_xnnpack", "enable_op_profiling", "use_legacy_nnapi"})
# Both have had these since the first release.
_EVERY_BENCHMARK = frozenset({"graph", "num_runs"})


@dataclass(frozen=True)
class HelpText:
    """A parsed help text: `defaults` maps each flag (no dashes) to the default it prints.

    `required` names the flags without which the tool refuses to start.
    """

    defaults: Mapping[str, str]
    required: frozenset[str] = frozenset()

    @property
    def flags(self) -> frozenset[str]:
        """The names of all flags, without dashes."""
        return frozenset(self.defaults)

    @property
    def looks_like_benchmark_model(self) -> bool:
        """Whether the flags are those of a benchmark tool of either dialect."""
        return self.flags >= _EVERY_BENCHMARK

    @property
    def dialect(self) -> Dialect | None:
        """The dialect; None when this is no help text of a benchmark tool."""
        if not self.looks_like_benchmark_model:
            return None
        if self.flags & _COMPILED_MODEL_ONLY and not self.flags & _INTERPRETER_ONLY:
            return Dialect.COMPILED_MODEL
        return Dialect.INTERPRETER


def parse_help(text: str) -> HelpText:
    """Read a help text, whatever stands around it: log prefixes, CRLF, the shell's own lines.

    A flag that stands twice (a delegate provider repeats `num_threads`) keeps its first default,
    since the tool's parser fills the first match (tflite/tools/command_line_flags.cc).
    """
    defaults: dict[str, str] = {}
    required: set[str] = set()
    for line in text.splitlines():
        row = _ROW.match(_without_log_prefix(line))
        if row is None:
            continue
        defaults.setdefault(row["name"], row["default"])
        if row["need"] == "required":
            required.add(row["name"])
    return HelpText(defaults=defaults, required=frozenset(required))


_LOG_PREFIX = re.compile(
    r"^(?:.*?\b(?:INFO|WARN|WARNING|ERROR|VERBOSE):|[VDIWEF]/\S+\s*\(\s*\d+\):)\s*"
)


def _without_log_prefix(line: str) -> str:
    """Drop `ERROR: ` or a logcat prefix, unless a flag already starts the line."""
    if line.lstrip().startswith("--"):
        return line
    return _LOG_PREFIX.sub("", line, count=1)
