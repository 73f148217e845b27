# SPDX-License-Identifier: AGPL-3.0-or-later
"""deploy/health.py: well only if every ring says so itself."""

from __future__ import annotations

import http.server
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ringtausch_node.bootstrap import found_ring
from ringtausch_node.config import Config
from tests.house.tree import ROOT

Ring = Callable[..., Path]
READY, FAILED = (200, b'{"state":"ready","version":"1"}'), (503, b'{"state":"failed","version":"1"}')


@pytest.fixture(name="ring")
def _ring(tmp_path: Path) -> Iterator[Ring]:
    """Rings that nobody has opened yet, and an answer for each."""
    servers: list[http.server.HTTPServer] = []

    def begin(status: int, body: bytes, listen: str = "127.0.0.1:{port}") -> Path:
        name = f"ring{len(servers)}.example"

        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                is_right = self.path == "/health" and self.headers["Host"] == name
                self.send_response(status if is_right else 421)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: object) -> None:
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        folder = tmp_path / name
        found_ring(folder, Config(address=name, name=name, listen=listen.format(port=server.server_port)))
        return folder

    yield begin
    for server in servers:
        server.shutdown()
        server.server_close()


def ask(*folders: Path) -> tuple[int, str]:
    """Run it as the container does."""
    command: list[str | Path] = [sys.executable, "-I", ROOT / "deploy" / "health.py", *folders]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert "" == done.stderr
    return done.returncode, done.stdout


def test_a_ring_that_is_ready_is_well(ring: Ring) -> None:
    folder = ring(*READY)
    assert (0, f"{folder}: ready\n") == ask(folder)


def test_a_ring_that_listens_everywhere_is_asked_next_door(ring: Ring) -> None:
    assert 0 == ask(ring(*READY, listen="0.0.0.0:{port}"))[0]


def test_one_failed_ring_is_enough(ring: Ring) -> None:
    well, failed = ring(*READY), ring(*FAILED)
    assert (1, f"{well}: ready\n{failed}: failed\n") == ask(well, failed)


def test_an_answer_that_is_none_is_not_well(ring: Ring) -> None:
    assert 1 == ask(ring(200, b"<html>"))[0]
    assert 1 == ask(ring(200, b"[]"))[0]


def test_silence_is_not_well(ring: Ring) -> None:
    assert 1 == ask(ring(*READY, listen="127.0.0.1:1"))[0]


def test_a_folder_that_is_no_ring_is_not_well(tmp_path: Path) -> None:
    assert (1, f"{tmp_path}: folder_missing\n") == ask(tmp_path)


def test_nothing_asked_is_not_well() -> None:
    assert (1, "") == ask()
