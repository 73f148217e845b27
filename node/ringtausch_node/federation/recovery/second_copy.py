# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two copies of one ring must not run: the one that another has replaced stops by itself (SPEC.md 6.4).

A peer that refuses our boot as replaced shows the hello that replaced it. If that verifies under our own card and names
a boot that this folder never had, somebody else speaks for this ring. A peer alone cannot make us believe it.
"""

from __future__ import annotations

import asyncio
import logging

from ringtausch_node.clock import Clock
from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.folder_files import Marks
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Lines
from ringtausch_node.ids import Ids
from ringtausch_node.store import Store
from ringtausch_node.store.lock_database import Mark
from ringtausch_protocol import canonical, envelope, limits
from ringtausch_protocol.documents import Hello, HelloAck
from ringtausch_protocol.errors import RemoteError

logger = logging.getLogger(__name__)


class SecondCopy:
    """Watches for another copy of this ring. `found` is set once there is one; the owner closes the ring."""

    def __init__(
        self, *, store: Store, clock: Clock, ids: Ids, identity: RingIdentity, lines: Lines, marks: Marks
    ) -> None:
        self._store, self._clock, self._ids = store, clock, ids
        self._identity, self._lines, self._marks = identity, lines, marks
        self.found = asyncio.Event()

    async def shown(self, signed: bytes) -> None:
        """A peer shows a hello in our name. What proves nothing is passed over."""
        try:
            boot = self._boot_of(signed)
        except RemoteError as bad:
            logger.warning("a hello in our name does not verify: %s", bad.code)
            return
        if await self._is_ours(boot):
            return
        for line in self._lines.all():
            line.stop()
        self._marks.set(Mark(self._ids.random(16), "replaced", self._clock.now(), None))
        logger.error("another copy of this ring runs elsewhere and has taken its place: this one signs nothing more")
        self.found.set()

    def _boot_of(self, signed: bytes) -> str:
        """The boot that a hello or hello-ack of ours names. Raises RemoteError where it is none of ours."""
        is_hello = envelope.parse_envelope(signed).payload_type == envelope.media_type("hello")
        kind = "hello" if is_hello else "hello-ack"
        payload = envelope.open_envelope(signed, kind, self._identity.own.frame_keys)
        said: Hello | HelloAck = (
            canonical.parse(payload, Hello, limits.HELLO_BYTES)
            if is_hello
            else canonical.parse(payload, HelloAck, limits.HELLO_BYTES)
        )
        if (said.net, said.from_) != (self._identity.net, self._identity.ring_id):
            raise RemoteError("wrong_ring", "hello of another ring")
        return said.standing.boot

    async def _is_ours(self, boot: str) -> bool:
        """This folder was once opened as `boot`, or holds a frame that it signed."""
        if canonical.unb64(boot, 16) in self._marks.boots():
            return True
        return await self._store.read(lambda tx: records.has_signed(tx, boot))
