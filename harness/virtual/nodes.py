"""What lies at a path of a virtual phone: what stat says of it, and what is made up on demand."""

from __future__ import annotations

import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

Content = bytes | str | Callable[[], bytes | str]


@dataclass(frozen=True)
class FileStat:
    """What stat(2) says of a file of the phone; sizes in bytes, times in seconds."""

    mode: int
    size: int = 0
    mtime: float = 0.0
    ino: int = 0
    dev: int = 0
    nlink: int = 1
    uid: int = 0
    gid: int = 0

    @property
    def is_directory(self) -> bool:
        """Whether this is a directory."""
        return stat.S_ISDIR(self.mode)

    @property
    def is_link(self) -> bool:
        """Whether this is a symbolic link."""
        return stat.S_ISLNK(self.mode)


@dataclass(frozen=True)
class Link:
    """A made-up symbolic link."""

    target: str


@dataclass(frozen=True)
class Made:
    """A made-up file: its content is asked for at each open."""

    content: Content
    mode: int = 0o444

    def read(self) -> bytes:
        """Return what the file holds now."""
        content = self.content() if callable(self.content) else self.content
        return content.encode() if isinstance(content, str) else content


Tree = Callable[[], Mapping[str, Made | Link]]
"""Paths relative to where the tree hangs, and what lies there now."""


@dataclass(frozen=True)
class Place:
    """Where a path leads: to a file of the host, or to something made up."""

    path: str
    host: Path | None
