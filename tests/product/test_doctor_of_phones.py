"""`harness doctor PHONE` and `harness calibrate` on virtual phones behind a real adb server.

What the phones answer and how long their canaries take is simulated; the reading, the judgement and
what is kept of it are the harness's own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
import sweep_that_dies

from harness.bench.toolbox import OFFLINE
from harness.bench.toolstore import add
from harness.cli.app import run
from harness.deadline import Deadline
from harness.demo_models import paths
from harness.device.adb.shell import Shell
from harness.lab import examine as examine_module
from harness.lab.address import AdbServer
from harness.lab.config import LabConfig
from harness.lab.inventory import list_devices
from harness.sweep.ask import tool_source
from harness.sweep.canary import run_canaries
from harness.virtual.lab import running_lab
from harness.virtual.tool.bundle import bundle


@pytest.fixture(autouse=True)
def own_places(tmp_path, monkeypatch):
    """Keep the commands away from the user's files, and the simulated tools in their store."""
    monkeypatch.setenv("HARNESS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HARNESS_LEASES", str(tmp_path / "leases"))
    monkeypatch.chdir(tmp_path)
    for abi in ("arm64-v8a", "armeabi-v7a"):
        add([file.path for file in bundle(abi).files.values()], abi=abi, name=f"sim-{abi}")
    return tmp_path


@contextmanager
def lab_of(monkeypatch, *phones):
    with running_lab(phones) as lab:
        monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(lab.server.port))
        yield lab


def checkup(capsys, code, *words):
    capsys.readouterr()
    assert run(["doctor", "--json", *words]) == code
    return json.loads(capsys.readouterr().out)


def of(document, name):
    return {one["device"]: one for one in document["checks"] if one["id"] == name}


def shell_of(lab, name):
    return Shell(lab.server, lab.phone(name).address, name)


def test_phones_that_are_named_are_looked_at_closely(monkeypatch, capsys, own_places):
    with lab_of(monkeypatch, "pixel-8", "galaxy-j6") as lab:
        serials = [lab.phone(name).serial for name in ("pixel-8", "galaxy-j6")]
        left = "ls /data/local/tmp/harness; ls /data/local/tmp"
        assert shell_of(lab, "pixel-8").run(left, Deadline.after(5)).text == ""
        reading = checkup(capsys, 0)
        after_reading = shell_of(lab, "pixel-8").run(left, Deadline.after(5)).text
        closely = checkup(capsys, 0, *serials)
    # Only asked: nothing lies on the phone afterwards, and no tool or model ran.
    assert after_reading == ""
    assert {one["device"] for one in reading["checks"]} == {None, *serials}
    assert not of(reading, "canary")
    assert not of(reading, "tool")
    assert {one["simulated"] for one in closely["devices"]} == {True}
    pixel, galaxy = serials
    assert of(closely, "opencl")[pixel]["status"] == "ok"
    assert of(closely, "opencl")[galaxy]["status"] == "warning"
    assert of(closely, "rights")[pixel]["facts"]["selinux"] == "Enforcing"
    assert of(closely, "scratch")[pixel]["status"] == "ok"
    assert of(closely, "tool")[galaxy]["facts"]["tool"] == "sim-armeabi-v7a"
    canary = of(closely, "canary")[pixel]
    assert canary["facts"]["state"] == "first"
    assert canary["facts"]["outputs"] in ("same", "close")
    assert "simulated" in canary["message"]
    assert all(one["next"] for one in closely["checks"] if one["status"] != "ok")


def test_what_somebody_froze_is_told(monkeypatch, capsys, own_places):
    with lab_of(monkeypatch, "pixel-8") as lab:
        serial = lab.phone("pixel-8").serial
        shell_of(lab, "pixel-8").check("dumpsys battery unplug", Deadline.after(5))
        document = checkup(capsys, 0, serial, "--no-canary")
    assert of(document, "overrides")[serial]["status"] == "warning"
    assert of(document, "undo")[serial]["status"] == "ok"
    assert not of(document, "canary")


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
def test_what_a_killed_run_left_is_told_and_put_back_for_whom_it_is_named(
    monkeypatch, capsys, own_places
):
    with lab_of(monkeypatch, "pixel-8") as lab:
        serial = lab.phone("pixel-8").serial
        shell = shell_of(lab, "pixel-8")
        saver = "settings get global low_power"
        shell.check("settings put global low_power 1", Deadline.after(5))
        words = [str(lab.server.port), str(own_places / "out"), "0", "before", "600"]
        sweep = subprocess.Popen([sys.executable, sweep_that_dies.__file__, *words])
        waiting = Deadline.after(60)
        while shell.run(saver, Deadline.after(5)).text.strip() != "0":
            assert not waiting.passed
            time.sleep(0.1)
        sweep.kill()
        sweep.wait()
        asked = of(checkup(capsys, 0), "undo")[serial]
        still = shell.run(saver, Deadline.after(5)).text.strip()
        named = of(checkup(capsys, 0, serial, "--no-canary"), "undo")[serial]
        then = shell.run(saver, Deadline.after(5)).text.strip()
        again = of(checkup(capsys, 0, serial, "--no-canary"), "undo")[serial]
    assert asked["status"] == "warning"
    assert "low_power" in asked["facts"]["settings"]
    assert 0 < asked["facts"]["phone_restores_in_s"] <= 700
    assert f"harness clean {serial}" in asked["next"]
    assert "restore.sh" in asked["next"]
    assert (still, then) == ("0", "1")
    assert named["status"] == "ok"
    assert "low_power put back to 1" in named["message"]
    assert named["facts"]["recovered"]
    assert (again["status"], again["facts"]["recovered"]) == ("ok", [])
    assert not list((own_places / "home" / "undo").glob("*"))


def test_a_phone_that_hangs_when_it_is_asked_is_told_and_the_other_is_asked(
    monkeypatch, capsys, own_places
):
    monkeypatch.setattr(examine_module, "READ_S", 3.0)
    with lab_of(monkeypatch, "pixel-8", "galaxy-j6") as lab:
        config = LabConfig(adb_servers=(AdbServer(lab.server.host, lab.server.port),))
        phones = [one for one in list_devices(config, Deadline.after(20)) if one.transports]
        lab.tell("galaxy-j6", "stall", 60)
        began = time.monotonic()
        checks = examine_module.examine(phones)
        assert time.monotonic() - began < 15
        well, stalled = (lab.phone(name).serial for name in ("pixel-8", "galaxy-j6"))
    assert [(one.id, one.status) for one in checks if one.device == stalled] == [
        ("device", "warning")
    ]
    assert len([one for one in checks if one.device == well]) > 10


def test_a_phone_that_does_not_answer_has_a_deadline_and_holds_up_no_other(
    monkeypatch, capsys, own_places
):
    with lab_of(monkeypatch, "pixel-8", "galaxy-j6") as lab:
        config = LabConfig(adb_servers=(AdbServer(lab.server.host, lab.server.port),))
        found = list_devices(config, Deadline.after(20))
        phones = [one for one in found if one.transports]
        lab.tell("galaxy-j6", "stall", 60)
        began = time.monotonic()
        canaries = {
            one.device: one
            for one in run_canaries(phones, tool_source(config, None, OFFLINE), seconds=20)
        }
        assert time.monotonic() - began < 40
        well, stalled = (lab.phone(name).serial for name in ("pixel-8", "galaxy-j6"))
    assert canaries[well].verdict.state == "first"
    assert canaries[stalled].verdict.state == "unknown"
    assert canaries[stalled].run.p50_ms is None


def test_a_phone_that_was_faster_once_is_sick(monkeypatch, capsys, own_places):
    """Two phones of one model and build, one of them slow: the well one's past is given to it."""
    with lab_of(monkeypatch, "galaxy-a55", "galaxy-a55-d") as lab:
        well, sick = (lab.phone(name).serial for name in ("galaxy-a55", "galaxy-a55-d"))
        first = of(checkup(capsys, 0, well), "canary")[well]
        again = of(checkup(capsys, 0, well), "canary")[well]
        logs = own_places / "home/canary/simulated"
        (logs / f"{sick}.jsonl").write_bytes((logs / f"{well}.jsonl").read_bytes())
        slow = of(checkup(capsys, 0, sick), "canary")[sick]
    states = [one["facts"]["state"] for one in (first, again, slow)]
    assert states == ["first", "as_before", "slower"]
    assert again["facts"]["same_bytes"] is True
    assert slow["status"] == "warning"
    assert slow["facts"]["change"] > slow["facts"]["limit"] >= 0.1
    lines = (logs / f"{sick}.jsonl").read_text().splitlines()
    assert [json.loads(line)["state"] for line in lines] == states
    assert not list((own_places / "home/canary").glob("*.jsonl"))


def test_a_phone_whose_cpu_computes_nonsense_is_a_failure(monkeypatch, capsys, own_places):
    with lab_of(monkeypatch, "pixel-8-d") as lab:
        serial = lab.phone("pixel-8-d").serial
        canary = of(checkup(capsys, 3, serial), "canary")[serial]
    assert (canary["status"], canary["facts"]["state"]) == ("failure", "wrong_output")
    assert canary["next"]


def test_a_hot_phones_canary_is_unknown_and_says_what_it_read(monkeypatch, capsys, own_places):
    """The past is a cool phone's of the same model and build, so that it would pass for slower."""
    with lab_of(monkeypatch, "oneplus-9-pro", "oneplus-9-pro-hot") as lab:
        cool, hot = (lab.phone(name).serial for name in ("oneplus-9-pro", "oneplus-9-pro-hot"))
        assert of(checkup(capsys, 0, cool), "canary")[cool]["facts"]["state"] == "first"
        logs = own_places / "home/canary/simulated"
        (logs / f"{hot}.jsonl").write_bytes((logs / f"{cool}.jsonl").read_bytes())
        canary = of(checkup(capsys, 0, hot), "canary")[hot]
    assert (canary["status"], canary["facts"]["state"]) == ("unknown", "unknown")
    assert canary["facts"]["p50_ms"] is None
    assert "0 of 3 rounds" in canary["message"]
    assert "°C" in canary["message"]
    assert canary["next"]


def test_a_name_that_is_not_attached_does_not_hide_the_hosts_checks(
    monkeypatch, capsys, own_places
):
    (own_places / "devices.yaml").write_text("devices: {GONE1: {alias: gone}}\n")
    with lab_of(monkeypatch, "pixel-8"):
        document = checkup(capsys, 3, "gone")
        assert run(["doctor", "nobody"]) == 2
    assert of(document, "python")[None]["status"] == "ok"
    (missing,) = [one for one in document["checks"] if one["status"] == "failure"]
    assert "not attached" in missing["message"]


def test_a_calibrated_phone_claims_what_its_noise_does_not_explain(monkeypatch, capsys, own_places):
    with lab_of(monkeypatch, "oneplus-9-pro") as lab:
        serial = lab.phone("oneplus-9-pro").serial
        assert run(["calibrate", "--json", "--out", "aa"]) == 0
        calibrated = json.loads(capsys.readouterr().out)
        model = ["--rounds=5", "--variant=cpu-1t,cpu-4t,gpu", "--json"]
        assert run(["run", str(paths()[0]), *model]) == 0
        results = json.loads(capsys.readouterr().out)
    floors = {one["variant"]: one["noise_floor"] for one in calibrated["floors"]}
    kinds = {name: floor["variant_kind"] for name, floor in floors.items() if floor}
    assert kinds["cpu-4t"] == "cpu"
    assert kinds["gpu"] == "gpu"
    assert any(name.startswith("nnapi-") and kind == "nnapi" for name, kind in kinds.items())
    assert all(floor["simulated"] and 0 < floor["relative"] < 0.5 for floor in floors.values())
    assert (own_places / "home/noise/simulated" / f"{serial}.json").is_file()
    cells = {cell["variant"]["name"]: cell for cell in results["cells"]}
    assert cells["cpu-1t"]["speedup_vs_cpu"]["claim"] == "slower"
    assert cells["gpu"]["noise_floor"]["relative"] == floors["gpu"]["relative"]


def test_few_rounds_are_refused_before_anything_runs(monkeypatch, capsys, own_places):
    with lab_of(monkeypatch, "pixel-8"):
        assert run(["calibrate", "--rounds", "5"]) == 2
    assert "--rounds 15" in capsys.readouterr().err
