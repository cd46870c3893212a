import pytest

from harness.bench.lockfile import Pin, lock_path, read_pins, write_pins
from harness.errors import ConfigError


def pin(**more):
    return Pin(
        **{
            "source": "litert",
            "version": "2.2.0",
            "abi": "arm64-v8a",
            "file": "benchmark_model",
            "url": "https://host/x",
            "sha256": "ab" * 32,
            "size": 8_020_656,
            "validator": '"tag"',
            "fetched": "2026-11-24T04:00:00+00:00",
            **more,
        }
    )


def test_pins_come_back_and_a_new_one_takes_the_old_ones_place(tmp_path):
    path = tmp_path / "tools.lock"
    assert read_pins(path) == {}
    write_pins(path, [pin(), pin(abi="x86_64")])
    write_pins(path, [pin(sha256="cd" * 32)])
    pins = read_pins(path)
    assert len(pins) == 2
    assert pins[pin().key].sha256 == "cd" * 32


def test_the_lock_lies_beside_the_labs_file_or_at_home(own_home, tmp_path):
    lab = tmp_path / "lab"
    lab.mkdir()
    assert lock_path(lab) == own_home / "tools.lock"
    (lab / "devices.yaml").write_text("devices: {}\n")
    assert lock_path(lab) == lab / "tools.lock"


def test_the_order_of_pins_does_not_depend_on_their_history(tmp_path):
    write_pins(tmp_path / "a", [pin(), pin(abi="x86_64")])
    write_pins(tmp_path / "b", [pin(abi="x86_64")])
    write_pins(tmp_path / "b", [pin()])
    assert (tmp_path / "a").read_text() == (tmp_path / "b").read_text()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"schema": 2, "files": []}', '{"schema": 1, "files": [{"url": 1}]}']
)
def test_a_lock_that_is_none_is_an_error_of_configuration(tmp_path, text):
    path = tmp_path / "tools.lock"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_pins(path)
    assert str(path) in caught.value.message
    assert caught.value.next_step


def test_what_a_later_version_adds_to_a_pin_does_no_harm(tmp_path):
    path = tmp_path / "tools.lock"
    write_pins(path, [pin()])
    path.write_text(path.read_text().replace('"url"', '"signature": "later", "url"'))
    assert read_pins(path) == {pin().key: pin()}
