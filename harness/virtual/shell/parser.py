"""Shell text to its tree, list by list, so that a script runs as far as it is sound."""

from __future__ import annotations

import re

from harness.virtual.shell.scanner import Scanner
from harness.virtual.shell.syntax import (
    AndOr,
    Case,
    Command,
    Compound,
    For,
    Function,
    Group,
    If,
    IncompleteError,
    Let,
    Pipeline,
    Redirect,
    Sequence,
    ShellSyntaxError,
    Simple,
    Test,
    Text,
    While,
    Word,
)

_RESERVED = re.compile(r"(\{|\}|!|\[\[|[a-z]+)(?=[\s;&|<>()]|$)")
_CLOSERS = frozenset({"}", "then", "else", "elif", "fi", "do", "done", "esac"})
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(\+?)=")
_FUNCTION = re.compile(r"([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*\([ \t]*\)")
_REDIRECT = re.compile(r"(\d*)(<<<|<<-|<<|<&|<>|<|>>|>&|>\||>)|(&>)(?!&)")
_TEST_OPERATOR = re.compile(r"&&|\|\||[()<>]")
_DEPTH = 100


class Parser(Scanner):
    """A parser at work on one text."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._after_heredocs: int | None = None
        self._depth = 0

    def next_list(self) -> Sequence | None:
        """Read the next complete line or lists, or return None at the end.

        Raises:
            ShellSyntaxError: the text is wrong; IncompleteError: it lacks its end.
        """
        try:
            while True:
                self.blanks()
                if self.looking_at("\n"):
                    self._newline()
                elif self.at >= len(self.text):
                    return None
                else:
                    break
            items = self._items(line_only=True)
            if self.at < len(self.text) and (not items or self.text[self.at - 1] != "\n"):
                raise self._unexpected()
        except RecursionError:
            raise ShellSyntaxError("nested too deeply") from None
        return Sequence(tuple(items))

    @property
    def at_end(self) -> bool:
        """Whether nothing but blanks is left."""
        return not self.text[self.at :].strip()

    def nested(self) -> Sequence:
        """Parse commands up to a `)`, which is taken too."""
        body = self._sequence()
        self._expect(")")
        return body

    def _sequence(self) -> Sequence:
        """Read lists up to a closing word or `)`."""
        self._depth += 1
        if self._depth > _DEPTH:
            raise ShellSyntaxError("nested too deeply")
        self._skip_newlines()
        items = self._items(line_only=False)
        self._depth -= 1
        return Sequence(tuple(items))

    def _items(self, *, line_only: bool) -> list[AndOr]:
        items: list[AndOr] = []
        while not self._at_closer():
            items.append(self._and_or())
            self.blanks()
            if self.looking_at(";;"):
                break
            if self.looking_at(";"):
                self.at += 1
                self.blanks()
            if self.looking_at("\n"):
                self._newline()
                if line_only:
                    break
                self._skip_newlines()
            elif self.text[self.at - 1] not in ";& \t" and not self._at_closer():
                raise self._unexpected()
        return items

    def _at_closer(self) -> bool:
        self.blanks()
        if self.at >= len(self.text) or self.looking_at(")") or self.looking_at(";;"):
            return True
        return self._reserved() in _CLOSERS

    def _and_or(self) -> AndOr:
        first = self._pipeline()
        rest = []
        while True:
            self.blanks()
            operator = self.text[self.at : self.at + 2]
            if operator not in ("&&", "||"):
                break
            self.at += 2
            self._skip_newlines()
            rest.append((operator, self._pipeline()))
        background = self.looking_at("&")
        self.at += background
        return AndOr(first, tuple(rest), background)

    def _pipeline(self) -> Pipeline:
        negated = False
        while self._reserved() == "!":
            self.at += 1
            negated = not negated
            self.blanks()
        commands = [self._command()]
        while True:
            self.blanks()
            if not self.looking_at("|") or self.looking_at("||"):
                return Pipeline(tuple(commands), negated)
            self.at += 1
            self._skip_newlines()
            commands.append(self._command())

    def _command(self) -> Command:
        self.blanks()
        if self.looking_at("((") and (let := self._try_let()) is not None:
            return let
        if self.looking_at("("):
            self.at += 1
            body = self.nested()
            return Group(body, forked=True, redirects=self._redirects())
        reserved = self._reserved()
        compound = {
            "{": self._group,
            "if": self._if,
            "while": self._while,
            "until": self._while,
            "for": self._for,
            "case": self._case,
            "[[": self._test,
        }.get(reserved)
        if compound is not None:
            self.at += len(reserved)
            return compound()
        if reserved in _CLOSERS:
            raise self._unexpected()
        if reserved == "function":
            self.at += len(reserved)
            name = self._name()
            self._skip_newlines()
            return Function(name, self._command())
        match = _FUNCTION.match(self.text, self.at)
        if match is not None:
            self.at = match.end()
            self._skip_newlines()
            return Function(match.group(1), self._command())
        return self._simple()

    def _simple(self) -> Simple:
        line = self.line
        assignments: list[tuple[str, Word]] = []
        words: list[Word] = []
        redirects: list[Redirect] = []
        while True:
            self.blanks()
            match = _ASSIGNMENT.match(self.text, self.at) if not words else None
            if match is not None:
                name = match.group(1) + match.group(2)
                self.at = match.end()
                assignments.append((name, self.word() or ()))
            elif not self._redirect(redirects):
                word = self.word()
                if word is None:
                    break
                words.append(word)
        if not assignments and not words and not redirects:
            raise self._unexpected()
        return Simple(tuple(assignments), tuple(words), tuple(redirects), line)

    def _redirect(self, into: list[Redirect]) -> bool:
        match = _REDIRECT.match(self.text, self.at)
        if match is None:
            return False
        self.at = match.end()
        number, operator, both = match.groups()
        descriptor = int(number) if number else 0 if operator and operator[0] == "<" else 1
        self.blanks()
        target = self.word()
        if target is None:
            raise self._unexpected()
        if operator in ("<<", "<<-"):
            target = self._heredoc(target, strip=operator == "<<-")
            operator = "<<"
        into.append(Redirect(descriptor, operator or ">", target))
        if both:
            into.append(Redirect(2, ">&", (Text("1"),)))
        return True

    def _redirects(self) -> tuple[Redirect, ...]:
        found: list[Redirect] = []
        self.blanks()
        while self._redirect(found):
            self.blanks()
        return tuple(found)

    def _group(self) -> Compound:
        body = self._sequence()
        self._keyword("}")
        return Group(body, forked=False, redirects=self._redirects())

    def _if(self) -> Compound:
        branches = []
        otherwise = None
        while True:
            condition = self._sequence()
            self._keyword("then")
            branches.append((condition, self._sequence()))
            if self._reserved() == "elif":
                self._keyword("elif")
                continue
            if self._reserved() == "else":
                self._keyword("else")
                otherwise = self._sequence()
            self._keyword("fi")
            return If(tuple(branches), otherwise, self._redirects())

    def _while(self) -> Compound:
        negated = self.text[self.at - 5 : self.at] == "until"
        condition = self._sequence()
        body = self._do()
        return While(condition, body, negated, self._redirects())

    def _for(self) -> Compound:
        name = self._name()
        self._skip_newlines()
        words: list[Word] | None = None
        if self._reserved() == "in":
            self._keyword("in")
            words = []
            self.blanks()
            while (word := self.word()) is not None:
                words.append(word)
                self.blanks()
        self.blanks()
        if self.looking_at(";"):
            self.at += 1
        self._skip_newlines()
        body = self._do()
        return For(name, None if words is None else tuple(words), body, self._redirects())

    def _do(self) -> Sequence:
        self._keyword("do")
        body = self._sequence()
        self._keyword("done")
        return body

    def _case(self) -> Compound:
        self.blanks()
        word = self.word() or ()
        self._skip_newlines()
        self._keyword("in")
        self._skip_newlines()
        branches = []
        while self._reserved() != "esac":
            if self.looking_at("("):
                self.at += 1
            patterns: list[Word] = []
            while True:
                self.blanks()
                pattern = self.word()
                if pattern is None:
                    raise self._unexpected()
                patterns.append(pattern)
                self.blanks()
                if not self.looking_at("|"):
                    break
                self.at += 1
            self._expect(")")
            branches.append((tuple(patterns), self._sequence()))
            if self.looking_at(";;"):
                self.at += 2
            self._skip_newlines()
        self._keyword("esac")
        return Case(word, tuple(branches), self._redirects())

    def _test(self) -> Compound:
        items: list[str | Word] = []
        while True:
            self._skip_newlines()
            if self._closes_test():
                self.at += 2
                return Test(tuple(items), self._redirects())
            match = _TEST_OPERATOR.match(self.text, self.at)
            if match is not None:
                self.at = match.end()
                items.append(match.group())
                continue
            word = self.word()
            if word is None:
                raise self._unexpected()
            items.append(word)

    def _closes_test(self) -> bool:
        return self.looking_at("]]") and self.text[self.at + 2 : self.at + 3] in " \t\n;&|)<>"

    def _try_let(self) -> Let | None:
        start = self.at
        self.at += 2
        try:
            return Let(self.arithmetic(), self._redirects())
        except IncompleteError:
            raise
        except ShellSyntaxError:
            self.at = start
            return None

    def _name(self) -> str:
        self.blanks()
        match = re.compile(r"[A-Za-z_][A-Za-z0-9_]*").match(self.text, self.at)
        if match is None:
            raise self._unexpected()
        self.at = match.end()
        return match.group()

    def _reserved(self) -> str:
        self.blanks()
        match = _RESERVED.match(self.text, self.at)
        return match.group(1) if match else ""

    def _keyword(self, word: str) -> None:
        if self._reserved() != word:
            raise self._unexpected()
        self.at += len(word)

    def _skip_newlines(self) -> None:
        self.blanks()
        while self.looking_at("\n"):
            self._newline()
            self.blanks()

    def _newline(self) -> None:
        self.at += 1
        if self._after_heredocs is not None:
            self.at, self._after_heredocs = self._after_heredocs, None

    def _heredoc(self, delimiter: Word, *, strip: bool) -> Word:
        """Read the text that follows the current line, and remember to go on behind it."""
        quoted = any(getattr(part, "quoted", False) for part in delimiter)
        end = "".join(part.text for part in delimiter if isinstance(part, Text))
        at = self._after_heredocs
        if at is None:
            at = self.text.find("\n", self.at) + 1 or len(self.text)
        lines = []
        while True:
            if at >= len(self.text):
                raise IncompleteError(f"here-document {end!r} unclosed")
            stop = self.text.find("\n", at)
            stop = len(self.text) if stop < 0 else stop
            line, at = self.text[at:stop], min(stop + 1, len(self.text))
            line = line.lstrip("\t") if strip else line
            if line == end:
                break
            lines.append(line + "\n")
        self._after_heredocs = at
        text = "".join(lines)
        if quoted:
            return (Text(text, quoted=True),)
        return tuple(type(self)(text).quoted_text(""))

    def _unexpected(self) -> ShellSyntaxError:
        self.blanks()
        if self.at >= len(self.text):
            return IncompleteError("unexpected end of text")
        token = re.compile(r"&&|\|\||;;|[^\sA-Za-z0-9]|\w+|\n").match(self.text, self.at)
        shown = token.group() if token else self.text[self.at]
        return ShellSyntaxError(f"unexpected '{'newline' if shown == chr(10) else shown}'")
