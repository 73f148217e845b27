# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the ring before hears of an order that passed: once, and the same bytes whenever it comes again."""

from __future__ import annotations

from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.orders import between_records as between
from ringtausch_node.federation.orders import records as orders
from ringtausch_node.federation.orders.between_records import BEFORE, Carried
from ringtausch_node.federation.orders.ends import End, decider_of
from ringtausch_node.federation.orders.read_once import send
from ringtausch_node.federation.orders.strangers import Strangers
from ringtausch_node.store import Tx
from ringtausch_protocol.items import Fulfil, Release, encode_item, parse_item


def answer_again(tx: Tx, strangers: Strangers, line: Line, order_hash: str, answer: bytes) -> None:
    """It may come again in a new epoch of the line, whose chain has not shown yet what cards prove the answer.

    Where its end went ahead of it in that epoch, nothing is said twice.
    """
    if between.is_answered(tx, line.peer.id, line.names.epoch, order_hash):
        return
    orders.note_answered(tx, line.peer.id, line.names.epoch, order_hash)
    for each in with_cards(tx, strangers, line, answer):
        send(tx, line, each)


def with_cards(tx: Tx, strangers: Strangers, line: Line, answer: bytes) -> list[bytes]:
    """The answer behind the cards that prove it and that no chain of the epoch has shown, as items."""
    item = parse_item(answer)
    signed = item.decision if isinstance(item, Fulfil | Release) else None
    decider = decider_of(signed) if signed is not None else None
    return [*(strangers.unshown(tx, line, line.names.epoch, decider) if decider else ()), answer]


def tell(tx: Tx, strangers: Strangers, before: Line, carried: Carried, end: End) -> bytes:
    """The ring before hears of an end: the decision of the ring that decided, as that ring signed it. -> the answer.

    Where the order is over on its line nothing is said; should it come there in the present epoch, it is answered. What
    went ahead of the order in a new epoch, and came back after a loss, is not said twice.
    """
    if end.is_paid and end.signed is not None:
        answer = encode_item(Fulfil(order_hash=carried.order_hash, decision=end.signed))
    elif end.signed is not None:
        answer = encode_item(Release(order_hash=carried.order_hash, cause="refused", decision=end.signed))
    else:
        answer = encode_item(Release(order_hash=carried.order_hash, cause="own_refusal"))
    is_told = between.is_answered(tx, before.peer.id, before.names.epoch, carried.order_hash)
    if carried.in_seq != BEFORE and not is_told:
        if end.signed is not None:
            strangers.show(tx, before, decider_of(end.signed) or carried.last_ring)
        send(tx, before, answer)
    return answer
