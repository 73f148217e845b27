# SPDX-License-Identifier: AGPL-3.0-or-later
"""An address that sends a byte now and then keeps no audit waiting for ever, whatever it sends so."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from ringtausch_protocol.audit.program.command import main
from ringtausch_protocol.audit.sources import patience
from ringtausch_protocol.audit.sources.opening import open_sources
from ringtausch_protocol.audit.sources.patience import ADDRESS_SECONDS, FILE_SECONDS, SILENCE_SECONDS, Patience
from ringtausch_protocol.audit.sources.web import WebFiles
from ringtausch_protocol.errors import RemoteError
from tests.audit.test_addresses import folder, url
from tests.transport.test_certificates import certificate, serving_with

__all__ = ["folder", "url"]

HEAD = b"HTTP/1.0 200 OK\r\n\r\n"
STARTS = {"the first line": b"HTTP/1.0 200 O", "a header": b"HTTP/1.0 200 OK\r\nX-Header: ", "a file": HEAD}
FEW = 50


class Drops:
    """A clock and a tap: whenever somebody looks how late it is, half a minute is nearly gone, and a byte comes."""

    def __init__(self) -> None:
        self.now, self.looked = 0.0, 0
        self.open = threading.Semaphore(0)

    def __call__(self) -> float:
        self.looked += 1
        self.now += SILENCE_SECONDS - 1
        self.open.release()
        return self.now


@contextmanager
def dripping(start: bytes, drops: Drops, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """A server that says how an answer begins, and from then on a byte for each drop; it never ends. -> its address."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        thread = threading.Thread(target=_drip, args=(server, partial(_answer, start, drops, over), over, tls))
        thread.start()
        try:
            yield f"http{'s' if tls else ''}://127.0.0.1:{server.getsockname()[1]}"
        finally:
            over.set()
            drops.open.release()
            thread.join()


def _drip(
    server: socket.socket, answer: Callable[[socket.socket], None], over: threading.Event, tls: ssl.SSLContext | None
) -> None:
    while not over.is_set():
        try:
            taken, _ = server.accept()
        except TimeoutError:
            continue
        with taken if tls is None else tls.wrap_socket(taken, server_side=True) as connected:
            answer(connected)


def _answer(start: bytes, drops: Drops, over: threading.Event, connected: socket.socket) -> None:
    try:
        connected.recv(4_096)
        connected.sendall(start)
        while not over.is_set():
            drops.open.acquire()
            connected.sendall(b"x")
    except OSError:  # whoever asked has had enough
        pass


def code_of(files: WebFiles) -> str:
    """With what a file is refused."""
    with pytest.raises(RemoteError) as refused:
        files.read("checkpoint", 10_000)
    return refused.value.code


@pytest.mark.parametrize("place", STARTS)
def test_who_sends_a_byte_now_and_then_is_off_after_a_few(place: str) -> None:
    """Each byte comes within the limit of a read."""
    drops = Drops()
    with dripping(STARTS[place], drops) as address:
        assert "unreachable" == code_of(WebFiles(address, Patience(drops)))

    assert 1 < drops.looked < FEW
    assert FILE_SECONDS <= drops.now < FILE_SECONDS + 3 * SILENCE_SECONDS


def test_so_is_who_drips_under_a_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pem, drops = certificate(tmp_path, "drip.example"), Drops()
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    with dripping(HEAD, drops, serving_with(pem)) as address:
        assert "unreachable" == code_of(WebFiles(address, Patience(drops)))

    assert FILE_SECONDS <= drops.now < FILE_SECONDS + 3 * SILENCE_SECONDS


def test_many_slow_files_use_up_the_patience_with_their_address(url: str) -> None:
    """Every file comes just in time, and there is no end of them."""
    now = 0.0

    def clock() -> float:
        nonlocal now
        now += FILE_SECONDS / 20
        return now

    files = WebFiles(f"{url}/ring/log/1", Patience(clock))
    assert ADDRESS_SECONDS / FILE_SECONDS < read_until_refused(files) < ADDRESS_SECONDS
    assert "unreachable" == code_of(files)


def read_until_refused(files: WebFiles) -> int:
    """How often the same file comes."""
    for count in range(int(ADDRESS_SECONDS)):
        try:
            files.read("checkpoint", 10_000)
        except RemoteError:
            return count
    return int(ADDRESS_SECONDS)


def test_an_audit_goes_on_with_the_addresses_that_answer(url: str, tmp_path: Path) -> None:
    drops = Drops()
    with dripping(HEAD, drops) as address:
        logs, failed = open_sources([address, f"{url}/ring"], tmp_path, drops)

    assert [f"{url}/ring/log/1"] == [log.files.name for log in logs]
    assert [(address, "unreachable")] == [tuple(each) for each in failed]


def test_the_program_asks_a_real_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a limit that is over at once, as if the five minutes had passed."""
    monkeypatch.setattr(patience, "FILE_SECONDS", 0.05)
    drops = Drops()
    with dripping(HEAD, drops) as address:
        assert 1 == main([address, "--quiet", "--json", str(tmp_path / "r.json")])
    assert '"unreachable"' in (tmp_path / "r.json").read_text()
