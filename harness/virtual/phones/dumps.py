"""What `dumpsys`, `service list` and `lshal` print, made from a description and the live state.

Forms follow frameworks/base (BatteryService, ThermalManagerService, PowerManagerService) and the
vendors' habits that the descriptions name; values move with the phone's heat.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.virtual.phones.description import PhoneModel, Sensor, Thermal
from harness.virtual.phones.sensors import charge_uah, level
from harness.virtual.phones.state import PhoneState

_STALE_BY_C = 18.0  # cached temperatures are old ones; no reader may take them for current
_SKIN = (3, "SKIN")
_SDK_WITH_GPUWORK = 33
_SERVICES = (
    *("SurfaceFlinger", "activity", "battery", "deviceidle", "gpu", "input", "jobscheduler"),
    *("package", "power", "settings"),
)
_DEGREES = frozenset({-1, 0, 1, 2, 3, 4, 5, 9, 10, 11, 12, 13})


def battery(state: PhoneState) -> str:
    """Return `dumpsys battery` (tenths of a degree, mV, uAh)."""
    model = state.phone.model
    facts = model.battery
    heat = state.felt if state.frozen_heat is None else state.frozen_heat
    celsius = facts.celsius + 8.0 * heat
    charge = charge_uah(state)
    cable = "false" if state.simulation.charging == "discharging" else "true"
    newer = facts.newer
    frozen = (
        ["  (UPDATES STOPPED -- use 'reset' to restart)"] if state.frozen_heat is not None else []
    )
    lines = [
        "Current Battery Service state:",
        *frozen,
        "  AC powered: false",
        f"  USB powered: {cable}",
        "  Wireless powered: false",
        *(["  Dock powered: false"] if newer else []),
        "  Max charging current: 500000",
        *([_sent("Max charging current")] if newer else []),
        "  Max charging voltage: 5000000",
        f"  Charge counter: {charge}",
        f"  status: {_STATUS[state.simulation.charging]}",
        "  health: 2",
        "  present: true",
        f"  level: {level(state)}",
        "  scale: 100",
        f"  voltage: {facts.millivolt}",
        *([_sent("voltage"), _LAST.format(facts.millivolt + 11)] if newer else []),
        f"  temperature: {round(celsius * 10)}",
        "  technology: Li-ion",
        *(["  Charging state: 0", "  Charging policy: 0", "  Capacity level: 2"] if newer else []),
    ]
    return "\n".join(lines) + "\n" + facts.tail.replace("{charge}", str(charge))


# android.os.BatteryManager BATTERY_STATUS_*.
_STATUS = {"charging": 2, "discharging": 3, "not_charging": 4, "full": 5}
_LAST = " The last voltage value sent via the battery changed broadcast: {}"


def _sent(what: str) -> str:
    return (
        f" Time when the latest updated value of the {what} was sent via battery changed "
        "broadcast: +14h58m53s789ms"
    )


def thermalservice(state: PhoneState) -> str | None:
    """Return `dumpsys thermalservice`, or None before Android 10, which has no such service."""
    thermal = state.phone.model.thermal
    if thermal is None:
        return None
    state.cool()
    heat, faked = state.heat, state.status_faked
    hal = ["HAL connection:", f"\t{thermal.hal}"] if thermal.hal else []
    cached = [_row(sensor, heat, stale=True) for sensor in reversed(thermal.sensors)]
    current = [_row(sensor, heat) for sensor in thermal.sensors]
    limiting = round(10 * (1.0 - state.pace))
    cooling = [
        f"\tCoolingDevice{{mValue={limiting}, mType=2, mName={name}}}" for name in thermal.cooling
    ]
    lines = [
        f"IsStatusOverride: {'false' if faked is None else 'true'}",
        "ThermalEventListeners:",
        "\tcallbacks: 3",
        "\tkilled: false",
        "\tbroadcasts count: -1",
        f"Thermal Status: {_status(thermal, heat) if faked is None else faked}",
        "Cached temperatures:",
        *cached,
        "HAL Ready: true",
        *hal,
        "Current temperatures from HAL:",
        *current,
        "Current cooling devices from HAL:",
        *cooling,
        *_thresholds(thermal),
    ]
    return "\n".join(lines) + "\n"


def _row(sensor: Sensor, heat: float, *, stale: bool = False) -> str:
    value = sensor.rest + sensor.gain * heat
    if stale and sensor.gain and sensor.type in _DEGREES:
        value += _STALE_BY_C
    return (
        f"\tTemperature{{mValue={round(value, 3)}, mType={sensor.type}, "
        f"mName={sensor.name}, mStatus=0}}"
    )


def _skin(thermal: Thermal) -> Sensor | None:
    return next(
        (row for row in thermal.sensors if row.type == _SKIN[0] or _SKIN[1] in row.name), None
    )


def _status(thermal: Thermal, heat: float) -> int:
    skin = _skin(thermal)
    if skin is None or thermal.status_stays_zero:
        return 0
    celsius = skin.rest + skin.gain * heat
    return sum(celsius >= limit for limit in thermal.skin_thresholds)


def _thresholds(thermal: Thermal) -> list[str]:
    skin = _skin(thermal)
    if skin is None or not thermal.skin_thresholds:
        return []
    hot = ", ".join(["NaN", *(str(limit) for limit in thermal.skin_thresholds)])
    cold = ", ".join(["NaN"] * 7)
    limits = f"mHotThrottlingThresholds=[{hot}], mColdThrottlingThresholds=[{cold}]"
    return [
        "Temperature static thresholds from HAL:",
        f"\tTemperatureThreshold{{mType=3, mName={skin.name}, {limits}}}",
    ]


def power(state: PhoneState) -> str:
    """Return the head of `dumpsys power`, in the spelling of the maker."""
    stay_on = state.settings.get(("global", "stay_on_while_plugged_in"), "0")
    lines = [
        "POWER MANAGER (dumpsys power)",
        "",
        "Power Manager State:",
        "  mDirty=0x0",
        state.phone.model.wakefulness.replace("Awake", "Awake" if state.awake else "Asleep"),
        "  mWakefulnessChanging=false",
        "  mIsPowered=true",
        "  mPlugType=2",
        f"  mStayOn={'true' if stay_on != '0' else 'false'}",
    ]
    return "\n".join(lines) + "\n"


def deviceidle(state: PhoneState, words: Sequence[str]) -> str:
    """Return `dumpsys deviceidle get light|deep`, or what an argument that it lacks comes to."""
    match words:
        case ("get", "light" | "deep" as kind):
            return f"{state.simulation.doze if kind in state.doze else 'ACTIVE'}\n"
        case ("get", *_):
            return "Argument required\n"
    return "  Settings:\n"


def surfaceflinger(model: PhoneModel) -> str:
    """Return the part of `dumpsys SurfaceFlinger` that names the GPU."""
    return (
        "Build configuration: [sf PRESENT_TIME_OFFSET=0]\n"
        "------------RE GLES------------\n"
        f"{model.gpu.gles}\n"
        "h/w composer state:\n"
    )


def gpu(state: PhoneState, options: Sequence[str]) -> str:
    """Return `dumpsys gpu`; Android 13 and later count each user's work."""
    if "--gpuwork" in options and state.phone.model.sdk >= _SDK_WITH_GPUWORK:
        return state.accounts.gpuwork()
    return "GpuService dump: not part of the simulation\n"


def service_names(model: PhoneModel) -> tuple[str, ...]:
    """Return the names that `service list` and `dumpsys -l` know."""
    thermal = ("thermalservice",) if model.thermal is not None else ()
    nnapi: tuple[str, ...] = ()
    if model.nnapi.listed_by == "service":
        nnapi = tuple(
            f"android.hardware.neuralnetworks.IDevice/{name}" for name in model.nnapi.devices
        )
    return tuple(sorted((*_SERVICES, *thermal, *nnapi)))


def service_list(model: PhoneModel) -> str:
    """Return `service list`."""
    names = service_names(model)
    rows = [f"{number}\t{name}: [{name.split('/')[0]}]" for number, name in enumerate(names)]
    return "\n".join([f"Found {len(names)} services:", *rows]) + "\n"


def lshal(model: PhoneModel) -> str:
    """Return the NNAPI rows of `lshal`, empty where the drivers are AIDL services."""
    if model.nnapi.listed_by != "lshal":
        return ""
    return "".join(
        f"FM    Y android.hardware.neuralnetworks@1.3::IDevice/{name}    0/1    1234   2345\n"
        for name in model.nnapi.devices
    )
