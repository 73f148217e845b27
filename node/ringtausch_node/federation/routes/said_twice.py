# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring that said two things under one number: both are kept together, under its own name (SPEC.md 7.5)."""

from __future__ import annotations

from collections.abc import Sequence

from ringtausch_node.federation.line import evidence, records
from ringtausch_node.federation.line.lines import Lines
from ringtausch_node.store import Tx
from ringtausch_protocol import advert_proofs, limits
from ringtausch_protocol.cards import Card
from ringtausch_protocol.errors import RemoteError


def keep(tx: Tx, lines: Lines, chain: Sequence[Card], both: tuple[bytes, bytes], at: int) -> None:
    """Keep both adverts as one file that proves itself; of one ring once, for a second pair shows nothing more.

    A chain longer than a file holds begins at a card that does not prove itself: then nothing is kept.
    """
    cards = [card.envelope for card in chain[: limits.FORK_CARDS_MAX]]
    try:
        proof = advert_proofs.prove_two_adverts(cards, *both)
    except RemoteError:
        return
    ring_id = chain[0].card.ring_id
    line = lines.by_ring(ring_id)
    if not evidence.has_evidence(tx, advert_proofs.FAULT, ring_id):
        records.keep_evidence(tx, line.peer.id if line else None, advert_proofs.FAULT, proof, at)
