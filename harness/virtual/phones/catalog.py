"""The fleet: which virtual phones there are, read from the YAML files shipped with the package."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from harness.errors import UnknownNameError
from harness.virtual.phones.description import Phone, PhoneModel, Unit


@cache
def fleet() -> tuple[Unit, ...]:
    """Return every phone of the lab, in the order of fleet.yaml."""
    return tuple(Unit.model_validate(row) for row in _read("fleet.yaml")["phones"])


@cache
def model(name: str) -> PhoneModel:
    """Return a model of phone by the name of its file."""
    return PhoneModel.model_validate(_read(f"models/{name}.yaml"))


def phone(name: str) -> Phone:
    """Return a phone by its name; `pixel-8#7` is the seventh copy of `pixel-8`.

    Raises:
        UnknownNameError: the fleet has no such phone.
    """
    base, _, copy = name.partition("#")
    unit = next((unit for unit in fleet() if unit.name == base), None)
    if unit is None or (copy and not copy.isdigit()):
        known = ", ".join(unit.name for unit in fleet())
        raise UnknownNameError(
            f"no virtual phone is called {name!r}", next_step=f"choose from: {known}"
        )
    if copy:
        unit = unit.model_copy(update={"name": name, "serial": f"{unit.serial}{int(copy):03d}"})
    described = model(unit.model)
    simulation = described.simulation.model_validate(
        {**described.simulation.model_dump(), **unit.simulation}
    )
    return Phone(unit=unit, model=described.model_copy(update={"simulation": simulation}))


def phones(names: Sequence[str] | None = None) -> tuple[Phone, ...]:
    """Return the named phones, or the whole fleet."""
    chosen = [unit.name for unit in fleet()] if names is None else names
    return tuple(phone(name) for name in chosen)


def many(count: int) -> tuple[str, ...]:
    """Return the names of `count` phones: the fleet first, then copies of it."""
    names = [unit.name for unit in fleet()]
    rounds, rest = divmod(count, len(names))
    full = [f"{name}#{turn}" if turn else name for turn in range(rounds) for name in names]
    return (*full, *(f"{name}#{rounds}" if rounds else name for name in names[:rest]))


def _read(path: str) -> Any:
    from ruamel.yaml import YAML  # noqa: PLC0415 (slow to import; --help must not pay for it)

    text = files("harness.virtual.phones").joinpath(path).read_text(encoding="utf-8")
    return YAML(typ="safe", pure=True).load(text)
