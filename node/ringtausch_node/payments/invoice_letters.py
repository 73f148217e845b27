# SPDX-License-Identifier: AGPL-3.0-or-later
"""What rings write each other about invoices (SPEC.md 7.11): requests, answers, reminders, withdrawals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from ringtausch_node.clock import Clock
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.orders.promises import read_promise
from ringtausch_node.federation.service import Federation
from ringtausch_node.members.service import Members
from ringtausch_node.payments import invoice_records as records
from ringtausch_node.payments.invoice_model import ASKED_OPEN_MAX, DECLINES
from ringtausch_node.payments.invoice_records import Asked, Written
from ringtausch_node.payments.invoice_views import REQUEST
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, limits, settlement
from ringtausch_protocol.canonical import Wire, unb64
from ringtausch_protocol.codes import CODES
from ringtausch_protocol.documents import Invoice
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.letters import TOPICS, Request, RequestAnswer, RequestReminder, RequestWithdrawn

ANSWER, REMINDER, WITHDRAWN = TOPICS[RequestAnswer], TOPICS[RequestReminder], TOPICS[RequestWithdrawn]
W = TypeVar("W", bound=Wire)


class _Heard(NamedTuple):
    """A request whose invoice is verified."""

    request: Request
    invoice: Invoice
    hash: str


class InvoiceLetters:
    """Takes what other rings write about invoices; all in the writer, but for reading."""

    def __init__(self, clock: Clock, members: Members, federation: Federation) -> None:
        self._clock, self._members, self._federation = clock, members, federation

    def register(self) -> None:
        """From now on the ring's mail brings its messages about invoices here."""
        mail = self._federation.mail
        mail.register(REQUEST, _Requests(self.asked, self.not_taken))
        mail.register(ANSWER, _Topic(RequestAnswer, self.answered))
        mail.register(REMINDER, _Topic(RequestReminder, self.reminded))
        mail.register(WITHDRAWN, _Topic(RequestWithdrawn, self.withdrawn))

    # -- at the payer's ring -----------------------------------------------------------------------------------------

    def asked(self, tx: Tx, line: Line, message_id: bytes, heard: _Heard) -> str | None:
        """Put a request on the list of the member who is asked."""
        request, invoice = heard.request, heard.invoice
        invoice_id, now = unb64(invoice.invoice_id, 16), self._clock.now()
        if invoice_id != message_id:
            return "malformed"
        member = self._members.member(tx, request.payer)
        payee = f"{request.payee}@{line.peer.address}"
        if member is None or member.state == "left" or self._members.blocking.is_blocked(tx, member.handle, payee):
            return "unknown_recipient"
        if records.load_asked(tx, invoice_id) is not None or records.load_written(tx, invoice_id) is not None:
            return "id_reused"
        if len(records.load_open_to(tx, request.payer, now)) >= ASKED_OPEN_MAX:
            return "busy"
        asked = Asked(
            line.peer.id, invoice_id, member.handle, payee, heard.hash,
            bytes(request.invoice), invoice.amount_seconds, request.memo, now, invoice.expires_at,
        )  # fmt: skip
        records.insert_asked(tx, asked)
        return None

    def reminded(self, tx: Tx, line: Line, _message_id: bytes, body: RequestReminder) -> str | None:
        """The payee asks once more."""
        asked = self._asked_by(tx, line, body.invoice_id)
        if asked is None:
            return "invoice_unknown"
        records.save_asked(tx, asked._replace(reminded_at=self._clock.now()))
        return None

    def withdrawn(self, tx: Tx, line: Line, _message_id: bytes, body: RequestWithdrawn) -> str | None:
        """The payee asks no longer; a payment under way will tell by itself what became of it."""
        asked = self._asked_by(tx, line, body.invoice_id)
        if asked is None:
            return "invoice_unknown"
        if asked.state == "open":
            records.save_asked(tx, asked._replace(state="cancelled", ended_at=self._clock.now()))
        return None

    def _asked_by(self, tx: Tx, line: Line, invoice_id: str) -> Asked | None:
        asked = records.load_asked(tx, unb64(invoice_id, 16))
        return asked if asked is not None and asked.peer == line.peer.id else None

    # -- at the payee's ring -----------------------------------------------------------------------------------------

    def answered(self, tx: Tx, line: Line, _message_id: bytes, body: RequestAnswer) -> str | None:
        """The payer will not pay."""
        written = records.load_written(tx, unb64(body.invoice_id, 16))
        if written is None or written.peer != line.peer.id:
            return "invoice_unknown"
        self._decline(tx, written, body.code if body.code in DECLINES else "other")
        return None

    def not_taken(self, tx: Tx, line: Line, message_id: bytes, code: str) -> None:
        """The other ring could not use the request: nobody was asked."""
        written = records.load_written(tx, message_id)
        if written is not None and written.peer == line.peer.id:
            self._decline(tx, written, code if code in CODES else "bad_answer")

    def _decline(self, tx: Tx, written: Written, code: str) -> None:
        """What was paid stays paid, what was cancelled cancelled."""
        hash_ = str(written.hash)
        if written.state == "open" and self._federation.promises.paid_by(tx, hash_) is None:
            self._federation.promises.take_back(tx, hash_)
            records.save_written(tx, written._replace(state="declined", code=code, ended_at=self._clock.now()))


class _Requests:
    """Reads requests: the invoice must be its ring's, and say what the request says."""

    def __init__(
        self, take: Callable[[Tx, Line, bytes, _Heard], str | None], refused: Callable[[Tx, Line, bytes, str], None]
    ) -> None:
        self._take, self.refused = take, refused

    def read(self, line: Line, text: bytes) -> _Heard:
        """Raises RemoteError: malformed, and the codes of an unusable invoice."""
        request = canonical.parse(text, Request, limits.BOX_BYTES)
        invoice, digest = read_promise(line, bytes(request.invoice))
        salt = unb64(request.salt, 16)
        said = (settlement.commit("payee", salt, request.payee), settlement.commit("memo", salt, request.memo))
        if said != (invoice.payee_commit, invoice.memo_commit):
            raise RemoteError("malformed", "not what the invoice commits to")
        return _Heard(request, invoice, digest)

    def take(self, tx: Tx, line: Line, message_id: bytes, body: object) -> str | None:
        """A request."""
        assert isinstance(body, _Heard)
        return self._take(tx, line, message_id, body)


class _Topic(Generic[W]):
    """Reads the bodies of one topic; where the peer cannot use one of ours, nothing follows."""

    def __init__(self, kind: type[W], take: Callable[[Tx, Line, bytes, W], str | None]) -> None:
        self._kind, self._take = kind, take

    def read(self, _line: Line, text: bytes) -> W:
        """Raises RemoteError: malformed, not_canonical, too_large."""
        return canonical.parse(text, self._kind, limits.BOX_BYTES)

    def take(self, tx: Tx, line: Line, message_id: bytes, body: object) -> str | None:
        """What it says."""
        assert isinstance(body, self._kind)
        return self._take(tx, line, message_id, body)

    def refused(self, tx: Tx, line: Line, message_id: bytes, code: str) -> None:
        """Nothing to do: how the invoice stands here is decided."""
