"""From a phone's ABI to a tool that is known to run on it: resolve, fetch if allowed, learn."""

from __future__ import annotations

import re
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.bench.helptext import parse_help
from harness.bench.tool import Tool
from harness.bench.toolstore import add, find, help_folder, list_tools, verify
from harness.bench.variant import Dialect
from harness.deadline import Deadline
from harness.device.base import Device, Job
from harness.errors import ToolError, UnknownNameError, UsageError
from harness.files import safe_name, write_whole

FETCH_S = 600.0
_HELP_S = 60.0

# Devices are opened side by side; one of them fetches and asks, the others find the result.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class FetchPolicy:
    """Whether a missing tool may be fetched, and how to ask and tell.

    `confirm` gets the question (source, size, address) and says yes or no; `say` gets sentences;
    `progress` gets (bytes so far, total or None).
    """

    allowed: bool = False
    confirm: Callable[[str], bool] = lambda _question: False
    say: Callable[[str], None] = lambda _sentence: None
    progress: Callable[[int, int | None], None] = lambda _done, _total: None


OFFLINE = FetchPolicy()


def resolve_tool(
    abi: str,
    dialect: Dialect,
    *,
    named: str | None = None,
    other_abis: Sequence[str] = (),
    policy: FetchPolicy = OFFLINE,
) -> Tool:
    """Return the tool for phones of this ABI: the named one, else one of the store, else fetched.

    `named` is a tool's name, a start of its hash, or a path, which is added to the store. A named
    tool may be of one of `other_abis` (what a 64-bit phone also runs); an unnamed one may not, so
    that no phone is measured with the lesser build unasked. A compiled-model tool stands in for a
    missing interpreter, never the other way round.

    Raises:
        ToolError: there is none, it does not fit, or it could not be fetched; `next_step` has the
            address and the `harness tools add` line.
        UnknownNameError: `named` is no tool.
    """
    with _ONE_AT_A_TIME:
        if named is not None:
            return verify(_fitting(_named(named, abi), (abi, *other_abis)))
        usable = [tool for tool in list_tools() if tool.abi == abi]
        for wanted in _acceptable(dialect):
            for tool in usable:
                if tool.dialect is wanted:
                    return verify(tool)
        return _fetched(abi, dialect, policy)


def learn(tool: Tool, device: Device, deadline: Deadline) -> Tool:
    """Ask the tool for its help text on the device; return it with dialect and flags filled in.

    The answer is kept by the tool's hash and the device's ABI and build, and asked for once.

    Raises:
        ToolError: it does not start there, or is no benchmark tool.
        DeviceError: the device could not be asked.
    """
    kept = help_folder(tool) / f"{_device_key(device)}.txt"
    if kept.is_file():
        parsed = parse_help(kept.read_text("utf-8", "replace"))
        if parsed.dialect is not None:
            return replace(tool, dialect=parsed.dialect, flags=parsed.flags)
    exit_status, text = _ask_for_help(tool, device, deadline)
    parsed = parse_help(text)
    if parsed.dialect is None:
        raise _no_benchmark(tool, device, exit_status, text)
    write_whole(kept, text)
    return replace(tool, dialect=parsed.dialect, flags=parsed.flags)


def _acceptable(dialect: Dialect) -> tuple[Dialect | None, ...]:
    """List the dialects that serve a request, best first; None is a tool that was never asked."""
    if dialect is Dialect.INTERPRETER:
        return (Dialect.INTERPRETER, None, Dialect.COMPILED_MODEL)
    return (Dialect.COMPILED_MODEL, None)


def _named(named: str, abi: str) -> Tool:
    try:
        return find(named)
    except UnknownNameError:
        path = Path(named).expanduser()
        if not path.exists():
            raise
        try:
            return add([path])
        except UsageError as error:
            raise ToolError(
                error.message,
                next_step=f"`harness tools add {named} --abi {abi}`; {error.next_step}",
            ) from error


def _fitting(tool: Tool, abis: Sequence[str]) -> Tool:
    if tool.abi in abis:
        return tool
    raise ToolError(
        f"tool {tool.name} is built for {tool.abi}; this phone runs {', '.join(abis)}",
        next_step="leave --tool out, or name a tool for that ABI (`harness tools list`)",
    )


def _fetched(abi: str, dialect: Dialect, policy: FetchPolicy) -> Tool:
    from harness.bench import fetch  # noqa: PLC0415 (pulls in the HTTP client)

    source = fetch.source_for(dialect, abi)
    if source is None:
        raise ToolError(
            f"no public {dialect.value} tool is built for {abi}",
            next_step=f"build benchmark_model for {abi}, then `harness tools add PATH`",
        )
    urls = list(fetch.urls_of(source, abi).values())
    by_hand = f"download {urls[0]} where there is a network, then `harness tools add PATH`"
    if not policy.allowed:
        raise ToolError(
            f"no {dialect.value} benchmark_model for {abi}",
            next_step=f"`harness tools fetch {source.name} --abi {abi}`, or {by_hand}",
        )
    deadline = Deadline.after(FETCH_S)
    offer = fetch.offer(source, abi, deadline)
    if not policy.confirm(f"fetch {offer}?"):
        raise ToolError(
            f"no {dialect.value} benchmark_model for {abi}, and fetching it was declined",
            next_step=f"answer yes, pass --yes, or {by_hand}",
        )
    policy.say(f"fetching {offer}")
    return fetch.fetch_tool(offer, deadline, say=policy.say, progress=policy.progress)


def _device_key(device: Device) -> str:
    profile = device.profile
    abi = profile.abis[0] if profile.abis else "unknown-abi"
    return safe_name(f"{abi}-{profile.fingerprint or device.id}")


def _ask_for_help(tool: Tool, device: Device, deadline: Deadline) -> tuple[int | None, str]:
    """Run `--help`, which answers in full and exits 1 (tflite/tools/command_line_flags.cc)."""
    folder = device.stage(tool.bundle, deadline)
    job = Job(
        name="help",
        argv=(f"{folder}/{tool.binary}", "--help"),
        env={**tool.environment, "LD_LIBRARY_PATH": folder},
        limit_s=_HELP_S,
    )
    with tempfile.TemporaryDirectory(prefix="harness-help-") as scratch:
        result = device.run(job, Path(scratch), deadline)
        return result.exit_status, result.output.read_text("utf-8", "replace")


# What bionic's linker and the shell print when a program does not start
# (bionic/linker/linker_main.cpp, linker_phdr.cpp; system/bin/sh).
_MISSING_LIBRARY = re.compile(r'library "([^"]{1,200})" not found')
_WRONG_ABI = re.compile(r"not executable: \S+ ELF file|is for EM_\w+|is (?:32|64)-bit instead of")


def _no_benchmark(tool: Tool, device: Device, exit_status: int | None, text: str) -> ToolError:
    library = _MISSING_LIBRARY.search(text)
    if library is not None:
        return ToolError(
            f"tool {tool.name} does not start on {device.id}: {library[1]} is missing",
            next_step=f"add it with its library: `harness tools add BINARY {library[1]}`",
        )
    if _WRONG_ABI.search(text):
        return ToolError(
            f"tool {tool.name} ({tool.abi}) is built for another processor than {device.id} has",
            next_step="name a tool for this phone's ABI (`harness tools list`)",
        )
    first = next((line for line in text.splitlines() if line.strip()), "no output")
    return ToolError(
        f"tool {tool.name} is no benchmark_model on {device.id}: its --help ended with exit status "
        f"{exit_status} and said: {first.strip()[:200]}",
        next_step=f"`harness tools remove {tool.name}` and add a benchmark_model for Android",
    )
