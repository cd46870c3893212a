from pathlib import Path

import pytest
from elf_files import elf_bytes, write_elf
from file_server import serving
from host_device import HostDevice

from harness.bench.fetch import SOURCES, urls_of
from harness.bench.toolbox import FetchPolicy, learn, resolve_tool
from harness.bench.toolstore import Origin, add, list_tools
from harness.bench.variant import Dialect
from harness.deadline import Deadline
from harness.device.base import Profile
from harness.errors import ToolError, UnknownNameError

pytestmark = pytest.mark.usefixtures("own_home")
HELP = Path(__file__).parents[1] / "data" / "bench" / "help"
INTERPRETER, COMPILED = Dialect.INTERPRETER, Dialect.COMPILED_MODEL


def stored(tmp_path, name, abi="arm64-v8a", dialect=None):
    path = write_elf(tmp_path / name / "benchmark_model", abi, payload=name.encode())
    return add([path], name=name, origin=Origin(dialect=dialect))


def script(tmp_path, help_file, name="benchmark_model", status=1):
    path = tmp_path / name
    text = f"#!/bin/sh\n[ \"$1\" = --help ] && cat '{HELP / help_file}'\nexit {status}\n"
    path.write_text(text)
    return add([path], abi="x86_64")


# --- resolve ------------------------------------------------------------------------------------


def test_the_tool_for_the_phones_abi_is_found(tmp_path):
    stored(tmp_path, "old-phone", "armeabi-v7a")
    stored(tmp_path, "new-phone", "arm64-v8a")
    assert resolve_tool("arm64-v8a", INTERPRETER).name == "new-phone"
    assert resolve_tool("armeabi-v7a", INTERPRETER).name == "old-phone"


def test_the_dialect_that_was_asked_for_wins_over_a_newer_tool(tmp_path):
    stored(tmp_path, "tf", dialect=INTERPRETER)
    stored(tmp_path, "lite", dialect=COMPILED)
    assert resolve_tool("arm64-v8a", INTERPRETER).name == "tf"
    assert resolve_tool("arm64-v8a", COMPILED).name == "lite"


def test_the_newest_of_equals_wins(tmp_path):
    stored(tmp_path, "first", dialect=INTERPRETER)
    stored(tmp_path, "second", dialect=INTERPRETER)
    assert resolve_tool("arm64-v8a", INTERPRETER).name == "second"


def test_a_compiled_model_tool_serves_when_it_is_the_only_one_but_not_the_other_way(tmp_path):
    stored(tmp_path, "lite", dialect=COMPILED)
    assert resolve_tool("arm64-v8a", INTERPRETER).name == "lite"
    stored(tmp_path, "tf", "x86_64", dialect=INTERPRETER)
    with pytest.raises(ToolError):
        resolve_tool("x86_64", COMPILED)


def test_a_named_tool_is_taken_and_must_fit_the_phone(tmp_path):
    stored(tmp_path, "tf")
    small = stored(tmp_path, "small", "armeabi-v7a")
    assert resolve_tool("arm64-v8a", INTERPRETER, named="tf").name == "tf"
    with pytest.raises(ToolError) as caught:
        resolve_tool("arm64-v8a", INTERPRETER, named="small")
    assert "armeabi-v7a" in caught.value.message
    both = {"named": small.sha256[:10], "other_abis": ("armeabi-v7a",)}
    assert resolve_tool("arm64-v8a", INTERPRETER, **both).name == "small"
    with pytest.raises(UnknownNameError):
        resolve_tool("arm64-v8a", INTERPRETER, named="no-such")


def test_a_path_may_stand_for_a_name(tmp_path):
    path = write_elf(tmp_path / "mine" / "benchmark_model")
    assert resolve_tool("arm64-v8a", INTERPRETER, named=str(path)) in list_tools()
    bad = tmp_path / "page.html"
    bad.write_text("<html>")
    with pytest.raises(ToolError) as caught:
        resolve_tool("arm64-v8a", INTERPRETER, named=str(bad))
    assert "harness tools add" in caught.value.next_step


def test_a_tool_that_was_tampered_with_is_never_used(tmp_path):
    tool = stored(tmp_path, "tf")
    tool.files["benchmark_model"].path.write_bytes(elf_bytes(payload=b"other"))
    with pytest.raises(ToolError):
        resolve_tool("arm64-v8a", INTERPRETER)


@pytest.mark.parametrize(
    ("dialect", "source"), [(INTERPRETER, "tensorflow-nightly"), (COMPILED, "litert")]
)
def test_without_a_tool_the_next_step_has_the_address_and_the_command(dialect, source):
    with pytest.raises(ToolError) as caught:
        resolve_tool("arm64-v8a", dialect)
    url = next(iter(urls_of(SOURCES[source], "arm64-v8a").values()))
    assert url in caught.value.next_step
    assert f"harness tools fetch {source} --abi arm64-v8a" in caught.value.next_step
    assert "harness tools add" in caught.value.next_step
    assert caught.value.exit_code == 3


def test_an_abi_that_nobody_builds_for_says_so():
    with pytest.raises(ToolError) as caught:
        resolve_tool("x86", INTERPRETER, policy=FetchPolicy(allowed=True))
    assert "x86" in caught.value.message


def test_a_missing_tool_is_fetched_once_it_was_agreed_to(monkeypatch):
    url = next(iter(urls_of(SOURCES["tensorflow-nightly"], "arm64-v8a", mirror="").values()))
    path = url.removeprefix("https://storage.googleapis.com")
    questions = []

    def agree(question):
        questions.append(question)
        return len(questions) > 1

    with serving({path: elf_bytes("arm64-v8a", payload=bytes(1_500_000))}) as server:
        monkeypatch.setenv("HARNESS_TOOL_MIRROR", server.url)
        policy = FetchPolicy(allowed=True, confirm=agree)
        with pytest.raises(ToolError) as caught:
            resolve_tool("arm64-v8a", INTERPRETER, policy=policy)
        assert "declined" in caught.value.message
        assert not server.gets, "nothing is fetched before the yes"
        tool = resolve_tool("arm64-v8a", INTERPRETER, policy=policy)
        assert (tool.abi, tool.dialect) == ("arm64-v8a", INTERPRETER)
        assert resolve_tool("arm64-v8a", INTERPRETER, policy=policy) == tool
        assert len(server.gets) == 1
    assert "1.5 MB" in questions[0]
    assert server.url in questions[0]


# --- learn --------------------------------------------------------------------------------------


@pytest.fixture
def device(tmp_path):
    return HostDevice(tmp_path / "device")


def ask(tool, device):
    return learn(tool, device, Deadline.after(20))


@pytest.mark.parametrize(
    ("help_file", "dialect"),
    [("interpreter_all_providers.txt", INTERPRETER), ("compiled_model.txt", COMPILED)],
)
def test_dialect_and_flags_come_from_the_tools_own_answer(tmp_path, device, help_file, dialect):
    tool = ask(script(tmp_path, help_file), device)
    assert tool.dialect is dialect
    assert {"graph", "num_runs", "use_gpu"} <= tool.flags
    (job,) = device.jobs
    assert job.argv[1:] == ("--help",)
    assert job.env["LD_LIBRARY_PATH"] == str(Path(job.argv[0]).parent)


def test_the_answer_is_asked_for_once_for_a_tool_and_a_build_of_a_phone(tmp_path, device):
    tool = script(tmp_path, "interpreter_cpu_only.txt")
    assert ask(tool, device) == ask(tool, device)
    assert len(device.jobs) == 1
    other = HostDevice(tmp_path / "d2", profile=Profile(abis=("x86_64",), fingerprint="f/2"))
    ask(tool, other)
    assert len(other.jobs) == 1


def test_once_asked_the_store_knows_the_dialect(tmp_path, device):
    tool = script(tmp_path, "compiled_model.txt")
    assert tool.dialect is None
    ask(tool, device)
    assert list_tools()[0].dialect is COMPILED


def test_the_answer_overrules_what_the_publisher_said(tmp_path, device):
    path = tmp_path / "benchmark_model"
    path.write_text(f"#!/bin/sh\ncat '{HELP / 'compiled_model.txt'}'\n")
    tool = add([path], abi="x86_64", origin=Origin(dialect=INTERPRETER))
    assert ask(tool, device).dialect is COMPILED
    assert list_tools()[0].dialect is COMPILED


@pytest.mark.parametrize(
    ("says", "words"),
    [
        (
            'CANNOT LINK EXECUTABLE "./b": library "libLiteRt.so" not found: needed by x',
            "libLiteRt.so",
        ),
        ("/system/bin/sh: ./b: not executable: 64-bit ELF file", "another processor"),
        ("hello, I am something else", "something else"),
        ("", "no output"),
    ],
)
def test_a_tool_that_does_not_answer_is_an_error_that_says_why(tmp_path, device, says, words):
    path = tmp_path / "benchmark_model"
    path.write_text(f"#!/bin/sh\necho '{says}' >&2\nexit 126\n")
    tool = add([path], abi="x86_64")
    for _ in range(2):
        with pytest.raises(ToolError) as caught:
            ask(tool, device)
        assert words in caught.value.message
        assert "harness tools" in caught.value.next_step
    assert len(device.jobs) == 2, "a failure is not remembered"


def test_a_spoiled_answer_in_the_store_is_asked_for_again(tmp_path, device, own_home):
    tool = script(tmp_path, "interpreter_cpu_only.txt")
    ask(tool, device)
    (kept,) = (own_home / "help").rglob("*.txt")
    kept.write_text("")
    assert ask(tool, device).dialect is INTERPRETER
    assert len(device.jobs) == 2
