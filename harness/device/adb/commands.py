"""Every program that the harness runs on a phone, what for, since when it is there, and the proof.

A row is one line. A test reads all shell text that goes to a phone and fails for a program without
a row; another runs each row's `proof` on real mksh and toybox, or holds that it needs a phone. The
page docs/reference/android-commands.md is made from this table.

Of programs that speak to a service or take a verb, each service or verb has a row of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

NEEDS_A_PHONE = ""
"""As a proof: nothing here has the program; the source says that it is so."""

VERBS = ("dumpsys", "cmd", "service", "settings", "svc", "pm", "am", "input", "wm")
"""Programs whose first word after their options is part of a row's name."""

BUILTINS = frozenset(
    [
        ".",
        ":",
        "[",
        "break",
        "case",
        "cd",
        "command",
        "continue",
        "echo",
        "eval",
        "exec",
        "exit",
        "export",
        "false",
        "for",
        "getopts",
        "if",
        "kill",
        "let",
        "print",
        "pwd",
        "read",
        "return",
        "set",
        "shift",
        "test",
        "times",
        "trap",
        "true",
        "type",
        "ulimit",
        "umask",
        "unset",
        "until",
        "wait",
        "while",
    ]
)
"""Of mksh itself, which is /system/bin/sh of every Android since 4.0: no program is started."""


@dataclass(frozen=True)
class Command:
    """One row. `since` is the Android version; `source` a file of AOSP, by project.

    `proof` is shell text that exits 0 on real mksh and toybox, or NEEDS_A_PHONE.
    """

    name: str
    use: str
    since: str
    source: str
    proof: str = NEEDS_A_PHONE


EVER = "before 7"
"""Older than the oldest Android that the harness is for."""

_TOYBOX = "external/toybox: toys/"
_README = "system/core: shell_and_utilities/README.md"
_X = "cd /data/local/tmp && "

COMMANDS: tuple[Command, ...] = (
    Command("cat", "send and fetch files, read the kernel's", EVER, _README, "cat /proc/uptime"),
    Command("chmod", "make the tool executable", EVER, _README, f"{_X}echo >x; chmod 755 x"),
    Command("date", "the phone's time, for its log and stale jobs", EVER, _README, "date +%s"),
    Command("df", "free storage", EVER, _README, "df -k /data/local/tmp"),
    Command("du", "size of what lies there", EVER, _README, "du -sk /data/local/tmp"),
    Command("env", "variables of the tool", EVER, _README, "env A=B true"),
    Command("grep", "lines of what the kernel and services say", EVER, _README, "echo a | grep -E '^a'"),
    Command("head", "the head of an output, a cap", EVER, _README, "echo a | head -c 1"),
    Command("id", "the user that programs run as", EVER, _README, "id -u"),
    Command("ln", "a short name for a traced tool", EVER, _README, f"{_X}rm -f l; ln -s x l"),
    Command("mkdir", "folders of the store and of jobs", EVER, _README, f"{_X}mkdir -p d"),
    Command("mv", "put a whole file in its place", EVER, _README, f"{_X}echo >x; mv x y"),
    Command("rm", "remove what is ours", EVER, _README, f"{_X}rm -rf d"),
    Command("setsid", "a job apart from adb", EVER, f"{_TOYBOX}other/setsid.c", "setsid true"),
    Command("sh", "scripts", EVER, "external/mksh", "sh -c true"),
    Command("sha256sum", "verify what was sent", "8.0", _README, "echo a | sha256sum"),
    Command("sleep", "wait without a load", EVER, _README, "sleep 0"),
    Command("stat", "ages of what lies there", EVER, _README, "stat -c '%Y %n' /data/local/tmp"),
    Command("tail", "the tail of a long output", EVER, _README, "echo a | tail -c 1"),
    Command("taskset", "bind a job to cores", EVER, f"{_TOYBOX}other/taskset.c", "taskset -p 1 $$"),
    Command("sync", "write out what the page cache holds, before it is dropped", EVER, _README, "sync"),
    Command("ls", "what lies in a folder", EVER, _README, "ls -A /data/local/tmp"),
    Command("printf", "text without a line end", EVER, _README, "printf '%s' a"),
    Command("pidof", "whether a program runs", EVER, _README, "pidof sh"),
    Command("find", "files by name", EVER, _README, "find /data/local/tmp -name x"),
    Command("touch", "note the last use of a bundle", EVER, _README, f"{_X}touch x"),
    Command("uname", "the kernel's release", EVER, _README, "uname -r"),
    Command("rmdir", "remove a folder that is empty", EVER, _README, f"{_X}mkdir e; rmdir e"),
    Command("atrace", "trace a tool where perfetto does not", EVER, "frameworks/native: cmds/atrace"),
    Command("cmd power", "fixed-performance mode, power saver", "11", "frameworks/base: PowerManagerShellCommand.java"),
    Command("cmd thermalservice", "undo a faked thermal status", "10", "frameworks/base: ThermalManagerService.java"),
    Command("dumpsys deviceidle", "doze, and keeping it off", "6", "frameworks/base: DeviceIdleController.java"),
    Command("dumpsys jobscheduler", "whether the compiler's job runs", "7", "frameworks/base: JobSchedulerService.java"),
    Command("dumpsys power", "whether the screen is awake", EVER, "frameworks/base: PowerManagerService.java"),
    Command("getenforce", "SELinux's mode", EVER, "external/toybox: toys/android/getenforce.c"),
    Command("input keyevent", "wake the screen", EVER, "frameworks/base: InputShellCommand.java"),
    Command("pm help", "whether the compiler's job can be kept off", "7", "frameworks/base: PackageManagerShellCommand.java"),
    Command("pm bg-dexopt-job", "keep the compiler's job off", "14", "art: libartservice, ArtShellCommand.java"),
    Command("settings delete", "put a setting back that was not there", EVER, "frameworks/base: SettingsService.java"),
    Command("settings get", "read a setting", EVER, "frameworks/base: SettingsService.java"),
    Command("settings put", "hold a setting, and put it back", EVER, "frameworks/base: SettingsService.java"),
    Command("svc power", "stay awake while plugged in", EVER, "frameworks/base: PowerCommand.java"),
    Command("cmd gpu", "the GPU's name by Vulkan", "9", "frameworks/native: services/gpuservice"),
    Command("dumpsys SurfaceFlinger", "the GPU's name by OpenGL ES", EVER, "frameworks/native: services/surfaceflinger"),
    Command("dumpsys battery", "charge, heat, power", EVER, "frameworks/base: BatteryService.java"),
    Command("dumpsys gpu", "the GPU's work by user", "13", "frameworks/native: services/gpuservice/gpuwork"),
    Command("dumpsys thermalservice", "heat and throttling", "10", "frameworks/base: ThermalManagerService.java"),
    Command("getprop", "what the phone is", EVER, "external/toybox: toys/android/getprop.c"),
    Command("logcat", "the tool's own lines, crashes", "7", "system/logging: logcat (--pid since 7)"),
    Command("lshal", "NNAPI drivers of older phones", "8.0", "frameworks/native: cmds/lshal"),
    Command("perfetto", "trace a tool", "10", "external/perfetto: src/perfetto_cmd"),
    Command("service list", "NNAPI drivers of newer phones", EVER, "frameworks/native: cmds/service"),
    Command("setprop", "the tracer's switch, and back", EVER, "external/toybox: toys/android/setprop.c"),
)  # fmt: skip
"""The table, toybox's first."""
