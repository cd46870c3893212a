from pathlib import Path

import pytest

from harness.demo_models import paths
from harness.model.answers import drawing_ops, keeps_state, output_span, sorting_ops
from harness.model.info import Node, Subgraph, Tensor
from harness.model.inspect import inspect_model
from harness.sweep.models import ModelWords, prepare_model

MODELS = Path(__file__).parents[1] / "data" / "model"


def graph(*ops, variable=False):
    """A chain: tensor n becomes tensor n + 1 by the n-th operator."""
    tensors = tuple(
        Tensor(n, f"t{n}", "float32", (1, 4), (1, 4), variable=variable and n == 0)
        for n in range(len(ops) + 1)
    )
    nodes = tuple(Node(n, op, (n,), (n + 1,)) for n, op in enumerate(ops))
    return Subgraph(0, "main", tensors, nodes, (0,), (len(ops),))


@pytest.mark.parametrize("path", paths(), ids=lambda path: path.stem)
def test_a_real_classifier_ends_in_probabilities(path):
    info = inspect_model(path)
    assert output_span(info.primary, info.primary.outputs[0]) == 1.0
    assert not keeps_state(info.subgraphs)


@pytest.mark.parametrize(
    ("ops", "span"),
    [
        (["LOGISTIC"], 1.0),
        (["TANH", "RESHAPE", "TRANSPOSE"], 2.0),
        (["SOFTMAX", "MUL"], None),
        (["CONV_2D"], None),
        ([], None),
        (["SOFTMAX", *["RESHAPE"] * 9], None),
    ],
)
def test_the_range_follows_from_the_last_operator_that_changes_values(ops, span):
    one = graph(*ops)
    assert output_span(one, one.outputs[0]) == span


def test_state_random_numbers_and_sorting_are_seen_in_any_subgraph():
    plain = graph("ADD")
    assert keeps_state((plain, graph("ADD", variable=True)))
    assert keeps_state((plain, graph("VAR_HANDLE", "READ_VARIABLE")))
    assert not keeps_state((plain,))
    assert drawing_ops((plain, graph("RANDOM_UNIFORM"))) == ("RANDOM_UNIFORM",)
    assert sorting_ops((graph("TFLite_Detection_PostProcess"),))
    assert not sorting_ops((plain,))


def test_the_manifest_describes_the_outputs_of_the_signature_that_runs():
    words = ModelWords(signature="decode")
    model = prepare_model(str(MODELS / "two_signatures.tflite"), None, words, seed=0)
    assert [one["shape"] for one in model.manifest.outputs] == [[1, 2]]
