"""The lab as its users see it: a real adb server, phones behind it, and nothing left afterwards."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import adbutils
import numpy as np
import pytest
from little_models import chain

from harness.deadline import Deadline
from harness.errors import NothingToMeasureError, UnknownNameError
from harness.virtual.lab import Lab, running_lab
from harness.virtual.phones.catalog import fleet
from harness.virtual.tool.bundle import BINARY, bundle

TMP = "/data/local/tmp"


def phone(lab: Lab, name: str) -> adbutils.AdbDevice:
    client = adbutils.AdbClient(lab.server.host, lab.server.port)
    return client.device(lab.phone(name).address)


def shell(device: adbutils.AdbDevice, command: str) -> tuple[int, str, str]:
    done = device.shell2(command, v2=True, timeout=20)
    return done.returncode, done.stdout, done.stderr


def alive(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def eventually(what: object, seconds: float = 10.0) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if what():  # type: ignore[operator]
            return True
        time.sleep(0.05)
    return False


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with running_lab(["pixel-8", "galaxy-j6", "redmi-10"]) as running:
        yield running


def test_phones_answer_as_their_models_and_say_that_they_are_virtual(lab: Lab) -> None:
    device = phone(lab, "galaxy-j6")
    status, out, _ = shell(device, "getprop ro.product.model; getprop ro.harness.virtual")
    assert (status, out.split()) == (0, ["SM-J600FN", "1"])
    assert lab.phone("galaxy-j6").serial == shell(device, "getprop ro.serialno")[1].strip()
    assert "Mali-T830" in shell(device, "dumpsys SurfaceFlinger | grep GLES:")[1]
    assert (
        "1586000"
        in shell(device, "cat /sys/devices/system/cpu/cpufreq/policy0/cpuinfo_max_freq")[1]
    )


def test_the_pushed_tool_benchmarks_a_pushed_model_and_its_files_come_back(
    lab: Lab, tmp_path: Path
) -> None:
    device = phone(lab, "pixel-8")
    values = np.linspace(-1, 1, 8, dtype=np.float32)
    files = {
        "m.tflite": chain(["ADD", "TANH", "ATAN2", "MUL"]),
        "x.bin": values.tobytes(),
        BINARY: bundle().files[BINARY].path.read_bytes(),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        device.sync.push(tmp_path / name, f"{TMP}/{name}", 0o755)
    status, out, err = shell(
        device,
        f"cd {TMP} && ./{BINARY} --graph=m.tflite --use_gpu=true --num_runs=10 --min_secs=0.5 "
        "--input_layer=input --input_layer_shape=1,8 --input_layer_value_files=input:x.bin "
        "--output_filepath=o.bin",
    )
    assert status == 0, out + err
    assert "Explicitly applied GPU delegate" in out
    assert "Replacing 2 out of 4 node(s) with delegate (TfLiteGpuDelegateV2)" in err
    device.sync.pull(f"{TMP}/o.bin", tmp_path / "o.bin")
    constant = np.linspace(0.5, 1.5, 8, dtype=np.float32)
    expected = np.arctan2(np.tanh(values + constant), constant) * constant
    read = np.frombuffer((tmp_path / "o.bin").read_bytes(), np.float32)
    np.testing.assert_allclose(read, expected, rtol=0.02)


def test_simulated_seconds_are_not_waited_for_and_show_on_the_phones_clock(
    lab: Lab, tmp_path: Path
) -> None:
    device = phone(lab, "redmi-10")
    for name, content in {
        "m.tflite": chain(["ADD"]),
        BINARY: bundle().files[BINARY].path.read_bytes(),
    }.items():
        (tmp_path / name).write_bytes(content)
        device.sync.push(tmp_path / name, f"{TMP}/{name}", 0o755)
    began = time.monotonic()
    uptime = "read up rest </proc/uptime; echo ${up%.*}"
    _, out, _ = shell(
        device,
        f"cd {TMP}; {uptime}; ./{BINARY} --graph=m.tflite --use_gpu=true --num_runs=1 "
        f"--min_secs=8 >/dev/null 2>&1; {uptime}",
    )
    before, after = map(int, out.split())
    assert 8 <= after - before <= 12
    assert time.monotonic() - began < 5


def test_a_simulated_tool_is_ended_by_a_signal_like_any_process(lab: Lab, tmp_path: Path) -> None:
    device = phone(lab, "pixel-8")
    (tmp_path / "m").write_bytes(chain(["ADD"]))
    device.sync.push(tmp_path / "m", f"{TMP}/m.tflite")
    (tmp_path / "b").write_bytes(bundle().files[BINARY].path.read_bytes())
    device.sync.push(tmp_path / "b", f"{TMP}/{BINARY}", 0o755)
    status, out, _ = shell(
        device,
        f"cd {TMP}; ./{BINARY} --graph=m.tflite --use_gpu=true --min_secs=100 >log 2>&1 & "
        "pid=$!; sleep 0.3; kill $pid; wait $pid; echo $?",
    )
    assert (status, out.split()) == (0, ["143"])


def test_a_cable_that_is_out_for_a_while_comes_back(lab: Lab) -> None:
    lab.tell("pixel-8", "away", 1.0)
    address = lab.phone("pixel-8").address

    def state() -> str:
        return {t.serial: t.state for t in lab.server.transports(Deadline.after(5))}.get(
            address, "gone"
        )

    assert eventually(lambda: state() != "device", 3)
    assert eventually(lambda: state() == "device", 20)


def test_a_full_phone_refuses_a_push(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(b"x" * 100_000)
    lab.tell("galaxy-j6", "full", 1000)
    with pytest.raises(adbutils.AdbError, match="FAIL"):
        phone(lab, "galaxy-j6").sync.push(tmp_path / "big", f"{TMP}/big")
    lab.tell("galaxy-j6", "full", 10_000_000)


def test_an_unknown_fault_or_phone_is_refused(lab: Lab) -> None:
    with pytest.raises(NothingToMeasureError, match="no such fault"):
        lab.tell("pixel-8", "melt")
    with pytest.raises(UnknownNameError), running_lab(["pixel-99"]):
        pass
    with pytest.raises(UnknownNameError), running_lab(["pixel-8"], faults={"pixel-8": "melt"}):
        pass


def test_a_phone_can_refuse_this_host() -> None:
    with running_lab(["pixel-8"], faults={"pixel-8": "unauthorized"}) as lab:
        (transport,) = lab.server.transports(Deadline.after(5))
        assert transport.state == "unauthorized"


def test_nothing_runs_on_when_the_owner_is_killed() -> None:
    script = (
        "import sys, time\n"
        "from harness.virtual.lab import running_lab\n"
        "with running_lab(['pixel-8']) as lab:\n"
        "    print(lab._process.pid, lab.server.port, flush=True)\n"
        "    time.sleep(60)\n"
    )
    owner = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    pid, port = map(int, owner.stdout.readline().split())
    assert alive(pid)
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    owner.stdout.close()
    assert eventually(lambda: not alive(pid))
    server = adbutils.AdbClient("127.0.0.1", port)
    assert eventually(lambda: not _listens(server))


def _listens(client: adbutils.AdbClient) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((client.host, client.port)) == 0


@pytest.mark.slow
def test_the_whole_fleet_runs_at_once() -> None:
    with running_lab() as lab:
        states = {t.state for t in lab.server.transports(Deadline.after(10))}
        assert (len(lab.phones), states) == (len(fleet()), {"device"})
