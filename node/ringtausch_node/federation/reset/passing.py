# SPDX-License-Identifier: AGPL-3.0-or-later
"""Orders of others on a line that begins anew: it ends none of them (SPEC.md 5.4, 7.12).

Whoever passed one on has it named, as an order of its own, and sends the same offer again: the ring behind may have
heard it, answered it, or neither. Whoever it came to keeps it, and answers when it comes again. Only the last ring
decides, so on both lines of a ring between an order stays counted until it is heard of, whatever operators agree on.
"""

from __future__ import annotations

from ringtausch_node.federation.frames.erasing import forget_beside
from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.line.model import IN, OUT, LineRow
from ringtausch_node.federation.orders import between_records as between
from ringtausch_node.federation.orders.between_records import Carried
from ringtausch_node.federation.orders.between_rules import order_of, signed_of
from ringtausch_node.federation.orders.strangers import Strangers
from ringtausch_node.federation.reset import records as kept
from ringtausch_node.sometimes import sometimes
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical
from ringtausch_protocol.documents import EpochReset, OpenHold
from ringtausch_protocol.items import Offer, encode_item
from ringtausch_protocol.settlement import State


def our_holds(tx: Tx, peer: int) -> list[OpenHold]:
    """The orders that we hold towards a peer: our own without the probe, and those that we passed on."""
    own = [order for order in kept.load_open_out(tx, peer) if order.purpose != "probe"]
    held = [OpenHold(order_hash=str(order.order_hash), amount_seconds=order.amount_seconds) for order in own]
    return held + [_hold(carried) for carried in between.load_held_towards(tx, peer)]


def their_holds(tx: Tx, peer: int) -> list[OpenHold]:
    """The orders of a peer, its own or passed on by it, that are to pass through here and have no end."""
    return [_hold(carried) for carried in between.load_open_from(tx, peer)]


def names_all(tx: Tx, peer: int, document: EpochReset) -> bool:
    """Whether no order that passes on a line would be left out of its new beginning.

    We owe for what we passed on, and are owed for what came: neither may be over for one of both rings alone.
    """
    named = {hold.order_hash for hold in document.holds}
    passing = [*between.load_held_towards(tx, peer), *between.load_open_from(tx, peer)]
    return all(carried.order_hash in named for carried in passing)


def begin_anew(tx: Tx, line: Line, row: LineRow, document: EpochReset, strangers: Strangers, at: int) -> list[bytes]:
    """Count what passes on the line, whose new epoch has no frame yet. -> what is sent in it again, ahead of all else.

    What is not named both had ended: then this copy has not heard of it yet. It stays counted until it hears of the end
    on its other line, and is not sent. Where it was over there, too, with an epoch before, nobody will tell that.
    """
    named = [hold.order_hash for hold in document.holds]
    _forget_old_boxes(tx, line, named)
    between.begin_anew(tx, row.peer, named)
    _let_go(tx, row, at)
    came, went = between.load_open_from(tx, row.peer), between.load_held_towards(tx, row.peer)
    row.held_in_seconds += sum(carried.amount_seconds for carried in came)
    row.held_in_count += len(came)
    row.held_out_seconds += sum(carried.amount_seconds for carried in went)
    row.held_out_count += len(went)
    again = [carried for carried in went if carried.order_hash in named]
    return [item for carried in again for item in _sent_again(tx, line, document.new_epoch, carried, strangers)]


def _let_go(tx: Tx, row: LineRow, at: int) -> None:
    """What was over on both its lines has moved what it moved: the agreed balances count it. `row`: not counted yet."""
    for carried in between.load_over(tx, row.peer):
        sometimes("what was held is over on both of its lines")
        is_theirs = carried.peer_in == row.peer
        other = records.load_line(tx, carried.peer_out if is_theirs else carried.peer_in)
        if is_theirs:
            other.held_out_seconds -= carried.amount_seconds
            other.held_out_count -= 1
        else:
            other.held_in_seconds -= carried.amount_seconds
            other.held_in_count -= 1
        records.save_line(tx, other)
        between.end(tx, carried.order_hash, State.RELEASED.value, None, None, at)


def _sent_again(tx: Tx, line: Line, epoch: str, carried: Carried, strangers: Strangers) -> list[bytes]:
    """The very offer, behind the cards that prove it; its box is put beside it when it is sealed."""
    sometimes("an order that was passed on goes on in a new epoch")
    cards = strangers.unshown(tx, line, epoch, order_of(carried).path[0])
    return [*cards, encode_item(Offer(index=carried.place, order=signed_of(carried)))]


def _forget_old_boxes(tx: Tx, line: Line, named: list[str]) -> None:
    """What goes on stands in the new epoch beside its box, and is found and erased there: that of the old one goes now.

    No peer asks for a frame of an epoch that is over.
    """
    for carried in filter(None, (between.load(tx, order_hash) for order_hash in named)):
        payment_id = canonical.unb64(order_of(carried).payment_id, 16)
        is_theirs = carried.peer_in == line.peer.id
        direction, seq = (IN, carried.in_seq) if is_theirs else (OUT, carried.out_seq)
        if seq and (is_theirs or carried.box is not None):
            forget_beside(tx, line.peer.id, [(direction, line.names.epoch, seq)], payment_id)


def _hold(carried: Carried) -> OpenHold:
    return OpenHold(order_hash=carried.order_hash, amount_seconds=carried.amount_seconds)
