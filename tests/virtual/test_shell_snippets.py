"""The little shell and the real ones: the same lines, the same output, the same status."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from shell_runner import sh
from shell_snippets import SNIPPETS

MKSH, TOYBOX = shutil.which("mksh"), shutil.which("toybox")


@pytest.fixture(scope="module")
def real_bin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if MKSH is None or TOYBOX is None:
        pytest.skip("mksh and toybox are not installed (apt-get install mksh toybox)")
    folder = tmp_path_factory.mktemp("bin")
    for name in subprocess.run([TOYBOX], capture_output=True, text=True, check=True).stdout.split():
        (folder / name).symlink_to(TOYBOX)
    (folder / "sh").unlink(missing_ok=True)
    (folder / "sh").symlink_to(MKSH)
    for name in ("tr", "xargs", "grep", "sed", "dd"):  # some toybox builds lack one or another
        other = shutil.which(name)
        if not (folder / name).exists() and other:
            (folder / name).symlink_to(other)
    return folder


@pytest.mark.parametrize("line", SNIPPETS)
def test_a_line_does_what_it_does_on_a_phone(line: str, real_bin: Path, tmp_path: Path) -> None:
    for name in ("real", "virtual"):
        (tmp_path / name).mkdir()
    environment = {"PATH": str(real_bin), "HOME": "/", "LC_ALL": "C", "TMPDIR": str(tmp_path)}
    real = subprocess.run(
        [real_bin / "sh", "-c", line],
        cwd=tmp_path / "real",
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=20,
        preexec_fn=lambda: os.umask(0),
        check=False,
    )
    ours = sh(tmp_path / "virtual", line)
    assert (ours.out, ours.status) == (
        real.stdout.decode("utf-8", "surrogateescape"),
        real.returncode if real.returncode >= 0 else 128 - real.returncode,
    ), ours.err + real.stderr.decode()
