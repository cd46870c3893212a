import json
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from elf_files import write_elf

from harness.bench.toolstore import (
    Origin,
    add,
    find,
    list_tools,
    remove,
    superseded,
    verify,
)
from harness.bench.variant import Dialect
from harness.errors import ToolError, UnknownNameError, UsageError
from harness.files import sha256_of

pytestmark = pytest.mark.usefixtures("own_home")


def test_a_tool_is_copied_with_its_libraries_and_hashes(tmp_path, own_home):
    binary = write_elf(tmp_path / "in" / "benchmark_model", "arm64-v8a")
    library = write_elf(tmp_path / "in" / "libLiteRtClGlAccelerator.so", "arm64-v8a", loader=None)
    tool = add([binary, library], name="mine")
    assert (tool.name, tool.binary, tool.abi) == ("mine", "benchmark_model", "arm64-v8a")
    assert {name: file.sha256 for name, file in tool.files.items()} == {
        "benchmark_model": sha256_of(binary),
        "libLiteRtClGlAccelerator.so": sha256_of(library),
    }
    kept = tool.files["benchmark_model"]
    assert kept.path.parent == own_home / "tools" / "mine"
    assert kept.executable
    assert kept.path.stat().st_mode & stat.S_IXUSR
    assert not tool.files["libLiteRtClGlAccelerator.so"].executable
    assert (tool.dialect, tool.flags) == (None, None)


def test_a_folder_stands_for_its_files_and_the_order_does_not_matter(tmp_path):
    library = write_elf(tmp_path / "in" / "liba.so", loader=None)
    binary = write_elf(tmp_path / "in" / "benchmark_model")
    assert add([tmp_path / "in"]).sha256 == add([library, binary]).sha256


def test_the_same_content_is_one_tool_and_other_content_is_another(tmp_path):
    first = add([write_elf(tmp_path / "a" / "benchmark_model")])
    assert add([write_elf(tmp_path / "b" / "benchmark_model")]).name == first.name
    second = add([write_elf(tmp_path / "c" / "benchmark_model", payload=b"newer")])
    assert second.name != first.name
    assert [tool.name for tool in list_tools()] == [second.name, first.name], "newest first"


def test_a_name_is_not_given_to_other_content(tmp_path):
    add([write_elf(tmp_path / "a" / "benchmark_model")], name="mine")
    with pytest.raises(UsageError) as caught:
        add([write_elf(tmp_path / "b" / "benchmark_model", payload=b"x")], name="mine")
    assert "harness tools remove mine" in caught.value.next_step
    with pytest.raises(UsageError):
        add([tmp_path / "a"], name="../escape")


def test_a_tool_is_found_by_name_or_by_the_start_of_its_hash(tmp_path):
    tool = add([write_elf(tmp_path / "benchmark_model")], name="mine")
    assert find("mine") == tool
    assert find(tool.sha256[:8]) == tool
    with pytest.raises(UnknownNameError) as caught:
        find(tool.sha256[:2])
    assert "mine" in caught.value.message


def test_a_removed_tool_is_gone_and_the_others_stay(tmp_path):
    add([write_elf(tmp_path / "a" / "benchmark_model")], name="one")
    add([write_elf(tmp_path / "b" / "benchmark_model", payload=b"x")], name="two")
    assert remove("one").name == "one"
    assert [tool.name for tool in list_tools()] == ["two"]


def test_where_a_tool_came_from_is_kept(tmp_path):
    origin = Origin("https://host/benchmark_model", "2.2.0", Dialect.COMPILED_MODEL)
    add([write_elf(tmp_path / "benchmark_model")], origin=origin)
    (tool,) = list_tools()
    assert (tool.source, tool.version, tool.dialect) == (
        "https://host/benchmark_model",
        "2.2.0",
        Dialect.COMPILED_MODEL,
    )


def test_a_file_that_changed_in_the_store_is_noticed(tmp_path):
    tool = add([write_elf(tmp_path / "benchmark_model")], name="mine")
    tool.files["benchmark_model"].path.write_bytes(b"tampered")
    with pytest.raises(ToolError) as caught:
        verify(tool)
    assert "harness tools remove mine" in caught.value.next_step


def test_a_script_needs_to_be_told_its_abi(tmp_path):
    script = tmp_path / "benchmark_model"
    script.write_text("#!/system/bin/sh\nexit 1\n")
    with pytest.raises(UsageError) as caught:
        add([script])
    assert "--abi" in caught.value.next_step
    assert add([script], abi="x86_64").abi == "x86_64"


@pytest.mark.parametrize(
    ("make", "abi", "words"),
    [
        (
            lambda path: write_elf(path, "x86_64", loader="/lib64/ld-linux-x86-64.so.2"),
            None,
            "Linux",
        ),
        (lambda path: write_elf(path, "arm64-v8a"), "x86_64", "built for arm64-v8a"),
        (lambda path: write_elf(path, "arm64-v8a"), "mips", "no ABI"),
        (lambda path: path.write_bytes(b"PK\x03\x04"), None, "APK"),
        (lambda path: path.write_bytes(b"<html>"), None, "HTML"),
        (lambda path: None, None, "no such file"),
    ],
)
def test_what_cannot_run_on_a_phone_is_refused_with_a_reason(tmp_path, make, abi, words):
    path = tmp_path / "benchmark_model"
    make(path)
    with pytest.raises(UsageError) as caught:
        add([path], abi=abi)
    assert words in caught.value.message + caught.value.next_step
    assert list_tools() == ()


def test_a_library_of_another_abi_is_refused(tmp_path):
    binary = write_elf(tmp_path / "benchmark_model", "arm64-v8a")
    library = write_elf(tmp_path / "libx.so", "armeabi-v7a", loader=None)
    with pytest.raises(UsageError) as caught:
        add([binary, library])
    assert "libx.so is armeabi-v7a" in caught.value.message


def test_two_files_of_one_name_are_refused(tmp_path):
    paths = [write_elf(tmp_path / part / "benchmark_model") for part in "ab"]
    with pytest.raises(UsageError):
        add(paths)


def test_of_several_programs_the_first_named_is_the_tool(tmp_path):
    one = write_elf(tmp_path / "run_model")
    two = write_elf(tmp_path / "inference_diff")
    assert add([two, one]).binary == "inference_diff"
    with pytest.raises(UsageError) as caught:
        add([write_elf(tmp_path / "liba.so", loader=None), two, one])
    assert "several programs" in caught.value.message


def test_a_manifest_that_cannot_be_read_hides_only_its_own_tool(tmp_path, own_home):
    add([write_elf(tmp_path / "a" / "benchmark_model")], name="good")
    bad = add([write_elf(tmp_path / "b" / "benchmark_model", payload=b"x")], name="bad")
    manifest = own_home / "tools" / bad.name / "tool.json"
    for text in ("", "[]", json.dumps({"added": "x"})):
        manifest.write_text(text)
        assert [tool.name for tool in list_tools()] == ["good"]


def test_a_manifest_cannot_point_outside_its_folder(tmp_path, own_home):
    add([write_elf(tmp_path / "benchmark_model")], name="mine")
    manifest = own_home / "tools" / "mine" / "tool.json"
    document = json.loads(manifest.read_text())
    document["files"]["../../../secret"] = {"sha256": "0", "executable": False}
    manifest.write_text(json.dumps(document))
    (tool,) = list_tools()
    assert all(file.path.parent == manifest.parent for file in tool.files.values())


def test_only_fetched_tools_with_a_newer_one_are_superseded(tmp_path):
    def keep(name, source, dialect=Dialect.INTERPRETER, abi="arm64-v8a"):
        path = write_elf(tmp_path / name / "benchmark_model", abi, payload=name.encode())
        add([path], name=name, origin=Origin(source, dialect=dialect))

    keep("by-hand", "/home/me/benchmark_model")
    keep("monday", "https://host/latest")
    keep("other-abi", "https://host/latest", abi="x86_64")
    keep("other-dialect", "https://host/litert", Dialect.COMPILED_MODEL)
    assert superseded() == ()
    keep("tuesday", "https://host/latest")
    keep("newer-by-hand", "/home/me/benchmark_model")
    assert [tool.name for tool in superseded()] == ["monday"]


def test_threads_that_add_the_same_tool_all_get_it(tmp_path):
    path = write_elf(tmp_path / "benchmark_model", payload=bytes(200_000))
    with ThreadPoolExecutor(8) as pool:
        tools = list(pool.map(lambda _: add([path], name="mine"), range(8)))
    assert len({tool.sha256 for tool in tools}) == 1
    assert list_tools() == (tools[0],)
