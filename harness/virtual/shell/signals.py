"""Names and numbers of signals, and `kill` as the shell and toybox both have it."""

from __future__ import annotations

from harness.virtual.shell.context import reason
from harness.virtual.shell.process import Process, ProcessTable, Signal


def read_signal(word: str) -> Signal | None:
    """Return the signal that a word names: TERM, SIGTERM, term or 15."""
    name = word.upper().removeprefix("SIG")
    if name in Signal.__members__:
        return Signal[name]
    return Signal(int(word)) if word.isdigit() and int(word) in set(Signal) else None


def send(processes: ProcessTable, caller: Process, args: list[str]) -> tuple[str, list[str], int]:
    """Do what `kill args` does; return its output, its complaints and its status.

    Process 0 means the caller's group.
    """
    number = int(Signal.TERM)
    if args[:1] == ["-l"]:
        if len(args) == 1:
            return " ".join(signal.name for signal in Signal) + "\n", [], 0
        known = [int(word) % 128 for word in args[1:] if word.isdigit()]
        return "".join(f"{Signal(n).name}\n" for n in known if n in set(Signal)), [], 0
    if args and args[0].startswith("-") and args[0] != "--":
        word = args[1] if args[0] in ("-s", "-n") and len(args) > 1 else args[0][1:]
        args = args[2:] if args[0] in ("-s", "-n") else args[1:]
        signal = read_signal(word)
        if signal is None and word != "0":
            return "", [f"bad signal '{word}'"], 1
        number = int(signal) if signal else 0
    args = args[1:] if args[:1] == ["--"] else args
    if not args:
        return "", ["not enough arguments"], 1
    complaints = []
    for word in args:
        try:
            processes.signal(int(word) or -caller.group, number)
        except ValueError:
            complaints.append(f"{word}: arguments must be jobs or process IDs")
        except OSError as error:
            complaints.append(f"{word}: {reason(error)}")
    return "", complaints, int(bool(complaints))
