"""Selectors: the little language that says which devices are meant.

pixel8            a serial or an alias; with * or ? any that fits
tag:flagship      a tag of devices.yaml
soc:tensor*       the SoC or the platform, in any case
api>=29  api:30   the API level
kind:virtual      adb, emulator, local or virtual
local             this machine
tag:lab&api>=29   & is and
pixel8,tag:lab    a comma is or, and so is a second selector
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Protocol

from harness.device.base import DeviceKind, DeviceState, Profile
from harness.errors import UnknownNameError, UsageError

_API = re.compile(r"api(?P<operator>>=|<=|[:=<>])(?P<level>.*)", re.DOTALL)
_COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    ":": operator.eq,
    "=": operator.eq,
}
_ON_REQUEST = (DeviceKind.EMULATOR, DeviceKind.LOCAL)


class Way(Protocol):
    """One way to a device; a phone on Wi-Fi is also known by its address."""

    @property
    def target(self) -> str:
        """What adb calls it."""
        ...


class Selectable(Protocol):
    """What selection needs to know of a device; `ListedDevice` is one."""

    @property
    def id(self) -> str:
        """The serial, or `local`."""
        ...

    @property
    def kind(self) -> DeviceKind:
        """What sort of device it is."""
        ...

    @property
    def state(self) -> DeviceState:
        """Whether it can be measured on."""
        ...

    @property
    def detail(self) -> str:
        """The state in more words."""
        ...

    @property
    def next_step(self) -> str:
        """What to do when it is not ready."""
        ...

    @property
    def transports(self) -> Sequence[Way]:
        """The ways to it."""
        ...

    @property
    def alias(self) -> str | None:
        """Its short name in devices.yaml."""
        ...

    @property
    def tags(self) -> tuple[str, ...]:
        """Its tags in devices.yaml."""
        ...

    @property
    def profile(self) -> Profile | None:
        """What it is; None while it cannot be asked."""
        ...


class Field(StrEnum):
    """What a term speaks of."""

    NAME = "name"
    TAG = "tag"
    SOC = "soc"
    API = "api"
    KIND = "kind"


@dataclass(frozen=True)
class Term:
    """One condition. `comparison` is used for API alone."""

    field: Field
    value: str
    comparison: str = ":"

    @property
    def is_glob(self) -> bool:
        """Whether it may fit several names."""
        return any(character in self.value for character in "*?[")

    def matches(self, device: Selectable) -> bool:
        """Whether the device meets the condition; what is unknown meets none."""
        if self.field is Field.NAME:
            fits = any(fnmatchcase(n, self.value) for n in (device.id, device.alias) if n)
            return fits or self._is_name_of(device)
        if self.field is Field.TAG:
            return self.value in device.tags
        if self.field is Field.KIND:
            return device.kind == self.value
        if device.profile is None:
            return False
        if self.field is Field.SOC:
            known = (device.profile.soc, device.profile.platform)
            return any(fnmatchcase(s.lower(), self.value.lower()) for s in known if s)
        level = device.profile.api_level
        return level is not None and _COMPARISONS[self.comparison](level, int(self.value))

    def _is_name_of(self, device: Selectable) -> bool:
        ways = (way.target for way in device.transports)
        return self.value in (device.id, device.alias, *ways)

    def requests(self, device: Selectable) -> bool:
        """Whether the term points at this very device or its kind, rather than sweeping it in."""
        if self.field is Field.NAME:
            return self._is_name_of(device)
        return self.field in (Field.KIND, Field.TAG)


@dataclass(frozen=True)
class Selector:
    """Terms joined by and."""

    text: str
    terms: tuple[Term, ...]

    def matches(self, device: Selectable) -> bool:
        """Whether the device is meant. Emulators and this machine are so only on request."""
        if not all(term.matches(device) for term in self.terms):
            return False
        return device.kind not in _ON_REQUEST or any(term.requests(device) for term in self.terms)


def parse_selectors(texts: Iterable[str]) -> tuple[Selector, ...]:
    """Read selectors as they are typed.

    Raises:
        UsageError: one is empty or cannot be read.
        UnknownNameError: a kind that there is not.
    """
    return tuple(_selector(part) for text in texts for part in text.split(","))


def _selector(text: str) -> Selector:
    return Selector(text.strip(), tuple(_term(part.strip(), text) for part in text.split("&")))


def _term(text: str, whole: str) -> Term:
    if not text:
        raise UsageError(
            f"'{whole.strip()}' selects nothing: a part of it is empty",
            next_step="give a serial, an alias, tag:x, soc:x, api>=29, kind:x or local",
        )
    api = _API.fullmatch(text)
    if api is not None:
        level = api["level"].strip()
        if not (level.isascii() and level.isdigit() and len(level) <= 4):  # noqa: PLR2004 (digits)
            raise UsageError(f"'{text}' has no API level", next_step="write, say, api>=29")
        return Term(Field.API, level, api["operator"])
    word, colon, value = text.partition(":")
    if not colon or word not in ("tag", "soc", "kind"):
        return Term(Field.NAME, text)
    if not value.strip():
        raise UsageError(f"'{text}' names nothing after the colon", next_step=f"write {word}:name")
    if word == "kind" and value not in tuple(DeviceKind):
        raise UnknownNameError(
            f"no kind of device is called '{value}'", next_step=f"kinds: {', '.join(DeviceKind)}"
        )
    return Term(Field(word), value.strip())
