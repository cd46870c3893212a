import pytest
from evidence_files import Op, csv_profile, printed_profile
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.parse.profile import read_profile_text

XNNPACK = Op("Convolution (NHWC, F32) IGEMM", "Delegate/Convolution (NHWC, F32) IGEMM:1", 0.444)
OPS = [
    XNNPACK,
    Op("CONV_2D", "[whisker/Relu;whisker/Conv2D, tail]:3", 1.25, calls=2),
    Op("convolution_2d 1 -> relu 2", "Delegate/convolution_2d 1 -> relu 2:1", 3.067),
]
WORDS = st.text(st.sampled_from("ab_/;:(,) 0123456789%->"), min_size=1, max_size=30)


def facts(rows):
    return [(row.node_type, row.name, row.times_called, row.graph) for row in rows]


@pytest.mark.parametrize("write", [csv_profile, printed_profile])
def test_types_names_and_calls_are_read_from_either_form(write):
    rows = read_profile_text(write(OPS), "p")
    assert facts(rows) == [(op.type, op.name, op.calls, op.graph) for op in OPS]
    assert [row.average_ms for row in rows] == [0.444, 1.25, 3.067]
    assert [row.total_ms for row in rows] == [0.444, 2.5, 3.067]
    assert [row.node_index for row in rows] == [None, 3, None]
    assert [row.is_delegates_own for row in rows] == [True, False, True]


def test_a_row_knows_its_line():
    text = csv_profile(OPS)
    for row in read_profile_text(text, "p"):
        assert text.splitlines()[row.line - 1].strip() == row.text


@pytest.mark.parametrize("write", [csv_profile, printed_profile])
def test_rows_of_several_graphs_keep_their_graph(write):
    ops = [Op("WHILE", "[out]:0", 9.0), Op("ADD", "[x]:0", 1.0, calls=7, graph=2)]
    rows = read_profile_text(write(ops, several=True), "p")
    assert [(row.graph, row.total_ms) for row in rows] == [(0, 9.0), (2, 7.0)]


@pytest.mark.parametrize("write", [csv_profile, printed_profile])
def test_the_inside_of_a_delegate_is_no_row_of_the_run(write):
    inside = write([Op("DelegateOpInvoke", "Delegate/paw:0", 1.0)])
    table = inside[inside.index("=====", inside.index("Regular")) :]
    text = write(OPS) + "Delegate internal: \n" + table
    assert len(read_profile_text(text, "p")) == len(OPS)


def test_csv_on_standard_output_is_read_as_well():
    text = csv_profile(OPS).replace("Operator-wise", "INFO: Operator-wise")
    assert facts(read_profile_text(text, "p")) == facts(read_profile_text(csv_profile(OPS), "p"))


@given(
    st.lists(
        st.builds(
            Op,
            type=WORDS.map(lambda word: f"T{word}T"),
            name=WORDS.map(lambda word: f"[{word}]:4"),
            ms=st.floats(0, 1e4).map(lambda value: float(f"{value:.6g}")),
            calls=st.integers(0, 10**6),
        ),
        max_size=8,
    )
)
@settings(deadline=None)
def test_csv_is_read_back_whatever_commas_names_have(ops):
    rows = read_profile_text(csv_profile(ops), "p")
    assert [(r.node_type, r.name, r.average_ms, r.times_called) for r in rows] == [
        (op.type, op.name, op.ms, op.calls) for op in ops
    ]


@pytest.mark.parametrize("hostile", [",%" * 100_000, "1.0% " * 50_000, "0," * 100_000 + "%%"])
@pytest.mark.timeout(20)
def test_hostile_rows_take_linear_time(hostile):
    text = csv_profile([]) + f"Regular Benchmark Runs:\n====== Run Order\n{hostile}\n" * 20
    read_profile_text(text, "p")
