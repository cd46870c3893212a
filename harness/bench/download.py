"""One file over HTTP: asked for its size first, resumed where it broke off, never taken half.

Proxies come from the environment (`https_proxy`, `no_proxy`), as urllib has it. A broken download
leaves `<file>.part` and, beside it, the validator that says whether the rest may be appended.
"""

from __future__ import annotations

import hashlib
import json
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import TypeVar
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, build_opener

from harness import __version__
from harness.deadline import Deadline
from harness.errors import DownloadError
from harness.files import sha256_of, write_json

_Result = TypeVar("_Result")
Progress = Callable[[int, int | None], None]

_ATTEMPTS = 4
_FIRST_PAUSE_S = 0.5
_SILENCE_S = 30.0
_PIECE = 1 << 16
_TRY_LATER = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)


@dataclass(frozen=True)
class Remote:
    """What a server says about a file before it is fetched; None where it does not say.

    `validator` names this content: a strong ETag, else the time of its last change. `changed` is
    that day, ISO 8601.
    """

    url: str
    size: int | None
    validator: str | None
    changed: str | None


@dataclass(frozen=True)
class Downloaded:
    """A file that came whole."""

    path: Path
    sha256: str
    size: int
    remote: Remote


class _BrokenOffError(Exception):
    """The transfer failed in a way that another try may mend."""


def look(url: str, deadline: Deadline) -> Remote:
    """Ask for a file's size and validator without fetching it.

    Raises:
        DownloadError: the server cannot be reached or does not have it.
    """
    return _patiently(url, deadline, lambda: _look(url, deadline))


def download(url: str, into: Path, deadline: Deadline, progress: Progress) -> Downloaded:
    """Fetch `url` to the path `into`, going on from what an earlier try left.

    Raises:
        DownloadError: the file did not come whole before the deadline; what came is kept.
    """
    into.parent.mkdir(parents=True, exist_ok=True)
    return _patiently(url, deadline, lambda: _transfer(url, into, deadline, progress))


def _patiently(url: str, deadline: Deadline, attempt: Callable[[], _Result]) -> _Result:
    """Try a few times, each try going on where the last one broke off, until the deadline."""
    reason = "no time was left"
    for number in range(_ATTEMPTS):
        if deadline.passed:
            break
        try:
            return attempt()
        except _BrokenOffError as broken:
            reason = str(broken)
            time.sleep(min(_FIRST_PAUSE_S * 2**number, deadline.remaining))
    raise DownloadError(
        f"{url} did not come: {reason}",
        url=url,
        status=None,
        next_step="try again (what came is kept), or fetch it elsewhere and `harness tools add` it",
    )


def _look(url: str, deadline: Deadline) -> Remote:
    with _open(url, deadline, {}, method="HEAD") as response:
        return _described(url, response)


def _transfer(url: str, into: Path, deadline: Deadline, progress: Progress) -> Downloaded:
    part = into.with_name(f"{into.name}.part")
    note = into.with_name(f"{into.name}.part.json")
    have, validator = _left_over(url, part, note)
    headers = {"Range": f"bytes={have}-", "If-Range": validator} if validator else {}
    with _open(url, deadline, headers, method="GET") as response:
        remote = _described(url, response)
        done = have if _continues(response, have, note) else 0
        total = remote.size + done if remote.size is not None else None
        write_json(note, {"url": url, "validator": remote.validator})
        with part.open("r+b" if done else "w+b") as stream:
            sent = hashlib.sha256(stream.read(done))
            stream.truncate(done)
            while piece := _piece(response, deadline):
                stream.write(piece)
                sent.update(piece)
                done += len(piece)
                progress(done, total)
    if total is not None and done != total:
        raise _BrokenOffError(f"it broke off after {done} of {total} bytes")
    if sha256_of(part) != sent.hexdigest():
        part.unlink()
        raise _BrokenOffError("another process was fetching it into the same place")
    part.replace(into)
    note.unlink(missing_ok=True)
    return Downloaded(into, sent.hexdigest(), done, replace(remote, size=done))


def _continues(response: HTTPResponse, have: int, note: Path) -> bool:
    """Whether the answer is the rest of what is there; a server may send the whole instead."""
    if response.status != HTTPStatus.PARTIAL_CONTENT:
        return False
    if not response.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
        note.unlink()  # so that the next try asks for the whole
        raise _BrokenOffError("the server sent another range than it was asked for")
    return True


def _left_over(url: str, part: Path, note: Path) -> tuple[int, str | None]:
    """Tell how much of this very file came before; without a validator nothing may be appended."""
    try:
        document = json.loads(note.read_text("utf-8"))
        if document["url"] == url and document["validator"] and part.stat().st_size > 0:
            return part.stat().st_size, str(document["validator"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return 0, None


def _open(url: str, deadline: Deadline, headers: Mapping[str, str], *, method: str) -> HTTPResponse:
    if urlsplit(url).scheme not in ("http", "https"):
        raise DownloadError(
            f"{url} is no http address", url=url, status=None, next_step="give an https:// address"
        )
    request = Request(  # noqa: S310 (the scheme is checked above)
        url,
        headers={
            "User-Agent": f"delegate-harness/{__version__}",
            "Accept-Encoding": "identity",
            **headers,
        },
        method=method,
    )
    wait = max(0.1, min(_SILENCE_S, deadline.remaining))
    try:
        response: HTTPResponse = build_opener().open(request, timeout=wait)
    except HTTPError as error:
        error.close()
        if error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            # The rest that was asked for lies past the end: the part is no part of this file.
            return _open(url, deadline, {}, method=method)
        if error.code in _TRY_LATER:
            raise _BrokenOffError(f"the server answered {error.code} {error.reason}") from error
        raise DownloadError(
            f"{url}: the server answered {error.code} {error.reason}",
            url=url,
            status=error.code,
            next_step="check the version and the mirror, or add a tool with `harness tools add`",
        ) from error
    except URLError as error:
        if isinstance(error.reason, socket.gaierror):
            raise DownloadError(
                f"{url}: the server's name is not known here (no network?)",
                url=url,
                status=None,
                next_step=f"download {url} where there is a network, then `harness tools add PATH`",
            ) from error
        raise _BrokenOffError(str(error.reason)) from error
    except (OSError, HTTPException) as error:
        raise _BrokenOffError(str(error) or type(error).__name__) from error
    return response


def _piece(response: HTTPResponse, deadline: Deadline) -> bytes:
    """Read what has come, so that a server that drips cannot outlast the deadline."""
    if deadline.passed:
        raise _BrokenOffError("it was too slow for the time there was")
    try:
        return response.read1(_PIECE)
    except (OSError, HTTPException) as error:
        raise _BrokenOffError(str(error) or type(error).__name__) from error


def _described(url: str, response: HTTPResponse) -> Remote:
    tag = response.headers.get("ETag")
    modified = response.headers.get("Last-Modified")
    length = response.headers.get("Content-Length", "")
    return Remote(
        url=url,
        size=int(length) if length.isdigit() else None,
        validator=tag if tag and not tag.startswith("W/") else modified,
        changed=_day(modified),
    )


def _day(modified: str | None) -> str | None:
    try:
        return parsedate_to_datetime(modified).date().isoformat() if modified else None
    except ValueError:
        return None
