# SPDX-License-Identifier: AGPL-3.0-or-later
"""The kit's own address: whoever hangs up there is no fault, and nothing that the operator reads."""

from __future__ import annotations

import http.client
import socket
import struct
from collections.abc import Iterator
from http.server import HTTPServer

import pytest

from ringtausch_protocol.conformance import listening
from ringtausch_protocol.conformance.model import Heard
from tests.serving.wire import HOST

PATH, BODY = "/peer/v1/hello", b'{"round":"ask"}'
HALF = f"POST {PATH} HTTP/1.1\r\nContent-Length: {len(BODY)}\r\n\r\n".encode()
#: Nothing is sent any more, and whoever goes on sending is told so at once: a reset.
RESET = struct.pack("ii", 1, 0)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, list[Heard]]]:
    """A kit that listens, one caller after the other, so that the last has seen what became of those before."""
    monkeypatch.setattr(listening, "ThreadingHTTPServer", HTTPServer)
    found: list[Heard] = []
    with listening.listening(HOST, 0, found) as port:
        yield port, found


def hang_up(port: int, sent: bytes, *, is_reset: bool) -> None:
    """Send this and wait for no answer."""
    with socket.create_connection((HOST, port)) as caller:
        caller.sendall(sent)
        if is_reset:
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def call(port: int) -> int:
    """A call that waits for its answer. -> the status."""
    connection = http.client.HTTPConnection(HOST, port)
    connection.request("POST", PATH, BODY)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize("is_reset", [True, False])
def test_a_caller_who_hangs_up_is_not_heard_and_leaves_no_trace(
    heard: tuple[int, list[Heard]], capfd: pytest.CaptureFixture[str], is_reset: bool
) -> None:
    port, found = heard

    for sent in (b"", HALF, HALF + BODY[:4]):
        hang_up(port, sent, is_reset=is_reset)

    assert 503 == call(port)
    assert [Heard(PATH, "", BODY)] == found
    assert ("", "") == capfd.readouterr()


def test_a_caller_who_does_not_wait_for_the_answer_was_heard_all_the_same(
    monkeypatch: pytest.MonkeyPatch, heard: tuple[int, list[Heard]], capfd: pytest.CaptureFixture[str]
) -> None:
    port, found = heard

    def gone(_handler: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(listening._Handler, "_put_off", gone)
    with pytest.raises(http.client.RemoteDisconnected):
        call(port)

    assert [Heard(PATH, "", BODY)] == found
    assert ("", "") == capfd.readouterr()
