"""Lines of a log, freed of whatever logcat, CI systems, Python and absl put in front of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

MAX_LINE = 4096
"""Characters kept of a line. The tool's longest line, its memory note, has 220; what comes from a
device is untrusted, and this bound keeps every pattern's cost per line constant."""

_MAX_PREFIXES = 6  # a CI stamp, a shell's bracket, logcat, a severity and a source file can stack


@dataclass(frozen=True)
class Line:
    """One line of a log: `number` counts from 1, `text` is without prefixes.

    `severity` is the first letter of the word or logcat level it carried (V, D, I, W, E, F), if
    any; `worded` tells that it was a word, which starts a message of its own. `bare` tells that
    nothing was stripped: such a line may be the continuation of the one before it.
    """

    number: int
    text: str
    raw: str
    severity: str | None = None
    worded: bool = False
    bare: bool = True


_STAMP = r"(?:\d{4}-)?\d\d-\d\d[ T]\d\d:\d\d:\d\d[.,]\d{3,9}(?:Z|[+-]\d\d:?\d\d)?"
_CLOCK = r"\d\d:\d\d:\d\d\.\d{3}"

# the words of the tool (INFO, WARN, ERROR, FATAL) and of the runtime
_SEVERITY = r"(?P<level>[IWEVF])(?:NFO|ARN|ARNING|RROR|ERBOSE|ATAL): ?"

_PREFIXES: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern)
    for pattern in (
        # logcat -v threadtime (also with a year, a zone or a uid column)
        (
            rf"{_STAMP}\s{{1,4}}(?:\S{{1,32}}\s{{1,8}})?\d{{1,7}}\s{{1,8}}\d{{1,7}}\s"
            r"(?P<level>[VDIWEFA])\s[^:]{1,128}?\s{0,32}: ?"
        ),
        # logcat -v time
        rf"{_STAMP}\s(?P<level>[VDIWEFA])/[^(:]{{1,64}}\(\s{{0,8}}\d{{1,7}}\): ?",
        # Android Studio until 2022: date, pid-tid/package, level/tag
        rf"{_STAMP}\s\d{{1,7}}-\d{{1,7}}/\S{{1,128}}\s(?P<level>[VDIWEFA])/[^:]{{1,64}}: ?",
        # Android Studio since 2022: [date] time [pid-tid] tag package level
        (
            rf"(?:\d{{4}}-\d\d-\d\d )?{_CLOCK}\s{{1,8}}(?:\d{{1,7}}-\d{{1,7}}\s{{1,8}})?"
            r"[\w.$-]{1,64}\s{1,64}[\w.:$-]{1,128}\s{1,32}(?P<level>[VDIWEFA])\s{1,2}"
        ),
        # NSLog and os_log
        rf"{_STAMP}\s\S{{1,64}}\[\d{{1,7}}:\d{{1,10}}\]\s",
        # Python's logging, as LiteRT's own Python tool sets it up
        (
            r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:[.,]\d{1,6})? "
            r"(?P<level>[DIWEC])(?:EBUG|NFO|ARNING|RROR|RITICAL) [\w.]{1,64}: ?"
        ),
        # GitHub Actions and other log collectors
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)\s",
        # logcat -v brief and -v tag
        r"(?P<level>[VDIWEF])/[\w.$-]{1,64}\s{0,32}(?:\(\s{0,8}\d{1,7}\))?: ?",
        r"(?P<level>[VDIWEF]) [\w.$-]{1,64}\s{0,32}: ?",
        # absl
        r"(?P<level>[IWEF])\d{4} \d\d:\d\d:[\d.]{2,24}\s{1,8}\d{1,10} [\w./-]{1,200}:\d{1,6}\] ?",
        _SEVERITY,
        # litert/c/internal/litert_logging.cc
        r"\[[\w.\\/-]{1,256}\.(?:cc|h|mm|cpp):\d{1,6}\] ?",
        # fields of CI systems and kernel clocks; a table's `[node type]` goes too
        r"(?:\[[^\]\[]{1,80}\]\s{0,4}){1,8}(?=\S)",
    )
)

_ANSI = re.compile(r"\x1b\[[0-9;]{0,16}[A-Za-z]")


def split_lines(text: str) -> Iterator[Line]:
    """Yield the lines of `text` in order, without line ends, NULs, colours and prefixes.

    Lines of a JSON string (newlines as two characters) are taken apart and share a number. A
    line that iOS prints twice, bare and with its severity, is yielded once.
    """
    previous: Line | None = None
    for number, physical in enumerate(text.split("\n"), start=1):
        for raw in _unescape(physical):
            line = _strip(number, raw)
            if previous is not None and _is_echo(previous, line):
                previous = None
                continue
            previous = line
            yield line


def _unescape(physical: str) -> Iterable[str]:
    if physical.count("\\n") < 3:  # noqa: PLR2004 (a Windows path may hold one or two)
        return (physical,)
    return physical.replace("\\r", "").replace("\\t", "\t").split("\\n")


def _is_echo(first: Line, second: Line) -> bool:
    return (
        bool(second.text)
        and first.text == second.text
        and (first.severity is None) != (second.severity is None)
    )


def _strip(number: int, raw: str) -> Line:
    raw = raw[:MAX_LINE].replace("\0", "").strip("\r")
    if "\x1b" in raw:
        raw = _ANSI.sub("", raw)
    text = raw.strip()
    severity: str | None = None
    worded = False
    start = 0
    for _ in range(_MAX_PREFIXES):
        match = _match_prefix(text, start)
        if match is None:
            break
        severity = match.groupdict().get("level") or severity
        worded = worded or match.re.pattern == _SEVERITY
        start = match.end()
        while start < len(text) and text[start] == " ":
            start += 1
    return Line(number, text[start:], raw, severity, worded, bare=start == 0)


def _match_prefix(text: str, start: int) -> re.Match[str] | None:
    # Every prefix starts with a digit, a capital or a bracket; most lines of a table do not.
    if start >= len(text) or not (text[start] in "[VDIWEFA" or text[start].isdigit()):
        return None
    for pattern in _PREFIXES:
        match = pattern.match(text, start)
        if match is not None:
            return match
    return None


def join_lines(first: Line, *rest: Line, separator: str) -> Line:
    """Make one line of a line and its continuations; number and severity are the first's."""
    parts = [first.text, *(line.text for line in rest)]
    return replace(first, text=separator.join(parts)[:MAX_LINE])
