# SPDX-License-Identifier: Apache-2.0
"""The kit's own address: what the ring under test says by itself is heard, and put off.

Every call is answered 503 `busy` (SPEC.md 9: later), so that the rules alone say what the kit sends and when, and so
that what is not confirmed comes again.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableSequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ringtausch_protocol import canonical, limits
from ringtausch_protocol.codes import CODES
from ringtausch_protocol.conformance.model import Heard
from ringtausch_protocol.requests import Refusal

_BUSY = canonical.encode(Refusal(code="busy"))
#: A caller that says nothing is not waited for longer.
READ_SECONDS = 10
#: How soon the end of a run is noticed.
POLL_SECONDS = 0.05


class _Handler(BaseHTTPRequestHandler):
    """One connection. A server has a class of its own of these, which knows where what comes is kept."""

    timeout = READ_SECONDS
    heard: MutableSequence[Heard]

    def handle(self) -> None:
        """A connection; that its caller hangs up, before or behind a call, is his to choose."""
        with suppress(ConnectionError):
            super().handle()

    def do_POST(self) -> None:
        """A call: heard, if it came whole, and put off."""
        told = self.headers.get("Content-Length", "")
        size = min(int(told) if told.isdecimal() else 0, limits.REQUEST_BYTES + 1)
        body = self.rfile.read(size)
        if len(body) == size:
            self.heard.append(Heard(self.path, self.headers.get("Content-Type", ""), body))
        self._put_off()

    def do_GET(self) -> None:
        """Our log, say: not now."""
        self._put_off()

    def _put_off(self) -> None:
        self.send_response(CODES["busy"].status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(_BUSY)))
        self.end_headers()
        self.wfile.write(_BUSY)

    def log_message(self, *_: object) -> None:
        """Nothing: the report says what matters."""


@contextmanager
def listening(host: str, port: int, heard: MutableSequence[Heard]) -> Iterator[int]:
    """Listen for the life of a run; what comes goes into `heard`. -> the port. Raises OSError where it is taken."""
    handler = type("_Handler", (_Handler,), {"heard": heard})
    with ThreadingHTTPServer((host, port), handler) as server, ThreadPoolExecutor(1) as one:
        server.daemon_threads = True
        one.submit(server.serve_forever, POLL_SECONDS)
        try:
            yield server.server_port
        finally:
            server.shutdown()
