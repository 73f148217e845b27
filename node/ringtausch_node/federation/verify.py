# SPDX-License-Identifier: AGPL-3.0-or-later
"""Replay of the lines: every chain from its frames, every clearing balance from the decisions in them.

Streams frame by frame. What the tables say is compared with what the signed bytes say; the bytes win.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ringtausch_node.federation.agreement import verify as agreements
from ringtausch_node.federation.greeting import card_records
from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.model import IN, OUT, FrameRow, LineRow, Peer
from ringtausch_node.federation.orders.ends import EndItem, inner_decision, inner_order
from ringtausch_node.federation.reset import records as reset_records
from ringtausch_node.ledger import service as ledger
from ringtausch_node.ledger.model import Finding
from ringtausch_node.store import Tx
from ringtausch_node.translog import service as translog
from ringtausch_protocol import frames
from ringtausch_protocol.cards import Card
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import Decision, Frame, Fulfil, Header, Offer, Order, Release


class _Asked(NamedTuple):
    """What a decision must agree with in an order of ours, in little memory."""

    payment_id: str
    amount_seconds: int
    deadline_at: int


@dataclass(slots=True)
class _Replay:
    """What the frames of one line tell: seconds decided *paid* by each side, each order counted once.

    Our own chain comes first: a decision of the peer counts for an order of ours that nobody decided before it, as in
    `settlement.verify_decision`; others were answered by a reject and moved nothing.
    """

    paid_by_peer: int = 0
    paid_by_us: int = 0
    asked: dict[str, _Asked] = field(default_factory=dict)
    decided: set[str] = field(default_factory=set)

    def note(self, data: bytes, *, is_ours: bool, header: Header | None = None) -> None:
        """Count one item if it is a decision that pays. `header`: of the peer's frame it stands in."""
        item = frames.parse_item(data)
        if is_ours and isinstance(item, Order):
            self.asked[frames.item_hash(data)] = _Asked(item.payment_id, item.amount_seconds, item.deadline_at)
        elif is_ours and isinstance(item, Offer):
            order = inner_order(item.order)
            order_hash = frames.item_hash(bytes(item.order.item))
            self.asked[order_hash] = _Asked(order.payment_id, order.amount_seconds, order.deadline_at)
        elif isinstance(item, Decision | Fulfil | Release):
            self._note_end(item, is_ours=is_ours, header=header)

    def _note_end(self, item: EndItem, *, is_ours: bool, header: Header | None) -> None:
        """A decision, or what a ring between hands on of one: a fulfil moves as a decision does, a release frees."""
        if isinstance(item, Release):
            if not is_ours:
                self.asked.pop(item.order_hash, None)
            return
        decision = item if isinstance(item, Decision) else inner_decision(item.decision)
        if is_ours:
            self._note_ours(decision)
        elif header is not None:
            self._note_theirs(decision, header, is_handed_on=not isinstance(item, Decision))

    def _note_ours(self, decision: Decision) -> None:
        if decision.outcome == "paid" and decision.order_hash not in self.decided:
            self.decided.add(decision.order_hash)
            self.paid_by_us += decision.amount_seconds

    def _note_theirs(self, decision: Decision, header: Header, *, is_handed_on: bool) -> None:
        asked = self.asked.get(decision.order_hash)
        if asked is None or asked[:2] != (decision.payment_id, decision.amount_seconds):
            return
        is_paid = decision.outcome == "paid"
        if not is_handed_on and (decision.by, decision.inbound) != (header.from_, header.to):
            return
        if is_paid == (decision.code is not None) or (is_paid and decision.decided_at > asked.deadline_at):
            return
        del self.asked[decision.order_hash]
        self.paid_by_peer += decision.amount_seconds if is_paid else 0


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


def find_faults(tx: Tx, identity: RingIdentity) -> Iterator[Finding]:
    """Everything that is wrong with the lines, line by line; nothing where all is sound."""
    places = translog.LogPlaces(tx)
    for peer in records.load_peers(tx):
        row = records.load_line(tx, peer.id)
        try:
            theirs = card_records.load_chain(tx, peer.ring_id, peer.card)
        except RemoteError as bad:
            yield Finding("ring_card", peer.address, bad.code, bad.detail)
            continue
        yield from agreements.find_faults(tx, peer, identity.cards.chain, theirs)
        keys = (_Keys(identity.cards.chain), _Keys(theirs))
        before = _Replay()
        for epoch in _epochs(tx, peer, row):
            replay = _carried(tx, peer, epoch, before)
            yield from _chain(tx, peer, epoch, OUT, keys[OUT], replay, places)
            yield from _chain(tx, peer, epoch, IN, keys[IN], replay, places)
            yield from _clearing(tx, peer, epoch, replay)
            before = replay
        yield from _holds(tx, peer, row)
    yield from _orders(tx)


class _Epoch(NamedTuple):
    """One epoch as the tables tell it: where its chains begin and end, and how the clearing balance moved in it."""

    epoch: str
    chain_hash: str
    ends: tuple[tuple[int, str], tuple[int, str]]
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
            yield _Epoch(old.epoch, old.chain_hash, ends, moved, is_present=False)
    balance = ledger.account(tx, peer.clearing_account).balance_seconds
    ends = ((row.own_seq, row.own_hash), (row.peer_seq, row.peer_hash))
    yield _Epoch(peer.epoch, peer.base_hash, ends, balance - opening, is_present=True)


def _carried(tx: Tx, peer: Peer, epoch: _Epoch, before: _Replay) -> _Replay:
    """What an epoch knows of the one before: orders that go on, and those that we had paid already."""
    surviving = reset_records.load_surviving(tx, peer.id, epoch.epoch)
    return _Replay(
        asked={order: before.asked[order] for order, _ in surviving if order in before.asked},
        decided={order for order, was_paid in surviving if was_paid},
    )


def _chain(
    tx: Tx,
    peer: Peer,
    epoch: _Epoch,
    direction: int,
    keys: _Keys,
    replay: _Replay,
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
    if reached != last:
        yield Finding("line", peer.address, "chain_end", f"frames end at {reached[0]}, the line says {last[0]}")


def _note(replay: _Replay, item: bytes, header: Header, *, is_ours: bool) -> None:
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


def _clearing(tx: Tx, peer: Peer, epoch: _Epoch, replay: _Replay) -> Iterator[Finding]:
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
    )
    for table, code, query in queries:
        for (key,) in tx.execute(query):
            yield Finding(table, str(key), code, "the books do not show what the order says")


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
