"""Lines put together again that a terminal, a person or a shell's backslash broke.

Two kinds of break are told apart. One inside a sentence that the tool is known to print proves
itself: the pieces make the sentence. Once that was seen, the text's width is known, and lines of
free content (flags, paths, counts) that reach it go on in the next line too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from harness.parse.lines import Line, join_lines, read_line
from harness.parse.patterns import (
    COMMAND,
    DEVICE_COUNTER_READ,
    STATS_LINE,
    UNSUPPORTED_OP,
    Code,
    match_line,
)
from harness.parse.profile import is_row

_SENTENCES = (
    "Replacing ",
    "Explicitly applied ",
    "Though ",
    "nference timings in us",
    "operations",
    "count=",
    "Note: as the benchmark",
    "footprint",
    "Initializing",
    "(avg):",
    "Model:",
    "%",
)
_NOTE = re.compile(
    r"Note: as the benchmark tool itself affects memory footprint, the following is only "
    r"APPROXIMATE to the actual memory footprint of the model at runtime\. Take the information "
    r"at your discretion\.$"
)
_MAX_WRAPS = 5  # an 80-column terminal breaks an absl line of the longest sentence so often
_NARROWEST, _WIDEST = 40, 400
_NEVER_ALONE = frozenset({Code.REPLACING, Code.STATS, Code.TIMINGS})
_FIELD = re.compile(r"[\d.e+]{0,16}\s?(?:curr|min|max|avg|std|p5|median|p95)=")


def unwrap(lines: Sequence[Line]) -> Iterator[Line]:
    """Yield the lines with broken ones whole."""
    proven = _proven(lines)
    width = _width(lines, proven)
    position = 0
    while position < len(lines):
        line = lines[position]
        if position in proven:
            line, taken = proven[position]
            position += taken
        elif _shell_goes_on(line):
            line, position = _shell_line(lines, position)
        elif width is not None:
            line, taken = _by_width(lines, position, width)
            position += taken
        position += 1
        yield line


def _shell_goes_on(line: Line) -> bool:
    """Whether a shell line ends in its shell's sign of continuation."""
    return line.text.endswith(("^", "\\")) and ("--" in line.text or "benchmark" in line.text)


def _shell_line(lines: Sequence[Line], position: int) -> tuple[Line, int]:
    line = lines[position]
    while position + 1 < len(lines) and _shell_goes_on(line) and len(line.text) < _MAX_SHELL:
        position += 1
        line = join_lines(line._replace(text=line.text[:-1]), lines[position], separator=" ")
    return line, position


_MAX_SHELL = 4000


def _proven(lines: Sequence[Line]) -> dict[int, tuple[Line, int]]:
    """Return the broken sentences: by position, the whole line and how many more it took."""
    found: dict[int, tuple[Line, int]] = {}
    widest = max((len(line.raw) for line in lines), default=0)
    for position, line in enumerate(lines):
        if not any(part in line.text for part in _SENTENCES):
            continue
        rest = _continuations(lines, position)
        if not rest or (_is_whole(line.text) and not _FIELD.match(rest[0].text)):
            continue
        for taken in range(1, len(rest) + 1):
            whole = _first_whole(line, rest[:taken], hard=len(line.raw) == widest)
            if whole is not None:
                found[position] = whole, taken
            if whole is not None and len(rest[taken - 1].raw) < widest:
                break  # the last piece ends before the edge: nothing was broken there
    return found


def _continuations(lines: Sequence[Line], position: int) -> list[Line]:
    found: list[Line] = []
    for line in lines[position + 1 : position + 1 + _MAX_WRAPS]:
        if not line.may_continue(lines[position]) or len(line.raw) > _WIDEST:
            break
        if match_line(line.text) is not None:
            break
        found.append(line)
    return found


def _first_whole(line: Line, rest: Sequence[Line], *, hard: bool) -> Line | None:
    """Return the pieces as one whole line; a terminal breaks inside of words, a person does not."""
    for separator in ("", " ") if hard else (" ", ""):
        candidate = join_lines(line, *rest, separator=separator)
        if _is_whole(candidate.text):
            return candidate
    return None


def _is_whole(text: str) -> bool:
    if _NOTE.match(text):
        return True
    matched = match_line(text)
    if matched is None:
        return is_row(text)
    code, values = matched
    if code is Code.REPLACING:
        return values[3] is not None and text.endswith(".")
    if code is Code.RESULT and (values[0] or "").endswith("(avg)"):
        return values[2] is not None
    if code is Code.STATS:
        return STATS_LINE.fullmatch(text) is not None
    return True


def _width(lines: Sequence[Line], proven: dict[int, tuple[Line, int]]) -> int | None:
    """Return the columns of the text: None unless a broken sentence reached them."""
    if not proven:
        return None
    widest = max(len(line.raw) for line in lines)
    reached = any(_reaches(lines[at].raw, lines[at + 1].raw, widest) for at in proven)
    return widest if reached and _NARROWEST <= widest <= _WIDEST else None


def _reaches(piece: str, following: str, width: int) -> bool:
    """Whether the next line's first word would not have stood in this line."""
    return len(piece) + 1 + len(following.split(" ", 1)[0]) > width


def _by_width(lines: Sequence[Line], position: int, width: int) -> tuple[Line, int]:
    """Put a line together that reaches the width, if what comes of it says more."""
    line = lines[position]
    pieces = [line.raw]
    best: tuple[Line, int] = (line, 0)
    for taken, following in enumerate(lines[position + 1 : position + 1 + _MAX_WRAPS], start=1):
        if following.depth or not following.text:
            break
        if not _reaches(pieces[-1], following.raw, width):
            break
        if _meaning(following) is not None:
            break
        pieces.append(following.raw)
        joined = _says_more(best[0], line.number, pieces, width)
        if joined is not None:
            best = joined, taken
    return best


def _says_more(line: Line, number: int, pieces: Sequence[str], width: int) -> Line | None:
    """Return the pieces as one line, if it is an event that the first alone is not, or a longer."""
    hard = len(pieces[0]) == width
    before = _meaning(line)
    for separator in ("", " ") if hard else (" ", ""):
        candidate = read_line(number, separator.join(pieces))
        after = _meaning(candidate)
        if after is None or before not in (None, after):
            continue
        if after in _NEVER_ALONE and not _is_whole(candidate.text):
            continue
        return candidate
    return None


def _meaning(line: Line) -> Code | None:
    """Say what kind of line it is, as far as its own text shows it."""
    matched = match_line(line.text)
    if matched is not None:
        return matched[0]
    if is_row(line.text) or "======" in line.text:
        return Code.PROFILE
    if not line.worded and UNSUPPORTED_OP.match(line.text):
        return Code.UNSUPPORTED_OP
    if DEVICE_COUNTER_READ.search(line.text):
        return Code.DEVICE_COUNTER
    return Code.COMMAND if COMMAND.search(line.text) else None
