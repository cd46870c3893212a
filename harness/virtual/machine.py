r"""A virtual phone that is switched on: files, programs, processes, properties and a clock.

    phone = VirtualPhone(serial="VP0001", root=tmp, properties={"ro.product.model": "Pixel 8"})
    phone.programs["dumpsys"] = dumpsys          # async def dumpsys(ctx: ProcessContext) -> int
    phone.filesystem.provide("/proc/meminfo", lambda: "MemTotal: 8000000 kB\n")
    phone.recognisers.append(my_tool)            # (head: bytes) -> Program | None, for pushed files
    server = await serve_phone(phone)            # harness.virtual.adbd; then: adb connect host:port

A phone has toybox's commands (harness.virtual.shell.applets) and a small mksh from the start; what
it is made of (battery, GPU, `benchmark_model`) is for its maker to add.
"""

from __future__ import annotations

import asyncio
import posixpath
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from harness.virtual.filesystem import WRITABLE, Filesystem, Made
from harness.virtual.shell import applets, loader, procfs
from harness.virtual.shell.channels import Pipe
from harness.virtual.shell.context import Program
from harness.virtual.shell.process import Process, ProcessTable

SYSTEM_BIN = "/system/bin"
PATH = "/product/bin:/apex/com.android.runtime/bin:/system/bin:/system/xbin:/vendor/bin"

Recogniser = Callable[[bytes], Program | None]
"""Looks at the first 4096 bytes of an executable file and returns what runs it, or None."""


@dataclass
class VirtualPhone:
    """One phone of the virtual lab.

    Args:
        serial: `ro.serialno`; the transport has its own name, host:port.
        root: an empty folder of the host; becomes the phone's `/data/local/tmp`.
        properties: what `getprop` answers; those below are added where missing.
        programs: commands of the phone by name, over toybox's; found in /system/bin.
        recognisers: asked in turn when a file in /data/local/tmp is executed.
        capacity: bytes of storage; beyond it: No space left on device.
        authorized: False leaves every host `unauthorized`.
        boot_seconds: how long a reboot takes; the transport is away meanwhile.
        on_setprop: what init does when a property is set, by its name; the shell may set these.
        clock: seconds that only grow; time limits of the phone still take real time.
        nap: lets seconds of that clock pass; what runs beside simulated work wakes in its time.
        pass_time: the same, where they need not take as long: for who is held by a host while
            nothing on the phone works detached, as when a host waits for a phone to cool.
    """

    serial: str
    root: Path
    properties: dict[str, str] = field(default_factory=dict)
    programs: dict[str, Program] = field(default_factory=dict)
    recognisers: list[Recogniser] = field(default_factory=list)
    capacity: int = 64 << 30
    authorized: bool = True
    boot_seconds: float = 1.0
    clock: Callable[[], float] = time.monotonic
    nap: Callable[[float], Awaitable[None]] = asyncio.sleep
    on_setprop: dict[str, Callable[[str], None]] = field(default_factory=dict)
    pass_time: Callable[[float], Awaitable[None]] = asyncio.sleep
    on_reboot: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    boot_id: str = field(default="", init=False)
    booted_at: float = field(default=0.0, init=False)
    is_up: bool = field(default=False, init=False)
    filesystem: Filesystem = field(init=False)
    processes: ProcessTable = field(init=False)
    fifos: dict[tuple[int, int], Pipe] = field(default_factory=dict, init=False)
    _restart: asyncio.Task[None] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.filesystem = Filesystem(self.root, self.capacity)
        self.processes = ProcessTable(self.clock)
        self.programs = {**applets.PROGRAMS, **self.programs}
        for key, value in {
            "ro.serialno": self.serial,
            "ro.boot.serialno": self.serial,
            "ro.product.model": "Virtual Phone",
            "ro.product.name": "virtual",
            "ro.product.device": "virtual",
            "ro.product.manufacturer": "harness",
            "ro.product.cpu.abi": "arm64-v8a",
            "ro.product.cpu.abilist": "arm64-v8a",
            "ro.build.version.release": "14",
            "ro.build.version.sdk": "34",
            "ro.harness.virtual": "1",
        }.items():
            self.properties.setdefault(key, value)
        procfs.provide(self)
        self.filesystem.provide_tree(SYSTEM_BIN, self._system_bin)
        self.filesystem.provide_link("/bin", SYSTEM_BIN)
        self.boot()

    @property
    def uptime(self) -> float:
        """Seconds since the phone booted."""
        return self.clock() - self.booted_at

    def environment(self) -> dict[str, str]:
        """Return the environment that adbd gives a shell (daemon/shell_service.cpp)."""
        return {
            "PATH": PATH,
            "HOME": "/",
            "HOSTNAME": self.properties["ro.product.device"],
            "LOGNAME": "shell",
            "USER": "shell",
            "SHELL": f"{SYSTEM_BIN}/sh",
            "TMPDIR": WRITABLE,
            "TERM": "dumb",
            "ANDROID_ROOT": "/system",
            "ANDROID_DATA": "/data",
        }

    async def sleep(self, process: Process, seconds: float) -> None:
        """Sleep as a process of the phone does."""
        hurries = self.processes.is_held(process) and self.processes.is_quiet
        await (self.pass_time if hurries else self.nap)(seconds)

    def boot(self) -> None:
        """Start the phone's clock afresh and give it a new boot id."""
        self.boot_id = str(uuid.uuid4())
        self.booted_at = self.clock()
        self.properties["sys.boot_completed"] = "1"
        self.is_up = True

    def reboot(self) -> asyncio.Task[None]:
        """Restart: every process dies, adb goes away for `boot_seconds`, the boot id changes.

        Files stay. The task ends when the phone is back; it need not be waited for.
        """
        if self._restart is None or self._restart.done():
            self._restart = asyncio.get_running_loop().create_task(self._go_down_and_up())
        return self._restart

    async def _go_down_and_up(self) -> None:
        self.is_up = False
        self.properties["sys.boot_completed"] = "0"
        for hook in self.on_reboot:
            await hook()
        await self.processes.kill_all()
        self.fifos.clear()
        await asyncio.sleep(self.boot_seconds)
        self.boot()

    async def execute(self, process: Process, argv: tuple[str, ...], *, caller: str = "sh") -> int:
        """Run a program inside a process, in place of what ran there; return its status."""
        return await loader.execute(self, process, argv, caller=caller)

    def find_program(self, path: str) -> Program | tuple[str, ...]:
        """Return what runs the file at an absolute path; of a script, the words of its `#!` line.

        Raises:
            OSError: ENOENT, EACCES or ENOEXEC.
        """
        place = self.filesystem.resolve(path)
        folder, name = posixpath.split(place.path)
        if folder == SYSTEM_BIN and name in self.programs:
            return self.programs[name]
        return loader.program_of_file(self, place)

    def fifo(self, key: tuple[int, int]) -> Pipe:
        """Return the pipe behind a named pipe, by device and inode."""
        return self.fifos.setdefault(key, Pipe())

    def _system_bin(self) -> dict[str, Made]:
        return {name: Made(b"\x7fELF", 0o755) for name in self.programs}
