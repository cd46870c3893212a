"""What `harness doctor` asks of a phone: rights, sensors, clocks, libraries. One round trip.

Only a file of our own is written, and removed again at once; nothing else of the phone is changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.deadline import Deadline
from harness.device.adb import health, profile, sections
from harness.device.adb.controls.phone import UNDO
from harness.device.adb.shell import Shell
from harness.device.adb.staging import ROOT
from harness.device.base import Health

# What TFLite tries to load (tensorflow/lite/delegates/gpu/cl/opencl_wrapper.cc), and where.
_OPENCL = " ".join(
    f"{folder}/{name}"
    for folder in ("/vendor/lib64", "/system/vendor/lib64", "/vendor/lib", "/system/vendor/lib")
    for name in ("libOpenCL.so", "libOpenCL-pixel.so", "libOpenCL-car.so")
)
_RUNS = "harness-doctor-runs"

COMMANDS = {
    **health.COMMANDS,
    "props": profile.COMMANDS["props"],
    "uid": profile.COMMANDS["uid"],
    "su": profile.COMMANDS["su"],
    "context": "id -Z",
    "enforce": "getenforce",
    # Without a first line that names a shell: a file system that forbids execution refuses before.
    "execute": f"mkdir -p {ROOT} && f={ROOT}/doctor.$$ && echo 'echo {_RUNS}' >$f && "
    f"chmod 755 $f && $f 2>&1; rm -f {ROOT}/doctor.$$; rmdir {ROOT}",
    "zones": "for z in /sys/class/thermal/thermal_zone*; do "
    '[ -d $z ] && echo "$(cat $z/type)|$(cat $z/temp)"; done',
    "current": "cat /sys/class/power_supply/battery/current_now",
    "clocks": "for p in /sys/devices/system/cpu/cpufreq/policy*; do [ -d $p ] && "
    'echo "${p##*/}|$(cat $p/scaling_cur_freq)|$(cat $p/scaling_max_freq)"; done',
    "opencl": f"ls -d /vendor /system/vendor; for f in {_OPENCL}; do [ -f $f ] && echo $f; done",
    "public": "cat /vendor/etc/public.libraries.txt /system/etc/public.libraries.txt",
    "authorization": "settings get global adb_allowed_connection_time",
    "blocker": "settings get secure rampart_main_switch_enabled",
    # pidof answers 1 where there is none, and 127 where there is no pidof.
    "dexopt": "pidof dex2oat dex2oat32 dex2oat64; echo status $?",
    "undo": f"[ -d /data/local/tmp ] && echo asked; (cd {UNDO} && for f in *; do "
    '[ -f "$f" ] && echo "$f"; done)',
}


@dataclass(frozen=True)
class Diagnosis:
    """What a phone answered. None is unreadable: no answer, which is not "there is none".

    `executes` is whether a file in /data/local/tmp could be written and run, `refusal` what the
    phone said otherwise. `zones` and `clocks` map names to whether they are readable. `opencl` are
    paths of libraries, `public_opencl` whether apps may load one. `authorization_ms` is 0 where
    keys do not expire and None where it is not set (7 days); `authorization_read` tells that from
    unreadable. `undo` names the files in the folder of the undo log.
    """

    health: Health
    props: Mapping[str, str] = field(default_factory=dict)
    battery: Mapping[str, str] = field(default_factory=dict)
    uid: int | None = None
    has_su: bool = False
    context: str | None = None
    enforcing: str | None = None
    executes: bool | None = None
    refusal: str = ""
    zones: Mapping[str, bool] = field(default_factory=dict)
    current_readable: bool = False
    clocks: Mapping[str, bool] = field(default_factory=dict)
    opencl: tuple[str, ...] | None = None
    public_opencl: bool | None = None
    authorization_ms: int | None = None
    authorization_read: bool = False
    auto_blocker: bool | None = None
    dexopt: bool | None = None
    undo: tuple[str, ...] | None = None

    def prop(self, *names: str) -> str | None:
        """Return the first of these properties that is set."""
        return next((v for name in names if (v := self.props.get(name, "").strip())), None)


def diagnose(shell: Shell, deadline: Deadline) -> Diagnosis:
    """Ask a phone all of it at once.

    Raises:
        DeviceUnavailableError: the link was lost, or the phone did not answer in time.
    """
    return read_diagnosis(sections.split(shell.run(sections.script(COMMANDS), deadline).text))


def read_diagnosis(found: Mapping[str, str]) -> Diagnosis:
    """Make a diagnosis of the outputs of `COMMANDS`, as `sections.split` returns them."""

    def text(name: str) -> str:
        return found.get(name, "").strip()

    ran = text("execute")
    zones = _readable(text("zones"), 1)
    battery, _ = health.parse_battery(found.get("battery", ""))
    opencl = text("opencl").splitlines()
    undo = text("undo").splitlines()
    return Diagnosis(
        health=health.read_health(found),
        props=profile.parse_getprop(found.get("props", "")),
        battery=battery,
        uid=profile.number(found.get("uid", "")),
        has_su=bool(text("su")),
        context=context if ":" in (context := text("context")) else None,
        enforcing=mode if (mode := text("enforce")) in ("Enforcing", "Permissive") else None,
        executes=ran == _RUNS if "execute" in found else None,
        refusal="" if ran == _RUNS else (ran.splitlines() or ["it could not be written"])[-1],
        zones=zones,
        current_readable=profile.number(text("current")) is not None,
        clocks=_readable(text("clocks"), 2),
        opencl=tuple(one for one in opencl if one.endswith(".so")) if opencl else None,
        public_opencl="libOpenCL" in text("public") if text("public") else None,
        authorization_ms=profile.number(text("authorization")),
        authorization_read=bool(re.fullmatch(r"null|\d{1,18}", text("authorization"), re.ASCII)),
        auto_blocker={"1": True, "0": False, "null": False}.get(text("blocker")),
        dexopt=_dexopt(text("dexopt")),
        undo=tuple(undo[1:]) if undo[:1] == ["asked"] else None,
    )


def _readable(text: str, values: int) -> dict[str, bool]:
    """Read lines of `name|value…`: whether each has all its values, numbers."""
    found = {}
    for line in text.splitlines():
        name, *fields = line.split("|")
        if len(fields) == values:
            found[name.strip()] = all(profile.number(one) is not None for one in fields)
    return found


def _dexopt(text: str) -> bool | None:
    status = re.search(r"status (\d+)$", text)
    return {"0": True, "1": False}.get(status[1]) if status is not None else None
