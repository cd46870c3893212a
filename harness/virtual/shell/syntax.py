"""What shell text means: the tree that the parser builds and the interpreter walks."""

from __future__ import annotations

from dataclasses import dataclass


class ShellSyntaxError(Exception):
    """Raised when text is no shell program."""


class IncompleteError(ShellSyntaxError):
    """Raised when text ends in the middle of something; more lines may complete it."""


@dataclass(frozen=True)
class Text:
    """Literal characters; quoted ones are neither split nor matched as a pattern."""

    text: str
    quoted: bool = False


@dataclass(frozen=True)
class Parameter:
    """`$name` or `${name op argument}`; `rest` is the second operand of `/` and `:`."""

    name: str
    operator: str = ""
    argument: Word = ()
    rest: Word | None = None
    quoted: bool = False


@dataclass(frozen=True)
class Substitution:
    """`$(body)`."""

    body: Sequence
    quoted: bool = False


@dataclass(frozen=True)
class Arithmetic:
    """`$((expression))`."""

    expression: Word
    quoted: bool = False


Part = Text | Parameter | Substitution | Arithmetic
Word = tuple[Part, ...]


@dataclass(frozen=True)
class Redirect:
    """`descriptor operator target`; for `<<` the target is the text, already a word."""

    descriptor: int
    operator: str
    target: Word


@dataclass(frozen=True)
class Simple:
    """A command with its words; `line` is where it stands in its text, from 1."""

    assignments: tuple[tuple[str, Word], ...]
    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...]
    line: int


@dataclass(frozen=True)
class Test:
    """`[[ … ]]`: operators as str, operands as words."""

    items: tuple[str | Word, ...]
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True)
class Let:
    """`(( … ))`."""

    expression: Word
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True)
class Pipeline:
    """Commands joined by `|`, perhaps after `!`."""

    commands: tuple[Command, ...]
    negated: bool


@dataclass(frozen=True)
class AndOr:
    """Pipelines joined by `&&` and `||`, perhaps in the background."""

    first: Pipeline
    rest: tuple[tuple[str, Pipeline], ...]
    background: bool


@dataclass(frozen=True)
class Sequence:
    """Lists that run one after the other."""

    items: tuple[AndOr, ...]


@dataclass(frozen=True)
class Group:
    """`{ body; }`, or `( body )` when it runs in a process of its own."""

    body: Sequence
    forked: bool
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True)
class If:
    """Pairs of condition and body, then the body of `else`."""

    branches: tuple[tuple[Sequence, Sequence], ...]
    otherwise: Sequence | None
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True)
class While:
    """`while`, or `until` when negated."""

    condition: Sequence
    body: Sequence
    negated: bool
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True)
class For:
    """`for name in words`; words None means the positional parameters."""

    name: str
    words: tuple[Word, ...] | None
    body: Sequence
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True)
class Case:
    """`case word in patterns) body ;; … esac`."""

    word: Word
    branches: tuple[tuple[tuple[Word, ...], Sequence], ...]
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True)
class Function:
    """`name() body`."""

    name: str
    body: Command


Compound = Group | If | While | For | Case | Test | Let
Command = Simple | Compound | Function
