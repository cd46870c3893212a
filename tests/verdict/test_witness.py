from dataclasses import replace
from pathlib import Path

import pytest

from harness.bench.variant import Accelerator
from harness.parse.crash import read_crashes
from harness.parse.log import parse_joined, parse_log
from harness.parse.logcat import only_news
from harness.verdict.judge import judge
from harness.verdict.model import FindingKind, Headline, Placement, Status
from harness.verdict.witness import Witness, tell_rounds, witnessed

DATA = Path(__file__).parent.parent / "data" / "parse"
FULL = (DATA / "android_gpu_full.log").read_text()
INVOCATIONS = 96 + 198  # of that log, warm-up included
SECONDS = (96 * 5120.5 + 198 * 5033.25) / 1e6

NNAPI = (
    "INFO: STARTING!\nINFO: Log parameter values verbosely: [0]\nINFO: Graph: [k.tflite]\n"
    "INFO: Use NNAPI: [1]\n{echo}INFO: Loaded model k.tflite\n"
    "INFO: Created TensorFlow Lite delegate for NNAPI.\nINFO: NNAPI delegate created.\n"
    "VERBOSE: Replacing 42 out of 42 node(s) with delegate (TfLiteNnapiDelegate) node, yielding 1 "
    "partitions for subgraph 0.\n"
    "INFO: Explicitly applied NNAPI delegate, and the model graph will be completely executed by "
    "the delegate.\n"
    "INFO: count=9 first=1 curr=1 min=1 max=9 avg=5 std=1 p5=1 median=5 p95=9\n"
    "INFO: Inference timings in us: Init: 1, First inference: 1, Warmup (avg): 1, "
    "Inference (avg): 5\n"
)
NNAPI_NONE = (
    "INFO: STARTING!\nINFO: Log parameter values verbosely: [0]\nINFO: Graph: [k.tflite]\n"
    "INFO: Use NNAPI: [1]\nINFO: NNAPI accelerator name: [google-edgetpu]\n"
    "INFO: Loaded model k.tflite\nINFO: NNAPI delegate created.\n"
    "INFO: Though NNAPI delegate is explicitly applied, the model graph will not be executed by "
    "the delegate.\n"
    "INFO: count=9 first=1 curr=1 min=1 max=9 avg=5 std=1 p5=1 median=5 p95=9\n"
    "INFO: Inference timings in us: Init: 1, First inference: 1, Warmup (avg): 1, "
    "Inference (avg): 5\n"
)
TPU_NAMED = "INFO: NNAPI accelerator name: [google-edgetpu]\n"
TPU_ALONE = "INFO: NNAPI accelerators available: [google-edgetpu,nnapi-reference]\n"
TWO_DRIVERS = "INFO: NNAPI accelerators available: [google-edgetpu,google-armnn]\n"


def seen(text, requested, witness, **known):
    (run,) = parse_log(text, "output.log")
    return witnessed(judge(run, requested=requested, **known), run, requested, witness)


def downgrades(judgement):
    return [f for f in judgement.findings if f.kind is FindingKind.DOWNGRADED]


# --- counters that stood still


def test_a_full_gpu_run_that_the_gpus_counter_did_not_see_is_downgraded():
    judgement = seen(FULL, Accelerator.GPU, Witness(gpu_active_ns=0))
    assert judgement.placement is Placement.FULL
    assert judgement.headline is Headline.DOWNGRADED
    (finding,) = downgrades(judgement)
    (evidence,) = finding.evidence
    assert evidence.text == f"gpu_active_ns grew by 0 over {INVOCATIONS} invocations"
    assert evidence in judgement.evidence


@pytest.mark.parametrize("grown", [None, 1])
def test_an_unreadable_counter_and_one_that_moved_take_nothing_away(grown):
    judgement = seen(FULL, Accelerator.GPU, Witness(gpu_active_ns=grown))
    assert judgement.headline is Headline.FULL


@pytest.mark.parametrize("counted", [0, 500])
def test_a_counter_changes_nothing_about_a_silent_fallback(counted):
    judgement = seen(NNAPI_NONE, Accelerator.NNAPI, Witness(npu_inferences=counted))
    assert judgement.placement is Placement.NONE
    assert not downgrades(judgement)


def test_a_run_on_the_cpu_need_not_move_the_gpus_counter():
    judgement = seen(FULL.replace("GPU", "XNNPACK"), Accelerator.CPU, Witness(gpu_active_ns=0))
    assert not downgrades(judgement)


def test_one_finding_is_enough_where_the_lines_already_show_a_lesser_path():
    text = (DATA / "android_gpu_opengl.log").read_text()
    judgement = seen(text, Accelerator.GPU, Witness(gpu_active_ns=0))
    assert len(downgrades(judgement)) == 1
    assert any(one.kind == "device-idle" for one in judgement.evidence)


@pytest.mark.parametrize(
    ("echo", "counted", "downgraded"),
    [
        (TPU_NAMED, 0, True),
        (TPU_ALONE, 0, True),
        (TPU_NAMED, 9, False),
        # Another driver may have been the right one.
        (TWO_DRIVERS, 0, False),
        ("", 0, False),
        ("INFO: NNAPI accelerator name: [google-armnn]\n", 0, False),
    ],
)
def test_the_tpus_counter_speaks_only_of_runs_that_were_the_tpus(echo, counted, downgraded):
    text = NNAPI.format(echo=echo)
    judgement = seen(text, Accelerator.NNAPI, Witness(npu_inferences=counted))
    assert bool(downgrades(judgement)) is downgraded


# --- NNAPI's own fallback


def test_nnapis_fallback_to_its_cpu_downgrades_whatever_was_handed_over():
    output = NNAPI.format(echo="INFO: Disable NNAPI cpu: [0]\n")
    log = only_news((DATA / "nnapi_cpu_fallback.logcat").read_text(), output)
    for streams, headline in (([], Headline.UNKNOWN), ([(log, "logcat.txt")], Headline.DOWNGRADED)):
        run = parse_joined([(output, "output.log"), *streams])
        assert judge(run, requested=Accelerator.NNAPI).headline is headline


# --- crashes


def test_a_crash_names_the_library_and_whose_it_is():
    crash = read_crashes((DATA / "crash.logcat").read_text())[1]
    half = "".join(f"{line}\n" for line in FULL.splitlines()[:12])
    witness = Witness(crash=crash, crash_source="raw/crash.txt")
    judgement = seen(half, Accelerator.GPU, witness, exit_status=139)
    assert (judgement.status, judgement.reason) == (Status.FAILED, "crashed")
    last = judgement.evidence[-1]
    assert (last.kind, last.source, last.line) == ("crash", "raw/crash.txt", 22)
    assert last.text == (
        "SIGSEGV (SEGV_MAPERR) in libGLES_maker.so, a library of the phone's maker (frame #01)"
    )


@pytest.mark.parametrize(
    ("path", "whose"),
    [
        ("/data/local/tmp/harness/cas/ab12/benchmark_model", "the tool's own program"),
        ("/data/local/tmp/harness/cas/ab12/libQnnHtp.so", "a library that came with the tool"),
        ("/system/vendor/lib64/libOpenCL.so", "a library of the phone's maker"),
        ("/apex/com.android.neuralnetworks/lib64/libneuralnetworks.so", "NNAPI's runtime"),
        ("/system/lib64/libvulkan.so", "a library of Android"),
        ("/strange/lib.so", "of unknown origin"),
    ],
)
def test_whose_library_crashed_is_told_by_its_folder(path, whose):
    crash = read_crashes((DATA / "crash.logcat").read_text())[1]
    crash = replace(crash, frames=(replace(crash.frames[1], path=path),))
    judgement = seen("", Accelerator.GPU, Witness(crash=crash), exit_status=139)
    assert whose in judgement.evidence[-1].text


def test_a_crash_without_a_backtrace_is_still_told():
    crash = replace(read_crashes((DATA / "crash.logcat").read_text())[1], frames=())
    judgement = seen("", Accelerator.GPU, Witness(crash=crash), exit_status=139)
    assert judgement.evidence[-1].text == "SIGSEGV (SEGV_MAPERR), without a backtrace"


# --- what the rounds add up to


def rounds(*witnesses):
    (run,) = parse_log(FULL, "output.log")
    return [(run, one) for one in witnesses]


def test_medians_of_the_rounds_are_told_with_their_number():
    told = tell_rounds(
        Accelerator.GPU,
        rounds(
            Witness(seconds=2.0, cpu_seconds=0.5, gpu_active_ns=1_000_000_000),
            Witness(seconds=2.0, cpu_seconds=1.0, gpu_active_ns=1_250_000_000),
            Witness(seconds=2.0, cpu_seconds=4.0, gpu_active_ns=9_000_000_000),
        ),
    )
    cpu, gpu = told
    assert cpu.text.startswith("0.50 CPUs busy on average (1.00 s of CPU time in 2.00 s")
    assert gpu.text.startswith(f"the GPU worked 1.25 s for this user, and the invocations took {SECONDS:.2f} s")  # fmt: skip  # noqa: E501
    assert all("medians of 3 rounds" in one.text for one in told)


def test_what_no_round_could_read_is_not_told():
    assert tell_rounds(Accelerator.GPU, rounds(Witness(), Witness(seconds=2.0))) == ()


@pytest.mark.parametrize(
    ("requested", "kinds"),
    [
        (Accelerator.CPU, ["cpu-time"]),
        (Accelerator.GPU, ["cpu-time", "gpu-counter"]),
        (Accelerator.NNAPI, ["cpu-time", "gpu-counter", "npu-counter"]),
    ],
)
def test_a_counter_is_told_of_where_the_request_could_have_moved_it(requested, kinds):
    all_of_it = Witness(seconds=1.0, cpu_seconds=1.0, gpu_active_ns=0, npu_inferences=0)
    assert [one.kind for one in tell_rounds(requested, rounds(all_of_it))] == kinds
