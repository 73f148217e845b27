# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ringtausch_node.errors import RemoteError
from ringtausch_node.federation.model import Reply
from ringtausch_node.federation.transport import HttpTransport, Lookup

HOST = "127.0.0.1"
LIMIT = 1_000

#: What a peer does once it has read a request.
Behaviour = Callable[[bytes, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Peer:
    """A server that does to its client what a test wants, and counts who came."""

    def __init__(self, behave: Behaviour) -> None:
        self._behave = behave
        self._writers: set[asyncio.StreamWriter] = set()
        self.connections = 0
        self.requests: list[bytes] = []
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                size = next(
                    int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
                )
                body = await reader.readexactly(size)
                self.requests.append(head + body)
                await self._behave(body, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    def drop_all(self) -> None:
        for writer in self._writers:
            writer.close()


@asynccontextmanager
async def peer_that(behave: Behaviour, tls: ssl.SSLContext | None = None) -> AsyncIterator[Peer]:
    peer = Peer(behave)
    server = await asyncio.start_server(peer.serve, HOST, 0, ssl=tls)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        server.close()
        peer.drop_all()
        await server.wait_closed()
        await asyncio.sleep(0.01)


@asynccontextmanager
async def transport_with(
    *, allow_private: bool = True, lookup: Lookup | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[HttpTransport]:
    transport = HttpTransport(allow_private=allow_private, lookup=lookup, tls=tls)
    try:
        yield transport
    finally:
        await transport.close()


def saying(data: bytes) -> Behaviour:
    async def behave(_body: bytes, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()

    return behave


async def post(transport: HttpTransport, url: str, timeout_seconds: float = 5.0, limit_bytes: int = LIMIT) -> Reply:
    return await transport.post(
        url, "/peer/v1/frames", b'{"a":1}', limit_bytes=limit_bytes, timeout_seconds=timeout_seconds
    )


async def code_of_posting(behave: Behaviour, timeout_seconds: float = 5.0, limit_bytes: int = LIMIT) -> str:
    async with peer_that(behave) as peer, transport_with() as transport:
        with pytest.raises(RemoteError) as caught:
            await post(transport, f"http://{HOST}:{peer.port}", timeout_seconds, limit_bytes)
        return caught.value.code


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


async def test_bytes_go_and_come_untouched_over_one_connection() -> None:
    async with peer_that(saying(OK)) as peer, transport_with() as transport:
        for _ in range(3):
            reply = await post(transport, f"http://{HOST}:{peer.port}/")
            assert (200, b"{}") == (reply.status, reply.body)
        assert 1 == peer.connections
        assert peer.requests[0].startswith(b"POST /peer/v1/frames HTTP/1.1\r\n")
        assert peer.requests[0].endswith(b'\r\n\r\n{"a":1}')
        assert b"Accept-Encoding: identity\r\n" in peer.requests[0]
        assert b"Content-Type: application/json\r\n" in peer.requests[0]


async def test_an_answer_that_refuses_is_an_answer() -> None:
    refusal = b'HTTP/1.1 409 Conflict\r\nContent-Length: 14\r\n\r\n{"code":"gap"}'
    async with peer_that(saying(refusal)) as peer, transport_with() as transport:
        reply = await post(transport, f"http://{HOST}:{peer.port}")
    assert (409, b'{"code":"gap"}') == (reply.status, reply.body)


async def test_cookies_are_not_kept() -> None:
    answer = OK.replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=b\r\n\r\n")
    async with peer_that(saying(answer)) as peer, transport_with() as transport:
        await post(transport, f"http://{HOST}:{peer.port}")
        await post(transport, f"http://{HOST}:{peer.port}")
        assert b"ookie" not in peer.requests[1]


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    async with peer_that(saying(OK)) as peer, transport_with() as transport:
        assert 200 == (await post(transport, f"http://{HOST}:{peer.port}")).status


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    async with peer_that(saying(OK)) as elsewhere:
        location = f"http://{HOST}:{elsewhere.port}/latest/meta-data".encode()
        answer = b"HTTP/1.1 %d Moved\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % (status, location)
        assert "bad_answer" == await code_of_posting(saying(answer))
        assert 0 == elsewhere.connections


@pytest.mark.parametrize("encoding", [b"gzip", b"deflate", b"br", b"identity, gzip"])
async def test_a_packed_answer_is_refused_unopened(encoding: bytes) -> None:
    bomb = zlib.compress(bytes(10_000_000))[:900]
    answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n%s" % (encoding, len(bomb), bomb)
    assert "bad_answer" == await code_of_posting(saying(answer))


async def test_an_answer_of_exactly_the_limit_is_read() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"a" * LIMIT
    async with peer_that(saying(answer)) as peer, transport_with() as transport:
        assert LIMIT == len((await post(transport, f"http://{HOST}:{peer.port}")).body)


async def test_an_answer_announced_too_large_is_refused() -> None:
    assert "too_large" == await code_of_posting(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n"))


async def test_an_endless_answer_is_cut_and_not_kept_in_memory() -> None:
    sent = 0

    async def flood(_body: bytes, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + bytes(65_536) + b"\r\n")
            await writer.drain()
            sent += 65_536

    tracemalloc.start()
    try:
        assert "too_large" == await code_of_posting(flood, limit_bytes=256 * 1024)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
    assert sent < 50_000_000


async def test_a_byte_a_second_ends_with_the_time_allowed() -> None:
    async def drip(_body: bytes, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n")
        while True:
            writer.write(b"a")
            await writer.drain()
            await asyncio.sleep(0.02)

    began_at = asyncio.get_running_loop().time()
    assert "unreachable" == await code_of_posting(drip, timeout_seconds=0.2)
    assert asyncio.get_running_loop().time() - began_at < 1.0


async def test_a_head_that_crawls_ends_with_the_time_allowed() -> None:
    async def drip(_body: bytes, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X: y\r\n")
            await writer.drain()
            await asyncio.sleep(0.02)

    assert "unreachable" == await code_of_posting(drip, timeout_seconds=0.2)


async def test_silence_ends_with_the_time_allowed() -> None:
    async def wait(_body: bytes, _reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.5)

    assert "unreachable" == await code_of_posting(wait, timeout_seconds=0.1)


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"\x00\xff" * 100 + b"\r\n\r\n",
    ],
)
async def test_what_is_not_http_is_a_bad_answer(answer: bytes) -> None:
    assert "bad_answer" == await code_of_posting(saying(answer))


@pytest.mark.parametrize("before", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"])
async def test_half_an_answer_is_an_error(before: bytes) -> None:
    async def hang_up(_body: bytes, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(before)
        writer.close()

    assert await code_of_posting(hang_up) in ("unreachable", "bad_answer")


async def test_nobody_there() -> None:
    async with transport_with() as transport:
        with pytest.raises(RemoteError, match="unreachable: no connection"):
            await post(transport, "http://127.0.0.1:1")


async def test_a_closed_transport_opens_again() -> None:
    async with peer_that(saying(OK)) as peer, transport_with() as transport:
        await post(transport, f"http://{HOST}:{peer.port}")
        await transport.close()
        await transport.close()
        assert 200 == (await post(transport, f"http://{HOST}:{peer.port}")).status


async def test_being_cancelled_is_not_an_answer() -> None:
    async def wait(_body: bytes, _reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.3)

    async with peer_that(wait) as peer, transport_with() as transport:
        posting = asyncio.create_task(post(transport, f"http://{HOST}:{peer.port}"))
        await asyncio.sleep(0.1)
        posting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await posting


# -- whom we call ------------------------------------------------------------------------------------------------------


def answering(*answers: list[str]) -> tuple[Lookup, list[str]]:
    """A resolver that gives one answer after the other, and what it was asked."""
    asked: list[str] = []

    async def lookup(host: str, _port: int) -> list[str]:
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1]

    return lookup, asked


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1:{port}", "https://127.1:{port}", "https://0x7f.1:{port}", "https://0x7f000001:{port}",
        "https://2130706433:{port}", "https://017700000001:{port}", "https://0177.0.0.1:{port}", "https://0:{port}",
        "https://0.0.0.0:{port}", "https://[::1]:{port}", "https://[::]:{port}", "https://[::ffff:127.0.0.1]:{port}",
        "https://[::ffff:7f00:1]:{port}", "https://[::127.0.0.1]:{port}", "https://[64:ff9b::7f00:1]:{port}",
        "https://[64:ff9b:1::7f00:1]:{port}", "https://[2002:7f00:1::]:{port}", "https://[fe80::1%25lo]:{port}",
        "https://127.0.0.1.:{port}", "https://localhost:{port}", "https://LOCALHOST.:{port}", "https://10.0.0.1",
        "https://169.254.169.254", "https://[::ffff:169.254.169.254]", "https://[fd00::1]", "https://192.168.1.1",
        "https://100.64.0.1", "https://[fec0::1]", "https://224.0.0.1", "https://255.255.255.255",
        "http://127.0.0.1:{port}", "http://8.8.8.8", "ftp://127.0.0.1:{port}", "file:///etc/passwd", "gopher://a.example",
        "//127.0.0.1:{port}", "127.0.0.1:{port}", "https:127.0.0.1:{port}", "https:///", "https://", "", "javascript:1",
        "https://oak.example@127.0.0.1:{port}", "https://a:b@127.0.0.1:{port}", "https://127.0.0.1:{port}#@8.8.8.8",
        "https://127.0.0.1:{port}?@8.8.8.8", "https://127.0.0.1:{port}/a", "https://127.0.0.1:{port}\\@8.8.8.8",
        "https://8.8.8.8:99999", "https://8.8.8.8:x", "https://8.8.8.8:0", "https://8.8.8.8:22", "https://8.8.8.8:25",
        "https://127.0.0.1:{port}\r\nX: y", "https://127.0.0.1 :{port}", "https://①②⑦.⓪.⓪.①:{port}", "https://[127.0.0.1]",
        "https://[::1", "https://" + "a" * 300,
    ],
)  # fmt: skip
async def test_a_hostile_url_opens_no_connection(url: str) -> None:
    lookup, _ = answering([HOST])
    async with peer_that(saying(OK)) as peer, transport_with(allow_private=False, lookup=lookup) as transport:
        with pytest.raises(RemoteError, match="unreachable"):
            await post(transport, url.format(port=peer.port), timeout_seconds=1.0)
        assert 0 == peer.connections


@pytest.mark.parametrize(
    "addresses",
    [
        [HOST], ["8.8.8.8", HOST], [HOST, "8.8.8.8"], ["10.1.2.3"], ["::1"], ["::ffff:127.0.0.1"], ["64:ff9b::7f00:1"],
        ["2a00:1450::1", "fd00::1"], ["169.254.169.254"],
    ],
)  # fmt: skip
async def test_a_name_with_one_private_address_is_not_called(addresses: list[str]) -> None:
    lookup, asked = answering(addresses)
    async with peer_that(saying(OK)) as peer, transport_with(allow_private=False, lookup=lookup) as transport:
        with pytest.raises(RemoteError, match="unreachable: its address is not public"):
            await post(transport, f"https://oak.example:{peer.port}")
        assert 0 == peer.connections
    assert ["oak.example"] == asked


async def test_a_name_is_asked_once_and_the_socket_goes_to_that_answer() -> None:
    lookup, asked = answering([HOST], ["127.0.0.9"])
    async with peer_that(saying(OK)) as peer, transport_with(lookup=lookup) as transport:
        await post(transport, f"http://oak.example:{peer.port}")
        assert 1 == peer.connections
        assert f"Host: oak.example:{peer.port}\r\n".encode() in peer.requests[0]
    assert ["oak.example"] == asked


async def test_a_resolver_that_turns_hostile_is_caught_at_the_next_connection() -> None:
    lookup, asked = answering(["192.0.2.1"], [HOST])
    async with peer_that(saying(OK)) as peer, transport_with(allow_private=False, lookup=lookup) as transport:
        for _ in range(3):
            with pytest.raises(RemoteError, match="its address is not public"):
                await post(transport, f"https://oak.example:{peer.port}")
        assert 0 == peer.connections
    assert 3 == len(asked)


async def test_the_socket_itself_is_the_last_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if the check of the names were wrong, no socket to a private address is made."""
    lookup, _ = answering([HOST])
    monkeypatch.setattr("ringtausch_node.federation.transport._CheckedResolver.resolve", _unchecked)
    async with peer_that(saying(OK)) as peer, transport_with(allow_private=False, lookup=lookup) as transport:
        with pytest.raises(RemoteError, match="its address is not public"):
            await post(transport, f"https://oak.example:{peer.port}")
        assert 0 == peer.connections


async def _unchecked(_self: object, host: str, port: int = 0, family: int = 0) -> list[dict[str, object]]:
    return [{"hostname": host, "host": HOST, "port": port, "family": 2, "proto": 0, "flags": 0}]


async def test_a_name_that_nobody_knows() -> None:
    lookup, _ = answering([])
    async with transport_with(allow_private=False, lookup=lookup) as transport:
        with pytest.raises(RemoteError, match="unreachable: its name is not known"):
            await post(transport, "https://nowhere.example")


async def test_the_resolver_of_the_system_is_bounded_by_the_time_allowed() -> None:
    async def never(_host: str, _port: int) -> list[str]:
        await asyncio.sleep(3_600)
        return []

    async with transport_with(lookup=never) as transport:
        with pytest.raises(RemoteError, match="no answer in time"):
            await post(transport, "http://oak.example", timeout_seconds=0.1)


async def test_localhost_is_resolved_by_the_system() -> None:
    async with peer_that(saying(OK)) as peer, transport_with() as transport:
        assert 200 == (await post(transport, f"http://localhost:{peer.port}")).status


# -- TLS ---------------------------------------------------------------------------------------------------------------


def certificate(folder: Path, name: str) -> Path:
    """A self-signed certificate for a name, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ipaddress.ip_address(HOST))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = folder / f"{name}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def serving_with(pem: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


async def test_a_certificate_of_the_name_from_a_known_authority_is_accepted(tmp_path: Path) -> None:
    pem = certificate(tmp_path, "oak.example")
    lookup, _ = answering([HOST])
    trusting = ssl.create_default_context(cafile=str(pem))
    async with (
        peer_that(saying(OK), serving_with(pem)) as peer,
        transport_with(lookup=lookup, tls=trusting) as transport,
    ):
        assert 200 == (await post(transport, f"https://oak.example:{peer.port}")).status


@pytest.mark.parametrize("is_trusted", [True, False])
async def test_another_certificate_is_refused(tmp_path: Path, is_trusted: bool) -> None:
    pem = certificate(tmp_path, "elm.example")
    lookup, _ = answering([HOST])
    trusting = ssl.create_default_context(cafile=str(pem)) if is_trusted else None
    name = "oak.example" if is_trusted else "elm.example"
    async with (
        peer_that(saying(OK), serving_with(pem)) as peer,
        transport_with(lookup=lookup, tls=trusting) as transport,
    ):
        with pytest.raises(RemoteError, match="its certificate cannot be verified"):
            await post(transport, f"https://{name}:{peer.port}")
        assert [] == peer.requests
