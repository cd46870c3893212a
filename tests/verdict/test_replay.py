import itertools

from hypothesis import given
from hypothesis import strategies as st

from harness.bench.variant import Accelerator
from harness.parse.log import parse_log
from harness.verdict.replay import read_partitions, replay


def line(nodes, before, kernel, subsets, graph=0):
    return (
        f"Replacing {nodes} out of {before} node(s) with delegate ({kernel}) node, "
        f"yielding {subsets} partitions for subgraph {graph}.\n"
    )


def accounts(text):
    return replay(read_partitions(parse_log(text)[0].events))


def test_a_plan_back_at_its_first_size_starts_a_new_account():
    text = line(40, 42, "TfLiteGpuDelegateV2", 3) + line(30, 42, "TfLiteGpuDelegateV2", 3)
    (account,) = accounts(text)
    assert account.nodes_of(Accelerator.GPU) == 30


def test_elder_lines_know_their_total_only_if_all_was_taken():
    elder = (
        "Replacing {} node(s) with delegate (TfLiteNnapiDelegate) node, yielding {} partitions.\n"
    )
    assert [account.nodes_total for account in accounts(elder.format(31, 1))] == [31]
    assert [account.nodes_total for account in accounts(elder.format(31, 3))] == [None]


def test_the_primary_graph_comes_first():
    text = line(2, 2, "TfLiteGpuDelegateV2", 1, graph=2) + line(1, 3, "TfLiteGpuDelegateV2", 2)
    assert [account.graph for account in accounts(text)] == [0, 2]


@given(
    st.lists(st.sampled_from(["gpu", "xnn", "cpu"]), min_size=1, max_size=40),
)
def test_a_replayed_account_adds_up(owners):
    """Delegate a chain of nodes twice, as the runtime does, and compare with the lines' account."""
    names = {"gpu": "TfLiteGpuDelegateV2", "xnn": "TfLiteXNNPackDelegate"}
    plan = list(owners)
    text = ""
    for owner, kernel in names.items():
        mine = [node == owner for node in plan]
        if not any(mine):
            continue
        subsets = 1 + sum(a != b for a, b in itertools.pairwise(mine))
        text += line(sum(mine), len(plan), kernel, subsets)
        merged = []
        for node in plan:
            if node == owner and merged and merged[-1] == owner + "!":
                continue
            merged.append(owner + "!" if node == owner else node)
        plan = merged
    found = accounts(text)
    if not text:
        assert found == ()
        return
    (account,) = found
    assert account.nodes_of(Accelerator.GPU) == owners.count("gpu")
    assert account.nodes_of(Accelerator.XNNPACK) == owners.count("xnn")
    assert account.nodes_total == len(owners)
