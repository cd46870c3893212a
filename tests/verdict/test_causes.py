"""The one table of causes, its page, and what decides which of them is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import tool_text as t

from harness.bench.variant import Accelerator
from harness.parse.log import parse_log
from harness.verdict.cause_facts import Facts
from harness.verdict.cause_key import PAGE, CauseKey
from harness.verdict.causes import CAUSES, DOWNGRADES, FAILURES, causes_of
from harness.verdict.failure import FailureReason
from harness.verdict.judge import judge
from harness.verdict.model import (
    Finding,
    FindingKind,
    Judgement,
    Placement,
    Status,
    UnsupportedOp,
    WhyLeft,
)

ROOT = Path(__file__).parent.parent.parent


def keys(judgement, **facts):
    return [cause.key for cause in causes_of(judgement, Facts(**facts))]


def partial(*ops, **facts):
    found = Judgement(Status.OK, Placement.PARTIAL, unsupported_ops=ops)
    return keys(found, requested=Accelerator.GPU, **facts)


def refused(op, reason=""):
    return UnsupportedOp(op, reason, WhyLeft.REFUSED)


def test_every_key_has_one_entry_and_every_text_is_there():
    assert list(CAUSES) == list(CauseKey)
    for key, cause in CAUSES.items():
        assert cause.key is key
        assert all((cause.title, cause.looks, cause.why, cause.advice, cause.source))
        assert cause.advice.endswith((".", ")")), key


def test_the_anchor_of_every_cause_is_a_heading_of_its_page():
    headings = re.findall(r"^### (\S+)$", (ROOT / PAGE).read_text(), re.MULTILINE)
    assert sorted(headings) == sorted(CAUSES)
    assert CAUSES[CauseKey.FLEX_OP].anchor == f"{PAGE}#flex-op"


@pytest.mark.parametrize("placement", [Placement.FULL, Placement.BASELINE])
def test_what_ran_as_asked_has_no_cause(placement):
    assert causes_of(Judgement(Status.OK, placement)) == ()


@pytest.mark.parametrize("placement", [Placement.NONE, Placement.PARTIAL, Placement.UNKNOWN])
def test_what_did_not_and_gives_no_reason_has_a_cause_that_says_so(placement):
    (key,) = keys(Judgement(Status.OK, placement))
    assert key in ("claimed-nothing", "left-behind", "undecided")


@pytest.mark.parametrize("reason", FailureReason)
def test_every_failure_has_a_cause(reason):
    (key,) = keys(Judgement(Status.FAILED, None, reason=str(reason)))
    assert key is FAILURES.get(reason, CauseKey.FAILED)


def test_a_lost_device_is_not_explained_by_the_tools_lines():
    (run,) = parse_log(t.interpreter(t.DYNAMIC, end=("ERROR: Failed to apply GPU delegate.",)), "x")
    judgement = judge(run, requested=Accelerator.GPU)
    assert keys(judgement) == ["dynamic-tensors", "delegate-failed"]
    lost = Judgement(Status.FAILED, None, reason="device-lost", evidence=judgement.evidence)
    assert keys(lost) == ["device-lost"]


@pytest.mark.parametrize(
    ("reason", "key"),
    [
        ("OP is supported, but tensor type/shape isn't compatible.", "op-type-or-shape"),
        ("Operation is not supported.", "op-unsupported"),
        ("Max version supported: 2. Requested version 5.", "op-version"),
        (
            "Expected 1 runtime input tensor(s), but node has 2 runtime input(s).",
            "op-runtime-inputs",
        ),
        ("Only identical batch dimension is supported.", "op-refused"),
    ],
)
def test_the_delegates_reason_tells_the_cause(reason, key):
    assert partial(refused("ADD", reason)) == [key]


def test_a_dropped_operation_is_told_beside_the_refused_one():
    dropped = UnsupportedOp("ADD", "", WhyLeft.DROPPED)
    assert partial(refused("TOPK_V2", "Operation is not supported."), dropped) == [
        "op-unsupported",
        "partition-limit",
    ]


def test_flex_custom_and_control_flow_are_told_by_name():
    assert partial(refused("CUSTOM FlexErf"), refused("CUSTOM Purr"), refused("IF")) == [
        "control-flow",
        "flex-op",
        "custom-op",
    ]


def test_hybrid_weights_are_told_only_where_types_are_the_reason():
    about_types = refused("CONV_2D", "OP is supported, but tensor type/shape isn't compatible.")
    assert partial(about_types, precision="dynamic")[0] == "quantized-weights-on-gpu"
    assert partial(about_types, precision="float32") == ["op-type-or-shape"]
    unknown = refused("TOPK_V2", "Operation is not supported.")
    assert partial(unknown, precision="dynamic") == ["op-unsupported"]


def test_a_device_for_integers_that_took_floats_is_not_blamed_for_its_name():
    facts = {
        "requested": Accelerator.NNAPI,
        "precision": "float32",
        "flags": {"nnapi_accelerator_name": "qti-dsp"},
    }
    assert keys(Judgement(Status.OK, Placement.NONE), **facts) == ["float-on-integer-npu"]
    assert keys(Judgement(Status.OK, Placement.PARTIAL), **facts) == ["left-behind"]


def wrong(**facts):
    finding = Finding(FindingKind.WRONG_OUTPUT, "Other than the CPU's.")
    return keys(Judgement(Status.OK, Placement.FULL, (finding,)), **facts)


def test_half_precision_is_told_of_a_wrong_gpu_unless_it_was_switched_off():
    assert wrong(requested=Accelerator.GPU) == ["half-precision"]
    exact = {"gpu_precision_loss_allowed": "false"}
    assert wrong(requested=Accelerator.GPU, flags=exact) == []
    assert wrong(requested=Accelerator.NNAPI) == []


def test_lesser_paths_come_after_the_causes_of_the_placement():
    finding = Finding(FindingKind.DOWNGRADED, "OpenGL.")
    ops = (refused("SPLIT", "Operation is not supported."),)
    found = keys(
        Judgement(Status.OK, Placement.PARTIAL, (finding,), backend="opengl", unsupported_ops=ops)
    )
    assert found == ["op-unsupported", "opengl-used"]
    assert found[-1] in DOWNGRADES


def test_another_flag_that_came_back_does_not_explain_a_fallback():
    text = t.interpreter(t.though("GPU"), echo=("Use gpu: [1]",), unconsumed="--purr=1")
    (run,) = parse_log(text, "x")
    assert keys(judge(run), requested=Accelerator.GPU) == ["claimed-nothing"]
