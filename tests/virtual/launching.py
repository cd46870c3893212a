"""Runs the simulated tool on a virtual phone in this process, without adb."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.virtual.phones.assemble import switch_on
from harness.virtual.phones.catalog import Phone, phone
from harness.virtual.shell.channels import OpenFile
from harness.virtual.tool.bundle import BINARY, bundle

TMP = "/data/local/tmp"


class Collected(OpenFile):
    """An open file that keeps what is written to it."""

    def __init__(self, into: list[tuple[str, str]], stream: str) -> None:
        super().__init__()
        self._into = into
        self._stream = stream

    async def write(self, data: bytes) -> None:
        self._into.append((self._stream, data.decode()))


@dataclass(frozen=True)
class Launched:
    """What one launch came to; `said` has the lines of both streams in order."""

    status: int
    said: tuple[tuple[str, str], ...]
    files: Mapping[str, bytes]

    @property
    def text(self) -> str:
        return "".join(text for _, text in self.said)


def launch(
    name: str,
    model: bytes,
    *argv: str,
    files: Mapping[str, bytes] | None = None,
    times: int = 1,
    seed: int = 0,
    simulation: Mapping[str, object] | None = None,
) -> Launched:
    """Run the tool `times` times on a fresh phone and return the last launch.

    `simulation` changes how the phone is simulated.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        tool = bundle().files[BINARY].path.read_bytes()
        for file, content in {"model.tflite": model, BINARY: tool, **(files or {})}.items():
            (root / file).write_bytes(content)
        (root / BINARY).chmod(0o755)
        status, said = asyncio.run(_launch(_phone(name, simulation or {}), root, argv, times, seed))
        found = {path.name: path.read_bytes() for path in root.iterdir() if path.is_file()}
    return Launched(status, tuple(said), found)


def _phone(name: str, simulation: Mapping[str, object]) -> Phone:
    found = phone(name)
    changed = found.model.simulation.model_copy(update=dict(simulation))
    model = found.model.model_copy(update={"simulation": changed})
    return found.model_copy(update={"model": model})


async def _launch(
    on: Phone, root: Path, argv: Sequence[str], times: int, seed: int
) -> tuple[int, list[tuple[str, str]]]:
    machine = switch_on(on, root, speed=1000.0, seed=seed)
    words = (f"{TMP}/{BINARY}", *argv)
    for _ in range(times):
        said: list[tuple[str, str]] = []
        process = machine.processes.spawn(
            lambda child: machine.execute(child, words),
            words,
            env=machine.environment(),
            cwd=TMP,
            files={1: Collected(said, "out"), 2: Collected(said, "err")},
        )
        status = await process.wait()
    return status, said
