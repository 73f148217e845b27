# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import asyncio
import socket

import pytest

from ringtausch_node.errors import RemoteError
from tests.transport.peers import HOST, OK, answering, peer_that, post, saying, transport_with


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
        "https://127.0.0.1:{port}\r\nX: y", "https://127.0.0.1 :{port}",
        "https://①②⑦.⓪.⓪.①:{port}", "https://[127.0.0.1]",
        "https://[::1", "https://" + "a" * 300, "https://@", "https://[::]:@",
    ],
)  # fmt: skip
async def test_a_hostile_url_opens_no_connection(url: str) -> None:
    lookup, _ = answering([HOST])
    async with peer_that(saying(OK)) as peer, transport_with(allow_private=False, lookup=lookup) as transport:
        with pytest.raises(RemoteError, match="unreachable"):
            await post(transport, url.format(port=peer.port), timeout_seconds=1.0)
        assert 0 == peer.connections


@pytest.mark.parametrize("folder", ["/ring", "/ring/", "/tausch/ringe/oak-2.b_~"])
async def test_a_ring_in_a_folder_of_a_shared_server_is_called_there(folder: str) -> None:
    async with peer_that(saying(OK)) as peer, transport_with() as transport:
        await post(transport, f"http://{HOST}:{peer.port}{folder}")
    assert peer.requests[0].startswith(f"POST {folder.rstrip('/')}/peer/v1/frames HTTP/1.1\r\n".encode())


@pytest.mark.parametrize(
    "folder", ["/..", "/a/../b", "/./a", "//a", "/a//b", "/a//", "/%2e%2e", "/a%2fb", "/a;b", "/a:b", "/a@b", "/é"]
)
async def test_a_folder_of_other_than_plain_names_is_not_called(folder: str) -> None:
    async with peer_that(saying(OK)) as peer, transport_with() as transport:
        with pytest.raises(RemoteError, match="unreachable"):
            await post(transport, f"http://{HOST}:{peer.port}{folder}")
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


async def test_a_resolver_that_changes_its_mind_between_check_and_connect_finds_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first answer is public, every later one leads home: the only socket goes where the first answer led."""
    opened: list[tuple[str, int]] = []

    def note(_self: object, info: tuple[object, ...]) -> socket.socket:
        address = info[4]
        assert isinstance(address, tuple)
        opened.append((str(address[0]), int(address[1])))
        raise OSError("nobody is called in a test")

    monkeypatch.setattr("ringtausch_node.federation.wire.transport.HttpTransport._open_socket", note)
    lookup, asked = answering(["8.8.8.8"], [HOST])
    async with peer_that(saying(OK)) as peer, transport_with(allow_private=False, lookup=lookup) as transport:
        with pytest.raises(RemoteError, match="unreachable"):
            await post(transport, f"https://oak.example:{peer.port}")
        assert 0 == peer.connections
        assert [("8.8.8.8", peer.port)] == opened
    assert ["oak.example"] == asked


async def test_the_socket_itself_is_the_last_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if the check of the names were wrong, no socket to a private address is made."""
    lookup, _ = answering([HOST])
    monkeypatch.setattr("ringtausch_node.federation.wire.transport._CheckedResolver.resolve", _unchecked)
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


async def test_where_a_url_leads_is_told_by_its_addresses() -> None:
    lookup, asked = answering(["8.8.8.8", "2a00:1450::1"])
    async with transport_with(allow_private=False, lookup=lookup) as transport:
        assert {"8.8.8.8", "2a00:1450::1"} == await transport.addresses("https://oak.example")
        assert frozenset() == await transport.addresses("https://[::1")
        assert frozenset() == await transport.addresses("https://")
    async with transport_with(lookup=lookup) as transport:
        assert frozenset() == await transport.addresses("https://oak.example")
    assert ["oak.example"] == asked
