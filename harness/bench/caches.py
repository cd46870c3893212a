"""Which compiled caches a tool keeps for a variant, and the flags that say where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.bench.tool import Tool
from harness.bench.variant import Accelerator, Dialect, Variant

CACHE_PLACE, TOKEN_PLACE = "{cache}", "{token}"
"""Stand in the flags of a cache for its folder on the device, and for a name of this model's."""

TOOL_LACKS_FLAG, NO_CACHE = "tool-lacks-flag", "no-cache"

_XNNPACK = "xnnpack_weight_cache_file_path"
_SERIALIZED = {"delegate_serialize_dir": CACHE_PLACE, "delegate_serialize_token": TOKEN_PLACE}
_WEIGHTS = {_XNNPACK: f"{CACHE_PLACE}/xnnpack"}

# The interpreter's XNNPACK is told of a cache only where its provider makes it, and that makes it
# only when asked: tflite/tools/delegates/xnnpack_delegate_provider.cc. LiteRT compiles for an NPU
# into compiler_cache_path: litert/tools/benchmark_litert_model.h.
_KNOWN: Mapping[tuple[Dialect, Accelerator], Mapping[str, str]] = {
    (Dialect.INTERPRETER, Accelerator.CPU): {"use_xnnpack": "true", **_WEIGHTS},
    (Dialect.INTERPRETER, Accelerator.XNNPACK): {"use_xnnpack": "true", **_WEIGHTS},
    (Dialect.INTERPRETER, Accelerator.GPU): _SERIALIZED,
    (Dialect.INTERPRETER, Accelerator.NNAPI): _SERIALIZED,
    (Dialect.COMPILED_MODEL, Accelerator.CPU): _WEIGHTS,
    (Dialect.COMPILED_MODEL, Accelerator.GPU): _SERIALIZED,
    (Dialect.COMPILED_MODEL, Accelerator.NPU): {"compiler_cache_path": CACHE_PLACE},
}


@dataclass(frozen=True)
class Caching:
    """The flags under which a tool fills and reads a cache; or why there is none to be had."""

    flags: Mapping[str, str] = field(default_factory=dict)
    reason: str | None = None


def caching(variant: Variant, tool: Tool) -> Caching:
    """Return how a variant's cold and warm launches tell a tool of their cache.

    Only flags that the tool's own help lists are sent; a tool whose help is unknown gets none.
    """
    if variant.flags.get("use_xnnpack") == "false":
        return Caching(reason=f"{NO_CACHE}: without XNNPACK nothing is compiled")
    dialect = tool.dialect or variant.dialect
    known = _KNOWN.get((dialect, variant.accelerator))
    if known is None:
        return Caching(reason=f"{NO_CACHE}: {variant.accelerator} is told of no cache by a flag")
    lacking = [name for name in known if name not in (tool.flags or frozenset())]
    if lacking:
        flags = ", ".join(f"--{name}" for name in lacking)
        return Caching(reason=f"{TOOL_LACKS_FLAG}: {flags}")
    return Caching({name: value for name, value in known.items() if name not in variant.flags})


def located(flags: Mapping[str, str], folder: str, token: str) -> dict[str, str]:
    """Put the folder of a cache and the model's token into its flags."""
    return {
        name: value.replace(CACHE_PLACE, folder).replace(TOKEN_PLACE, token)
        for name, value in flags.items()
    }
