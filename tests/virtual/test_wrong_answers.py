"""Every way in which a simulated driver may be wrong is seen where phones are judged."""

from __future__ import annotations

import numpy as np
import pytest
from launching import launch
from little_models import chain

from harness.bench.variant import BUILT_IN
from harness.verdict.measures import TensorSpec
from harness.verdict.outputs import OutputComparison, compare_outputs
from harness.verdict.tolerance import tolerance_for

SIZE = 64
MODEL = chain(["ADD", "TANH", "MUL"], size=SIZE)
X = np.random.default_rng(4).uniform(-2, 2, SIZE).astype(np.float32)
FED = (
    "--graph=model.tflite",
    "--input_layer=input",
    f"--input_layer_shape=1,{SIZE}",
    "--input_layer_value_files=input:x.bin",
    "--output_filepath=o.bin",
    "--num_runs=1",
    "--min_secs=0",
    "--warmup_runs=0",
    "--warmup_min_secs=0",
)
SPEC = [TensorSpec("y", "float32", (1, SIZE))]


def dump(*argv: str, **simulation: object) -> bytes:
    files = {"x.bin": X.tobytes()}
    done = launch("pixel-8", MODEL, *FED, *argv, files=files, simulation=simulation)
    assert done.status == 0, done.text
    return done.files["o.bin"]


def judged(variant: str, **simulation: object) -> OutputComparison:
    flags = [f"--{name}={value}" for name, value in BUILT_IN[variant].flags.items()]
    tolerance = tolerance_for("float32", BUILT_IN[variant].accelerator, BUILT_IN[variant].flags)
    plain = dump("--use_xnnpack=false")
    return compare_outputs(plain, dump(*flags, **simulation), SPEC, tolerance)


@pytest.mark.parametrize(
    ("kind", "note"), [("nonsense", ""), ("nan", "NaN"), ("constant", "constant"), ("stale", "")]
)
@pytest.mark.parametrize("variant", ["gpu", "gpu-fp32"])
def test_a_driver_that_is_wrong_is_found_wrong(kind: str, note: str, variant: str) -> None:
    found = judged(variant, wrong_outputs=("gpu",), wrong_kind=kind)
    assert found.verdict == "wrong"
    assert note in found.summary


@pytest.mark.parametrize(
    ("variant", "reduced"), [("gpu", True), ("gpu-fp32", False), ("cpu-4t", False)]
)
def test_a_driver_that_computes_as_it_should_is_not(variant: str, reduced: bool) -> None:
    found = judged(variant)
    assert found.verdict in ("same", "close")
    assert found.reduced is reduced


def test_half_precision_against_a_demand_is_right_and_seen() -> None:
    found = judged("gpu-fp32", wrong_outputs=("gpu",), wrong_kind="half")
    assert found.verdict in ("same", "close")
    assert found.reduced
