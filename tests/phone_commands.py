"""Which programs a piece of shell text runs on a phone, by the project's own parser of mksh."""

from __future__ import annotations

import ast
import contextlib
import dataclasses
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import harness
from harness.device.adb.commands import BUILTINS, COMMANDS, VERBS
from harness.virtual.shell.parser import Parser
from harness.virtual.shell.syntax import ShellSyntaxError, Simple, Text

PRODUCT = Path(harness.__file__).parent

LISTED = frozenset(one.name for one in COMMANDS)
_RUNNERS = {"env": 0, "setsid": 0, "nohup": 0, "taskset": 1, "exec": 0, "command": 0}
"""Programs that run the program behind them, and how many words of their own come first."""


@lru_cache(maxsize=4096)
def programs_in(text: str) -> frozenset[str]:
    """Return the names of all programs that the text may run, as rows of the table have them."""
    functions: set[str] = set()
    names: set[str] = set()
    parser = Parser(text)
    while (lines := parser.next_list()) is not None:
        names.update(_names(lines, functions))
    return frozenset(names - functions)


def unlisted(text: str) -> frozenset[str]:
    """Return the programs of the text that the table does not have."""
    ours = (name for name in programs_in(text) if not name.startswith(("/", "./")))
    return frozenset(ours) - LISTED


def _names(node: Any, functions: set[str]) -> Iterator[str]:
    if isinstance(node, Simple):
        yield from _of_words([_literal(word) for word in node.words])
    if type(node).__name__ == "Function":
        functions.add(node.name)
    if dataclasses.is_dataclass(node):
        for one in dataclasses.fields(node):
            yield from _names(getattr(node, one.name), functions)
    elif isinstance(node, tuple | list):
        for one in node:
            yield from _names(one, functions)


def _literal(word: tuple[Any, ...]) -> str | None:
    """Return a word that is the same whatever the variables hold, else None."""
    if all(isinstance(part, Text) for part in word):
        return "".join(part.text for part in word)
    return None


def _of_words(words: list[str | None]) -> Iterator[str]:
    if not words or words[0] is None:
        return
    name, rest = words[0], words[1:]
    if name not in BUILTINS:
        verb = next((word for word in rest if word and not word.startswith("-")), None)
        yield f"{name} {verb}" if name in VERBS and verb else name
    if name == "command" and rest[:1] == ["-v"]:
        return  # asks for a program and runs none
    if name in _RUNNERS:
        behind = rest
        while behind and behind[0] is not None and (behind[0][:1] == "-" or "=" in behind[0]):
            behind = behind[1:]
        yield from _of_words(behind[_RUNNERS[name] :])
    # Of `sh job.sh …` the words behind are those of the tool, which is no program of ours.
    if name in ("sh", "mksh") and rest[:1] == ["-c"] and len(rest) > 1 and rest[1] is not None:
        yield from programs_in(rest[1])


def where_used() -> dict[str, set[str]]:
    """Return the files of the product whose shell text runs each program of the table."""
    found: dict[str, set[str]] = {name: set() for name in LISTED}
    for path in sorted(PRODUCT.rglob("*")):
        if path.is_relative_to(PRODUCT / "virtual") or path.name == "commands.py":
            continue
        ours = path.is_relative_to(PRODUCT / "device" / "adb") and path.name != "private.py"
        for text in _texts(path):
            if not ours and " " not in text:
                continue  # a word alone is shell text only where all is about shells
            with contextlib.suppress(ShellSyntaxError):
                for name in programs_in(text) & LISTED:
                    found[name].add(path.relative_to(PRODUCT.parent).as_posix())
    return found


def _texts(path: Path) -> Iterator[str]:
    """Yield what may be shell text: scripts, and strings of modules that are no docstrings."""
    if path.suffix == ".sh":
        yield path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    prose = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values
            )
        elif isinstance(node, ast.Constant) and id(node) not in prose:
            yield str(node.value)
