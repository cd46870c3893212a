import pytest

from harness.bench.variant import BUILT_IN, Accelerator
from harness.verdict.tolerance import HALF, QUANTIZED, SINGLE, demands_single, tolerance_for

CPU, GPU, NNAPI = Accelerator.CPU, Accelerator.GPU, Accelerator.NNAPI


def of(name, precision="float32"):
    variant = BUILT_IN[name]
    return tolerance_for(precision, variant.accelerator, variant.flags)


def test_a_cpu_has_to_be_nearer_than_an_accelerator():
    assert of("cpu-4t") is of("cpu-noxnn") is SINGLE
    assert of("gpu") is of("nnapi") is HALF
    assert SINGLE.mean_error < HALF.mean_error
    assert SINGLE.cosine > HALF.cosine


def test_xnnpack_that_is_made_to_compute_in_half_precision_may_be_as_far_off():
    forced = {"xnnpack_force_fp16": "true"}
    assert tolerance_for("float32", Accelerator.XNNPACK, forced) is HALF


@pytest.mark.parametrize("precision", ["int8", "dynamic", "int16x8", "mixed"])
def test_quantized_models_are_measured_in_steps_whatever_runs_them(precision):
    assert of("gpu", precision) is of("cpu-4t", precision) is QUANTIZED
    assert QUANTIZED.single_error is None


@pytest.mark.parametrize("precision", ["float32", "float16", None, "unknown"])
def test_the_rest_is_float(precision):
    assert of("gpu", precision) is HALF


def test_a_demand_for_single_precision_is_seen_in_the_flags_and_changes_no_bound_of_wrong():
    demanded = of("gpu-fp32")
    assert demanded.name == "fp32"
    assert demanded.mean_error == HALF.mean_error


@pytest.mark.parametrize(
    ("flags", "demanded"),
    [
        ({"gpu_precision_loss_allowed": "false"}, True),
        ({"gpu_precision_loss_allowed": "0"}, True),
        ({"gpu_precision_loss_allowed": "true"}, False),
        ({"nnapi_allow_fp16": "false"}, True),
        ({"gpu-precision": "fp32"}, True),
        ({"gpu-precision": "fp16"}, False),
        ({}, False),
    ],
)
def test_what_counts_as_a_demand(flags, demanded):
    assert demands_single(flags) is demanded


def test_bounds_lie_above_what_was_measured_and_below_what_is_wrong():
    """The figures are in docs/explanation/outputs.md; benchmarks/output_errors.py makes them."""
    assert SINGLE.same_mean >= 5 * 1.1e-5
    assert HALF.mean_error >= 3 * 0.006
    assert HALF.cosine <= 1 - 5 * (1 - 0.998)
    assert HALF.channel_error >= 10 * 0.0014
    assert HALF.one_value >= 2 * 0.039
    assert SINGLE.one_value >= 100 * 0.00015
