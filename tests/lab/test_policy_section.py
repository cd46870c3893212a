"""`policy:` of devices.yaml: values as people write them, and errors that name the line."""

from __future__ import annotations

import pytest

from harness.bench.policy import default_policy
from harness.device.base import DeviceKind
from harness.errors import ConfigError, UsageError
from harness.lab.config import load_config
from harness.sweep.ask_policy import parse_cooldown, policies, written_cooldown


class Listed:
    def __init__(self, name: str, kind: DeviceKind) -> None:
        self.id, self.kind = name, kind


def given(tmp_path, text: str, device: str = "S", sweep: str | None = None):
    path = tmp_path / "devices.yaml"
    path.write_text(text, encoding="utf-8")
    config = load_config(path)
    return config.policy_given(device, config.sweep(sweep) if sweep else None)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("max_temperature: 40", {"max_temperature": 40.0}),
        ("max_temperature: off", {"max_temperature": None}),
        ("max_rise: 0", {"max_rise": 0.0}),
        ("max_thermal_status: 1", {"max_thermal_status": 1}),
        ("clocks_at_rest: off", {"clocks_at_rest": False}),
        ("min_idle: 95%", {"min_idle": 0.95}),
        ("min_idle: 0.8", {"min_idle": 0.8}),
        ("screen: awake", {"screen": "awake"}),
        ("screen: any", {"screen": None}),
        ("cooldown: 90s", {"cooldown": 90.0}),
        ("cooldown: off", {"cooldown": 0.0}),
        ("settle_after_boot: off", {"settle_after_boot": 0.0}),
    ],
)
def test_limits_are_read_as_people_write_them(tmp_path, written, value):
    assert given(tmp_path, f"policy:\n  {written}\n") == value


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("cooldown: 10", "unit"),
        ("cooldown: ten minutes", "no duration"),
        ("cooldown: 100h", "86400"),
        ("max_temperature:", "write 'off'"),
        ("max_temperature: hot", "number"),
        ("max_thermal_status: 7", "6"),
        ("min_idle: 95", "1"),
        ("screen: bright", "awake"),
        ("max_temprature: 40", "did you mean 'max_temperature'?"),
    ],
)
def test_a_limit_that_cannot_be_is_refused_by_its_line(tmp_path, written, says):
    with pytest.raises(ConfigError) as caught:
        given(tmp_path, f"# a comment\npolicy:\n  min_battery: 40\n  {written}\n")
    assert says in caught.value.message
    assert caught.value.line == 4


def test_a_phones_policy_wins_over_the_files_and_a_sweeps_over_both(tmp_path):
    text = (
        "policy: {max_temperature: 40, min_battery: 40, cooldown: 5m}\n"
        "devices:\n  S:\n    policy: {max_temperature: 41, min_battery: off}\n"
        "models:\n  m: {path: m.tflite}\n"
        "sweeps:\n  n:\n    models: [m]\n    policy: {max_temperature: 42}\n"
    )
    assert given(tmp_path, text, "other")["max_temperature"] == 40.0
    assert given(tmp_path, text)["max_temperature"] == 41.0
    last = given(tmp_path, text, sweep="n")
    assert last == {"max_temperature": 42.0, "min_battery": None, "cooldown": 300.0}


def test_what_the_file_does_not_say_stays_as_the_kind_of_device_has_it(tmp_path):
    path = tmp_path / "devices.yaml"
    path.write_text("policy: {max_temperature: 41}\n")
    config = load_config(path)
    listed = [Listed("S", DeviceKind.ADB), Listed("local", DeviceKind.LOCAL)]
    found = policies(config, None, listed, 30.0)
    for one in listed:
        expected = default_policy(one.kind).model_copy(
            update={"max_temperature": 41.0, "cooldown": 30.0}
        )
        assert found[one.id] == expected


@pytest.mark.parametrize("text", ["10m", "off", "90s", "1.5h"])
def test_a_cooldown_that_is_written_down_is_read_again(text):
    seconds = parse_cooldown(text)
    assert parse_cooldown(written_cooldown(seconds)) == seconds


@pytest.mark.parametrize("text", ["", "10", "later", "-5m"])
def test_a_cooldown_that_is_none_is_a_usage_error(text):
    with pytest.raises(UsageError, match="--cooldown"):
        parse_cooldown(text)
