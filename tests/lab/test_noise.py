"""The file of a device's noise floors: appended to, and void for another build of its system."""

import pytest

from harness.bench.variant import Accelerator
from harness.errors import UsageError
from harness.lab.noise import NoiseEntry, append_noise, book_of, current_floors, read_noise

BUILD = "google/x:14/1"


def entry(relative, kind="cpu", *, measured="2026-01-01T00:00:00+00:00", **more):
    words = {
        "measured": measured,
        "fingerprint": BUILD,
        "simulated": False,
        "variant_kind": kind,
        "variant": f"{kind}-x",
        "tool": "t",
        "model": "m",
        "model_name": "digits",
        "rounds": 5,
        "pairs": 3,
        "relative": relative,
        "confidence": 0.9,
        "clocks": {},
    }
    return NoiseEntry(**{**words, **more})


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HARNESS_HOME", str(tmp_path))


def test_calibrations_are_added_and_none_is_lost():
    append_noise("A", [entry(0.02)], simulated=False)
    append_noise("A", [entry(0.03)], simulated=False)
    assert [one.relative for one in read_noise("A", simulated=False)] == [0.02, 0.03]
    assert read_noise("A", simulated=True) == ()


def test_the_latest_calibration_counts_and_in_it_the_noisiest_variant():
    later = "2026-02-01T00:00:00+00:00"
    book = [entry(0.50), entry(0.02, measured=later), entry(0.04, measured=later)]
    book += [entry(0.03, measured=later), entry(0.07, "gpu")]
    floors = {one.variant_kind: one.relative for one in current_floors(book, BUILD)}
    assert floors == {Accelerator.CPU: 0.04, Accelerator.GPU: 0.07}


def test_floors_of_other_cores_and_other_controls_stand_beside_each_other():
    later = "2026-02-01T00:00:00+00:00"
    held = {"fixed_performance": "held"}
    book = [entry(0.02), entry(0.03, cores="big", measured=later)]
    book += [entry(0.04, clocks=held, measured=later), entry(0.05, clocks=held)]
    found = {(one.cores, *one.clocks): one.relative for one in current_floors(book, BUILD)}
    assert found == {(None,): 0.02, ("big",): 0.03, (None, "fixed_performance"): 0.04}


def test_an_entry_that_does_not_name_its_controls_is_no_floor():
    append_noise("A", [entry(0.02, clocks=None)], simulated=False)
    assert current_floors(read_noise("A", simulated=False), BUILD) == ()


@pytest.mark.parametrize("build", ["google/x:15/1", None])
def test_another_build_or_an_unknown_one_has_no_floor(build):
    assert current_floors([entry(0.02), entry(0.02, fingerprint=None)], build) == ()


def test_simulated_floors_are_kept_apart_even_if_a_file_is_moved():
    append_noise("A", [entry(0.02, simulated=True)], simulated=True)
    book_of("A", simulated=False).write_bytes(book_of("A", simulated=True).read_bytes())
    assert read_noise("A", simulated=False) == ()


def test_a_damaged_file_counts_as_none_and_is_not_written_over():
    path = append_noise("A", [entry(0.02)], simulated=False)
    path.write_text("{")
    assert read_noise("A", simulated=False) == ()
    with pytest.raises(UsageError, match="cannot be read"):
        append_noise("A", [entry(0.02)], simulated=False)
    assert path.read_text() == "{"
