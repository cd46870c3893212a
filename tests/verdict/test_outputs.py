"""What is right is not flagged, what is wrong is: by hand-made dumps, and by chance."""

import math
import struct

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from harness.verdict.measures import TensorSpec
from harness.verdict.outputs import OutputVerdict, compare_outputs
from harness.verdict.tolerance import HALF, QUANTIZED, SINGLE

RANDOM = np.random.default_rng(7)
SPEC = [TensorSpec("scores", "float32", (4, 25))]
REFERENCE = RANDOM.normal(size=100).astype(np.float32)
IMAGE = [TensorSpec("mask", "float32", (1, 16, 16, 3))]
PIXELS = RANDOM.normal(size=(1, 16, 16, 3)).astype(np.float32) + np.arange(3, dtype=np.float32)
BOXES = [TensorSpec("boxes", "float32", (1, 200, 6))]
SAME, CLOSE, WRONG, UNKNOWN = OutputVerdict


def compared(candidate, reference=REFERENCE, specs=SPEC, tolerance=HALF, **more):
    return compare_outputs(reference.tobytes(), candidate.tobytes(), specs, tolerance, **more)


def halved(values):
    return values.astype(np.float16).astype(np.float32)


def detections(chance):
    """Boxes in pixels and scores in one tensor, as detectors give them."""
    pixels = chance.uniform(0, 640, (1, 200, 4))
    return np.concatenate([pixels, chance.uniform(0, 1, (1, 200, 2))], -1).astype(np.float32)


# --- what is right --------------------------------------------------------------------------------


def test_equal_bytes_are_the_same_and_identical():
    comparison = compared(REFERENCE)
    assert comparison.verdict is SAME
    assert comparison.identical
    assert comparison.is_float
    assert comparison.telling == 100


def test_another_order_of_summation_is_the_same_and_not_identical():
    comparison = compared(REFERENCE * np.float32(1 + 1e-6))
    assert comparison.verdict is SAME
    assert not comparison.identical
    assert not comparison.reduced
    assert comparison.tensors[0].measures.argmax_agreement == 1.0


@pytest.mark.parametrize("depth", [1, 20, 50])
def test_layers_of_real_half_precision_arithmetic_are_right_and_seen_as_half(depth):
    exact = RANDOM.uniform(-0.5, 0.5, (16, 64)).astype(np.float32)
    rounded = exact.astype(np.float16)
    for _ in range(depth):
        weights = RANDOM.normal(0, np.sqrt(2 / 64), (64, 64)).astype(np.float32)
        exact = np.maximum(exact @ weights, 0)
        total = np.zeros((16, 64), np.float16)
        for column, row in zip(rounded.T, weights.astype(np.float16), strict=True):
            total = total + column[:, None] * row  # summed in half precision too
        rounded = np.maximum(total, 0)
    spec = [TensorSpec("y", "float32", (16, 64))]
    comparison = compared(rounded.astype(np.float32), exact, spec)
    assert comparison.verdict in (SAME, CLOSE)
    assert comparison.reduced


def test_one_quantization_step_is_right():
    spec = [TensorSpec("q", "int8", (100,))]
    reference = RANDOM.integers(-100, 100, 100).astype(np.int8)
    step = (reference + RANDOM.integers(-1, 2, 100)).astype(np.int8)
    assert compared(step, reference, spec, QUANTIZED).verdict in (SAME, CLOSE)


def test_one_step_of_a_tensor_that_spans_three_is_right():
    spec = [TensorSpec("q", "uint8", (100,))]
    reference = RANDOM.integers(126, 129, 100).astype(np.uint8)
    step = (reference + RANDOM.integers(-1, 2, 100)).astype(np.uint8)
    assert compared(step, reference, spec, QUANTIZED).verdict in (SAME, CLOSE)


@pytest.mark.parametrize(
    ("value", "verdict"), [(200, SAME), (197, CLOSE), (120, WRONG), (0, WRONG)]
)
def test_a_single_quantized_value_is_measured_in_steps_of_its_type(value, verdict):
    spec = [TensorSpec("score", "uint8", (1, 1))]
    reference, candidate = np.array([200], np.uint8), np.array([value], np.uint8)
    assert compared(candidate, reference, spec, QUANTIZED).verdict is verdict


def test_a_single_zero_says_nothing():
    spec = [TensorSpec("score", "uint8", (1, 1))]
    zero = np.array([0], np.uint8)
    assert compared(zero, zero, spec, QUANTIZED).verdict is UNKNOWN


def test_half_precision_of_values_with_a_large_offset_is_right():
    offset = (1000 + RANDOM.uniform(-1, 1, 100)).astype(np.float32)
    assert compared(halved(offset), offset).verdict in (SAME, CLOSE)


def test_a_probability_that_underflows_half_precision_is_right():
    spec = [TensorSpec("p", "float32", (1, 10), span=1.0)]
    tail = np.array([1, *[1e-9] * 9], dtype=np.float32)
    comparison = compared(halved(tail), tail, spec)
    assert comparison.verdict is SAME


def test_near_ties_do_not_count_against_the_argmax():
    row = np.array([[0.5, 0.500001, *np.linspace(0, 0.4, 23)]] * 4, np.float32)
    swapped = row[:, [1, 0, *range(2, 25)]]
    assert compared(swapped, row).tensors[0].measures.argmax_agreement == 1.0


def test_indices_of_near_ties_may_change_places():
    spec = [TensorSpec("top", "int32", (10,))]
    reference = np.arange(10, dtype=np.int32)
    swapped = reference.copy()
    swapped[[3, 4]] = swapped[[4, 3]]
    assert compared(swapped, reference, spec).verdict is CLOSE
    assert compared(reference[::-1].copy(), reference, spec).verdict is WRONG


def boxes_and_scores(ordered=True):
    return [
        TensorSpec("boxes", "float32", (1, 10, 4), ordered=ordered),
        TensorSpec("classes", "float32", (1, 10), ordered=ordered),
        TensorSpec("scores", "float32", (1, 10), ordered=ordered),
    ]


def suppressed(order, scores):
    boxes = np.arange(40, dtype=np.float32).reshape(10, 4) ** 1.5
    classes = np.array([3, 80, 5, 1, 44, 7, 90, 2, 61, 8], np.float32)
    return np.concatenate([boxes[order].ravel(), classes[order], scores]).astype(np.float32)


TIED = np.array([0.9, 0.9, 0.9, 0.9, 0.8, 0.8, 0.8, 0.5, 0.5, 0.5], np.float32)


def test_boxes_of_equal_scores_may_change_places_where_the_model_sorts():
    reference = suppressed(list(range(10)), TIED)
    other = suppressed([3, 2, 1, 0, 6, 5, 4, 9, 8, 7], TIED)
    comparison = compared(other, reference, boxes_and_scores())
    assert comparison.verdict is CLOSE
    assert "in another order" in comparison.summary


def test_boxes_in_another_order_are_wrong_where_the_model_does_not_sort():
    reference = suppressed(list(range(10)), TIED)
    other = suppressed([3, 2, 1, 0, 6, 5, 4, 9, 8, 7], TIED)
    assert compared(other, reference, boxes_and_scores(ordered=False)).verdict is WRONG


def test_boxes_in_another_order_are_wrong_without_scores_that_agree_in_place():
    specs = boxes_and_scores()[:1]
    reference = suppressed(list(range(10)), TIED)[:40]
    other = suppressed([3, 2, 1, 0, 6, 5, 4, 9, 8, 7], TIED)[:40]
    assert compared(other, reference, specs).verdict is WRONG


def test_boxes_that_no_tie_explains_are_wrong_where_the_model_sorts():
    reference = suppressed(list(range(10)), TIED)
    other = suppressed(list(range(10)), TIED)
    other[:40] = other[:40][::-1] * 2
    assert compared(other, reference, boxes_and_scores()).verdict is WRONG


# --- what is wrong --------------------------------------------------------------------------------


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
    assert comparison.verdict is WRONG
    assert note in comparison.summary


@pytest.mark.parametrize(
    "candidate",
    [
        REFERENCE[::-1].copy(),
        -REFERENCE,
        REFERENCE * 3,
        np.roll(REFERENCE, 1),
        np.where(np.arange(100) < 50, REFERENCE, 0).astype(np.float32),
        np.clip(REFERENCE, -0.1, 0.1),
        RANDOM.normal(size=100).astype(np.float32),
    ],
    ids=["reversed", "negated", "scaled", "shifted", "half zero", "saturated", "another input's"],
)
@pytest.mark.parametrize("tolerance", [SINGLE, HALF])
def test_another_answer_is_wrong(candidate, tolerance):
    assert compared(candidate, tolerance=tolerance).verdict is WRONG


@pytest.mark.parametrize(
    "mangle",
    [
        lambda x: np.ascontiguousarray(np.moveaxis(x, -1, 1)),
        lambda x: x[..., ::-1].copy(),
        lambda x: np.ascontiguousarray(x.swapaxes(1, 2)),
        lambda x: np.where(np.arange(16)[:, None, None] < 8, x, 0).astype(np.float32),
    ],
    ids=["channels first", "channels swapped", "transposed", "half zero"],
)
def test_an_image_in_the_wrong_layout_is_wrong(mangle):
    assert compared(mangle(PIXELS), PIXELS, IMAGE).verdict is WRONG


def test_scores_swapped_beside_boxes_in_pixels_are_wrong_though_small_in_their_range():
    right = detections(RANDOM)
    swapped = right[..., [0, 1, 2, 3, 5, 4]].copy()
    seen = compared(swapped, right, BOXES).tensors[0].measures
    assert seen.mean_error < 0.001
    assert compared(swapped, right, BOXES).verdict is WRONG
    assert compared(halved(right), right, BOXES).verdict in (SAME, CLOSE)


def test_a_garbled_quantized_tensor_is_wrong():
    spec = [TensorSpec("q", "int8", (100,))]
    reference, garbled = RANDOM.integers(-100, 100, (2, 100)).astype(np.int8)
    assert compared(garbled, reference, spec, QUANTIZED).verdict is WRONG


def test_an_overflow_of_half_precision_is_wrong():
    large = REFERENCE * np.float32(1e5)
    with np.errstate(over="ignore"):
        assert "infinite" in compared(halved(large), large).summary


def test_the_worst_tensor_names_the_verdict():
    specs = [TensorSpec("a", "float32", (50,)), TensorSpec("b", "float32", (50,))]
    candidate = REFERENCE.copy()
    candidate[50:] = 0
    comparison = compared(candidate, specs=specs)
    assert [one.verdict for one in comparison.tensors] == ["same", "wrong"]
    assert comparison.verdict is WRONG
    assert comparison.worst.name == "b"


# --- what cannot be told --------------------------------------------------------------------------


def test_a_stale_answer_to_a_like_input_is_doubted_where_its_size_alone_would_pass():
    # The next input's outputs lie as near as half precision might: hands in noise look alike.
    other = REFERENCE + RANDOM.normal(scale=0.02, size=100).astype(np.float32)
    third = REFERENCE + RANDOM.normal(scale=0.02, size=100).astype(np.float32)
    assert compared(third).verdict is CLOSE
    comparison = compared(third, other=other.tobytes())
    assert comparison.verdict is UNKNOWN
    assert "for another input" in comparison.reason
    assert compared(halved(REFERENCE), other=other.tobytes()).verdict in (SAME, CLOSE)


def test_outputs_that_do_not_follow_the_input_say_so():
    comparison = compared(REFERENCE * np.float32(1 + 1e-6), other=REFERENCE.tobytes())
    assert comparison.verdict is SAME
    assert "a stale one would not show" in comparison.summary


@pytest.mark.parametrize(("value", "word"), [(0.0, "all zero"), (0.5, "constant")])
def test_agreeing_with_a_constant_says_nothing(value, word):
    level = np.full(100, value, np.float32)
    comparison = compared(level, level)
    assert comparison.verdict is UNKNOWN
    assert word in comparison.reason
    assert comparison.telling == 0


def test_nan_against_a_constant_is_wrong_all_the_same():
    level = np.full(100, 0.5, np.float32)
    assert compared(np.full(100, np.nan, np.float32), level).verdict is WRONG
    assert compared(REFERENCE, level).verdict is WRONG


def test_something_against_all_zeros_has_no_scale_unless_the_operator_gives_one():
    zeros = np.zeros(100, np.float32)
    assert compared(REFERENCE, zeros).verdict is UNKNOWN
    spec = [TensorSpec("p", "float32", (100,), span=1.0)]
    assert compared(REFERENCE, zeros, spec).verdict is WRONG


def test_a_constant_tensor_beside_one_that_agrees_does_not_hide_it():
    specs = [TensorSpec("a", "float32", (50,)), TensorSpec("b", "float32", (50,))]
    reference = REFERENCE.copy()
    reference[50:] = 0
    assert compared(reference * np.float32(1.000001), reference, specs).verdict is SAME


def test_a_reference_that_is_not_finite_says_nothing():
    broken = np.full(100, np.nan, np.float32)
    comparison = compared(REFERENCE, broken)
    assert comparison.verdict is UNKNOWN
    assert "not finite" in comparison.reason


def test_a_masked_reference_is_compared_where_it_is_finite():
    masked = np.where(np.arange(100) < 10, -np.inf, REFERENCE).astype(np.float32)
    assert compared(masked * np.float32(1.000001), masked).verdict is SAME


def test_one_index_that_differs_may_be_a_near_tie():
    spec = [TensorSpec("class", "int64", (1,))]
    comparison = compared(np.array([4]), np.array([5]), spec)
    assert comparison.verdict is UNKNOWN


def test_strings_are_compared_one_by_one():
    spec = [TensorSpec("label", "string", (4,))]

    def packed(*texts):
        starts = np.cumsum([4 * (len(texts) + 2), *map(len, texts)]).tolist()
        return struct.pack(f"<{len(texts) + 2}i", len(texts), *starts) + b"".join(texts)

    right = packed(b"cat", b"dog", b"owl", b"ox")
    assert compare_outputs(right, right, spec, HALF).verdict is SAME
    other = packed(b"cow", b"fox", b"rat", b"bee")
    assert compare_outputs(right, other, spec, HALF).verdict is UNKNOWN  # of another length
    near = packed(b"cat", b"dog", b"owl", b"em")
    assert compare_outputs(right, near, spec, HALF).verdict is CLOSE


def test_an_empty_output_says_nothing():
    spec = [TensorSpec("none", "float32", (0, 4)), *SPEC]
    comparison = compared(REFERENCE * np.float32(1.000001), specs=spec)
    assert comparison.verdict is SAME
    assert comparison.tensors[0].verdict is UNKNOWN


def test_an_empty_output_does_not_take_the_place_of_one_of_unknown_size():
    specs = [TensorSpec("none", "float32", (0, 4)), TensorSpec("rest", "float32", (-1, 25))]
    assert compared(REFERENCE * np.float32(1.000001), specs=specs).verdict is SAME


def test_one_tensor_of_unknown_size_takes_the_rest():
    specs = [TensorSpec("a", "float32", (-1, 5)), TensorSpec("b", "float32", (50,))]
    assert compared(REFERENCE * np.float32(1.000001), specs=specs).verdict is SAME


@pytest.mark.parametrize(
    "specs",
    [
        [],
        [TensorSpec("a", "float32", (99,))],
        [TensorSpec("a", "variant", (100,))],
        [TensorSpec("a", "float32", (-1,)), TensorSpec("b", "float32", (-1,))],
    ],
)
def test_what_cannot_be_cut_is_unknown(specs):
    comparison = compared(-REFERENCE, specs=specs)
    assert comparison.verdict is UNKNOWN
    assert comparison.reason


def test_dumps_of_different_length_are_unknown():
    assert compared(REFERENCE[:50]).verdict is UNKNOWN


# --- by chance ------------------------------------------------------------------------------------

DTYPES = ["float16", "float32", "float64", "int8", "uint8", "int16", "int32", "int64", "bool"]
VALUES = arrays.arrays(
    np.float32, 64, elements=st.floats(-1000, 1000, width=32, allow_subnormal=False)
)


@given(
    st.binary(min_size=16, max_size=16),
    st.binary(min_size=16, max_size=16),
    st.sampled_from(DTYPES),
    st.booleans(),
)
def test_any_bytes_compare(reference, candidate, dtype, ordered):
    items = 16 // np.dtype(dtype).itemsize
    spec = [TensorSpec("x", dtype, (items,), ordered=ordered)]
    comparison = compare_outputs(reference, candidate, spec, HALF, other=candidate)
    assert comparison.summary
    seen = comparison.tensors[0].measures
    if seen is not None:
        errors = (seen.max_error, seen.mean_error, seen.cosine, seen.snr_db)
        assert all(math.isfinite(value) for value in errors if value is not None)


@given(st.binary(max_size=64), st.binary(max_size=64))
def test_any_bytes_compare_as_strings(reference, candidate):
    compare_outputs(reference, candidate, [TensorSpec("x", "string", ())], HALF)


@given(VALUES)
def test_half_precision_alone_is_never_wrong(values):
    # All below 6e-8, half precision has nothing but zeros for them, which is an answer lost.
    assume(np.abs(values).max() > 1e-3)
    spec = [TensorSpec("x", "float32", (64,))]
    assert compared(halved(values), values, spec).verdict is not WRONG


@given(VALUES, st.integers(0, 63), st.sampled_from([np.nan, np.inf, -np.inf]))
def test_one_value_that_is_not_finite_is_always_wrong(values, place, value):
    spec = [TensorSpec("x", "float32", (64,))]
    broken = values.copy()
    broken[place] = value
    assert compared(broken, values, spec).verdict is WRONG


@given(VALUES, st.floats(0.001953125, 1000, width=32))
def test_the_verdict_does_not_depend_on_the_unit(values, factor):
    assume(np.abs(values[values != 0]).min(initial=1) > 1e-3)
    spec = [TensorSpec("x", "float32", (64,))]
    other = np.roll(values, 7)
    plain = compared(other, values, spec).verdict
    scaled = compared(
        (other.astype(np.float64) * factor),
        values.astype(np.float64) * factor,
        [TensorSpec("x", "float64", (64,))],
    ).verdict
    assert plain is scaled
