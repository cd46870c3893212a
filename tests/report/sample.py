"""Builds a sweep folder with every state a report must show. All figures are invented here."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness import files
from harness.bench.settings import RunSettings
from harness.bench.variant import BUILT_IN, Accelerator, Dialect
from harness.device.base import DeviceKind
from harness.sweep.documents import (
    CellDoc,
    DeviceDoc,
    EvidenceDoc,
    FindingDoc,
    GateFailureDoc,
    LatencyDoc,
    ModelDoc,
    ResultsDoc,
    SkippedDeviceDoc,
    SpeedupDoc,
    SweepDoc,
    ToolDoc,
    UnsupportedOpDoc,
    VariantDoc,
)
from harness.sweep.extra_documents import PercentileDoc
from harness.sweep.record import (
    Manifest,
    ManifestCell,
    ManifestDevice,
    ManifestModel,
    ManifestTool,
    ManifestVariant,
    RoundRecord,
)
from harness.verdict.model import FindingKind, Placement, Status, Validity, headline

SCRIPT = "<script>alert(1)</script>"
QUOTES = "\"'`|</script><img src=x onerror=alert(1)>"
OVERRIDE = "abc\u202etxt.exe"
HOSTILE = (SCRIPT, QUOTES, OVERRIDE)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


TOOL = ToolDoc(
    name="benchmark_model",
    sha256=sha("tool"),
    dialect=Dialect.INTERPRETER,
    version="2.19.0",
)


def device(name: str, *, soc: str | None, simulated: bool = False, kind: str = "adb") -> DeviceDoc:
    return DeviceDoc(
        id=f"S{sha(name)[:9].upper()}",
        kind=DeviceKind(kind),
        model=name,
        soc=soc,
        simulated=simulated,
    )


PHONES = (
    device("Phone Alpha", soc="SoC 8"),
    device("Phone Beta", soc="SoC 8"),
    device("Phone Gamma", soc="Tensile G3"),
    device("Virtual Delta", soc="QX6490", simulated=True, kind="virtual"),
)
MODELS = (
    ModelDoc(name="mobilenet_v2", sha256=sha("m1"), precision="fp32", signature=None),
    ModelDoc(name="detect_lite0", sha256=sha("m2"), precision="int8", signature="serving_default"),
)


def percentile(value: float, method: str = "tool", spread: float = 0.03) -> PercentileDoc:
    return PercentileDoc(
        value=None if method == "bounded" else value,
        method=method,  # type: ignore[arg-type]
        bound_low=round(value * (1 - spread), 4),
        bound_high=round(value * (1 + spread), 4),
        ci_low=round(value * (1 - spread / 2), 4),
        ci_high=round(value * (1 + spread / 2), 4),
    )


@dataclass
class Case:
    """What one cell is to show; the rest follows."""

    placement: Placement | None = Placement.FULL
    p50: float | None = 2.0
    status: Status = Status.OK
    reason: str | None = None
    findings: list[FindingDoc] = field(default_factory=list)
    validity: Validity | None = Validity.VALID
    validity_reasons: list[str] = field(default_factory=list)
    nodes: tuple[int | None, int | None] = (64, 64)
    backend: str | None = None
    ops: list[tuple[str, str]] = field(default_factory=list)
    causes: list[str] = field(default_factory=list)
    line: str = "VERBOSE: Replacing 64 out of 64 node(s) with delegate (X) node, 1 partitions."
    p90_method: str = "interpolated"
    next_step: str | None = None


def evidence(source: str, line: int, text: str, *, deciding: bool = False) -> EvidenceDoc:
    return EvidenceDoc(
        kind="partition" if deciding else "note",
        source=source,
        line=line,
        text=text,
        deciding=deciding,
    )


def cell(dev: DeviceDoc, model: ModelDoc, variant: str, case: Case, *, cpu: float = 8.0) -> CellDoc:
    built = BUILT_IN[variant]
    folder = f"raw/{files.safe_name(dev.id)}/{files.safe_name(model.name)}/{variant}"
    source = f"{folder}/probe.txt"
    has_time = case.status is Status.OK and case.p50 is not None
    medians = [round(case.p50 * k, 4) for k in (0.99, 1.0, 1.01, 0.995, 1.0)] if has_time else []
    flags = [f"--{key}={value}" for key, value in built.flags.items()]
    return CellDoc(
        id=f"{dev.id}/{model.name}/{variant}",
        device=dev,
        model=model,
        variant=VariantDoc(name=variant, accelerator=built.accelerator, flags=flags),
        tool=TOOL,
        status=case.status,
        reason=case.reason,
        placement=case.placement,
        findings=case.findings,
        verdict=headline(case.status, case.placement, tuple(case.findings)),  # type: ignore[arg-type]
        validity=case.validity if case.status is Status.OK else None,
        validity_reasons=case.validity_reasons,
        nodes_on_accelerator=case.nodes[0],
        nodes_total=case.nodes[1],
        kernels=1 if case.nodes[0] else None,
        backend=case.backend,
        latency_ms=LatencyDoc(
            p50=percentile(case.p50),
            p90=percentile(case.p50 * 1.1, case.p90_method),
            p95=percentile(case.p50 * 1.2),
            avg=case.p50 * 1.02,
            min=case.p50 * 0.9,
            max=case.p50 * 1.6,
            std=case.p50 * 0.04,
            init=41.0,
            first_inference=case.p50 * 3,
        )
        if has_time and case.p50
        else None,
        rounds=len(medians),
        samples=250 if medians else 0,
        baseline="cpu-4t",
        speedup_vs_cpu=SpeedupDoc(value=cpu / case.p50, ci_low=cpu / case.p50 * 0.97, ci_high=None)
        if has_time and case.p50 and case.validity is Validity.VALID
        else None,
        unsupported_ops=[UnsupportedOpDoc(op=o, reason=r) for o, r in case.ops],
        causes=case.causes,
        evidence=[]
        if case.status is Status.SKIPPED
        else [
            evidence(source, 3, "INFO: STARTING!"),
            evidence(source, 11, case.line, deciding=True),
            evidence(source, 19, "INFO: count=50 first=2100 curr=2000 min=1900 max=3000"),
        ],
        commands=[f"adb -s {dev.id} shell benchmark_model {' '.join(flags)} --graph=model.tflite"],
        raw=[] if case.status is Status.SKIPPED else [source, f"{folder}/round-1.txt"],
        round_medians_ms=list(medians),
        next_step=case.next_step,
    )


def finding(kind: FindingKind, message: str, text: str = "") -> FindingDoc:
    found = [evidence("raw/x/probe.txt", 7, text, deciding=True)] if text else []
    return FindingDoc(kind=kind, message=message, evidence=found)


OPENGL = finding(FindingKind.DOWNGRADED, "The GPU delegate fell back to OpenGL.")
NONE = Case(
    Placement.NONE,
    8.1,
    nodes=(0, 64),
    causes=["nnapi-reference-only"],
    line="INFO: Though NNAPI delegate is explicitly applied, the model graph will not be executed.",
)
SKIP = Case(
    None,
    None,
    Status.SKIPPED,
    "tool-lacks-flag",
    validity=None,
    nodes=(None, None),
    next_step="use a tool of the compiled-model dialect",
)

TABLE: dict[tuple[int, int], dict[str, Case]] = {
    (0, 0): {
        "cpu-4t": Case(Placement.BASELINE, 8.0, nodes=(0, 64), p90_method="exact"),
        "gpu": Case(p50=2.1, backend="OpenCL"),
        "gpu-fp32": Case(p50=2.11, backend="OpenCL"),
        "nnapi": NONE,
        "npu": SKIP,
    },
    (0, 1): {
        "cpu-4t": Case(Placement.BASELINE, 20.0, nodes=(0, 267)),
        "gpu": Case(
            Placement.PARTIAL,
            12.0,
            nodes=(201, 267),
            backend="OpenCL",
            ops=[("TFLite_Detection_PostProcess", "Operation is not supported."), ("CAST", "")],
            causes=["custom-op", "partition-limit"],
            p90_method="bounded",
        ),
        "gpu-fp32": Case(
            Placement.FULL,
            9.0,
            findings=[
                finding(
                    FindingKind.WRONG_OUTPUT, "Output 0 differs by 0.4 of its range.", "max 0.41"
                )
            ],
        ),
        "nnapi": NONE,
        "npu": SKIP,
    },
    (1, 0): {
        "cpu-4t": Case(Placement.BASELINE, 8.2, nodes=(0, 64)),
        "gpu": Case(
            p50=2.4,
            findings=[OPENGL],
            backend="OpenGL",
            line="INFO: Initialized OpenGL-based API.",
            causes=["opencl-missing"],
        ),
        "gpu-fp32": Case(
            p50=3.0, validity=Validity.INVALID, validity_reasons=["throttled", "noisy"]
        ),
        "nnapi": NONE,
        "npu": Case(
            None,
            None,
            Status.FAILED,
            "signal-11",
            nodes=(None, None),
            line="Segmentation fault",
        ),
    },
    (1, 1): {
        "cpu-4t": Case(Placement.BASELINE, 21.0, nodes=(0, 267)),
        "gpu": Case(Placement.UNKNOWN, 14.0, nodes=(None, None)),
        "gpu-fp32": Case(
            p50=14.2,
            validity=Validity.INCOMPLETE,
            validity_reasons=["incomplete"],
            nodes=(267, 267),
        ),
        "nnapi": Case(
            p50=20.9,
            nodes=(267, 267),
            findings=[finding(FindingKind.SUSPECT, "As slow as one CPU thread.")],
        ),
        "npu": Case(
            Placement.NONE,
            21.0,
            nodes=(0, 267),
            findings=[finding(FindingKind.FLAG_IGNORED, "--use_npu came back unconsumed.")],
            causes=["provider-not-built"],
        ),
    },
    (2, 0): {
        "cpu-4t": Case(Placement.BASELINE, 11.0, nodes=(0, 64)),
        "gpu": Case(p50=3.0, backend="OpenCL"),
        "nnapi": Case(p50=2.2, backend="edge-npu"),
    },
    (3, 0): {
        "cpu-4t": Case(Placement.BASELINE, 12.0, nodes=(0, 64)),
        "gpu": Case(p50=4.0, backend="OpenCL"),
        "nnapi": NONE,
    },
}


def cells() -> list[CellDoc]:
    """Every state once or more, on three phones and a simulated one."""
    return [
        cell(PHONES[d], MODELS[m], name, case, cpu=row["cpu-4t"].p50 or 1.0)
        for (d, m), row in TABLE.items()
        for name, case in row.items()
    ]


def hostile_cells() -> list[CellDoc]:
    """A device, a model, log lines and reasons whose writer means harm."""
    phone = device(SCRIPT + "x" * 300, soc=QUOTES)
    model = ModelDoc(name=QUOTES + OVERRIDE, sha256=sha("evil"), precision=None, signature=SCRIPT)
    bad = Case(
        Placement.NONE,
        7.0,
        nodes=(0, 3),
        line=f"{SCRIPT} \x1b[31m {QUOTES} ${{7*7}} {{{{7*7}}}}",
        ops=[(SCRIPT, QUOTES)],
        findings=[finding(FindingKind.FLAG_IGNORED, SCRIPT, QUOTES)],
    )
    failed = Case(None, None, Status.FAILED, SCRIPT, nodes=(None, None), next_step=QUOTES)
    made = [
        cell(phone, model, "cpu-4t", Case(Placement.BASELINE, 8.0, nodes=(0, 3))),
        cell(phone, model, "gpu", bad),
        cell(phone, model, "nnapi", failed),
    ]
    raw = ["javascript:alert(1)", "../../etc/passwd", "raw/a b<c>.txt"]
    return [c.model_copy(update={"raw": raw, "commands": [SCRIPT]}) for c in made]


def sweep(found: list[CellDoc], **changes: Any) -> SweepDoc:
    values: dict[str, Any] = {
        "id": "20261124-0410-sample",
        "started": "2026-11-24T04:10:00Z",
        "finished": "2026-11-24T04:52:30Z",
        "seed": 41,
        "simulated": any(c.device.simulated for c in found),
        "harness": "0.1.0",
        "rounds_planned": 5,
        "complete": True,
        "command": ["harness", "run", "mobilenet_v2.tflite", "detect_lite0.tflite"],
        "skipped_devices": [
            SkippedDeviceDoc(
                id="OFFLINE1",
                model="Phone Omega",
                state="unauthorized",
                reason="this computer is not allowed to debug it",
                next_step="unlock the phone and accept the key",
            )
        ],
    }
    return SweepDoc.model_validate(values | changes)


def results(found: list[CellDoc] | None = None, **changes: Any) -> ResultsDoc:
    found = cells() if found is None else found
    return ResultsDoc(rules_version="1", sweep=sweep(found, **changes), cells=found)


def gate_failure(cell_id: str | None) -> GateFailureDoc:
    return GateFailureDoc(gate="none", cell=cell_id, message="silent fallback")


def manifest(document: ResultsDoc) -> Manifest:
    devices = {c.device.id: c.device for c in document.cells}
    models = {c.model.sha256: c.model for c in document.cells}
    return Manifest(
        sweep=document.sweep,
        settings=RunSettings(),
        devices=[
            ManifestDevice(
                **d.model_dump(),
                profile={
                    "manufacturer": "Maker",
                    "os_version": "15",
                    "api_level": 35,
                    "gpu": "GPU 740",
                    "fingerprint": f"maker/{d.id}/x:15/REL",
                },
            )
            for d in devices.values()
        ],
        models=[
            ManifestModel(
                **m.model_dump(), path="m.tflite", size=14_000_000, nodes=64, inputs=[], outputs=[]
            )
            for m in models.values()
        ],
        variants=[
            ManifestVariant(
                name=v.name,
                accelerator=Accelerator(v.accelerator),
                flags=dict(v.flags),
                dialect=v.dialect,
                description=v.description,
            )
            for v in BUILT_IN.values()
        ],
        tools=[ManifestTool(**TOOL.model_dump(), abi="arm64-v8a", files={}, source="built in")],
        cells=[
            ManifestCell(
                id=c.id,
                device=c.device.id,
                model=c.model.sha256,
                variant=c.variant.name,
                tool=TOOL.sha256,
                auto_baseline=c.variant.name == "cpu-4t",
            )
            for c in document.cells
        ],
        schedule={},
    )


def rounds(document: ResultsDoc) -> list[RoundRecord]:
    made = []
    for index in range(5):
        for number, c in enumerate(document.cells):
            if not c.round_medians_ms:
                continue
            readable = "Gamma" not in (c.device.model or "")
            made.append(
                RoundRecord(
                    cell=c.id,
                    kind="round",
                    index=index + 1,
                    attempt=1,
                    started=f"2026-11-24T04:{12 + index * 7:02d}:{number % 60:02d}Z",
                    seconds=2.5,
                    exit_status=0,
                    output=f"raw/{number}/round-{index + 1}.txt",
                    simulated=c.device.simulated,
                    health={
                        "battery_celsius": 29.0 + index if readable else None,
                        "thermal_status": 0 if readable else None,
                    },
                )
            )
    return made


def write(folder: Path, document: ResultsDoc) -> Path:
    """Write the three documents of a sweep folder."""
    folder.mkdir(parents=True, exist_ok=True)
    files.write_json(folder / "results.json", document.to_json())
    files.write_json(folder / "sweep.json", manifest(document).to_json())
    lines = "".join(record.model_dump_json(by_alias=True) + "\n" for record in rounds(document))
    files.write_whole(folder / "rounds.jsonl", lines)
    return folder


def many(devices: int, variants: int = 8, models: int = 2) -> list[CellDoc]:
    """A big sweep for measuring the page: devices x variants x models cells."""
    names = list(BUILT_IN)[:variants]
    states = [case for row in TABLE.values() for case in row.values()]
    made = []
    for d in range(devices):
        phone = device(f"Phone {d:03d}", soc=f"SoC {d % 12}")
        for m in range(models):
            for v, name in enumerate(names):
                case = states[(d + 3 * m + 7 * v) % len(states)]
                if name.startswith("cpu"):
                    case = Case(Placement.BASELINE, 8.0 + d % 5, nodes=(0, 64))
                made.append(cell(phone, MODELS[m % len(MODELS)], name, case))
    return made
