# SPDX-License-Identifier: AGPL-3.0-or-later
"""The telephone call: both operators read twelve words; only who heard the right ones uses the line (SPEC.md 5.1).

Wrong words are counted per line. Who tries combinations instead of calling gets one try in half a minute.
"""

from __future__ import annotations

import asyncio

from ringtausch_node.clock import Clock
from ringtausch_node.federation.agreement.stopping import verify_goes_on
from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.line.model import Peer
from ringtausch_node.rates import Busy, Rates
from ringtausch_node.store import Store, Tx
from ringtausch_protocol import canonical
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.words import peering_words

#: Slips of the tongue at once, then one try in so many seconds.
WRONG_WORDS_BURST, WRONG_WORDS_SECONDS = 5, 30.0


class Confirming:
    """Comparing words with those of an agreement."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._wrong = Rates(clock, per_second=1 / WRONG_WORDS_SECONDS, burst=WRONG_WORDS_BURST)

    async def words(self, line: Line) -> list[str]:
        """The words of a line; on a thread of their own: they are slow on purpose, and payments would wait."""
        return await asyncio.to_thread(words_with, line.peer, line.names.me)

    async def confirm(self, line: Line, heard: list[str]) -> bool:
        """Compare what was heard. -> whether the line is confirmed by this.

        Raises LocalError: wrong_words, winding_down; RemoteError('too_many_requests') after too many wrong ones.
        """
        peer = line.peer
        if wait := self._wrong.wait(peer.ring_id):
            raise Busy(wait)
        if [word.casefold() for word in heard] != [word.casefold() for word in await self.words(line)]:
            self._wrong.charge(peer.ring_id, 1.0)
            raise LocalError("wrong_words", peer.address)
        if peer.state != "agreed":
            return False
        if not await self._store.write(lambda tx: self._confirm(tx, peer)):
            raise LocalError("wrong_words", "a newer invitation was accepted")
        return True

    def _confirm(self, tx: Tx, peer: Peer) -> bool:
        verify_goes_on(tx)
        return records.confirm_peer(tx, peer.id, peer.agreement_hash)


def words_with(peer: Peer, me: str) -> list[str]:
    """The twelve words that both operators read to each other."""
    return peering_words(peer.ring_id, me, canonical.unb64(peer.agreement_hash, 32))
