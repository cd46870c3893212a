"""Builds ELF files small enough to read, for the tests of tools."""

import struct
from pathlib import Path

MACHINES = {"x86": 3, "armeabi-v7a": 40, "x86_64": 62, "arm64-v8a": 183}
ANDROID_LOADER = "/system/bin/linker64"


def elf_bytes(
    abi: str = "arm64-v8a", loader: str | None = ANDROID_LOADER, payload: bytes = b""
) -> bytes:
    """An ELF header with one program header (PT_INTERP) and a payload that tells builds apart."""
    wide = abi in ("arm64-v8a", "x86_64")
    name = (loader or "").encode() + b"\0"
    ident = b"\x7fELF" + bytes([2 if wide else 1, 1, 1]) + bytes(9)
    count = 0 if loader is None else 1
    if wide:
        head = struct.pack(
            "<HHIQQQIHHHHHH", 3, MACHINES[abi], 1, 0, 64, 0, 0, 64, 56, count, 0, 0, 0
        )
        entry = struct.pack("<IIQQQQQQ", 3, 4, 120, 0, 0, len(name), len(name), 1)
    else:
        head = struct.pack(
            "<HHIIIIIHHHHHH", 3, MACHINES[abi], 1, 0, 52, 0, 0, 52, 32, count, 0, 0, 0
        )
        entry = struct.pack("<IIIIIIII", 3, 84, 0, 0, len(name), len(name), 4, 1)
    return ident + head + entry + name + payload


def write_elf(path: Path, abi: str = "arm64-v8a", **more: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(elf_bytes(abi, **more))
    return path
