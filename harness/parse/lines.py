"""Lines of a log, freed of whatever logcat, CI systems, Python and absl put in front of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from harness.parse.escapes import is_escaped, unescape

MAX_LINE = 4096
"""Characters kept of a line. The tool's longest line, its memory note, has 220; what comes from a
device is untrusted, and this bound keeps every pattern's cost per line constant."""

_MAX_PREFIXES = 6  # a CI stamp, a shell's bracket, logcat, a severity and a source file can stack


class Line(NamedTuple):
    """One line of a log: `number` counts from 1, `text` is without prefixes.

    `severity` is the first letter of the word or logcat level it carried (V, D, I, W, E, F), if
    any; `worded` tells that it was a word, which starts a message of its own. `depth` counts the
    prefixes that were taken off.
    """

    number: int
    text: str
    raw: str
    severity: str | None = None
    worded: bool = False
    depth: int = 0
    after_blank: bool = False

    def may_continue(self, first: Line) -> bool:
        """Whether this may be more of the message that `first` began: it has a prefix less."""
        return not self.after_blank and (self.depth == 0 or self.depth < first.depth)


_DAY = r"(?:\d{4}-)?\d\d-\d\d"
_ZONE = r"(?: ?Z| ?[+-]\d\d:?\d\d)?"
_STAMP = rf"{_DAY}[ T]\d\d:\d\d:\d\d[.,]\d{{3,9}}{_ZONE}"
_CLOCK = r"\d\d:\d\d:\d\d\.\d{3}"
_SINCE = r"\d{1,10}\.\d{3,6}"  # logcat -v epoch, -v monotonic
_LEVEL = r"(?P<level>[VDIWEFA])"

# the words of the tool (INFO, WARN, ERROR, FATAL) and of the runtime
_SEVERITY = r"(?P<level>[IWEVF])(?:NFO|ARN|ARNING|RROR|ERBOSE|ATAL): ?"
_PROCESS_STYLE = rf"{_LEVEL}\(\s{{0,8}}\d{{1,7}}(?::\s{{0,8}}\d{{1,7}})?\) "

# What may stand in front of a line, by how it starts: with a digit, a bracket, a level's letter and
# then a slash, a blank, a parenthesis or a digit, or with a word.
_DIGITS = frozenset("0123456789")
_LETTERS = frozenset("VDIWEFAJMSON")
_TABLE: tuple[tuple[str, str], ...] = (
    # logcat -v threadtime (also with a year, a zone or a uid column, or as seconds)
    (
        "0",
        (
            rf"(?:{_STAMP}|{_SINCE})\s{{1,4}}(?:\S{{1,32}}\s{{1,8}})?\d{{1,7}}\s{{1,8}}\d{{1,7}}\s"
            rf"{_LEVEL}\s[^:]{{1,128}}?\s{{0,32}}: ?"
        ),
    ),
    # logcat -v time
    ("0", rf"{_STAMP}\s{_LEVEL}/[^(:]{{1,64}}\(\s{{0,8}}\d{{1,7}}\): ?"),
    # Android Studio until 2022: date, pid-tid/package, level/tag
    ("0", rf"{_STAMP}\s\d{{1,7}}-\d{{1,7}}/\S{{1,128}}\s{_LEVEL}/[^:]{{1,64}}: ?"),
    # Android Studio since 2022: [date] time [pid-tid] tag package level
    (
        "0",
        (
            rf"(?:\d{{4}}-\d\d-\d\d )?{_CLOCK}\s{{1,8}}(?:\d{{1,7}}-\d{{1,7}}\s{{1,8}})?"
            rf"[\w.$-]{{1,64}}\s{{1,64}}[\w.:$-]{{1,128}}\s{{1,32}}{_LEVEL}\s{{1,2}}"
        ),
    ),
    # NSLog and os_log
    ("0", rf"{_STAMP}\s\S{{1,64}}\[\d{{1,7}}:\d{{1,10}}\]\s"),
    # Python's logging, as LiteRT's own Python tool sets it up
    (
        "0",
        (
            r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:[.,]\d{1,6})? "
            r"(?P<level>[DIWEC])(?:EBUG|NFO|ARNING|RROR|RITICAL) [\w.]{1,64}: ?"
        ),
    ),
    # GitHub Actions and other log collectors
    ("0", rf"\d{{4}}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{{1,9}})?{_ZONE}\s"),
    # a clock alone (Jenkins, ts), and the line numbers of `cat -n` and `grep -n`
    ("0", r"\d\d:\d\d:\d\d(?:[.,]\d{1,9})?\s{1,80}"),
    ("0", r"\d{1,7}(?:\t|:(?=[A-Z\[]))"),
    # logcat -v process and -v thread
    ("I(", _PROCESS_STYLE),
    # logcat -v brief and -v tag
    ("I/", rf"{_LEVEL}/[\w.$-]{{1,64}}\s{{0,32}}(?:\(\s{{0,8}}\d{{1,7}}\))?: ?"),
    ("I ", rf"{_LEVEL} [\w.$-]{{1,64}}\s{{0,32}}: ?"),
    # absl
    (
        "I0",
        r"(?P<level>[IWEF])\d{4} \d\d:\d\d:[\d.]{2,24}\s{1,8}\d{1,10} [\w./-]{1,200}:\d{1,6}\] ?",
    ),
    ("Info", _SEVERITY),
    # syslog and journald
    (
        "Info",
        (
            r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d\d:\d\d:\d\d "
            r"[\w.-]{1,64} [^\s:\[]{1,64}(?:\[\d{1,7}\])?: ?"
        ),
    ),
    # litert/c/internal/litert_logging.cc
    ("[", r"\[[\w.\\/-]{1,256}\.(?:cc|h|mm|cpp):\d{1,6}\] ?"),
    # fields of CI systems and kernel clocks; a table's `[node type]` goes too
    ("[", r"(?:\[[^\]\[]{1,80}\]\s{0,80}){1,8}(?!$)"),
    # a quotation, as in mail and Markdown
    (">", r"(?:> ?){1,8}"),
)
_PREFIXES: dict[str, tuple[re.Pattern[str], ...]] = {
    start: tuple(re.compile(pattern) for key, pattern in _TABLE if key == start)
    for start, _ in _TABLE
}
# docker compose, and farms that put a name and a bar before a line
_NAMED = re.compile(r"[\w.-]{1,64}\s{0,32}\| ")
_ANSI = re.compile(r"\x1b\[[0-9;?]{0,16}[A-Za-z]")
_TAG_BEHIND = re.compile(r"  \([\w.$-]{1,64}\s{0,32}\)$")  # of logcat -v process


def split_lines(text: str, *, repeats: bool = False) -> Iterator[Line]:
    """Yield the lines of `text` in order, without line ends, NULs, colours and prefixes.

    Blank ones are counted and left out. Lines that share a physical line (of a JSON string, of a
    progress bar) share its number. A line that follows its equal is left out unless `repeats`: iOS
    prints lines twice, with and without their severity, and so do two handlers of a logger; the
    tool's own files do not.
    """
    plain = not any(character in text for character in '\r\0\x1b\\"')
    previous = ""
    after_blank = False
    for number, physical in enumerate(text.split("\n"), start=1):
        if not physical or physical.isspace():
            after_blank, previous = True, ""
            continue
        for raw in (physical,) if plain else _pieces(physical):
            line = read_line(number, raw, after_blank=after_blank)
            after_blank = not line.text
            if line.text and (repeats or line.text != previous):
                yield line
            previous = line.text


def read_line(number: int, raw: str, *, after_blank: bool = False) -> Line:
    """Take the prefixes off one line."""
    raw = raw[:MAX_LINE]
    text = raw.strip()
    severity: str | None = None
    worded = False
    start = depth = 0
    while depth < _MAX_PREFIXES:
        match = _match_prefix(text, start)
        if match is None:
            break
        depth += 1
        severity = match.groupdict().get("level") or severity
        pattern = match.re.pattern
        worded = worded or pattern == _SEVERITY
        if pattern == _PROCESS_STYLE:
            text = _TAG_BEHIND.sub("", text)
        start = match.end()
        while start < len(text) and text[start] == " ":
            start += 1
    return Line(number, text[start:], raw, severity, worded, depth, after_blank)


def _pieces(physical: str) -> list[str]:
    """Take a physical line apart: escaped text, and what carriage returns overwrote."""
    physical = physical.replace("\0", "")
    if "\x1b" in physical:
        physical = _ANSI.sub("", physical)
    lines = unescape(physical) if is_escaped(physical) else [physical]
    pieces = [piece for line in lines for piece in line.strip("\r").split("\r")]
    return [_ANSI.sub("", piece) if "\x1b" in piece else piece for piece in pieces]


def _match_prefix(text: str, start: int) -> re.Match[str] | None:
    if start >= len(text):
        return None
    for pattern in _PREFIXES.get(_start_of(text, start), ()):
        match = pattern.match(text, start)
        if match is not None:
            return match
    return _NAMED.match(text, start) if start == 0 and "| " in text else None


def _start_of(text: str, start: int) -> str:
    first, second = text[start], text[start + 1 : start + 2]
    if first in _DIGITS:
        return "0"
    if first not in _LETTERS:
        return first
    if second in _DIGITS:
        return "I0"
    return "I" + second if second in ("/", " ", "(") else "Info"


def join_lines(first: Line, *rest: Line, separator: str) -> Line:
    """Make one line of a line and its continuations; number and severity are the first's."""
    parts = [first.text, *(line.text for line in rest)]
    return first._replace(text=separator.join(parts)[:MAX_LINE])
