# SPDX-License-Identifier: AGPL-3.0-or-later
"""A signed epoch-reset takes effect: one commit ends the old chains, books the difference, and begins the new ones.

Above what both have posted the old epoch is void. Orders that go on are sent once more, the same bytes, and get the
decision that was made or is made then. The others are over: their members are free.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ringtausch_node import booking
from ringtausch_node.clock import Clock
from ringtausch_node.federation.agreement.operators import drop_overtaken
from ringtausch_node.federation.agreement.terms import LineLife
from ringtausch_node.federation.frames.sealing import decode_boxes
from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.line.model import LineRow, Peer
from ringtausch_node.federation.mail.records import MailOut, load_boxes
from ringtausch_node.federation.mail.service import Mail
from ringtausch_node.federation.orders import records as orders
from ringtausch_node.federation.orders.ends import inner_decision
from ringtausch_node.federation.orders.own_cost import WRITTEN_OFF_KEY, recovered_account, written_off_account
from ringtausch_node.federation.orders.strangers import Strangers
from ringtausch_node.federation.recovery import records as recovery
from ringtausch_node.federation.recovery import round_trips
from ringtausch_node.federation.recovery.bookings import at
from ringtausch_node.federation.reset import records as kept
from ringtausch_node.federation.reset.passing import begin_anew
from ringtausch_node.federation.reset.reading import KIND, hash_of, our_target, was_paid
from ringtausch_node.federation.reset.waiving import is_waiver
from ringtausch_node.ids import Ids
from ringtausch_node.ledger import service as ledger
from ringtausch_node.ledger.model import LimitPolicy
from ringtausch_node.sometimes import sometimes
from ringtausch_node.store import Tx
from ringtausch_node.translog import service as translog
from ringtausch_protocol import canonical, limits
from ringtausch_protocol.documents import EpochReset
from ringtausch_protocol.entries import ENTRY_DOCUMENT, log_entry
from ringtausch_protocol.items import Decision, Fulfil, Item, encode_item, parse_item
from ringtausch_protocol.items import Line as LineItem

#: How a payment ended whose order the operators let fall.
RESET_CODE = "reset"
_FACTS = LimitPolicy(lower="warn", upper="warn")


class Installer:
    """Installs what operators of both rings have signed: a fact, no limit is asked."""

    def __init__(
        self, clock: Clock, ids: Ids, adopt: Callable[[Peer], object], mail: Mail, life: LineLife, strangers: Strangers
    ) -> None:
        self._clock, self._ids, self._adopt, self._mail, self._terms = clock, ids, adopt, mail, life
        self._strangers = strangers

    def install(self, tx: Tx, line: Line, document: EpochReset, both: bytes, *, is_known: bool = True) -> None:
        """Begin the new epoch. `document` is that of the present one, signed by both (checked by the caller).

        `is_known`: we have proposed it, or sign it now; else this is an older copy, and lacks what passed before.
        """
        sometimes("a line begins anew")
        row, now = records.load_line(tx, line.peer.id), self._clock.now()
        closing = ledger.account(tx, line.peer.clearing_account).balance_seconds
        waived = is_waiver(tx, line, document, is_known=is_known)
        taken = records.take_waiting(tx, line.peer.id)
        counted = counted_seq(line, document, row)
        messages = self._mail.begin_anew(tx, line, taken, counted, partial(_box_of, tx))
        messages += kept.load_erases(tx, line.peer.id, line.names.epoch, counted)
        messages += [item for item in taken if kept.is_erase(item)]
        unsealed = unsealed_seconds(taken) - kept.load_unseen_seconds(tx, line.peer)
        number = kept.end_epoch(tx, line.peer, row, closing, unsealed, now)
        passing = self._end_orders(tx, line, row, document, now)
        target = our_target(line, document, _go_on(tx, line, document))
        account = written_off_account(tx, now) if waived else recovered_account(tx, now)
        kind = WRITTEN_OFF_KEY if waived else "reset"
        self._book(tx, line, target - closing, account, kind, now)
        chain = hash_of(document)
        peer = line.peer._replace(epoch=document.new_epoch, chain_hash=chain, state="confirmed", reason=None)
        kept.begin_epoch(tx, peer, number, both, target, target - closing, account, now)
        drop_overtaken(tx, line.peer.address, KIND)
        self._begin_line(tx, line, row, chain)
        records.insert_waiting(tx, line.peer.id, [*messages, *self._terms.told_again(tx, line), *passing])
        translog.append_later(tx, log_entry(ENTRY_DOCUMENT, (both,)))
        line.stop()
        tx.after_commit(lambda: self._adopt(peer))

    def _end_orders(self, tx: Tx, line: Line, row: LineRow, document: EpochReset, now: int) -> list[bytes]:
        """Own orders that were signed: those that go on are sent again, the others end. -> what passes, sent again."""
        named = {hold.order_hash for hold in document.holds}
        row.held_out_seconds = row.held_out_count = row.held_in_seconds = row.held_in_count = 0
        for order in kept.load_open_out(tx, line.peer.id):
            if order.order_hash in named and order.purpose != "probe":
                kept.send_again(tx, order.payment_id)
                row.held_out_seconds += order.amount_seconds
                row.held_out_count += 1
                continue
            if order.hold_id is not None:
                ledger.release(tx, order.hold_id, now)
            orders.end_out(tx, order.payment_id, "released", RESET_CODE, None, now)
            tx.collect("ended", order.payment_id)
        return begin_anew(tx, line, row, document, self._strangers, now)

    def _book(self, tx: Tx, line: Line, difference_seconds: int, other: int, kind: str, now: int) -> None:
        """Bring our clearing account to where the new epoch begins; one transfer, or several where it is huge."""
        clearing, left = line.peer.clearing_account, abs(difference_seconds)
        debit, credit = (other, clearing) if difference_seconds > 0 else (clearing, other)
        while left:
            part = min(left, limits.AMOUNT_MAX)
            booking.book(
                tx, transfer_id=self._ids.uuid7(), debit=debit, credit=credit, amount_seconds=part, kind=kind,
                at=now, salt=self._ids.random(limits.SALT_BYTES), policy=_FACTS, guard=False,
            )  # fmt: skip
            left -= part

    def _begin_line(self, tx: Tx, line: Line, row: LineRow, chain: str) -> None:
        """Both chains at their beginning. Our terms, an end too, are said again: the last word may have been lost.

        What one has lost of its log since an old copy is held against it no more: that is what both have signed for.
        """
        row.own_seq = row.peer_seq = row.acked_seq = 0
        row.own_hash = row.peer_hash = chain
        row.fence = row.peer_head = row.closed = row.probe_at = None
        recovery.note_begun_anew(tx, row.peer)
        round_trips.begun_anew(tx, self._ids, line, self._clock.now())
        said = LineItem(version=row.version_in, limit_seconds=row.limit_in_seconds, state=row.state_in)
        records.insert_waiting(tx, row.peer, [encode_item(said)])
        records.save_line(tx, row)


def _go_on(tx: Tx, line: Line, document: EpochReset) -> int:
    """Remember the orders that go on. -> seconds of those that we had paid before."""
    surviving = [(hold.order_hash, was_paid(tx, line, hold)) for hold in document.holds]
    kept.note_surviving(tx, line.peer.id, document.new_epoch, surviving)
    return sum(hold.amount_seconds for hold, (_, is_paid) in zip(document.holds, surviving, strict=True) if is_paid)


def counted_seq(line: Line, document: EpochReset, row: LineRow) -> int:
    """The last frame of ours that the document counts; where it does not say, the last that the peer has acked."""
    named = document.a_seq if document.a == line.names.me else document.b_seq
    return row.acked_seq if named is None else named


def _box_of(tx: Tx, mail: MailOut) -> bytes | None:
    """The box of a message that stands in a frame."""
    if mail.epoch is None or mail.seq is None:
        return None
    sealed = at(decode_boxes(mail.seq, load_boxes(tx, mail.peer, mail.epoch, mail.seq)), mail.idx or 0)
    return None if sealed is None else canonical.unb64(sealed, None)


def unsealed_seconds(items: list[bytes]) -> int:
    """Seconds that we paid, as the last ring or between, and that no frame of the old epoch tells."""
    return sum(paid_seconds(parse_item(item)) for item in items)


def paid_seconds(item: Item) -> int:
    """How much an item of ours says to be paid; most say nothing of it."""
    said = inner_decision(item.decision) if isinstance(item, Fulfil) else item
    return said.amount_seconds if isinstance(said, Decision) and said.outcome == "paid" else 0
