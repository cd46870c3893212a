"""This machine as a device: bundles in a cache, jobs as child processes in their own sessions."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import platformdirs

from harness.deadline import Deadline
from harness.device.base import (
    TELEMETRY,
    Bundle,
    DeviceKind,
    Health,
    Job,
    JobResult,
    LocalFile,
    Profile,
    Reading,
)
from harness.device.child import GRACE_S, Child
from harness.device.controls import Controlled, ControlOutcome, ControlWish, Held
from harness.device.cores import cpu_list
from harness.device.local_caches import LocalCaches
from harness.device.machine import machine_health, machine_idle_share, machine_profile
from harness.device.sampling import Sampler, can_sample
from harness.errors import (
    AffinityRefusedError,
    DeviceCommandError,
    DeviceContext,
    DeviceTimeoutError,
    StorageFullError,
)
from harness.files import safe_name, sha256_of

LOCAL_ID = "local"
_TAIL_SHARE = 4  # of the output cap, one part in so many is kept for the end
_PIECE = 65536


class LocalDevice:
    """The machine that the harness runs on; see `harness.device.base.Device`."""

    def __init__(self, cache: Path | None = None) -> None:
        self._cache = cache or platformdirs.user_cache_path("harness") / "local"
        self._cache.mkdir(parents=True, exist_ok=True)
        self._profile = machine_profile()
        self._caches = LocalCaches(self._cache, LOCAL_ID)
        # What was hashed, by size and time of change: a staged file may be a link to the original.
        self._verified: dict[Path, tuple[str, int, int]] = {}

    @property
    def id(self) -> str:
        """The id under which results are kept."""
        return LOCAL_ID

    @property
    def kind(self) -> DeviceKind:
        """Always LOCAL."""
        return DeviceKind.LOCAL

    @property
    def profile(self) -> Profile:
        """Facts read once, when the device was opened."""
        return self._profile

    @property
    def caches(self) -> LocalCaches:
        """Caches of compiled things, beside the bundles."""
        return self._caches

    def health(self, deadline: Deadline, *, load: bool = True) -> Health:
        """Read the machine's state."""
        found = machine_health(self._cache, deadline)
        return replace(found, idle_share=machine_idle_share()) if load else found

    def thaw(self, readings: Sequence[Reading], deadline: Deadline) -> tuple[str, ...]:
        """Nothing of this machine's readings can be frozen."""
        del readings, deadline
        return ()

    def rest(self, seconds: float, deadline: Deadline) -> None:
        """Sleep."""
        time.sleep(min(seconds, deadline.remaining))

    def stage(self, bundle: Bundle, deadline: Deadline) -> str:
        """Link or copy a bundle into the cache, verified by hash, and return its folder.

        Raises:
            DeviceTimeoutError: the deadline passed.
            StorageFullError: there is no room.
            DeviceCommandError: a file is gone, or is not what its hash says.
        """
        folder = self._cache / "bundles" / safe_name(bundle.key)
        for name, file in bundle.files.items():
            if safe_name(name, 200) != name:
                raise DeviceCommandError(
                    f"{name!r} cannot be a file name", context=DeviceContext(LOCAL_ID, "stage")
                )
            if deadline.passed:
                raise DeviceTimeoutError(
                    "staging took too long", context=DeviceContext(LOCAL_ID, f"stage {name}")
                )
            if not self._is_there(folder / name, file.sha256):
                self._place(folder / name, file)
        return str(folder)

    def run(self, job: Job, into: Path, deadline: Deadline) -> JobResult:
        """Run a job in a fresh folder and bring its output and files into `into`.

        Raises:
            DeviceTimeoutError: the deadline passed first; nothing of the job runs on.
            DeviceCommandError: the program cannot be started.
        """
        if job.trace:
            raise DeviceCommandError(
                "this machine has no system trace that the harness reads",
                context=DeviceContext(LOCAL_ID, job.argv[0]),
                next_step="its tool gives every invocation without it",
            )
        place = Path(tempfile.mkdtemp(prefix=f"{safe_name(job.name)}-", dir=self._cache))
        try:
            return self._run_in(place, job, into, deadline)
        finally:
            shutil.rmtree(place, ignore_errors=True)

    @property
    def recovered(self) -> tuple[str, ...]:
        """Nothing: no setting of this machine is ever changed."""
        return ()

    @contextmanager
    def controlled(self, wish: ControlWish, deadline: Deadline) -> Iterator[Held]:
        """Hold nothing: this machine is somebody's. What was asked for by name is told so."""
        del deadline
        why = "the harness changes no setting of this machine"
        yield Held(
            tuple(Controlled(name, ControlOutcome.UNSUPPORTED, message=why) for name in wish.names)
            if wish.asked
            else ()
        )

    def close(self) -> None:
        """Nothing is held between calls."""

    def _is_there(self, path: Path, sha256: str) -> bool:
        try:
            stat = path.stat()
        except OSError:
            return False
        seen = (sha256, stat.st_size, stat.st_mtime_ns)
        if self._verified.get(path) != seen:
            if sha256_of(path) != sha256:
                return False
            self._verified[path] = seen
        return True

    def _place(self, path: Path, file: LocalFile) -> None:
        context = DeviceContext(LOCAL_ID, f"stage {file.path}")
        partial = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial.unlink(missing_ok=True)
            _link_or_copy(file, partial)
            if sha256_of(partial) != file.sha256:
                raise DeviceCommandError(
                    f"{file.path} has changed since it was read",
                    context=context,
                    next_step="run again, and leave the file alone meanwhile",
                )
            partial.replace(path)
        except OSError as error:
            if shutil.disk_usage(self._cache).free < _PIECE:
                raise StorageFullError(
                    "no room left", context=context, next_step=f"free some space at {self._cache}"
                ) from error
            raise DeviceCommandError(f"{error.strerror}: {file.path}", context=context) from error
        finally:
            partial.unlink(missing_ok=True)

    def _run_in(self, place: Path, job: Job, into: Path, deadline: Deadline) -> JobResult:
        started, start = datetime.now(UTC), time.monotonic()
        try:
            child = Child(job.argv, place, job.env, job.cpus)
        except OSError as error:
            context = DeviceContext(LOCAL_ID, job.argv[0])
            if job.cpus and error.filename is None:
                raise AffinityRefusedError(
                    f"cannot bind a program to CPUs {cpu_list(job.cpus)}: {error.strerror}",
                    context=context,
                    next_step="leave out --cores on this machine",
                ) from error
            raise DeviceCommandError(
                f"cannot start {job.argv[0]}: {error.strerror}", context=context
            ) from error
        output = into / "output.log"
        reader = _CappedReader(child.output, output, job.output_cap)
        sampler = None
        if job.sample_s is not None and can_sample():
            sampler = Sampler(child.pid, into / TELEMETRY, job.sample_s)
        limited = True
        try:
            limited = not child.wait(min(job.limit_s, deadline.remaining))
            seconds = time.monotonic() - start
        finally:
            child.end()
            reader.finish()
            if sampler is not None:
                sampler.end()
        if limited and deadline.passed:
            raise DeviceTimeoutError(
                f"{job.name} did not end in time", context=DeviceContext(LOCAL_ID, job.argv[0])
            )
        return JobResult(
            exit_status=child.exit_status,
            output=output,
            files=_collect(place, job, into) | _sampled(into),
            started=started,
            seconds=seconds,
            boot_id=machine_health(self._cache, Deadline.after(GRACE_S)).boot_id,
            limited=limited,
            truncated=reader.truncated,
            cpu_seconds=child.cpu_seconds,
            cpus_allowed=child.cpus_allowed,
        )


class _CappedReader:
    """Copies a stream to a file: its head, a mark, and its tail if there is more than the cap."""

    def __init__(self, stream: IO[bytes], path: Path, cap: int) -> None:
        self._stream, self._path = stream, path
        self._tail_cap = max(1, cap // _TAIL_SHARE)
        self._head_cap = max(1, cap - self._tail_cap)
        self._left_out = 0
        self._thread = threading.Thread(target=self._copy, daemon=True)
        self._thread.start()

    @property
    def truncated(self) -> bool:
        """Whether something was left out."""
        return self._left_out > 0

    def finish(self) -> None:
        """Wait until everything that was written is in the file."""
        self._thread.join(GRACE_S)

    def _copy(self) -> None:
        tail: deque[bytes] = deque()
        held = kept = 0
        with self._path.open("wb") as target, self._stream:
            while piece := os.read(self._stream.fileno(), _PIECE):
                head = piece[: self._head_cap - kept]
                target.write(head)
                kept += len(head)
                tail.append(piece[len(head) :])
                held += len(tail[-1])
                while tail and held - len(tail[0]) >= self._tail_cap:
                    dropped = len(tail.popleft())
                    held -= dropped
                    self._left_out += dropped
            rest = b"".join(tail)
            over = max(0, len(rest) - self._tail_cap)
            self._left_out += over
            if self._left_out:
                target.write(
                    f"\n[harness: {self._left_out} bytes of output were cut here]\n".encode()
                )
            target.write(rest[over:])


def _link_or_copy(file: LocalFile, path: Path) -> None:
    # A link shares its mode with the original, which is not ours to change.
    if not file.executable or os.access(file.path, os.X_OK):
        try:
            os.link(file.path, path)
        except OSError:
            pass  # another file system, or one without links
        else:
            return
    shutil.copyfile(file.path, path)
    path.chmod(0o755 if file.executable else 0o644)


def _sampled(into: Path) -> dict[str, Path]:
    found = into / TELEMETRY
    return {TELEMETRY: found} if found.is_file() else {}


def _collect(place: Path, job: Job, into: Path) -> dict[str, Path]:
    """Move the job's files home; only plain files of its own folder count."""
    found = {}
    for name in job.collect:
        source = place / name
        if safe_name(name, 200) == name and source.is_file() and not source.is_symlink():
            found[name] = Path(shutil.move(source, into / name))
    return found
