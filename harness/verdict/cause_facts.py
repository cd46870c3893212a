"""What causes are read from: evidence, and what is known of the model, flags and phone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from harness.bench.variant import Accelerator, Dialect
from harness.parse.model import ToolRun
from harness.parse.patterns import Code
from harness.verdict.model import FindingKind, Judgement
from harness.verdict.requested import flag_accelerator

_LABELS = {
    "use xnnpack": "use_xnnpack",
    "allow lower precision in gpu": "gpu_precision_loss_allowed",
    "disable nnapi cpu": "disable_nnapi_cpu",
    "nnapi accelerator name": "nnapi_accelerator_name",
    "max number of delegated partitions": "max_delegated_partitions",
}
_OFF = ("0", "false")
# Hexagon's delegate takes quantized operations only; Edge TPUs and DSPs likewise.
_INTEGER_DEVICES = ("edgetpu", "darwinn", "dsp", "hta", "hexagon")
_FLOAT_DEVICES = ("gpu",)


@dataclass(frozen=True)
class Facts:
    """What is known of a run besides its judgement; nothing of it is needed.

    Attributes:
        requested: what was asked for.
        flags: as sent or as echoed, by name without dashes.
        precision: the model's, as harness.model.info.Precision names it.
        control_flow: names of the model's operators that run other graphs.
        api_level: the phone's.
        is_compiled_model: whether the tool is LiteRT's.
    """

    requested: Accelerator | None = None
    flags: Mapping[str, str] = field(default_factory=dict)
    precision: str | None = None
    control_flow: frozenset[str] = frozenset()
    api_level: int | None = None
    is_compiled_model: bool = False

    @classmethod
    def of_run(cls, run: ToolRun, requested: Accelerator | None) -> Facts:
        """Take what a run's own output tells."""
        flags = {_LABELS[label]: v for label, v in run.parameters.items() if label in _LABELS}
        return cls(requested, flags, is_compiled_model=run.dialect is Dialect.COMPILED_MODEL)


@dataclass(frozen=True)
class Seen:
    """A judgement and the facts beside it, asked by the rules of harness.verdict.causes."""

    FIRST_NNAPI: ClassVar[int] = 27
    """API level of NNAPI 1.0: nnapi_delegate_kernel.h, kMinSdkVersionForNNAPI."""

    judgement: Judgement
    facts: Facts

    @property
    def requested(self) -> Accelerator | None:
        """What was asked for."""
        return self.facts.requested

    def has(self, *codes: str) -> bool:
        """Whether evidence of one of these kinds was seen."""
        return any(one.kind in codes for one in self.judgement.evidence)

    def decided(self, code: str) -> bool:
        """Whether evidence of this kind decided."""
        return any(one.kind == code and one.deciding for one in self.judgement.evidence)

    def texts(self, code: str) -> list[str]:
        """Return the lines of one kind."""
        return [one.text for one in self.judgement.evidence if one.kind == code]

    def found(self, kind: FindingKind) -> bool:
        """Whether there is a finding of this kind."""
        return any(one.kind is kind for one in self.judgement.findings)

    def is_off(self, flag: str) -> bool:
        """Whether a flag was given as false."""
        return self.facts.flags.get(flag, "") in _OFF

    @property
    def _unconsumed(self) -> list[str]:
        words = (word for text in self.texts(Code.UNCONSUMED) for word in text.split())
        return [word for word in words if flag_accelerator(word) is self.requested]

    @property
    def request_is_unconsumed(self) -> bool:
        """Whether the very flag that asks for the accelerator came back."""
        return bool(self._unconsumed)

    @property
    def requests_without_value(self) -> bool:
        """Whether that flag was given without its value."""
        flags = self._unconsumed
        return bool(flags) and all("=" not in flag for flag in flags)

    @property
    def applied_no_plugin(self) -> bool:
        """Whether the compiler says that it applied none of its plug-ins."""
        return any(text.split("]")[-1].strip().startswith("0 ") for text in self._applied)

    @property
    def _applied(self) -> list[str]:
        return self.texts(Code.PLUGINS_APPLIED)

    @property
    def counted(self) -> bool:
        """Whether a driver's counter, where one was read, is above zero at its last reading."""
        read = self.texts(Code.DEVICE_COUNTER)
        return bool(read) and read[-1].strip().lstrip("0") != ""

    @property
    def devices(self) -> tuple[str, ...]:
        """NNAPI devices that were named or listed, in lower case."""
        named = self.facts.flags.get("nnapi_accelerator_name", "").lower()
        if named:
            return (named,)
        for text in self.texts(Code.NNAPI_DEVICES):
            inside = text.partition("[")[2].rpartition("]")[0]
            return tuple(one.strip().lower() for one in inside.split(",") if one.strip())
        return ()

    @property
    def only_reference(self) -> bool:
        """Whether NNAPI lists its CPU reference and nothing else."""
        return set(self.devices) == {"nnapi-reference"}

    @property
    def nnapi_may_use_cpu(self) -> bool:
        """Whether NNAPI was free to choose its CPU: no device named, and the CPU not ruled out."""
        return self.is_off("disable_nnapi_cpu") and not self.facts.flags.get(
            "nnapi_accelerator_name"
        )

    @property
    def reached_its_limit(self) -> bool:
        """Whether a delegate that gives no reasons made as many kernels as it was allowed to."""
        limit = self.facts.flags.get("max_delegated_partitions", "")
        kernels = self.judgement.kernels
        return (
            self.requested is Accelerator.NNAPI
            and limit.isdecimal()
            and kernels is not None
            and 0 < int(limit) <= kernels
        )

    @property
    def computes_integers_only(self) -> bool:
        """Whether what was asked for is known to take quantized operations only."""
        if self.requested is Accelerator.HEXAGON:
            return True
        real = [one for one in self.devices if one != "nnapi-reference"]
        of_nnapi = self.requested is Accelerator.NNAPI and bool(real)
        return of_nnapi and all(any(word in one for word in _INTEGER_DEVICES) for one in real)

    @property
    def computes_floats_only(self) -> bool:
        """Whether what was asked for is a device of NNAPI that is a GPU by its name."""
        real = [one for one in self.devices if one != "nnapi-reference"]
        of_nnapi = self.requested is Accelerator.NNAPI and bool(real)
        return of_nnapi and all(any(word in one for word in _FLOAT_DEVICES) for one in real)
