"""The table of what is run on phones is whole, has nothing of no use, and its page is fresh.

tests/conftest.py holds every command that any test sends to a phone against it.
"""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from harness.device.adb import counters, health, job, profile, sections, tracing
from harness.device.adb.commands import COMMANDS, NEEDS_A_PHONE, VERBS
from harness.device.base import Job
from phone_commands import programs_in, unlisted, where_used

ROOT = Path(__file__).parents[3]


def texts():
    yield job.SCRIPT.read_text()
    yield tracing.SCRIPT.read_text()
    for module in (profile, health, counters):
        yield sections.script(module.COMMANDS)
    yield job.launch_command(Job("n", ("/t/tool",), {"A": "b"}), "/f", "/s/job.sh")
    yield job.launch_command(Job("n", ("/t/tool",), trace=True), "/f", "/s/job.sh")


@pytest.mark.parametrize("text", list(texts()))
def test_all_shell_text_of_the_product_runs_listed_programs_alone(text):
    assert unlisted(text) == frozenset()
    assert programs_in(text)


def test_no_row_is_of_a_program_that_nothing_runs():
    assert {name for name, files in where_used().items() if not files} == set()


def test_names_are_unique_and_verbs_have_rows_of_their_own():
    names = [one.name for one in COMMANDS]
    assert len(names) == len(set(names))
    assert not set(names) & set(VERBS)


def test_what_needs_a_phone_is_not_of_toybox():
    for one in COMMANDS:
        assert one.source
        assert one.use
        if one.proof == NEEDS_A_PHONE:
            assert "toys/posix" not in one.source


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("dumpsys deviceidle force-idle", {"dumpsys deviceidle"}),
        ("settings put global x 1", {"settings put"}),
        ("f() { cmd -w power x; }; f | sort", {"cmd power", "sort"}),
        ('a=$(svc power stayon) && [ -n "$a" ]', {"svc power"}),
        ("env A=1 setsid sh -c 'for x in 1; do awk 1 | xargs; done' &", {"env", "setsid", "sh"}
         | {"awk", "xargs"}),
        ("taskset f0 ./bench", {"taskset", "./bench"}),
        ("if pgrep x; then :; fi; case $a in b) nproc;; esac", {"pgrep", "nproc"}),
        ("echo `stat -c %Y x` >/dev/null", {"stat"}),
        ('"$@"', set()),
        ("setsid sh job.sh 1 2 sh -c 'yes'", {"setsid", "sh"}),
    ],
)  # fmt: skip
def test_programs_are_found_wherever_they_stand(text, found):
    assert programs_in(text) == found


def test_a_program_without_a_row_is_told():
    assert unlisted("cat x | frobnicate; dumpsys frob") == {"frobnicate", "dumpsys frob"}


def test_the_page_is_fresh():
    page = runpy.run_path(str(ROOT / "docs" / "generate_android_commands.py"))
    assert page["PAGE"].read_text(encoding="utf-8") == page["render"]()
