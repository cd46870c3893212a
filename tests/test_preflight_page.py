"""docs/reference/preflight.md says what the code does."""

import re
from dataclasses import fields
from pathlib import Path

from harness.bench.policy import Policy
from harness.bench.preflight import Gate, NotMade
from harness.device.base import Health
from harness.lab.config import load_config
from harness.lab.policy_section import PolicySection

PAGE = (Path(__file__).parent.parent / "docs/reference/preflight.md").read_text(encoding="utf-8")
ROW = r"^\| `(\w+)` \| `(\w+)` \| ([^|]+) \| [^|]+ \| (timed|all) \| ([^|]+) \|"
SHOWN = {
    "max_temperature": "38 °C",
    "max_rise": "3 K",
    "max_thermal_status": "0",
    "clocks_at_rest": "true",
    "min_battery": "30 %",
    "min_free_mb": "16 MB",
    "min_memory_mb": "256 MB",
    "min_idle": "90 %",
    "screen": "any",
    "settle_after_boot": "3m",
}


def value_of(shown: str) -> object:
    if shown in ("true", "any"):
        return {"true": True, "any": None}[shown]
    if shown == "3m":
        return 180.0
    number = float(re.match(r"[\d.]+", shown)[0])
    return number / 100 if shown == "90 %" else number


def test_the_page_lists_every_gate_in_order_with_its_default():
    rows = re.findall(ROW, PAGE, re.MULTILINE)
    assert [row[0] for row in rows] == [gate.value for gate in Gate]
    for _, key, shown, _, _ in rows:
        assert shown == SHOWN[key]
        assert getattr(Policy(), key) == value_of(shown)
    assert len(rows) + 2 == len(Policy.model_fields)
    assert (Policy().min_gap, Policy().cooldown) == (0.0, 600.0)
    assert "(default 0s)" in PAGE
    assert "(default 10m)" in PAGE


def test_the_page_names_every_reason_of_a_launch_that_was_not_made():
    told = {row[4].strip("`") for row in re.findall(ROW, PAGE, re.MULTILINE)}
    assert told - {"none: labels only"} == {one.value for one in NotMade}


def test_what_devices_yaml_says_by_default_is_what_holds():
    assert PolicySection().model_dump() == Policy().model_dump()


def test_the_page_names_every_reading_of_the_journal():
    told = set(re.findall(r"`(\w+)`", PAGE.split("## In the record")[1]))
    assert {field.name for field in fields(Health)} <= told


def test_devices_yaml_of_the_page_is_read_and_the_later_wins(tmp_path):
    [block] = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    path = tmp_path / "devices.yaml"
    path.write_text(block, encoding="utf-8")
    config = load_config(path)
    given = config.policy_given("R3CN30ABCDE", config.sweep("nightly"))
    assert given == {
        "max_temperature": 40.0,
        "cooldown": 1200.0,
        "min_battery": 50.0,
        "clocks_at_rest": False,
        "min_idle": 0.95,
        "min_gap": 30.0,
        "screen": "awake",
    }
