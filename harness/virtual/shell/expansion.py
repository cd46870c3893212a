"""Words to fields: parameters, command substitution, splitting and file names, in that order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from harness.virtual.filesystem import Filesystem
from harness.virtual.shell import arithmetic, pattern
from harness.virtual.shell.syntax import (
    Arithmetic,
    Parameter,
    Sequence,
    Substitution,
    Text,
    Word,
)

_MOST_BYTES = 16 << 20


class ExpansionError(Exception):
    """Raised when a word has no value; it ends a shell that is not interactive."""


class Host(Protocol):
    """What expansion needs of a shell."""

    positional: list[str]

    @property
    def files(self) -> Filesystem:
        """The phone's files."""
        ...

    @property
    def cwd(self) -> str:
        """The working folder."""
        ...

    def get(self, name: str) -> str | None:
        """Return a variable or special parameter; None when it is not set."""
        ...

    def put(self, name: str, value: str) -> None:
        """Set a variable."""
        ...

    async def substitute(self, body: Sequence) -> str:
        """Run commands and return their output without its last newlines."""
        ...

    def option(self, letter: str) -> bool:
        """Whether `set -letter` is on."""
        ...


@dataclass
class _Piece:
    text: str
    quoted: bool


_Field = list[_Piece]


class Expander:
    """Expands words for one shell."""

    def __init__(self, shell: Host) -> None:
        self._shell = shell

    async def fields(self, words: tuple[Word, ...]) -> list[str]:
        """Expand words to what a command gets as its arguments."""
        result: list[str] = []
        for word in words:
            for field in await self._fields(word):
                result += self._names(field)
        return result

    async def text(self, word: Word) -> str:
        """Expand a word to one text: no splitting, no file names."""
        return " ".join(_plain(f) for f in await self._fields(word, split=False))

    async def pattern(self, word: Word) -> str:
        """Expand a word to a pattern in which what was quoted stands for itself."""
        return " ".join(_pattern(f) for f in await self._fields(word, split=False))

    async def number(self, expression: Word) -> int:
        """Return the value of an arithmetic expression."""
        return self.evaluate(await self.text(expression))

    def evaluate(self, text: str) -> int:
        """Return the value of an arithmetic expression that is expanded already."""
        shell = self._shell
        try:
            return arithmetic.evaluate(text, lambda name: shell.get(name) or "", shell.put)
        except arithmetic.ExpressionError as error:
            raise ExpansionError(str(error)) from None

    async def _fields(self, word: Word, *, split: bool = True) -> list[_Field]:
        fields: list[_Field] = []
        open_field: _Field | None = None
        for index, part in enumerate(word):
            if isinstance(part, Text):
                text = part.text
                if index == 0 and not part.quoted and re.match(r"~(/|$)", text):
                    open_field = [_Piece(self._shell.get("HOME") or "/", quoted=True)]
                    text = text[1:]
                open_field = [*(open_field or []), _Piece(text, part.quoted)]
                continue
            if isinstance(part, Parameter) and part.name in "@*" and not part.operator:
                values = list(self._shell.positional)
                if part.name == "*" and part.quoted:
                    values = [self._separator().join(values)]
                elif not values:
                    continue
                pieces = [[_Piece(value, part.quoted or not split)] for value in values]
                if not part.quoted and split:
                    pieces = [p for value in values for p in self._split(value)]
            else:
                chosen = await self._alternative(part) if isinstance(part, Parameter) else None
                if chosen is not None:
                    pieces = await self._fields(chosen, split=split)
                    if isinstance(part, Parameter) and part.quoted:
                        joined = " ".join(_plain(f) for f in pieces)
                        pieces = [[_Piece(joined, quoted=True)]]
                else:
                    value = await self._value(part)
                    if part.quoted or not split:
                        pieces = [[_Piece(value, part.quoted)]]
                    else:
                        pieces = self._split(value)
            for number, piece in enumerate(pieces):
                if number and open_field is not None:
                    fields.append(open_field)
                    open_field = None
                open_field = [*(open_field or []), *piece]
        if open_field is not None:
            fields.append(open_field)
        return fields

    async def _alternative(self, part: Parameter) -> Word | None:
        """Return the argument of `:-` or `:+` where it is what the parameter stands for."""
        kind = part.operator[-1:]
        if kind not in ("-", "+") or part.operator == "length":
            return None
        value = self._shell.get(part.name)
        there = value is not None and (bool(value) or not part.operator.startswith(":"))
        if kind == "-":
            return None if there else part.argument or (Text("", quoted=part.quoted),)
        return part.argument if there else ()

    async def _value(self, part: Parameter | Substitution | Arithmetic) -> str:
        if isinstance(part, Substitution):
            return await self._shell.substitute(part.body)
        if isinstance(part, Arithmetic):
            return str(await self.number(part.expression))
        value = self._shell.get(part.name)
        if part.name in "@*":
            value = " ".join(self._shell.positional)
        operator = part.operator
        if operator in ("=", ":=", "?", ":?"):
            if value or (value is not None and not operator.startswith(":")):
                return value
            argument = await self.text(part.argument)
            if operator[-1] == "?":
                raise ExpansionError(f"{part.name}: {argument or 'parameter null or not set'}")
            self._shell.put(part.name, argument)
            return argument
        if value is None and self._shell.option("u") and operator[-1:] not in ("-", "+"):
            raise ExpansionError(f"{part.name}: parameter not set")
        value = value or ""
        if not operator or operator[-1] in "-+":
            return value
        if operator == "length":
            whole = part.name in "@*"
            return str(len(self._shell.positional) if whole else len(value))
        if operator == ":":
            return await self._slice(part, value)
        wanted = await self.pattern(part.argument)
        if operator[0] in "#%":
            return _trim(value, operator, wanted)
        new = await self.text(part.rest) if part.rest else ""
        count = 0 if operator == "//" else 1
        grown = pattern.compiled(wanted).sub(lambda _: new, value, count) if wanted else value
        if len(grown) > _MOST_BYTES:
            raise ExpansionError("out of memory")
        return grown

    async def _slice(self, part: Parameter, value: str) -> str:
        start = await self.number(part.argument)
        start = max(0, len(value) + start) if start < 0 else start
        if part.rest is None:
            return value[start:]
        length = await self.number(part.rest)
        return value[start : start + length] if length >= 0 else value[start:length]

    def _separator(self) -> str:
        ifs = self._shell.get("IFS")
        return " " if ifs is None else ifs[:1]

    def _split(self, value: str) -> list[_Field]:
        """Split at IFS; an empty field at either end marks that a neighbour is cut off there."""
        ifs = self._shell.get("IFS")
        ifs = " \t\n" if ifs is None else ifs
        if not value:
            return []
        if not ifs:
            return [[_Piece(value, quoted=False)]]
        blank = re.escape("".join(c for c in ifs if c in " \t\n"))
        hard = re.escape("".join(c for c in ifs if c not in " \t\n"))
        space = f"[{blank}]" if blank else "(?!)"
        cut = f"{space}*[{hard}]{space}*|{space}+" if hard else f"{space}+"
        texts = re.split(cut, value)
        fields: list[_Field] = [[_Piece(text, quoted=False)] if text else [] for text in texts]
        if len(fields) == 1:
            return fields
        if hard:
            ends_hard = value.rstrip(" \t\n")[-1:] in hard if value.strip() else False
            middle = [f or [_Piece("", quoted=True)] for f in fields[:-1]]
            first_blank = not fields[0] and bool(re.match(space, value)) and value.strip() != ""
            if first_blank and value.lstrip(" \t\n")[:1] not in hard:
                middle[0] = []
            last = fields[-1] if not ends_hard else []
            return [*middle, last]
        return fields

    def _names(self, field: _Field) -> list[str]:
        if not field:
            return []
        unquoted = "".join(piece.text for piece in field if not piece.quoted)
        if not unquoted and not any(piece.quoted for piece in field):
            return []
        if any(char in pattern.MAGIC for char in unquoted) and not self._shell.option("f"):
            wanted = _pattern(field)
            if pattern.has_magic(wanted):
                found = pattern.expand_names(self._shell.files, self._shell.cwd, wanted)
                if found:
                    return found
        return [_plain(field)]


def _plain(field: _Field) -> str:
    return "".join(piece.text for piece in field)


def _pattern(field: _Field) -> str:
    return "".join(pattern.escape(p.text) if p.quoted else p.text for p in field)


def _trim(value: str, operator: str, wanted: str) -> str:
    """Cut the shortest (`#`, `%`) or longest (`##`, `%%`) match off the front or end."""
    lengths = range(len(value) + 1)
    longest = len(operator) > 1
    for size in reversed(lengths) if longest else lengths:
        piece = value[:size] if operator[0] == "#" else value[len(value) - size :]
        if pattern.matches(wanted, piece):
            return value[size:] if operator[0] == "#" else value[: len(value) - size]
    return value
