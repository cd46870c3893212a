"""The cores of a cell: what was asked for, and where the device let its rounds run."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import TypeAdapter, ValidationError

from harness.bench.variant import Variant
from harness.device.base import CpuCluster
from harness.device.cores import CoreClass, NoClassError, cores_of, cpu_list, parse_cpus
from harness.stats.circumstances import ValidityReason
from harness.sweep.extra_documents import CoresDoc
from harness.sweep.record import ManifestCell, ManifestDevice, ManifestVariant, RoundRecord

_CLUSTERS = TypeAdapter(list[CpuCluster])


def cores_document(
    cell: ManifestCell,
    variant: ManifestVariant,
    device: ManifestDevice,
    records: Sequence[RoundRecord],
) -> CoresDoc | None:
    """Write down a cell's cores; None where no class was asked for and nothing is known."""
    allowed = list(dict.fromkeys(one.cpus_allowed for one in records if one.cpus_allowed))
    if variant.cores is None and not allowed:
        return None
    notes = [*_mismatches(cell, records), *_crowded(cell, variant), *_mixed(variant, device)]
    return CoresDoc(asked=variant.cores, cpus=cell.cpus, allowed=allowed, notes=notes)


def misbound(cell: ManifestCell, records: Sequence[RoundRecord]) -> dict[ValidityReason, str]:
    """Say where a round ran elsewhere than where the cell is bound to, or may have."""
    found = _mismatches(cell, records)
    return {ValidityReason.AFFINITY: "; ".join(found)} if found else {}


def _mismatches(cell: ManifestCell, records: Sequence[RoundRecord]) -> list[str]:
    if not cell.cpus:
        return []
    found = []
    asked = cpu_list(cell.cpus)
    for one in records:
        if one.failure is not None:
            continue
        if one.cpus_allowed is None:
            found.append(f"bound to CPUs {asked}; the device does not tell whether it was")
        elif parse_cpus(one.cpus_allowed) != tuple(sorted(cell.cpus)):
            found.append(f"bound to CPUs {asked}, but the kernel allowed {one.cpus_allowed}")
    return list(dict.fromkeys(found))


def _crowded(cell: ManifestCell, variant: ManifestVariant) -> list[str]:
    threads = Variant(variant.name, variant.accelerator, variant.flags).threads
    if threads is None or not cell.cpus or threads <= len(cell.cpus):
        return []
    fits = len(cell.cpus)
    cores = f"{fits} core" if fits == 1 else f"{fits} cores"
    return [f"{threads} threads on {cores} wait for each other: ask for num_threads={fits}"]


def _mixed(variant: ManifestVariant, device: ManifestDevice) -> list[str]:
    if variant.cores in (None, CoreClass.ALL):
        return []
    try:
        kinds = cores_of(_clusters(device), variant.cores).kinds
    except NoClassError:
        return []
    if kinds < 2:  # noqa: PLR2004 (one kind is what a class should be)
        return []
    return [f"its {variant.cores} cores are of {kinds} kinds: threads wait for the slowest"]


def _clusters(device: ManifestDevice) -> list[CpuCluster]:
    try:
        return _CLUSTERS.validate_python(device.profile.get("clusters") or [])
    except ValidationError:  # a record may have been edited
        return []
