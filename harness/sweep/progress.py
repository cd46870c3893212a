"""What a sweep tells of itself while it runs: one protocol, and the one that stays silent."""

from __future__ import annotations

from typing import Protocol

from harness.sweep.documents import ResultsDoc
from harness.sweep.record import Manifest, RoundRecord


class Progress(Protocol):
    """Hears of a sweep's steps. Called from one thread per device, so it must lock for itself."""

    def sweep_started(self, manifest: Manifest) -> None:
        """All is decided; the first launch follows."""
        ...

    def launches_ahead(self, device: str, most: int) -> None:
        """At most so many launches are still to come on `device`; none: its worker has ended."""
        ...

    def step_started(self, device: str, cell: str, kind: str, index: int) -> None:
        """A launch begins on `device`; `kind` is `probe` or `round`, `index` counts per cell."""
        ...

    def step_finished(self, device: str, record: RoundRecord) -> None:
        """A launch ended and its record is in the journal."""
        ...

    def device_note(self, device: str, text: str) -> None:
        """Something about a device that a person should see: link lost, waiting, left out."""
        ...

    def finished(self, results: ResultsDoc) -> None:
        """The sweep is over, whole or not."""
        ...


class SilentProgress:
    """Says nothing; for `--json` and for tests."""

    def sweep_started(self, manifest: Manifest) -> None:
        """Say nothing."""

    def launches_ahead(self, device: str, most: int) -> None:
        """Say nothing."""

    def step_started(self, device: str, cell: str, kind: str, index: int) -> None:
        """Say nothing."""

    def step_finished(self, device: str, record: RoundRecord) -> None:
        """Say nothing."""

    def device_note(self, device: str, text: str) -> None:
        """Say nothing."""

    def finished(self, results: ResultsDoc) -> None:
        """Say nothing."""
