# SPDX-License-Identifier: AGPL-3.0-or-later
"""Notes beside a payment: a few words from one side to the other, also to another ring (SPEC.md 7.11)."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from ringtausch_node.clock import Clock
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.orders import records as orders
from ringtausch_node.federation.service import Federation
from ringtausch_node.ids import Ids
from ringtausch_node.members.model import Actor
from ringtausch_node.members.service import Members
from ringtausch_node.payments import note_records as records
from ringtausch_node.payments.model import PaymentView, parse_payment_id
from ringtausch_node.payments.note_records import TOPIC, Note
from ringtausch_node.payments.records import Payment, load_payment
from ringtausch_node.payments.views import PaymentViews
from ringtausch_node.store import Store, Tx
from ringtausch_protocol import canonical, limits
from ringtausch_protocol.canonical import b64, unb64
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.letters import PaymentNote, Side

#: Notes that one side may write about one payment: a word of thanks and a question, not a conversation.
NOTES_MAX = 10
#: Payments to another ring about which something may be said: their order has left, and was not refused.
_SENT = frozenset({"held", "in_doubt", "posted"})


class _Place(NamedTuple):
    """Which payment, from which side, and over which line if the other side is elsewhere."""

    payer_ring: str
    writer: Side
    handle: str
    line: Line | None


#: A note is sealed to the ring at the other end of a line; a ring between would read it.
_CARRIED = "the payment went through other rings"


class PaymentNotes:
    """Notes of one ring. Constructor arguments are the seams of the simulator."""

    def __init__(
        self, *, store: Store, clock: Clock, ids: Ids, members: Members, federation: Federation, views: PaymentViews
    ) -> None:
        self._store, self._clock, self._ids = store, clock, ids
        self._members, self._federation, self._views = members, federation, views
        federation.mail.register(TOPIC, self)

    async def write(
        self, payment_id: str, text: str, actor: Actor, *, writer: Side | None = None, note_id: str | None = None
    ) -> PaymentView:
        """Write to the other side of a payment. -> the payment with its notes. The same id and text again: nothing.

        `writer` says for whom, where one may act for both sides; the payer if nothing is said. Raises LocalError:
        note, payment_id, not_found (also where it is not yours), not_allowed, no_note (not sent yet, or refused),
        too_many_notes, id_reused, mail_full, paused, recovering.
        """
        wanted = parse_payment_id(payment_id)
        own_id = parse_payment_id(note_id) if note_id else self._ids.uuid7()
        check_text(text)

        def use_case(tx: Tx) -> PaymentView:
            self._federation.recovery.verify_ready()
            self._write(tx, self._place(tx, wanted, actor, writer), wanted, own_id, text, actor)
            return self._views.seen(tx, wanted, actor)

        return await self._store.write(use_case)

    def _write(self, tx: Tx, place: _Place, payment_id: bytes, note_id: bytes, text: str, actor: Actor) -> None:
        peer = None if place.line is None else place.line.peer.id
        note = Note(
            place.payer_ring, payment_id, note_id, place.writer, text, actor.handle, peer, self._clock.now()
        )  # fmt: skip
        known = records.load_note(tx, note)
        if known is not None:
            if known.text != text:
                raise LocalError("id_reused", "another note")
            return
        if records.count_notes(tx, place.payer_ring, payment_id, place.writer) >= NOTES_MAX:
            raise LocalError("too_many_notes", f"at most {NOTES_MAX}")
        records.insert_note(tx, note)
        if place.line is not None:
            body = PaymentNote(payment_id=b64(payment_id), writer=place.writer, text=text)
            account = self._members.account_for(tx, place.handle)
            self._federation.mail.send(tx, place.line, TOPIC, note_id, body, account[0] if account else None)

    def _place(self, tx: Tx, payment_id: bytes, actor: Actor, writer: Side | None) -> _Place:
        payment = load_payment(tx, payment_id)
        if payment is not None and self._views.is_readable(tx, payment, actor):
            return self._place_here(tx, payment, actor, writer)
        credited, handle = self._views.received(tx, payment_id, actor)
        if writer == "payer" or not handle or not self._members.rights.may_act(tx, actor, handle):
            raise LocalError("not_allowed", "not your account")
        line = self._federation.lines.by_id(credited.peer)
        if line.names.peer != credited.payer_ring:
            raise LocalError("no_note", _CARRIED)
        return _Place(credited.payer_ring, "payee", handle, _usable(line))

    def _place_here(self, tx: Tx, payment: Payment, actor: Actor, writer: Side | None) -> _Place:
        """A payment that was ordered here: its payee may be in another ring."""
        may_act, is_local = self._members.rights.may_act, payment.payee_account is not None
        sides: dict[Side, str] = {"payer": payment.payer, **({"payee": payment.payee} if is_local else {})}
        for side, handle in sides.items():
            if writer in (None, side) and may_act(tx, actor, handle):
                line = None if is_local else self._line_of(tx, payment)
                return _Place(self._federation.identity.ring_id, side, handle, line)
        raise LocalError("not_allowed", "not your account")

    def _line_of(self, tx: Tx, payment: Payment) -> Line:
        order = self._federation.outgoing.order(tx, payment.id)
        if order is None or order.state not in _SENT:
            raise LocalError("no_note", "not sent yet, or refused")
        if self._federation.outgoing.via(tx, order):
            raise LocalError("no_note", _CARRIED)
        return _usable(self._federation.lines.by_id(order.peer))

    # -- notes of other rings ----------------------------------------------------------------------------------------

    def read(self, line: Line, text: bytes) -> PaymentNote:
        """A note as another ring wrote it."""
        return canonical.parse(text, PaymentNote, limits.BOX_BYTES)

    def take(self, tx: Tx, line: Line, message_id: bytes, body: object) -> str | None:
        """Keep a note about a payment between that ring and ours; any other is refused."""
        assert isinstance(body, PaymentNote)
        payment_id = unb64(body.payment_id, 16)
        payer_ring = line.names.peer if body.writer == "payer" else line.names.me
        if not self._is_between(tx, line, payment_id, body.writer):
            return "unknown_order"
        if records.count_notes(tx, payer_ring, payment_id, body.writer) >= NOTES_MAX:
            return "busy"
        note = Note(payer_ring, payment_id, message_id, body.writer, body.text, "", line.peer.id, self._clock.now())
        records.insert_note(tx, note)
        return None

    def refused(self, tx: Tx, line: Line, message_id: bytes, code: str) -> None:
        """Nothing to do: the note's view says so."""

    def _is_between(self, tx: Tx, line: Line, payment_id: bytes, writer: Side) -> bool:
        if writer == "payee":
            sent = orders.load_out(tx, payment_id)
            return sent is not None and (sent.peer, sent.purpose != "probe") == (line.peer.id, True) and (
                sent.state in _SENT
            )  # fmt: skip
        seen = orders.load_same_payment(tx, line.names.peer, payment_id, limits.ATTEMPT_MAX)
        return any(each.peer == line.peer.id and each.purpose != "probe" and each.state != "released" for each in seen)


def check_text(text: str) -> None:
    """Raises LocalError('note')."""
    is_clean = unicodedata.is_normalized("NFC", text) and not canonical.has_controls(text)
    if not text.strip() or len(text) > limits.PAYMENT_NOTE_LENGTH or not is_clean:
        raise LocalError("note", f"1 to {limits.PAYMENT_NOTE_LENGTH} characters, one line")


def _usable(line: Line) -> Line:
    if not line.is_usable:
        raise LocalError("paused", line.peer.address)
    return line
