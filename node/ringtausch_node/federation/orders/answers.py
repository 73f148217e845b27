# SPDX-License-Identifier: AGPL-3.0-or-later
"""The stored answer to an order that passed and comes again: the same bytes, whenever it is asked for."""

from __future__ import annotations

from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.orders import between_records as between
from ringtausch_node.federation.orders import records as orders
from ringtausch_node.federation.orders.ends import decider_of
from ringtausch_node.federation.orders.read_once import send
from ringtausch_node.federation.orders.strangers import Strangers
from ringtausch_node.store import Tx
from ringtausch_protocol.items import Fulfil, Release, parse_item


def answer_again(tx: Tx, strangers: Strangers, line: Line, order_hash: str, answer: bytes) -> None:
    """It may come again in a new epoch of the line, whose chain has not shown yet what cards prove the answer.

    Where its end went ahead of it in that epoch, nothing is said twice.
    """
    if between.is_answered(tx, line.peer.id, line.names.epoch, order_hash):
        return
    orders.note_answered(tx, line.peer.id, line.names.epoch, order_hash)
    item = parse_item(answer)
    signed = item.decision if isinstance(item, Fulfil | Release) else None
    decider = decider_of(signed) if signed is not None else None
    if decider is not None:
        strangers.show(tx, line, decider)
    send(tx, line, answer)
