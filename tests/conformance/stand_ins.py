"""Stand-ins for Android's services in the chroot: small programs that keep values in files.

A chroot has no `settings`, `cmd`, `pm`, `input` and no service behind `dumpsys`. These are scripts
of the test's own, run by the real mksh, in the words of Android's; every one is said to be a
stand-in. Everything else (adbd, toybox, the guard, signals, the link) is real.
"""

from __future__ import annotations

from harness.deadline import Deadline
from harness.device.adb.shell import Shell, quoted

STORE = "/data/services"

_SETTINGS = f"""#!/system/bin/sh
# Stands in for Android's settings: one file a value.
f={STORE}/$2.$3
case $1 in
get) cat "$f" 2>/dev/null || echo null ;;
put) echo "$4" >"$f.part$$" && mv "$f.part$$" "$f" ;;
delete) rm -f "$f"; echo "Deleted 1 rows" ;;
*) echo "Invalid command" >&2; exit 255 ;;
esac
"""

_DUMPSYS = f"""#!/system/bin/sh
# Stands in for Android's dumpsys: power, deviceidle and jobscheduler, else the chroot's own.
cd {STORE}
case "$1 $2" in
"deviceidle enabled") [ -f nodoze.$3 ] && echo 0 || echo 1 ;;
"deviceidle disable") touch nodoze.$3; echo "$3 idle mode disabled" ;;
"deviceidle enable") rm -f nodoze.$3; echo "$3 idle mode enabled" ;;
"power ") echo "  mWakefulness=$(cat awake 2>/dev/null || echo Asleep)"; echo "  mStayOn=true" ;;
"jobscheduler ")
  [ -f nodexopt ] || echo "  JOB #1000/27873780: 1 android/.art.BackgroundDexoptJobService"
  echo "  JOB #u0a1/1: 2 com.example/.Job" ;;
*) exec /system/bin/dumpsys.chroot "$@" ;;
esac
"""

_PM = f"""#!/system/bin/sh
# Stands in for Android's pm of API 34: without a flag the job is started.
case "$1 $2" in
"help ") echo "  bg-dexopt-job [--cancel | --disable | --enable]" ;;
"bg-dexopt-job --disable") touch {STORE}/nodexopt; echo Success ;;
"bg-dexopt-job --enable") rm -f {STORE}/nodexopt; echo Success ;;
*) echo started >>{STORE}/dexopt-started ;;
esac
"""

_CMD = f"""#!/system/bin/sh
# Stands in for Android's cmd power.
case "$1 $2" in
"power set-fixed-performance-mode-enabled") echo $3 >{STORE}/fixed ;;
*) echo "cmd: Can't find service: $1" >&2; exit 20 ;;
esac
"""

_INPUT = f"""#!/system/bin/sh
# Stands in for Android's input: it wakes.
echo Awake >{STORE}/awake
"""

PROGRAMS = {
    "settings": _SETTINGS,
    "dumpsys": _DUMPSYS,
    "pm": _PM,
    "cmd": _CMD,
    "input": _INPUT,
}

BEFORE = {"global.window_animation_scale": "1.0", "global.low_power": "1", "system.x": "mine"}
"""What the phone's owner has set; all else is absent."""


def install(shell: Shell) -> None:
    """Put the programs where Android has them, and the owner's settings into their store."""
    deadline = Deadline.after(30)
    shell.check(
        f"mkdir -p {STORE} && [ -f /system/bin/dumpsys.chroot ] || "
        "mv /system/bin/dumpsys /system/bin/dumpsys.chroot",
        deadline,
    )
    for name, text in PROGRAMS.items():
        place = f"/system/bin/{name}"
        shell.check(f"printf %s {quoted(text)} >{place} && chmod 755 {place}", deadline)
    for name, value in BEFORE.items():
        shell.check(f"echo {value} >{STORE}/{name}", deadline)


def services_now(shell: Shell) -> str:
    """Return every value of the services and every governor, one a line; `awake` is no setting."""
    return shell.check(
        f"cd {STORE} && for f in *; do case $f in awake | *.part*) ;; fixed) "
        '[ "$(cat fixed)" = true ] && echo fixed ;; *) echo "$f=$(cat $f)" ;; esac; done; '
        "cat /sys/devices/system/cpu/cpufreq/policy*/scaling_governor; true",
        Deadline.after(20),
    )
