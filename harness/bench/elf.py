"""What an ELF header says about a program: its ABI, and the loader that it asks for."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

# e_machine values of the ELF specification -> Android ABI names.
_ABI_BY_MACHINE = {3: "x86", 40: "armeabi-v7a", 62: "x86_64", 183: "arm64-v8a"}
ANDROID_ABIS = tuple(sorted(_ABI_BY_MACHINE.values()))
_WIDE_ABIS = frozenset({"arm64-v8a", "x86_64"})

_HEADER_SIZE = 64
_CLASS_64 = 2
_LITTLE_ENDIAN = 1
_PT_INTERP = 3
# Linkers put the program headers and the loader's name into the first page of the file.
_READ_AHEAD = 65536


@dataclass(frozen=True)
class ElfFacts:
    """What was read from a file.

    `abi` is an Android ABI name, or None with `reason`. `loader` is the dynamic loader the program
    asks for (`/system/bin/linker64` on Android); None for libraries and static programs.
    """

    abi: str | None
    loader: str | None = None
    reason: str = ""

    @property
    def foreign(self) -> bool:
        """Whether the program asks for a loader that Android does not have (a Linux build)."""
        return self.loader is not None and not self.loader.startswith(("/system/", "/apex/"))


def is_script(path: Path) -> bool:
    """Whether a file starts with a shebang, so that its ABI cannot be read from it."""
    with path.open("rb") as stream:
        return stream.read(2) == b"#!"


def read_elf(path: Path) -> ElfFacts:
    """Read the ABI of a file from its ELF header; the name of the file plays no part."""
    data = _head(path)
    if data[:4] != b"\x7fELF":
        return ElfFacts(None, reason=_why_no_elf(data))
    if len(data) < _HEADER_SIZE:
        return ElfFacts(None, reason="the ELF header is cut short")
    if data[5] != _LITTLE_ENDIAN:
        return ElfFacts(None, reason="a big-endian ELF file; no Android phone runs one")
    machine = struct.unpack_from("<H", data, 18)[0]
    abi = _ABI_BY_MACHINE.get(machine)
    if abi is None:
        return ElfFacts(None, reason=f"an ELF file for machine {machine}, which is no Android ABI")
    wide = data[4] == _CLASS_64
    if wide != (abi in _WIDE_ABIS):
        return ElfFacts(None, reason=f"an ELF file for {abi} of the wrong word size")
    return ElfFacts(abi, loader=_loader(data, wide=wide))


def _head(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(_READ_AHEAD)


def _why_no_elf(data: bytes) -> str:
    if not data:
        return "the file is empty"
    if data.startswith(b"#!"):
        return "a script"
    if data.startswith(b"PK\x03\x04"):
        return "a zip archive or an APK, not a program"
    if data.lstrip()[:1] == b"<":
        return "an HTML or XML page (a failed download?), not a program"
    return "not an ELF file"


@dataclass(frozen=True)
class _Layout:
    """Where the two ELF classes keep what `_loader` needs: byte offsets and the word's format."""

    word: str
    table: int
    sizes: int
    offset: int
    length: int


_WIDE = _Layout(word="<Q", table=32, sizes=54, offset=8, length=32)
_NARROW = _Layout(word="<I", table=28, sizes=42, offset=4, length=16)


def _loader(data: bytes, *, wide: bool) -> str | None:
    """Find PT_INTERP; None when there is none, or when the headers point out of reach."""
    layout = _WIDE if wide else _NARROW
    table = struct.unpack_from(layout.word, data, layout.table)[0]
    size, count = struct.unpack_from("<HH", data, layout.sizes)
    for index in range(count):
        entry = data[table + index * size :][:size]
        if len(entry) < layout.length + struct.calcsize(layout.word):
            return None
        if struct.unpack_from("<I", entry)[0] == _PT_INTERP:
            offset = struct.unpack_from(layout.word, entry, layout.offset)[0]
            length = struct.unpack_from(layout.word, entry, layout.length)[0]
            return data[offset : offset + length].rstrip(b"\0").decode("ascii", "replace")
    return None
