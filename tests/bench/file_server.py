"""A real HTTP server on loopback with ranges, validators and the faults of bad networks."""

import hashlib
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Faults:
    break_after: list[int] = field(default_factory=list)  # bytes sent before each broken answer
    statuses: list[int] = field(default_factory=list)  # answered before anything else
    drip_s: float = 0.0  # between single bytes
    no_ranges: bool = False
    wrong_range: bool = False
    no_validator: bool = False


@dataclass
class Served:
    url: str
    files: dict[str, bytes]
    faults: Faults = field(default_factory=Faults)
    requests: list[tuple[str, str, str | None]] = field(default_factory=list)

    @property
    def gets(self):
        return [request for request in self.requests if request[0] == "GET"]


def _handler(served):  # noqa: C901 (a server with its faults in one place)
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_args):
            pass

        def do_HEAD(self):
            self._answer(body=False)

        def do_GET(self):
            self._answer(body=True)

        def _answer(self, *, body):
            wanted = self.headers.get("Range")
            served.requests.append((self.command, self.path, wanted))
            if served.faults.statuses:
                self.send_error(served.faults.statuses.pop(0))
                return
            data = served.files.get(self.path)
            if data is None:
                self.send_error(404)
                return
            tag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
            start = 0
            if wanted and not served.faults.no_ranges and self.headers.get("If-Range") == tag:
                start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start > len(data) - 1 and start:
                self.send_error(416)
                return
            self.send_response(206 if start else 200)
            if start:
                said = start + 1 if served.faults.wrong_range else start
                self.send_header("Content-Range", f"bytes {said}-{len(data) - 1}/{len(data)}")
            self.send_header("Content-Length", str(len(data) - start))
            if not served.faults.no_validator:
                self.send_header("ETag", tag)
            self.send_header("Last-Modified", "Fri, 20 Nov 2026 07:00:00 GMT")
            self.end_headers()
            if body:
                self._send(data[start:])

        def _send(self, data):
            if served.faults.break_after:
                data = data[: served.faults.break_after.pop(0)]
            if not served.faults.drip_s:
                self.wfile.write(data)
                return
            for byte in data:
                try:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                except OSError:
                    return
                time.sleep(served.faults.drip_s)

    return Handler


@contextmanager
def serving(files):
    served = Served("", dict(files))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(served))
    server.daemon_threads = True
    served.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
