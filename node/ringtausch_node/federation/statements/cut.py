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
from ringtausch_node.federation.orders import records as orders
from ringtausch_node.federation.statements import records
from ringtausch_node.ledger import service as ledger
from ringtausch_node.store import Tx
from ringtausch_protocol import frames
from ringtausch_protocol.documents import OpenHold
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import Decision

_IS_DECISION = b'{"kind":"decision"'


class Cut(NamedTuple):
    """A place in both chains: the last of our frames that counts, and the last of theirs."""

    own_seq: int
    peer_seq: int


class Behind(NamedTuple):
    """Decisions behind a cut that our book knows already: ours and theirs, by order hash."""

    ours: Mapping[str, Decision]
    theirs: Mapping[str, Decision]


NOTHING_BEHIND = Behind({}, {})


class Figures(NamedTuple):
    """A line at a cut. Above zero: we owe them. The orders are undecided there, sorted by hash."""

    we_owe_seconds: int
    own_open: list[OpenHold]
    their_open: list[OpenHold]

    @property
    def is_zero(self) -> bool:
        """Nothing is owed and nothing is open."""
        return not (self.we_owe_seconds or self.own_open or self.their_open)


def decisions_in(items: Iterable[bytes]) -> dict[str, Decision]:
    """The decisions among items, by order hash; what cannot be read decides nothing."""
    found = {}
    for data in items:
        if data.startswith(_IS_DECISION):
            try:
                item = frames.parse_item(data)
            except RemoteError:
                continue
            assert isinstance(item, Decision)
            found[item.order_hash] = item
    return found


def figures_at(tx: Tx, line: Line, cut: Cut, behind: Behind) -> Figures:
    """The figures at a cut; `behind` is all that the book knows beyond it."""
    peer, epoch = line.peer.id, line.names.epoch
    owed = ledger.account(tx, line.peer.clearing_account).balance_seconds
    owed += records.load_unanswered_seconds(tx, peer, epoch)
    own_open, their_open = records.load_own_open(tx, peer, cut.own_seq), []
    for order_hash, decision in behind.ours.items():
        if decision.outcome == "paid":
            owed += decision.amount_seconds
        if _was_asked(tx, line, cut, order_hash):
            their_open.append(OpenHold(order_hash=order_hash, amount_seconds=decision.amount_seconds))
    for order_hash in behind.theirs:
        order = orders.load_out_by_hash(tx, order_hash)
        if order is None or (order.peer, order.purpose == "probe") != (peer, False):
            continue
        if order.state == "posted":
            owed -= order.amount_seconds
        if order.state in ("posted", "released") and (order.seq or 0) <= cut.own_seq:
            own_open.append(OpenHold(order_hash=order_hash, amount_seconds=order.amount_seconds))
    by_hash = attrgetter("order_hash")
    return Figures(owed, sorted(own_open, key=by_hash), sorted(their_open, key=by_hash))


def _was_asked(tx: Tx, line: Line, cut: Cut, order_hash: str) -> bool:
    """Whether an order of theirs stands in a frame up to the cut."""
    decided = orders.load_in(tx, order_hash)
    if decided is None or (decided.peer, decided.purpose == "probe") != (line.peer.id, False):
        return False
    return decided.seq <= cut.peer_seq or records.is_surviving(tx, line.peer.id, line.names.epoch, order_hash)
