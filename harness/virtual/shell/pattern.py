"""Shell patterns (`*`, `?`, `[…]`) as regular expressions, and file names that match them."""

from __future__ import annotations

import functools
import re

from harness.virtual.filesystem import Filesystem

MAGIC = "*?["


def escape(text: str) -> str:
    """Return a pattern that matches `text` alone."""
    return re.sub(r"([*?\[\]\\!-])", r"\\\1", text)


def unescape(pattern: str) -> str:
    """Return the text that a pattern without magic stands for."""
    return re.sub(r"\\(.)", r"\1", pattern, flags=re.DOTALL)


def has_magic(pattern: str) -> bool:
    """Whether a pattern matches more than one text."""
    return any(char in MAGIC for char in re.sub(r"\\.", "", pattern, flags=re.DOTALL))


@functools.lru_cache(maxsize=256)
def compiled(pattern: str, *, greedy: bool = True) -> re.Pattern[str]:
    """Translate a pattern."""
    out = []
    at = 0
    star = ".*" if greedy else ".*?"
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char == "*":
            out.append(star)
        elif char == "?":
            out.append(".")
        elif char == "\\" and at < len(pattern):
            out.append(re.escape(pattern[at]))
            at += 1
        elif char == "[" and (end := _class_end(pattern, at)) > 0:
            out.append(_class(pattern[at:end]))
            at = end + 1
        else:
            out.append(re.escape(char))
    return re.compile("".join(out), re.DOTALL)


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text matches."""
    return compiled(pattern).fullmatch(text) is not None


def expand_names(files: Filesystem, cwd: str, pattern: str) -> list[str]:
    """Return the sorted paths that match, as they were asked for: relative or absolute."""
    found = ["/"] if pattern.startswith("/") else [""]
    for part in pattern.strip("/").split("/"):
        found = [path for base in found for path in _step(files, cwd, base, part)]
    return sorted(found)


def _step(files: Filesystem, cwd: str, base: str, part: str) -> list[str]:
    joined = base if not base or base.endswith("/") else base + "/"
    folder = base if base.startswith("/") else f"{cwd}/{base}"
    if not has_magic(part):
        name = unescape(part)
        return [joined + name] if files.exists(f"{folder}/{name}") else []
    try:
        names = files.listdir(folder)
    except OSError:
        return []
    hidden = part.startswith(".")
    return [joined + n for n in names if matches(part, n) and (hidden or not n.startswith("."))]


def _class_end(pattern: str, start: int) -> int:
    """Return where the `]` of a class stands, or -1 when `[` stands for itself."""
    at = start + (pattern[start : start + 1] in ("!", "^"))
    at += pattern[at : at + 1] == "]"
    while at < len(pattern) and pattern[at] != "]":
        close = pattern.find(":]", at + 2) if pattern.startswith("[:", at) else -1
        at = close + 2 if close > 0 else at + 1
    return at if at < len(pattern) else -1


_NAMED = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "a-zA-Z0-9",
    "space": r"\s",
    "upper": "A-Z",
    "lower": "a-z",
    "punct": r"!-/:-@\[-`{-~",
    "xdigit": "0-9a-fA-F",
    "blank": r" \t",
    "print": " -~",
    "cntrl": r"\x00-\x1f\x7f",
}


def _class(body: str) -> str:
    negated = body[:1] in ("!", "^")
    body = body[negated:]
    body = re.sub(r"\[(?!:\w+:\])", r"\\[", body)
    body = re.sub(r"\[:(\w+):\]", lambda m: _NAMED.get(m.group(1), ""), body)
    if body.startswith("]"):
        body = "\\" + body
    return f"[{'^' if negated else ''}{body}]"
