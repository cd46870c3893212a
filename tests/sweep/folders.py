"""Sweep folders written by hand: a manifest, a journal and raw files in the stock tool's format.

The log lines follow `tflite/tools/benchmark` of LiteRT; figures and names are made up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from harness.bench.settings import RunSettings
from harness.bench.variant import BUILT_IN
from harness.files import write_json
from harness.sweep.documents import SweepDoc
from harness.sweep.journal import Journal
from harness.sweep.record import (
    Manifest,
    ManifestCell,
    ManifestDevice,
    ManifestModel,
    ManifestStep,
    ManifestTool,
    ManifestVariant,
    RoundRecord,
)

SHA = "ab" * 32
TOOL = "cd" * 32


def log(*lines: str, count: int = 50, median: int = 1000) -> str:
    """A whole run of the tool with `lines` where delegates speak."""
    spread = f"min={median - 90} max={median + 90} avg={median} std=20"
    stats = f"count={count} first={median + 40} curr={median} {spread}"
    low, high = median - 50, median + 60
    timed = f"{stats} p5={low} median={median} p95={high}"
    return "\n".join(
        (
            "INFO: STARTING!",
            "INFO: Graph: [m.tflite]",
            "INFO: Loaded model m.tflite",
            *lines,
            "INFO: The input model file size (MB): 0.4",
            "INFO: Initialized session in 3.2ms.",
            (
                "INFO: Running benchmark for at least 1 iterations and at least 0.5 seconds but "
                "terminate if exceeding 150 seconds."
            ),
            (
                "INFO: count=3 first=4000 curr=1000 min=1000 max=4000 avg=2000 std=1400 "
                "p5=1000 median=1000 p95=4000"
            ),
            "",
            (
                "INFO: Running benchmark for at least 50 iterations and at least 1 seconds but "
                "terminate if exceeding 150 seconds."
            ),
            f"INFO: {timed}",
            "",
            (
                "INFO: Inference timings in us: Init: 3200, First inference: 4000, "
                f"Warmup (avg): 2000, Inference (avg): {median}"
            ),
            "",
        )
    )


CPU = ("INFO: Created TensorFlow Lite XNNPACK delegate for CPU.",)
GPU_FULL = (
    "INFO: Use gpu: [1]",
    "INFO: Created TensorFlow Lite delegate for GPU.",
    "INFO: GPU delegate created.",
    (
        "VERBOSE: Replacing 40 out of 40 node(s) with delegate (TfLiteGpuDelegateV2) node, "
        "yielding 1 partitions for subgraph 0 (main)."
    ),
    "INFO: Initialized OpenCL-based API.",
    "INFO: Created 1 GPU delegate kernels.",
    (
        "INFO: Explicitly applied GPU delegate, and the model graph will be completely executed by "
        "the delegate."
    ),
)
NNAPI_NONE = (
    "INFO: Use NNAPI: [1]",
    "INFO: Created TensorFlow Lite delegate for NNAPI.",
    "INFO: NNAPI delegate created.",
    (
        "INFO: Though NNAPI delegate is explicitly applied, the model graph will not be executed "
        "by the delegate."
    ),
    "INFO: Created TensorFlow Lite XNNPACK delegate for CPU.",
)


@dataclass
class Writer:
    """Writes one folder: one device, one model, some variants."""

    root: Path
    rounds: int = 5
    settings: dict[str, object] = field(default_factory=dict)
    variants: dict[str, str | None] = field(default_factory=dict)
    model: dict[str, object] = field(default_factory=dict)
    records: list[RoundRecord] = field(default_factory=list)

    def skip(self, variant: str, reason: str) -> None:
        """Plan a variant as skipped."""
        self.variants[variant] = reason

    def add(
        self,
        variant: str,
        text: str,
        medians: list[int | None],
        *,
        exit_status: int = 0,
        outputs: np.ndarray | None = None,
        health: dict[str, object] | None = None,
    ) -> None:
        """Launch a probe and rounds; `{median}`-less text is shared by all. None: no such round."""
        self.variants[variant] = None
        files = {} if outputs is None else {"outputs.bin": outputs.tobytes()}
        self._launch(variant, "probe", 1, text, exit_status, files, health or {})
        for index, median in enumerate(medians, start=1):
            if median is None:
                continue
            body = log(*text.splitlines()[3:-9], median=median)
            self._launch(variant, "round", index, body, exit_status, {}, health or {})

    def _launch(self, variant, kind, index, text, exit_status, files, health) -> None:
        folder = f"raw/{variant}/{kind}-{index}"
        (self.root / folder).mkdir(parents=True)
        (self.root / folder / "output.txt").write_text(text)
        for name, data in files.items():
            (self.root / folder / name).write_bytes(data)
        self.records.append(
            RoundRecord(
                cell=f"c-{variant}",
                kind=kind,
                index=index,
                attempt=1,
                started=f"2026-01-01T00:00:{len(self.records):02d}.000+00:00",
                seconds=1.0,
                exit_status=exit_status,
                output=f"{folder}/output.txt",
                files={name: f"{folder}/{name}" for name in files},
                command=f"./benchmark_model --{variant}",
                health=health,
            )
        )

    def host(self, answer: np.ndarray | None, **more: object) -> None:
        """Keep outputs of LiteRT on the host, or why there are none, as a sweep does."""
        folder = self.root / "reference" / "m"
        folder.mkdir(parents=True)
        shapes = [] if answer is None else [list(answer.shape)]
        tensors = [{"name": "out", "dtype": "float32", "shape": shape} for shape in shapes]
        record = {"litert": "9.9", "invocations": 1, "outputs": tensors, "failure": None, **more}
        write_json(folder / "host.json", record)
        if answer is not None:
            (folder / "host_outputs.bin").write_bytes(answer.tobytes())

    def write(self) -> Path:
        """Write the manifest and the journal."""
        cells = [
            ManifestCell(
                id=f"c-{name}",
                device="SERIAL1",
                model=SHA,
                variant=name,
                tool=TOOL,
                skip_reason=reason,
            )
            for name, reason in self.variants.items()
        ]
        steps = [
            ManifestStep(cell=cell.id, kind=kind, index=index)
            for cell in cells
            if cell.skip_reason is None
            for kind, indices in (("probe", [1]), ("round", range(1, self.rounds + 1)))
            for index in indices
        ]
        tensor = {"name": "out", "dtype": "float32", "shape": [1, 8]}
        manifest = Manifest(
            sweep=SweepDoc(
                id="s1",
                started="2026-01-01T00:00:00+00:00",
                finished=None,
                seed=0,
                simulated=False,
                harness="0",
                rounds_planned=self.rounds,
                complete=False,
                command=["harness", "run"],
            ),
            settings=RunSettings(rounds=self.rounds, **self.settings),
            devices=[
                ManifestDevice(
                    id="SERIAL1", kind="adb", model="Phone", soc="SoC", simulated=False, profile={}
                )
            ],
            models=[
                ManifestModel(
                    **{
                        "name": "m",
                        "sha256": SHA,
                        "precision": "float32",
                        "signature": None,
                        "path": "m.tflite",
                        "size": 1,
                        "nodes": 40,
                        "inputs": [],
                        "outputs": [tensor],
                        **self.model,
                    }
                )
            ],
            variants=[
                ManifestVariant(
                    name=name,
                    accelerator=BUILT_IN[name].accelerator,
                    flags=dict(BUILT_IN[name].flags),
                    dialect=BUILT_IN[name].dialect,
                )
                for name in self.variants
            ],
            tools=[
                ManifestTool(
                    name="stock",
                    sha256=TOOL,
                    dialect="interpreter",
                    version=None,
                    abi="arm64-v8a",
                    files={},
                    source="",
                )
            ],
            cells=cells,
            schedule={"SERIAL1": steps},
        )
        write_json(self.root / "sweep.json", manifest.to_json())
        with Journal(self.root) as journal:
            for record in self.records:
                journal.append(record)
        return self.root
