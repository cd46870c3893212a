import sys
from pathlib import Path

import pytest
from elf_files import MACHINES, elf_bytes, write_elf
from hypothesis import given
from hypothesis import strategies as st

from harness.bench.elf import ANDROID_ABIS, is_script, read_elf


@pytest.mark.parametrize("abi", sorted(MACHINES))
def test_the_abi_comes_from_the_header(tmp_path, abi):
    facts = read_elf(write_elf(tmp_path / "benchmark_model", abi))
    assert (facts.abi, facts.loader, facts.foreign) == (abi, "/system/bin/linker64", False)
    assert set(MACHINES) == set(ANDROID_ABIS)


def test_a_linux_build_is_told_by_its_loader(tmp_path):
    path = write_elf(tmp_path / "b", "x86_64", loader="/lib64/ld-linux-x86-64.so.2")
    assert read_elf(path).foreign


def test_a_static_program_or_library_asks_for_no_loader(tmp_path):
    facts = read_elf(write_elf(tmp_path / "b", "arm64-v8a", loader=None))
    assert (facts.abi, facts.loader, facts.foreign) == ("arm64-v8a", None, False)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs a Linux program")
def test_a_real_program_of_this_machine_is_read():
    facts = read_elf(Path(sys.executable).resolve())
    assert facts.abi in ANDROID_ABIS
    assert facts.foreign


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"#!/system/bin/sh\n", "script"),
        (b"PK\x03\x04rest", "zip"),
        (b"\n<!DOCTYPE html>", "HTML"),
        (b"\x89PNG", "not an ELF"),
        (b"\x7fELF\x02\x01", "cut short"),
        (elf_bytes("arm64-v8a")[:5] + b"\x02" + elf_bytes("arm64-v8a")[6:], "big-endian"),
        (elf_bytes("arm64-v8a")[:18] + b"\xf3\x00" + elf_bytes("arm64-v8a")[20:], "machine 243"),
        (elf_bytes("arm64-v8a")[:4] + b"\x01" + elf_bytes("arm64-v8a")[5:], "word size"),
    ],
)
def test_what_is_no_program_for_android_has_a_reason(tmp_path, data, reason):
    path = tmp_path / "arm64-v8a_benchmark_model"
    path.write_bytes(data)
    facts = read_elf(path)
    assert facts.abi is None
    assert reason in facts.reason


@given(st.binary(max_size=300), st.sampled_from(sorted(MACHINES)))
def test_no_bytes_make_the_reader_fail(tmp_path_factory, noise, abi):
    path = tmp_path_factory.mktemp("elf") / "b"
    path.write_bytes(elf_bytes(abi)[:20] + noise)
    read_elf(path)


def test_program_headers_outside_the_file_are_no_loader(tmp_path):
    data = elf_bytes("arm64-v8a")
    path = tmp_path / "b"
    path.write_bytes(data[:32] + b"\xff" * 8 + data[40:])
    assert read_elf(path).abi == "arm64-v8a"
    assert read_elf(path).loader is None


def test_a_script_is_told_by_its_first_bytes(tmp_path):
    path = tmp_path / "tool"
    path.write_text("#!/bin/sh\nexit 0\n")
    assert is_script(path)
    assert not is_script(write_elf(tmp_path / "elf"))
