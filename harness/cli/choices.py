"""Options that take words of a closed set, separated by commas."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from harness.errors import UsageError

_E = TypeVar("_E", bound=StrEnum)


def parse_words(option: str, text: str | None, words: type[_E]) -> tuple[_E, ...]:
    """Read `a,b` as members of `words`; nothing said is none of them.

    Raises:
        UsageError: a word is none of them.
    """
    found = []
    for word in (text or "").split(","):
        name = word.strip()
        if not name:
            continue
        try:
            found.append(words(name))
        except ValueError:
            raise UsageError(
                f"{option} {name}: no such word", next_step=f"use some of {', '.join(words)}"
            ) from None
    return tuple(dict.fromkeys(found))
