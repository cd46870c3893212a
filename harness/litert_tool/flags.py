"""How `benchmark_model` reads, echoes and explains its flags; after `command_line_flags.cc`.

The stock tool's own table is in `stock.py`. Only the standard library is imported: this file also
runs as a plain file on other machines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

Value = bool | int | float | str


class Kind(StrEnum):
    """Type names as the usage text prints them."""

    INT = "int32"
    FLOAT = "float"
    BOOL = "bool"
    STRING = "string"


class Group(StrEnum):
    """Where a flag comes from: the tool itself, or a delegate provider linked into a build."""

    TOOL = "tool"
    EXECUTION = "execution"
    XNNPACK = "xnnpack"
    EXTERNAL = "external"
    GPU = "gpu"
    NNAPI = "nnapi"
    HEXAGON = "hexagon"
    STABLE_DELEGATE = "stable_delegate"


@dataclass(frozen=True)
class Flag:
    """One flag. `label` is what the parameter echo calls it; None: it is never echoed."""

    group: Group
    name: str
    kind: Kind
    default: Value
    label: str | None
    help: str
    always_echoed: bool = False


@dataclass(frozen=True)
class Parsed:
    """What a command line came to.

    `values` has every flag by name; `given` those that were on the command line; `unconsumed` the
    arguments that no flag took, in order; `errors` pairs of flag name and refused argument.
    """

    values: Mapping[str, Value]
    given: frozenset[str]
    unconsumed: tuple[str, ...]
    errors: tuple[tuple[str, str], ...]

    @property
    def wants_usage(self) -> bool:
        """Whether the tool answers with its usage text and exit status 1."""
        bare_help = bool(self.unconsumed) and self.unconsumed[0] == "--help"
        return bool(self.errors) or bare_help or self.values.get("help") is True


_INT32 = range(-(2**31), 2**31)
# What a C++ stream reads and where it stops: trailing text is ignored, as the real tool does.
_INT_PREFIX = re.compile(r"\s*([+-]?\d+)", re.ASCII)
_FLOAT_PREFIX = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)", re.ASCII)
_BOOLS = {"true": True, "1": True, "false": False, "0": False}


def flags_of(table: Sequence[Flag], groups: Iterable[Group]) -> tuple[Flag, ...]:
    """Return the flags of a build that has these groups, in table order."""
    wanted = frozenset(groups)
    return tuple(flag for flag in table if flag.group in wanted)


def _read(kind: Kind, text: str) -> Value | None:
    if kind is Kind.STRING:
        return text
    if kind is Kind.BOOL:
        return _BOOLS.get(text)
    match = (_INT_PREFIX if kind is Kind.INT else _FLOAT_PREFIX).match(text)
    if match is None:
        return None
    if kind is Kind.FLOAT:
        return float(match[1])
    number = int(match[1])
    return number if number in _INT32 else None


def parse(arguments: Sequence[str], table: Sequence[Flag]) -> Parsed:
    """Read a command line (without the program's name) as the real tool does.

    Only `--name=value` is understood. The first argument for a name counts, a second one is left
    unconsumed. A value that does not fit its type is an error; unknown arguments are not.
    """
    first: dict[str, int] = {}
    for position, argument in enumerate(arguments):
        name, equals, _ = argument.removeprefix("--").partition("=")
        if equals and argument.startswith("--"):
            first.setdefault(name, position)
    values: dict[str, Value] = {}
    errors: list[tuple[str, str]] = []
    consumed: set[int] = set()
    for flag in table:
        values.setdefault(flag.name, flag.default)
        if flag.name not in first:
            continue
        argument = arguments[first[flag.name]]
        value = _read(flag.kind, argument.partition("=")[2])
        consumed.add(first[flag.name])
        if value is None:
            errors.append((flag.name, argument))
        else:
            values[flag.name] = value
    return Parsed(
        values=values,
        given=frozenset(flag.name for flag in table if flag.name in first),
        unconsumed=tuple(a for i, a in enumerate(arguments) if i not in consumed),
        errors=tuple(errors),
    )


def show(value: Value) -> str:
    """Print a value as a C++ stream does: bools as 0 and 1, floats with six digits."""
    if isinstance(value, bool):
        return str(int(value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def echo(parsed: Parsed, table: Sequence[Flag], *, nnapi_devices: str = "") -> list[str]:
    """Return the parameter echo, one text a line, without a level in front.

    Parameters that were not given are echoed under `--verbose=true` only. NNAPI's own parameters
    need NNAPI to be on, and then the list of its devices (`a,b,nnapi-reference`) stands among them.
    """
    everything = parsed.values.get("verbose") is True
    nnapi_on = parsed.values.get("use_nnapi") is True
    texts: list[str] = []
    for flag in table:
        hidden = flag.group is Group.NNAPI and flag.name != "use_nnapi" and not nnapi_on
        if flag.name == "disable_nnapi_cpu" and nnapi_on and nnapi_devices:
            texts.append(f"NNAPI accelerators available: [{nnapi_devices}]")
        if flag.label is None or hidden:
            continue
        if everything or flag.always_echoed or flag.name in parsed.given:
            texts.append(f"{flag.label}: [{show(parsed.values[flag.name])}]")
    return texts


def usage(program: str, table: Sequence[Flag]) -> str:
    """Return the usage text as the real tool lays it out; it ends in a line break."""
    heads = [f"--{flag.name}={_default(flag)}" for flag in table]
    width = max(map(len, heads), default=0)
    rows = (
        f"\t{head:<{width}}\t{flag.kind}\toptional\t{flag.help}\n"
        for head, flag in zip(heads, table, strict=True)
    )
    return f"usage: {program} <flags>\nFlags:\n{''.join(rows)}"


def _default(flag: Flag) -> str:
    if isinstance(flag.default, bool):
        return "true" if flag.default else "false"
    return show(flag.default)
