"""Files on their way home, whatever pieces they come in and whatever they hold."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.device.adb import parcel
from harness.device.adb.parcel import Parcel, sending


def stream(files, before=b"", after=b""):
    heads = b"".join(b"@@file:%d:%s\n" % (len(v), k.encode()) for k, v in files.items())
    return before + heads + b"@@contents\n" + b"".join(files.values()) + after


def box(folder, *names):
    return Parcel({name: folder / name for name in names})


NASTY = st.binary(max_size=60) | st.sampled_from(
    [b"@@contents\n", b"@@file:9:b\n", b"\n@@harness:result\nstatus=0", b"\r\n", b""]
)


@settings(max_examples=60)
@given(a=NASTY, b=NASTY, cut=st.integers(1, 40))
def test_files_and_text_come_apart_however_the_stream_is_cut(tmp_path_factory, a, b, cut):
    folder = tmp_path_factory.mktemp("p")
    home = box(folder, "a", "b", "c")
    data = stream({"a": a, "b": b}, b"boot 1\n", b"\n@@harness:result\nstatus=0\n")
    for at in range(0, len(data), cut):
        home.feed(data[at : at + cut])
    home.close()
    assert home.whole
    assert (folder / "a").read_bytes() == a
    assert (folder / "b").read_bytes() == b
    assert not (folder / "c").exists()
    assert home.text == "boot 1\n\n@@harness:result\nstatus=0\n"


def test_what_came_short_is_not_whole(tmp_path):
    home = box(tmp_path, "a")
    home.feed(stream({"a": b"12345"})[:-1])
    home.close()
    assert not home.whole
    assert not box(tmp_path, "a").whole


def test_a_file_that_was_not_asked_for_is_not_written(tmp_path):
    home = box(tmp_path, "a")
    home.feed(stream({"a": b"1", "b": b"", "../c": b""}))
    assert set(home.sizes) == {"a"}
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_what_is_said_after_the_files_announces_none(tmp_path):
    home = box(tmp_path, "a", "b")
    home.feed(stream({"a": b"1"}, after=b"@@file:2:b\n"))
    assert home.whole
    assert set(home.sizes) == {"a"}
    assert home.text == "@@file:2:b\n"


def test_what_follows_a_file_beyond_the_limit_is_dropped(tmp_path, monkeypatch):
    monkeypatch.setattr(parcel, "FILE_LIMIT", 4)
    home = box(tmp_path, "a", "b")
    home.feed(stream({"a": b"12345", "b": b"1"}))
    assert home.too_large == "a"
    assert list(tmp_path.iterdir()) == []


@given(st.binary(max_size=300))
def test_any_stream_is_taken(tmp_path_factory, data):
    home = box(tmp_path_factory.mktemp("p"), "a")
    home.feed(data)
    home.close()


@pytest.mark.parametrize("names", [("one", "two words", "none"), ("none",)])
def test_what_a_shell_sends_is_what_the_host_takes(tmp_path, names):
    there = {"one": b"1\n@@file:3:none\n", "two words": b""}
    for name, content in there.items():
        (tmp_path / name).write_bytes(content)
    sent = subprocess.run(
        ["sh", "-c", sending(names)], cwd=tmp_path, capture_output=True, check=True
    )
    home = box(tmp_path / "..", *names)
    home.places = {name: tmp_path / f"home-{name}" for name in names}
    home.feed(sent.stdout)
    home.close()
    assert home.whole
    assert {name: home.places[name].read_bytes() for name in home.sizes} == {
        name: there[name] for name in names if name in there
    }
