"""toybox's commands, as far as benchmarking and a curious visitor need them."""

from __future__ import annotations

from harness.virtual.shell.applets import files, folders, grep, running, sed, sums, system, text
from harness.virtual.shell.applets.options import guarded
from harness.virtual.shell.context import Program
from harness.virtual.shell.interpreter import sh

PROGRAMS: dict[str, Program] = {
    name: guarded(program)
    for commands in (files, folders, grep, running, sed, sums, system, text)
    for name, program in commands.COMMANDS.items()
} | {"sh": sh, "mksh": sh}
"""Every command a phone has from the start, by name."""
