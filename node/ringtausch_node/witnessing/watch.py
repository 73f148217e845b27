# SPDX-License-Identifier: AGPL-3.0-or-later
"""The five-minute watch (SPEC.md 8.8): a witness that is awake finds a fork that nobody would ever bring to it.

Each look takes the head that the ring shows, those that other peers tell of its log, those it was refused before, and
those that its frames name, and holds them against the newest that this ring cosigned.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

from ringtausch_node.federation.line.lines import Line
from ringtausch_node.store import Store
from ringtausch_node.witnessing import headers, records
from ringtausch_node.witnessing.comparing import compare
from ringtausch_node.witnessing.cosigner import Cosigner, by_keys
from ringtausch_node.witnessing.fetching import Fetcher
from ringtausch_node.witnessing.forked import Forked
from ringtausch_node.witnessing.model import GOSSIP_ASKED, SETTLED_AT_ONCE, CosignedHead, RefusedHead, choose_witnesses
from ringtausch_node.witnessing.watched import Neighbourhood, keys_of
from ringtausch_protocol import checkpoints
from ringtausch_protocol.checkpoints import Checkpoint
from ringtausch_protocol.errors import RemoteError, RingtauschError
from ringtausch_protocol.witness import AddCheckpoint

logger = logging.getLogger(__name__)


class Watch:
    """Looks at the logs of peers, one after the other."""

    def __init__(
        self, *, store: Store, fetcher: Fetcher, cosigner: Cosigner, forked: Forked, neighbourhood: Neighbourhood
    ) -> None:
        self._store, self._fetcher, self._cosigner = store, fetcher, cosigner
        self._forked, self._neighbourhood = forked, neighbourhood
        #: By origin: the leaf of the newest frame whose header was found to lie on the history that we cosigned.
        self._seen: dict[str, int] = {}

    async def look(self) -> None:
        """One look at every log that we watch. A ring that is away, slow or mad does not keep us from the next."""
        for line in list(self._neighbourhood.peers()):
            try:
                await self._look_at(line)
            except RingtauschError as error:
                logger.info("the log of %s: %s", line.peer.address, error.code)
        await self._forked.tell()

    async def _look_at(self, line: Line) -> None:
        origins = await self._cosigned_of(line)
        async for shown in self._shown(line, frozenset(origins)):
            origins.add(shown.head.origin)
            await self._hold(line, shown)
        for origin in sorted(origins):
            await self._settle(line, origin)

    async def _cosigned_of(self, line: Line) -> set[str]:
        """The logs of a ring that we ever cosigned."""
        heads = await self._store.read(records.load_all_cosigned)
        return {each.origin for each in heads if each.peer == line.peer.id}

    async def _shown(self, line: Line, known: frozenset[str]) -> AsyncIterator[Checkpoint]:
        """The ring's own head, then what other peers tell of its logs."""
        origins = set(known)
        try:
            shown = await self._fetcher.newest(line)
        except RemoteError as error:
            logger.info("%s shows no head: %s", line.peer.address, error.code)
        else:
            if self._neighbourhood.of_origin(shown.head.origin) is line:
                origins.add(shown.head.origin)
                yield shown
        for origin in sorted(origins):
            for other in self._askable(line, origin):
                if told := await self._told(other, origin):
                    yield told

    def _askable(self, line: Line, origin: str) -> list[Line]:
        """The peers that the ring is most likely to have as witnesses too."""
        others = {other.peer.ring_id: other for other in self._neighbourhood.peers() if other is not line}
        return [others[ring_id] for ring_id in choose_witnesses(origin, others)[:GOSSIP_ASKED]]

    async def _told(self, other: Line, origin: str) -> Checkpoint | None:
        try:
            told = await self._fetcher.told(other, origin)
        except RemoteError as error:
            logger.info("%s tells nothing: %s", other.peer.address, error.code)
            return None
        return told if told is not None and told.head.origin == origin else None

    async def _hold(self, line: Line, shown: Checkpoint) -> None:
        """A head that we were shown, against the newest that we cosigned. What the ring did not sign is nobody's."""
        keys, origin = keys_of(line, shown.head.origin), shown.head.origin
        try:
            checkpoints.verify_checkpoint(shown.note.to_bytes(), keys)
        except RemoteError as error:
            logger.info("a head of %s that counts for nothing: %s", origin, error.code)
            return
        shown = by_keys(shown, keys)
        known, is_forked = await self._store.read(
            lambda tx: (records.load_cosigned(tx, origin), records.is_forked(tx, origin))
        )
        if known is None or known.size == 0:
            await self._cosigner.consider(AddCheckpoint(0, (), shown))
        elif known.head != shown.head and not is_forked:
            await self._follow(line, known, shown)

    async def _follow(self, line: Line, known: CosignedHead, shown: Checkpoint) -> None:
        """Another head than ours: cosign it where the log grew to it, prove it where there are two histories."""
        try:
            compared = await compare(self._fetcher, line, checkpoints.parse_checkpoint(known.checkpoint), shown)
        except RemoteError as error:
            code = error.code
            logger.info("the log of %s does not show how it grew: %s", line.peer.address, code)
            await self._store.write(lambda tx: self._cosigner.keep(tx, shown, code))
            return
        if compared.fork is not None:
            await self._forked.found(compared.fork)
        elif shown.head.size > known.size:
            await self._cosigner.consider(AddCheckpoint(known.size, compared.path, shown))

    async def _settle(self, line: Line, origin: str) -> None:
        """Look again at heads that were refused: most are merely old, and one may be half of a proof.

        Only those that our own head reaches: the tiles of another may never have been shown to anybody.
        """
        known, refused = await self._store.read(
            lambda tx: (records.load_cosigned(tx, origin), records.load_refused(tx, origin))
        )
        if known is None:
            return
        for head in [each for each in refused if each.size <= known.size][:SETTLED_AT_ONCE]:
            await self._settle_one(line, known, head)
        await self._hold_headers(line, known)

    async def _hold_headers(self, line: Line, known: CosignedHead) -> None:
        """What the ring's newest frames name as its log, against the newest head that we cosigned of it."""
        told, is_forked = await self._store.read(
            lambda tx: (headers.load_named(tx, line), records.is_forked(tx, known.origin))
        )
        seen = self._seen.get(known.origin, -1)
        fresh = [each for each in told if each.origin == known.origin and each.leaf > seen and each.size <= known.size]
        if is_forked or not fresh:
            return
        try:
            fork = await headers.find_fork(self._fetcher, line, checkpoints.parse_checkpoint(known.checkpoint), fresh)
        except RemoteError:
            return  # withheld; it is looked at again
        if fork is not None:
            await self._forked.found(fork)
        self._seen[known.origin] = fresh[0].leaf

    async def _settle_one(self, line: Line, known: CosignedHead, head: RefusedHead) -> None:
        own, refused = (checkpoints.parse_checkpoint(each.checkpoint) for each in (known, head))
        try:
            compared = await compare(self._fetcher, line, own, refused)
        except RemoteError:
            return  # withheld; it is looked at again
        if compared.fork is not None:
            await self._forked.found(compared.fork)
        else:
            await self._store.write(lambda tx: records.drop_refused(tx, head.id))
