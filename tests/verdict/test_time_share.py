import pytest
from evidence_files import Op, csv_profile
from hypothesis import given, settings
from hypothesis import strategies as st
from test_judge import END, LOADED, START, XNNPACK, a_run, completely, judged, partially, replacing

from harness.bench.variant import Accelerator
from harness.model.outline import GraphOutline, ModelOutline
from harness.parse.log import parse_log
from harness.parse.profile_file import read_profile_file
from harness.verdict.model import EvidenceKind, Judgement, Placement, Status, TimeSource
from harness.verdict.time_share import Profiled, with_time_share

NNAPI = ("INFO: Use NNAPI: [1]", partially("NNAPI"))
GPU = ("INFO: Use gpu: [1]", "INFO: Initialized OpenCL-based API.", partially("GPU"))
KERNEL = Op("TfLiteNnapiDelegate", "[paw]:42", 3.0)
SHADER = Op("convolution_2d 1 -> relu 2", "Delegate/convolution_2d 1 -> relu 2:1", 3.0)
RESIZE = Op("RESIZE_BILINEAR", "[out]:38", 1.0)
IGEMM = Op("Convolution (NHWC, F32) IGEMM", "Delegate/Convolution (NHWC, F32) IGEMM:1", 1.0)
DROPPED = "Warning: Dropping ProfileBuffer event."


def shared(lines, ops, *, unprofiled_ms=4.0, requested=None, outline=None, several=False):
    """Judge a run of these lines and weigh these operators against an unprofiled time."""
    text = a_run(*lines)
    judgement = judged(text, outline=outline)
    (run,) = parse_log(text, "x.log")
    rows = read_profile_file(csv_profile(ops, several=several).encode(), "profile.csv")
    asked = requested or (Accelerator.GPU if "gpu" in lines[0] else Accelerator.NNAPI)
    us = None if unprofiled_ms is None else unprofiled_ms * 1000
    return with_time_share(judgement, Profiled(run, asked, rows, us, outline))


def reason(judgement):
    (one,) = [e for e in judgement.evidence if e.kind is EvidenceKind.TIME_SHARE]
    return one.text


def share(judgement):
    found = judgement.time_share
    return None if found is None else (found.value, found.source)


def test_rows_of_a_drivers_kernels_are_its_share():
    judgement = shared(NNAPI, [KERNEL, RESIZE])
    assert share(judgement) == (0.75, TimeSource.PROFILE)
    assert reason(judgement) == "3 of 4 ms in rows of the accelerator"


def test_times_called_counts():
    thrice = Op("ADD", "[x]:3", 0.5, calls=2)
    assert share(shared(NNAPI, [KERNEL, thrice])) == (0.75, TimeSource.PROFILE)


def test_xnnpack_is_the_cpu_unless_it_was_asked_for():
    assert share(shared(NNAPI, [KERNEL, IGEMM])) == (0.75, TimeSource.PROFILE)
    asked = ("INFO: Use xnnpack: [1]", XNNPACK.strip(), partially("XNNPACK"))
    plain = Op("TOPK_V2", "[x]:3", 3.0)
    weighed = shared(asked, [plain, IGEMM], requested=Accelerator.XNNPACK)
    assert share(weighed) == (0.25, TimeSource.PROFILE)


def test_a_row_of_control_flow_contains_its_bodies():
    outline = ModelOutline((GraphOutline(2, {0: (1,)}), GraphOutline(3)))
    lines = ("INFO: Use NNAPI: [1]", replacing(2, 3, "TfLiteNnapiDelegate", 3, graph=1))
    ops = [
        Op("WHILE", "[out]:0", 3.5),
        Op("ADD", "[y]:1", 0.5),
        Op("TfLiteNnapiDelegate", "[x]:3", 0.25, calls=10, graph=1),
        Op("LESS", "[z]:2", 0.1, calls=10, graph=1),
    ]
    judgement = shared(lines, ops, outline=outline, several=True)
    assert share(judgement) == (0.625, TimeSource.PROFILE)


def test_a_gpus_share_is_what_the_cpu_leaves_of_an_unprofiled_run():
    for profiled_ms in (2.7, 3.0, 3.3):
        slow = Op(SHADER.type, SHADER.name, profiled_ms)
        judgement = shared(GPU, [slow, RESIZE])
        assert share(judgement) == (0.75, TimeSource.REMAINDER)


def test_a_profiled_gpus_doubled_times_are_no_times():
    judgement = shared(GPU, [Op(SHADER.type, SHADER.name, 7.0), RESIZE])
    assert share(judgement) is None
    assert reason(judgement) == (
        "time share unknown because the rows add up to 8 ms and an unprofiled invocation takes 4 ms"
    )


@pytest.mark.parametrize(
    ("backend", "word"),
    [
        (["INFO: GPU backend: [gl]", "INFO: Initialized OpenGL-based API."], "opengl does not"),
        (["INFO: Initialized OpenGL-based API."], "lesser path"),
        ([], "back end does not"),
    ],
)
def test_only_opencl_reports_its_kernels(backend, word):
    judgement = shared((GPU[0], *backend, GPU[2]), [SHADER, RESIZE])
    assert share(judgement) is None
    assert word in reason(judgement)


def test_control_flow_beside_a_gpu_is_unknown():
    ops = [Op("WHILE", "[out]:0", 1.0), SHADER, Op("ADD", "[x]:0", 0.1, graph=1)]
    judgement = shared(GPU, ops, several=True)
    assert "control flow" in reason(judgement)


def test_a_full_buffer_makes_it_unknown_and_the_line_is_named():
    judgement = shared((*NNAPI, DROPPED), [KERNEL, RESIZE])
    assert share(judgement) is None
    (one,) = [e for e in judgement.evidence if e.kind is EvidenceKind.TIME_SHARE]
    assert "buffer was full" in one.text
    assert (one.source, one.line) == ("x.log", 7)


@pytest.mark.parametrize(
    ("ops", "unprofiled_ms", "word"),
    [
        ([KERNEL, RESIZE], None, "without the profiler"),
        ([KERNEL, RESIZE], 0.0, "without the profiler"),
        ([KERNEL, RESIZE], 4.5, "add up to 4 ms"),
        ([KERNEL, RESIZE], 3.5, "add up to 4 ms"),
        ([RESIZE], 1.0, "no row is of the accelerator"),
        ([KERNEL, RESIZE, Op("ADD", "[x]:1", 0.1, calls=0)], 4.0, "some of the invocations"),
        ([KERNEL, Op("paw", "Delegate/paw:1", 1.0)], 4.0, "whose it is"),
        ([KERNEL, Op("paw", "purr/0", 1.0)], 4.0, "whose it is"),
    ],
)
def test_what_cannot_be_believed_is_unknown_with_a_reason(ops, unprofiled_ms, word):
    judgement = shared(NNAPI, ops, unprofiled_ms=unprofiled_ms)
    assert share(judgement) is None
    assert word in reason(judgement)
    assert not any(one.deciding and one.kind is EvidenceKind.TIME_SHARE for one in
                   judgement.evidence)  # fmt: skip


def test_kernels_of_tensorflow_behind_a_delegate_make_it_unknown():
    lines = (
        NNAPI[0],
        replacing(2, 44, "TfLiteFlexDelegate", 3),
        replacing(9, 43, "TfLiteNnapiDelegate", 3),
    )
    assert "whose it is" in reason(shared(lines, [KERNEL, RESIZE]))


def test_a_gap_of_a_tenth_is_allowed():
    assert share(shared(NNAPI, [KERNEL, RESIZE], unprofiled_ms=4.4)) is not None
    assert share(shared(NNAPI, [KERNEL, RESIZE], unprofiled_ms=3.64)) is not None


def test_a_share_of_nodes_is_never_taken_for_it():
    judgement = with_time_share(judged(a_run(*NNAPI)), None)
    assert (judgement.time_share, judgement.placement) == (None, Placement.PARTIAL)
    assert reason(judgement) == "time share unknown because no operator was timed"
    full = with_time_share(judged(a_run(NNAPI[0], completely("NNAPI"))), None)
    assert (full.time_share, full.placement) == (None, Placement.FULL)


def test_nothing_handed_over_is_no_time_at_all():
    fallback = judged(a_run("INFO: External delegate path: [x.so]"))
    judgement = with_time_share(fallback, None)
    assert judgement.placement is Placement.NONE
    assert share(judgement) == (0.0, TimeSource.PLACEMENT)


def test_baselines_and_failed_runs_have_none():
    baseline = judged(START + LOADED + END)
    failed = Judgement(Status.FAILED, None, reason="crashed")
    for judgement in (baseline, failed):
        assert with_time_share(judgement, None) == judgement


TIMES = st.floats(0.001, 50).map(lambda value: float(f"{value:.6g}"))


@given(
    st.lists(st.sampled_from([KERNEL, SHADER, RESIZE, IGEMM]), min_size=1, max_size=6, unique=True),
    st.lists(TIMES, min_size=6, max_size=6),
    TIMES,
    st.sampled_from([NNAPI, GPU]),
)
@settings(deadline=None)
def test_a_share_lies_in_its_bounds_and_only_where_the_sum_fits(ops, times, unprofiled, lines):
    timed = [Op(op.type, op.name, ms) for op, ms in zip(ops, times, strict=False)]
    judgement = shared(lines, timed, unprofiled_ms=unprofiled)
    assert reason(judgement)
    if judgement.time_share is not None:
        assert 0 <= judgement.time_share.value <= 1
        assert abs(sum(op.ms for op in timed) - unprofiled) <= 0.1001 * unprofiled
