import hashlib
import socket
import time

import pytest
from file_server import serving

from harness.bench import download as module
from harness.bench.download import download, look
from harness.deadline import Deadline
from harness.errors import DownloadError, ExitCode, ToolError

DATA = bytes(range(256)) * 4000
OTHER = DATA[::-1]


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr(module, "_FIRST_PAUSE_S", 0.01)
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def server():
    with serving({"/tool": DATA}) as served:
        yield served


def fetch(server, into, seconds=20.0, seen=None):
    seen = seen if seen is not None else []
    return download(
        f"{server.url}/tool", into, Deadline.after(seconds), lambda *step: seen.append(step)
    )


def test_the_size_is_known_before_anything_is_fetched(server):
    remote = look(f"{server.url}/tool", Deadline.after(5))
    assert (remote.size, remote.changed) == (len(DATA), "2026-11-20")
    assert remote.validator.startswith('"')
    assert not server.gets


def test_a_file_comes_whole_with_its_hash_and_progress(server, tmp_path):
    seen = []
    came = fetch(server, tmp_path / "tool", seen=seen)
    assert came.path.read_bytes() == DATA
    assert came.sha256 == hashlib.sha256(DATA).hexdigest()
    assert seen[-1] == (len(DATA), len(DATA))
    assert [path.name for path in tmp_path.iterdir()] == ["tool"]


def test_a_broken_transfer_goes_on_where_it_broke(server, tmp_path):
    server.faults.break_after = [300_000, 200_000]
    assert fetch(server, tmp_path / "tool").path.read_bytes() == DATA
    assert [wanted for _, _, wanted in server.gets] == [None, "bytes=300000-", "bytes=500000-"]


def test_a_part_of_an_earlier_run_is_kept_and_continued(server, tmp_path):
    server.faults.break_after = [300_000] + [0] * 10
    with pytest.raises(DownloadError) as caught:
        fetch(server, tmp_path / "tool")
    assert "300000 of 1024000" in caught.value.message
    assert not (tmp_path / "tool").exists()
    server.faults.break_after = []
    assert fetch(server, tmp_path / "tool").path.read_bytes() == DATA
    assert server.gets[-1][2] == "bytes=300000-"


def test_a_file_that_changed_meanwhile_is_fetched_from_its_start(server, tmp_path):
    server.faults.break_after = [300_000] + [0] * 10
    with pytest.raises(DownloadError):
        fetch(server, tmp_path / "tool")
    server.faults.break_after = []
    server.files["/tool"] = OTHER
    assert fetch(server, tmp_path / "tool").path.read_bytes() == OTHER


@pytest.mark.parametrize("fault", ["no_ranges", "wrong_range", "no_validator"])
def test_a_server_that_cannot_resume_never_makes_a_mixed_file(server, tmp_path, fault):
    server.faults.break_after = [300_000]
    setattr(server.faults, fault, True)
    assert fetch(server, tmp_path / "tool").path.read_bytes() == DATA


def test_a_part_longer_than_the_file_is_dropped(server, tmp_path):
    server.faults.break_after = [300_000] + [0] * 10
    with pytest.raises(DownloadError):
        fetch(server, tmp_path / "tool")
    server.faults.break_after = []
    with (tmp_path / "tool.part").open("ab") as stream:
        stream.write(bytes(2_000_000))
    assert fetch(server, tmp_path / "tool").path.read_bytes() == DATA


def test_a_part_that_another_process_changed_is_not_taken(server, tmp_path, monkeypatch):
    real = module.sha256_of
    calls = []

    def spoiled_once(path):
        if not calls:
            path.write_bytes(b"\xff" + path.read_bytes()[1:])
        calls.append(path)
        return real(path)

    monkeypatch.setattr(module, "sha256_of", spoiled_once)
    assert fetch(server, tmp_path / "tool").path.read_bytes() == DATA
    assert len(calls) == 2


def test_a_missing_file_is_said_at_once_with_its_status(server, tmp_path):
    with pytest.raises(DownloadError) as caught:
        look(f"{server.url}/gone", Deadline.after(5))
    assert (caught.value.status, caught.value.url) == (404, f"{server.url}/gone")
    assert len(server.requests) == 1
    assert isinstance(caught.value, ToolError)
    assert caught.value.exit_code == ExitCode.NOTHING_MEASURED


def test_a_busy_server_is_asked_again(server, tmp_path):
    server.faults.statuses = [503, 429]
    assert fetch(server, tmp_path / "tool").size == len(DATA)
    assert len(server.gets) == 3


def test_a_server_that_drips_does_not_outlast_the_deadline(server, tmp_path):
    server.faults.drip_s = 0.05
    begun = time.monotonic()
    with pytest.raises(DownloadError) as caught:
        fetch(server, tmp_path / "tool", seconds=0.6)
    assert time.monotonic() - begun < 3
    assert "too slow" in caught.value.message


def test_a_server_that_is_not_there_is_an_error_with_a_way_out(tmp_path):
    with pytest.raises(DownloadError) as caught:
        look("http://127.0.0.1:9/tool", Deadline.after(3))
    assert "harness tools add" in caught.value.next_step


def test_a_name_that_does_not_resolve_is_not_asked_for_again(tmp_path, monkeypatch):
    def no_network(*_args, **_more):
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    begun = time.monotonic()
    with pytest.raises(DownloadError) as caught:
        look("https://storage.googleapis.com/x", Deadline.after(30))
    assert time.monotonic() - begun < 1
    assert "https://storage.googleapis.com/x" in caught.value.next_step


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://host/x", "/tmp/x"])
def test_only_http_addresses_are_opened(url):
    with pytest.raises(DownloadError) as caught:
        look(url, Deadline.after(1))
    assert "no http address" in caught.value.message


def test_the_proxy_of_the_environment_is_used(server, monkeypatch):
    monkeypatch.setenv("http_proxy", server.url)
    with pytest.raises(DownloadError):
        look("http://tools.example/tool", Deadline.after(3))
    assert server.requests[0][1] == "http://tools.example/tool"
