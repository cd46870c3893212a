"""The journal of a sweep: one line a launch, on disk before the next launch starts.

A process may be killed at any byte. What is torn is the last line at most; it is cut off when the
journal is opened again, and the launch that it spoke of is made anew.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import ValidationError

from harness.sweep.record import RoundRecord

NAME = "rounds.jsonl"

StepKey = tuple[str, str, int]
"""Cell, kind and index: what a launch of the schedule is."""


class Journal:
    """The open journal of one sweep folder; safe to use from several worker threads."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._lock = threading.Lock()
        whole = _whole_prefix(self.path)
        self._stream = self.path.open("ab")
        self._stream.truncate(whole)

    def append(self, record: RoundRecord) -> None:
        """Write one line and return when it is on the disk."""
        line = record.model_dump_json(by_alias=True).encode() + b"\n"
        with self._lock:
            self._stream.write(line)
            self._stream.flush()
            os.fsync(self._stream.fileno())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.close()


def read_journal(folder: Path) -> tuple[RoundRecord, ...]:
    """Return all whole lines; empty if there is no journal."""
    path = folder / NAME
    if not path.exists():
        return ()
    data = path.read_bytes()[: _whole_prefix(path)]
    return tuple(one for line in data.splitlines() if (one := _parse(line)) is not None)


def done_steps(records: Iterable[RoundRecord]) -> frozenset[StepKey]:
    """Return the launches that need not be made again on resume.

    A launch that the harness lost (link, limit, staging) is final only after its last attempt. One
    that the device was not fit for was not made.
    """
    return frozenset(
        (one.cell, one.kind, one.index) for one in records if one.final and not one.not_made
    )


def _whole_prefix(path: Path) -> int:
    """Return how many bytes from the start are whole lines."""
    return path.read_bytes().rfind(b"\n") + 1 if path.exists() else 0


def _parse(line: bytes) -> RoundRecord | None:
    """Read a line; None for one that a failing disk has damaged: its launch is made anew."""
    try:
        return RoundRecord.model_validate_json(line)
    except ValidationError:
        return None
