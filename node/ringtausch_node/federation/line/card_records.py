# SPDX-License-Identifier: AGPL-3.0-or-later
"""Cards in SQL: every one of this ring and of peers that followed another one (SPEC.md 3.5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ringtausch_node.federation.line.model import IN, Peer
from ringtausch_node.federation.line.records import load_peers
from ringtausch_node.store import Tx
from ringtausch_protocol import cards
from ringtausch_protocol.cards import Card


def insert(tx: Tx, found: Iterable[Card], at: int) -> None:
    """Remember cards; those that are known stay as they are."""
    tx.executemany(
        "INSERT OR IGNORE INTO ring_card VALUES (?,?,?,?,?)",
        [(card.card.ring_id, card.number, card.hash, card.envelope, at) for card in found],
    )


def replace(tx: Tx, chain: Sequence[Card], at: int) -> None:
    """The cards of a ring as it showed them in a first agreement; one alone stands with the peer.

    What an agreement that was never confirmed brought goes, for it may follow other cards: no frame hangs on it.
    """
    tx.change("DELETE FROM ring_card WHERE ring_id = ?", (chain[-1].card.ring_id,))
    if len(chain) > 1:
        insert(tx, chain, at)


def load_peers_with_cards(tx: Tx) -> list[tuple[Peer, list[Card]]]:
    """All peers, oldest first, each with its cards."""
    return [(peer, load_chain(tx, peer.ring_id, peer.card)) for peer in load_peers(tx)]


def load_chain(tx: Tx, ring_id: str, newest: bytes) -> list[Card]:
    """The cards of a peer, oldest known first. `newest`: the one in force, all there is of a ring with one card.

    After a new agreement (a lost folder, another first contact) it may follow none of those known before: it was proved
    then. Raises RemoteError where the table does not hold together.
    """
    sql = "SELECT envelope FROM ring_card WHERE ring_id = ? ORDER BY number"
    rows = [row[0] for row in tx.execute(sql, (ring_id,))] or [newest]
    first = cards.read_card(rows[0])
    found = [first, *cards.verify_later(first, rows[1:])]
    return found if newest == rows[-1] else [*found, cards.read_card(newest)]


def is_known(tx: Tx, digest: str) -> bool:
    """Whether a card is in the table."""
    return tx.row("SELECT 1 FROM ring_card WHERE hash = ?", (digest,)) is not None


def cards_beyond(tx: Tx, peer: int, epoch: str, seq: int) -> list[str]:
    """The hashes of the cards under which a peer's frames above `seq` stand."""
    sql = "SELECT DISTINCT card FROM frame WHERE peer = ? AND direction = ? AND epoch = ? AND seq > ?"
    return [row[0] for row in tx.execute(sql, (peer, IN, epoch, seq))]
