"""traced.sh with real toybox and mksh, and marks that this machine's own kernel records.

Real are the script, the shell, the kernel's tracer and its text. `setprop` and `atrace` are
stand-ins: the first keeps a property where the stand-in of getprop reads it, the second switches
an instance of the kernel's tracer of its own on and off. perfetto needs a phone.
"""

from __future__ import annotations

import subprocess
import time
from posixpath import dirname

import pytest

from harness.deadline import Deadline
from harness.device.adb.job import launch_command
from harness.device.adb.tracing import MARK, PROPERTY, TRACED_INTO
from harness.device.base import TRACE, Job
from harness.errors import DeviceCommandError
from harness.parse.trace import invocations, read_trace

SETPROP = """#!/system/bin/sh
grep -v "^$1=" /etc/phone.prop >/etc/phone.prop.new
echo "$1=$2" >>/etc/phone.prop.new
mv /etc/phone.prop.new /etc/phone.prop
"""
ATRACE = """#!/system/bin/sh
at=/sys/kernel/tracing/instances/harness$(getprop ro.serialno)
case $1 in
--async_start) mkdir -p $at; echo >$at/trace; echo 1 >$at/tracing_on; echo capturing trace... done;;
--async_stop) echo 0 >$at/tracing_on; echo TRACE:; cat $at/trace; rmdir $at;;
esac
"""
TOOL = """#!/system/bin/sh
marker=/sys/kernel/tracing/instances/harness$(getprop ro.serialno)/trace_marker
echo "started as $0, $A, traced: $(getprop debug.tflite.trace)"
for nap in "$@"; do
  echo "B|$$|Invoke@0/0" >$marker
  echo "B|$$|CONV_2D@3/0" >$marker
  sleep $nap
  echo "E|$$" >$marker
  echo "E|$$" >$marker
done
"""
PLACE = "/data/local/tmp/tool"


def soon(seconds: float = 30) -> Deadline:
    return Deadline.after(seconds)


def install(shell, path, text):
    quoted = text.replace("'", "'\\''")
    shell.check(f"echo '{quoted}' >{path} && chmod 755 {path}", soon())


@pytest.fixture
def traceable(phone, shell):
    inside = ("nsenter", "-t", str(phone._first_process()), "-m")
    place = phone.top / "root" / "sys" / "kernel" / "tracing"
    subprocess.run([*inside, "mkdir", "-p", str(place)], check=True)
    mounted = subprocess.run(
        [*inside, "mount", "-t", "tracefs", "tracefs", str(place)], check=False
    )
    if mounted.returncode:
        pytest.skip("this kernel has no tracefs")
    install(shell, "/system/bin/setprop", SETPROP)
    install(shell, PLACE, TOOL)
    return shell


@pytest.fixture
def atrace(traceable):
    install(traceable, "/system/bin/atrace", ATRACE)
    yield traceable
    traceable.run("atrace --async_stop 2>/dev/null", soon())


def switch(shell):
    return shell.check(
        f"getprop {PROPERTY}; ls {MARK} 2>/dev/null || echo unmarked", soon()
    ).split()


def traced(*naps, **options):
    return Job("traced", (PLACE, *naps), {"A": "b c"}, trace=True, **options)


def test_a_kernel_records_what_a_program_under_the_script_marks(device, atrace, tmp_path):
    result = device.run(traced("0.05", "0.15", "0.1"), tmp_path, soon())
    assert result.exit_status == 0
    assert result.output.read_text().strip() == "started as ./traced, b c, traced: 1"
    found = read_trace(result.files[TRACE].read_bytes())
    assert found.losses == ()
    ((_, sections),) = invocations(found).items()
    for one, nap in zip(sections, (0.05, 0.15, 0.1), strict=True):
        assert nap <= one.duration_ns * 1e-9 < nap + 0.1
    assert {one.depth for one in found.sections if one.name == "CONV_2D@3/0"} == {1}
    assert switch(atrace) == ["unmarked"]


def test_what_the_property_was_before_comes_back(device, atrace, tmp_path):
    atrace.check(f"setprop {PROPERTY} 7", soon())
    device.run(traced("0.01"), tmp_path, soon())
    assert switch(atrace) == ["7", "unmarked"]


def test_the_phones_own_limit_restores_the_property_too(device, atrace, tmp_path):
    result = device.run(traced("60", limit_s=4), tmp_path, soon())
    assert result.limited
    assert switch(atrace) == ["unmarked"]


def test_a_failing_program_keeps_its_status_and_the_phone_its_property(device, atrace, tmp_path):
    install(atrace, PLACE, "#!/system/bin/sh\nexit 7\n")
    assert device.run(traced(), tmp_path, soon()).exit_status == 7
    assert switch(atrace) == ["unmarked"]


def test_a_phone_without_a_tracer_says_so_and_runs_nothing(device, traceable, tmp_path):
    install(traceable, PLACE, "#!/system/bin/sh\ntouch /data/local/tmp/ran\n")
    with pytest.raises(DeviceCommandError, match=r"tracer did not start.*atrace"):
        device.run(traced(), tmp_path, soon())
    assert switch(traceable) == ["unmarked"]
    assert traceable.run("ls /data/local/tmp/ran", soon()).status != 0


def test_a_killed_script_is_made_good_by_the_next_launch_of_anybody(device, atrace, tmp_path):
    """The host dies, and then the phone kills all of the job: only the mark tells of it."""
    scripts = device.stage(device._scripts, soon())
    command = launch_command(traced("60"), "/data/local/tmp/harness/jobs/x", f"{scripts}/job.sh")
    atrace.run(f"({command}) >/dev/null 2>&1 & sleep 4; kill -KILL -$(cat {JOB}/group)", soon())
    deadline = soon(10)
    while switch(atrace) != ["1", MARK] and not deadline.passed:
        time.sleep(0.2)
    assert switch(atrace) == ["1", MARK]
    atrace.check(f"mkdir -p {dirname(TRACED_INTO)}; echo half >{TRACED_INTO}", soon())
    device.run(Job("next", ("true",)), tmp_path, soon())
    assert switch(atrace) == ["unmarked"]
    assert atrace.run(f"ls {TRACED_INTO}", soon()).status != 0


JOB = "/data/local/tmp/harness/jobs/x"
