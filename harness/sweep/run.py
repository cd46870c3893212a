"""Running a plan: one worker per device, one launch at a time on each, everything in the journal.

A device that fails holds up nobody. Nothing here judges: a launch is a fact.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from harness.bench.command import LaunchKind
from harness.bench.health_facts import health_facts, read_facts
from harness.bench.policy import Policy
from harness.bench.preflight import Rest
from harness.bench.runner import (
    INIT_ALLOWANCE_S,
    CellSetup,
    Launch,
    failure_code,
    launch,
    learned_allowance,
)
from harness.deadline import Deadline
from harness.device.base import Device, DeviceKind
from harness.device.controls import ControlWish
from harness.errors import DeviceError
from harness.files import safe_name
from harness.sweep.agenda import Agenda, Course, MedianOf
from harness.sweep.controlled import Holding, held_still
from harness.sweep.gatekeeper import Admission, Gatekeeper
from harness.sweep.journal import Journal
from harness.sweep.progress import Progress
from harness.sweep.record import ManifestStep, RoundRecord

MAX_ATTEMPTS = 2
"""A launch whose phone was lost or rebooted is tried once more, then it has failed."""

RETURN_S = 180.0
"""How long a phone may take to boot and answer."""

GIVE_UP_AFTER = 2
"""So many launches in a row without a phone, and the rest of its cells are left out."""


@dataclass(frozen=True)
class Station:
    """One device of the sweep, open and leased: its launches, its cells' setups and folders.

    `median_us` reads what a round of it measured.
    """

    device: Device
    course: Course
    median_us: MedianOf
    setups: Mapping[str, CellSetup]
    folders: Mapping[str, Path]
    policy: Policy
    wish: ControlWish = field(default_factory=ControlWish)


@dataclass(frozen=True)
class Stop:
    """Asked once, workers finish the launch under way and end; what is done is kept."""

    event: threading.Event = field(default_factory=threading.Event)

    def ask(self) -> None:
        """Ask all workers to drain."""
        self.event.set()

    @property
    def asked(self) -> bool:
        """Whether somebody asked."""
        return self.event.is_set()


@dataclass(frozen=True)
class Context:
    """What all workers of a sweep share: its folder, journal, audience and stop sign."""

    root: Path
    journal: Journal
    progress: Progress
    stop: Stop


def run_stations(
    context: Context, stations: Sequence[Station], records: Sequence[RoundRecord]
) -> None:
    """Run what is not done yet on all stations in parallel and return when all have ended.

    `records` is what the journal held before. Threads are daemons: a second Ctrl-C may leave them.
    """
    workers = [_Worker(context, station, records) for station in stations]
    threads = [
        threading.Thread(target=worker.work, name=worker.station.device.id, daemon=True)
        for worker in workers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(timeout=0.2)  # a bare join would not let Ctrl-C in on every platform
    for worker in workers:
        if worker.error is not None:
            raise worker.error


class _Worker:
    """The launches of one device, in order."""

    def __init__(self, context: Context, station: Station, records: Sequence[RoundRecord]) -> None:
        self.context = context
        self.station = station
        self.error: Exception | None = None
        mine = [one for one in records if one.cell in station.setups]
        # What the device was not fit for is asked of it again.
        done = [one for one in mine if not one.not_made]
        self.agenda = Agenda(station.course, done, station.median_us)
        self.allowance: dict[str, float] = {}
        self.lost_in_a_row = 0
        self.counted_until = time.monotonic()
        rest = Rest()
        for one in mine:
            rest = rest.seen(read_facts(one.health))
        self.gatekeeper = Gatekeeper(
            station.device,
            station.policy,
            rest,
            note=self._note,
            stopped=lambda: context.stop.asked,
        )
        self.holding: Holding | None = None

    def work(self) -> None:
        """Run until done, stopped, or the device is gone for good."""
        try:
            device, wish = self.station.device, self.station.wish
            with held_still(device, wish, self.context.root, self._note) as self.holding:
                while (step := self._next()) is not None:
                    self._step(device, step)
        except Exception as error:  # noqa: BLE001 (handed to the main thread, which raises it)
            self.error = error
        if self.lost_in_a_row >= GIVE_UP_AFTER:
            self._note("gone; the rest of its cells is left out")

    def _next(self) -> ManifestStep | None:
        if self.context.stop.asked or self.lost_in_a_row >= GIVE_UP_AFTER:
            return None
        step = self.agenda.next()
        self.context.progress.launches_ahead(self.station.device.id, self.agenda.ahead)
        return step

    def _step(self, device: Device, step: ManifestStep) -> None:
        for attempt in range(1, MAX_ATTEMPTS + 1):
            self.context.progress.step_started(
                self.station.device.id, step.cell, step.kind, step.index
            )
            try:
                admission = self.gatekeeper.admit(step.kind, step.index)
            except DeviceError as error:
                admission, outcome = None, _without(error)
            else:
                if admission is None:
                    return  # stopped while the device was waited for
                outcome = self._launch(device, step, attempt, admission)
            again = attempt < MAX_ATTEMPTS and _try_again(outcome, step)
            if self.holding is not None:
                self.holding.hear()
            record = self._record(device, step, attempt, outcome, final=not again)
            if admission is not None:
                spent = {**record.spent_s, **admission.spent_s}
                record = record.model_copy(update={"spent_s": spent})
            self.context.journal.append(record)
            self.context.progress.step_finished(self.station.device.id, record)
            self.lost_in_a_row = self.lost_in_a_row + 1 if outcome.worth_another_try else 0
            self.agenda.made(record)
            if not again or self.context.stop.asked:
                return  # what is worth another try has it on resume
            self._await_return(device)

    def _await_return(self, device: Device) -> None:
        """Wait until the device answers again, or for as long as a reboot may take."""
        deadline = Deadline.after(RETURN_S)
        while not deadline.passed and not self.context.stop.asked:
            try:
                device.health(deadline.sooner(10.0))
            except DeviceError:
                self._note("waiting for it to come back")
                self.context.stop.event.wait(min(3.0, deadline.remaining))
            else:
                return

    def _launch(
        self, device: Device, step: ManifestStep, attempt: int, admission: Admission
    ) -> Launch:
        if admission.refused is not None:
            return Launch(
                started=datetime.now(UTC),
                seconds=0.0,
                command="",
                failure=admission.refused.value,
                failure_message=admission.message,
                health=admission.health,
                preflight=admission.facts,
            )
        outcome = launch(
            device,
            self.station.setups[step.cell],
            step.kind,
            self._folder(step, attempt),
            init_allowance_s=self.allowance.get(step.cell, INIT_ALLOWANCE_S),
            # A crash may come from an evidence flag itself (opaque delegates and the proto).
            with_evidence=attempt == 1,
            health=admission.health,
        )
        outcome = replace(outcome, preflight=admission.facts)
        self.gatekeeper.launched(admission.health, outcome.seconds)
        if step.kind is LaunchKind.PROBE and outcome.failure is None:
            self.allowance[step.cell] = learned_allowance(outcome)
        return outcome

    def _folder(self, step: ManifestStep, attempt: int) -> Path:
        name = f"{step.kind}-{step.index}" + ("" if attempt == 1 else f".{attempt}")
        return self.station.folders[step.cell] / name

    def _record(
        self, device: Device, step: ManifestStep, attempt: int, outcome: Launch, *, final: bool
    ) -> RoundRecord:
        return RoundRecord(
            cell=step.cell,
            kind=step.kind,
            index=step.index,
            attempt=attempt,
            final=final,
            started=outcome.started.isoformat(timespec="milliseconds"),
            seconds=round(outcome.seconds, 3),
            exit_status=outcome.exit_status,
            failure=outcome.failure,
            failure_message=outcome.failure_message,
            output=self._relative(outcome.output) if outcome.output is not None else None,
            files={name: self._relative(path) for name, path in outcome.files.items()},
            truncated=outcome.truncated,
            limited=outcome.limited,
            simulated=device.kind is DeviceKind.VIRTUAL,
            command=outcome.command,
            cpu_seconds=outcome.cpu_seconds,
            counters=dict(outcome.counters),
            health=health_facts(outcome.health),
            cpus_allowed=outcome.cpus_allowed,
            preflight=dict(outcome.preflight),
            cache=dict(outcome.cache),
            worker_s=self._worker_seconds(),
            controls=self.holding.outcomes if self.holding is not None else {},
            spent_s=dict(outcome.spent_s),
        )

    def _worker_seconds(self) -> float:
        """Return the seconds since this was asked last: all that a launch cost, waits included."""
        now = time.monotonic()
        spent, self.counted_until = now - self.counted_until, now
        return round(spent, 3)

    def _relative(self, path: Path) -> str:
        return path.relative_to(self.context.root).as_posix()

    def _note(self, text: str) -> None:
        self.context.progress.device_note(self.station.device.id, text)


def raw_folder(root: Path, device: str, model: str, variant: str) -> Path:
    """Return where the raw files of a cell lie."""
    return root / "raw" / safe_name(device) / safe_name(model) / safe_name(variant)


def _without(error: DeviceError) -> Launch:
    """Return a launch that never began, since the device was lost while it was looked at."""
    return Launch(
        started=datetime.now(UTC),
        seconds=0.0,
        command="",
        failure=failure_code(error),
        failure_message=error.message,
    )


def _try_again(outcome: Launch, step: ManifestStep) -> bool:
    crashed = outcome.failure is None and outcome.exit_status != 0
    return outcome.worth_another_try or (crashed and step.kind is LaunchKind.PROBE)
