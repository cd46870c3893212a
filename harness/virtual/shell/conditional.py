"""`test`, `[ … ]` and `[[ … ]]`: files, texts and numbers compared."""

from __future__ import annotations

import stat
from collections.abc import Callable
from typing import TYPE_CHECKING

from harness.virtual.nodes import FileStat
from harness.virtual.shell import pattern
from harness.virtual.shell.context import at
from harness.virtual.shell.syntax import Test

if TYPE_CHECKING:
    from harness.virtual.shell.session import Shell


class ConditionError(Exception):
    """Raised when an expression is none; the status is 2."""


_FILE_TESTS: dict[str, Callable[[FileStat], bool]] = {
    "-e": lambda _: True,
    "-a": lambda _: True,
    "-f": lambda found: stat.S_ISREG(found.mode),
    "-d": lambda found: stat.S_ISDIR(found.mode),
    "-p": lambda found: stat.S_ISFIFO(found.mode),
    "-c": lambda found: stat.S_ISCHR(found.mode),
    "-b": lambda found: stat.S_ISBLK(found.mode),
    "-S": lambda found: stat.S_ISSOCK(found.mode),
    "-s": lambda found: found.size > 0,
    "-r": lambda found: bool(found.mode & 0o444),
    "-w": lambda found: bool(found.mode & 0o222),
    "-x": lambda found: bool(found.mode & 0o111),
}
_LINK_TESTS = ("-h", "-L")
_NUMBER_TESTS: dict[str, Callable[[int, int], bool]] = {
    "-eq": lambda left, right: left == right,
    "-ne": lambda left, right: left != right,
    "-lt": lambda left, right: left < right,
    "-le": lambda left, right: left <= right,
    "-gt": lambda left, right: left > right,
    "-ge": lambda left, right: left >= right,
}
_TEXT_TESTS: dict[str, Callable[[str, str], bool]] = {
    "=": lambda left, right: left == right,
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
}
_AGES = ("-nt", "-ot", "-ef")
_UNARY = frozenset({*_FILE_TESTS, *_LINK_TESTS, "-n", "-z", "-t"})
_BINARY = frozenset({*_NUMBER_TESTS, *_TEXT_TESTS, *_AGES})


class _Condition:
    """A recursive-descent reading of the words; `double` says that it is `[[`."""

    def __init__(self, shell: Shell, words: list[str], *, double: bool) -> None:
        self._shell = shell
        self._words = words
        self._at = 0
        self._double = double
        self._or, self._and = ("||", "&&") if double else ("-o", "-a")

    def value(self) -> bool:
        if not self._words:
            return False
        result = self._any()
        if self._at < len(self._words):
            raise ConditionError(f"{self._words[self._at]}: unexpected operator/operand")
        return result

    def _peek(self, ahead: int = 0) -> str | None:
        at = self._at + ahead
        return self._words[at] if at < len(self._words) else None

    def _next(self) -> str:
        word = self._peek()
        if word is None:
            raise ConditionError("expression expected")
        self._at += 1
        return word

    def _any(self) -> bool:
        result = self._all()
        while self._peek() == self._or:
            self._at += 1
            result = self._all() or result
        return result

    def _all(self) -> bool:
        result = self._one()
        while self._peek() == self._and:
            self._at += 1
            result = self._one() and result
        return result

    def _one(self) -> bool:
        word = self._next()
        follower = self._peek()
        # POSIX decides by the number of words: `[ ! = x ]` compares, `[ ! x ]` negates.
        if follower in _BINARY and self._peek(1) is not None:
            self._at += 1
            return self._compare(word, str(follower), self._next())
        if word == "!" and follower is not None:
            return not self._one()
        if word == "(" and follower is not None:
            result = self._any()
            if self._next() != ")":
                raise ConditionError("missing )")
            return result
        if word in _UNARY and follower is not None:
            return self._ask(word, self._next())
        return word != ""

    def _ask(self, operator: str, word: str) -> bool:
        if operator == "-n":
            return word != ""
        if operator == "-z":
            return word == ""
        if operator == "-t":
            opened = self._shell.process.files.get(int(word)) if word.isdigit() else None
            return opened is not None and opened.is_terminal
        link = operator in _LINK_TESTS
        found = self._stat(word, follow=not link)
        if found is None:
            return False
        return found.is_link if link else _FILE_TESTS[operator](found)

    def _compare(self, left: str, operator: str, right: str) -> bool:
        if operator in _NUMBER_TESTS:
            return _NUMBER_TESTS[operator](_number(left), _number(right))
        if operator in _AGES:
            return self._older(left, operator, right)
        if self._double and operator in ("=", "==", "!="):
            return pattern.matches(right, left) == (operator != "!=")
        return _TEXT_TESTS[operator](left, right)

    def _older(self, left: str, operator: str, right: str) -> bool:
        one, two = self._stat(left), self._stat(right)
        if operator == "-ef":
            return one is not None and one == two
        if one is None or two is None:
            return (one is not None) if operator == "-nt" else (two is not None)
        return one.mtime > two.mtime if operator == "-nt" else one.mtime < two.mtime

    def _stat(self, name: str, *, follow: bool = True) -> FileStat | None:
        try:
            return self._shell.files.stat(at(self._shell.process, name), follow=follow)
        except OSError:
            return None


def check(shell: Shell, words: list[str]) -> bool:
    """Return the truth of `test words`.

    Raises:
        ConditionError: the words are no expression.
    """
    return _Condition(shell, words, double=False).value()


async def evaluate(shell: Shell, node: Test) -> int:
    """Return the status of `[[ … ]]`."""
    words: list[str] = []
    for item in node.items:
        if isinstance(item, str):
            words.append(item)
        elif words and words[-1] in ("=", "==", "!="):
            words.append(await shell.expander.pattern(item))
        else:
            words.append(await shell.expander.text(item))
    try:
        return int(not _Condition(shell, words, double=True).value())
    except ConditionError as error:
        await shell.complain(str(error))
        return 2


def _number(text: str) -> int:
    try:
        return int(text.strip() or "0")
    except ValueError:
        raise ConditionError(f"{text}: unexpected '{text[:1]}'") from None
