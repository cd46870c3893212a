import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.cli.app import run
from harness.verdict.failure import FailureReason

ROOT = Path(__file__).parent.parent.parent
LOGS = ROOT / "tests" / "data" / "parse"
PAGE = (ROOT / "docs" / "reference" / "explain-json.md").read_text()


def explain(capsys, *arguments):
    code = run(["explain", *map(str, arguments)])
    return code, capsys.readouterr()


def document(capsys, *arguments):
    code, printed = explain(capsys, *arguments, "--json")
    assert code == 0
    return json.loads(printed.out)


def section(title):
    return PAGE.split(title, 1)[1].split("\n#", 1)[0]


def keys_of_table(title):
    return re.findall(r"^\| `(\w+)` \|", section(title), re.MULTILINE)


@pytest.mark.parametrize("name", ["android_gpu_partial", "invoke_failure", "litert_npu_on_cpu"])
def test_the_document_has_the_keys_of_its_page_in_order(capsys, name):
    (one,) = document(capsys, LOGS / f"{name}.log")
    assert list(one) == keys_of_table("## Keys of a run")
    assert list(one["latency_us"]) == keys_of_table("### `latency_us`")
    for key in ("findings", "unsupported_ops", "evidence"):
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{key}` |"))
        named = re.findall(r'"(\w+)"', row)
        assert all(list(entry) == named for entry in one[key])


def test_the_page_names_every_error_code():
    assert set(re.findall(r"`([a-z-]+)`", section("### `error.code`"))) == set(FailureReason)


def test_several_files_stand_alone_and_come_in_order(capsys):
    files = [LOGS / "android_gpu_full.log", LOGS / "nnapi_flag_ignored.log"]
    assert [one["verdict"] for one in document(capsys, *files)] == ["full", "none"]


def test_joined_files_are_one_run(capsys, tmp_path):
    (tmp_path / "out").write_text((LOGS / "android_gpu_full.log").read_text())
    (tmp_path / "err").write_text("ERROR: Benchmarking failed.\n")
    (one,) = document(capsys, "--join", tmp_path / "out", tmp_path / "err")
    assert one["verdict"] == "failed"
    assert one["error"]["code"] == "benchmark-failed"
    assert set(one["latency_us"].values()) == {None}


def test_the_call_may_say_what_the_log_does_not(capsys, tmp_path):
    (tmp_path / "tail").write_text("count=9 first=1 curr=1 min=1 max=1 avg=1 std=0\n")
    (unasked,) = document(capsys, tmp_path / "tail")
    assert (unasked["requested"], unasked["verdict"]) == (None, "unknown")
    (cpu,) = document(capsys, tmp_path / "tail", "--requested", "cpu")
    assert cpu["verdict"] == "baseline"
    (failed,) = document(capsys, tmp_path / "tail", "--exit-status", 1)
    assert failed["verdict"] == "failed"


@pytest.mark.parametrize(
    "arguments", [["no-such-file"], [LOGS], [LOGS / "cpu_profile.log", "--requested", "purr"]]
)
def test_a_call_that_is_off_exits_with_2_and_a_next_step(capsys, arguments):
    code, printed = explain(capsys, *arguments, "--json")
    error = json.loads(printed.out)["error"]
    assert code == 2
    assert error["next"]
    code, printed = explain(capsys, *arguments)
    assert (code, printed.out) == (2, "")
    assert "next:" in printed.err


def test_standard_input_is_a_dash(capsys, monkeypatch):
    stdin = io.TextIOWrapper(io.BytesIO((LOGS / "hexagon_missing.log").read_bytes()))
    monkeypatch.setattr("sys.stdin", stdin)
    (one,) = document(capsys, "-")
    assert (one["file"], one["verdict"]) == ("-", "none")


@pytest.mark.parametrize(
    "data", [b"", b"\x00\xff\xfe" * 5000, "INFO: STARTING!\n".encode("utf-16")]
)
def test_bytes_of_any_kind_are_read(capsys, tmp_path, data):
    (tmp_path / "log").write_bytes(data)
    assert len(document(capsys, tmp_path / "log")) == 1


def test_for_people_the_deciding_line_is_shown(capsys):
    code, printed = explain(capsys, LOGS / "android_gpu_partial.log")
    assert code == 0
    assert "PARTIAL" in printed.out
    assert "30 of 42 nodes" in printed.out
    assert "android_gpu_partial.log:16: Replacing 30 out of 42" in printed.out


def test_a_log_cannot_steer_the_terminal(capsys, tmp_path):
    text = "Failed to load model \x1b]0;owned\x07 \u202e.tflite\n"
    (tmp_path / "log").write_text(text)
    _, printed = explain(capsys, tmp_path / "log")
    assert "\\x1b]0;owned\\x07" in printed.out
    assert "\x1b" not in printed.out
    assert "\u202e" not in printed.out


def test_no_byte_on_a_terminal_is_a_control_character(tmp_path):
    hostile = "\x1b[31m\x1b]0;owned\x07\x9b2J\u202e\t[bold red]x[/]"
    text = (LOGS / "android_gpu_partial.log").read_text().replace("Purr", hostile)
    (tmp_path / "log").write_text(text)
    program = (
        f"import pty, sys; sys.exit(pty.spawn(['harness', 'explain', {str(tmp_path / 'log')!r}]))"
    )
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        check=True,
        env=os.environ | {"PATH": path},
        stdin=subprocess.DEVNULL,
    )
    shown = done.stdout.decode().replace("\r\n", "\n")
    assert "PARTIAL" in shown
    assert "[bold red]x[/]" in shown
    assert all(character == "\n" or character.isprintable() for character in shown)


def test_explaining_needs_no_heavy_library():
    program = (
        "import sys; from harness.cli.app import run; "
        f"run(['explain', {str(LOGS / 'android_gpu_full.log')!r}]); "
        "sys.exit(any(name in sys.modules for name in "
        "('numpy', 'pandas', 'rich', 'ai_edge_litert', 'google.protobuf')))"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
