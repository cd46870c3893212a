"""`harness run --dry-run`: the plan in words, or as the manifest that a sweep would begin with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.cli.render import emit_json, emit_text
from harness.errors import ExitCode

if TYPE_CHECKING:
    from harness.bench.settings import RunSettings
    from harness.sweep.prepare import Request
    from harness.sweep.record import Manifest, ManifestDevice


def dry_run(request: Request, *, as_json: bool) -> int:
    """Print what a request would do on each device; nothing is run."""
    from harness.sweep.estimate import estimate
    from harness.sweep.session import plan_only

    manifest = plan_only(request)
    minutes = {device.id: estimate(manifest, device.id) for device in manifest.devices}
    if as_json:
        emit_json({**manifest.to_json(), "minutes": minutes})
        return int(ExitCode.OK)
    lines: list[str] = []
    for device in manifest.devices:
        lines += [_device_line(manifest, device, *minutes[device.id])]
        lines += _cell_lines(manifest, device.id)
    lines += [f"left out: {one.id}: {one.reason}" for one in manifest.sweep.skipped_devices]
    emit_text("\n".join(lines))
    return int(ExitCode.OK)


def _device_line(manifest: Manifest, device: ManifestDevice, low: float, high: float) -> str:
    settings = manifest.settings_of(device.id)
    parts = [
        _minutes(low, high),
        *_rule(settings),
        *_beside(manifest, device.id),
        *_after(settings),
    ]
    if device.controls is not None:
        parts.append(f"controls: {' '.join(device.controls) or 'none'}")
    return f"{device.id} ({device.model or 'unknown model'}): {', '.join(parts)}"


def _minutes(low: float, high: float) -> str:
    least, most = round(low), round(high)
    if not most:
        return "less than a minute"
    return f"{least} to {most} min" if least else f"up to {most} min"


def _rule(settings: RunSettings) -> Sequence[str]:
    rule = settings.stopping
    if rule.target is None or rule.least == rule.most:
        parts = [f"{rule.least} rounds a cell"]
    else:
        parts = [
            f"{rule.least} to {rule.most} rounds a cell",
            f"until p50 is within ±{rule.target * 100:g} %",
        ]
    if settings.budget_s:
        parts.append(f"within {_seconds(settings.budget_s)}")
    return parts


def _beside(manifest: Manifest, device: str) -> Sequence[str]:
    from harness.bench.command import LaunchKind

    steps = manifest.schedule.get(device, [])
    counts = [
        (sum(step.kind is kind for step in steps), word)
        for kind, word in ((LaunchKind.SHORT, "short"), (LaunchKind.TRACED, "traced"))
    ]
    return [f"{count} {word} launch{'es' if count > 1 else ''}" for count, word in counts if count]


def _after(settings: RunSettings) -> Sequence[str]:
    parts = []
    if settings.init_pairs:
        parts.append(f"{settings.init_pairs} cold and warm starts a cell")
    if settings.sustain_s:
        parts.append(f"{_seconds(settings.sustain_s)} under load a cell")
    return parts


def _seconds(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes:g} min" if minutes and not rest else f"{seconds:g} s"


def _cell_lines(manifest: Manifest, device: str) -> Sequence[str]:
    names = {model.sha256: model.name for model in manifest.models}
    lines = []
    for cell in manifest.cells:
        if cell.device == device:
            line = f"  {names[cell.model]} on {cell.variant}"
            if cell.skip_reason:
                line += f": skipped, {cell.skip_reason}"
            elif cell.init_reason:
                line += f": no cold and warm starts, {cell.init_reason}"
            lines.append(line)
    return lines
