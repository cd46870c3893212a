"""What a phone's log adds to the output of a tool, line by line.

On Android the tool and its runtime write to their streams and to the log (tag `tflite`), so that
most of the log repeats the output. Other libraries in the tool's process, NNAPI's runtime among
them, write to the log alone; and what a crashed tool still had in its buffer is only there.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from harness.parse.lines import split_lines

TAGS = frozenset(
    {
        # the tool, LiteRT and absl
        "tflite",
        "litert",
        "native",
        # the loader and the C library
        "linker",
        "linker64",
        "libc",
        # packages/modules/NeuralNetworks, each by the name of its file
        "Manager",
        "ModelBuilder",
        "CompilationBuilder",
        "ExecutionBuilder",
        "ExecutionPlan",
        "CpuExecutor",
        "NeuralNetworks",
        "TypeManager",
        "ValidateHal",
    }
)
"""Tags of lines that may mean something here; others have words of their own for other things."""

_THREADTIME = re.compile(
    r"(?:\d{4}-)?\d\d-\d\d \d\d:\d\d:\d\d\.\d{3,9}\s{1,4}(?:\S{1,32}\s{1,8})?"
    r"\d{1,7}\s{1,8}\d{1,7} [VDIWEFA] ([^:]{1,128}?)\s{0,32}:"
)


def only_news(log: str, output: str) -> str:
    """Return the log with all lines emptied that are of no known tag or repeat the output.

    Line numbers stay. A line that begins as one of the output's does repeats it too: the log cuts
    messages after 1023 characters (liblog's LOG_BUF_SIZE).
    """
    known = sorted({line.text for line in split_lines(output) if line.text})
    return "\n".join(_news(log, known))


def _news(log: str, known: list[str]) -> Iterator[str]:
    for physical in log.split("\n"):
        match = _THREADTIME.match(physical)
        if match is None or match[1] not in TAGS or _repeats(physical, known):
            yield ""
        else:
            yield physical


def _repeats(physical: str, known: list[str]) -> bool:
    line = next(iter(split_lines(physical)), None)
    if line is None:
        return True  # an empty message
    text = line.text
    place = bisect_left(known, text)
    return place < len(known) and known[place].startswith(text)
