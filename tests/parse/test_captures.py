"""Acceptance: output of the real tool, and public logs, with a judged truth for each."""

import json
import os
from pathlib import Path

import pytest

from harness.bench.variant import Accelerator
from harness.parse.runtime_info import read_runtime_info
from harness.verdict.explanation import Explanation, explain_joined, explain_text
from harness.verdict.judge import judge
from harness.verdict.model import FindingKind

pytestmark = pytest.mark.corpus

FIGURES = {"count": "count", "avg": "avg_us", "p50": "median_us", "p95": "p95_us"}


def folder(variable):
    value = os.environ.get(variable)
    if not value:
        pytest.skip(f"{variable} is not set: these logs are not judged")
    return Path(value)


def index(where):
    return [json.loads(line) for line in (where / "index.jsonl").read_text().splitlines()]


def capture(where, entry):
    """Explain a capture as `harness explain --join stdout stderr --exit-status N` does."""
    run = where / entry["name"]
    texts = [
        ((run / name).read_bytes().decode(errors="replace"), name)
        for name in ("stdout.txt", "stderr.txt")
    ]
    return explain_joined(texts, exit_status=entry["exit_status"])


def with_proto(explanation, where, entry):
    data = (where / entry["name"] / "mri.pb").read_bytes()
    judgement = judge(
        explanation.run, exit_status=entry["exit_status"], runtime_info=read_runtime_info(data)
    )
    return Explanation(explanation.run, explanation.file, explanation.requested, judgement)


def mistakes(document, truth, figures):
    found = [] if document["verdict"] == truth else [f"{document['verdict']}, not {truth}"]
    for name, (expected, tolerance) in figures.items():
        value = document["latency_us"][name]
        same = (
            value == expected
            if None in (value, expected)
            else (abs(value - expected) <= tolerance * max(abs(value), abs(expected)))
        )
        if not same:
            found.append(f"{name} {value}, not {expected}")
    return found


def test_captures_of_the_real_tool_are_judged_right():
    where = folder("HARNESS_CAPTURES")
    entries = index(where)
    wrong = {}
    for entry in entries:
        explanations = [capture(where, entry)]
        if (where / entry["name"] / "mri.pb").exists():
            explanations.append(with_proto(explanations[0], where, entry))
        figures = {name: (entry[key], 1e-6) for name, key in FIGURES.items()}
        for explanation in explanations:
            found = mistakes(explanation.document, entry["truth"], figures)
            if found:
                wrong[entry["name"]] = found
    assert len(entries) > 100
    assert wrong == {}


def litert(where):
    where = where.parent / "captures_litert"
    if not where.exists():
        pytest.skip(f"{where} does not exist: LiteRT's captures are not judged")
    return where


def test_captures_of_litert_are_judged_right():
    where = litert(folder("HARNESS_CAPTURES"))
    for entry in index(where):
        explanation = capture(where, entry)
        assert explanation.document["verdict"] == entry["truth"], entry["name"]
        # They were all made on a software adapter, which is no GPU.
        kinds = {finding.kind for finding in explanation.judgement.findings}
        used = entry["requested"] == "gpu" and entry["truth"] in ("full", "partial")
        assert (FindingKind.SOFTWARE_DEVICE in kinds) is used, entry["name"]


@pytest.mark.parametrize("of_litert", [False, True])
@pytest.mark.parametrize("order", [("stdout.txt", "stderr.txt"), ("stderr.txt", "stdout.txt")])
@pytest.mark.parametrize("knows_exit", [True, False])
def test_captures_in_one_text_are_judged_right_whichever_stream_is_first(
    order, knows_exit, of_litert
):
    where = folder("HARNESS_CAPTURES")
    where = litert(where) if of_litert else where
    wrong = {}
    for entry in index(where):
        text = "".join(
            (where / entry["name"] / name).read_bytes().decode(errors="replace") for name in order
        )
        status = entry["exit_status"] if knows_exit else None
        verdicts = [
            one.document["verdict"] for one in explain_text(text, "log", exit_status=status)
        ]
        if verdicts != [entry["truth"]]:
            wrong[entry["name"]] = verdicts
    assert wrong == {}


def test_captures_need_no_exit_status():
    where = folder("HARNESS_CAPTURES")
    for entry in index(where):
        document = capture(where, entry | {"exit_status": None}).document
        assert document["verdict"] == entry["truth"], entry["name"]


def test_public_logs_are_judged_right_or_not_at_all():
    where = folder("HARNESS_CORPUS")
    wrong = {}
    unknown = 0
    entries = index(where)
    for entry in entries:
        text = (where / "logs" / entry["file"]).read_bytes().decode(errors="replace")
        truth = {"cpu_baseline": "baseline"}.get(entry["truth"], entry["truth"])
        runs = explain_text(text, entry["file"], requested=Accelerator(entry["requested"]))
        assert len(runs) == entry.get("runs_in_file", 1)
        figures = {
            name: (entry[key], 1e-6)
            for name, key in FIGURES.items()
            if entry[key] is not None and len(runs) == 1
        }
        for run in runs:
            if run.document["verdict"] == "unknown" != truth:
                unknown += 1
            elif found := mistakes(run.document, truth, figures):
                wrong[entry["file"]] = found
    assert wrong == {}
    # The truth of 041_synap_nnapi_npu_enabled.log is a hardware counter above zero: it says that
    # the driver was used, and not for how much of the model.
    assert unknown <= 1


def test_public_logs_claim_no_accelerator_without_being_told_the_request():
    where = folder("HARNESS_CORPUS")
    for entry in index(where):
        text = (where / "logs" / entry["file"]).read_bytes().decode(errors="replace")
        truth = {"cpu_baseline": "baseline"}.get(entry["truth"], entry["truth"])
        for run in explain_text(text, entry["file"]):
            # Where the log shows neither flags nor delegates, nobody can tell.
            assert run.document["verdict"] in (truth, "unknown"), entry["file"]
            assert run.requested or not entry["complete"], entry["file"]
