"""Every error the harness raises on purpose, in one tree.

    HarnessError                      has a message, a next step, a code and an exit code
    ├── UsageError                    the words of the call or of devices.yaml are off (exit 2)
    │   ├── ConfigError               a file of ours has a wrong key or value: names file, line, key
    │   ├── UnknownNameError          no such device, variant, tool, model or sweep
    │   └── ModelError                a model is missing, truncated or no .tflite at all
    ├── NothingToMeasureError         no usable device, or no tool for one (exit 3)
    │   └── ToolError                 a tool cannot be had, or does not fit the device
    │       └── DownloadError         its address did not give it whole: has url and status
    ├── EvidenceError                 a file that a tool wrote cannot be read
    ├── LeaseHeldError                another harness measures on this phone
    └── DeviceError                   carries serial, command, exit status and stderr
        ├── DeviceUnavailableError    transient: link lost, offline, server gone; try again
        │   └── DeviceTimeoutError    transient: nothing came back before the deadline
        ├── DeviceRebootedError       the boot id changed under a round
        └── DeviceCommandError        stable: the device answered, and the answer is no
            ├── AffinityRefusedError  stable: a program may not run on the cores asked for
            └── StorageFullError      stable: no room for what must be staged

Doubtful causes count as transient, so that the retry policy is one `except`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """What the process exits with; documented in docs/reference/exit-codes.md."""

    OK = 0
    GATE_FAILED = 1
    USAGE = 2
    NOTHING_MEASURED = 3
    NO_VALID_CELL = 4
    INTERRUPTED = 130
    TERMINATED = 143


class HarnessError(Exception):
    """Something that the user can act on: `message` says what, `next_step` what to do."""

    code = "error"
    exit_code = ExitCode.USAGE

    def __init__(self, message: str, *, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step


class UsageError(HarnessError):
    """Raised when the words of a call are off."""

    code = "usage"


class ConfigError(UsageError):
    """Raised when a file of ours has a wrong key or value."""

    code = "config"

    def __init__(
        self, message: str, *, file: str, line: int | None, key: str = "", next_step: str = ""
    ) -> None:
        where = f"{file}:{line}" if line is not None else file
        super().__init__(f"{where}: {key + ': ' if key else ''}{message}", next_step=next_step)
        self.file = file
        self.line = line
        self.key = key


class UnknownNameError(UsageError):
    """Raised when no device, variant, tool, model or sweep has the given name."""

    code = "unknown-name"


class ModelError(UsageError):
    """Raised when a model is missing, truncated or not a .tflite file."""

    code = "model"


class NothingToMeasureError(HarnessError):
    """Raised when no device or no tool is usable."""

    code = "nothing-to-measure"
    exit_code = ExitCode.NOTHING_MEASURED


class ToolError(NothingToMeasureError):
    """Raised when a tool cannot be had or does not fit the device."""

    code = "tool"


class DownloadError(ToolError):
    """Raised when an address did not give a file whole; `status` is HTTP's, None without one."""

    code = "download"

    def __init__(self, message: str, *, url: str, status: int | None, next_step: str = "") -> None:
        super().__init__(message, next_step=next_step)
        self.url = url
        self.status = status


class EvidenceError(HarnessError):
    """Raised when a file that a tool wrote cannot be read."""

    code = "evidence"


class LeaseHeldError(HarnessError):
    """Raised when another process measures on the phone."""

    code = "busy"
    exit_code = ExitCode.NOTHING_MEASURED


@dataclass(frozen=True)
class DeviceContext:
    """What was being done when a device failed: the record behind a DeviceError."""

    serial: str
    command: str = ""
    exit_status: int | None = None
    stderr: str = ""


class DeviceError(HarnessError):
    """Raised when a device does not do what it was asked; `context` is the record."""

    code = "device"
    exit_code = ExitCode.NOTHING_MEASURED

    def __init__(self, message: str, *, context: DeviceContext, next_step: str = "") -> None:
        super().__init__(f"{context.serial}: {message}", next_step=next_step)
        self.context = context


class DeviceUnavailableError(DeviceError):
    """Raised when the link, the phone or the adb server is gone; worth another try."""

    code = "device-unavailable"


class DeviceTimeoutError(DeviceUnavailableError):
    """Raised when nothing came back before the deadline."""

    code = "device-timeout"


class DeviceRebootedError(DeviceError):
    """Raised when the phone's boot id changed under a round."""

    code = "device-rebooted"


class DeviceCommandError(DeviceError):
    """Raised when the device answered and the answer is no."""

    code = "device-command"


class AffinityRefusedError(DeviceCommandError):
    """Raised when the device does not let a program run on the cores that were asked for."""

    code = "affinity-refused"


class StorageFullError(DeviceCommandError):
    """Raised when the device has no room for what must be staged."""

    code = "storage-full"
