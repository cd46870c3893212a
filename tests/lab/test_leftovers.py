import threading

import pytest
from phone_on_disk import device_on, listed

from harness.device.base import DeviceKind, DeviceState
from harness.errors import DeviceContext, DeviceUnavailableError
from harness.lab import leftovers
from harness.lab.lease import holder, lease
from harness.lab.leftovers import clean_devices


@pytest.fixture(autouse=True)
def own_leases(tmp_path, monkeypatch):
    monkeypatch.setenv("HARNESS_LEASES", str(tmp_path / "leases"))


@pytest.fixture
def phone(tmp_path, monkeypatch):
    """A phone with 300 kB of ours on it, and something of its owner's beside."""
    store = tmp_path / "phone" / "harness" / "cas" / "abc"
    store.mkdir(parents=True)
    (store / "benchmark_model").write_bytes(bytes(300_000))
    (tmp_path / "phone" / "photo.jpg").write_bytes(b"theirs")
    monkeypatch.setattr(
        leftovers, "open_device", lambda _listed, _deadline: device_on(tmp_path / "phone")
    )
    return tmp_path / "phone"


def test_what_is_ours_goes_and_what_is_theirs_stays(phone):
    (found,) = clean_devices([listed()], dry_run=False)
    assert found.removed
    assert 290 <= found.kb <= 330
    assert [path.name for path in phone.iterdir()] == ["photo.jpg"]
    assert holder("P1") is None


def test_a_dry_run_measures_and_removes_nothing(phone):
    (found,) = clean_devices([listed()], dry_run=True)
    assert not found.removed
    assert found.kb >= 290
    assert (phone / "harness" / "cas" / "abc" / "benchmark_model").exists()


def test_a_phone_that_is_measured_on_is_left_alone(phone):
    with lease("P1", purpose="a sweep"):
        (found,) = clean_devices([listed()], dry_run=False)
    assert "a sweep" in found.reason
    assert found.next_step
    assert (phone / "harness").exists()


@pytest.mark.parametrize("state", [DeviceState.OFFLINE, DeviceState.UNAUTHORIZED, DeviceState.BUSY])
def test_a_phone_that_cannot_be_asked_is_reported_with_its_next_step(phone, state):
    (found,) = clean_devices(
        [listed(state=state, detail="why", next_step="do this")], dry_run=False
    )
    assert found.reason == f"{state}: why"
    assert found.next_step == "do this"
    assert (phone / "harness").exists()


@pytest.mark.parametrize("state", [DeviceState.UNHEALTHY, DeviceState.QUARANTINED])
def test_a_phone_that_may_not_be_measured_can_still_be_tidied(phone, state):
    (found,) = clean_devices([listed(state=state)], dry_run=False)
    assert found.removed


def test_a_lost_phone_does_not_keep_the_others_waiting(phone, monkeypatch):
    met = threading.Barrier(2, timeout=10)

    def open_device(one, _deadline):
        met.wait()  # both are opened at the same time, or this breaks
        if one.id == "LOST":
            raise DeviceUnavailableError("gone", context=DeviceContext("LOST"), next_step="plug in")
        return device_on(phone)

    monkeypatch.setattr(leftovers, "open_device", open_device)
    lost, fine = clean_devices([listed("LOST"), listed("P1")], dry_run=False)
    assert (lost.removed, lost.next_step) == (False, "plug in")
    assert fine.removed


def test_an_undo_log_that_is_still_to_be_followed_stays(phone):
    undo = phone / "harness" / "undo"
    undo.mkdir()
    (undo / "log.json").write_text("{}")
    (found,) = clean_devices([listed()], dry_run=False)
    assert not found.removed
    assert "undo log stays" in found.reason
    assert found.next_step
    assert [path.name for path in (phone / "harness").iterdir()] == ["undo"]


def test_nothing_lies_on_this_machine():
    assert clean_devices([listed("local", kind=DeviceKind.LOCAL)], dry_run=False) == ()
