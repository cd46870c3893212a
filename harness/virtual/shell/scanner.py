"""Characters of shell text to words: quoting, `$` in all its forms, blanks and comments."""

from __future__ import annotations

import re

from harness.virtual.shell.syntax import (
    Arithmetic,
    IncompleteError,
    Parameter,
    Part,
    Sequence,
    ShellSyntaxError,
    Substitution,
    Text,
    Word,
)

_META = " \t\n;&|<>()"
_BLANK = re.compile(r"(?:[ \t\r]|\\\n)+|#[^\n]*")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PARAMETER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!\-]")
_OPERATOR = re.compile(r":[-=?+]|[-=?+]|##?|%%?|//?|:")
_ESCAPES = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "f": "\f",
    "v": "\v",
}
_DEFAULTS = "-=?+"
_ANSI = re.compile(r"\\(?:x([0-9A-Fa-f]{1,2})|([0-7]{1,3})|(.))", re.DOTALL)
_LITERAL = re.compile(r"[^ \t\n;&|<>()'\"\\$`}/:]+")


class Scanner:
    """A place in a text, and how to read on from it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def nested(self) -> Sequence:
        """Parse commands up to the `)` of a substitution, which is taken too."""
        raise NotImplementedError

    @property
    def line(self) -> int:
        """The line reached, from 1."""
        return self.text.count("\n", 0, self.at) + 1

    def blanks(self) -> None:
        """Skip blanks, continued lines and a comment."""
        while match := _BLANK.match(self.text, self.at):
            self.at = match.end()

    def looking_at(self, token: str) -> bool:
        """Whether the text goes on with `token`."""
        return self.text.startswith(token, self.at)

    def word(self) -> Word | None:
        """Read one word, or return None where none starts."""
        start = self.at
        parts = self._parts(stop=_META)
        return tuple(parts) if self.at > start else None

    def _parts(self, stop: str, *, plain_quotes: bool = False) -> list[Part]:
        """Read up to an unquoted character of `stop` or the end.

        With `plain_quotes` a single quote stands for itself, as in "${x:-it's}".
        """
        parts: list[Part] = []
        literal = ""
        while self.at < len(self.text):
            char = self.text[self.at]
            if char in stop:
                break
            if match := _LITERAL.match(self.text, self.at):
                literal += match.group()
                self.at = match.end()
                continue
            self.at += 1
            if char not in "'\"\\$`" or (char == "'" and plain_quotes):
                literal += char
                continue
            if char == "$":
                found = self._dollar(quoted=False)
                if found is None:
                    literal += "$"
                    continue
                more: list[Part] = [found]
            elif char == "\\":
                if self.looking_at("\n"):
                    self.at += 1
                    continue
                more = [Text(self._take(1), quoted=True)]
            elif char == "'":
                more = [Text(self._until("'"), quoted=True)]
            elif char == '"':
                more = self._double_quoted()
            else:
                more = [self._backticks(quoted=False)]
            if literal:
                parts.append(Text(literal))
                literal = ""
            parts += more
        if literal:
            parts.append(Text(literal))
        return parts

    def quoted_text(self, end: str) -> list[Part]:
        """Read the inside of double quotes up to `end` ("" means the rest), which is taken too."""
        parts: list[Part] = []
        literal = ""
        while True:
            if self.at >= len(self.text):
                if end:
                    raise IncompleteError("no closing quote")
                break
            char = self._take(1)
            if char == end:
                break
            found: Part | None = None
            if char == "$":
                found = self._dollar(quoted=True)
            elif char == "`":
                found = self._backticks(quoted=True)
            elif char == "\\" and self.at < len(self.text):
                follower = self._take(1)
                if follower == "\n":
                    continue
                char = follower if follower in "$`\\" + end else "\\" + follower
            if found is None:
                literal += char
                continue
            if literal:
                parts.append(Text(literal, quoted=True))
                literal = ""
            parts.append(found)
        if literal or not parts:
            parts.append(Text(literal, quoted=True))
        return parts

    def _double_quoted(self) -> list[Part]:
        return self.quoted_text('"')

    def _dollar(self, *, quoted: bool) -> Part | None:
        """Read what follows a `$`; None when it stands for itself."""
        if self.looking_at("(("):
            self.at += 2
            return Arithmetic(self.arithmetic(), quoted)
        if self.looking_at("("):
            self.at += 1
            return Substitution(self.nested(), quoted)
        if self.looking_at("{"):
            self.at += 1
            return self._braced(quoted=quoted)
        if self.looking_at("'") and not quoted:
            self.at += 1
            return Text(self._ansi_quoted(), quoted=True)
        pattern = _NAME if self.text[self.at : self.at + 1].isalpha() else _PARAMETER
        match = pattern.match(self.text, self.at)
        if match is None:
            return None
        name = match.group()[:1] if match.group()[0].isdigit() else match.group()
        self.at += len(name)
        return Parameter(name, quoted=quoted)

    def arithmetic(self) -> Word:
        """Read an expression up to its `))`, which is taken too."""
        start = self.at
        depth = 0
        while not (depth == 0 and self.looking_at("))")):
            char = self._take(1)
            depth += (char == "(") - (char == ")")
            if depth < 0:
                raise ShellSyntaxError("unexpected ')'")
        inside = self.text[start : self.at]
        self.at += 2
        return tuple(type(self)(inside).quoted_text(""))

    def _braced(self, *, quoted: bool) -> Parameter:
        if self.looking_at("#") and not self.text.startswith(("}", "-", ":"), self.at + 1):
            self.at += 1
            name = self._parameter_name()
            self._expect("}")
            return Parameter(name, "length", quoted=quoted)
        name = self._parameter_name()
        if self.looking_at("}"):
            self.at += 1
            return Parameter(name, quoted=quoted)
        match = _OPERATOR.match(self.text, self.at)
        if match is None:
            raise ShellSyntaxError(f"{name}: bad substitution")
        self.at = match.end()
        operator = match.group()
        stop = {"/": "/}", "//": "/}", ":": ":}"}.get(operator, "}")
        plain = quoted and operator[-1] in _DEFAULTS
        argument = tuple(self._parts(stop, plain_quotes=plain))
        rest = None
        if stop != "}" and not self.looking_at("}"):
            self.at += 1
            rest = tuple(self._parts("}"))
        self._expect("}")
        return Parameter(name, operator, argument, rest, quoted)

    def _parameter_name(self) -> str:
        match = _PARAMETER.match(self.text, self.at)
        if match is None:
            if self.at >= len(self.text):
                raise IncompleteError("no closing '}'")
            raise ShellSyntaxError("bad substitution")
        self.at = match.end()
        return match.group()

    def _backticks(self, *, quoted: bool) -> Substitution:
        body = ""
        while (char := self._take(1)) != "`":
            if char == "\\":
                follower = self._take(1)
                char = follower if follower in "`$\\" else char + follower
            body += char
        return Substitution(type(self)(body + ")").nested(), quoted)

    def _ansi_quoted(self) -> str:
        start = self.at
        while (char := self._take(1)) != "'":
            if char == "\\":
                self._take(1)
        return _ANSI.sub(_ansi_char, self.text[start : self.at - 1])

    def _take(self, count: int) -> str:
        taken = self.text[self.at : self.at + count]
        if not taken:
            raise IncompleteError("unexpected end of text")
        self.at += count
        return taken

    def _until(self, end: str) -> str:
        stop = self.text.find(end, self.at)
        if stop < 0:
            raise IncompleteError("no closing quote")
        start, self.at = self.at, stop + 1
        return self.text[start:stop]

    def _expect(self, token: str) -> None:
        if not self.looking_at(token):
            if self.at >= len(self.text):
                raise IncompleteError(f"no closing {token!r}")
            raise ShellSyntaxError(f"unexpected {self.text[self.at]!r}")
        self.at += len(token)


def _ansi_char(match: re.Match[str]) -> str:
    hexadecimal, octal, char = match.groups()
    if hexadecimal:
        return chr(int(hexadecimal, 16))
    if octal:
        return chr(int(octal, 8) & 255)
    return _ESCAPES.get(char, char)
