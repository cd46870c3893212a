from __future__ import annotations

import numpy as np
import pytest
from little_models import chain

from harness.virtual.tool.outputs import Feed, HostFailure, Rounding, invoke, rounded

X = np.linspace(-1, 1, 8, dtype=np.float32)
CONSTANT = np.linspace(0.5, 1.5, 8, dtype=np.float32)


def random(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_outputs_are_those_of_real_litert() -> None:
    feeds = (Feed((1, 8), X.tobytes()),)
    (output,) = invoke(chain(["ADD", "TANH"]), feeds, xnnpack=True, random=random())
    np.testing.assert_allclose(output[0], np.tanh(X + CONSTANT), rtol=1e-4)


def test_an_operator_that_litert_refuses_is_reported_and_does_not_crash() -> None:
    with pytest.raises(HostFailure):
        invoke(b"TFL3 but not really", (), xnnpack=True, random=random())


def test_rounding_grows_from_none_to_nonsense() -> None:
    exact = [np.linspace(0.1, 1, 50, dtype=np.float32)]

    def error(rounding: Rounding) -> float:
        read = np.frombuffer(rounded(exact, rounding, random()), np.float32)
        return float(np.max(np.abs(read - exact[0])))

    assert error(Rounding.NONE) == 0
    assert 0 < error(Rounding.SINGLE) < 1e-5
    assert 1e-4 < error(Rounding.HALF) < 1e-2
    assert error(Rounding.NONSENSE) > 0.1


def test_nonsense_moves_the_top_class() -> None:
    exact = [np.array([[0.1, 0.7, 0.1, 0.1]], dtype=np.float32)]
    read = np.frombuffer(rounded(exact, Rounding.NONSENSE, random()), np.float32)
    assert np.argmax(read) != np.argmax(exact[0])


def test_integers_pass_a_delegate_unrounded() -> None:
    exact = [np.arange(5, dtype=np.int32)]
    assert rounded(exact, Rounding.HALF, random()) == exact[0].tobytes()
