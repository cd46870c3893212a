"""How fast `harness explain` reads, and that its time grows with the text and no faster.

Each kind of text is read at 1 MB and at 10 MB; the last column is the ratio of the times per byte,
which is about 1 where the cost is linear. Python's collector of cycles is off, as in the command.
The kinds after the first are hostile: what a device, or somebody who pastes, may send.

    python benchmarks/explain_speed.py [--quick]
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from harness.verdict.explanation import explain_text

LOGS = Path(__file__).parent.parent / "tests" / "data" / "parse"
MB = 1_000_000
TOO_STEEP = 2.0
"""A quadratic cost would show 10; caches and the machine's mood make up to 1.5 of a linear one."""


def _real(name: str) -> str:
    return (LOGS / f"{name}.log").read_text(encoding="utf-8")


def _logcat(text: str) -> str:
    prefix = "07-14 13:16:26.182 23002 23002 I tflite  : "
    return "".join(f"{prefix}{line}\n" for line in text.splitlines())


KINDS: dict[str, Callable[[], str]] = {
    "runs of the tool": lambda: _real("android_gpu_partial"),
    "runs in logcat": lambda: _logcat(_real("android_gpu_full")),
    "an operator table": lambda: "".join(_real("cpu_profile").splitlines(keepends=True)[4:]),
    "prose": lambda: "The quick brown fox jumps over the lazy dog, and then it goes home.\n",
    "one long line": lambda: "x",
    "one long line of words": lambda: "INFO: STARTING! count=1 ",
    "empty lines": lambda: "\n",
    "prefixes and nothing else": lambda: (
        "[a] [b] 07-14 13:16:26.182 23002 23002 I t : " * 20 + "\n"
    ),
    "lines that nearly match": lambda: (
        "Replacing 12 out of 34 node(s) with delegate (TfLiteGpuDelegateV2) node, yieldi\n"
        "falling back fail fail error Falling back to GPU exception falling back fail fa\n"
        "./run.sh: line 7: ./run.sh: line 7: ./run.sh: line 7: ./run.sh: line 7: Segmen\n"
        "11111111111111111111111111111111111111: [xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"
    ),
    "broken sentences": lambda: "INFO: Replacing \n",
    "a refused list without end": lambda: (
        "Following operations are not supported by GPU delegate:\n" + "ADD: no\n" * 200
    ),
    "deep brackets": lambda: "[",
    "brackets in lines": lambda: "[[[[" * 1000 + "\n",
    "JSON escapes": lambda: json.dumps(_real("android_gpu_partial"))[1:-1],
    "JSON quotes": lambda: '{"a": "\\"\\"\\"\\u001b\\n',
    "backslashes": lambda: "benchmark_model --x \\\n",
    "percent signs": lambda: "Run Order ====== % 1.0% 2.0% 3.0 4\n",
    "starts without an end": lambda: "INFO: STARTING!\nINFO: Created 1 GPU delegate kernels.\n",
    "carriage returns": lambda: "\r 10 %",
    "escape sequences": lambda: "\x1b]0;\x1b[0;32m",
}


def _seconds(text: str) -> float:
    gc.collect()
    gc.disable()
    started = time.perf_counter()
    explain_text(text, "log")
    took = time.perf_counter() - started
    gc.enable()
    return took


def main() -> int:
    """Print one row a kind; the exit status is 1 if a cost is not linear."""
    small, large = (MB // 10, MB) if "--quick" in sys.argv else (MB, 10 * MB)
    print(f"{'kind of text':<28}{small / MB:>6g} MB  {large / MB:>6g} MB     MB/s   per byte")
    steep = 0
    for name, make in KINDS.items():
        unit = make()
        text = unit * (large // len(unit) + 1)
        first = min(_seconds(text[:small]) for _ in range(3))
        second = _seconds(text[:large])
        ratio = (second / large) / (first / small)
        steep += ratio > TOO_STEEP
        speed = large / MB / second
        print(f"{name:<28}{first:>7.2f} s  {second:>7.2f} s  {speed:>7.1f}  {ratio:>8.2f}")
    return int(steep > 0)


if __name__ == "__main__":
    raise SystemExit(main())
