# SPDX-License-Identifier: AGPL-3.0-or-later
"""The figures of a line at one place of both chains (SPEC.md 7.4), from our own book and frames.

The book is the running balance. What stands behind the place, in frames that are under way or in none yet, is taken
off it again. So a statement costs as much as is under way, however old the line is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import NamedTuple

from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.orders import between_records as between
from ringtausch_node.federation.orders import records as orders
from ringtausch_node.federation.orders import tried_records as tried
from ringtausch_node.federation.orders.ends import claims
from ringtausch_node.federation.statements import records
from ringtausch_node.ledger import service as ledger
from ringtausch_node.store import Tx
from ringtausch_protocol.documents import OpenHold
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.items import Decision, Fulfil, Offer, Release, item_hash, parse_item

_IS_END = (b'{"kind":"decision"', b'{"kind":"fulfil"', b'{"kind":"release"')
_IS_ORDER, _IS_OFFER = b'{"kind":"order"', b'{"kind":"offer"'


class Cut(NamedTuple):
    """A place in both chains: the last of our frames that counts, and the last of theirs."""

    own_seq: int
    peer_seq: int


class Ended(NamedTuple):
    """What an end of an order says: paid or not; a decision says over how much, too, and 0 is that of a probe."""

    is_paid: bool
    amount_seconds: int


class Behind(NamedTuple):
    """Ends behind a cut that our book knows already, ours and theirs, by order hash; `asked`: their orders there."""

    ours: Mapping[str, Ended]
    theirs: Mapping[str, Ended]
    asked: frozenset[str]


NOTHING_BEHIND = Behind({}, {}, frozenset())


class Figures(NamedTuple):
    """A line at a cut. Above zero: we owe them. The orders are undecided there, sorted by hash."""

    we_owe_seconds: int
    own_open: list[OpenHold]
    their_open: list[OpenHold]

    @property
    def is_zero(self) -> bool:
        """Nothing is owed and nothing is open."""
        return not (self.we_owe_seconds or self.own_open or self.their_open)


def ends_in(items: Iterable[bytes]) -> dict[str, Ended]:
    """The ends of orders among items, by order hash; what cannot be read ends nothing."""
    found = {}
    for data in items:
        if data.startswith(_IS_END):
            try:
                item = parse_item(data)
            except RemoteError:
                continue
            assert isinstance(item, Decision | Fulfil | Release)
            amount_seconds = item.amount_seconds if isinstance(item, Decision) else 0
            found[item.order_hash] = Ended(claims(item), amount_seconds)
    return found


def orders_in(items: Iterable[bytes]) -> frozenset[str]:
    """The hashes of orders among items, passed on or not; what cannot be read orders nothing."""
    return frozenset(filter(None, map(_ordered, items)))


def _ordered(data: bytes) -> str | None:
    if data.startswith(_IS_ORDER):
        return item_hash(data)
    try:
        item = parse_item(data) if data.startswith(_IS_OFFER) else None
    except RemoteError:
        return None
    return item_hash(bytes(item.order.item)) if isinstance(item, Offer) else None


def figures_at(tx: Tx, line: Line, cut: Cut, behind: Behind) -> Figures:
    """The figures at a cut; `behind` is all that the book knows beyond it."""
    peer, epoch = line.peer.id, line.names.epoch
    owed = ledger.account(tx, line.peer.clearing_account).balance_seconds
    owed += records.load_unanswered_seconds(tx, peer, epoch)
    own_open = records.load_own_open(tx, peer, cut.own_seq)
    their_open = records.load_carried_open(tx, peer, cut.peer_seq)
    for order_hash, ended in behind.ours.items():
        asked = _asked(tx, line, order_hash) or _refused_at_once(ended, cut, is_behind=order_hash in behind.asked)
        if asked is None:
            continue
        if ended.is_paid:
            owed += asked.amount_seconds
        if asked.seq <= cut.peer_seq or records.is_surviving(tx, peer, epoch, order_hash):
            their_open.append(OpenHold(order_hash=order_hash, amount_seconds=asked.amount_seconds))
    for order_hash in behind.theirs:
        sent = _sent(tx, line, order_hash)
        if sent is None or sent.state not in ("posted", "released"):
            continue
        if sent.state == "posted":
            owed -= sent.amount_seconds
        if sent.seq <= cut.own_seq:
            own_open.append(OpenHold(order_hash=order_hash, amount_seconds=sent.amount_seconds))
    by_hash = attrgetter("order_hash")
    return Figures(owed, sorted(own_open, key=by_hash), sorted(their_open, key=by_hash))


class _Order(NamedTuple):
    """An order on this line, to us or from us, as our rows have it; `seq`: of the frame that brought it here."""

    state: str
    amount_seconds: int
    seq: int


def _asked(tx: Tx, line: Line, order_hash: str) -> _Order | None:
    """An order of theirs that we decided, or passed on; None for probes and those of other lines."""
    decided = orders.load_in(tx, order_hash)
    if decided is not None and (decided.peer, decided.purpose == "probe") == (line.peer.id, False):
        return _Order(decided.state, decided.amount_seconds, decided.seq)
    carried = between.load(tx, order_hash)
    if carried is None or carried.peer_in != line.peer.id:
        return None
    return _Order(carried.state, carried.amount_seconds, carried.in_seq or 0)


def _refused_at_once(ended: Ended, cut: Cut, *, is_behind: bool) -> _Order | None:
    """An order of theirs that we refused and keep no row of: it came in this commit behind the cut, or before it.

    The refusal was made with the order, so that of a commit before is of an order that the cut counts.
    """
    if ended.is_paid or not ended.amount_seconds:
        return None
    return _Order("released", ended.amount_seconds, cut.peer_seq + is_behind)


def _sent(tx: Tx, line: Line, order_hash: str) -> _Order | None:
    """An order of ours, or one that we passed on, along this line; None for probes and those of other lines."""
    order = orders.load_out_by_hash(tx, order_hash)
    if order is not None and (order.peer, order.purpose == "probe") == (line.peer.id, False):
        return _Order(order.state, order.amount_seconds, order.seq or 0)
    if before := tried.load_tried(tx, line.peer.id, order_hash):
        return _Order("released", before.amount_seconds, before.seq)
    carried = between.load(tx, order_hash)
    if carried is None or carried.peer_out != line.peer.id:
        return None
    return _Order(carried.state, carried.amount_seconds, carried.out_seq or 0)
