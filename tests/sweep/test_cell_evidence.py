"""What a launch's own files add to a cell: the tool's result, profile and runtime info."""

import json

import pytest
from ai_edge_litert import model_runtime_info_pb2 as schema
from evidence_files import Op, csv_profile, result_file
from folders import NNAPI_NONE, Writer, log

from harness.sweep.folder import read_folder
from harness.sweep.results import build

PARTIAL = (
    "INFO: Use NNAPI: [1]",
    "INFO: NNAPI delegate created.",
    (
        "INFO: Explicitly applied NNAPI delegate, and the model graph will be partially executed "
        "by the delegate w/ 1 delegate kernels."
    ),
)
KERNEL = Op("TfLiteNnapiDelegate", "[paw]:40", 0.75)
CPU = Op("TOPK_V2", "[out]:38", 0.25)
MEDIANS = [1000, 1001, 999]
GRAPHS = [{"nodes": 2, "bodies": {"1": [1]}}, {"nodes": 3, "bodies": {}}, {"nodes": 9}]


def add_file(writer, kind, name, data, indices=(1,)):
    """Put a file beside the output of launches, as a collected one."""
    for place, record in enumerate(writer.records):
        if record.kind == kind and record.index in indices:
            path = f"{record.output.rpartition('/')[0]}/{name}"
            (writer.root / path).write_bytes(data)
            files = {**record.files, name: path}
            writer.records[place] = record.model_copy(update={"files": files})


def without_percentiles(text):
    return "\n".join(line.partition(" p5=")[0] for line in text.splitlines()) + "\n"


def the_cell(writer, **model):
    root = writer.write()
    if model:
        manifest = json.loads((root / "sweep.json").read_text())
        manifest["models"][0].update(model)
        (root / "sweep.json").write_text(json.dumps(manifest))
    (cell,) = build(read_folder(root)).cells
    return cell


@pytest.fixture
def writer(tmp_path):
    made = Writer(tmp_path, rounds=3)
    made.add("nnapi", log(*PARTIAL), MEDIANS)
    return made


def notes(cell, kind):
    return [(one.text, one.source) for one in cell.evidence if one.kind == kind]


def test_the_probes_profile_is_held_against_the_rounds(writer):
    add_file(writer, "probe", "profile.csv", csv_profile([KERNEL, CPU]).encode())
    cell = the_cell(writer)
    assert (cell.time_share.value, cell.time_share.source) == (0.75, "profile")
    (said,) = notes(cell, "time-share")
    assert said == (
        "0.75 of 1 ms in rows of the accelerator",
        "raw/nnapi/probe-1/profile.csv",
    )


def test_the_probes_own_time_is_no_unprofiled_one(tmp_path):
    writer = Writer(tmp_path, rounds=3)
    writer.add("nnapi", log(*PARTIAL), [4000, 4000, 4000])
    add_file(writer, "probe", "profile.csv", csv_profile([KERNEL, CPU]).encode())
    cell = the_cell(writer)
    assert cell.time_share is None
    assert "takes 4 ms" in notes(cell, "time-share")[0][0]


def test_without_a_profile_the_reason_is_kept(writer):
    cell = the_cell(writer)
    assert cell.time_share is None
    assert notes(cell, "time-share") == [("time share unknown because no operator was timed",
                                          "raw/nnapi/probe-1/output.txt")]  # fmt: skip


def test_a_fallback_has_no_time_on_the_accelerator(tmp_path):
    writer = Writer(tmp_path, rounds=3)
    writer.add("nnapi", log(*NNAPI_NONE), MEDIANS)
    cell = the_cell(writer)
    assert (cell.verdict, cell.time_share.value, cell.time_share.source) == (
        "none",
        0.0,
        "placement",
    )


def test_rounds_that_print_no_percentiles_take_them_from_the_result_file(tmp_path):
    writer = Writer(tmp_path, rounds=3)
    writer.add("nnapi", log(*PARTIAL), MEDIANS)
    for path in tmp_path.rglob("output.txt"):
        path.write_text(without_percentiles(path.read_text()))
    bare = the_cell(writer).latency_ms
    assert (bare.p50.method, bare.p50.value) == ("bounded", None)
    for index, median in enumerate(MEDIANS, 1):
        ms = {
            "avg": median / 1000,
            "min": (median - 90) / 1000,
            "p5": (median - 50) / 1000,
            "p50": median / 1000,
            "p95": (median + 60) / 1000,
            "max": (median + 90) / 1000,
        }
        add_file(writer, "round", "result.pb", result_file(ms, runs=50), [index])
    (tmp_path / "rounds.jsonl").unlink()
    cell = the_cell(writer)
    assert (cell.latency_ms.p50.method, cell.latency_ms.p50.value) == ("tool", 1.0)
    assert notes(cell, "result-file") == [
        (
            "from the result file, since the output lacks it: p5, p50, p95",
            "raw/nnapi/round-1/result.pb",
        )
    ]


def test_a_result_file_that_differs_is_told_of(writer):
    add_file(writer, "round", "result.pb", result_file({"avg": 7.0}, runs=50), [2])
    cell = the_cell(writer)
    (note,) = notes(cell, "result-file")
    assert "differ: avg 1001 and 7000" in note[0]
    assert cell.latency_ms.p50.value == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("kind", "name", "of"),
    [
        ("probe", "profile.csv", "profile"),
        ("probe", "runtime_info.pb", "runtime-info"),
        ("round", "result.pb", "result-file"),
    ],
)
def test_a_damaged_file_is_missing_evidence_with_a_reason(writer, kind, name, of):
    add_file(writer, kind, name, b"\xff\xff\xff\xff torn")
    cell = the_cell(writer)
    (note,) = notes(cell, of)
    assert note[0].startswith("not read: ")
    assert note[1].endswith(f"{kind}-1/{name}")
    assert (cell.status, cell.placement) == ("ok", "partial")


def runtime_info(*graphs):
    details = schema.ModelRuntimeDetails()
    for ops, taken in graphs:
        graph = details.subgraphs.add()
        for index, op in enumerate(ops):
            graph.nodes.add(id=index, name=op)
        kernel = graph.nodes.add(id=len(ops), name="TfLiteNnapiDelegate")
        kernel.delegate_node_details.delegate_name = "TfLiteNnapiDelegate"
        kernel.delegate_node_details.tflite_node_ids_replaced.extend(taken)
        graph.execution_plan.append(len(ops))
        graph.execution_plan.extend(n for n in range(len(ops)) if n not in taken)
    return details.SerializeToString()


def test_nodes_are_counted_in_the_graphs_that_the_model_enters(writer):
    info = runtime_info((["ADD", "WHILE"], [0]), (["ADD"] * 3, [0, 1, 2]), (["ADD"] * 9, [0]))
    add_file(writer, "probe", "runtime_info.pb", info)
    cell = the_cell(writer, graphs=GRAPHS, nodes=2, has_control_flow=True)
    assert (cell.nodes_on_accelerator, cell.nodes_total) == (4, 5)
    (deciding,) = [one for one in cell.evidence if one.deciding]
    assert (deciding.kind, deciding.source) == (
        "runtime-info",
        "raw/nnapi/probe-1/runtime_info.pb",
    )


def test_a_record_of_an_elder_sweep_is_read_without_its_graphs(writer):
    info = runtime_info((["ADD", "WHILE"], [0]), (["ADD"] * 3, [0, 1, 2]), (["ADD"] * 9, [0]))
    add_file(writer, "probe", "runtime_info.pb", info)
    cell = the_cell(writer, nodes=2, has_control_flow=True)
    assert (cell.nodes_on_accelerator, cell.nodes_total) == (5, 14)
