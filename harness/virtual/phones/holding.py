"""What of a virtual phone can be held still: power, doze, fixed performance, background jobs.

Words and exit statuses follow frameworks/base (PowerManagerShellCommand, DeviceIdleController,
SettingsService) and art (ArtShellCommand); refusals follow what makers' phones were seen to print.
"""

from __future__ import annotations

from harness.virtual.phones.state import PhoneState
from harness.virtual.shell.context import ProcessContext

_REFUSED = 255
_SDK_WITH_FIXED_PERFORMANCE = 30
_SDK_WITH_ART_SERVICE = 34
_WAKE, _SLEEP = ("KEYCODE_WAKEUP", "224"), ("KEYCODE_SLEEP", "223")
_STAY_ON = {"true": "7", "false": "0", "ac": "1", "usb": "2", "wireless": "4"}

WRITE_SETTINGS = (
    "Permission denial: writing to settings requires:android.permission.WRITE_SECURE_SETTINGS"
)
_INJECT = "Injecting to another application requires INJECT_EVENTS permission"
_NO_FIXED = (
    "Failed to set FIXED_PERFORMANCE mode\n"
    "This is likely because Power HAL AIDL is not implemented on this device\n"
)
_HELP = """\
  bg-dexopt-job [--cancel | --disable | --enable]
    Control the background dexopt job.
    Without flags, it starts a background dexopt job immediately.
    Options:
      --cancel Cancel any currently running background dexopt job
      --disable Disable the background dexopt job from being started by the
        job scheduler.
      --enable Enable the background dexopt job to be started by the job
        scheduler again, if previously disabled by --disable.
"""


async def refused(ctx: ProcessContext, what: str, why: str) -> int:
    """Print an exception as a Java service's shell command does, and return its status."""
    await ctx.err(
        f"\nException occurred while executing '{what}':\njava.lang.SecurityException: {why}\n"
        "\tat android.os.ShellCommand.exec(ShellCommand.java:38)\n"
    )
    return _REFUSED


async def svc(state: PhoneState, ctx: ProcessContext) -> int:
    """Run `svc power stayon ...`; anything else is accepted and does nothing."""
    match ctx.args:
        case ("power", "stayon", which) if which in _STAY_ON:
            if state.simulation.refuses_settings:
                return await refused(ctx, "stayon", WRITE_SETTINGS)
            state.settings["global", "stay_on_while_plugged_in"] = _STAY_ON[which]
    return 0


async def key(state: PhoneState, ctx: ProcessContext) -> int:
    """Run `input keyevent CODE`: wake and sleep only."""
    match ctx.args:
        case ("keyevent", code):
            if state.simulation.refuses_settings == "injecting":
                return await refused(ctx, "keyevent", _INJECT)
            state.awake = code in _WAKE or (state.awake and code not in _SLEEP)
    return 0


async def power(state: PhoneState, ctx: ProcessContext) -> int:
    """Run `cmd power ...`."""
    match ctx.args[1:]:
        case ("set-fixed-performance-mode-enabled", word) if (
            state.phone.model.sdk >= _SDK_WITH_FIXED_PERFORMANCE
        ):
            if state.simulation.fixed_performance == "absent":
                await ctx.err(_NO_FIXED)
                return _REFUSED
            state.fixed_performance = word in ("true", "1")
        case (command, *_):
            await ctx.err(f"Unknown command: {command}\n")
            return _REFUSED
    return 0


async def deviceidle(state: PhoneState, ctx: ProcessContext) -> int:
    """Run `dumpsys deviceidle enabled|enable|disable deep|light`."""
    words = ctx.args[1:]
    kinds = [words[1]] if len(words) > 1 else ["deep", "light"]
    match words[:1]:
        case ("enabled",):
            await ctx.out(f"{int(all(kind in state.doze for kind in kinds))}\n")
        case ("enable" | "disable",):
            for kind in kinds:
                (state.doze.add if words[0] == "enable" else state.doze.discard)(kind)
                await ctx.out(f"{kind.capitalize()} idle mode {words[0]}d\n")
        case _:
            await ctx.out("  Settings:\n    light_after_inactive_to=+4m0s0ms\n")
    return 0


def jobscheduler(state: PhoneState) -> str:
    """Return the head of `dumpsys jobscheduler`: the compiler's job stands there if enabled."""
    service = "com.android.server.art.BackgroundDexoptJobService"
    if state.phone.model.sdk < _SDK_WITH_ART_SERVICE:
        service = "com.android.server.pm.BackgroundDexOptService"
    jobs = [f"  JOB #1000/27873780: 5e1c90 android/{service}"] if state.dexopt_enabled else []
    return "\n".join(
        [
            "Settings:",
            "",
            "Registered 2 jobs:",
            *jobs,
            "  JOB #u0a45/7: a22f15 com.android.vending/.JobService",
            "",
        ]
    )


async def pm(state: PhoneState, ctx: ProcessContext) -> int:
    """Run `pm help` and `pm bg-dexopt-job`, which starts the job unless a flag forbids it."""
    knows_flags = state.phone.model.sdk >= _SDK_WITH_ART_SERVICE
    match ctx.args:
        case ("help",):
            await ctx.out("Package manager (package) commands:\n" + (_HELP if knows_flags else ""))
        case ("bg-dexopt-job", "--disable") if knows_flags:
            state.dexopt_enabled = False
            await ctx.out("Success\n")
        case ("bg-dexopt-job", "--enable") if knows_flags:
            state.dexopt_enabled = True
            await ctx.out("Success\n")
        case ("bg-dexopt-job", *_):
            await ctx.out("Success\n")  # it starts: simulated tools do not notice
        case _:
            await ctx.err("pm: not part of the simulation\n")
            return _REFUSED
    return 0
