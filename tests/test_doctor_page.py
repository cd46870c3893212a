"""The page of `doctor --json` lists what the code looks at, and no more."""

import re
from pathlib import Path

from harness.lab.check import CheckId, CheckStatus
from harness.verdict.canary import CanaryState

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "doctor-json.md"
TEXT = PAGE.read_text(encoding="utf-8")


def section(heading: str) -> str:
    return TEXT.split(f"## {heading}\n")[1].split("\n## ")[0]


def rows(heading: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)` \|", section(heading), re.MULTILINE)


def test_every_check_is_on_the_page_in_order():
    assert rows("ids") == [one.value for one in CheckId]


def test_a_check_of_a_device_is_told_from_one_of_the_host():
    of = dict(re.findall(r"^\| `([^`]+)` \| (host|device) \|", section("ids"), re.MULTILINE))
    first_of_a_device = list(CheckId).index(CheckId.DEVICE)
    for place, one in enumerate(CheckId):
        assert of[one.value] == ("device" if place >= first_of_a_device else "host")


def test_every_status_and_every_state_of_a_canary_is_on_the_page():
    said = section("checks")
    assert all(f"`{one.value}`" in said for one in CheckStatus)
    assert rows("The canary") == [one.value for one in CanaryState]


def test_the_keys_of_a_check_are_on_the_page():
    assert rows("checks") == ["id", "status", "device", "message", "next", "facts"]
