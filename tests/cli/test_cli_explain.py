import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from ai_edge_litert import model_runtime_info_pb2 as schema
from evidence_files import Op, csv_profile, printed_profile, result_file

from harness.cli.app import run
from harness.verdict.failure import FailureReason
from harness.verdict.model import EvidenceKind, TimeSource

ROOT = Path(__file__).parent.parent.parent
LOGS = ROOT / "tests" / "data" / "parse"
MODELS = ROOT / "tests" / "data" / "model"
PAGE = (ROOT / "docs" / "reference" / "explain-json.md").read_text()


def explain(capsys, *arguments):
    code = run(["explain", *map(str, arguments)])
    return code, capsys.readouterr()


def document(capsys, *arguments):
    code, printed = explain(capsys, *arguments, "--json")
    assert code == 0
    return json.loads(printed.out)


def section(title):
    return PAGE.split(title, 1)[1].split("\n#", 1)[0]


def keys_of_table(title):
    return re.findall(r"^\| `(\w+)` \|", section(title), re.MULTILINE)


@pytest.mark.parametrize("name", ["android_gpu_partial", "invoke_failure", "litert_npu_on_cpu"])
def test_the_document_has_the_keys_of_its_page_in_order(capsys, name):
    (one,) = document(capsys, LOGS / f"{name}.log")
    assert list(one) == keys_of_table("## Keys of a run")
    assert list(one["latency_us"]) == keys_of_table("### `latency_us`")
    for key in ("findings", "unsupported_ops", "evidence"):
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{key}` |"))
        named = re.findall(r'"(\w+)"', row)
        assert all(list(entry) == named for entry in one[key])


def test_the_page_names_every_error_code():
    assert set(re.findall(r"`([a-z-]+)`", section("### `error.code`"))) == set(FailureReason)


def test_several_files_stand_alone_and_come_in_order(capsys):
    files = [LOGS / "android_gpu_full.log", LOGS / "nnapi_flag_ignored.log"]
    assert [one["verdict"] for one in document(capsys, *files)] == ["full", "none"]


def test_joined_files_are_one_run(capsys, tmp_path):
    (tmp_path / "out").write_text((LOGS / "android_gpu_full.log").read_text())
    (tmp_path / "err").write_text("ERROR: Benchmarking failed.\n")
    (one,) = document(capsys, "--join", tmp_path / "out", tmp_path / "err")
    assert one["verdict"] == "failed"
    assert one["error"]["code"] == "benchmark-failed"
    assert set(one["latency_us"].values()) == {None}


def test_the_call_may_say_what_the_log_does_not(capsys, tmp_path):
    (tmp_path / "tail").write_text("count=9 first=1 curr=1 min=1 max=1 avg=1 std=0\n")
    (unasked,) = document(capsys, tmp_path / "tail")
    assert (unasked["requested"], unasked["verdict"]) == (None, "unknown")
    (cpu,) = document(capsys, tmp_path / "tail", "--requested", "cpu")
    assert cpu["verdict"] == "baseline"
    (failed,) = document(capsys, tmp_path / "tail", "--exit-status", 1)
    assert failed["verdict"] == "failed"


@pytest.mark.parametrize(
    "arguments", [["no-such-file"], [LOGS], [LOGS / "cpu_profile.log", "--requested", "purr"]]
)
def test_a_call_that_is_off_exits_with_2_and_a_next_step(capsys, arguments):
    code, printed = explain(capsys, *arguments, "--json")
    error = json.loads(printed.out)["error"]
    assert code == 2
    assert error["next"]
    code, printed = explain(capsys, *arguments)
    assert (code, printed.out) == (2, "")
    assert "next:" in printed.err


def test_standard_input_is_a_dash(capsys, monkeypatch):
    stdin = io.TextIOWrapper(io.BytesIO((LOGS / "hexagon_missing.log").read_bytes()))
    monkeypatch.setattr("sys.stdin", stdin)
    (one,) = document(capsys, "-")
    assert (one["file"], one["verdict"]) == ("-", "none")


@pytest.mark.parametrize(
    "data", [b"", b"\x00\xff\xfe" * 5000, "INFO: STARTING!\n".encode("utf-16")]
)
def test_bytes_of_any_kind_are_read(capsys, tmp_path, data):
    (tmp_path / "log").write_bytes(data)
    assert len(document(capsys, tmp_path / "log")) == 1


def test_for_people_the_deciding_line_is_shown(capsys):
    code, printed = explain(capsys, LOGS / "android_gpu_partial.log")
    assert code == 0
    assert "PARTIAL" in printed.out
    assert "30 of 42 nodes" in printed.out
    assert "android_gpu_partial.log:16: Replacing 30 out of 42" in printed.out


def test_a_log_cannot_steer_the_terminal(capsys, tmp_path):
    text = "Failed to load model \x1b]0;owned\x07 \u202e.tflite\n"
    (tmp_path / "log").write_text(text)
    _, printed = explain(capsys, tmp_path / "log")
    assert "\\x1b]0;owned\\x07" in printed.out
    assert "\x1b" not in printed.out
    assert "\u202e" not in printed.out


def test_no_byte_on_a_terminal_is_a_control_character(tmp_path):
    hostile = "\x1b[31m\x1b]0;owned\x07\x9b2J\u202e\t[bold red]x[/]"
    text = (LOGS / "android_gpu_partial.log").read_text().replace("Purr", hostile)
    (tmp_path / "log").write_text(text)
    program = (
        f"import pty, sys; sys.exit(pty.spawn(['harness', 'explain', {str(tmp_path / 'log')!r}]))"
    )
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        check=True,
        env=os.environ | {"PATH": path},
        stdin=subprocess.DEVNULL,
    )
    shown = done.stdout.decode().replace("\r\n", "\n")
    assert "PARTIAL" in shown
    assert "[bold red]x[/]" in shown
    assert all(character == "\n" or character.isprintable() for character in shown)


def test_explaining_needs_no_heavy_library():
    program = (
        "import sys; from harness.cli.app import run; "
        f"run(['explain', {str(LOGS / 'android_gpu_full.log')!r}]); "
        "sys.exit(any(name in sys.modules for name in "
        "('numpy', 'pandas', 'rich', 'ai_edge_litert', 'google.protobuf')))"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


# --- files beside the log

GPU = "TfLiteGpuDelegateV2"


@pytest.fixture
def beside(tmp_path):
    """A GPU run of the two-signature model's first graph, with every file that the tool writes."""
    (tmp_path / "log").write_text(
        "INFO: STARTING!\nINFO: Use gpu: [1]\nINFO: Loaded model m\n"
        "INFO: Initialized OpenCL-based API.\n"
        "INFO: count=9 first=4 curr=4 min=3000 max=5000 avg=4000 std=9\n"
        "INFO: Inference timings in us: Init: 1, First inference: 1, Warmup (avg): 1, "
        "Inference (avg): 4000\n"
    )
    details = schema.ModelRuntimeDetails()
    for _ in range(2):
        graph = details.subgraphs.add(execution_plan=[1])
        graph.nodes.add(id=0, name="ADD")
        kernel = graph.nodes.add(id=1, name=GPU)
        kernel.delegate_node_details.delegate_name = GPU
        kernel.delegate_node_details.tflite_node_ids_replaced.append(0)
    (tmp_path / "info.pb").write_bytes(details.SerializeToString())
    rows = [Op("add 0", "Delegate/add 0:0", 3.0), Op("AllocateTensors", "AllocateTensors/0", 1.0)]
    (tmp_path / "profile.csv").write_text(csv_profile(rows))
    times = {"avg": 4.0, "min": 3.0, "p50": 4.0, "p95": 4.5, "max": 5.0}
    (tmp_path / "result.pb").write_bytes(result_file(times, runs=9))
    return tmp_path


def options(folder):
    return [
        *("--runtime-info", folder / "info.pb"),
        *("--op-profile", folder / "profile.csv"),
        *("--result", folder / "result.pb"),
        *("--model", MODELS / "two_signatures.tflite"),
    ]


def test_files_of_a_run_are_handed_in_with_its_log(capsys, beside):
    (bare,) = document(capsys, beside / "log")
    assert (bare["placement"], bare["time_share"]) == ("unknown", None)
    (one,) = document(capsys, beside / "log", *options(beside))
    assert (one["placement"], one["nodes_on_accelerator"], one["nodes_total"]) == ("full", 1, 1)
    assert one["time_share"] == {"value": 0.75, "source": "unprofiled-remainder"}
    assert (one["latency_us"]["p95"], bare["latency_us"]["p95"]) == (4500.0, None)
    (deciding,) = [evidence for evidence in one["evidence"] if evidence["deciding"]]
    assert (deciding["kind"], deciding["source"]) == ("runtime-info", str(beside / "info.pb"))


def test_a_model_that_the_account_is_not_of_voids_it(capsys, beside):
    words = ["--runtime-info", beside / "info.pb", "--model", MODELS / "float32.tflite"]
    (one,) = document(capsys, beside / "log", *words)
    assert one["placement"] == "unknown"
    assert "not believed" in " ".join(evidence["text"] for evidence in one["evidence"])


def test_files_speak_of_the_last_run_of_a_log(capsys, beside):
    text = (beside / "log").read_text()
    (beside / "log").write_text(text + text)
    first, last = document(capsys, beside / "log", *options(beside))
    assert (first["placement"], last["placement"]) == ("unknown", "full")


def test_files_go_with_the_joined_streams_of_one_run(capsys, beside):
    (beside / "err").write_text("")
    (one,) = document(capsys, "--join", beside / "log", beside / "err", *options(beside))
    assert one["placement"] == "full"


@pytest.mark.parametrize("option", ["--runtime-info", "--op-profile", "--result", "--model"])
def test_files_of_a_run_with_several_logs_are_refused(capsys, beside, option):
    code, printed = explain(capsys, beside / "log", beside / "log", option, beside / "info.pb",
                            "--json")  # fmt: skip
    assert (code, json.loads(printed.out)["error"]["code"]) == (2, "usage")


@pytest.mark.parametrize(
    ("option", "error"),
    [
        ("--runtime-info", "evidence"),
        ("--op-profile", "evidence"),
        ("--result", "evidence"),
        ("--model", "model"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_a_next_step(capsys, beside, option, error):
    (beside / "torn").write_bytes(b"\xff\xfe\xff torn")
    code, printed = explain(capsys, beside / "log", option, beside / "torn", "--json")
    refused = json.loads(printed.out)["error"]
    assert (code, refused["code"]) == (2, error)
    assert refused["next"]
    code, _ = explain(capsys, beside / "log", option, beside / "absent")
    assert code == 2


def test_the_page_names_every_kind_of_evidence_that_is_no_line():
    table = re.findall(r"^\| `([a-z-]+)` \|", section("### `evidence`"), re.MULTILINE)
    assert set(table) == set(EvidenceKind)


def test_the_page_names_every_source_of_a_share_of_time():
    assert set(TimeSource) <= set(re.findall(r"`([a-z-]+)`", section("### `time_share`")))


def test_a_profiled_runs_own_time_is_none_to_hold_its_operators_against(capsys, beside):
    rows = [Op("TfLiteNnapiDelegate", "[x]:9", 3.0), Op("ADD", "[y]:1", 1.0)]
    text = (beside / "log").read_text().replace("Use gpu: [1]", "Use NNAPI: [1]")
    verdict = (
        "INFO: Explicitly applied NNAPI delegate, and the model graph will be partially executed "
        "by the delegate w/ 1 delegate kernels.\n"
    )
    plain = text.replace("INFO: count", verdict + "INFO: count")
    (beside / "log").write_text(plain)
    (beside / "profile.csv").write_text(csv_profile(rows))
    (apart,) = document(capsys, beside / "log", "--op-profile", beside / "profile.csv")
    assert apart["time_share"] == {"value": 0.75, "source": "profile"}
    (beside / "log").write_text(plain + printed_profile(rows))
    (own,) = document(capsys, beside / "log")
    assert own["time_share"] is None
    assert "without the profiler" in " ".join(one["text"] for one in own["evidence"])
