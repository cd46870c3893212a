import contextlib
import time
from pathlib import Path

import flatbuffers
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import ModelError
from harness.model.info import Precision
from harness.model.inspect import inspect_model
from harness.model.schema import BUILTIN_NAMES, DTYPES

MODELS = Path(__file__).parents[1] / "data" / "model"
SOUND = (MODELS / "int8.tflite").read_bytes()
# Mostly tables and few weights, so that most wrong bytes hurt.
DENSE = (MODELS / "loop.tflite").read_bytes()


@pytest.mark.parametrize("kind", ["float32", "float16", "dynamic", "int8", "int16x8"])
def test_precision_is_read_from_weights_and_activations(kind):
    assert inspect_model(MODELS / f"{kind}.tflite").precision is Precision(kind)


def test_nodes_tensors_and_work_of_a_small_network():
    info = inspect_model(MODELS / "float32.tflite")
    assert [node.op for node in info.nodes] == [
        "CONV_2D",
        "DEPTHWISE_CONV_2D",
        "MEAN",
        "FULLY_CONNECTED",
    ]
    # 8x8 places times 16 channels times a 3x3x3 window, and so on.
    assert [n.macs for n in info.nodes] == [64 * 16 * 27, 64 * 16 * 9, None, 16 * 100]
    assert (info.inputs[0].shape, info.inputs[0].dtype) == ((1, 8, 8, 3), "float32")
    assert info.outputs[0].shape == (1, 100)
    assert (info.size, info.node_count) == (10520, 4)
    assert info.nodes[1].inputs[0] == info.nodes[0].outputs[0]
    assert info.primary.tensors[info.nodes[0].inputs[1]].constant


def test_an_int8_input_has_its_scale_and_zero_point():
    image = inspect_model(MODELS / "int8.tflite").inputs[0]
    assert image.quantized
    assert image.dtype == "int8"
    assert image.scale is not None
    assert 0.001 < image.scale < 1
    assert -128 <= image.zero_point <= 127


def test_signatures_name_their_own_subgraphs_and_tensors():
    info = inspect_model(MODELS / "two_signatures.tflite")
    assert {s.key: (s.subgraph, list(s.inputs), list(s.outputs)) for s in info.signatures} == {
        "decode": (0, ["y"], ["text"]),
        "encode": (1, ["x"], ["code"]),
    }


def test_control_flow_custom_and_flex_operators_are_told_apart():
    assert inspect_model(MODELS / "loop.tflite").has_control_flow
    assert inspect_model(MODELS / "flex.tflite").flex_ops == ("FlexMatrixDeterminant",)
    assert inspect_model(MODELS / "custom.tflite").custom_ops == ("MatrixDeterminant",)
    assert not inspect_model(MODELS / "custom.tflite").has_control_flow


def test_control_flow_names_the_graphs_that_it_runs():
    info = inspect_model(MODELS / "loop.tflite")
    outline = info.outline
    # TensorFlow's converter puts the condition before the body.
    assert [dict(graph.bodies) for graph in outline.graphs] == [{0: (1, 2)}, {}, {}]
    assert [graph.nodes for graph in outline.graphs] == [len(g.nodes) for g in info.subgraphs]
    assert outline.entered_from(0) == (0, 1, 2)
    assert outline.has_bodies(0)


def test_signatures_of_an_outline_name_their_graphs():
    outline = inspect_model(MODELS / "two_signatures.tflite").outline
    assert outline.signatures == {"decode": 0, "encode": 1}
    assert [outline.has_bodies(entry) for entry in (0, 1)] == [False, False]


@pytest.mark.parametrize(
    ("code", "name", "options", "bodies"),
    [
        ("IF", "If", {"thenSubgraphIndex": 1, "elseSubgraphIndex": 2}, (1, 2)),
        ("CALL_ONCE", "CallOnce", {"initSubgraphIndex": 2}, (2,)),
        (
            "STABLEHLO_WHILE",
            "StablehloWhile",
            {"condSubgraphIndex": 2, "bodySubgraphIndex": 1},
            (2, 1),
        ),
        ("STABLEHLO_COMPOSITE", "StableHLOComposite", {"decompositionSubgraphIndex": 1}, (1,)),
        ("STABLEHLO_CASE", "StablehloCase", {"branchSubgraphIndices": [1, 2, 1]}, (1, 2, 1)),
    ],
)
def test_every_control_flow_operator_names_its_graphs(tmp_path, code, name, options, bodies):
    path = tmp_path / "m.tflite"
    path.write_bytes(with_first_operator(code, name, options))
    assert inspect_model(path).nodes[0].bodies == bodies
    path.write_bytes(with_first_operator(code, name, {key: _out(v) for key, v in options.items()}))
    with pytest.raises(ModelError, match="subgraph"):
        inspect_model(path)


def _out(value):
    return [9] if isinstance(value, list) else 9


def with_first_operator(code, name, options):
    """Make the loop's WHILE another operator, by the wheel's own writer of flatbuffers."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(DENSE))
    operator = model.subgraphs[0].operators[0]
    number = getattr(schema.BuiltinOperator, code)
    kind = model.operatorCodes[operator.opcodeIndex]
    kind.builtinCode, kind.deprecatedBuiltinCode = number, min(number, 127)
    made = getattr(schema, f"{name}OptionsT")()
    for key, value in options.items():
        setattr(made, key, value)
    second = code.startswith("STABLEHLO")
    union = schema.BuiltinOptions2 if second else schema.BuiltinOptions
    operator.builtinOptions, operator.builtinOptionsType = (
        (None, 0) if second else (made, getattr(union, f"{name}Options"))
    )
    if second:
        operator.builtinOptions2 = made
        operator.builtinOptions2Type = getattr(union, f"{name}Options")
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def test_a_dynamic_dimension_stays_visible():
    (tensor,) = inspect_model(MODELS / "dynamic_size.tflite").inputs
    assert tensor.is_dynamic
    assert tensor.shape_signature == (-1, -1, 3)


def test_the_reader_agrees_with_the_runtime_about_every_model():
    for path in sorted(MODELS.glob("*.tflite")):
        info = inspect_model(path)
        runtime = Interpreter(str(path))
        for ours, theirs in zip(info.inputs, runtime.get_input_details(), strict=True):
            assert (ours.index, ours.name) == (theirs["index"], theirs["name"])
            assert ours.shape_signature == tuple(theirs["shape_signature"])
            assert ours.dtype == theirs["dtype"].__name__
        names = [op["op_name"] for op in runtime._get_ops_details()]
        assert [node.op for node in info.nodes] == names


def test_the_tables_of_names_are_those_of_the_schema():
    ops = {v: k for k, v in vars(schema.BuiltinOperator).items() if isinstance(v, int)}
    assert list(BUILTIN_NAMES) == [ops[code] for code in range(len(BUILTIN_NAMES))]
    types = {v: k for k, v in vars(schema.TensorType).items() if isinstance(v, int)}
    assert [name.upper() for name in DTYPES] == [types[code] for code in range(len(DTYPES))]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"plain text, no model", "not a .tflite"),
        (b"\x1c\0\0", "not a .tflite"),
        (b"\x1c\0\0\0TFL3", "damaged"),
        (b"\xff\xff\xff\xffTFL3" + bytes(100), "damaged"),
        (SOUND[:2000], "damaged"),
    ],
)
def test_what_is_no_model_says_so_and_what_to_do(tmp_path, data, words):
    path = tmp_path / "m.tflite"
    path.write_bytes(data)
    with pytest.raises(ModelError, match=words) as caught:
        inspect_model(path)
    assert caught.value.next_step


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path):
    with pytest.raises(ModelError, match="no such file"):
        inspect_model(tmp_path / "none.tflite")
    with pytest.raises(ModelError, match="a folder"):
        inspect_model(tmp_path)


def _read_within_a_second(path: Path) -> None:
    start = time.monotonic()
    with contextlib.suppress(ModelError):
        inspect_model(path)
    assert time.monotonic() - start < 1


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(SOUND) - 1))
def test_a_model_cut_anywhere_is_refused_or_read_but_never_crashes(tmp_path_factory, length):
    path = tmp_path_factory.getbasetemp() / "cut.tflite"
    path.write_bytes(SOUND[:length])
    _read_within_a_second(path)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.integers(8, len(DENSE) - 1), st.integers(0, 255)), min_size=1, max_size=8)
)
def test_a_model_with_wrong_bytes_is_refused_or_read_but_never_crashes(tmp_path_factory, changes):
    data = bytearray(DENSE)
    for place, value in changes:
        data[place] = value
    path = tmp_path_factory.getbasetemp() / "changed.tflite"
    path.write_bytes(data)
    _read_within_a_second(path)


WEIGHTS = 16 * 27 + 9 * 16 + 100 * 16
BIASES = 16  # of the convolution alone


@pytest.mark.parametrize(
    ("kind", "size"),
    [
        ("float32", 4 * (WEIGHTS + BIASES)),
        ("float16", 2 * (WEIGHTS + BIASES)),
        ("int8", WEIGHTS + 4 * 2 * BIASES),  # the depthwise one has a bias too
        ("embedding", 0),
        ("loop", 0),
    ],
)
def test_the_bytes_that_a_run_reads_are_those_of_weights_and_not_of_tables(kind, size):
    found = inspect_model(MODELS / f"{kind}.tflite").weight_bytes
    assert found == size
