# SPDX-License-Identifier: AGPL-3.0-or-later
"""Forgetting what opens commitments (SPEC.md 7.13): salts, boxes beside frames, and the same asked of the other end.

Orders, decisions and their places in the log stay: every proof that was ever given still verifies. What goes is what
says whose they were and what for. Boxes are taken from stored frames at both ends, since a ring that lost its disk gets
its frames from the other one again, with whatever lies beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol

from ringtausch_node.federation.frames import erasing_records as records
from ringtausch_node.federation.frames.sealing import decode_boxes, encode_boxes
from ringtausch_node.federation.line.lines import Line, Lines
from ringtausch_node.federation.line.model import IN, OUT
from ringtausch_node.federation.mail.records import forget_text
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, frames
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.items import Erase, encode_item


class Erased(NamedTuple):
    """Of which payment the other end wants its side forgotten. `ours`: which side of it is a member of this ring."""

    payment_id: bytes
    payer_ring: str
    ours: Literal["payer", "payee"]


class People(Protocol):
    """The room above that knows the people of payments."""

    def forget_other_side(self, tx: Tx, peer: int, erased: Erased) -> None:
        """Forget who the other side of a payment was, and what was written about it."""
        ...

    def forget_request(self, tx: Tx, peer: int, invoice_id: bytes) -> bool:
        """Forget who asked, or was asked, by the request with this id on a line; False where there is none."""
        ...


class Erasing:
    """What is erased of orders and letters, by the own ring's word or by the other's."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._people: People | None = None

    def register(self, people: People) -> None:
        """Who forgets people; called when a ring is put together."""
        self._people = people

    # -- at home -----------------------------------------------------------------------------------------------------

    def forget_order(self, tx: Tx, payment_id: bytes) -> list[int]:
        """What opens an ended order of ours. -> the peers to ask: those to which an attempt of it was ever sent."""
        if not records.forget_out(tx, payment_id):
            return []
        places = records.places_out(tx, payment_id)
        for peer, epoch, seq in places:
            forget_beside(tx, peer, [(OUT, epoch, seq)], payment_id)
        return sorted({peer for peer, _, _ in places})

    def forget_credited(self, tx: Tx, account: int) -> list[tuple[int, str, bytes]]:
        """What opens the orders that were credited to an account. -> (peer, payer's ring, payment) of each.

        The boxes beside refused orders go too, whoever they were for: they are of no use to anybody.
        """
        credited = records.load_credited(tx, account)
        for order_hash, peer, _, payment_id in [*credited, *records.load_refused(tx)]:
            records.forget_in(tx, order_hash)
            forget_beside(tx, peer, [(IN, *place) for place in records.places_in(tx, order_hash)], payment_id)
        return [each[1:] for each in credited]

    def forget_letter(self, tx: Tx, peer: int, letter_id: bytes) -> None:
        """What a letter said, of ours or the peer's."""
        forget_beside(tx, peer, forget_text(tx, peer, letter_id), letter_id)

    def ask(self, tx: Tx, peer: int, payment_id: bytes) -> bool:
        """Ask the ring at the other end of a line; False where the line is over, and nobody hears it."""
        line = self._lines.by_id(peer)
        if not line.is_usable:
            return False
        _send(tx, line, Erase(payment_id=b64(payment_id)))
        return True

    def want_wiping(self, tx: Tx) -> None:
        """Something was erased: no page of the file is to keep it."""
        records.want_wiping(tx)

    # -- asked by another ring ---------------------------------------------------------------------------------------

    def heard(self, tx: Tx, line: Line, erase: Erase) -> str | None:
        """The other end has forgotten its side of a payment and asks the same of us. -> the code of a reject, or None.

        Passed on by a ring between, once. Twice changes nothing.
        """
        payment_id, peer = canonical.unb64(erase.payment_id, 16), line.peer.id
        is_known = self._forget_ours(tx, peer, payment_id)
        for carried in records.load_carried(tx, erase.payment_id):
            if peer in (carried.peer_in, carried.peer_out):
                self._pass_on(tx, peer, carried, erase)
                is_known = True
        is_request = self._people is not None and self._people.forget_request(tx, peer, payment_id)
        if is_known or is_request:
            records.want_wiping(tx)
        return None if is_known or is_request else "unknown_order"

    def _forget_ours(self, tx: Tx, peer: int, payment_id: bytes) -> bool:
        """Our own member's payment that this peer took or passed on, or one that came from it to a member of ours."""
        found = []
        if records.is_out_to(tx, payment_id, peer):
            self.forget_order(tx, payment_id)
            found.append(Erased(payment_id, self._lines.by_id(peer).names.me, "payer"))
        for order_hash, payer_ring in records.load_in_from(tx, peer, payment_id):
            records.forget_in(tx, order_hash)
            forget_beside(tx, peer, [(IN, *place) for place in records.places_in(tx, order_hash)], payment_id)
            found.append(Erased(payment_id, payer_ring, "payee"))
        for erased in found:
            if self._people is not None:
                self._people.forget_other_side(tx, peer, erased)
        return bool(found)

    def _pass_on(self, tx: Tx, peer: int, carried: records.Passed, erase: Erase) -> None:
        payment_id = canonical.unb64(erase.payment_id, 16)
        for way, side, seq in ((IN, carried.peer_in, carried.in_seq), (OUT, carried.peer_out, carried.out_seq)):
            places = [] if seq is None else [(way, epoch, seq) for epoch in records.load_epochs(tx, side)]
            forget_beside(tx, side, places, payment_id)
        if not carried.is_erased:
            records.note_passed_on(tx, carried.order_hash)
            _send(tx, self._lines.by_id(carried.peer_out if peer == carried.peer_in else carried.peer_in), erase)


def forget_beside(tx: Tx, peer: int, places: Sequence[tuple[int, str, int]], named: bytes) -> None:
    """Take boxes and notes from beside the items that name a payment or a letter; places: (direction, epoch, seq)."""
    name = b64(named).encode()
    for direction, epoch, seq in places:
        found = records.load_beside(tx, peer, direction, epoch, seq)
        if found is None:
            continue
        _, items = frames.frame_of_entry(found.entry)
        gone = {index for index, item in enumerate(items) if name in item}
        if gone:
            boxes, notes = (_without(seq, data, gone) for data in (found.boxes, found.notes))
            records.save_beside(tx, peer, direction, epoch, seq, boxes, notes)


def _without(seq: int, data: bytes, gone: set[int]) -> bytes:
    return encode_boxes(tuple(box for box in decode_boxes(seq, data) if box.index not in gone))


def _send(tx: Tx, line: Line, erase: Erase) -> None:
    tx.collect("item", (line, encode_item(erase)))
    tx.collect("line", line)
