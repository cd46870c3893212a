"""Checks of one phone, each a small function over what it answered. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from harness.bench.policy import Policy
from harness.device.adb.diagnosis import Diagnosis
from harness.device.base import Profile
from harness.lab.advice import Step
from harness.lab.check import Check, CheckId, failure, ok, unknown, warning

FRESH_BOOT_S = 300.0
"""For so long after a boot a phone compiles, indexes and syncs."""

_STARVED_UA = 500_000  # what a plain USB 2 port gives; a phone at full load can draw more
_LITTLE_KB = 1_000_000
_TOO_LITTLE_KB = 100_000
_LEAST_PERCENT = Policy().min_battery or 0.0
_DISCHARGING = "3"  # android.os.BatteryManager.BATTERY_STATUS_DISCHARGING
_SEVEN_DAYS_MS = 604_800_000  # AdbDebuggingManager.DEFAULT_ADB_ALLOWED_CONNECTION_TIME
_EXPIRY_FROM_API = 30
_SHELL_UID = 2000
_XIAOMI = ("xiaomi", "redmi", "poco")
_OPPO = ("oppo", "realme", "oneplus")
_LOOK = "unlock the phone and look again; if it stays, this phone does not tell a shell"


def check_phone(found: Diagnosis, profile: Profile) -> Iterator[Check]:
    """Judge all that a phone answered."""
    yield boot(found)
    yield rights(found)
    yield scratch(found)
    yield vendor(found)
    yield power(found)
    yield overrides(found)
    yield sensors(found)
    yield clocks(found)
    yield opencl(found)
    yield gpu(found, profile)
    yield nnapi(profile)
    yield storage(found)
    yield authorization(found, profile)
    yield background(found)


def boot(found: Diagnosis) -> Check:
    """See that Android is up, and has been for long enough to be quiet."""
    completed, uptime = found.prop("sys.boot_completed"), found.health.uptime_s
    if completed is not None and completed != "1":
        return failure(CheckId.BOOT, "Android has not finished booting", Step.BOOT)
    if completed is None or uptime is None:
        return unknown(CheckId.BOOT, "it does not say whether it has booted, or when", _LOOK)
    facts = {"uptime_s": round(uptime)}
    if uptime < FRESH_BOOT_S:
        return warning(
            CheckId.BOOT,
            f"booted {uptime:.0f} s ago: it is still compiling and indexing",
            f"wait until it has been up for {FRESH_BOOT_S / 60:.0f} minutes",
            **facts,
        )
    return ok(CheckId.BOOT, f"booted, up for {uptime / 3600:.1f} h", **facts)


def rights(found: Diagnosis) -> Check:
    """Say as whom programs run, and under which SELinux rules."""
    if found.uid is None:
        return unknown(CheckId.RIGHTS, "it does not say as whom programs run", _LOOK)
    who = {0: "root", _SHELL_UID: "the shell user"}.get(found.uid, f"uid {found.uid}")
    rooted = found.uid == 0 or found.has_su
    parts = [f"programs run as {who}", "rooted" if rooted else "not rooted"]
    parts += [found.context] if found.context else []
    parts.append(f"SELinux {found.enforcing or 'unknown'}")
    facts = {"uid": found.uid, "rooted": rooted, "selinux": found.enforcing}
    if found.uid not in (0, _SHELL_UID):
        step = "start adbd as the shell user: 'adb unroot', or restart the phone"
        return warning(CheckId.RIGHTS, ", ".join(parts), step, **facts)
    return ok(CheckId.RIGHTS, ", ".join(parts), **facts)


def scratch(found: Diagnosis) -> Check:
    """See that programs can be put into /data/local/tmp and run there."""
    if found.executes is None:
        return unknown(CheckId.SCRATCH, "it was not seen whether programs run there", _LOOK)
    if not found.executes:
        return failure(
            CheckId.SCRATCH,
            f"a file in /data/local/tmp cannot be written and run: {found.refusal}",
            "free some storage; a work profile or a policy of its owner may forbid it",
        )
    return ok(CheckId.SCRATCH, "files in /data/local/tmp can be written and run")


def vendor(found: Diagnosis) -> Check:
    """See whether the maker's own gate keeps a shell from settings and input, as far as it tells.

    The gates are those of Genymobile/scrcpy#3824 (Xiaomi), appium/appium#13802 (OPPO) and
    Samsung's Auto Blocker; they are read, never tried.
    """
    brands = {
        (found.prop(f"ro.product.{key}") or "").lower() for key in ("manufacturer", "brand")
    } - {""}
    if brands & set(_XIAOMI):
        if found.prop("persist.security.adbinput") == "1":
            return ok(CheckId.VENDOR, "USB debugging (Security settings) is on")
        return warning(
            CheckId.VENDOR,
            "USB debugging (Security settings) is off: settings and input are refused",
            "developer options, USB debugging (Security settings): on, then restart the phone",
        )
    if "samsung" in brands:
        if found.auto_blocker is None:
            step = "see Settings, Security and privacy, Auto Blocker"
            return unknown(CheckId.VENDOR, "whether Auto Blocker is on cannot be read", step)
        if found.auto_blocker:
            return warning(
                CheckId.VENDOR,
                "Auto Blocker is on and may block commands by cable",
                "Settings, Security and privacy, Auto Blocker: off; an update may turn it on again",
            )
        return ok(CheckId.VENDOR, "Auto Blocker is off, or this version has none")
    if brands & set(_OPPO):
        return unknown(
            CheckId.VENDOR,
            "whether it lets a shell write settings cannot be read",
            "if settings are refused: developer options, Disable permission monitoring: on",
        )
    if not brands:
        return unknown(CheckId.VENDOR, "it does not say who made it", _LOOK)
    return ok(CheckId.VENDOR, "no gate of its maker is known")


def power(found: Diagnosis) -> Check:
    """See that the port feeds the phone."""
    percent, plugged = found.health.battery_percent, found.health.plugged
    if percent is None or plugged is None:
        return unknown(CheckId.POWER, "battery or charger cannot be read", "record it by hand")
    limit = found.battery.get("Max charging current", "")
    most_ua = int(limit) if limit.isdecimal() and 0 < len(limit) < 10 else 0  # noqa: PLR2004
    facts = {"battery_percent": percent, "plugged": plugged, "max_ua": most_ua or None}
    if percent < _LEAST_PERCENT:
        step = "charge it, or lower min_battery under `policy:` of devices.yaml"
        message = f"at {percent:.0f} %, and sweeps want {_LEAST_PERCENT:.0f} % by default"
        return warning(CheckId.POWER, message, step, **facts)
    if not plugged:
        return ok(CheckId.POWER, f"runs from its battery, at {percent:.0f} %", **facts)
    step = "use a powered hub or a port that gives more, with a cable for charging"
    if found.battery.get("status") == _DISCHARGING:
        message = f"discharges although it is plugged in, at {percent:.0f} %"
        return warning(CheckId.POWER, message, step, **facts)
    if 0 < most_ua <= _STARVED_UA:
        message = f"its port gives {most_ua / 1000:.0f} mA: it will discharge under load"
        return warning(CheckId.POWER, f"{message}; at {percent:.0f} % now", step, **facts)
    given = f", up to {most_ua / 1000:.0f} mA" if most_ua else ", by how much is unknown"
    return ok(CheckId.POWER, f"charges at {percent:.0f} %{given}", **facts)


def overrides(found: Diagnosis) -> Check:
    """See that nobody froze the battery's values or faked the thermal status."""
    faked = [note for note in found.health.notes if "frozen" in note or "overridden" in note]
    if faked:
        return warning(
            CheckId.OVERRIDES,
            "; ".join(faked),
            "'adb shell dumpsys battery reset' and 'adb shell cmd thermalservice reset'",
        )
    answers = {
        "battery": found.health.battery_percent is not None,
        "thermal service": found.health.thermal_status is not None,
    }
    if not any(answers.values()):
        return unknown(CheckId.OVERRIDES, "neither battery nor thermal service answers", _LOOK)
    told = " and ".join(name for name, there in answers.items() if there)
    return ok(CheckId.OVERRIDES, f"{told}: nothing is frozen or faked")


def sensors(found: Diagnosis) -> Check:
    """Say by which sensors heat can be seen."""
    live = found.health.temperatures
    zones = sum(found.zones.values())
    parts = [f"{len(live)} of the thermal service"] if live else []
    parts += [f"{zones} of {len(found.zones)} zones"] if zones else []
    parts += ["the battery's temperature"] if found.health.battery_celsius is not None else []
    parts += ["the battery's current"] if found.current_readable else []
    facts = {
        "thermal_service": len(live),
        "zones_readable": zones,
        "zones": len(found.zones),
        "battery_celsius": found.health.battery_celsius,
        "battery_current": found.current_readable,
    }
    if not live and not zones and found.health.battery_celsius is None:
        step = "measure by rounds that agree; heat will not be seen"
        return unknown(CheckId.SENSORS, "no temperature can be read", step, **facts)
    return ok(CheckId.SENSORS, f"readable: {', '.join(parts)}", **facts)


def clocks(found: Diagnosis) -> Check:
    """See that clocks and their ceilings are readable, and that none is held down at rest."""
    unreadable = [name for name, readable in found.clocks.items() if not readable]
    capped = found.health.capped_policies or ()
    facts = {"policies": sorted(found.clocks), "unreadable": unreadable, "capped": list(capped)}
    if not any(found.clocks.values()):
        step = "throttling will be seen by its times alone; compare a canary before and after"
        return unknown(CheckId.CLOCKS, "no clock can be read", step, **facts)
    if capped:
        return warning(
            CheckId.CLOCKS,
            f"held below their range at rest: {', '.join(capped)}",
            "let it cool down, turn power saving off; if it stays, it is this phone's way",
            **facts,
        )
    if unreadable:
        return warning(
            CheckId.CLOCKS,
            f"cannot be read: {', '.join(unreadable)}; {sum(found.clocks.values())} others can",
            "throttling of these cores will not be seen in their clocks",
            **facts,
        )
    return ok(CheckId.CLOCKS, f"readable with their ceilings: {', '.join(found.clocks)}", **facts)


def opencl(found: Diagnosis) -> Check:
    """See that there is an OpenCL library for the GPU delegate."""
    if found.opencl is None:
        return unknown(CheckId.OPENCL, "its folders of libraries cannot be read", _LOOK)
    facts = {"libraries": list(found.opencl), "public": found.public_opencl}
    if not found.opencl:
        return warning(
            CheckId.OPENCL,
            "no OpenCL library: the GPU delegate falls back to OpenGL",
            "expect `downgraded` of gpu variants, or name gpu-opengl",
            **facts,
        )
    told = {
        True: "apps may load it too",
        False: "apps may not load it",
        None: "whether apps may load it is unknown",
    }[found.public_opencl]
    return ok(CheckId.OPENCL, f"{found.opencl[0]}; {told}", **facts)


def gpu(found: Diagnosis, profile: Profile) -> Check:
    """Name the GPU and its driver."""
    vulkan, egl = found.prop("ro.hardware.vulkan"), found.prop("ro.hardware.egl")
    if profile.gpu is None:
        step = "turn the screen on and look again; results will not name the driver"
        return unknown(CheckId.GPU, "GPU and driver do not give their names", step)
    return ok(CheckId.GPU, f"{profile.gpu}; EGL {egl or 'unknown'}, Vulkan {vulkan or 'unknown'}")


def nnapi(profile: Profile) -> Check:
    """Name the NNAPI drivers."""
    drivers = profile.nnapi_devices
    if drivers is None:
        step = "believe the evidence of its nnapi cells, not their name"
        return unknown(CheckId.NNAPI, "nobody could say which NNAPI drivers it has", step)
    if not drivers:
        return warning(
            CheckId.NNAPI,
            "no NNAPI driver: what asks for NNAPI runs on its CPU",
            "leave nnapi variants out for it: exclude_variants in devices.yaml",
        )
    return ok(CheckId.NNAPI, f"NNAPI drivers: {', '.join(drivers)}", drivers=list(drivers))


def storage(found: Diagnosis) -> Check:
    """See that there is room for models and tools."""
    free = found.health.free_kb
    if free is None:
        return unknown(CheckId.STORAGE, "free storage cannot be read", _LOOK)
    message = f"{free / 1000:,.0f} MB free"
    step = "free some storage, or `harness clean` for what is ours"
    if free < _TOO_LITTLE_KB:
        return failure(CheckId.STORAGE, message, step, free_kb=free)
    if free < _LITTLE_KB:
        return warning(CheckId.STORAGE, message, step, free_kb=free)
    return ok(CheckId.STORAGE, message, free_kb=free)


def authorization(found: Diagnosis, profile: Profile) -> Check:
    """Say when the phone forgets this computer's key: Android 11 and later, after 7 days."""
    if profile.api_level is not None and profile.api_level < _EXPIRY_FROM_API:
        return ok(CheckId.AUTHORIZATION, "this Android never forgets a computer")
    step = "'adb shell settings put global adb_allowed_connection_time 0' keeps it for good"
    if not found.authorization_read:
        return unknown(CheckId.AUTHORIZATION, "when it forgets this computer is unknown", step)
    if found.authorization_ms == 0:
        return ok(CheckId.AUTHORIZATION, "it never forgets this computer")
    days = (found.authorization_ms or _SEVEN_DAYS_MS) / 86_400_000
    return warning(
        CheckId.AUTHORIZATION,
        f"it forgets this computer after {days:g} days without a connection",
        step,
        days=days,
    )


def background(found: Diagnosis) -> Check:
    """See that Android is not compiling its apps right now."""
    if found.dexopt is None:
        return unknown(CheckId.BACKGROUND, "whether it compiles apps is unknown", _LOOK)
    if found.dexopt:
        return warning(
            CheckId.BACKGROUND,
            "Android is compiling its apps (dex2oat)",
            "wait for it to end, or 'adb shell pm bg-dexopt-job --cancel' (Android 14)",
        )
    return ok(CheckId.BACKGROUND, "Android is not compiling its apps")
