"""`$(( ))`: C's integer expressions on shell variables, in 32 bits as mksh has them."""

from __future__ import annotations

import re
from collections.abc import Callable

_TOKEN = re.compile(
    r"\s*(?:(0[xX][0-9a-fA-F]+|\d+#\w+|\d+)|([A-Za-z_]\w*)|"
    r"(<<=|>>=|\+\+|--|&&|\|\||<<|>>|[<>=!+\-*/%&|^]=|[-+*/%<>=!&|^~?:(),]))"
)
_LEVELS = (
    ("||",),
    ("&&",),
    ("|",),
    ("^",),
    ("&",),
    ("==", "!="),
    ("<", ">", "<=", ">="),
    ("<<", ">>"),
    ("+", "-"),
    ("*", "/", "%"),
)
_ASSIGNMENTS = ("=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "|=", "^=")
_DEPTH = 100


class ExpressionError(Exception):
    """Raised when an expression has no value."""


def evaluate(text: str, get: Callable[[str], str], put: Callable[[str, str], None]) -> int:
    """Return the value of an expression; `get` and `put` read and write variables.

    Raises:
        ExpressionError: the expression is wrong, or divides by zero.
    """
    return _Expression(text, get, put).value()


def wrap(number: int) -> int:
    """Bring a number into 32 bits with a sign."""
    return (number + (1 << 31)) % (1 << 32) - (1 << 31)


class _Expression:
    """A recursive-descent parser that computes as it reads."""

    def __init__(
        self, text: str, get: Callable[[str], str], put: Callable[[str, str], None], depth: int = 0
    ) -> None:
        self._get = get
        self._put = put
        self._depth = depth
        self._live = True
        self._at = 0
        self._tokens: list[str] = []
        at = 0
        text = text.strip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise ExpressionError(f"{text}: unexpected '{text[at]}'")
            self._tokens.append(match.group().strip())
            at = match.end()

    def value(self) -> int:
        if not self._tokens:
            return 0
        result = self._comma()
        if self._at < len(self._tokens):
            raise ExpressionError(f"unexpected '{self._peek()}'")
        return result

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        if not token:
            raise ExpressionError("unexpected end of expression")
        self._at += 1
        return token

    def _comma(self) -> int:
        result = self._assignment()
        while self._peek() == ",":
            self._next()
            result = self._assignment()
        return result

    def _assignment(self) -> int:
        follower = self._tokens[self._at + 1] if self._at + 1 < len(self._tokens) else ""
        if re.match(r"[A-Za-z_]", self._peek()) and follower in _ASSIGNMENTS:
            name, operator = self._next(), self._next()
            right = self._assignment()
            if operator != "=":
                right = self._apply(operator[:-1], self._variable(name), right)
            return self._store(name, right)
        return self._conditional()

    def _conditional(self) -> int:
        condition = self._binary(0)
        if self._peek() != "?":
            return condition
        self._next()
        yes = self._when(bool(condition), self._assignment)
        if self._next() != ":":
            raise ExpressionError("missing ':'")
        no = self._when(not condition, self._assignment)
        return yes if condition else no

    def _when(self, live: bool, read: Callable[[], int]) -> int:  # noqa: FBT001 - internal
        """Read a part that counts only if `live`: no assignment, no division otherwise."""
        before = self._live
        self._live = before and live
        try:
            return read()
        finally:
            self._live = before

    def _binary(self, level: int) -> int:
        if level == len(_LEVELS):
            return self._unary()
        left = self._binary(level + 1)
        while (operator := self._peek()) in _LEVELS[level]:
            self._next()
            if operator in ("&&", "||"):
                wanted = bool(left) == (operator == "&&")
                right = self._when(wanted, lambda: self._binary(level + 1))
                left = int(bool(right if wanted else left))
            else:
                left = self._apply(operator, left, self._binary(level + 1))
        return left

    def _apply(self, operator: str, left: int, right: int) -> int:
        if operator in ("/", "%"):
            if right == 0:
                if not self._live:
                    return 0
                raise ExpressionError("zero divisor")
            quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
            return wrap(quotient if operator == "/" else left - quotient * right)
        table: dict[str, Callable[[], int]] = {
            "+": lambda: left + right,
            "-": lambda: left - right,
            "*": lambda: left * right,
            "<<": lambda: left << (right & 31),
            ">>": lambda: left >> (right & 31),
            "&": lambda: left & right,
            "|": lambda: left | right,
            "^": lambda: left ^ right,
            "==": lambda: int(left == right),
            "!=": lambda: int(left != right),
            "<": lambda: int(left < right),
            ">": lambda: int(left > right),
            "<=": lambda: int(left <= right),
            ">=": lambda: int(left >= right),
        }
        return wrap(table[operator]())

    def _unary(self) -> int:
        sign = self._next()
        if sign in ("++", "--"):
            name = self._next()
            return self._store(name, self._variable(name) + (1 if sign == "++" else -1))
        if sign in ("-", "+", "!", "~"):
            value = self._unary()
            return wrap({"-": -value, "+": value, "!": int(not value), "~": ~value}[sign])
        if sign == "(":
            value = self._comma()
            if self._next() != ")":
                raise ExpressionError("missing ')'")
            return value
        if sign[0].isdigit():
            return _number(sign)
        if not re.match(r"[A-Za-z_]", sign):
            raise ExpressionError(f"unexpected '{sign}'")
        value = self._variable(sign)
        if self._peek() in ("++", "--"):
            self._store(sign, value + (1 if self._next() == "++" else -1))
        return value

    def _variable(self, name: str) -> int:
        if self._depth > _DEPTH:
            raise ExpressionError(f"{name}: expression recurses on parameter")
        return _Expression(self._get(name), self._get, self._put, self._depth + 1).value()

    def _store(self, name: str, value: int) -> int:
        value = wrap(value)
        if self._live:
            self._put(name, str(value))
        return value


def _number(token: str) -> int:
    base, hash_, digits = token.partition("#")
    try:
        if hash_:
            return wrap(int(digits, int(base)))
        # mksh reads 010 as ten, unlike POSIX.
        return wrap(int(token, 16) if token[:2] in ("0x", "0X") else int(token))
    except ValueError:
        raise ExpressionError(f"{token}: bad number") from None
