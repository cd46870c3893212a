"""What a line means: the one row of the table of wordings that it matches, found quickly."""

from __future__ import annotations

import re

from harness.parse.patterns import PARAMETER, TABLE, Code

Match = tuple[Code, tuple[str | None, ...]]
"""An event and the groups of its pattern."""

_Row = tuple[Code, str, re.Pattern[str]]
_PATTERNS: tuple[_Row, ...] = tuple(
    (code, hint, re.compile(pattern)) for code, hint, pattern in TABLE
)


def _firsts(pattern: str) -> frozenset[str] | None:
    """Return the characters with which a match of a pattern of the table may begin; None for any.

    It knows the few shapes that stand at the beginning of a pattern here: a literal, a digit, and
    alternatives of them in a group.
    """
    if pattern.startswith("\\d"):
        return frozenset("0123456789")
    if not pattern.startswith("("):
        literal = re.match(r"[\w`-](?![?*{])", pattern)
        return frozenset(literal[0]) if literal else None
    alternatives, rest = _group(pattern)
    if rest[:1] in ("?", "*", "{"):
        return None
    found = [_firsts(one or rest) for one in alternatives]
    return None if None in found else frozenset().union(*(one for one in found if one))


def _group(pattern: str) -> tuple[list[str], str]:
    """Take a leading group apart: its alternatives, and what follows it."""
    depth, alternatives, begin = 0, [], pattern.startswith("(?:") * 2 + 1
    for position, character in enumerate(pattern):
        if character in "()" and pattern[position - 1 : position] != "\\":
            depth += 1 if character == "(" else -1
        if depth == 0 or (depth == 1 and character == "|"):
            alternatives.append(pattern[begin:position])
            begin = position + 1
        if depth == 0:
            break
    return alternatives, pattern[begin:]


_FIRSTS = tuple(_firsts(pattern) for _, _, pattern in TABLE)
_ANYWHERE: tuple[_Row, ...] = tuple(
    row for row, firsts in zip(_PATTERNS, _FIRSTS, strict=True) if firsts is None
)
_BY_FIRST: dict[str, tuple[_Row, ...]] = {
    first: tuple(
        row
        for row, firsts in zip(_PATTERNS, _FIRSTS, strict=True)
        if firsts is None or first in firsts
    )
    for first in frozenset().union(*(firsts for firsts in _FIRSTS if firsts))
}
"""The rows that a line may match, by its first character: a tenth of the table, mostly."""


def match_line(text: str) -> Match | None:
    """Say what a line without prefixes means: its event and the pattern's groups, or None."""
    for code, hint, pattern in _BY_FIRST.get(text[:1], _ANYWHERE):
        if hint in text:
            match = pattern.match(text)
            if match is not None:
                return code, match.groups()
    match = PARAMETER.match(text) if ": [" in text else None
    return (Code.PARAMETER, match.groups()) if match is not None else None
