"""A copy of a sweep that may be sent to strangers: no serial numbers, no paths of the host.

Fingerprints, models of phones and every line of the tool stay; they are what is worth sending.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

from harness.device.base import DeviceKind
from harness.errors import UsageError
from harness.sweep.folder import SweepFolder, read_folder


def write_redacted(folder: Path, target: Path) -> Path:
    """Write the redacted copy as a zip archive and return its path.

    Raises:
        UsageError: the folder is not that of a sweep, or the target cannot be written.
    """
    sweep = read_folder(folder)
    words = _words(sweep)
    try:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(one for one in folder.rglob("*") if one.is_file()):
                if path.resolve() == target.resolve():
                    continue
                name = _replaced(path.relative_to(folder).as_posix().encode(), words)
                archive.writestr(name.decode(), _replaced(path.read_bytes(), words))
    except OSError as error:
        raise UsageError(
            f"{target} cannot be written: {error.strerror}", next_step="name another file"
        ) from error
    return target


def _words(sweep: SweepFolder) -> list[tuple[bytes, bytes]]:
    """Return what is replaced by what, longer words first, so that none hides in another."""
    phones = [one.id for one in sweep.manifest.devices if one.kind is not DeviceKind.LOCAL]
    phones += [one.id for one in sweep.manifest.sweep.skipped_devices if one.id not in phones]
    words = {serial: f"phone-{number}" for number, serial in enumerate(phones, start=1)}
    for model in sweep.manifest.models:
        words[model.path] = Path(model.path).name
    for given in (sweep.root.resolve(), Path.home()):
        words[str(given)] = "~"
    pairs = [(old.encode(), new.encode()) for old, new in words.items() if len(old) > 1]
    return sorted(pairs, key=lambda pair: -len(pair[0]))


def _replaced(data: bytes, words: list[tuple[bytes, bytes]]) -> bytes:
    for old, new in words:
        data = data.replace(old, new)
    return data
