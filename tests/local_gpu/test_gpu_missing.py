"""Without a GPU `gpu` on this machine fails, with the reason; nothing was timed for another."""

import sys

import pytest

from harness.demo_models import paths

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Vulkan on Linux")


def test_a_gpu_that_is_not_there_is_a_failure_with_its_reason_and_what_to_do(sweep, tmp_path):
    nowhere = {"VK_DRIVER_FILES": str(tmp_path / "none.json"), "VK_LOADER_LAYERS_DISABLE": "*"}
    done = sweep(paths()[0], "cpu-1t,gpu", env=nowhere)
    gpu = done.cells["gpu"]
    assert (gpu["status"], gpu["reason"], gpu["latency_ms"]) == ("failed", "no-gpu", None)
    (deciding,) = [one for one in gpu["evidence"] if one["deciding"]]
    assert deciding["kind"] == "gpu-adapter-missing"
    assert "VK_DRIVER_FILES" in done.output
    assert done.cells["cpu-1t"]["status"] == "ok"


def test_an_accelerator_of_neither_tool_is_skipped(sweep):
    done = sweep(paths()[0], "cpu-1t,nnapi,gpu-fp32")
    assert done.cells["nnapi"]["reason"] == "tool-lacks-flag: --use_nnapi"
    assert done.cells["gpu-fp32"]["reason"].startswith("tool-lacks-flag: ")
