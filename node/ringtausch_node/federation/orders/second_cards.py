# SPDX-License-Identifier: AGPL-3.0-or-later
"""Second cards of one number, as others show them (SPEC.md 3.5, 7.12): evidence, and their ring's word all the same.

Who was shown one of them could know of no other. What it hands on as signed under that one is held against the ring
that signed both, never against who hands it on: so a *paid* under it counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from ringtausch_node.federation.line import records
from ringtausch_node.store import Tx
from ringtausch_protocol import cards, limits
from ringtausch_protocol.cards import Card
from ringtausch_protocol.errors import RemoteError

CODE = "two_cards"


def load(tx: Tx, peer: int | None, ring_id: str) -> list[Card]:
    """What is kept of a ring, oldest first. `peer`: its line, or None where there is none."""
    rows = tx.execute("SELECT bytes FROM evidence WHERE peer IS ? AND code = ? ORDER BY id", (peer, CODE))
    return [card for (data,) in rows if (card := cards.read_card(data)).card.ring_id == ring_id]


def learn_if_not_next(tx: Tx, peer: int | None, chain: Sequence[Card], shown: Card, at: int) -> bool:
    """Keep a card that follows an earlier one of its ring by the rules, in the place of another. -> whether it does.

    `chain`: the cards that are known. So many of one ring are kept as one hello may bring.
    """
    known = load(tx, peer, shown.card.ring_id)
    if shown.hash in {card.hash for card in chain} or _follows(chain[-1], shown):
        return False
    if shown.hash in {card.hash for card in known}:
        return True
    if not _is_proved([*chain, *known], shown):
        return False
    if len(known) < limits.CARDS_MAX:
        records.keep_evidence(tx, peer, CODE, shown.envelope, at, None)
    return True


def _is_proved(known: Sequence[Card], shown: Card) -> bool:
    if shown.number == 1:
        with suppress(RemoteError):
            cards.verify_card(shown.envelope)
            return True
    return any(_follows(before, shown) for before in known)


def _follows(before: Card, shown: Card) -> bool:
    with suppress(RemoteError):
        cards.verify_next(before, shown.envelope)
        return True
    return False


def standing_keys(chain: Sequence[Card], second: Sequence[Card]) -> dict[str, bytes]:
    """The frame keys on second cards, without those that the ring has revoked on any of its cards."""
    revoked = {name for card in (*chain, *second) for name in card.revoked}
    return {name: key for card in second for name, key in card.frame_keys.items() if name not in revoked}
