import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.verdict.outputs import (
    FLOAT_TOLERANCE,
    QUANTIZED_TOLERANCE,
    OutputVerdict,
    TensorSpec,
    compare_outputs,
    tolerance_for,
)

RANDOM = np.random.default_rng(7)
SPEC = [TensorSpec("scores", "float32", (4, 25))]
REFERENCE = RANDOM.normal(size=100).astype(np.float32)


def compared(candidate, reference=REFERENCE, specs=SPEC, tolerance=FLOAT_TOLERANCE):
    return compare_outputs(reference.tobytes(), candidate.tobytes(), specs, tolerance)


def test_equal_bytes_are_the_same():
    assert compared(REFERENCE).verdict is OutputVerdict.SAME


def test_another_order_of_summation_is_the_same():
    comparison = compared(REFERENCE * np.float32(1 + 1e-6))
    assert comparison.verdict is OutputVerdict.SAME
    assert comparison.tensors[0].argmax_agreement == 1.0


def test_fp16_is_close():
    assert compared(REFERENCE.astype(np.float16).astype(np.float32)).verdict in (
        OutputVerdict.SAME,
        OutputVerdict.CLOSE,
    )
    noisy = REFERENCE + RANDOM.normal(scale=0.02, size=100).astype(np.float32)
    assert compared(noisy).verdict is OutputVerdict.CLOSE


@pytest.mark.parametrize(
    ("candidate", "note"),
    [
        (np.zeros_like(REFERENCE), "all zero"),
        (np.full_like(REFERENCE, 0.25), "constant"),
        (np.where(np.arange(100) == 3, np.float32("nan"), REFERENCE), "1 NaN"),
        (np.where(np.arange(100) < 2, np.float32("inf"), REFERENCE), "2 infinite"),
        (np.full_like(REFERENCE, np.nan), "100 NaN"),
    ],
)
def test_what_no_rounding_explains_is_wrong_and_named(candidate, note):
    comparison = compared(candidate)
    assert comparison.verdict is OutputVerdict.WRONG
    assert note in comparison.summary


@pytest.mark.parametrize(
    "candidate", [REFERENCE[::-1].copy(), -REFERENCE, REFERENCE * 3, np.roll(REFERENCE, 1)]
)
def test_another_answer_is_wrong(candidate):
    assert compared(candidate).verdict is OutputVerdict.WRONG


def test_one_quantization_step_is_close_and_a_garbled_tensor_wrong():
    spec = [TensorSpec("q", "int8", (100,))]
    reference = RANDOM.integers(-100, 100, 100).astype(np.int8)
    step = (reference + RANDOM.integers(-1, 2, 100)).astype(np.int8)
    assert compared(step, reference, spec, QUANTIZED_TOLERANCE).verdict is not OutputVerdict.WRONG
    garbled = RANDOM.integers(-100, 100, 100).astype(np.int8)
    assert compared(garbled, reference, spec, QUANTIZED_TOLERANCE).verdict is OutputVerdict.WRONG


def test_indices_of_near_ties_may_change_places():
    spec = [TensorSpec("top", "int32", (10,))]
    reference = np.arange(10, dtype=np.int32)
    swapped = reference.copy()
    swapped[[3, 4]] = swapped[[4, 3]]
    assert compared(swapped, reference, spec).verdict is OutputVerdict.CLOSE
    assert compared(reference[::-1].copy(), reference, spec).verdict is OutputVerdict.WRONG


def test_the_worst_tensor_names_the_verdict():
    specs = [TensorSpec("a", "float32", (50,)), TensorSpec("b", "float32", (50,))]
    candidate = REFERENCE.copy()
    candidate[50:] = 0
    comparison = compared(candidate, specs=specs)
    assert [one.verdict for one in comparison.tensors] == ["same", "wrong"]
    assert comparison.verdict is OutputVerdict.WRONG
    assert "'b'" in comparison.summary


def test_one_tensor_of_unknown_size_takes_the_rest():
    specs = [TensorSpec("a", "float32", (-1, 5)), TensorSpec("b", "float32", (50,))]
    assert compared(REFERENCE * np.float32(1.000001), specs=specs).verdict is OutputVerdict.SAME


@pytest.mark.parametrize(
    "specs",
    [
        [],
        [TensorSpec("a", "float32", (99,))],
        [TensorSpec("a", "string", (100,))],
        [TensorSpec("a", "float32", (-1,)), TensorSpec("b", "float32", (-1,))],
    ],
)
def test_what_cannot_be_cut_is_incomparable(specs):
    comparison = compared(-REFERENCE, specs=specs)
    assert comparison.verdict is OutputVerdict.INCOMPARABLE
    assert comparison.summary


def test_dumps_of_different_length_are_incomparable():
    assert compared(REFERENCE[:50]).verdict is OutputVerdict.INCOMPARABLE


def test_tolerance_follows_precision():
    assert tolerance_for("float32") is tolerance_for("float16") is FLOAT_TOLERANCE
    assert tolerance_for("int8") is tolerance_for("dynamic") is QUANTIZED_TOLERANCE


@given(
    st.binary(min_size=16, max_size=16),
    st.binary(min_size=16, max_size=16),
    st.sampled_from(["float16", "float32", "float64", "int8", "uint8", "int16", "int32", "bool"]),
)
def test_any_bytes_compare(reference, candidate, dtype):
    items = 16 // np.dtype(dtype).itemsize
    spec = [TensorSpec("x", dtype, (items,))]
    assert compare_outputs(reference, candidate, spec, FLOAT_TOLERANCE).summary
