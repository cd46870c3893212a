"""What an earlier run left set on a phone, as `harness doctor` says it."""

from dataclasses import replace

import pytest

from harness.device.adb.controls.knob import Knob, KnobKind
from harness.device.adb.controls.phone import OnPhone, Put, Restored
from harness.device.adb.controls.undolog import Entry, UndoLog, this_machine
from harness.lab.check_undo import Left, check_undo

SAVER = Entry(Knob(KnobKind.SETTING, "global/low_power"), "1", ("0",), "1")
LOG = UndoLog("h", "20260101-000000-abcd", this_machine(), "A B", "boot", (SAVER,))
FILES = ("boot", "guard", "guard.sh", "log.json", "restore.sh", "steps.sh", "until")
NOTHING = OnPhone("boot")


def told(left, *recovered):
    return check_undo("A B", "usb:1-2", left, recovered)


def test_a_clean_phone_is_ok_and_an_unread_one_is_unknown():
    assert told(Left((), NOTHING)).status == "ok"
    assert told(Left((), NOTHING)).next == ""
    found = told(Left(None, NOTHING))
    assert found.status == "unknown"
    assert "harness clean 'A B'" in found.next


def test_a_log_on_the_phone_names_its_settings_and_both_ways_back():
    found = told(Left(FILES, OnPhone("boot", log=LOG, left_s=700), host=True, kept=LOG))
    assert found.status == "warning"
    assert found.message == (
        "20260101-000000-abcd has left changed: low_power; the phone does it by itself in 700 s"
    )
    assert "`harness clean 'A B'`" in found.next
    assert "adb -s usb:1-2 shell sh /data/local/tmp/harness/undo/restore.sh" in found.next
    assert found.facts["settings"] == ["low_power"]
    assert (found.facts["host"], found.facts["phone"]) == (True, True)


def test_the_hosts_log_alone_is_told_and_nobody_is_sent_to_a_script_that_is_gone():
    found = told(Left((), NOTHING, host=True, kept=LOG))
    assert found.status == "warning"
    assert "harness clean" in found.next
    assert "restore.sh" not in found.next
    assert told(Left(None, NOTHING, host=True, kept=LOG)).status == "warning"


def test_a_log_that_cannot_be_read_is_not_nothing_and_is_undone_by_hand():
    found = told(Left(FILES, OnPhone("boot", wrong=("x",)), host=True, kept=LOG))
    assert found.status == "warning"
    assert "cannot be read" in found.message
    assert found.next.startswith("by hand")
    assert "harness clean" not in found.next


def test_another_hosts_settings_are_waited_for_while_its_guard_does():
    other = replace(LOG, machine="elsewhere")
    living = told(Left(FILES, OnPhone("boot", log=other, left_s=90)))
    assert "on elsewhere holds low_power" in living.message
    assert "90 s" in living.next
    dead = told(Left(FILES, OnPhone("boot", log=other)))
    assert "harness clean" in dead.next


def test_what_was_put_back_is_told_and_is_no_warning_unless_something_stays():
    note = "settings that x had left changed: low_power put back to 1"
    found = told(Left((), NOTHING), note)
    assert (found.status, found.message, found.facts["recovered"]) == ("ok", note, [note])
    note = "settings that x had left changed: low_power could not be put back: it is 0"
    stays = told(Left(FILES, OnPhone("boot", log=LOG), host=True, kept=LOG), note)
    assert (stays.status, stays.message) == ("warning", note)
    assert stays.next


@pytest.mark.parametrize("host", [False, True])
def test_a_phone_that_has_restored_by_itself_is_ok(host):
    answers = (Restored("global/low_power", Put.RESTORED, "1"),)
    files = ("done.json", "restore.sh", "told")
    found = told(Left(files, OnPhone("boot", done=LOG, told=answers), host=host, kept=LOG))
    assert found.status == "ok"
    assert "low_power put back to 1" in found.message
