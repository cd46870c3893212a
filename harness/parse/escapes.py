"""Text inside other text: a log as a JSON string, a Python literal, a collector's JSON lines."""

from __future__ import annotations

import re

_TOKEN = re.compile(r'[^"\\]+|\\u[0-9a-fA-F]{4}|\\.|["\\]', re.DOTALL)
_PLAIN = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_LITERAL_START = re.compile(r"[bfru]{0,2}'")  # Python's repr() of a str or of bytes
_LEAST_BREAKS = 3  # a Windows path may hold one or two that look like a newline
_PUNCTUATION = "{}[]:, \t"
_JSON_STARTS = ("{", '"', '["', "[{", "[[")


def is_escaped(line: str) -> bool:
    r"""Whether a physical line holds escaped text: JSON, or several newlines spelt `\n`."""
    stripped = line.lstrip()
    if stripped.startswith(_JSON_STARTS):
        return '"' in stripped
    least = 1 if _LITERAL_START.match(stripped) else _LEAST_BREAKS
    return line.count("\\n") >= least


def unescape(line: str) -> list[str]:
    r"""Return the lines of an escaped physical line.

    In JSON each string is text of its own, so that keys and times of a collector come apart from
    what it collected; what is only JSON's punctuation is left out. Escapes are read once: `\\n` is
    a backslash and an n. One pass, whatever the line holds; an escape that the line's end cuts
    stays as it is.
    """
    stripped = line.lstrip()
    is_json = stripped.startswith(_JSON_STARTS)
    if not is_json and (start := _LITERAL_START.match(stripped)) is not None:
        stripped = stripped[start.end() :]
    text = "".join(_read(piece, is_json=is_json) for piece in _TOKEN.findall(stripped))
    if "\\u" in stripped:  # halves of pairs are put together, one alone is unreadable
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    lines = text.split("\n")
    return [line for line in lines if line.strip(_PUNCTUATION)] if is_json else lines


def _read(piece: str, *, is_json: bool) -> str:
    if piece == '"':
        return "\n" if is_json else piece
    if piece[0] != "\\" or piece == "\\":
        return piece
    if len(piece) > 2:  # noqa: PLR2004 (a backslash, u, four digits)
        return chr(int(piece[2:], base=16))  # noqa: FURB166
    return _PLAIN.get(piece[1], piece[1])
