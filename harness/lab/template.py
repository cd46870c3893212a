"""The text of a new devices.yaml: what is attached, and examples of the rest as comments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from harness.device.base import DeviceKind, Profile
from harness.lab.selector import Selectable

_HEAD = """\
# The lab: phones, models, variants and sweeps. Every harness command reads the devices.yaml of the
# folder it is started in, or the file given with --config.
# A line that starts with '#' and two spaces is an example: take the '#' away to use it.
# Every key is described in docs/reference/devices-yaml.md. Paths start from this file's folder.

# adb servers to ask, as host:port. Without any: the one that adb itself would use.
adb_servers:
#  - 127.0.0.1:5037
#  - 127.0.0.1:5038  # another host's phones, by ssh -N -L 5038:localhost:5037 labhost

# Run settings for all sweeps and phones; these are the defaults.
settings:
#  num_runs: 50  # at least this many timed invocations a round
#  min_secs: 1.0
#  max_secs: 30.0
#  warmup_runs: 1
#  warmup_min_secs: 0.5
#  rounds: 5  # process launches a cell, at the least
#  max_rounds: 15
#  precision: 2%  # more rounds until p50 is known so well; off: exactly 'rounds'
#  budget: off  # or, say, 30m: time for all rounds on a device

# What a phone must be like before a timed launch; docs/reference/preflight.md has all limits.
policy:
#  max_temperature: 38  # °C of battery and skin
#  min_battery: 30  # percent
#  cooldown: 10m  # the longest wait before one launch

# Settings of the phones that are held while they are measured, and put back whatever happens.
# Without this: stay_awake, animations and power_saver. More: docs/reference/controls.md.
controls:
#  - default
#  - fixed_performance

# Phones by serial, as 'harness devices' prints it. One that is not listed here is measured too.
devices:
"""
_DEVICE_EXAMPLE = """\
#  R3CN30ABCDE:
#    alias: galaxy
#    tags: [lab, flagship]  # harness run --device tag:lab
#    exclude_variants: [nnapi]
#    settings: {max_secs: 60}
#  0123456789ABCDEF: {quarantined: the battery is swollen}
"""
_MODELS = """
# Models by the name they have in reports: harness run NAME.
models:
"""
_MODEL_EXAMPLE = """\
#  detector:
#    path: models/detector.tflite
#    inputs:
#      image: {shape: [1, 320, 320, 3], range: [0, 1]}
#    expect:  # the least that it must reach; what falls short is exit 1
#      gpu: full
#      nnapi: '>= 0.9'  # of its nodes
#      npu: none  # known to fall back
"""
_TAIL = """
# Variants of your own, beside the built-in ones: cpu-1t cpu-4t cpu-noxnn cpu-compiled gpu
# gpu-fp32 gpu-opengl nnapi npu.
variants:
#  gpu-sustained:
#    extends: gpu
#    flags: {gpu_inference_for_sustained_speed: true}
#  npu-external:
#    accelerator: external
#    flags: {external_delegate_path: libQnnTFLiteDelegate.so}
#    push: [qnn/libQnnTFLiteDelegate.so]

# benchmark_model binaries with their libraries; 'harness tools' keeps others in its store.
tools:
#  mine:
#    paths: [bin/benchmark_model, bin/libLiteRtGpuAccelerator.so]

# What is run together: harness run --sweep nightly.
sweeps:
"""
_SWEEP_EXAMPLE = """\
#  nightly:
#    models: [{models}]
#    devices: ['api>=29']  # serial, alias, tag:x, soc:x, kind:x; each line adds phones
#    variants: [cpu-4t, gpu, nnapi]
#    rounds: 7
#    fail_on: [none, wrong_output, suspect]  # exit 1 if any cell is; --fail-on adds to them
"""
_NOT_A_PHONE = (DeviceKind.LOCAL, DeviceKind.EMULATOR)


def lab_text(devices: Sequence[Selectable] = (), models: Iterable[Path] = ()) -> str:
    """Return a devices.yaml with the given phones and model files, and examples as comments.

    Model paths are relative to the folder that the file will lie in.
    """
    phones = [device for device in devices if device.kind not in _NOT_A_PHONE]
    aliases: set[str] = {phone.id for phone in phones}
    entries = [_phone(phone, aliases) for phone in phones]
    names: set[str] = set()
    known = [_model(path, names) for path in models]
    return "".join(
        [
            _HEAD,
            *(entries or [_DEVICE_EXAMPLE]),
            _MODELS,
            *(known or [_MODEL_EXAMPLE]),
            _TAIL,
            _SWEEP_EXAMPLE.format(models=", ".join(sorted(names)) or "detector"),
        ]
    )


def _phone(phone: Selectable, taken: set[str]) -> str:
    if phone.profile is None:
        # Until it answers, its name is the transport's and may not be its serial.
        return f"#  {_quoted(phone.id)}: {{}}  # {phone.state}\n"
    alias = phone.alias or _slug(phone.profile.model or "phone", taken)
    return f"  {_quoted(phone.id)}:  # {_facts(phone.profile)}\n    alias: {_quoted(alias)}\n"


def _facts(profile: Profile) -> str:
    """Say what a phone is, in one line that can stand in a comment."""
    android = f"Android {profile.os_version}" if profile.os_version else None
    words = [profile.manufacturer, profile.model, profile.soc or profile.platform, android]
    line = ", ".join(word for word in words if word)
    return " ".join("".join(c if c.isprintable() else " " for c in line).split())


def _model(path: Path, taken: set[str]) -> str:
    return f"  {_slug(path.stem, taken)}: {{path: {_quoted(path.as_posix())}}}\n"


def _slug(text: str, taken: set[str]) -> str:
    """Make a short name that YAML and a shell take as it is, and that is not taken yet."""
    base = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40] or "unnamed"
    name, count = base, 1
    while name in taken:
        count += 1
        name = f"{base}-{count}"
    taken.add(name)
    return name


def _quoted(text: str) -> str:
    """Write text as a YAML scalar in which nothing is left to guess."""
    whole = text.encode("utf-8", "replace").decode()  # half a surrogate pair cannot be written
    plain = (c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08x}" for c in whole)
    return f'"{"".join(plain)}"'
