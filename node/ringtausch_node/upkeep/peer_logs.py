# SPDX-License-Identifier: AGPL-3.0-or-later
"""Copies of the logs of rings that we have an agreement with, as they give them to such rings (SPEC.md 8.4).

What comes is bounded and written as it came: whether it is a log, and whose, is for the audit to say.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from ringtausch_node.clock import Clock
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.line.model import Reply
from ringtausch_node.federation.wire.refused import Refused, told_to_wait
from ringtausch_node.federation.wire.transport import JSON, Request, Transport
from ringtausch_node.ids import Ids
from ringtausch_node.keyring.cards import format_chain
from ringtausch_node.publishing.paths import Page
from ringtausch_protocol import canonical, checkpoints, envelope, limits, tiles
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.documents import LogAccess
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.requests import LogToken, Refusal
from ringtausch_protocol.tiles import ENTRIES, WIDTH, Tile

#: A node on a home line answers a piece of a log within seconds; who does not is off.
ASK_SECONDS = 30.0
#: Logs of one ring: one more with every restore.
LOGS_MAX = 100
#: Entries of one log, and bytes of one ring, on our disk: a ring that books a hundred times a day for twenty years.
ENTRIES_MAX = 1_000_000
COPY_BYTES = 512 * 1_024 * 1_024
BUNDLE_BYTES = WIDTH * (2 + limits.LOG_ENTRY_BYTES)
#: A ring that serves many asks us to wait now and then; whoever asks for more than this is busy with something else.
WAITS_MAX = 100
_OK, _CLOSED, _TOO_MANY = 200, 401, 429


class PeerLogs:
    """Reads the logs of peers, with the tokens that they give."""

    def __init__(self, transport: Transport, clock: Clock, ids: Ids, identity: RingIdentity) -> None:
        self._transport, self._clock, self._ids, self._identity = transport, clock, ids, identity

    async def copy(self, line: Line, folder: Path) -> None:
        """All logs of a peer into a new folder, one below another, as `log export` writes them.

        Raises RemoteError: unreachable, bad_answer, bad_tile, too_large, malformed, unauthorized; OSError.
        """
        await _Copy(self, line, folder).run()

    async def ask(self, line: Line, request: Request, limit_bytes: int) -> Reply:
        """An answer of a peer. Raises RemoteError as `Transport.send`."""
        return await self._transport.send(line.peer.url, request, limit_bytes=limit_bytes, timeout_seconds=ASK_SECONDS)

    async def token(self, line: Line, log: int) -> str:
        """The header that opens the entries of a log for some minutes. Raises RemoteError('unauthorized')."""
        me = self._identity
        asked = LogAccess(
            v=1, net=me.net, from_=me.ring_id, to=line.peer.ring_id,
            path=Page(log, Tile(ENTRIES, 0, WIDTH)).entries_path, at=self._clock.now(), nonce=b64(self._ids.random(16)),
        )  # fmt: skip
        signed = envelope.seal("log-access", canonical.encode(asked), [(me.frame_key_id, me.frame_signer)])
        reply = await self.ask(line, Request("POST", "/log/access", signed, JSON), limits.DOCUMENT_BYTES)
        if reply.status != _OK:
            raise RemoteError("unauthorized", f"status {reply.status}")
        return f"Bearer {canonical.parse(reply.body, LogToken, limits.DOCUMENT_BYTES).token}"


class _Copy:
    """The copy of one peer's logs."""

    def __init__(self, logs: PeerLogs, line: Line, folder: Path) -> None:
        self._logs, self._line, self._folder = logs, line, folder
        self._left_bytes, self._left_waits = COPY_BYTES, WAITS_MAX
        self._authorization = ""

    async def run(self) -> None:
        newest = checkpoints.parse_checkpoint(await self._get("/log/checkpoint", limits.CHECKPOINT_BYTES))
        _, count = checkpoints.parse_origin(newest.head.origin)
        if count > LOGS_MAX:
            raise RemoteError("too_large", f"{count} logs")
        for log in range(1, count + 1):
            await self._log(log)

    async def _log(self, log: int) -> None:
        """One log: the pieces as far as its checkpoint reaches, then what signs them."""
        self._authorization, folder = "", self._folder / str(log)
        note = await self._get(f"/log/{log}/checkpoint", limits.CHECKPOINT_BYTES)
        size = checkpoints.parse_checkpoint(note).head.size
        if size > ENTRIES_MAX:
            raise RemoteError("too_large", f"{size} entries")
        for tile in tiles.tiles_of(size):
            self._write(folder / tile.path, await self._get(f"/log/{log}/{tile.path}", limits.TILE_BYTES))
            if tile.level == 0:
                await self._entries(log, tile._replace(level=ENTRIES), folder)
        self._write(folder / "cards.json", format_chain(list(self._line.cards.values())))
        self._write(folder / "checkpoint", note)

    async def _entries(self, log: int, bundle: Tile, folder: Path) -> None:
        """A bundle; where entries are not for everybody, with a token, and with another one where that has ended."""
        path = f"/log/{log}/{bundle.path}"
        reply = await self._ask(path, BUNDLE_BYTES)
        if reply.status == _CLOSED:
            self._authorization = await self._logs.token(self._line, log)
            reply = await self._ask(path, BUNDLE_BYTES)
        self._write(folder / bundle.path, _body(path, reply))

    async def _get(self, path: str, limit_bytes: int) -> bytes:
        return _body(path, await self._ask(path, limit_bytes))

    async def _ask(self, path: str, limit_bytes: int) -> Reply:
        """An answer; whoever is told to wait waits and asks again."""
        headers = {"Authorization": self._authorization} if self._authorization else {}
        while True:
            reply = await self._logs.ask(self._line, Request("GET", path, headers=headers), limit_bytes)
            wait = told_to_wait(Refused(reply, Refusal(code="too_many_requests")))
            if reply.status != _TOO_MANY or wait is None or not self._left_waits:
                return reply
            self._left_waits -= 1
            await asyncio.sleep(wait)

    def _write(self, path: Path, data: bytes) -> None:
        self._left_bytes -= len(data)
        if self._left_bytes < 0:
            raise RemoteError("too_large", "its logs are longer than we copy")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _body(path: str, reply: Reply) -> bytes:
    if reply.status != _OK:
        raise RemoteError("bad_answer" if reply.status != _CLOSED else "unauthorized", f"{path}: {reply.status}")
    return reply.body
