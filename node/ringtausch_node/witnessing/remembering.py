# SPDX-License-Identifier: AGPL-3.0-or-later
"""What others remember of our own log: asked before the first checkpoint of a boot is signed (SPEC.md 8.8).

A head that we signed and do not have means that this folder is an old copy, or not the only one. Signed on top of it
would be a second history; so the log is closed and the ring recovers (SPEC.md 6.8, 8.3).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.store import Store, Tx
from ringtausch_node.translog import reading
from ringtausch_node.translog import service as translog
from ringtausch_node.witnessing.fetching import Fetcher
from ringtausch_node.witnessing.watched import Neighbourhood, counted_keys
from ringtausch_protocol import checkpoints
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.checkpoints import LogHead
from ringtausch_protocol.documents import Head
from ringtausch_protocol.entries import HeadTold
from ringtausch_protocol.errors import RemoteError

logger = logging.getLogger(__name__)

#: Tells the ring's recovery which heads of its own it does not have.
OldCopy = Callable[[Sequence[HeadTold]], Awaitable[None]]


class Remembered:
    """Asks peers for the newest head of our log that they cosigned."""

    def __init__(
        self, *, store: Store, identity: RingIdentity, fetcher: Fetcher, neighbourhood: Neighbourhood,
        is_old_copy: OldCopy,
    ) -> None:  # fmt: skip
        self._store, self._identity, self._fetcher = store, identity, fetcher
        self._neighbourhood, self._is_old_copy = neighbourhood, is_old_copy

    async def ask(self) -> None:
        """All peers at once; who is silent is not waited for longer than one request takes.

        After it either the log is known to go on from all that was told, or the ring recovers.
        """
        log = (await self._store.read(translog.head)).log
        lines = list(self._neighbourhood.peers())
        asked = [self._told(line, checkpoints.origin_of(self._identity.ring_id, each))
                 for line in lines for each in (log + 1, log)]  # fmt: skip
        told = [each for each in await asyncio.gather(*asked) if each is not None]
        lacking = await self._store.read(lambda tx: [each for each in told if not has_head(tx, each[1])])
        if lacking:
            logger.error("peers know heads of this ring's log that it does not have: this folder is an old copy")
            await self._is_old_copy(_newest(lacking))

    async def _told(self, line: Line, origin: str) -> tuple[str, LogHead] | None:
        """What one peer tells, if this ring signed it: nobody else can make it doubt itself."""
        try:
            told = await self._fetcher.told(line, origin)
            if told is None or told.head.origin != origin:
                return None
            checkpoints.verify_checkpoint(told.note.to_bytes(), counted_keys(self._identity.cards.chain, origin))
        except RemoteError as error:
            logger.info("%s tells nothing of our log: %s", line.peer.address, error.code)
            return None
        return line.peer.ring_id, told.head


def has_head(tx: Tx, head: LogHead) -> bool:
    """Whether a log of ours had this head."""
    _, log = checkpoints.parse_origin(head.origin)
    found = reading.find_log(tx, log)
    if found is None or head.size > found.size:
        return False
    return reading.root_at(tx, log, head.size) == head.root


def _newest(told: list[tuple[str, LogHead]]) -> list[HeadTold]:
    """Of each peer the newest, sorted by ring id."""
    newest: dict[str, Head] = {}
    for ring_id, head in sorted(told, key=lambda each: (checkpoints.parse_origin(each[1].origin)[1], each[1].size)):
        _, log = checkpoints.parse_origin(head.origin)
        newest[ring_id] = Head(log=log, size=head.size, root=b64(head.root))
    return [HeadTold(ring_id=ring_id, head=newest[ring_id]) for ring_id in sorted(newest)]
