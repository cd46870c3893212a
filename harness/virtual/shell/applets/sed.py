"""sed: `s///`, `p`, `d` and `q` with addresses; enough to pick lines and to change words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.virtual.shell.applets.grep import compile_expression
from harness.virtual.shell.applets.options import UsageError, read_all
from harness.virtual.shell.context import ProcessContext, Program, decode, encode

_ADDRESS = re.compile(r"(\d+|\$|/(?:[^/\\]|\\.)*/)")


@dataclass(frozen=True)
class _Step:
    """One command: where it applies, what it does."""

    first: str | None
    last: str | None
    negated: bool
    action: str
    pattern: re.Pattern[str] | None = None
    replacement: str = ""
    flags: str = ""


def _parse(script: str, *, extended: bool) -> list[_Step]:
    steps = []
    text = script
    while text := text.lstrip("; \t\n"):
        addresses: list[str | None] = []
        while len(addresses) < 2 and (match := _ADDRESS.match(text)):  # noqa: PLR2004 - from, to
            addresses.append(match.group(1))
            text = text[match.end() :]
            if not text.startswith(","):
                break
            text = text[1:]
        first, last = [*addresses, None, None][:2]
        text = text.lstrip()
        negated = text.startswith("!")
        text = text[negated:].lstrip()
        action, text = text[:1], text[1:]
        if action in ("p", "d", "q"):
            steps.append(_Step(first, last, negated, action))
            continue
        if action != "s" or not text:
            raise UsageError(f"bad pattern '{script}'")
        divider = re.escape(text[0])
        match = re.match(
            rf"{divider}((?:[^{divider}\\]|\\.)*){divider}((?:[^{divider}\\]|\\.)*)"
            rf"(?:{divider}([gpiI0-9]*))?",
            text,
            re.DOTALL,
        )
        if match is None:
            raise UsageError(f"bad pattern '{script}'")
        expression, replacement, flags = match.group(1), match.group(2), match.group(3) or ""
        pattern = compile_expression(
            expression.replace("\\" + text[0], text[0]),
            extended=extended,
            ignore_case="i" in flags.lower(),
        )
        text = text[match.end() :]
        steps.append(_Step(first, last, negated, "s", pattern, replacement, flags))
    return steps


class _Run:
    """One pass over the lines."""

    def __init__(self, steps: list[_Step], count: int, *, extended: bool) -> None:
        self._steps = steps
        self._count = count
        self._extended = extended
        self._open: set[int] = set()
        self.done = False

    def line(self, number: int, text: str, *, silent: bool) -> list[str]:
        """Return what is printed for one line."""
        out: list[str] = []
        for index, step in enumerate(self._steps):
            if self._applies(index, step, number, text) == step.negated:
                continue
            if step.action == "d":
                return out
            if step.action == "p":
                out.append(text)
            elif step.action == "q":
                self.done = True
                break
            elif step.pattern is not None:
                new, changes = step.pattern.subn(
                    lambda match, step=step: _replace(step.replacement, match),
                    text,
                    count=0 if "g" in step.flags else 1,
                )
                text = new
                if changes and "p" in step.flags:
                    out.append(text)
        return out if silent else [*out, text]

    def _applies(self, index: int, step: _Step, number: int, text: str) -> bool:
        if step.first is None:
            return True
        if step.last is None:
            return self._meets(step.first, number, text)
        if index in self._open:
            if self._meets(step.last, number, text):
                self._open.discard(index)
            return not (step.last.isdigit() and number > int(step.last))
        if self._meets(step.first, number, text):
            if not (step.last.isdigit() and int(step.last) <= number):
                self._open.add(index)
            return True
        return False

    def _meets(self, address: str, number: int, text: str) -> bool:
        if address == "$":
            return number == self._count
        if address.isdigit():
            return number == int(address)
        return compile_expression(address[1:-1], extended=self._extended).search(text) is not None


def _replace(template: str, match: re.Match[str]) -> str:
    def one(found: re.Match[str]) -> str:
        token = found.group()
        if token == "&":
            return match.group()
        if token[1].isdigit():
            return (
                (match.group(int(token[1])) or "") if int(token[1]) <= len(match.groups()) else ""
            )
        return "\n" if token[1] == "n" else token[1]

    return re.sub(r"\\.|&", one, template, flags=re.DOTALL)


async def _sed(ctx: ProcessContext) -> int:
    silent = extended = in_place = False
    scripts: list[str] = []
    names: list[str] = []
    words = list(ctx.args)
    while words:
        word = words.pop(0)
        if word == "-e" and words:
            scripts.append(words.pop(0))
        elif re.fullmatch(r"-[nErise]+", word):
            silent = silent or "n" in word
            extended = extended or bool(set("Er") & set(word))
            in_place = in_place or "i" in word
            if word.endswith("e") and words:
                scripts.append(words.pop(0))
        else:
            names.append(word)
    if not scripts:
        if not names:
            raise UsageError("no pattern")
        scripts.append(names.pop(0))
    steps = _parse("\n".join(scripts), extended=extended)
    inputs = [[name] for name in names] if in_place else [names or ["-"]]
    for group in inputs:
        data = b"".join([await read_all(ctx, name) for name in group])
        text = decode(data)
        found = text.split("\n")
        ended = text.endswith("\n")
        found = found[:-1] if ended or not text else found
        run = _Run(steps, len(found), extended=extended)
        out: list[str] = []
        for index, line in enumerate(found, start=1):
            out += run.line(index, line, silent=silent)
            if run.done:
                break
        result = "\n".join(out) + ("\n" if out and (ended or run.done) else "")
        if in_place:
            path = ctx.path(group[0])
            ctx.fs.write(path, encode(result), mode=ctx.fs.stat(path).mode & 0o777)
        else:
            await ctx.out(result)
    return 0


COMMANDS: dict[str, Program] = {"sed": _sed}
