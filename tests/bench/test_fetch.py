import pytest
from elf_files import elf_bytes
from file_server import serving

from harness.bench import download as download_module
from harness.bench.fetch import SOURCES, fetch_tool, named_source, offer, source_for, urls_of
from harness.bench.lockfile import lock_path, read_pins
from harness.bench.toolstore import list_tools
from harness.bench.variant import Dialect
from harness.deadline import Deadline
from harness.errors import DownloadError, ToolError, UnknownNameError

pytestmark = pytest.mark.usefixtures("own_home")
NIGHTLY, LITERT = SOURCES["tensorflow-nightly"], SOURCES["litert"]


@pytest.fixture(autouse=True)
def quiet_network(monkeypatch):
    monkeypatch.setattr(download_module, "_FIRST_PAUSE_S", 0.01)
    monkeypatch.delenv("HARNESS_TOOL_MIRROR", raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def path_of(source, name="benchmark_model", version=None):
    for asset, url in urls_of(source, "arm64-v8a", version=version).items():
        if asset.name == name:
            return url.removeprefix("https://storage.googleapis.com")
    raise AssertionError(name)


@pytest.fixture
def server():
    with serving(
        {
            path_of(NIGHTLY): elf_bytes(payload=b"monday"),
            path_of(LITERT): elf_bytes(payload=b"litert 2.2.0"),
            path_of(LITERT, "libLiteRtClGlAccelerator.so"): elf_bytes(loader=None),
        }
    ) as served:
        yield served


def get(server, source, **more):
    said = []
    wanted = offer(source, "arm64-v8a", Deadline.after(10), mirror=server.url, **more)
    tool = fetch_tool(wanted, Deadline.after(10), say=said.append, progress=lambda *_: None)
    return tool, said


def test_the_public_addresses_are_those_that_the_publishers_document():
    (nightly,) = urls_of(NIGHTLY, "armeabi-v7a").values()
    assert nightly == (
        "https://storage.googleapis.com/tensorflow-nightly-public/prod/tensorflow/release/lite/"
        "tools/nightly/latest/android_arm_benchmark_model"
    )
    assert next(iter(urls_of(LITERT, "arm64-v8a", version="latest").values())) == (
        "https://storage.googleapis.com/litert/binaries/latest/android_arm64/benchmark_model"
    )


def test_the_source_follows_from_dialect_and_abi():
    assert source_for(Dialect.INTERPRETER, "x86_64") is NIGHTLY
    assert source_for(Dialect.COMPILED_MODEL, "arm64-v8a") is LITERT
    assert source_for(Dialect.COMPILED_MODEL, "armeabi-v7a") is None
    with pytest.raises(ToolError):
        urls_of(LITERT, "armeabi-v7a")
    with pytest.raises(UnknownNameError):
        named_source("nowhere")


def test_a_mirror_stands_in_for_the_host(monkeypatch):
    monkeypatch.setenv("HARNESS_TOOL_MIRROR", "https://mirror.example/gcs/")
    assert path_of(LITERT).startswith("https://mirror.example/gcs/litert/binaries/")
    (url,) = urls_of(NIGHTLY, "x86_64", mirror="http://m").values()
    assert url.startswith("http://m/tensorflow-nightly-public/")


def test_the_size_is_announced_before_anything_is_fetched(server):
    wanted = offer(LITERT, "arm64-v8a", Deadline.after(10), mirror=server.url)
    assert wanted.size == sum(len(server.files[path]) for path in server.files if "litert/" in path)
    assert str(wanted).startswith("litert 2.2.0 for arm64-v8a (0.0 MB) from http://127.0.0.1")
    assert not server.gets


def test_a_fetched_tool_is_stored_and_pinned(server, own_home):
    tool, said = get(server, LITERT)
    assert set(tool.files) == {"benchmark_model", "libLiteRtClGlAccelerator.so"}
    assert (tool.abi, tool.version, tool.dialect) == ("arm64-v8a", "2.2.0", Dialect.COMPILED_MODEL)
    assert said == ["litert 2.2.0 has no libLiteRtOpenClAccelerator.so"]
    pins = read_pins(own_home / "tools.lock")
    assert {pin.file: pin.sha256 for pin in pins.values()} == {
        name: file.sha256 for name, file in tool.files.items()
    }
    assert not (own_home / "downloads" / "litert-2.2.0-arm64-v8a").exists()


def test_what_is_there_already_is_not_sent_again(server):
    first, _ = get(server, NIGHTLY)
    fetched = len(server.gets)
    again, said = get(server, NIGHTLY)
    assert again == first
    assert len(server.gets) == fetched
    assert said == []


def test_a_changed_latest_is_a_new_tool_beside_the_old_and_is_said_aloud(server):
    old, _ = get(server, NIGHTLY)
    server.files[path_of(NIGHTLY)] = elf_bytes(payload=b"tuesday")
    new, said = get(server, NIGHTLY)
    assert {tool.name for tool in list_tools()} == {old.name, new.name}
    assert new.name != old.name
    assert len(said) == 1
    assert "has changed" in said[0]
    assert new.files["benchmark_model"].sha256[:12] in said[0]
    assert new.version == "latest@2026-11-20"
    assert get(server, NIGHTLY)[1] == [], "the pin moved with it"


def test_a_fixed_version_with_other_bytes_is_refused(server):
    old, _ = get(server, LITERT)
    server.files[path_of(LITERT)] = elf_bytes(payload=b"not what it was")
    with pytest.raises(DownloadError) as caught:
        get(server, LITERT)
    assert "changed under its version" in caught.value.message
    assert list_tools() == (old,)
    assert old.files["benchmark_model"].sha256 in {
        pin.sha256 for pin in read_pins(lock_path()).values()
    }


def test_a_missing_version_is_an_error_and_leaves_nothing(server, own_home):
    with pytest.raises(DownloadError) as caught:
        get(server, LITERT, version="9.9.9")
    assert caught.value.status == 404
    assert "9.9.9" in caught.value.url
    assert list_tools() == ()
    assert not (own_home / "tools.lock").exists()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<html>please log in</html>", "HTML"),
        (elf_bytes("x86_64"), "x86_64"),
    ],
)
def test_what_is_not_the_tool_that_was_asked_for_is_not_kept(server, own_home, data, words):
    server.files[path_of(NIGHTLY)] = data
    with pytest.raises(ToolError) as caught:
        get(server, NIGHTLY)
    assert words in caught.value.message
    assert list_tools() == ()
    assert not (own_home / "tools.lock").exists()


def test_a_fetch_that_broke_off_is_continued_by_the_next_one(server):
    server.files[path_of(NIGHTLY)] = elf_bytes(payload=bytes(500_000))
    server.faults.break_after = [200_000] + [0] * 10
    with pytest.raises(DownloadError):
        get(server, NIGHTLY)
    server.faults.break_after = []
    get(server, NIGHTLY)
    assert server.gets[-1][2] == "bytes=200000-"
