# SPDX-License-Identifier: AGPL-3.0-or-later
"""Orders that pass through this ring, in SQL; whether its operator lets them; cards of rings that are no neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ringtausch_node.store import Tx
from ringtausch_protocol.cards import Card
from ringtausch_protocol.limits import SEQ_MAX


class Carried(NamedTuple):
    """A row of `order_between`; `signed`: the payer's order as a signed item, canonical JSON.

    `in_seq`, `out_seq`: the frames of the present epochs of its lines in which it came and went on; 0: it goes on from
    an epoch before, and has not come, or gone, again; BEFORE: no frame of the present epoch shows it, and that of the
    one before may have. `in_seq` None: after a loss nothing shows that it came. `is_end_unseen`: after a loss our own
    answer alone shows that it was paid, and no frame of the ring behind does.
    """

    order_hash: str
    peer_in: int
    peer_out: int
    place: int
    state: str
    last_ring: str
    amount_seconds: int
    signed: bytes
    box: bytes | None
    boot: str
    in_seq: int | None
    out_seq: int | None
    answer: bytes | None
    transfer_id: bytes | None
    cancel_asked: int
    arrived_at: int
    ended_at: int | None
    is_end_unseen: int = 0


#: An `in_seq` or `out_seq` of an edge that was over with an epoch of its line, as far as anybody has heard.
BEFORE = -1
_CARRIED = ", ".join(Carried._fields)
#: Before all orders that pass, as a place in their lists.
NEWEST = (SEQ_MAX, "")
_PAGE = " AND (arrived_at, order_hash) < (?, ?) ORDER BY arrived_at DESC, order_hash DESC LIMIT ?"
_MARKS = ", ".join("?" for _ in Carried._fields)


def insert(tx: Tx, carried: Carried) -> None:
    """An order that came and is not decided here."""
    tx.change(f"INSERT INTO order_between ({_CARRIED}) VALUES ({_MARKS})", tuple(carried))


def load(tx: Tx, order_hash: str) -> Carried | None:
    """An order that passes, or passed, through this ring; or None."""
    row = tx.row(f"SELECT {_CARRIED} FROM order_between WHERE order_hash = ?", (order_hash,))
    return Carried(*row) if row else None


def load_waiting(tx: Tx, count: int) -> list[Carried]:
    """Orders that have not been passed on yet, oldest first."""
    sql = f"SELECT {_CARRIED} FROM order_between WHERE state = 'waiting' ORDER BY arrived_at, order_hash LIMIT ?"
    return [Carried(*row) for row in tx.execute(sql, (count,))]


def load_open_towards(tx: Tx, peer_out: int) -> list[Carried]:
    """Orders that go, or went, on along a line and have no end, oldest first."""
    sql = (
        f"SELECT {_CARRIED} FROM order_between WHERE peer_out = ? AND state IN ('waiting', 'held')"
        " ORDER BY arrived_at, order_hash"
    )
    return [Carried(*row) for row in tx.execute(sql, (peer_out,))]


def load_held_towards(tx: Tx, peer_out: int) -> list[Carried]:
    """Orders that were passed on along a line and have no end, oldest first."""
    return [each for each in load_open_towards(tx, peer_out) if each.state == "held"]


def load_open_from(tx: Tx, peer_in: int) -> list[Carried]:
    """Orders that came along a line and have no end, oldest first."""
    sql = (
        f"SELECT {_CARRIED} FROM order_between WHERE peer_in = ? AND state IN ('waiting', 'held')"
        " ORDER BY arrived_at, order_hash"
    )
    return [Carried(*row) for row in tx.execute(sql, (peer_in,))]


def load_over(tx: Tx, peer: int) -> list[Carried]:
    """Orders held on a line that were over with an epoch of it, and with one of their other line, oldest first."""
    sql = (
        f"SELECT {_CARRIED} FROM order_between WHERE ? IN (peer_in, peer_out) AND state = 'held'"
        " AND (in_seq, out_seq) = (?, ?) ORDER BY arrived_at, order_hash"
    )
    return [Carried(*row) for row in tx.execute(sql, (peer, BEFORE, BEFORE))]


def load_open(tx: Tx, before: tuple[int, str], count: int) -> list[Carried]:
    """What passes now and has no end, newest first; before (when it arrived, its hash)."""
    # By its own index: the one by age would go through all that ever passed where nothing does now.
    sql = f"SELECT {_CARRIED} FROM order_between INDEXED BY order_between_in WHERE state IN ('waiting', 'held'){_PAGE}"
    return [Carried(*row) for row in tx.execute(sql, (*before, count))]


def load_ended(tx: Tx, before: tuple[int, str], count: int) -> list[Carried]:
    """What passed and has its end: as `load_open`."""
    sql = f"SELECT {_CARRIED} FROM order_between WHERE state IN ('posted', 'released'){_PAGE}"
    return [Carried(*row) for row in tx.execute(sql, (*before, count))]


def load_half(tx: Tx) -> list[Carried]:
    """Orders of which, after a loss, only the edge towards the payee is known."""
    return [Carried(*row) for row in tx.execute(f"SELECT {_CARRIED} FROM order_between WHERE in_seq IS NULL")]


def load_towards(tx: Tx, peer_out: int, last_ring: str) -> tuple[int, int]:
    """(seconds, count) of what is held on a line for one destination."""
    row = tx.one(
        "SELECT coalesce(sum(amount_seconds), 0), count(*) FROM order_between"
        " WHERE peer_out = ? AND state = 'held' AND last_ring = ?",
        (peer_out, last_ring),
    )
    return int(row[0]), int(row[1])


def set_held(tx: Tx, order_hash: str) -> None:
    """It was passed on."""
    tx.change("UPDATE order_between SET state = 'held' WHERE order_hash = ?", (order_hash,))


def set_in(tx: Tx, order_hash: str, seq: int | None) -> None:
    """The frame in which it came; None where that is lost."""
    tx.change("UPDATE order_between SET in_seq = ? WHERE order_hash = ?", (seq, order_hash))


def set_out(tx: Tx, seq: int, order_hashes: Sequence[str]) -> None:
    """The frame in which they went on."""
    sql = "UPDATE order_between SET out_seq = ? WHERE order_hash = ?"
    tx.executemany(sql, [(seq, order_hash) for order_hash in order_hashes])


def begin_anew(tx: Tx, peer: int, order_hashes: Sequence[str]) -> None:
    """No frame of the new epoch of a line has brought, or taken on, any order yet: 0 for those that go on in it.

    Nor does an order lack an edge there any more: both rings have agreed on what is open. What is open here and is not
    named was over for both; so, it seems, was what another line alone has told of.
    """
    sql = "UPDATE order_between SET in_seq = ? WHERE peer_in = ? AND (in_seq IS NULL OR state IN ('waiting', 'held'))"
    tx.change(sql, (BEFORE, peer))
    sql = (
        "UPDATE order_between SET out_seq = ? WHERE peer_out = ?"
        " AND (state IN ('waiting', 'held') OR state = 'posted' AND is_end_unseen)"
    )
    tx.change(sql, (BEFORE, peer))
    named = [(peer, order_hash) for order_hash in order_hashes]
    tx.executemany("UPDATE order_between SET in_seq = 0 WHERE peer_in = ? AND order_hash = ?", named)
    sql = "UPDATE order_between SET out_seq = 0 WHERE peer_out = ? AND order_hash = ? AND state = 'held'"
    tx.executemany(sql, named)


def is_answered(tx: Tx, peer: int, epoch: str, order_hash: str) -> bool:
    """Whether an order that went on in an epoch was answered in it."""
    sql = "SELECT is_answered FROM surviving_hold WHERE (peer, epoch, order_hash) = (?,?,?)"
    row = tx.row(sql, (peer, epoch, order_hash))
    return row is not None and bool(row[0])


def ask_cancel(tx: Tx, order_hash: str) -> None:
    """A cancel was passed on, once."""
    tx.change("UPDATE order_between SET cancel_asked = 1 WHERE order_hash = ?", (order_hash,))


def end(tx: Tx, order_hash: str, state: str, answer: bytes | None, transfer_id: bytes | None, at: int) -> None:
    """It has its end on both lines; its box is no longer needed.

    Where it was to come again in a new epoch, the end goes ahead of that: it needs no other answer there.
    """
    tx.change(
        "UPDATE surviving_hold SET is_answered = 1 WHERE order_hash = ?1 AND (peer, epoch) = (SELECT b.peer_in, p.epoch"
        " FROM order_between b JOIN peer p ON p.id = b.peer_in WHERE b.order_hash = ?1 AND b.in_seq = 0)",
        (order_hash,),
    )
    tx.change(
        "UPDATE order_between SET state = ?, answer = ?, transfer_id = ?, ended_at = ?, box = NULL"
        " WHERE order_hash = ?",
        (state, answer, transfer_id, at, order_hash),
    )


def see_end(tx: Tx, order_hash: str, *, is_seen: bool) -> None:
    """Whether a frame of the ring behind shows that it was paid."""
    tx.change("UPDATE order_between SET is_end_unseen = ? WHERE order_hash = ?", (int(not is_seen), order_hash))


def set_transfer(tx: Tx, order_hash: str, transfer_id: bytes) -> None:
    """What was booked for it after it had ended."""
    tx.change("UPDATE order_between SET transfer_id = ? WHERE order_hash = ?", (transfer_id, order_hash))


def carries(tx: Tx, peer: int) -> bool:
    """Whether others' payments from and to this peer are carried."""
    return bool(tx.one("SELECT carries FROM line WHERE peer = ?", (peer,))[0])


def set_carries(tx: Tx, peer: int, *, carries: bool) -> None:
    """The operator's word."""
    tx.change("UPDATE line SET carries = ? WHERE peer = ?", (int(carries), peer))


def load_cards(tx: Tx, ring_id: str, after: int) -> list[bytes]:
    """The cards of a ring as others showed them, oldest first, of higher numbers than `after`."""
    sql = "SELECT envelope FROM stranger_card WHERE ring_id = ? AND number > ? ORDER BY number"
    return [row[0] for row in tx.execute(sql, (ring_id, after))]


def count_told(tx: Tx) -> int:
    """Of how many strangers cards are kept that came beside adverts alone."""
    return int(tx.one("SELECT count(DISTINCT ring_id) FROM stranger_card WHERE told = 1")[0])


def drop_told(tx: Tx) -> bool:
    """Forget one stranger without an advert whose cards came beside adverts alone, the oldest; False if none is."""
    sql = (
        "DELETE FROM stranger_card WHERE ring_id = (SELECT ring_id FROM stranger_card WHERE told = 1"
        " AND ring_id NOT IN (SELECT ring_id FROM advert) GROUP BY ring_id ORDER BY min(heard_at), ring_id LIMIT 1)"
    )
    return tx.change(sql) > 0


def keep_told(tx: Tx, ring_id: str) -> None:
    """A stranger's cards stay from now on: they came in a frame too."""
    tx.change("UPDATE stranger_card SET told = 0 WHERE ring_id = ? AND told = 1", (ring_id,))


def insert_card(tx: Tx, card: Card, at: int, *, is_told: bool) -> None:
    """A card that was proved; behind one that stays it stays. One of its number stays, too: things were taken by it."""
    sql = (
        "INSERT OR IGNORE INTO stranger_card SELECT ?1, ?2, ?3, ?4,"
        " ?5 AND NOT EXISTS (SELECT 1 FROM stranger_card WHERE ring_id = ?1 AND told = 0)"
    )
    tx.change(sql, (card.card.ring_id, card.number, card.envelope, at, int(is_told)))


def note_shown(tx: Tx, peer: int, epoch: str, digest: str) -> bool:
    """Remember that a peer was shown a card; False if it was before."""
    return tx.change("INSERT OR IGNORE INTO card_shown VALUES (?,?,?)", (peer, epoch, digest)) == 1
