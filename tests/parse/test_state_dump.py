import pytest
from evidence_files import Graph, state_dump
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.parse.lines import split_lines
from harness.parse.log import parse_log
from harness.parse.state_dump import read_state

GPU, XNNPACK = "TfLiteGpuDelegateV2", "TfLiteXNNPackDelegate"
MIXED = Graph(["CONV_2D", "ADD", "Purr_Op", "TOPK_V2"], [(GPU, [0, 1]), (XNNPACK, [3])])


def read(text):
    return read_state(split_lines(text), "x.log")


def test_every_node_is_accounted_for():
    dump = read("INFO: STARTING!\n" + state_dump(MIXED))
    (only,) = dump.info.subgraphs
    assert [(kernel.delegate, kernel.ops) for kernel in only.kernels] == [
        (GPU, ("CONV_2D", "ADD")),
        (XNNPACK, ("TOPK_V2",)),
    ]
    assert (only.plain, only.plain_nodes) == (("Purr_Op",), (2,))
    assert (only.nodes_total, only.consistent) == (4, True)
    assert (dump.line, dump.info.source) == (3, "x.log")


def test_the_dump_after_the_runs_outdates_the_one_before():
    after = state_dump(Graph(MIXED.ops), title="Post-invoke")
    dump = read(state_dump(MIXED) + after)
    assert dump.info.subgraphs[0].kernels == ()


def test_a_log_holds_the_state_of_its_run():
    (run,) = parse_log("INFO: STARTING!\n" + state_dump(MIXED), "x.log")
    assert run.state.info.subgraphs[0].nodes_total == 4
    assert parse_log("INFO: STARTING!\n")[0].state is None


@given(st.data())
@settings(deadline=None)
def test_a_cut_dump_is_none(data):
    text = state_dump(MIXED, Graph(["LESS"]))
    cut = data.draw(st.integers(0, len(text) - 2))
    lines = text[:cut].splitlines()
    whole = len(lines) > 1 and lines[-1].startswith("--------------Subgraph-1")
    assert (read(text[:cut]) is None) or whole


def test_a_dump_with_a_lost_line_is_none():
    lines = state_dump(MIXED).splitlines()
    for index, line in enumerate(lines):
        if line.startswith("Node"):
            assert read("\n".join(lines[:index] + lines[index + 1 :])) is None


def test_elder_tools_that_say_nothing_of_delegates_give_no_account():
    text = state_dump(Graph(["CONV_2D", "ADD"])).replace(" (not delegated)", "")
    assert not read(text).info.subgraphs[0].consistent
    eldest = "\n".join(line for line in text.splitlines() if "Execution plan" not in line)
    assert read(eldest) is None


def test_a_plan_that_runs_other_nodes_does_not_add_up():
    text = state_dump(MIXED).replace("as the list of 3 nodes", "as the list of 4 nodes")
    assert not read(text).info.subgraphs[0].consistent


def test_a_delegate_without_a_name_of_its_own_is_unknown():
    text = state_dump(Graph(["ADD"], [("Paw", [0])]))
    text = text.replace("Custom Name Paw", "Builtin Code  51 DELEGATE").replace(
        "is a Paw node", "is a [n/a] node"
    )
    assert read(text).info.subgraphs[0].kernels[0].delegate == "unknown"


@st.composite
def graphs(draw):
    made = []
    for _ in range(draw(st.integers(1, 4))):
        ops = draw(st.lists(st.sampled_from(["ADD", "CONV_2D", "Purr_Op", "WHILE"]), max_size=12))
        owners = [draw(st.sampled_from([None, GPU, XNNPACK])) for _ in ops]
        kernels = [
            (name, taken)
            for name in (GPU, XNNPACK)
            if (taken := [n for n, owner in enumerate(owners) if owner == name])
        ]
        made.append(Graph(ops, kernels))
    return made


@given(graphs())
@settings(deadline=None)
def test_what_is_printed_is_read_back(made):
    found = read(state_dump(*made)).info.subgraphs
    assert len(found) == len(made)
    for graph, sent in zip(found, made, strict=True):
        taken = {node for _, nodes in sent.kernels for node in nodes}
        assert graph.consistent
        assert graph.nodes_total == len(sent.ops)
        assert graph.plain_nodes == tuple(n for n in range(len(sent.ops)) if n not in taken)
        assert [(k.delegate, k.ops) for k in graph.kernels] == [
            (name, tuple(sent.ops[n] for n in nodes)) for name, nodes in sent.kernels
        ]


@given(st.lists(st.sampled_from(state_dump(MIXED, Graph(["LESS"])).splitlines()), max_size=60))
@settings(deadline=None)
def test_lines_in_any_order_are_read(lines):
    read("\n".join(lines))


@pytest.mark.parametrize(
    "hostile",
    [
        "Node 1 Operator Custom Name " + "a (" * 2000,
        "Node   1 is a " + "node " * 900 + "(",
        "-" * 4000 + "Subgraph-0 has 1 tensors and 1 nodes" + "-" * 90,
    ],
)
@pytest.mark.timeout(20)
def test_hostile_lines_take_linear_time(hostile):
    head = state_dump(MIXED).split("Node")[0]
    read(head + f"{hostile}\n" * 20_000)
