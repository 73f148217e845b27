# SPDX-License-Identifier: AGPL-3.0-or-later
"""How a command reaches its ring: through the control socket of the running node, or by opening the folder itself."""

from __future__ import annotations

import http.client
import os
import socket
import threading
from pathlib import Path
from typing import Any

import msgspec

from ringtausch_node.clock import SystemClock
from ringtausch_node.errors import LocalError, RemoteError
from ringtausch_node.folder import load_config

#: A node that starts holds the lock before its socket is there; a command of a second ago holds it a moment longer.
PATIENCE_SECONDS = 5.0
RETRY_SECONDS = 0.1
#: A use case takes milliseconds, asking the other ring before paying five seconds: a node that says nothing for so long
#: is stopped or stuck.
ANSWER_SECONDS = 10.0
#: What reads all books, writes all of them, or waits for another ring.
LONG_ANSWER_SECONDS = 600.0
LONG_OPERATIONS = frozenset({
    "verify", "backup", "recover", "recover.old_copy", "recover.without", "figures", "member.data", "member.forget",
    "member.import", "member.leave", "log.checkpoint", "log.export", "log.proof", "netting.run", "payment.receipt",
    "peer.accept", "wind_down.assign",
    "peer.give_up", "peer.propose",
})  # fmt: skip


class NoNode(Exception):
    """Nobody listens on the control socket."""


def call(folder: Path, operation: str, args: dict[str, Any], wait_seconds: float = 0.0) -> Any:
    """Carry out one operation of `control.operations` and give its result.

    `wait_seconds` is how much longer the answer may take. Raises LocalError or RemoteError with the operation's code;
    `node_unreachable` if the folder is locked by a process that does not answer, or the answer was lost.
    """
    load_config(folder)
    clock = SystemClock()
    give_up_at = clock.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return ask(folder, operation, args, _answer_seconds(operation) + wait_seconds)
        except NoNode:
            pass
        try:
            return _offline(folder, operation, args)
        except LocalError as error:
            if error.code != "folder_in_use":
                raise
        if clock.monotonic() > give_up_at:
            raise LocalError("node_unreachable", "the folder is in use, but no node answers")
        threading.Event().wait(RETRY_SECONDS)


def _answer_seconds(operation: str) -> float:
    return LONG_ANSWER_SECONDS if operation in LONG_OPERATIONS else ANSWER_SECONDS


def ask(folder: Path, operation: str, args: dict[str, Any], timeout_seconds: float) -> Any:
    """Ask the running node. Raises NoNode where there is none."""
    connection = _ControlConnection(folder, timeout_seconds)
    try:
        connection.connect()
        connection.request("POST", f"/{operation}", msgspec.json.encode(args), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        data = answer.read()
    except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
        raise NoNode from None
    except TimeoutError:
        raise LocalError("node_unreachable", f"no answer within {timeout_seconds:g} seconds") from None
    except (OSError, http.client.HTTPException):
        raise LocalError("node_unreachable", "the answer was lost") from None
    finally:
        connection.close()
    return _result(data)


def _result(data: bytes) -> Any:
    try:
        document = msgspec.json.decode(data, type=dict[str, Any])
    except (ValueError, RecursionError):
        raise LocalError("node_unreachable", "the answer cannot be read") from None
    error = document.get("error")
    if error is None:
        return document.get("result")
    family = RemoteError if error.get("remote") else LocalError
    raise family(str(error.get("code")), str(error.get("detail", "")), **error.get("figures", {}))


class _ControlConnection(http.client.HTTPConnection):
    """HTTP over `control.sock`. The path goes through /proc/self/fd: sun_path has 108 bytes, folders may be deeper."""

    def __init__(self, folder: Path, timeout_seconds: float) -> None:
        super().__init__("control", timeout=timeout_seconds)
        self._folder = folder

    def connect(self) -> None:
        """Connect to the socket in the folder."""
        directory = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.sock.settimeout(self.timeout)
            self.sock.connect(f"/proc/self/fd/{directory}/control.sock")
        finally:
            os.close(directory)


def _offline(folder: Path, operation: str, args: dict[str, Any]) -> Any:
    """Open the folder for this one operation. Everything heavy is imported only here."""
    import asyncio

    from ringtausch_node.bootstrap import open_ring
    from ringtausch_node.control.operations import carry_out

    async def carry() -> Any:
        ring = await open_ring(folder)
        try:
            return await carry_out(ring, operation, msgspec.json.encode(args))
        finally:
            await ring.close()

    return asyncio.run(carry())
