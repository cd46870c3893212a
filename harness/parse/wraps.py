"""Lines put together again that a terminal, a person or a shell's backslash broke.

Two kinds of break are told apart. One inside a sentence that the tool is known to print proves
itself: the pieces make the sentence. Once that was seen, the text's width is known, and lines of
free content (flags, paths, rows) that reach it go on in the next line too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from harness.parse.lines import Line, join_lines, read_line
from harness.parse.matching import Match, match_line
from harness.parse.patterns import (
    COMMAND,
    DEVICE_COUNTER_READ,
    STATS_LINE,
    UNSUPPORTED_OP,
    Code,
)
from harness.parse.profile import is_row

_SENTENCE = re.compile(
    r"Replacing |Explicitly applied |Though |nference timings in us|operations|count=|"
    r"Note: as the benchmark|footprint|Initializing|Selected adapter|\(avg\):|Model:|%"
)
_NOTE = re.compile(
    r"Note: as the benchmark tool itself affects memory footprint, the following is only "
    r"APPROXIMATE to the actual memory footprint of the model at runtime\. Take the information "
    r"at your discretion\.$"
)
_FIELD = re.compile(r"[\d.e+]{0,16}\s?(?:curr|min|max|avg|std|p5|median|p95)=")
_MAX_WRAPS = 5  # an 80-column terminal breaks an absl line of the longest sentence so often
_MAX_SHELL = 4000  # characters of a command line
_NARROWEST, _WIDEST = 40, 400  # columns of a text that a terminal broke
_NEVER_ALONE = frozenset({Code.REPLACING, Code.STATS, Code.TIMINGS})

Read = tuple[Line, Match | None]
"""A line and what it means."""


def unwrap(lines: Sequence[Line]) -> Iterator[Read]:
    """Yield the lines, broken ones whole, each with its meaning."""
    read = [(line, match_line(line.text)) for line in lines]
    proven = _proven(read)
    columns = _columns(read, proven)
    position = 0
    while position < len(read):
        whole, taken = read[position], 0
        line = whole[0]
        if position in proven:
            whole, taken = proven[position]
        elif line.text.endswith(("^", "\\")):
            whole, taken = _shell_line(read, position)
        elif columns is not None:
            whole, taken = _by_width(read, position, *columns)
        position += 1 + taken
        yield whole


def _shell_line(read: Sequence[Read], position: int) -> tuple[Read, int]:
    """Put a command together that goes on over a shell's sign of continuation."""
    line, taken = read[position][0], 0
    while (
        line.text.endswith(("^", "\\"))
        and ("--" in line.text or "benchmark" in line.text)
        and len(line.text) < _MAX_SHELL
        and position + taken + 1 < len(read)
    ):
        taken += 1
        following = read[position + taken][0]
        line = join_lines(line._replace(text=line.text[:-1]), following, separator=" ")
    return (line, match_line(line.text)) if taken else read[position], taken


def _proven(read: Sequence[Read]) -> dict[int, tuple[Read, int]]:
    """Return the broken sentences: by position, the whole line and how many more it took."""
    found: dict[int, tuple[Read, int]] = {}
    widest = max((len(line.raw) for line, _ in read), default=0)
    after = 0  # the pieces of the last one found
    for position, (line, matched) in enumerate(read):
        if position < after or _SENTENCE.search(line.text) is None:
            continue
        rest = _continuations(read, position)
        if not rest or (_is_whole(line.text, matched) and not _FIELD.match(rest[0].text)):
            continue
        for taken in range(1, len(rest) + 1):
            whole = _first_whole(line, rest[:taken], hard=len(line.raw) == widest)
            if whole is not None:
                found[position] = whole, taken
                after = position + taken + 1
            if whole is not None and len(rest[taken - 1].raw) < widest:
                break  # the last piece ends before the edge: nothing was broken there
    return found


def _continuations(read: Sequence[Read], position: int) -> list[Line]:
    found: list[Line] = []
    for line, matched in read[position + 1 : position + 1 + _MAX_WRAPS]:
        if matched or not line.may_continue(read[position][0]) or len(line.raw) > _WIDEST:
            break
        found.append(line)
    return found


def _first_whole(line: Line, rest: Sequence[Line], *, hard: bool) -> Read | None:
    """Return the pieces as one whole line; a terminal breaks inside of words, a person does not."""
    for is_hard in (hard, not hard):
        candidate = _joined(line, rest, hard=is_hard)
        matched = match_line(candidate.text)
        if _is_whole(candidate.text, matched):
            return candidate, matched
    return None


def _joined(line: Line, rest: Sequence[Line], *, hard: bool) -> Line:
    """Put pieces together as they were broken; a terminal keeps the blanks at its edge."""
    if hard and not any(piece.depth for piece in rest):
        return read_line(line.number, line.raw + "".join(piece.raw for piece in rest))
    return join_lines(line, *rest, separator="" if hard else " ")


def _is_whole(text: str, matched: Match | None) -> bool:
    if matched is None:
        return is_row(text) or _NOTE.match(text) is not None
    code, values = matched
    if code is Code.REPLACING:
        return values[3] is not None and text.endswith(".")
    if code is Code.RESULT and (values[0] or "").endswith("(avg)"):
        return values[2] is not None
    if code is Code.STATS:
        return STATS_LINE.fullmatch(text) is not None
    return True


def _columns(read: Sequence[Read], proven: dict[int, tuple[Read, int]]) -> tuple[int, bool] | None:
    """Return the columns of the text, and whether it was broken at them or between words.

    None unless a broken sentence reached them.
    """
    if not proven:
        return None
    width = max(len(line.raw) for line, _ in read)
    breaks = [
        (read[at][0].raw, read[at + 1][0].raw, whole.text) for at, ((whole, _), _) in proven.items()
    ]
    if not any(_reaches(piece, following, width) for piece, following, _ in breaks):
        return None
    hard = all(len(piece) == width for piece, _, _ in breaks) and (
        any(_is_inside_a_word(*one) for one in breaks)
    )
    return (width, hard) if _NARROWEST <= width <= _WIDEST else None


def _is_inside_a_word(piece: str, following: str, whole: str) -> bool:
    """Whether a line was broken where there is no blank, or the blank was kept: at the edge."""
    if piece.endswith(" ") or following.startswith(" "):
        return True
    return f"{piece.rsplit(maxsplit=1)[-1]} {following.split(maxsplit=1)[0]}" not in whole


def _reaches(piece: str, following: str, width: int) -> bool:
    """Whether the next line's first word would not have stood in this line."""
    return len(piece) + 1 + len(following.split(" ", 1)[0]) > width


def _by_width(read: Sequence[Read], position: int, width: int, hard: bool) -> tuple[Read, int]:  # noqa: FBT001
    """Put a line together that reaches the width, if what comes of it says more."""
    line = read[position][0]
    best: tuple[Read, int] = (read[position], 0)
    pieces: list[Line] = []
    edge = line.raw
    for following, matched in read[position + 1 : position + 1 + _MAX_WRAPS]:
        if following.depth or following.after_blank or _meaning(following, matched) is not None:
            break
        if len(edge) != width if hard else not _reaches(edge, following.raw, width):
            break
        pieces.append(following)
        edge = following.raw
        joined = _says_more(best[0], _joined(line, pieces, hard=hard))
        if joined is not None:
            best = joined, len(pieces)
    return best


def _says_more(one: Read, candidate: Line) -> Read | None:
    """Return the pieces as one line, if it is an event that the first alone is not, or a longer."""
    before = _meaning(*one)
    matched = match_line(candidate.text)
    after = _meaning(candidate, matched)
    if after is None or before not in (None, after):
        return None
    if after in _NEVER_ALONE and not _is_whole(candidate.text, matched):
        return None
    return candidate, matched


def _meaning(line: Line, matched: Match | None) -> Code | None:
    """Say what kind of line it is, as far as its own text shows it."""
    if matched is not None:
        return matched[0]
    if is_row(line.text) or "======" in line.text:
        return Code.PROFILE
    if not line.worded and UNSUPPORTED_OP.match(line.text):
        return Code.UNSUPPORTED_OP
    if DEVICE_COUNTER_READ.search(line.text):
        return Code.DEVICE_COUNTER
    return Code.COMMAND if COMMAND.search(line.text) else None
