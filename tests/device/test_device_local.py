import hashlib
import os
import sys
import threading
import time
from pathlib import Path

import pytest

from harness.deadline import Deadline
from harness.demo_models import paths
from harness.device.base import Bundle, DeviceKind, Job, LocalFile
from harness.device.local import LocalDevice
from harness.errors import DeviceCommandError, DeviceTimeoutError
from harness.files import sha256_of
from harness.litert_tool import bundle

SOON = 20.0


@pytest.fixture
def device(tmp_path):
    return LocalDevice(tmp_path / "cache")


@pytest.fixture
def into(tmp_path):
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def _python(code, **options):
    return Job("job", (sys.executable, "-c", code), **options)


def _bundle(path, **options):
    return Bundle("key", {path.name: LocalFile(path, sha256_of(path), **options)})


def test_it_knows_itself(device):
    assert (device.id, device.kind) == ("local", DeviceKind.LOCAL)
    assert device.profile.abis == ("host",)
    assert device.profile.ram_kb is None or device.profile.ram_kb > 100_000
    health = device.health(Deadline.after(SOON))
    assert health.free_kb > 0
    assert health.thermal_status is None


def test_a_demo_model_is_measured_by_the_litert_tool(device, into, tmp_path):
    tool, model = bundle(folder=tmp_path / "tool"), paths()[0]
    folder = device.stage(tool.bundle, Deadline.after(SOON))
    graph = f"{device.stage(_bundle(model), Deadline.after(SOON))}/{model.name}"
    flags = ("--num_runs=3", "--min_secs=0", "--samples_file=samples.json")
    job = Job("round", (f"{folder}/{tool.binary}", f"--graph={graph}", *flags),
              collect=("samples.json", "absent.pb"))  # fmt: skip
    result = device.run(job, into, Deadline.after(SOON))
    assert (result.exit_status, result.limited, result.truncated) == (0, False, False)
    assert list(result.files) == ["samples.json"]
    text = result.output.read_text()
    # One stream: what the runtime says on stderr stands where it happened.
    assert (
        text.index("Loaded model")
        < text.index("Created TensorFlow Lite XNNPACK")
        < text.index("Inference timings in us")
    )
    assert not list((tmp_path / "cache").glob("round-*"))


def test_a_staged_file_is_verified_again_when_its_source_changes(device, tmp_path):
    source = tmp_path / "m.bin"
    source.write_bytes(b"first")
    known = _bundle(source)
    folder = device.stage(known, Deadline.after(SOON))
    assert device.stage(known, Deadline.after(SOON)) == folder
    source.write_bytes(b"other")
    with pytest.raises(DeviceCommandError, match="has changed"):
        device.stage(known, Deadline.after(SOON))


def test_a_script_without_the_mode_runs_and_its_original_keeps_its_mode(device, into, tmp_path):
    script = tmp_path / "tool"
    script.write_text("#!/bin/sh\necho $WORD\n")
    script.chmod(0o644)
    folder = device.stage(_bundle(script, executable=True), Deadline.after(SOON))
    job = Job("job", (f"{folder}/tool",), env={"WORD": "told"})
    assert device.run(job, into, Deadline.after(SOON)).output.read_text() == "told\n"
    assert script.stat().st_mode & 0o111 == 0


@pytest.mark.parametrize("name", ["../out", "a/b", "..", ".hidden"])
def test_names_that_lead_out_of_the_folder_are_refused(device, tmp_path, name):
    source = tmp_path / "x"
    source.write_bytes(b"x")
    digest = hashlib.sha256(b"x").hexdigest()
    with pytest.raises(DeviceCommandError):
        device.stage(Bundle("k", {name: LocalFile(source, digest)}), Deadline.after(SOON))


def test_a_file_that_is_gone_is_an_error_of_the_device(device, tmp_path):
    missing = Bundle("k", {"m": LocalFile(tmp_path / "none", "0" * 64)})
    with pytest.raises(DeviceCommandError, match="No such file"):
        device.stage(missing, Deadline.after(SOON))


def test_a_signal_counts_as_the_shell_counts_it(device, into):
    job = _python("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    assert device.run(job, into, Deadline.after(SOON)).exit_status == 139


def test_the_limit_ends_the_job_and_all_that_it_started(device, into):
    code = (
        "import subprocess, sys, time\n"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(p.pid, flush=True); time.sleep(60)"
    )
    start = time.monotonic()
    result = device.run(_python(code, limit_s=1.0), into, Deadline.after(SOON))
    assert result.limited
    assert result.exit_status == 143
    assert time.monotonic() - start < 10
    child = int(result.output.read_text())
    for _ in range(50):
        if not _alive(child):
            break
        time.sleep(0.1)
    assert not _alive(child)


def _alive(pid):
    try:
        os.kill(pid, 0)
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (ProcessLookupError, FileNotFoundError):
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"


def test_a_passed_deadline_is_a_timeout_and_leaves_nothing(device, into, tmp_path):
    with pytest.raises(DeviceTimeoutError):
        device.run(_python("import time; time.sleep(60)"), into, Deadline.after(0.3))
    assert not list((tmp_path / "cache").glob("job-*"))


def test_output_above_the_cap_keeps_head_and_tail(device, into):
    job = _python("print('START'); print('x' * 10_000_000); print('END')", output_cap=10_000)
    result = device.run(job, into, Deadline.after(SOON))
    text = result.output.read_text()
    assert result.truncated
    assert len(text) < 10_200
    assert text.startswith("START\n")
    assert text.endswith("END\n")
    assert "bytes of output were cut here" in text


def test_a_program_that_does_not_exist_is_an_error_of_the_device(device, into):
    with pytest.raises(DeviceCommandError, match="cannot start"):
        device.run(Job("job", ("/no/such/tool",)), into, Deadline.after(SOON))


def test_a_link_is_not_collected(device, into, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    job = _python(f"import os; os.symlink({str(secret)!r}, 'o.bin')", collect=("o.bin",))
    assert device.run(job, into, Deadline.after(SOON)).files == {}


BUSY = "import time\nwhile time.process_time() < 0.4: pass"


def test_the_cpu_time_of_a_busy_child_is_counted_and_a_sleepers_is_not(device, into):
    busy = device.run(_python(BUSY), into, Deadline.after(SOON))
    idle = device.run(_python("import time; time.sleep(0.5)"), into, Deadline.after(SOON))
    assert 0.4 <= busy.cpu_seconds < 2
    assert idle.cpu_seconds < 0.4


def test_cpu_time_is_of_the_childs_own_children_and_of_no_other_device(device, into, tmp_path):
    both = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BUSY!r}])"
    found = {}

    def run(name, job):
        (tmp_path / name).mkdir()
        found[name] = device.run(job, tmp_path / name, Deadline.after(SOON)).cpu_seconds

    jobs = {"with a child": _python(both), "beside it": _python("import time; time.sleep(1)")}
    threads = [threading.Thread(target=run, args=one) for one in jobs.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found["with a child"] >= 0.4
    assert found["beside it"] < 0.4


def test_a_child_that_a_limit_ended_has_its_cpu_time_too(device, into):
    result = device.run(_python("while True: pass", limit_s=1), into, Deadline.after(SOON))
    assert (result.limited, result.exit_status) == (True, 143)
    assert result.cpu_seconds > 0
