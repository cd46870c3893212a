"""Comparison of two dumps of a model's outputs, made from the same inputs.

The tool's `--output_filepath` writes the raw bytes of all output tensors one after another, in the
model's order (tflite/tools/benchmark/benchmark_tflite_model.cc).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from harness.verdict.cutting import cut, strings_of
from harness.verdict.measures import EXACT, FLOATS, Measures, TensorSpec, measure, same_rows
from harness.verdict.tolerance import Tolerance

_FEW = 4
"""Of so few indices one that differs may be a near tie or a wrong answer: nobody can tell."""

_LEAST_TO_DOUBT = 8
"""A tensor of fewer elements may lie as near to another input's output by chance."""


class OutputVerdict(StrEnum):
    """How a candidate's outputs relate to the reference's."""

    SAME = "same"
    CLOSE = "close"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class TensorComparison:
    """One tensor compared. `notes` are words of ours; `measures` is None for what has no numbers.

    `doubtful` marks an unknown that outweighs other tensors that agree.
    """

    name: str
    verdict: OutputVerdict
    measures: Measures | None = None
    notes: tuple[str, ...] = ()
    doubtful: bool = False

    @property
    def numbers(self) -> str:
        """The measures in words, those that mean something."""
        seen = self.measures
        if seen is None:
            return ""
        named = (
            ("largest error {:.3g}", seen.max_error),
            ("mean error {:.3g}", seen.mean_error),
            ("cosine {:.3g}", seen.cosine),
            ("SNR {:.3g} dB", seen.snr_db),
            ("argmax agreement {:.0%}", seen.argmax_agreement),
        )
        return ", ".join(form.format(value) for form, value in named if value is not None)


@dataclass(frozen=True)
class OutputComparison:
    """All outputs compared.

    `identical`: bit for bit the reference's. `is_float`: every tensor is of a float type, None
    where the dump could not be cut. `telling` counts the reference's values that half precision
    cannot hold: without any, equal bits say little. `reduced`: the errors, or the values
    themselves, are those of half precision.
    """

    verdict: OutputVerdict
    tensors: tuple[TensorComparison, ...] = ()
    reason: str = ""
    identical: bool = False
    is_float: bool | None = None
    telling: int = 0
    reduced: bool = False

    @property
    def worst(self) -> TensorComparison | None:
        """The tensor that decided."""
        return max(self.tensors, key=_badness, default=None)

    @property
    def summary(self) -> str:
        """One sentence of ours; names of tensors are the model's."""
        worst = self.worst
        if worst is None:
            return f"outputs {self.verdict}: {self.reason}"
        facts = [fact for fact in (worst.numbers, *worst.notes) if fact]
        equal = ["bit for bit equal"] if self.identical else []
        return f"outputs {self.verdict}: {worst.name!r}: {', '.join([*equal, *facts])}"


def compare_outputs(
    reference: bytes,
    candidate: bytes,
    tensors: Sequence[TensorSpec],
    tolerance: Tolerance,
    *,
    other: bytes | None = None,
) -> OutputComparison:
    """Compare two dumps tensor by tensor.

    Dumps that cannot be cut into the given tensors, or into equal ones, are `unknown`, as are those
    whose reference says nothing: it is constant, or has no finite value. `other` is a right dump
    for another input: a candidate about as far off as it cannot be told from a stale answer.
    """
    identical = reference == candidate and bool(reference)
    ours, theirs = cut(reference, tensors), cut(candidate, tensors)
    if isinstance(ours, str):
        if identical:
            return OutputComparison(OutputVerdict.SAME, reason="bit for bit equal", identical=True)
        return OutputComparison(OutputVerdict.UNKNOWN, reason=ours)
    if isinstance(theirs, str) or list(map(len, ours)) != list(map(len, theirs)):
        reason = f"{len(candidate)} bytes against the reference's {len(reference)}"
        return OutputComparison(OutputVerdict.UNKNOWN, reason=reason)
    elsewhere = cut(other, tensors) if other is not None else ""
    others = [None] * len(ours) if isinstance(elsewhere, str) else elsewhere
    compared = [
        _compare(a, b, tensor, tolerance, o)
        for a, b, tensor, o in zip(ours, theirs, tensors, others, strict=True)
    ]
    compared = _reordered(compared, ours, theirs, tensors, tolerance)
    verdict, reason = _overall(compared)
    return OutputComparison(
        verdict,
        tuple(compared),
        reason,
        identical=identical,
        is_float=all(tensor.dtype in FLOATS for tensor in tensors),
        telling=sum(one.measures.telling for one in compared if one.measures),
        reduced=_is_reduced(compared, tolerance),
    )


def _overall(compared: Sequence[TensorComparison]) -> tuple[OutputVerdict, str]:
    found = {one.verdict for one in compared}
    doubt = next((one for one in compared if one.doubtful), None)
    if OutputVerdict.WRONG in found:
        return OutputVerdict.WRONG, ""
    if doubt is not None:
        return OutputVerdict.UNKNOWN, ", ".join(doubt.notes)
    for verdict in (OutputVerdict.CLOSE, OutputVerdict.SAME):
        if verdict in found:
            return verdict, ""
    notes = dict.fromkeys(note for one in compared for note in one.notes)
    return OutputVerdict.UNKNOWN, ", ".join(notes)


_BADNESS = (OutputVerdict.UNKNOWN, OutputVerdict.SAME, OutputVerdict.CLOSE, OutputVerdict.WRONG)


def _badness(one: TensorComparison) -> tuple[int, bool, float]:
    # A tensor that says nothing is the worst only among its like, unless it casts doubt.
    mean = one.measures.mean_error if one.measures is not None else None
    rank = _BADNESS.index(OutputVerdict.CLOSE if one.doubtful else one.verdict)
    return rank, one.doubtful, mean or 0.0


def _compare(
    reference: bytes,
    candidate: bytes,
    tensor: TensorSpec,
    tolerance: Tolerance,
    other: bytes | None,
) -> TensorComparison:
    if tensor.dtype == "string":
        return _compare_items(tensor.name, strings_of(reference), strings_of(candidate), tolerance)
    if tensor.dtype in EXACT:
        return _compare_exact(reference, candidate, tensor, tolerance)
    seen = measure(reference, candidate, tensor)
    if not seen.elements or not seen.finite:
        note = "the reference is not finite" if seen.elements else "it is empty"
        return TensorComparison(tensor.name, OutputVerdict.UNKNOWN, seen, (note,))
    found = TensorComparison(tensor.name, _judged(seen, tolerance), seen, _named(seen))
    if seen.is_constant and (seen.elements > 1 or seen.is_zero):
        return _against_constant(found, seen, tensor)
    if other is None or len(other) != len(reference) or found.verdict is OutputVerdict.WRONG:
        return found
    return _against_other(found, measure(reference, other, tensor), tolerance)


def _judged(seen: Measures, tolerance: Tolerance) -> OutputVerdict:
    worst, mean = seen.max_error, seen.mean_error
    if seen.nan or seen.inf or worst is None or mean is None:
        return OutputVerdict.WRONG
    if worst <= tolerance.same_max and mean <= tolerance.same_mean:
        return OutputVerdict.SAME
    if seen.elements == 1:
        is_close = mean <= tolerance.one_value
    elif seen.is_level:
        is_close = False
    else:
        # An offset or a natural range as the scale leaves the cosine without a meaning.
        has_range = seen.span >= seen.scale and seen.cosine is not None
        is_close = (
            mean <= tolerance.mean_error
            and (seen.channel_error or 0.0) <= tolerance.channel_error
            and (not has_range or (seen.cosine or 0.0) >= tolerance.cosine)
        )
    return OutputVerdict.CLOSE if is_close else OutputVerdict.WRONG


def _named(seen: Measures) -> tuple[str, ...]:
    """Name what no rounding explains, and what half precision gives away."""
    notes = [f"{seen.nan:,} NaN"] if seen.nan else []
    notes += [f"{seen.inf:,} infinite"] if seen.inf else []
    notes += [("all zero" if seen.is_all_zero else "constant")] if seen.is_level else []
    if seen.finite < seen.elements:
        notes.append(f"{seen.elements - seen.finite:,} of the reference not finite")
    return tuple(notes)


def _against_constant(
    found: TensorComparison, seen: Measures, tensor: TensorSpec
) -> TensorComparison:
    """Of a reference with one value everywhere, agreement says nothing, and NaN still does."""
    note = f"the reference's own output is {'all zero' if seen.is_zero else 'constant'}"
    has_scale = not seen.is_zero or tensor.span is not None or tensor.dtype not in FLOATS
    if found.verdict is OutputVerdict.WRONG and (seen.nan or seen.inf or has_scale):
        return replace(found, notes=(*found.notes, note))
    doubtful = found.verdict is OutputVerdict.WRONG
    note += ", the other's is not, and nothing tells by how much it may differ" if doubtful else ""
    return replace(
        found, verdict=OutputVerdict.UNKNOWN, notes=(*found.notes, note), doubtful=doubtful
    )


def _against_other(
    found: TensorComparison, distance: Measures, tolerance: Tolerance
) -> TensorComparison:
    """Doubt a candidate that is no nearer to the reference than another input's output is."""
    own = found.measures.mean_error if found.measures is not None else None
    far = distance.mean_error
    if own is None or far is None or distance.elements < _LEAST_TO_DOUBT:
        return found
    if far <= tolerance.same_mean:
        note = "another input gives the same answer: a stale one would not show"
        return replace(found, notes=(*found.notes, note))
    if found.verdict is OutputVerdict.CLOSE and own >= far / 2:
        note = "it is as far off as the output for another input is"
        verdict = OutputVerdict.UNKNOWN
        return replace(found, verdict=verdict, notes=(*found.notes, note), doubtful=True)
    return found


def _compare_exact(
    reference: bytes, candidate: bytes, tensor: TensorSpec, tolerance: Tolerance
) -> TensorComparison:
    import numpy as np  # noqa: PLC0415 (slow to import)

    expected = np.frombuffer(reference, tensor.dtype).tolist()
    actual = np.frombuffer(candidate, tensor.dtype).tolist()
    return _compare_items(tensor.name, expected, actual, tolerance)


def _compare_items(
    name: str, expected: Sequence[object], actual: Sequence[object], tolerance: Tolerance
) -> TensorComparison:
    """Compare what is equal or is not: indices, counts, masks, strings."""
    if not expected:
        return TensorComparison(name, OutputVerdict.UNKNOWN, notes=("it is empty",))
    agreeing = sum(a == b for a, b in zip(expected, actual, strict=False))
    equal = agreeing / max(len(expected), len(actual))
    notes: tuple[str, ...] = (f"{equal:.1%} of the elements equal",)
    if equal == 1.0:
        if len(expected) > 1 and len(set(expected)) == 1:
            notes = (*notes, "the reference's own output is constant")
            return TensorComparison(name, OutputVerdict.UNKNOWN, notes=notes)
        return TensorComparison(name, OutputVerdict.SAME, notes=notes)
    # Indices of near ties change places for a rounding error: only most of them says something.
    if equal >= tolerance.agreement:
        return TensorComparison(name, OutputVerdict.CLOSE, notes=notes)
    if len(expected) < _FEW:
        return TensorComparison(name, OutputVerdict.UNKNOWN, notes=notes, doubtful=True)
    return TensorComparison(name, OutputVerdict.WRONG, notes=notes)


def _reordered(
    compared: list[TensorComparison],
    ours: Sequence[bytes],
    theirs: Sequence[bytes],
    tensors: Sequence[TensorSpec],
    tolerance: Tolerance,
) -> list[TensorComparison]:
    """Let sorted outputs change places among near ties, as boxes of equal scores do.

    Only where the model sorts (`ordered`), and only beside a tensor of as many rows that agrees in
    place: the scores that it sorts by. Any other tensor whose rows are mixed up is wrong.
    """
    anchors = {
        tensor.rows
        for one, tensor in zip(compared, tensors, strict=True)
        if one.verdict in (OutputVerdict.SAME, OutputVerdict.CLOSE) and tensor.dtype in FLOATS
    }
    result = []
    for one, a, b, tensor in zip(compared, ours, theirs, tensors, strict=True):
        wrong = one.verdict is OutputVerdict.WRONG
        if wrong and tensor.ordered and tensor.rows in anchors and tensor.rows > 1:
            share = same_rows(a, b, tensor, tolerance.mean_error)
            if share >= tolerance.agreement:
                note = f"{share:.0%} of its rows found, in another order"
                one = replace(  # noqa: PLW2901 (the same comparison, seen again)
                    one, verdict=OutputVerdict.CLOSE, notes=(*one.notes, note)
                )
        result.append(one)
    return result


def _is_reduced(compared: Sequence[TensorComparison], tolerance: Tolerance) -> bool:
    """Whether errors are beyond single precision's, or all values are half-precision numbers."""
    if tolerance.single_error is None:
        return False
    limit = tolerance.single_error
    seen = [one.measures for one in compared if one.measures is not None]
    sized = [one for one in seen if one.elements >= _LEAST_TO_DOUBT]
    halves = [one for one in sized if one.telling >= _LEAST_TO_DOUBT]
    return any((one.mean_error or 0.0) > limit for one in sized) or (
        bool(halves) and all(one.halves for one in halves)
    )
