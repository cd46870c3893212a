"""Each row of the table that does not need a phone runs on real mksh and toybox."""

from __future__ import annotations

import phone as chroot
import pytest
from reaching import connect, open_shell

from harness.deadline import Deadline
from harness.device.adb.commands import BUILTINS, COMMANDS
from harness.device.adb.private import PrivateServer

OWN = ("builtin", "reserved word", "keyword")


@pytest.fixture(scope="module")
def real():
    with PrivateServer() as adb, chroot.running_phone() as running:
        connect(adb, running.addresses[0])
        yield open_shell(adb.server, running.addresses[0])


@pytest.mark.parametrize("row", [one for one in COMMANDS if one.proof], ids=lambda one: one.name)
def test_a_row_runs_on_real_toybox(real, row):
    done = real.run(row.proof, Deadline.after(20))
    assert (done.status, done.stderr) == (0, b"")
    where = real.check(f"readlink -f $(command -v {row.name})", Deadline.after(20)).strip()
    assert where.endswith(("/toybox", "/mksh"))


def test_what_counts_as_the_shells_own_is_the_shells_own(real):
    words = " ".join(map(repr, BUILTINS))
    said = real.run(f"for w in {words}; do type $w; done", Deadline.after(20))
    lines = said.text.strip().splitlines()
    assert len(lines) == len(BUILTINS)
    assert [line for line in lines if not any(word in line for word in OWN)] == []
