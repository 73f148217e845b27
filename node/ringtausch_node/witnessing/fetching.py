# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reading another ring's log over HTTP: its head, what its peers tell of it, and as many tiles as a proof needs.

No proof is asked of anybody: it is made here from tiles, and counts only against a root that the ring signed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.wire.transport import Request, Transport
from ringtausch_node.witnessing.model import ASK_SECONDS
from ringtausch_protocol import checkpoints, limits, merkle, notes, tiles
from ringtausch_protocol.checkpoints import Checkpoint, LogHead
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.merkle import Node
from ringtausch_protocol.tiles import Tile

T = TypeVar("T")

_OK, _NOT_FOUND = 200, 404
#: A proof between two sizes touches two tiles a level, a log of 2^53 entries has seven levels.
TILES_MAX = 32


class Fetcher:
    """What one ring reads of others' logs."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def newest(self, line: Line) -> Checkpoint:
        """The head that the ring itself shows. Raises RemoteError: unreachable, bad_answer, and of the checkpoint."""
        data = await self._get(line, "/log/checkpoint", limits.CHECKPOINT_BYTES)
        if data is None:
            raise RemoteError("bad_answer", "it shows no log")
        return checkpoints.parse_checkpoint(data)

    async def told(self, line: Line, origin: str) -> Checkpoint | None:
        """The newest head that another witness cosigned of a log; None if it watches none of this name."""
        path = f"/witness/{notes.gossip_name(origin)}/checkpoint"
        data = await self._get(line, path, limits.CHECKPOINT_BYTES)
        return None if data is None else checkpoints.parse_checkpoint(data)

    async def prove(self, line: Line, head: LogHead, make: Callable[[Node], T]) -> T:
        """Make something from the nodes of the log with this head; its tiles are fetched as they are needed.

        The nodes are those of a log with exactly this root, or RemoteError('bad_tile') is raised: a ring that serves
        other tiles than it signed proves nothing. Raises RemoteError also: unreachable, bad_answer, too_large.
        """
        known: dict[Tile, bytes] = {}

        def read(level: int, number: int, width: int) -> bytes:
            tile = Tile(level, number, width)
            if tile not in known:
                raise _Missing(tile)
            return known[tile]

        def attempt() -> T:
            node = tiles.tile_nodes(read, head.size)
            if merkle.range_root(node, 0, head.size) != head.root:
                raise RemoteError("bad_tile", "its tiles do not lead to the root that it signed")
            return make(node)

        while True:
            try:
                return attempt()
            except _Missing as missing:
                if len(known) >= TILES_MAX:
                    raise RemoteError("bad_tile", "too many tiles") from None
                known[missing.tile] = await self._tile(line, head.origin, missing.tile)

    async def _tile(self, line: Line, origin: str, tile: Tile) -> bytes:
        _, log = checkpoints.parse_origin(origin)
        data = await self._get(line, f"/log/{log}/{tile.path}", limits.TILE_BYTES)
        if data is None:
            raise RemoteError("bad_tile", f"{tile.path} is missing")
        tiles.parse_tile(data, tile.width)
        return data

    async def _get(self, line: Line, path: str, limit_bytes: int) -> bytes | None:
        request = Request("GET", path)
        reply = await self._transport.send(line.peer.url, request, limit_bytes=limit_bytes, timeout_seconds=ASK_SECONDS)
        if reply.status == _NOT_FOUND:
            return None
        if reply.status != _OK:
            raise RemoteError("bad_answer", f"status {reply.status}")
        return reply.body


class _Missing(Exception):
    """A tile that is not fetched yet."""

    def __init__(self, tile: Tile) -> None:
        super().__init__(tile.path)
        self.tile = tile
