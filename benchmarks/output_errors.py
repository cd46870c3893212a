"""How far right outputs lie apart: kernels, precisions and delegates of real LiteRT, by model.

python benchmarks/output_errors.py [--gpu] MODEL.tflite ...

Each model is fed the harness's own seeded inputs. The plain interpreter's outputs are the
reference; against them stand XNNPACK, XNNPACK made to compute in fp16
(TFLITE_XNNPACK_DELEGATE_FLAG_FORCE_FP16, real fp16 kernels where the processor has F16C), with
`--gpu` the WebGPU accelerator on whatever Vulkan driver VK_DRIVER_FILES names, and the next seed's
right outputs, which are wrong for this one. The tolerances of harness/verdict/tolerance.py rest on
these figures; docs/explanation/outputs.md has them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from harness.model.inputs import NeedsInput, make_inputs
from harness.model.inspect import inspect_model
from harness.verdict.measures import TensorSpec, measure

_FORCE_FP16 = 4
_CASES = ("xnnpack", "xnnpack-fp16", "gpu", "other-input")


def main() -> None:
    """Print a row of figures for each model, case, seed and tensor, and their extremes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--gpu", action="store_true")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--child", nargs=2, metavar=("CASE", "SEED"))
    words = parser.parse_args()
    if words.child:
        _child(words.models[0], words.child[0], int(words.child[1]))
        return
    rows = []
    for model in words.models:
        for seed in range(words.seeds):
            rows += _rows(model, seed, with_gpu=words.gpu)
    for case in _CASES:
        for kind in sorted({row["precision"] for row in rows}):
            mine = [r for r in rows if r["case"] == case and r["precision"] == kind]
            if mine:
                _extremes(case, kind, mine)


def _rows(model: Path, seed: int, *, with_gpu: bool) -> list[dict[str, Any]]:
    info = inspect_model(model)
    specs = [TensorSpec(one.name, one.dtype, one.shape) for one in info.outputs]
    reference = _outputs(model, "plain", seed)
    if reference is None:
        print(f"{model.name}: the interpreter cannot run it")
        return []
    found = []
    for case in _CASES:
        if case == "gpu" and not with_gpu:
            continue
        other = (
            _outputs(model, "plain", seed + 1000)
            if case == "other-input"
            else _outputs(model, case, seed)
        )
        if other is None or len(other) != len(reference):
            continue
        start = 0
        for spec in specs:
            size = int(np.prod(spec.shape)) * np.dtype(spec.dtype).itemsize
            window = slice(start, start + size)
            start += size
            if spec.dtype == "float32" or spec.dtype in ("int8", "uint8"):
                seen = measure(reference[window], other[window], spec)
                row = {"model": model.name, "case": case, "seed": seed, "tensor": spec.name}
                row |= {"precision": str(info.precision), **vars(seen)}
                found.append(row)
                print(f"{model.stem[:34]:34} {case:12} {seed} {_shown(row)}", flush=True)
    return found


def _shown(row: dict[str, Any]) -> str:
    names = ("max_error", "mean_error", "channel_error", "cosine", "snr_db", "argmax_agreement")
    parts = [f"{name} {row[name]:.3g}" for name in names if row[name] is not None]
    return ", ".join([*parts, f"halves {row['halves']}", f"telling {row['telling']}"])


def _extremes(case: str, precision: str, rows: list[dict[str, Any]]) -> None:
    def values(name: str) -> list[float]:
        return sorted(row[name] for row in rows if row[name] is not None)

    parts = []
    for name, worst in (
        ("max_error", -1),
        ("mean_error", -1),
        ("channel_error", -1),
        ("cosine", 0),
        ("snr_db", 0),
    ):
        known = values(name)
        if known:
            parts.append(f"{name} middle {known[len(known) // 2]:.2g} worst {known[worst]:.3g}")
    models = len({row["model"] for row in rows})
    print(f"== {case} {precision}: {models} models, {len(rows)} tensors: {'; '.join(parts)}")


def _outputs(model: Path, case: str, seed: int) -> bytes | None:
    """Run one case in a process of its own: delegates crash, and log to the descriptors."""
    done = subprocess.run(
        [sys.executable, __file__, str(model), "--child", case, str(seed)],
        capture_output=True,
        timeout=180,
        check=False,
    )
    return (
        bytes.fromhex(done.stdout.rpartition(b"HEX ")[2].decode()) if not done.returncode else None
    )


def _child(model: Path, case: str, seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = make_inputs(inspect_model(model), Path(folder), seed=seed)
        if isinstance(made, NeedsInput):
            sys.exit(json.dumps(made.reason))
        files = [path.read_bytes() for path in made.files.values()]
    run = _interpreted if case in ("plain", "xnnpack") else _compiled
    data = b"".join(one.tobytes() for one in run(model, files, case))
    print(f"HEX {data.hex()}")


def _interpreted(model: Path, files: list[bytes], case: str) -> list[np.ndarray]:
    from ai_edge_litert.interpreter import Interpreter, OpResolverType  # noqa: PLC0415

    resolver = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES if case == "plain" else None
    interpreter = Interpreter(
        str(model),
        num_threads=2,
        experimental_op_resolver_type=resolver or OpResolverType.AUTO,
    )
    interpreter.allocate_tensors()
    for detail, data in zip(interpreter.get_input_details(), files, strict=True):
        interpreter.set_tensor(
            detail["index"], np.frombuffer(data, detail["dtype"]).reshape(detail["shape"])
        )
    interpreter.invoke()
    return [interpreter.get_tensor(one["index"]) for one in interpreter.get_output_details()]


def _compiled(model: Path, files: list[bytes], case: str) -> list[np.ndarray]:
    from ai_edge_litert.compiled_model import CompiledModel  # noqa: PLC0415
    from ai_edge_litert.cpu_options import CpuOptions  # noqa: PLC0415
    from ai_edge_litert.hardware_accelerator import HardwareAccelerator  # noqa: PLC0415
    from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415
    from ai_edge_litert.options import Options  # noqa: PLC0415

    chosen = HardwareAccelerator.GPU if case == "gpu" else HardwareAccelerator.CPU
    flags = None if case == "gpu" else _FORCE_FP16
    options = Options(
        hardware_accelerators=chosen,
        cpu_options=CpuOptions(num_threads=2, xnnpack_flags=flags),
    )
    compiled = CompiledModel.from_file(str(model), options=options)
    key = next(iter(compiled.get_signature_list()))
    inside, outside = compiled.create_input_buffers(0), compiled.create_output_buffers(0)
    names = compiled.get_signature_by_index(0)
    takes, gives = compiled.get_input_tensor_details(key), compiled.get_output_tensor_details(key)
    plain = Interpreter(str(model))
    order = [one["name"] for one in plain.get_input_details()]
    by_name = dict(zip(order, files, strict=True))
    for position, (name, buffer) in enumerate(zip(names["inputs"], inside, strict=True)):
        data = by_name.get(name, files[position])
        buffer.write(np.frombuffer(data, takes[name]["dtype"]).reshape(takes[name]["shape"]))
    compiled.run_by_index(0, inside, outside)
    found = {}
    for name, buffer in zip(names["outputs"], outside, strict=True):
        detail = gives[name]
        kind = np.dtype(detail["dtype"]).type
        found[name] = buffer.read(int(np.prod(detail["shape"])), kind)
    wanted = [one["name"] for one in plain.get_output_details()]
    return [found[name] for name in wanted] if set(wanted) <= set(found) else list(found.values())


if __name__ == "__main__":
    main()
