"""`echo`, `printf` and the splitting of `read`: text in, text out."""

from __future__ import annotations

import re

_ESCAPES = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "f": "\f",
    "v": "\v",
    "\\": "\\",
}
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{1,2})|0?([0-7]{1,3})|(.))", re.DOTALL)
_CONVERSION = re.compile(
    r"%(?:(%)|([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+))?[hlqjzt]*([diouxXfFeEgGcsbq]))"
)
_MOST_ROUNDS = 10_000
_MOST_WIDTH = 10_000


def unescape(text: str) -> tuple[str, bool]:
    r"""Replace backslash escapes; the flag says that `\\c` cut the text off."""
    cut = re.search(r"(?<!\\)(?:\\\\)*\\c", text)
    text = text[: cut.end() - 2] if cut else text
    return _ESCAPE.sub(_escaped, text), cut is not None


def _escaped(match: re.Match[str]) -> str:
    hexadecimal, octal, char = match.groups()
    if hexadecimal:
        return _byte(int(hexadecimal, 16))
    if octal:
        return _byte(int(octal, 8) & 255)
    return _ESCAPES.get(char, "\\" + char)


def _byte(number: int) -> str:
    return bytes([number]).decode("utf-8", "surrogateescape")


def echo(words: list[str]) -> str:
    """Return what mksh's echo prints: escapes are read unless -E."""
    newline, escapes = True, True
    while words and re.fullmatch(r"-[neE]+", words[0]):
        newline = newline and "n" not in words[0]
        escapes = "E" not in words[0]
        words = words[1:]
    text = " ".join(words)
    if escapes:
        # mksh's \\c keeps the newline away and nothing else.
        *parts, last = re.split(r"(?<!\\)((?:\\\\)*)\\c", text)
        newline = newline and not parts
        text = unescape("".join([*parts, last]))[0]
    return text + ("\n" if newline else "")


def printf(form: str, words: list[str]) -> str:
    """Return what printf prints; the format is used again until the words are."""
    out: list[str] = []
    rest = list(words)
    for _ in range(_MOST_ROUNDS):
        before = len(rest)
        text, stop = _printf_once(form, rest)
        out.append(text)
        if stop or not rest or len(rest) == before:
            break
    return "".join(out)


def _printf_once(form: str, rest: list[str]) -> tuple[str, bool]:
    out: list[str] = []
    at = 0
    while at < len(form):
        match = _CONVERSION.match(form, at)
        if match is not None:
            at = match.end()
            text, stop = _convert(match, rest)
            out.append(text)
            if stop:
                return "".join(out), True
            continue
        escape = _ESCAPE.match(form, at)
        out.append(_escaped(escape) if escape else form[at])
        at = escape.end() if escape else at + 1
    return "".join(out), False


def _convert(match: re.Match[str], rest: list[str]) -> tuple[str, bool]:
    percent, flags, width, precision, kind = match.groups()
    if percent:
        return "%", False

    def take(default: str) -> str:
        return rest.pop(0) if rest else default

    width = take("0") if width == "*" else width or ""
    precision = take("0") if precision == "*" else precision
    if max(_integer(width), _integer(precision or "0")) > _MOST_WIDTH:
        return "", True
    shape = f"%{flags}{width}" + (f".{precision}" if precision is not None else "")
    if kind in "diouxX":
        return (shape + ("d" if kind in "iu" else kind)) % _integer(take("0")), False
    if kind in "fFeEgG":
        try:
            return (shape + kind) % float(take("0") or 0), False
        except ValueError:
            return (shape + kind) % 0.0, False
    word = take("")
    if kind == "c":
        return (shape + "s") % word[:1], False
    if kind == "q":
        return (shape + "s") % _quoted(word), False
    stop = False
    if kind == "b":
        word, stop = unescape(word)
    return (shape + "s") % word, stop


def _integer(word: str) -> int:
    if word[:1] in ("'", '"') and len(word) > 1:
        return ord(word[1])
    try:
        return int(word, 0) if word else 0
    except ValueError:
        digits = re.match(r"\s*[+-]?\d+", word)
        return int(digits.group()) if digits else 0


def _quoted(word: str) -> str:
    if word and re.fullmatch(r"[\w@%+=:,./-]+", word):
        return word
    return "'" + word.replace("'", "'\\''") + "'"


def split_read(text: str, names: list[str], ifs: str) -> list[tuple[str, str]]:
    """Give the fields of a line to names; the last name gets the rest as it stands."""
    blank = re.escape("".join(c for c in ifs if c in " \t\n"))
    hard = re.escape("".join(c for c in ifs if c not in " \t\n"))
    space = f"[{blank}]" if blank else "(?!)"
    cut = re.compile(f"{space}*[{hard}]{space}*|{space}+" if hard else f"{space}+")
    text = re.sub(f"^{space}+|{space}+$", "", text)
    pairs = []
    for index, name in enumerate(names):
        if index + 1 == len(names):
            pairs.append((name, text))
            break
        match = cut.search(text)
        pairs.append((name, text[: match.start()] if match else text))
        text = text[match.end() :] if match else ""
    return pairs


def times(own: float, children: float) -> str:
    """Return what `times` prints; all of the simulated CPU time counts as user time."""
    rows = [divmod(round(seconds, 2), 60.0) for seconds in (own, children)]
    return "".join(f"{minutes:.0f}m{rest:05.2f}s 0m00.00s\n" for minutes, rest in rows)
