import json
import struct
import subprocess
import sys

import pytest

from harness.cli.app import run


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HARNESS_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


@pytest.fixture
def binary(tmp_path):
    """The header of an AArch64 program that asks for Android's loader."""
    loader = b"/system/bin/linker64\0"
    head = struct.pack("<HHIQQQIHHHHHH", 3, 183, 1, 0, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    entry = struct.pack("<IIQQQQQQ", 3, 4, 120, 0, 0, len(loader), len(loader), 1)
    path = tmp_path / "benchmark_model"
    path.write_bytes(b"\x7fELF\x02\x01\x01" + bytes(9) + head + entry + loader)
    return path


def call(capsys, *words):
    code = run(["tools", *words])
    out, err = capsys.readouterr()
    return code, out, err


def document(capsys, *words, code=0):
    got, out, _ = call(capsys, *words, "--json")
    assert got == code
    parsed = json.loads(out)
    assert parsed["schema"] == 1
    return parsed


def test_a_tool_can_be_added_listed_shown_and_removed(capsys, binary):
    added = document(capsys, "add", str(binary), "--name", "mine")["tool"]
    assert (added["name"], added["abi"], added["dialect"]) == ("mine", "arm64-v8a", None)
    assert [tool["name"] for tool in document(capsys, "list")["tools"]] == ["mine"]
    shown = document(capsys, "show", added["sha256"][:10])["tool"]
    assert shown["files"]["benchmark_model"]["sha256"]
    assert shown["flags"] == {}
    assert document(capsys, "remove", "mine")["tool"]["name"] == "mine"
    assert document(capsys, "list")["tools"] == []


def test_people_read_sentences(capsys, binary):
    assert "tools fetch" in call(capsys, "list")[1]
    code, out, err = call(capsys, "add", str(binary), "--name", "mine")
    assert (code, err) == (0, "")
    assert out.startswith("added mine  arm64-v8a")
    assert "a run asks for them" in call(capsys, "show", "mine")[1]


def test_an_error_has_a_code_a_sentence_and_a_next_step(capsys, tmp_path):
    (tmp_path / "page").write_text("<html>")
    error = document(capsys, "add", str(tmp_path / "page"), code=2)["error"]
    assert error["code"] == "usage"
    assert "HTML" in error["message"]
    assert error["next"]
    assert document(capsys, "show", "nothing", code=2)["error"]["code"] == "unknown-name"
    assert document(capsys, "fetch", "nowhere", code=2)["error"]["code"] == "unknown-name"


def test_a_fetch_that_cannot_reach_the_host_exits_3_and_says_how_to_go_on(capsys):
    error = document(capsys, "fetch", "--mirror", "http://127.0.0.1:9", code=3)["error"]
    assert error["code"] == "download"
    assert "harness tools add" in error["next"]
    assert document(capsys, "fetch", "litert", "--abi", "x86", code=3)["error"]["code"] == "tool"


def test_looking_for_help_imports_nothing_heavy():
    script = (
        "import sys; from harness.cli.app import run; run(['tools', '--help']);"
        "heavy = {'tensorflow', 'pandas', 'ai_edge_litert', 'rich', 'numpy', 'requests'};"
        "sys.exit(repr(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    for verb in ("add", "list", "show", "fetch", "remove"):
        assert verb in done.stdout
