from __future__ import annotations

from pathlib import Path

import pytest
from ai_edge_litert.interpreter import Interpreter

from harness.demo_models import paths
from harness.virtual.tool import operators
from harness.virtual.tool.delegates import XNNPACK_KERNEL
from harness.virtual.tool.model import load_model


@pytest.mark.parametrize("path", paths(), ids=lambda path: path.stem)
def test_xnnpack_takes_what_it_takes_in_real_litert(path: Path) -> None:
    interpreter = Interpreter(str(path), num_threads=1)
    interpreter.allocate_tensors()
    real = [
        (sorted(int(t) for t in op["inputs"]), sorted(int(t) for t in op["outputs"]))
        for op in interpreter._get_ops_details()
        if op["op_name"] == "DELEGATE"
    ]
    model = load_model(path)
    done = model.graph().replace(
        XNNPACK_KERNEL, {node.id for node in model.nodes if node.op in operators.XNNPACK}
    )
    assert done is not None
    assert [(sorted(k.inputs), sorted(k.outputs)) for k in done.kernels] == real
