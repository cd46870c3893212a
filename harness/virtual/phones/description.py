"""What a virtual phone is told to be: the shape of `models/*.yaml` and `fleet.yaml`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

NnapiAppetite = Literal["none", "quantized", "convolutions", "all"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AdbNames(_Part):
    """The words of the connection banner, as `adb devices -l` shows them."""

    product: str
    model: str
    device: str


class Cluster(_Part):
    """One cpufreq policy; `khz` is empty where no clock table is public."""

    cpus: tuple[int, ...]
    implementer: str = "0x41"
    part: str
    governor: str = "schedutil"
    khz: tuple[int, ...] = ()
    unreadable: tuple[str, ...] = ()


class Cpu(_Part):
    """The processor: the Features line of /proc/cpuinfo and the clusters."""

    features: str
    clusters: tuple[Cluster, ...]


class Gpu(_Part):
    """The GLES line of SurfaceFlinger, and where OpenCL lies (None: the phone has none)."""

    gles: str
    opencl: str | None


class Battery(_Part):
    """A battery; `newer` adds the lines of Android 12 and later, `tail` the vendor's.

    `sysfs`: the shell may read the kernel's files of it.
    """

    newer: bool
    level: int
    celsius: float
    millivolt: int
    tail: str = ""
    sysfs: bool = True


class Sensor(_Part):
    """One row of the thermal service; `gain` is how far it rises when the phone is fully hot."""

    name: str
    type: int
    rest: float
    gain: float


class Thermal(_Part):
    """The thermal service. `status_stays_zero`: the vendor never reports a status.

    `zones`: the shell may read the kernel's thermal zones.
    """

    hal: str | None
    sensors: tuple[Sensor, ...]
    cooling: tuple[str, ...] = ()
    skin_thresholds: tuple[float, ...] = ()
    status_stays_zero: bool = False
    zones: bool = True


class Nnapi(_Part):
    """The vendor's NNAPI devices, and whether `service list` or `lshal` shows them.

    `inference_count` is the file in which the driver counts inferences, where there is one.
    """

    devices: tuple[str, ...]
    listed_by: Literal["service", "lshal"]
    inference_count: str | None = None


class Simulation(_Part):
    """How the simulated tool behaves on this phone. Made up; of the right order, no fact.

    Speeds are in GFLOP/s of float32 work, `*_call_us` is the cost in us of one trip to the
    accelerator and back. `gpu_refuses` maps an operator to the reason the delegate gives.
    `wrong_outputs` names what gives outputs that are not right, in the way of `wrong_kind`:
    nonsense, half of them NaN, one value everywhere, those of another input, or half precision
    whatever is demanded. `secret_cpu` are those whose driver computes on the CPU without a word: as
    fast as XNNPACK, with its outputs to the bit. `idle` are those that claim to work while the
    phone's counters see nothing, `crashes` those whose driver ends the process. Heat runs from 0 to
    1: it begins at `starts_at_heat`, grows by `heat_per_s` of work and sinks by `cool_per_s`; above
    `throttle_from` clocks fall, down to `slowest` times the full clock at heat 1. `busy` is the
    share of all CPUs that other programs take, `available` that of the memory that is free;
    `battery_level` replaces the model's. `doze` is the state of the idle controller, and
    `battery_frozen` shows the battery of a fully hot phone until somebody resets it.
    `refuses_settings` names how the maker keeps the shell from writing settings: `settings` alone,
    or `injecting` of keys too. `fixed_performance` is what comes of asking for that mode: `works`
    lowers clocks. `charging` is what the battery does; a phone that is discharging hangs on no
    cable.
    """

    cpu_gflops: float
    builtin_gflops: float
    gpu_gflops: float
    gpu_call_us: float
    npu_gflops: float = 0.0
    npu_call_us: float = 1000.0
    nnapi_takes: NnapiAppetite = "none"
    gpu_refuses: dict[str, str] = {}
    wrong_outputs: tuple[Literal["cpu", "gpu", "nnapi"], ...] = ()
    secret_cpu: tuple[Literal["gpu", "nnapi"], ...] = ()
    idle: tuple[Literal["gpu", "nnapi"], ...] = ()
    crashes: tuple[Literal["gpu"], ...] = ()
    wrong_kind: Literal["nonsense", "nan", "constant", "stale", "half"] = "nonsense"
    refuses_settings: Literal["", "settings", "injecting"] = ""
    fixed_performance: Literal["absent", "silent", "works"] = "absent"
    heat_per_s: float = 0.01
    cool_per_s: float = 0.02
    throttle_from: float = 0.9
    slowest: float = 0.8
    starts_at_heat: float = 0.0
    busy: float = 0.02
    available: float = 0.45
    battery_level: int | None = None
    battery_frozen: bool = False
    doze: str = "ACTIVE"
    power_saver: bool = False
    charging: Literal["charging", "discharging", "not_charging", "full"] = "charging"


class PhoneModel(_Part):
    """A model of phone: facts with their sources, and how the simulation treats it."""

    title: str
    sources: tuple[str, ...]
    adb: AdbNames
    kernel: str
    properties: dict[str, str]
    cpu: Cpu
    gpu: Gpu
    memory_kb: int
    battery: Battery
    thermal: Thermal | None
    wakefulness: str
    nnapi: Nnapi
    simulation: Simulation

    @property
    def sdk(self) -> int:
        """The API level."""
        return int(self.properties["ro.build.version.sdk"])

    @property
    def abis(self) -> tuple[str, ...]:
        """The ABIs that its programs may have, the best first."""
        return tuple(self.properties["ro.product.cpu.abilist"].split(","))


class Unit(_Part):
    """One phone of the fleet: a model, a made-up serial number, and what is odd about it."""

    name: str
    model: str
    serial: str
    note: str = ""
    simulation: dict[str, object] = {}


class Phone(_Part):
    """A phone ready to be started: its unit and its model, the unit's oddities applied."""

    unit: Unit
    model: PhoneModel

    @property
    def name(self) -> str:
        """The name by which the lab knows it."""
        return self.unit.name

    @property
    def serial(self) -> str:
        """Its ro.serialno."""
        return self.unit.serial
