"""Commands that are part of the shell, since they change it or its process."""

from __future__ import annotations

import posixpath
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from harness.virtual.shell import conditional, jobs, loader, printing
from harness.virtual.shell.answers import fail, out
from harness.virtual.shell.channels import OpenFile
from harness.virtual.shell.context import at, decode, reason
from harness.virtual.shell.process import ExitProcess
from harness.virtual.shell.steering import LoopControl, ReturnFrom

if TYPE_CHECKING:
    from harness.virtual.shell.session import Shell

Builtin = Callable[["Shell", list[str]], Awaitable[int]]


async def _nothing(shell: Shell, words: list[str]) -> int:
    return 0


async def _false(shell: Shell, words: list[str]) -> int:
    return 1


async def _echo(shell: Shell, words: list[str]) -> int:
    await out(shell, printing.echo(words[1:]))
    return 0


async def _print(shell: Shell, words: list[str]) -> int:
    args = words[1:]
    raw = args[:1] in (["-r"], ["-r", "--"])
    await out(shell, printing.echo(["-E", *args[1:]] if raw else ["-e", *args]))
    return 0


async def _printf(shell: Shell, words: list[str]) -> int:
    if len(words) < 2:  # noqa: PLR2004 - the name and a format
        return await fail(shell, words, "missing format")
    await out(shell, printing.printf(words[1], words[2:]))
    return 0


async def _cd(shell: Shell, words: list[str]) -> int:
    target = words[1] if len(words) > 1 else shell.get("HOME") or "/"
    if target == "-":
        target = shell.get("OLDPWD") or "/"
    path = posixpath.normpath(at(shell.process, target))
    try:
        if not shell.files.stat(path).is_directory:
            return await fail(shell, words, f"{target}: Not a directory", 2)
    except OSError as error:
        return await fail(shell, words, f"{target}: {reason(error)}", 2)
    shell.put("OLDPWD", shell.cwd)
    shell.process.cwd = path
    shell.variables.values["PWD"] = path
    return 0


async def _pwd(shell: Shell, words: list[str]) -> int:
    await out(shell, shell.cwd + "\n")
    return 0


async def _exit(shell: Shell, words: list[str]) -> int:
    raise ExitProcess(_status(shell, words))


async def _return(shell: Shell, words: list[str]) -> int:
    raise ReturnFrom(_status(shell, words))


def _status(shell: Shell, words: list[str]) -> int:
    return int(words[1]) & 255 if len(words) > 1 and words[1].isdigit() else shell.status


async def _break(shell: Shell, words: list[str]) -> int:
    levels = int(words[1]) if len(words) > 1 and words[1].isdigit() else 1
    raise LoopControl(levels, again=words[0] == "continue")


async def _export(shell: Shell, words: list[str]) -> int:
    names = [word for word in words[1:] if word != "-p"]
    kept = shell.variables.exported if words[0] == "export" else shell.variables.readonly
    if not names:
        for name in sorted(kept):
            await out(shell, f"{words[0]} {name}={shell.variables.values.get(name, '')}\n")
    for word in names:
        name, equals, value = word.partition("=")
        if equals:
            shell.put(name, value)
        kept.add(name)
    return 0


async def _local(shell: Shell, words: list[str]) -> int:
    exports = False
    for word in words[1:]:
        if word.startswith(("-", "+")):
            exports = exports or "x" in word
            continue
        name, equals, value = word.partition("=")
        shell.variables.localize(name)
        if equals:
            shell.put(name, value)
        if exports:
            shell.variables.exported.add(name)
    return 0


async def _unset(shell: Shell, words: list[str]) -> int:
    for name in words[1:]:
        shell.variables.values.pop(name, None)
        shell.variables.exported.discard(name)
        if "-f" in words:
            shell.functions.pop(name, None)
    return 0


async def _set(shell: Shell, words: list[str]) -> int:
    if len(words) == 1:
        for name, value in sorted(shell.variables.values.items()):
            await out(shell, f"{name}={value}\n")
    at_word = 1
    while at_word < len(words):
        word = words[at_word]
        if word == "--":
            shell.positional = words[at_word + 1 :]
            break
        if word[:1] not in ("-", "+"):
            shell.positional = words[at_word:]
            break
        letters = set(word[1:])
        if word[1:] == "o":
            at_word += 1
            letters = {_OPTIONS.get(name, name) for name in words[at_word : at_word + 1]}
        shell.options = shell.options | letters if word[0] == "-" else shell.options - letters
        at_word += 1
    return 0


_OPTIONS = {"errexit": "e", "nounset": "u", "xtrace": "x", "noglob": "f", "allexport": "a"}


async def _shift(shell: Shell, words: list[str]) -> int:
    count = int(words[1]) if len(words) > 1 and words[1].isdigit() else 1
    if count > len(shell.positional):
        return await fail(shell, words, "nothing to shift")
    shell.positional = shell.positional[count:]
    return 0


async def _eval(shell: Shell, words: list[str]) -> int:
    shell.status = 0
    return await shell.run_text(" ".join(words[1:]))


async def _source(shell: Shell, words: list[str]) -> int:
    if len(words) == 1:
        return await fail(shell, words, "missing argument")
    try:
        text = decode(shell.files.read(at(shell.process, words[1])))
    except OSError as error:
        await shell.complain(f"{words[0]}: {words[1]}: {reason(error)}")
        return 1
    try:
        return await shell.run_text(text)
    except ReturnFrom as result:
        return result.status


async def _read(shell: Shell, words: list[str]) -> int:
    args = words[1:]
    raw = False
    while args and args[0].startswith("-") and len(args[0]) > 1:
        raw = raw or "r" in args[0]
        args = args[1:]
    line = decode(await (shell.process.files.get(0) or OpenFile()).read_line())
    ended = line.endswith("\n")
    text = line.rstrip("\n")
    while not raw and text.endswith("\\") and ended:
        more = decode(await (shell.process.files.get(0) or OpenFile()).read_line())
        ended = more.endswith("\n")
        text = text[:-1] + more.rstrip("\n")
    ifs = shell.get("IFS")
    for name, value in printing.split_read(
        text, args or ["REPLY"], " \t\n" if ifs is None else ifs
    ):
        shell.put(name, value if raw else value.replace("\\", ""))
    return int(not ended)


async def _test(shell: Shell, words: list[str]) -> int:
    args = words[1:]
    if words[0] == "[":
        if not args or args[-1] != "]":
            return await fail(shell, words, "missing ]", 2)
        args = args[:-1]
    try:
        return int(not conditional.check(shell, args))
    except conditional.ConditionError as error:
        return await fail(shell, words, str(error), 2)


async def _which(shell: Shell, words: list[str]) -> int:
    status = 0
    for name in [word for word in words[1:] if not word.startswith("-")]:
        if name in shell.functions:
            text = f"{name} is a function"
        elif name in BUILTINS:
            text = name if words[0] == "command" else f"{name} is a shell builtin"
        else:
            try:
                path = loader.which(shell.phone, shell.process, name)
            except OSError:
                status = 1 if words[0] == "command" else 127
                if words[0] != "command":
                    await out(shell, f"{name} not found\n")
                continue
            text = path if words[0] == "command" else f"{name} is {path}"
        await out(shell, text + "\n")
    return status


async def _command(shell: Shell, words: list[str]) -> int:
    if len(words) > 1 and words[1] in ("-v", "-V"):
        return await _which(shell, words)
    if len(words) == 1:
        return 0
    return await shell.executor.run_words(words[1:])


async def _umask(shell: Shell, words: list[str]) -> int:
    if len(words) == 1:
        await out(shell, "000\n")
    return 0


async def _ulimit(shell: Shell, words: list[str]) -> int:
    if not any(word[:1].isdigit() for word in words[1:]):
        await out(shell, "unlimited\n")
    return 0


async def _times(shell: Shell, words: list[str]) -> int:
    process = shell.process
    await out(shell, printing.times(process.cpu_seconds, process.children_cpu_seconds))
    return 0


async def _let(shell: Shell, words: list[str]) -> int:
    value = 0
    for word in words[1:]:
        value = shell.expander.evaluate(word)
    return int(value == 0)


BUILTINS: dict[str, Builtin] = {
    ":": _nothing,
    "true": _nothing,
    "false": _false,
    "echo": _echo,
    "print": _print,
    "printf": _printf,
    "cd": _cd,
    "pwd": _pwd,
    "exec": _nothing,
    "exit": _exit,
    "return": _return,
    "break": _break,
    "continue": _break,
    "export": _export,
    "readonly": _export,
    "local": _local,
    "typeset": _local,
    "declare": _local,
    "unset": _unset,
    "set": _set,
    "shift": _shift,
    "eval": _eval,
    ".": _source,
    "source": _source,
    "read": _read,
    "test": _test,
    "[": _test,
    "wait": jobs.wait,
    "kill": jobs.kill,
    "trap": jobs.trap,
    "jobs": jobs.jobs,
    "command": _command,
    "type": _which,
    "whence": _which,
    "umask": _umask,
    "ulimit": _ulimit,
    "times": _times,
    "let": _let,
}

SPECIAL = frozenset({":", ".", "export", "readonly", "set", "unset", "eval", "shift", "trap"})
"""Builtins before which an assignment stays (POSIX, special built-in utilities)."""
