# SPDX-License-Identifier: AGPL-3.0-or-later
"""The control socket: its owner's alone, in folders of any depth, with codes for everything."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.cli import reach
from ringtausch_node.cli.reach import NoNode, ask, call
from ringtausch_node.control.app import ControlServer
from ringtausch_node.control.operations import OPERATIONS
from ringtausch_node.errors import LocalError


async def ask_node(folder: Path, operation: str, **args: Any) -> Any:
    return await asyncio.to_thread(ask, folder, operation, args, 5.0)


@pytest.fixture
async def server(ring: Ring) -> Any:
    started = ControlServer(ring)
    await started.start()
    yield started
    await started.stop()


async def test_the_node_answers_on_its_socket(server: ControlServer, ring: Ring, folder: Path) -> None:
    assert len(str(folder / "control.sock")) > 108
    assert 0o600 == (folder / "control.sock").stat().st_mode & 0o777
    assert ring.identity.ring_id == (await ask_node(folder, "state"))["ring_id"]


async def test_a_code_comes_through(server: ControlServer, folder: Path) -> None:
    for operation, args, code in (
        ("member.token", {"handle": "nobody"}, "unknown_member"),
        ("nothing", {}, "usage"),
        ("member.import", {"data": "A" * (9 * 1024 * 1024)}, "too_large"),
    ):
        with pytest.raises(LocalError) as caught:
            await ask_node(folder, operation, **args)
        assert code == caught.value.code


async def test_a_bug_is_internal_and_the_node_goes_on(
    server: ControlServer, ring: Ring, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_members: object) -> None:
        raise KeyError("Alma owes Ben 3 hours")

    monkeypatch.setattr(type(ring.members), "list", broken)
    with pytest.raises(LocalError) as caught:
        await ask_node(folder, "member.list")
    assert ("internal", "member.list") == (caught.value.code, caught.value.detail)
    assert "KeyError at test_socket.py:" in caplog.text
    assert "Alma" not in caplog.text
    assert "ready" == (await ask_node(folder, "state"))["state"]


async def test_a_socket_that_a_killed_node_left_is_replaced(ring: Ring, folder: Path) -> None:
    left = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    try:
        import os

        os.chdir(folder)
        left.bind("control.sock")
    finally:
        os.chdir(here)
    left.close()
    with pytest.raises(NoNode):
        await ask_node(folder, "state")
    server = ControlServer(ring)
    await server.start()
    assert "ready" == (await ask_node(folder, "state"))["state"]
    await server.stop()
    assert not (folder / "control.sock").exists()


async def test_a_folder_in_use_without_a_socket_is_not_reachable(
    ring: Ring, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ringtausch_node.cli.reach.PATIENCE_SECONDS", 0.2)
    with pytest.raises(LocalError) as caught:
        await asyncio.to_thread(call, folder, "state", {})
    assert "node_unreachable" == caught.value.code


async def test_an_answer_that_is_cut_off_is_not_reachable(folder: Path) -> None:
    from ringtausch_node.control.app import bind_control

    listener = bind_control(folder)

    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
        writer.close()

    server = await asyncio.start_unix_server(hang_up, sock=listener)
    with pytest.raises(LocalError) as caught:
        await ask_node(folder, "state")
    assert "node_unreachable" == caught.value.code
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize("operation", ["peer.propose", "peer.give_up", "member.leave", "recover.old_copy", "verify"])
def test_what_reads_or_writes_much_may_take_long(operation: str) -> None:
    assert reach.LONG_ANSWER_SECONDS == reach._answer_seconds(operation)


@pytest.mark.parametrize("operation", ["recovered.list", "recovered.assign", "pay"])
def test_what_is_quick_counts_as_stuck_soon(operation: str) -> None:
    assert reach.ANSWER_SECONDS == reach._answer_seconds(operation)


def test_what_may_take_long_is_an_operation() -> None:
    assert set() == reach.LONG_OPERATIONS - OPERATIONS.keys()
