"""Acceptance: files that the real tool wrote beside its output, held against each other."""

import os
import re
from pathlib import Path

import pytest

from harness.parse.log import parse_joined
from harness.parse.profile_file import read_profile_file
from harness.parse.result_file import read_result_file
from harness.parse.runtime_info import read_runtime_info
from harness.verdict.agreement import completed
from harness.verdict.explanation import Exhibits, explain_joined
from harness.verdict.model import EvidenceKind

pytestmark = pytest.mark.corpus

PROFILES = {
    "dist-prof-csv": "prof.csv",
    "dist-prof-csv-legacy": "prof_legacy.csv",
    "dist-all-outputs": "prof.pb",
    "dist-m-mnv2fp32-prof-csv": "prof.csv",
    "dist-prof-stdout-xnnfalse": "stdout.txt",
    "pocl-gpu-prof-stdout": "stdout.txt",
    "x-fixedin-gpu-prof2": "stdout.txt",
}


@pytest.fixture(scope="module")
def captures():
    value = os.environ.get("HARNESS_CAPTURES")
    if not value:
        pytest.skip("HARNESS_CAPTURES is not set: these files are not judged")
    return Path(value)


def texts(run):
    return [
        ((run / name).read_bytes().decode(errors="replace"), name)
        for name in ("stdout.txt", "stderr.txt")
    ]


def rows_of(captures, name):
    return read_profile_file((captures / name / PROFILES[name]).read_bytes(), PROFILES[name])


def names(rows):
    return [(row.node_type, row.name, row.times_called, row.graph) for row in rows]


def test_result_files_agree_with_the_line_that_was_printed(captures):
    found = sorted(captures.glob("*/result.pb"))
    for path in found:
        run = parse_joined(texts(path.parent))
        assert completed(run, read_result_file(path.read_bytes())) == (run, ()), path
    assert len(found) >= 4


def test_percentiles_taken_from_the_file_are_those_that_were_printed(captures):
    for path in captures.glob("*/result.pb"):
        printed = parse_joined(texts(path.parent))
        bare = parse_joined(
            [(re.sub(r" p5=\d+ median=\d+ p95=\d+", "", text), name)
             for text, name in texts(path.parent)]
        )  # fmt: skip
        assert bare.timed.p95 is None
        whole, _ = completed(bare, read_result_file(path.read_bytes()))
        for name in ("p5", "p50", "p95"):
            ours, theirs = getattr(whole.timed, name), getattr(printed.timed, name)
            assert ours == pytest.approx(theirs, rel=1e-6), (path, name)


def test_runtime_infos_add_up_and_outrank_all_else(captures):
    found = sorted(captures.glob("*/mri.pb"))
    for path in found:
        info = read_runtime_info(path.read_bytes(), str(path))
        assert all(graph.consistent for graph in info.subgraphs), path
        explained = explain_joined(texts(path.parent), exhibits=Exhibits(runtime_info=info))
        (deciding,) = [one for one in explained.judgement.evidence if one.deciding]
        assert deciding.kind is EvidenceKind.RUNTIME_INFO or explained.requested == ("cpu",)
    assert len(found) >= 5


def test_the_gpus_own_split_is_that_of_the_runtime_info(captures):
    """Both count the same nodes: the delegate's list before, the proto after the delegation."""
    compared = 0
    for path in captures.glob("*/mri.pb"):
        log = explain_joined(texts(path.parent)).document
        info = read_runtime_info(path.read_bytes())
        exact = explain_joined(texts(path.parent), exhibits=Exhibits(runtime_info=info)).document
        for key in ("nodes_on_accelerator", "nodes_total"):
            if log[key] is not None:
                assert log[key] == exact[key], (path, key)
                compared += 1
    assert compared


def test_profiles_of_one_model_in_three_files_have_the_same_operators(captures):
    csv, elder, proto = (
        rows_of(captures, name)
        for name in ("dist-prof-csv", "dist-prof-csv-legacy", "dist-all-outputs")
    )
    assert names(csv) == names(elder) == names(proto)
    assert [row.node_type for row in csv] == [
        "Transpose (ND, X32) Transpose",
        "Convolution (NHWC, F32) IGEMM",
        "Sum (ND) Reduce2",
        "Fully Connected (NC, F32) GEMM",
    ]


@pytest.mark.parametrize("name", [name for name, file in PROFILES.items() if "pb" not in file])
def test_rows_add_up_to_the_mean_that_their_table_states(captures, name):
    text = (captures / name / PROFILES[name]).read_text()
    stated = re.findall(r"Timings \(microseconds\): count=\d+ first.* avg=([\d.e+]+)", text)[-1]
    total = sum(row.total_ms for row in rows_of(captures, name))
    assert total * 1000 == pytest.approx(float(stated), rel=0.002, abs=3)


def test_every_operator_of_a_network_has_its_row(captures):
    rows = rows_of(captures, "dist-m-mnv2fp32-prof-csv")
    assert [row.node_index for row in rows] == list(range(65))
    assert {"CONV_2D", "DEPTHWISE_CONV_2D", "SOFTMAX"} <= {row.node_type for row in rows}


def test_a_gpus_profile_beside_an_unprofiled_run_gives_its_share(captures):
    rows = rows_of(captures, "pocl-gpu-prof-stdout")
    plain = explain_joined(
        texts(captures / "pocl-gpu-backend-cl"), exhibits=Exhibits(profile=rows)
    ).document
    assert plain["time_share"] == {"value": 1.0, "source": "unprofiled-remainder"}
    profiled = explain_joined(texts(captures / "pocl-gpu-prof-stdout")).document
    assert profiled["time_share"] is None
    # The profiled run takes twice as long as the plain one: its times are not to be used.
    assert profiled["latency_us"]["p50"] > 1.5 * plain["latency_us"]["p50"]
