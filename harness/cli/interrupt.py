"""Ctrl-C and SIGTERM: the first asks a sweep to drain, the second stops at once."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from harness.cli.render import emit_text
from harness.errors import ExitCode
from harness.sweep.run import Stop


@dataclass
class Interruption:
    """Which signal came first, if any."""

    signal_number: int | None = None

    @property
    def exit_code(self) -> ExitCode | None:
        """The exit code that the signal demands; None when none came."""
        if self.signal_number is None:
            return None
        return ExitCode.TERMINATED if self.signal_number == signal.SIGTERM else ExitCode.INTERRUPTED


@contextmanager
def draining(stop: Stop) -> Iterator[Interruption]:
    """Turn the first signal into a request to stop; the handlers before it are put back."""
    seen = Interruption()

    def handle(number: int, _frame: FrameType | None) -> None:
        if seen.signal_number is not None:
            raise KeyboardInterrupt
        seen.signal_number = number
        stop.ask()
        emit_text("stopping after the launches under way; once more stops at once", sys.stderr)

    if threading.current_thread() is not threading.main_thread():
        yield seen
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield seen
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
