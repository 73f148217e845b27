# SPDX-License-Identifier: AGPL-3.0-or-later
"""Evidence against other rings, as the operator sees it: what it is, since when, and the file for whoever doubts it."""

from __future__ import annotations

import msgspec

from ringtausch_node.federation.line.evidence import Kept, load_evidence
from ringtausch_node.federation.line.lines import Lines
from ringtausch_node.federation.orders.strangers import Strangers
from ringtausch_node.store import Store, Tx
from ringtausch_protocol import advert_proofs
from ringtausch_protocol.errors import LocalError, RemoteError

#: Kinds that anybody can verify from their file alone, or with the card of the ring.
SHOWN = (advert_proofs.FAULT, "late_decision")


class EvidenceView(msgspec.Struct, frozen=True, kw_only=True):
    """One piece. `address`: of the ring that it is about, or its id where no card of it is known; code: its kind."""

    number: int
    address: str
    code: str
    at: int


class EvidenceKept:
    """What is kept of all rings."""

    def __init__(self, store: Store, lines: Lines, strangers: Strangers) -> None:
        self._store, self._lines, self._strangers = store, lines, strangers

    async def about(self, address: str | None = None) -> list[EvidenceView]:
        """All of it, newest first of each kind, or what is about one ring."""
        views = [view for view, _ in await self._store.read(self._load)]
        return [view for view in views if address in (None, view.address)]

    async def file(self, number: int, address: str | None = None) -> bytes:
        """The file of one piece, if it is about this ring. Raises LocalError('not_found')."""
        for view, data in await self._store.read(self._load):
            if view.number == number and address in (None, view.address):
                return data
        raise LocalError("not_found", str(number))

    def _load(self, tx: Tx) -> list[tuple[EvidenceView, bytes]]:
        kept = [each for code in SHOWN for each in load_evidence(tx, code)]
        return [
            (EvidenceView(number=each.number, address=self._whose(tx, each), code=each.code, at=each.at), each.data)
            for each in kept
        ]

    def _whose(self, tx: Tx, kept: Kept) -> str:
        """Whom it is about. What an earlier version kept of strangers tells no ring: then nobody."""
        if kept.peer is not None:
            return self._lines.by_id(kept.peer).peer.address
        try:
            return self._strangers.name(tx, advert_proofs.verify_two_adverts(kept.data).proof.ring_id)
        except RemoteError:
            return ""
