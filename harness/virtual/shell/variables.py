"""What a shell remembers by name: variables, what is exported, and its special parameters."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class Variables:
    """Named values of one shell, with the scopes that `local` opens."""

    values: dict[str, str] = field(default_factory=dict)
    exported: set[str] = field(default_factory=set)
    readonly: set[str] = field(default_factory=set)
    scopes: list[dict[str, str | None]] = field(default_factory=list)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Variables:
        """Start with what the environment holds."""
        return cls(dict(environment), set(environment))

    def copy(self) -> Variables:
        """Return what a forked shell has."""
        scopes = [dict(scope) for scope in self.scopes]
        return Variables(dict(self.values), set(self.exported), set(self.readonly), scopes)

    def environment(self) -> dict[str, str]:
        """Return what a started program is given."""
        return {name: self.values[name] for name in self.exported if name in self.values}

    def get(self, name: str) -> str | None:
        """Return a value, also of the variables that are made up when read."""
        if name in self.values:
            return self.values[name]
        if name == "RANDOM":
            return str(random.randrange(32768))
        if name == "EPOCHREALTIME":
            return f"{time.time():.6f}"
        return None

    def localize(self, name: str) -> None:
        """Let a variable have its old value back when the function returns."""
        if self.scopes:
            self.scopes[-1].setdefault(name, self.values.get(name))

    def leave(self) -> None:
        """Close the scope of a function."""
        for name, value in self.scopes.pop().items():
            if value is None:
                self.values.pop(name, None)
            else:
                self.values[name] = value
