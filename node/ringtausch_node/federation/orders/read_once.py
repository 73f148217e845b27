# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the orders of one frame all ask of other lines: read once in a use case, and their rows written once.

Only the place between changes rows of lines other than the one that speaks, and whoever lets it must call `save_rows`
at the end. All of it is forgotten with a use case that is rolled back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ringtausch_node.federation.line import records as lines_records
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.line.model import LineRow
from ringtausch_node.federation.orders import between_records as records
from ringtausch_node.store import Tx
from ringtausch_protocol.items import Offer, item_hash, parse_item

_ROWS, _TOWARDS, _PASSED = "other_row", "held_towards", "passed_on"


@dataclass(slots=True)
class Towards:
    """What is held on a line for one destination."""

    peer: int
    last_ring: str
    seconds: int
    count: int

    def add(self, amount_seconds: int) -> None:
        """One more is held."""
        self.seconds, self.count = self.seconds + amount_seconds, self.count + 1


class Passed(NamedTuple):
    """An order that was passed on, and the box that travels beside it."""

    order_hash: str
    box: bytes | None


def row_of(tx: Tx, peer: int) -> LineRow:
    """The row of another line; what is changed in it stands in the table after `save_rows`."""
    known: list[LineRow] = tx.collected(_ROWS)
    for row in known:
        if row.peer == peer:
            return row
    row = lines_records.load_line(tx, peer)
    tx.collect(_ROWS, row)
    return row


def save_rows(tx: Tx) -> None:
    """Write what `row_of` gave out; from now on it is read again."""
    rows: list[LineRow] = tx.collected(_ROWS)
    for row in rows:
        lines_records.save_line(tx, row)
    rows.clear()


def held_towards(tx: Tx, peer: int, last_ring: str) -> Towards:
    """What is held on a line for one destination; whoever holds more for it adds that."""
    known: list[Towards] = tx.collected(_TOWARDS)
    for held in known:
        if (held.peer, held.last_ring) == (peer, last_ring):
            return held
    held = Towards(peer, last_ring, *records.load_towards(tx, peer, last_ring))
    tx.collect(_TOWARDS, held)
    return held


def forget_held(tx: Tx) -> None:
    """Something that was held has ended."""
    tx.collected(_TOWARDS).clear()


def note_passed(tx: Tx, item: bytes, passed: Passed) -> None:
    """An offer was made in this use case: the seal hook of the group need not read it and look its order up."""
    tx.collect(_PASSED, (item, passed))


def send(tx: Tx, line: Line, item: bytes) -> None:
    """Put an item into the next frame of a line."""
    tx.collect("item", (line, item))
    tx.collect("line", line)


def read_passed(tx: Tx, item: bytes) -> Passed:
    """The order of an offer that waited in the table while its line was out of step, and its box."""
    offer = parse_item(item)
    assert isinstance(offer, Offer)  # its first bytes say so
    order_hash = item_hash(bytes(offer.order.item))
    carried = records.load(tx, order_hash)
    return Passed(order_hash, None if carried is None else carried.box)


def all_passed(tx: Tx) -> dict[bytes, Passed]:
    """The offers of a group, by their items; in its seal hook."""
    return dict(tx.collected(_PASSED))
