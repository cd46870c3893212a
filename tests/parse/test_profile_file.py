import contextlib

import pytest
from ai_edge_litert import profiling_info_pb2 as schema
from evidence_files import Op, csv_profile, printed_profile
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import EvidenceError
from harness.parse.profile_file import read_profile_file

OPS = [
    Op("Sum (ND) Reduce2", "Delegate/Sum (ND) Reduce2:2", 0.107),
    Op("WHILE", "[out]:3", 2.5),
    Op("ADD", "[x, y]:0", 0.25, calls=4, graph=1),
]


def proto(ops, *, runs=10):
    """Encode a profile by the wheel's schema, with an initialisation and a delegate's inside."""
    data = schema.BenchmarkProfilingData()
    data.init_profile.subgraph_profiles.add().per_op_profiles.add(name="AllocateTensors/0")
    graphs = {op.graph: None for op in ops}
    for index in graphs:
        profile = data.runtime_profile.subgraph_profiles.add(subgraph_index=index)
        for op in ops:
            if op.graph == index:
                row = profile.per_op_profiles.add(
                    node_type=op.type, name=op.name, times_called=op.calls
                )
                row.inference_microseconds.count = runs * op.calls
                row.inference_microseconds.sum = round(op.ms * 1000 * runs * op.calls)
    inside = data.runtime_profile.delegate_profiles.add().per_op_profiles.add(name="paw")
    inside.inference_microseconds.count = inside.inference_microseconds.sum = 9
    return data.SerializeToString()


def facts(rows):
    return [(r.node_type, r.name, round(r.average_ms, 6), r.times_called, r.graph) for r in rows]


def test_all_three_forms_give_the_same_rows():
    csv = read_profile_file(csv_profile(OPS, several=True).encode(), "p")
    printed = read_profile_file(printed_profile(OPS, several=True).encode(), "p")
    assert facts(csv) == facts(printed) == facts(read_profile_file(proto(OPS), "p"))
    assert facts(csv) == [(op.type, op.name, op.ms, op.calls, op.graph) for op in OPS]


def test_a_row_of_a_proto_has_no_line():
    row = read_profile_file(proto(OPS), "p.pb")[1]
    assert (row.line, row.source) == (None, "p.pb")
    assert "WHILE" in row.text


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff" * 9, proto([]), csv_profile([]).encode(), b"INFO: STARTING!\n"],
    ids=["nothing", "other bytes", "proto without rows", "CSV without rows", "a log"],
)
def test_a_file_without_times_is_an_error_with_a_next_step(data):
    with pytest.raises(EvidenceError) as caught:
        read_profile_file(data, "p")
    assert caught.value.next_step


def test_rows_that_contradict_themselves_are_left_out():
    data = schema.BenchmarkProfilingData.FromString(proto(OPS))
    data.runtime_profile.subgraph_profiles[0].per_op_profiles[1].inference_microseconds.count = 0
    assert [row.node_type for row in read_profile_file(data.SerializeToString(), "p")] == [
        "Sum (ND) Reduce2",
        "ADD",
    ]


@given(st.binary(max_size=200), st.sampled_from([b"", b"node type, first", proto(OPS)[:60]]))
@settings(deadline=None)
def test_no_bytes_raise_anything_else(data, head):
    with contextlib.suppress(EvidenceError):
        read_profile_file(head + data, "p")
