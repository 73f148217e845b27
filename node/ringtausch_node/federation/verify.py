# SPDX-License-Identifier: AGPL-3.0-or-later
"""Replay of the lines: every chain from its frames, every clearing balance from the decisions in them.

Streams frame by frame. What the tables say is compared with what the signed bytes say; the bytes win.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from ringtausch_node.federation.agreement import verify as agreements
from ringtausch_node.federation.line import card_records, records
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.model import IN, OUT, FrameRow, LineRow, Peer
from ringtausch_node.federation.replaying import KeysOf, Replay
from ringtausch_node.federation.reset import records as reset_records
from ringtausch_node.federation.statements import records as statement_records
from ringtausch_node.federation.statements import verify as statements
from ringtausch_node.federation.statements.records import StatementRow
from ringtausch_node.ledger import service as ledger
from ringtausch_node.ledger.model import Finding
from ringtausch_node.store import ROW_CHANGED, Tx
from ringtausch_node.translog import service as translog
from ringtausch_protocol import frames
from ringtausch_protocol.cards import Card
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import Frame, Header


class _Keys:
    """Under which keys each frame of a chain must verify: those of the card of its boot, one card for each boot."""

    def __init__(self, chain: Sequence[Card]) -> None:
        self._cards = {card.hash: card for card in chain}
        self._by_boot: dict[str, str] = {}

    def of(self, row: FrameRow) -> Mapping[str, bytes]:
        """The keys for a frame. Raises RemoteError: card_unknown, two_cards (a boot under more than one)."""
        card = self._cards.get(row.card)
        if card is None:
            raise RemoteError("card_unknown", "no such card in the chain of cards")
        if self._by_boot.setdefault(row.boot, row.card) != row.card:
            raise RemoteError("two_cards", "a boot under more than one card")
        return card.frame_keys


def find_faults(tx: Tx, identity: RingIdentity, keys_of: KeysOf) -> Iterator[Finding]:
    """Everything that is wrong with the lines, line by line. `keys_of`: of rings whose decisions others hand on."""
    places = translog.LogPlaces(tx)
    for peer in records.load_peers(tx):
        row = records.load_line(tx, peer.id)
        try:
            theirs = card_records.load_chain(tx, peer.ring_id, peer.card)
        except RemoteError as bad:
            yield Finding("ring_card", peer.address, bad.code, bad.detail)
            continue
        yield from agreements.find_faults(tx, peer, identity.cards.chain, theirs)
        cards = statements.Cards(identity.cards.chain, theirs)
        keys, before = (_Keys(cards.ours), _Keys(cards.theirs)), Replay(keys_of)
        for epoch in _epochs(tx, peer, row):
            replay, stated = (
                _carried(tx, peer, epoch, before),
                statement_records.load_of_epoch(tx, peer.id, epoch.epoch),
            )
            replay.said_at = {place: None for each in stated for place in ((OUT, each.own_seq), (IN, each.peer_seq))}
            yield from _chain(tx, peer, epoch, OUT, keys[OUT], replay, places)
            yield from _chain(tx, peer, epoch, IN, keys[IN], replay, places)
            yield from _clearing(tx, peer, epoch, replay)
            yield from statements.find_faults(tx, peer, cards, stated, partial(_owed_at, tx, peer, epoch, replay))
            before = replay
        yield from _told(peer, row, theirs[-1], before)
        if lost := statement_records.count_of_no_epoch(tx, peer.id):
            yield Finding("statement", peer.address, "wrong_epoch", f"{lost} of an epoch that the line never had")
        yield from _holds(tx, peer, row)
    yield from _orders(tx)
    yield from _rows(tx)


def _told(peer: Peer, row: LineRow, card: Card, present: Replay) -> Iterator[Finding]:
    """What the rows repeat of the peer's card, and of the frames of the present epoch."""
    if peer.url != card.card.url:
        yield Finding("peer", peer.address, "url", "not the one on its card")
    if row.acked_seq != present.acked_seq:
        yield Finding("line", peer.address, "acked", f"{row.acked_seq}, their frames say {present.acked_seq}")


class _Epoch(NamedTuple):
    """One epoch as the tables tell it: where its chains begin and end, and how the clearing balance moved in it."""

    epoch: str
    chain_hash: str
    ends: tuple[tuple[int, str], tuple[int, str]]
    opening_seconds: int
    moved_seconds: int
    is_present: bool


def _epochs(tx: Tx, peer: Peer, row: LineRow) -> Iterator[_Epoch]:
    """Oldest first; the present one is the last."""
    opening = 0
    for old in reset_records.load_epochs(tx, peer.id):
        opening = old.opening_seconds
        if old.closing_seconds is not None:
            ends = ((old.own_seq or 0, old.own_hash or ""), (old.peer_seq or 0, old.peer_hash or ""))
            moved = old.closing_seconds - opening + old.unsealed_seconds
            yield _Epoch(old.epoch, old.chain_hash, ends, opening, moved, is_present=False)
    balance = ledger.account(tx, peer.clearing_account).balance_seconds
    moved = balance - opening - reset_records.load_unseen_seconds(tx, peer)
    ends = ((row.own_seq, row.own_hash), (row.peer_seq, row.peer_hash))
    yield _Epoch(peer.epoch, peer.base_hash, ends, opening, moved, is_present=True)


def _carried(tx: Tx, peer: Peer, epoch: _Epoch, before: Replay) -> Replay:
    """What an epoch knows of the one before: orders that go on, and those that we had paid already."""
    surviving = reset_records.load_surviving(tx, peer.id, epoch.epoch)
    return Replay(
        keys_of=before.keys_of,
        asked={order: before.asked[order] for order, _ in surviving if order in before.asked},
        decided={order for order, was_paid in surviving if was_paid},
        paid_before={order for order, was_paid in surviving if was_paid},
    )


def _owed_at(tx: Tx, peer: Peer, epoch: _Epoch, replay: Replay, row: StatementRow) -> int | None:
    """What we owe at the cut of a statement by the frames up to it; None where a chain broke off before."""
    ours, theirs = replay.said_at[OUT, row.own_seq], replay.said_at[IN, row.peer_seq]
    if ours is None or theirs is None:
        return None
    opening = epoch.opening_seconds + statement_records.load_paid_before_seconds(tx, peer.id, epoch.epoch)
    return opening + theirs - ours


def _chain(
    tx: Tx,
    peer: Peer,
    epoch: _Epoch,
    direction: int,
    keys: _Keys,
    replay: Replay,
    places: translog.LogPlaces,
) -> Iterator[Finding]:
    """One chain from its first frame on: bytes, signature, seq, prev, and where the line says it ends."""
    reached, last = (0, epoch.chain_hash), epoch.ends[direction]
    for row, entry in records.each_frame(tx, peer.id, epoch.epoch, direction):
        place = f"{peer.address} {'out' if direction == OUT else 'in'} {row.seq}"
        try:
            frame = frames.parse_frame(*frames.frame_of_entry(entry), keys.of(row))
            for item in frame.items:
                _note(replay, item, frame.header, is_ours=direction == OUT)
        except RemoteError as bad:
            yield Finding("frame", place, bad.code, bad.detail)
            return
        if wrong := _wrong_link(frame, row, reached) or _wrong_place(frame, row, direction, places):
            yield Finding("frame", place, wrong, "does not follow from the frame before it")
            return
        reached = (row.seq, frame.hash)
        replay.reach(direction, row.seq)
        if direction == IN:
            replay.acked_seq = max(replay.acked_seq, frame.header.ack_seq)
    if reached != last:
        yield Finding("line", peer.address, "chain_end", f"frames end at {reached[0]}, the line says {last[0]}")


def _note(replay: Replay, item: bytes, header: Header, *, is_ours: bool) -> None:
    """An item of a peer may be unusable (it was answered by a reject): it moves nothing."""
    try:
        replay.note(item, is_ours=is_ours, header=header)
    except RemoteError:
        if is_ours:
            raise


def _wrong_link(frame: Frame, row: FrameRow, reached: tuple[int, str]) -> str | None:
    header = frame.header
    if (header.seq, frame.hash, header.boot) != (row.seq, row.hash, row.boot):
        return "row_differs"
    if (header.seq, header.prev) != (reached[0] + 1, reached[1]):
        return "wrong_prev"
    return None


def _wrong_place(frame: Frame, row: FrameRow, direction: int, places: translog.LogPlaces) -> str | None:
    """An own frame's head is the log before it; one that came back after a loss stands in a later log too."""
    head, (log, index) = frame.header.head, places.of(row.leaf)
    is_so = direction != OUT or head.log < log or (head.log, head.size) == (log, index)
    return None if is_so else "wrong_head"


def _clearing(tx: Tx, peer: Peer, epoch: _Epoch, replay: Replay) -> Iterator[Finding]:
    """The clearing balance moved by what the decisions paid, in frames or still waiting for one."""
    if epoch.is_present:
        for item in records.load_waiting(tx, peer.id):
            replay.note(item, is_ours=True)
    told = replay.paid_by_peer - replay.paid_by_us
    if epoch.moved_seconds != told:
        yield Finding("account", peer.address, "clearing", f"moved {epoch.moved_seconds} s, the frames say {told} s")


def _holds(tx: Tx, peer: Peer, row: LineRow) -> Iterator[Finding]:
    """What a line says is held is the sum of its open orders."""
    held = tx.execute(
        "SELECT coalesce(sum(amount_seconds), 0), count(*) FROM (SELECT amount_seconds FROM order_out"
        " WHERE peer = ?1 AND state IN ('held', 'in_doubt') AND purpose <> 'probe' UNION ALL"
        " SELECT amount_seconds FROM order_between WHERE peer_out = ?1 AND state = 'held')",
        (peer.id,),
    ).fetchone()
    if held != (row.held_out_seconds, row.held_out_count):
        yield Finding("line", peer.address, "held_out", f"{row.held_out_seconds} s, open orders have {held[0]} s")
    asked = tx.one(
        "SELECT coalesce(sum(amount_seconds), 0), count(*) FROM ("
        "SELECT amount_seconds FROM order_in WHERE peer = ?1 AND state = 'waiting' UNION ALL"
        " SELECT amount_seconds FROM order_between WHERE peer_in = ?1 AND state IN ('waiting', 'held'))",
        (peer.id,),
    )
    if asked != (row.held_in_seconds, row.held_in_count):
        yield Finding("line", peer.address, "held_in", f"{row.held_in_seconds} s, waiting orders have {asked[0]} s")


def _orders(tx: Tx) -> Iterator[Finding]:
    """Each settled order has its booking of the same amount, each open one its hold."""
    queries = (
        ("order_out", "no_booking", _NO_BOOKING.format(table="order_out", key="hex(o.payment_id)")),
        ("order_in", "no_booking", _NO_BOOKING.format(table="order_in", key="o.order_hash")),
        ("order_between", "no_booking", _NOT_CARRIED),
        ("order_out", "no_hold", _NO_HOLD),
        ("transfer", "payment", _OTHER_PAYMENT.format(table="order_out")),
        ("transfer", "payment", _OTHER_PAYMENT.format(table="order_in")),
    )
    for table, code, query in queries:
        for (key,) in tx.execute(query):
            yield Finding(table, str(key), code, "the books do not show what the order says")


def _rows(tx: Tx) -> Iterator[Finding]:
    """Each row of a frame is what was written, with what travelled beside the frame."""
    for number, seq in records.each_unsound_frame(tx):
        yield Finding("frame", f"{number}/{seq}", "row", ROW_CHANGED)


_OTHER_PAYMENT = (
    "SELECT hex(t.id) FROM {table} o JOIN transfer t ON t.id = o.transfer_id WHERE t.payment_id IS NOT o.payment_id"
)
_NO_BOOKING = (
    "SELECT {key} FROM {table} o LEFT JOIN transfer t ON t.id = o.transfer_id"
    " WHERE o.purpose <> 'probe' AND (o.state = 'posted') <> (t.id IS NOT NULL AND t.amount_seconds = o.amount_seconds)"
)
_NOT_CARRIED = (
    "SELECT o.order_hash FROM order_between o LEFT JOIN transfer t ON t.id = o.transfer_id"
    " LEFT JOIN peer a ON a.id = o.peer_in LEFT JOIN peer b ON b.id = o.peer_out"
    " WHERE (o.state = 'posted') <> (t.id IS NOT NULL AND t.amount_seconds = o.amount_seconds"
    " AND (t.debit_account, t.credit_account) = (a.clearing_account, b.clearing_account))"
)
_NO_HOLD = (
    "SELECT hex(o.payment_id) FROM order_out o LEFT JOIN hold h ON h.id = o.hold_id"
    " WHERE o.purpose <> 'probe'"
    " AND (o.state IN ('queued', 'held', 'in_doubt')) <> (h.id IS NOT NULL AND h.state = 'open')"
)
