import pytest
from folders import CPU, GPU_FULL, SHA, Writer, log

from harness.device.base import DeviceKind
from harness.sweep.documents import SpeedupDoc
from harness.sweep.doubt_cells import with_implausible, with_outliers
from harness.sweep.folder import read_folder
from harness.sweep.results import build

MEDIANS = [10000, 10100, 9900, 10050, 9950]


def sweep(root, **gpus):
    """A phone's cells and its models: a CPU variant, and GPU variants by their medians in us."""
    one = Writer(root)
    one.add("cpu-4t", log(*CPU), MEDIANS)
    for name, median in gpus.items():
        body = log(*GPU_FULL)
        one.add(name.replace("_", "-"), body, [median + k for k in range(5)])
    folder = read_folder(one.write())
    return build(folder).cells, folder.models


def findings(cells):
    return {cell.variant.name: [one.kind for one in cell.findings] for cell in cells}


def test_less_time_than_reading_the_weights_is_implausible_and_has_no_speedup(tmp_path):
    cells, models = sweep(tmp_path, gpu=2000)
    assert findings(cells)["gpu"] == []
    heavy = models[SHA].model_copy(update={"macs": 10**9, "weight_bytes": 2 * 10**9})
    judged = with_implausible(cells, {SHA: heavy})
    assert findings(judged) == {"cpu-4t": ["implausible"], "gpu": ["implausible"]}
    assert "GB/s" in judged[1].findings[0].evidence[0].text


def test_a_machine_whose_bounds_are_not_known_and_an_old_sweep_are_left_alone(tmp_path):
    cells, models = sweep(tmp_path, gpu=2000)
    heavy = models[SHA].model_copy(update={"macs": 10**9, "weight_bytes": 2 * 10**9})
    here = [
        cell.model_copy(
            update={"device": cell.device.model_copy(update={"kind": DeviceKind.LOCAL})}
        )
        for cell in cells
    ]
    assert with_implausible(here, {SHA: heavy}) == here
    assert models[SHA].macs is None
    assert with_implausible(cells, models) == cells


def test_a_gpu_path_far_ahead_of_another_gpu_path_and_the_cpu_is_implausible(tmp_path):
    cells, _ = sweep(tmp_path, gpu=130, gpu_fp32=3000)
    assert findings(cells) == {"cpu-4t": [], "gpu": ["implausible"], "gpu-fp32": []}
    assert next(cell for cell in cells if cell.variant.name == "gpu").speedup_vs_cpu is None


def test_a_gpu_that_is_merely_fast_is_believed(tmp_path):
    assert findings(sweep(tmp_path, gpu=200, gpu_fp32=3000)[0])["gpu"] == []


def test_a_gpu_without_another_beside_it_is_believed(tmp_path):
    assert findings(sweep(tmp_path, gpu=130)[0])["gpu"] == []


def peers(root, *ratios, **device):
    cells, _ = sweep(root, gpu=2000)
    gpu = next(cell for cell in cells if cell.variant.name == "gpu")
    return [
        gpu.model_copy(
            update={
                "id": f"c{number}",
                "device": gpu.device.model_copy(update={"id": f"PHONE{number}", **device}),
                "speedup_vs_cpu": SpeedupDoc(value=ratio),
            }
        )
        for number, ratio in enumerate(ratios)
    ]


def test_the_phone_that_is_unlike_its_peers_is_named_with_them(tmp_path):
    cells = with_outliers(peers(tmp_path, 2.4, 2.5, 2.45, 1.2))
    assert [len(cell.findings) for cell in cells] == [0, 0, 0, 1]
    finding = cells[3].findings[0]
    assert finding.kind == "outlier"
    assert "1.20" in finding.message
    assert "3 devices" in finding.message
    assert "PHONE0 2.40" in finding.evidence[0].text
    assert cells[3].verdict == "full"


def test_two_phones_have_no_odd_one(tmp_path):
    assert all(not cell.findings for cell in with_outliers(peers(tmp_path, 2.4, 1.2)))


@pytest.mark.parametrize(
    "change",
    [
        {"device": {"simulated": True}},
        {"device": {"soc": "Another"}},
        {"device": {"soc": None}},
        {"baseline": "cpu-1t"},
        {"validity": "invalid"},
        {"placement": "none"},
    ],
)
def test_only_what_is_comparable_is_compared(tmp_path, change):
    cells = peers(tmp_path, 2.4, 2.5, 2.45, 1.2)
    update = dict(change)
    if "device" in update:
        update["device"] = cells[3].device.model_copy(update=update["device"])
    odd = cells[3].model_copy(update=update)
    assert all(not cell.findings for cell in with_outliers([*cells[:3], odd]))
