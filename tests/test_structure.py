"""Rules of the house that a machine can hold: who imports whom, and what a call may load."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import harness

ROOT = Path(harness.__file__).parent
PURE = ("parse", "verdict", "stats")
TOUCHING = {"os", "pathlib", "subprocess", "socket", "time", "logging", "shutil", "tempfile"}


def modules(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("room", PURE)
def test_pure_rooms_touch_neither_files_nor_clock(room):
    for path in modules(room):
        top = {name.split(".")[0] for name in imports(path)}
        assert not top & TOUCHING, path


@pytest.mark.parametrize("room", PURE)
def test_pure_rooms_know_nothing_of_devices_or_sweeps(room):
    for path in modules(room):
        for name in imports(path):
            assert not name.startswith(
                ("harness.device.adb", "harness.lab", "harness.sweep", "harness.cli")
            ), f"{path} imports {name}"


def test_only_the_demo_knows_the_virtual_lab():
    allowed = {ROOT / "cli" / "demo.py"}
    for path in ROOT.rglob("*.py"):
        if path.is_relative_to(ROOT / "virtual") or path in allowed:
            continue
        assert not any(name.startswith("harness.virtual") for name in imports(path)), path


def test_no_room_but_the_command_line_imports_it():
    for path in ROOT.rglob("*.py"):
        if path.is_relative_to(ROOT / "cli") or path.name == "__main__.py":
            continue
        assert not any(name.startswith("harness.cli") for name in imports(path)), path


def test_help_loads_nothing_heavy():
    program = (
        "import sys, json\n"
        "from harness.cli.app import run\n"
        "run(['--help'])\n"
        "heavy = {'tensorflow', 'pandas', 'ai_edge_litert', 'rich', 'numpy', 'altair'}\n"
        "print(json.dumps(sorted(heavy & {name.split('.')[0] for name in sys.modules})))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert json.loads(done.stdout.splitlines()[-1]) == []


def test_modules_stay_readable():
    long = {
        str(path.relative_to(ROOT)): count
        for path in ROOT.rglob("*.py")
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert long == {}


def test_no_two_test_files_have_one_name():
    """Pytest imports them by it: two would not be collected together."""
    names = [path.name for path in (ROOT.parent / "tests").rglob("test_*.py")]
    assert sorted(set(names)) == sorted(names)
