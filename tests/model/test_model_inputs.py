from pathlib import Path

import numpy as np
import pytest

from harness.errors import UnknownNameError, UsageError
from harness.model.info import Node, Subgraph, Tensor
from harness.model.inputs import InputSet, NeedsInput, make_inputs
from harness.model.inspect import inspect_model
from harness.model.ranges import value_range

MODELS = Path(__file__).parents[1] / "data" / "model"


def _info(name):
    return inspect_model(MODELS / f"{name}.tflite")


def _values(inputs, dtype):
    (path,) = inputs.files.values()
    return np.frombuffer(path.read_bytes(), dtype)


def test_a_float_input_gets_seeded_values_and_the_flags_that_send_them(tmp_path):
    first = make_inputs(_info("float32"), tmp_path / "a", seed=7)
    again = make_inputs(_info("float32"), tmp_path / "b", seed=7)
    other = make_inputs(_info("float32"), tmp_path / "c", seed=8)
    values = _values(first, np.float32)
    assert values.size == 8 * 8 * 3
    assert -0.5 <= values.min() < 0 < values.max() <= 0.5
    assert np.array_equal(values, _values(again, np.float32))
    assert not np.array_equal(values, _values(other, np.float32))
    (file_name,) = first.files
    assert first.flags == {
        "input_layer": "input0",
        "input_layer_shape": "1,8,8,3",
        "input_layer_value_files": f"input0:{{inputs}}/{file_name}",
    }


def test_quantized_inputs_get_any_value_of_their_type(tmp_path):
    values = _values(make_inputs(_info("int8"), tmp_path), np.int8)
    assert values.min() < -100
    assert values.max() > 100


def test_indices_of_a_table_stay_inside_it(tmp_path):
    values = _values(make_inputs(_info("embedding"), tmp_path), np.int32)
    assert values.size == 6
    assert 0 <= values.min() <= values.max() < 50


def test_other_integers_need_a_range(tmp_path):
    needed = make_inputs(_info("counts"), tmp_path)
    assert isinstance(needed, NeedsInput)
    assert needed.next_step == ("add --input-range count=LOW,HIGH or --input-file count=FILE")
    made = make_inputs(_info("counts"), tmp_path, ranges={"count": (3, 4)})
    assert set(_values(made, np.int32)) <= {3, 4}


def test_a_dynamic_size_needs_a_shape_that_fits(tmp_path):
    info = _info("dynamic_size")
    needed = make_inputs(info, tmp_path)
    assert isinstance(needed, NeedsInput)
    assert needed.next_step == "add --input-shape x=NxNx3 with a number for each N"
    made = make_inputs(info, tmp_path, shapes={"x": (5, 4, 3)})
    assert made.flags["input_layer_shape"] == "5,4,3"
    assert _values(made, np.float32).size == 60
    with pytest.raises(UsageError, match="5x4x2"):
        make_inputs(info, tmp_path, shapes={"x": (5, 4, 2)})
    with pytest.raises(UsageError, match="5x4"):
        make_inputs(info, tmp_path, shapes={"x": (5, 4)})


def test_several_signatures_need_a_choice(tmp_path):
    info = _info("two_signatures")
    needed = make_inputs(info, tmp_path)
    assert isinstance(needed, NeedsInput)
    assert "decode, encode" in needed.reason
    made = make_inputs(info, tmp_path, signature="encode")
    assert made.flags["signature_to_run_for"] == "encode"
    assert made.flags["input_layer_shape"] == "1,4"
    with pytest.raises(UnknownNameError, match="'nothing'"):
        make_inputs(info, tmp_path, signature="nothing")


def test_a_file_is_sent_as_it_is_when_its_size_fits(tmp_path):
    source = tmp_path / "x.bin"
    source.write_bytes(np.arange(192, dtype=np.float32).tobytes())
    made = make_inputs(_info("float32"), tmp_path / "in", files={"x": source})
    assert next(iter(made.files.values())).read_bytes() == source.read_bytes()
    source.write_bytes(b"short")
    with pytest.raises(UsageError, match="has 5 bytes"):
        make_inputs(_info("float32"), tmp_path / "in", files={"x": source})
    with pytest.raises(UsageError, match="no such input file"):
        make_inputs(_info("float32"), tmp_path / "in", files={"x": tmp_path / "none"})


def test_an_unknown_input_name_is_refused_with_those_that_exist(tmp_path):
    with pytest.raises(UnknownNameError) as caught:
        make_inputs(_info("float32"), tmp_path, shapes={"image": (1,)})
    assert "x" in caught.value.next_step


def test_names_from_a_model_never_leave_the_folder(tmp_path):
    info = _info("float32")
    graph = info.primary
    evil = Tensor(0, "../../etc/x,y:z", "float32", (1, 2), (1, 2))
    tensors = (evil, *graph.tensors[1:])
    primary = Subgraph(0, "", tensors, graph.nodes, (0,), graph.outputs)
    changed = type(info)(**{**vars(info), "subgraphs": (primary,), "signatures": ()})
    made = make_inputs(changed, tmp_path / "in")
    assert isinstance(made, InputSet)
    assert [path.parent for path in made.files.values()] == [tmp_path / "in"]
    assert made.flags["input_layer"] == "input0"


def _graph(*nodes):
    tensors = [Tensor(0, "i", "int32", (1,), (1,)), Tensor(1, "t", "float32", (9, 4), (9, 4))]
    tensors += [Tensor(n, "u", "int32", (1,), (1,)) for n in (2, 3)]
    return Subgraph(0, "", tuple(tensors), nodes, (0,), ())


def test_a_range_is_followed_through_casts_but_not_through_arithmetic():
    look_up = Node(1, "GATHER", (1, 2), (3,), axis=0)
    tensor = _graph().tensors[0]
    assert value_range(_graph(Node(0, "CAST", (0,), (2,)), look_up), tensor) == (0, 8)
    assert value_range(_graph(Node(0, "ADD", (0, 0), (2,)), look_up), tensor) is None
    by_column = Node(0, "GATHER", (1, 0), (3,), axis=-1)
    assert value_range(_graph(by_column), tensor) == (0, 3)
    elsewhere = Node(1, "ADD", (0, 0), (3,))
    assert value_range(_graph(by_column, elsewhere), tensor) is None
