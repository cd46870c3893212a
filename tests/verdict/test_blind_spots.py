"""What the tool's own verdict does not see, and which evidence sees it.

The spots are those of tflite/tools/benchmark/benchmark_tflite_model.cc, which looks at one graph,
before default XNNPACK is applied, and counts kernels of any delegate.
"""

import pytest
from evidence_files import Graph, Op, printed_profile, state_dump
from hypothesis import given, settings
from hypothesis import strategies as st
from test_judge import (
    XNNPACK,
    a_run,
    completely,
    deciding,
    judged,
    kinds,
    partially,
    replacing,
    though,
)

from harness.bench.variant import Accelerator
from harness.model.outline import GraphOutline, ModelOutline
from harness.verdict.model import EvidenceKind, FindingKind, Placement

GPU, CPU = "TfLiteGpuDelegateV2", "TfLiteXNNPackDelegate"
ASKED = "INFO: Use gpu: [1]"
CONTRADICTED = FindingKind.TOOL_VERDICT_CONTRADICTED
REVERTS = [
    "ERROR: Restored original execution plan after delegate application failure.",
    (
        "ERROR: Cannot allow dynamic tensors due to previous delegation, resetting to original "
        "execution plan."
    ),
]


def counts(judgement):
    return (judgement.placement, judgement.nodes_on_accelerator, judgement.nodes_total)


# --- B1: bodies of control flow

LOOP = ModelOutline((GraphOutline(1, {0: (1, 2)}), GraphOutline(5), GraphOutline(4)))
BODIES_TAKEN = state_dump(
    Graph(["WHILE"]), Graph(["LESS"] * 5, [(GPU, range(5))]), Graph(["ADD"] * 4, [(GPU, range(4))])
)
LOOP_TAKEN = state_dump(Graph(["WHILE"], [(GPU, [0])]), Graph(["LESS"] * 5), Graph(["ADD"] * 4))


def test_delegated_bodies_are_seen_where_the_tool_says_that_nothing_was_delegated():
    text = a_run(ASKED, though("GPU")) + BODIES_TAKEN
    judgement = judged(text, outline=LOOP)
    assert counts(judgement) == (Placement.PARTIAL, 9, 10)
    assert judgement.kernels == 2
    assert CONTRADICTED in kinds(judgement)
    assert [one.op for one in judgement.unsupported_ops] == ["WHILE"]


def test_without_an_account_control_flow_leaves_the_verdict_undecided():
    lines = (ASKED, though("GPU"))
    assert judged(a_run(*lines)).placement is Placement.NONE
    assert judged(a_run(*lines), outline=LOOP).placement is Placement.UNKNOWN


def test_control_flow_of_another_signature_does_not_void_the_verdict():
    two = ModelOutline(
        (GraphOutline(3), GraphOutline(1, {0: (2,)}), GraphOutline(4)), {"a": 0, "b": 1}
    )
    lines = ("INFO: Use xnnpack: [0]", ASKED, though("GPU"))
    told = {name: judged(a_run(f"INFO: Signature to run: [{name}]", *lines), outline=two)
            for name in ("a", "b")}  # fmt: skip
    assert [told[name].placement for name in ("a", "b")] == [Placement.NONE, Placement.UNKNOWN]


def test_bodies_of_an_operator_that_the_delegate_took_are_not_counted():
    judgement = judged(a_run(ASKED, completely("GPU")) + LOOP_TAKEN, outline=LOOP)
    assert counts(judgement) == (Placement.FULL, 1, 1)
    assert not kinds(judgement)


def test_bodies_left_on_the_cpu_are_counted_though_the_primary_graph_has_kernels():
    outline = ModelOutline((GraphOutline(3, {2: (1,)}), GraphOutline(4)))
    text = a_run(ASKED, partially("GPU")) + state_dump(
        Graph(["CONV_2D", "ADD", "IF"], [(GPU, [0, 1])]), Graph(["MUL"] * 4)
    )
    assert counts(judged(text, outline=outline)) == (Placement.PARTIAL, 2, 7)


def test_graphs_that_nothing_enters_are_not_counted():
    outline = ModelOutline((GraphOutline(2), GraphOutline(4)))
    text = a_run(ASKED) + state_dump(Graph(["ADD"] * 2, [(GPU, [0, 1])]), Graph(["MUL"] * 4))
    assert counts(judged(text, outline=outline)) == (Placement.FULL, 2, 2)


def test_partition_lines_count_in_the_graphs_that_are_entered():
    bodies = (replacing(5, 5, GPU, 1, graph=1), replacing(4, 4, GPU, 1, graph=2))
    assert counts(judged(a_run(ASKED, *bodies), outline=LOOP)) == (Placement.PARTIAL, 9, 10)
    whole = (replacing(1, 1, GPU, 1), *bodies)
    assert counts(judged(a_run(ASKED, *whole), outline=LOOP)) == (Placement.FULL, 1, 1)


def test_the_graph_of_the_signature_that_was_run_is_the_primary_one():
    outline = ModelOutline((GraphOutline(2), GraphOutline(4)), {"decode": 0, "encode": 1})
    dump = state_dump(Graph(["ADD"] * 2), Graph(["MUL"] * 4, [(GPU, range(4))]))
    told = {
        name: counts(judged(a_run(f"INFO: Signature to run: [{name}]", ASKED) + dump,
                            outline=outline))
        for name in ("decode", "encode")
    }  # fmt: skip
    assert told == {"decode": (Placement.NONE, 0, 2), "encode": (Placement.FULL, 4, 4)}
    replayed = a_run("INFO: Signature to run: [encode]", ASKED, replacing(4, 4, GPU, 1, graph=1))
    assert counts(judged(replayed, outline=outline)) == (Placement.FULL, 4, 4)


def test_partition_lines_of_another_signatures_graph_claim_nothing():
    outline = ModelOutline((GraphOutline(2), GraphOutline(4)), {"decode": 0, "encode": 1})
    lines = (ASKED, "INFO: GPU delegate created.", replacing(4, 4, GPU, 1, graph=1))
    other = judged(a_run("INFO: Signature to run: [decode]", *lines), outline=outline)
    assert counts(other)[:2] == (Placement.UNKNOWN, None)


# --- B2: the verdict is older than what follows


@pytest.mark.parametrize("revert", REVERTS)
def test_a_revert_after_the_verdict_is_a_fallback(revert):
    judgement = judged(a_run(ASKED, completely("GPU"), revert))
    assert judgement.placement is Placement.NONE
    assert CONTRADICTED in kinds(judgement)


@pytest.mark.parametrize("revert", REVERTS)
def test_a_state_printed_after_the_revert_outranks_it(revert):
    dump = state_dump(Graph(["ADD"] * 3, [(GPU, range(3))]))
    text = a_run(ASKED, revert) + dump
    assert judged(text).placement is Placement.FULL


@pytest.mark.parametrize("revert", REVERTS)
def test_a_state_printed_before_the_revert_is_outdated(revert):
    dump = state_dump(Graph(["ADD"] * 3, [(GPU, range(3))]))
    judgement = judged(a_run(ASKED, dump, revert))
    assert judgement.placement is Placement.NONE
    doubts = [one for one in judgement.evidence if one.kind is EvidenceKind.STATE_DUMP]
    assert [one.text for one in doubts] == [
        "not believed: delegates lost their nodes after it was printed"
    ]


# --- B3: kernels of another delegate


def test_under_the_signature_bug_an_account_shows_whose_kernel_it_was():
    lines = ("INFO: Use NNAPI: [1]", "INFO: Using signature: purr", XNNPACK.strip())
    dump = state_dump(Graph(["CONV_2D"] * 65, [(CPU, range(65))]))
    judgement = judged(a_run(*lines, completely("NNAPI")) + dump, exit_status=0)
    assert counts(judgement) == (Placement.NONE, 0, 65)
    assert CONTRADICTED in kinds(judgement)


# --- B4, B5, B6: how many kernels says nothing about how many nodes


@pytest.mark.parametrize(
    "account",
    [
        state_dump(Graph(["ADD"] * 11, [(GPU, range(5)), (GPU, range(5, 11))])),
        replacing(11, 11, GPU, 2),
    ],
    ids=["state", "partition line"],
)
def test_two_kernels_that_cover_the_graph_are_full_where_the_tool_says_partially(account):
    judgement = judged(a_run(ASKED, account, partially("GPU", 2)))
    assert counts(judgement) == (Placement.FULL, 11, 11)
    assert not kinds(judgement)


def test_a_gpu_and_an_explicit_xnnpack_that_cover_all_are_partial_for_the_gpu():
    lines = (ASKED, "INFO: Use xnnpack: [1]", partially("GPU"), partially("XNNPACK"))
    dump = state_dump(Graph(["ADD"] * 5, [(GPU, range(2)), (CPU, range(2, 5))]))
    judgement = judged(a_run(*lines) + dump)
    assert counts(judgement) == (Placement.PARTIAL, 2, 5)
    assert "0 on the interpreter's own kernels" in deciding(judgement)[0].text


def test_partially_alone_has_no_share():
    assert counts(judged(a_run(ASKED, partially("GPU")))) == (Placement.PARTIAL, None, None)


# --- B7: names that are the CPU


@pytest.mark.parametrize("name", ["TfLiteXNNPackDelegate", "YNNPackDelegate", "TfLiteFlexDelegate"])
def test_delegates_of_the_cpu_count_for_nobody_who_did_not_ask(name):
    dump = state_dump(Graph(["ADD"] * 3, [(name, range(3))]))
    for asked in (ASKED, "INFO: Use NNAPI: [1]", "INFO: External delegate path: [x.so]"):
        assert counts(judged(a_run(asked) + dump)) == (Placement.NONE, 0, 3)


def test_flex_is_not_xnnpack_either():
    dump = state_dump(Graph(["ADD"] * 3, [("TfLiteFlexDelegate", range(3))]))
    assert judged(a_run("INFO: Use xnnpack: [1]") + dump).placement is Placement.NONE


# --- accounts that cannot be believed


def test_an_opaque_delegates_account_is_held_against_the_model():
    stable = "INFO: Delegate settings file path: [s.json]"
    text = a_run(stable) + state_dump(Graph(["ADD"] * 3, [("NeuronDelegate", range(3))]))
    told = [None, ModelOutline((GraphOutline(3),)), ModelOutline((GraphOutline(4),))]
    assert [judged(text, outline=one).placement for one in told] == [
        Placement.NONE,  # echoed, and never created: all that is left to go by
        Placement.FULL,
        Placement.NONE,
    ]


def test_an_account_that_is_not_believed_says_why():
    text = a_run(ASKED, completely("GPU")) + state_dump(Graph(["ADD"] * 3, [(GPU, range(3))]))
    judgement = judged(text, outline=ModelOutline((GraphOutline(4),)))
    (doubt,) = [one for one in judgement.evidence if one.kind is EvidenceKind.STATE_DUMP]
    assert doubt.text == "not believed: graph 0 has 3 nodes there and 4 in the model"
    assert not doubt.deciding


def test_an_account_without_a_graph_that_was_entered_is_not_believed():
    text = a_run(ASKED) + state_dump(Graph(["ADD", "IF"], [(GPU, [0])]))
    judgement = judged(text, outline=ModelOutline((GraphOutline(2, {1: (1,)}), GraphOutline(4))))
    assert "graph 1 is entered and is not in it" in " ".join(e.text for e in judgement.evidence)
    taken = a_run(ASKED) + state_dump(Graph(["ADD", "IF"], [(GPU, [0, 1])]))
    outline = ModelOutline((GraphOutline(2, {1: (1,)}), GraphOutline(4)))
    assert counts(judged(taken, outline=outline)) == (Placement.FULL, 2, 2)


# --- E2: operators on the CPU

NNAPI_ROW = Op("TfLiteNnapiDelegate", "[paw]:42", 3.0)
CPU_ROW = Op("RESIZE_BILINEAR", "[out]:38", 1.0)


@pytest.mark.parametrize(
    "line",
    [completely("NNAPI"), replacing(42, 42, "TfLiteNnapiDelegate", 1)],
    ids=["verdict", "partition line"],
)
def test_operators_on_the_cpu_make_a_claimed_full_partial(line):
    table = printed_profile([NNAPI_ROW, CPU_ROW])
    judgement = judged(a_run("INFO: Use NNAPI: [1]", line) + table)
    assert judgement.placement is Placement.PARTIAL
    assert [one.op for one in judgement.unsupported_ops] == ["RESIZE_BILINEAR"]


def test_an_account_outranks_the_operator_table():
    dump = state_dump(Graph(["ADD"] * 42, [("TfLiteNnapiDelegate", range(42))]))
    text = a_run("INFO: Use NNAPI: [1]") + dump + printed_profile([NNAPI_ROW, CPU_ROW])
    assert judged(text).placement is Placement.FULL


def test_a_kernel_of_any_name_is_known_by_its_number():
    table = printed_profile([Op("PawEngine", "[paw]:42", 3.0)])
    lines = ("INFO: External delegate path: [x.so]", completely("EXTERNAL"))
    text = a_run(*lines) + table
    assert judged(text).placement is not Placement.FULL  # by its name it may be a custom operator
    outline = ModelOutline((GraphOutline(42),))
    assert judged(text, outline=outline).placement is Placement.FULL


# --- no lower kind of evidence makes a placement better

LEVELS = (
    [
        state_dump(Graph(["ADD"] * 4, kernels))
        for kernels in ([(GPU, range(4))], [(GPU, [1, 2])], [(CPU, range(4))], [])
    ],
    [
        replacing(*numbers)
        for numbers in ((4, 4, GPU, 1), (2, 4, GPU, 3), (4, 4, CPU, 1), (2, 3, CPU, 2))
    ],
    [
        "INFO: Created 0 GPU delegate kernels.",
        "INFO: Created 1 GPU delegate kernels.",
        (
            "ERROR: Following operations are not supported by GPU delegate:\nADD: no\n"
            "1 operations will run on the GPU, and the remaining 3 operations will run on the CPU."
        ),
        completely("GPU"),
        partially("GPU"),
        though("GPU"),
    ],
    [
        printed_profile([Op(GPU, "[x]:4", 1.0)]),
        printed_profile([Op("ADD", "[x]:0", 1.0)]),
        printed_profile([Op(GPU, "[x]:4", 1.0), Op("ADD", "[x]:0", 1.0)]),
    ],
    [XNNPACK.strip(), "INFO: GPU delegate created.", "WARN: Unconsumed cmdline flags: --use_gpu"],
)
RANK = {Placement.NONE: 0, Placement.PARTIAL: 1, Placement.FULL: 2}


@given(st.tuples(*(st.lists(st.sampled_from(pool), max_size=2) for pool in LEVELS)))
@settings(max_examples=400, deadline=None)
def test_evidence_of_a_lower_kind_never_makes_a_placement_better(levels):
    ranks = []
    for height in range(1, len(LEVELS) + 1):
        lines = [line for level in levels[:height] for line in level]
        placement = judged(a_run(*lines), requested=Accelerator.GPU).placement
        ranks.append(RANK.get(placement))
    decided = [rank for rank in ranks if rank is not None]
    assert decided == sorted(decided, reverse=True)
