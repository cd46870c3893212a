"""How much memory the process has had at most, where the system tells."""

from __future__ import annotations

import sys

_PER_MB = 1024 * 1024 if sys.platform == "darwin" else 1024


def peak_mb() -> float | None:
    """Largest resident set so far in MiB; macOS counts bytes, Linux kibibytes, Windows nothing."""
    try:
        import resource  # noqa: PLC0415  absent on Windows
    except ImportError:
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _PER_MB
