"""Where public tools come from, and how one gets from there into the store, pinned."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

from harness.bench.download import Downloaded, Progress, Remote, download, look
from harness.bench.lockfile import Pin, lock_path, read_pins, write_pins
from harness.bench.tool import Tool
from harness.bench.toolstore import Origin, add, home, list_tools
from harness.bench.variant import Dialect
from harness.deadline import Deadline
from harness.errors import DownloadError, ToolError, UnknownNameError, UsageError
from harness.files import safe_name

MIRROR_VARIABLE = "HARNESS_TOOL_MIRROR"
_HOST = "https://storage.googleapis.com"
# Versions that name different bytes from day to day.
_MOVING = frozenset({"latest", "nightly"})


@dataclass(frozen=True)
class Asset:
    """One file of a tool: its path under the host, and the name it gets beside the binary."""

    path: str
    name: str
    required: bool = True


@dataclass(frozen=True)
class Source:
    """A public place of prebuilt tools; `page` is where its publisher describes it."""

    name: str
    dialect: Dialect
    version: str
    platforms: Mapping[str, str]
    assets: tuple[Asset, ...]
    page: str


SOURCES: Mapping[str, Source] = {
    source.name: source
    for source in (
        Source(
            name="tensorflow-nightly",
            dialect=Dialect.INTERPRETER,
            version="latest",
            platforms={
                "arm64-v8a": "android_aarch64",
                "armeabi-v7a": "android_arm",
                "x86_64": "android_x86_64",
            },
            assets=(
                Asset(
                    "tensorflow-nightly-public/prod/tensorflow/release/lite/tools/nightly/"
                    "{version}/{platform}_benchmark_model",
                    "benchmark_model",
                ),
            ),
            page="https://www.tensorflow.org/lite/performance/measurement",
        ),
        Source(
            name="litert",
            dialect=Dialect.COMPILED_MODEL,
            version="2.2.0",
            platforms={"arm64-v8a": "android_arm64"},
            assets=(
                Asset("litert/binaries/{version}/{platform}/benchmark_model", "benchmark_model"),
                # Without its accelerator the tool runs on the CPU and says little about it
                # (litert/runtime/accelerators/gpu_registry.cc). Its name changed over releases.
                Asset(
                    "litert/binaries/{version}/{platform}/libLiteRtClGlAccelerator.so",
                    "libLiteRtClGlAccelerator.so",
                    required=False,
                ),
                Asset(
                    "litert/binaries/{version}/{platform}/libLiteRtOpenClAccelerator.so",
                    "libLiteRtOpenClAccelerator.so",
                    required=False,
                ),
            ),
            page="https://ai.google.dev/edge/litert/next/benchmark",
        ),
    )
}


@dataclass(frozen=True)
class Offer:
    """What a fetch would bring: each asset with what the server says about it."""

    source: Source
    abi: str
    version: str
    parts: tuple[tuple[Asset, Remote], ...]
    absent: tuple[str, ...] = ()

    @property
    def size(self) -> int | None:
        """Bytes in all; None if the server does not say."""
        sizes = [remote.size for _, remote in self.parts]
        return None if None in sizes else sum(size or 0 for size in sizes)

    def __str__(self) -> str:
        """Say what a person agrees to: source, version, size, addresses."""
        size = f"{self.size / 1e6:.1f} MB" if self.size is not None else "size unknown"
        where = ", ".join(remote.url for _, remote in self.parts)
        return f"{self.source.name} {self.version} for {self.abi} ({size}) from {where}"


def named_source(name: str) -> Source:
    """Return the source with this name.

    Raises:
        UnknownNameError: there is none.
    """
    if name not in SOURCES:
        raise UnknownNameError(
            f"no source of tools is named {name!r}", next_step=f"one of {', '.join(SOURCES)}"
        )
    return SOURCES[name]


def source_for(dialect: Dialect, abi: str) -> Source | None:
    """Return the public source of a dialect that has builds for an ABI."""
    for source in SOURCES.values():
        if source.dialect is dialect and abi in source.platforms:
            return source
    return None


def urls_of(
    source: Source, abi: str, *, version: str | None = None, mirror: str | None = None
) -> dict[Asset, str]:
    """Return the address of every asset; a mirror stands in for the host, its paths are the same.

    Raises:
        ToolError: the source has no build for this ABI.
    """
    if abi not in source.platforms:
        raise ToolError(
            f"{source.name} has no build for {abi}",
            next_step=f"it has {', '.join(source.platforms)}; see {source.page}",
        )
    base = (mirror or os.environ.get(MIRROR_VARIABLE) or _HOST).rstrip("/")
    words = {"version": version or source.version, "platform": source.platforms[abi]}
    return {asset: f"{base}/{asset.path.format(**words)}" for asset in source.assets}


def offer(
    source: Source,
    abi: str,
    deadline: Deadline,
    *,
    version: str | None = None,
    mirror: str | None = None,
) -> Offer:
    """Ask the server what there is, without fetching it.

    Raises:
        DownloadError: it cannot be reached, or a required file is not there.
    """
    parts = []
    absent = []
    for asset, url in urls_of(source, abi, version=version, mirror=mirror).items():
        try:
            parts.append((asset, look(url, deadline)))
        except DownloadError as error:
            if asset.required or error.status != HTTPStatus.NOT_FOUND:
                raise
            absent.append(asset.name)
    return Offer(source, abi, version or source.version, tuple(parts), tuple(absent))


def fetch_tool(
    wanted: Offer,
    deadline: Deadline,
    *,
    say: Callable[[str], None],
    progress: Progress,
    lock: Path | None = None,
) -> Tool:
    """Fetch what was offered, pin it, and keep it in the store; what is there already is not sent.

    A moving version that changed since it was pinned becomes a new tool beside the old one.

    Raises:
        DownloadError: a file did not come whole, or a fixed version has other bytes than its pin.
        ToolError: what came is no tool.
    """
    lock = lock or lock_path()
    pins = read_pins(lock)
    folder = home() / "downloads" / safe_name(f"{wanted.source.name}-{wanted.version}-{wanted.abi}")
    if wanted.absent:
        say(f"{wanted.source.name} {wanted.version} has no {', '.join(wanted.absent)}")
    fetched = []
    for asset, remote in wanted.parts:
        pin = pins.get((wanted.source.name, wanted.version, wanted.abi, asset.name))
        came = _at_hand(pin, remote, folder / asset.name) or download(
            remote.url, folder / asset.name, deadline, progress
        )
        if pin is not None and pin.sha256 != came.sha256:
            _changed(wanted, pin, came, say)
        fetched.append((asset, came))
    day = fetched[0][1].remote.changed
    moved = f"{wanted.version}@{day}" if wanted.version in _MOVING and day else wanted.version
    tool = _stored(wanted, [came for _, came in fetched], moved)
    write_pins(lock, [_pin(wanted, asset, came) for asset, came in fetched])
    shutil.rmtree(folder, ignore_errors=True)
    return tool


def _at_hand(pin: Pin | None, remote: Remote, into: Path) -> Downloaded | None:
    """Take the file from the store if the server still names the content that was pinned."""
    if pin is None or remote.validator is None or pin.validator != remote.validator:
        return None
    for tool in list_tools():
        for file in tool.files.values():
            if file.sha256 == pin.sha256 and file.path.name == pin.file:
                into.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file.path, into)
                return Downloaded(into, pin.sha256, pin.size, remote)
    return None


def _changed(wanted: Offer, pin: Pin, came: Downloaded, say: Callable[[str], None]) -> None:
    what = f"{pin.file} of {wanted.source.name} {wanted.version} for {wanted.abi}"
    change = f"was {pin.sha256[:12]} on {pin.fetched[:10]}, is {came.sha256[:12]} now"
    if wanted.version not in _MOVING:
        raise DownloadError(
            f"{what} has changed under its version: {change}",
            url=pin.url,
            status=None,
            next_step=f"find out why; if it is right, remove the entry from {lock_path().name}",
        )
    say(f"{what} has changed: {change}. It is a new tool; the old one stays.")


def _stored(wanted: Offer, files: list[Downloaded], version: str) -> Tool:
    origin = Origin(files[0].remote.url, version, wanted.source.dialect)
    try:
        return add([came.path for came in files], abi=wanted.abi, origin=origin)
    except UsageError as error:
        raise ToolError(
            f"{files[0].remote.url} is not the tool that was asked for: {error.message}",
            next_step="a proxy or a mirror may have answered in its place; open it in a browser",
        ) from error


def _pin(wanted: Offer, asset: Asset, came: Downloaded) -> Pin:
    return Pin(
        source=wanted.source.name,
        version=wanted.version,
        abi=wanted.abi,
        file=asset.name,
        url=came.remote.url,
        sha256=came.sha256,
        size=came.size,
        validator=came.remote.validator,
        fetched=datetime.now(UTC).isoformat(timespec="seconds"),
    )
