"""grep, egrep and fgrep."""

from __future__ import annotations

import re

from harness.virtual.shell.applets.options import (
    UsageError,
    each_input,
    lines,
    number,
    read_options,
)
from harness.virtual.shell.context import ProcessContext, Program, decode

_CLASSES = {
    "[:alpha:]": "a-zA-Z",
    "[:digit:]": "0-9",
    "[:alnum:]": "a-zA-Z0-9",
    "[:space:]": r"\s",
    "[:upper:]": "A-Z",
    "[:lower:]": "a-z",
    "[:punct:]": r"!-/:-@\[-`{-~",
    "[:xdigit:]": "0-9a-fA-F",
    "[:blank:]": r" \t",
}


def translate(expression: str, *, extended: bool) -> str:
    r"""Turn a POSIX expression into one of Python's.

    Basic expressions have `\\(`, `\\{`, `\\|`, `\\+`, `\\?` where extended ones drop the backslash.
    """
    out: list[str] = []
    at = 0
    while at < len(expression):
        char = expression[at]
        at += 1
        if char == "[":
            end = expression.find("]", at + 1 + expression.startswith("^", at))
            while end > 0 and expression.rfind("[:", at, end) > expression.rfind(":]", at, end):
                end = expression.find("]", end + 1)
            if end < 0:
                raise UsageError(f"bad REGEX '{expression}': brackets ([ ]) not balanced")
            body = expression[at:end].replace("\\", "\\\\")
            for name, text in _CLASSES.items():
                body = body.replace(name, text)
            out.append(f"[{body.replace('[', chr(92) + '[')}]" if "[" in body else f"[{body}]")
            at = end + 1
        elif char == "\\" and at < len(expression):
            follower = expression[at]
            at += 1
            if follower in "(){}|+?" and not extended:
                out.append(follower)
            elif follower in "<>":
                out.append(r"\b")
            elif follower in "wWsSbB123456789":
                out.append("\\" + follower)
            else:
                out.append(re.escape(follower))
        elif char in "(){}|+?" and not extended:
            out.append(re.escape(char))
        elif char == "*" and (not out or out[-1] in ("^", "(", "|")):
            out.append(r"\*")
        elif char == "$" and not extended and at < len(expression):
            out.append(r"\$")
        else:
            out.append(char)
    return "".join(out)


def compile_expression(text: str, *, extended: bool, ignore_case: bool = False) -> re.Pattern[str]:
    """Compile a POSIX expression.

    Raises:
        UsageError: it is none.
    """
    try:
        return re.compile(translate(text, extended=extended), re.IGNORECASE if ignore_case else 0)
    except re.error as error:
        raise UsageError(f"bad REGEX '{text}': {error}") from None


async def _grep(ctx: ProcessContext) -> int:
    options, rest = read_options(ctx.args, "EFivcqnlhHoswxrLza", "emABC")
    texts = options["e"].split("\n") if "e" in options else rest.pop(0).split("\n") if rest else []
    if not texts:
        raise UsageError("Needs 1 argument")
    pattern = _pattern(ctx.name, options, texts)
    names = rest
    shows_name = ("H" in options or len(names) > 1) and "h" not in options
    limit = number(options["m"]) if "m" in options else None
    after = number(options.get("A", options.get("C", "0")))
    before = number(options.get("B", options.get("C", "0")))
    any_match = False
    async for name, source in each_input(ctx, names):
        count, tail, past = 0, 0, list[str]()
        index = 0
        async for line in lines(source):
            index += 1
            text = decode(line).rstrip("\n")
            start = f"{name}:" if shows_name else ""
            start += f"{index}:" if "n" in options else ""
            if (pattern.search(text) is None) != ("v" in options):
                if tail and not set("clLq") & set(options):
                    await ctx.out(f"{start}{text}\n")
                    tail -= 1
                else:
                    past = [*past, f"{start}{text}\n"][-before:] if before else []
                continue
            any_match, count, tail = True, count + 1, after
            if "q" in options:
                return 0
            if not set("clL") & set(options):
                shown = [m.group() for m in pattern.finditer(text) if m.group()]
                await ctx.out("".join(past))
                past = []
                for item in shown if "o" in options else [text]:
                    await ctx.out(f"{start}{item}\n")
            if count == limit or "l" in options:
                break
        if "c" in options:
            await ctx.out(f"{name}:{count}\n" if shows_name else f"{count}\n")
        if ("l" in options and count) or ("L" in options and not count):
            await ctx.out(f"{name}\n")
    return 2 if ctx.failed else int(not any_match)


def _pattern(command: str, options: dict[str, str], texts: list[str]) -> re.Pattern[str]:
    fixed = "F" in options or command == "fgrep"
    extended = "E" in options or command == "egrep"
    parts = [re.escape(t) if fixed else translate(t, extended=extended) for t in texts]
    whole = "|".join(f"(?:{part})" for part in parts) if len(parts) > 1 else parts[0]
    if "w" in options:
        whole = rf"\b(?:{whole})\b"
    if "x" in options:
        whole = rf"^(?:{whole})$"
    try:
        return re.compile(whole, re.IGNORECASE if "i" in options else 0)
    except re.error as error:
        raise UsageError(f"bad REGEX: {error}") from None


COMMANDS: dict[str, Program] = {"grep": _grep, "egrep": _grep, "fgrep": _grep}
