"""`tools.lock`: the sha256 of every fetched file, so that the same name means the same bytes.

It lies beside devices.yaml, where a lab commits it, or else in the harness's own folder. One entry
per source, version, ABI and file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from harness.bench.toolstore import home
from harness.errors import ConfigError
from harness.files import write_json

NAME = "tools.lock"
_LAB_FILE = "devices.yaml"


@dataclass(frozen=True)
class Pin:
    """One fetched file. `validator` is the server's name for the content; `fetched` is UTC."""

    source: str
    version: str
    abi: str
    file: str
    url: str
    sha256: str
    size: int
    validator: str | None
    fetched: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What a pin is for."""
        return (self.source, self.version, self.abi, self.file)


def lock_path(folder: Path | None = None) -> Path:
    """Return where the lock of a lab lies: in `folder` (the current one) if a lab lives there."""
    here = folder or Path.cwd()
    if (here / NAME).exists() or (here / _LAB_FILE).exists():
        return here / NAME
    return home() / NAME


def read_pins(path: Path) -> dict[tuple[str, str, str, str], Pin]:
    """Read a lock by key; an absent file pins nothing.

    Raises:
        ConfigError: the file is there and is no lock.
    """
    if not path.exists():
        return {}
    try:
        document = json.loads(path.read_text("utf-8"))
        if document["schema"] != 1:
            raise _broken(path, f"schema {document['schema']} is newer than this harness")
        names = {field.name for field in fields(Pin)}
        pins = [
            Pin(**{key: value for key, value in entry.items() if key in names})
            for entry in document["files"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _broken(path, f"not a lock of tools ({error})") from error
    return {pin.key: pin for pin in pins}


def write_pins(path: Path, pins: Iterable[Pin]) -> None:
    """Add pins to a lock; one for the same file takes the old one's place."""
    known = read_pins(path) | {pin.key: pin for pin in pins}
    entries = [asdict(pin) for _, pin in sorted(known.items())]
    write_json(path, {"schema": 1, "files": entries})


def _broken(path: Path, message: str) -> ConfigError:
    return ConfigError(
        message,
        file=str(path),
        line=None,
        next_step="restore it from version control, or remove it to pin anew at the next fetch",
    )
