"""Runs command lines on a virtual phone without adb, as adbd would start them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from harness.virtual.machine import VirtualPhone
from harness.virtual.shell.channels import Bytes, OpenFile, Pipe

TMP = "/data/local/tmp"


@dataclass(frozen=True)
class Result:
    status: int
    out: str
    err: str


async def run(phone: VirtualPhone, command: str, stdin: bytes = b"", cwd: str = TMP) -> Result:
    pipes = [Pipe(), Pipe()]
    ends = [pipe.reader() for pipe in pipes]
    files: dict[int, OpenFile] = {0: Bytes(stdin), 1: pipes[0].writer(), 2: pipes[1].writer()}
    argv = ("/system/bin/sh", "-c", command)
    process = phone.processes.spawn(
        lambda child: phone.execute(child, argv),
        argv,
        env={**phone.environment(), "LC_ALL": "C"},
        cwd=cwd,
        files=files,
    )

    async def everything(end: OpenFile) -> str:
        data = b""
        while piece := await end.read():
            data += piece
        return data.decode("utf-8", "surrogateescape")

    out, err = await asyncio.wait_for(asyncio.gather(*map(everything, ends)), 20)
    return Result(await process.wait(), out, err)


def on_a_phone(
    folder: Path, work: Callable[[VirtualPhone], Awaitable[object]], **made: object
) -> VirtualPhone:
    """Run a test's work with a phone in a loop of its own, and end whatever still runs."""

    async def main() -> VirtualPhone:
        phone = VirtualPhone(serial="VPTEST", root=folder, **made)
        try:
            await work(phone)
        finally:
            await phone.processes.kill_all()
        return phone

    return asyncio.run(main())


def sh(folder: Path, command: str, stdin: bytes = b"") -> Result:
    """Run one command line on a fresh phone."""
    results: list[Result] = []

    async def work(phone: VirtualPhone) -> None:
        results.append(await run(phone, command, stdin))

    on_a_phone(folder, work)
    return results[0]
