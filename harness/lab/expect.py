"""The names under `expect:` of devices.yaml: which variants they cover."""

from __future__ import annotations

from collections.abc import Mapping

from harness.bench.variant import Accelerator, Variant
from harness.lab.loader import Location, Tree
from harness.lab.section import nearest


def covered(
    tree: Tree, place: Location, expect: Mapping[str, str], variants: Mapping[str, Variant]
) -> dict[str, str]:
    """Return a model's expectations by variant, an accelerator's name resolved to its variants.

    A variant's own name wins over its accelerator's. `nnapi` covers every cell that the variant
    becomes on a phone, and `nnapi-<device>` one of them; that device's name cannot be checked here.

    Raises:
        ConfigError: a name covers no variant, or one that asks for the CPU.
    """
    own: dict[str, str] = {}
    by_accelerator: dict[str, str] = {}
    for name, text in expect.items():
        here = (*place, name)
        named = variants.get(name) or _expanded(name, variants)
        asked = [named] if named else [v for v in variants.values() if v.accelerator == name]
        if not asked:
            raise _unknown(tree, here, name, variants)
        if any(variant.accelerator.is_cpu for variant in asked):
            raise tree.error(
                "asks for the CPU, where there is nothing to fall back from",
                here,
                next_step="expect something of an accelerator, or leave it out",
            )
        if named:
            own[name] = text
        else:
            by_accelerator |= dict.fromkeys((variant.name for variant in asked), text)
    return by_accelerator | own


def _expanded(name: str, variants: Mapping[str, Variant]) -> Variant | None:
    """Return the variant that becomes `name` on a phone that lists such an NNAPI accelerator."""
    bases = (one for one in variants.values() if one.expands and name.startswith(f"{one.name}-"))
    return next(bases, None)


def _unknown(tree: Tree, here: Location, name: str, variants: Mapping[str, Variant]) -> Exception:
    if name in set(Accelerator):
        message = f"no variant asks for '{name}'"
        return tree.error(message, here, next_step="add one under variants")
    return tree.error(f"no '{name}' is known; {nearest(name, list(variants))}", here)
