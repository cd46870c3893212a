"""Two small trained models that come with the harness; see the README beside them."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent


def paths() -> tuple[Path, ...]:
    """Return the models' files, by name: one that GPUs take whole, one that they take in part."""
    return tuple(sorted(FOLDER.glob("*.tflite")))
