import re

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from harness.demo_models import FOLDER, paths
from harness.model.info import Precision
from harness.model.inspect import inspect_model

# What TfLiteGpuDelegateV2 takes; the mobile model is to stay within it.
GPU_TAKES = {"CONV_2D", "DEPTHWISE_CONV_2D", "ADD", "MEAN", "FULLY_CONNECTED", "SOFTMAX"}


def test_both_models_are_of_some_size_but_small_enough_to_ship():
    mobile, polar = map(inspect_model, paths())
    assert (mobile.name, polar.name) == ("digits_mobile", "digits_polar")
    assert min(mobile.node_count, polar.node_count) >= 30
    assert mobile.size + polar.size < 3_000_000
    assert mobile.precision is polar.precision is Precision.FLOAT32


def test_the_gpu_takes_all_of_one_and_leaves_the_middle_of_the_other():
    mobile, polar = map(inspect_model, paths())
    assert set(mobile.ops) <= GPU_TAKES
    assert polar.ops["ATAN2"] == 1
    place = [node.op for node in polar.nodes].index("ATAN2")
    assert 5 < place < polar.node_count - 5


def test_both_run_and_answer_with_probabilities():
    chance = np.random.default_rng(1)
    for path in paths():
        interpreter = Interpreter(str(path))
        interpreter.allocate_tensors()
        image = chance.uniform(size=(1, 32, 32, 1)).astype(np.float32)
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], image)
        interpreter.invoke()
        answer = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
        assert answer.shape == (1, 10)
        assert abs(float(answer.sum()) - 1) < 1e-5
        assert float(answer.max()) > 0.11, "an untrained model answers a tenth for each digit"


def test_the_readme_speaks_of_these_very_files():
    rows = re.findall(r"\| `(\S+)` \| (\d+) \| ([\d.]+)%", (FOLDER / "README.md").read_text())
    assert {name: int(size) for name, size, _ in rows} == {
        path.name: path.stat().st_size for path in paths()
    }
    assert all(float(share) > 90 for _, _, share in rows)
    assert (FOLDER / "LICENSE").is_file()
