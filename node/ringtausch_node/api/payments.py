# SPDX-License-Identifier: AGPL-3.0-or-later
"""Payments over HTTP: decode, one call of the service, encode. No rule lives here."""

from __future__ import annotations

from unicodedata import normalize

import msgspec
from aiohttp.web import BaseRequest, Response
from msgspec import UNSET
from multidict import CIMultiDict, istr

from ringtausch_node.api.members import Guard, Reader
from ringtausch_node.api.problems import hidden
from ringtausch_node.api.schemas import FlatDecoder, NoteBody, PaymentBody, QuoteBody, RefundBody
from ringtausch_node.errors import RingtauschError
from ringtausch_node.members import Actor
from ringtausch_node.payments.model import FINAL, PaymentView, PayRequest
from ringtausch_node.payments.notes import PaymentNotes
from ringtausch_node.payments.receipts import Receipts
from ringtausch_node.payments.refunds import Refunds
from ringtausch_node.payments.service import Payments
from ringtausch_node.serving import Route, json_answer

_LOCATION, _LINK = istr("Location"), istr("Link")
_encode = msgspec.json.Encoder().encode
_decode_payment = FlatDecoder(PaymentBody)
_decode_refund = FlatDecoder(RefundBody)
_decode_note = FlatDecoder(NoteBody)
_decode_quote = FlatDecoder(QuoteBody)


def routes(
    payments: Payments, refunds: Refunds, notes: PaymentNotes, receipts: Receipts, read_json: Reader, guarded: Guard
) -> list[Route]:
    """The part of the API's table that is about payments."""
    of = Handlers(payments, refunds, notes, receipts, read_json)
    return [
        Route("POST", "/api/v1/payments", guarded(of.pay)),
        Route("GET", "/api/v1/payments/{payment_id}", guarded(of.get)),
        Route("GET", "/api/v1/payments/{payment_id}/receipt", guarded(of.receipt)),
        Route("POST", "/api/v1/payments/{payment_id}/cancel", guarded(of.cancel)),
        Route("POST", "/api/v1/payments/{payment_id}/refund", guarded(of.refund)),
        Route("POST", "/api/v1/payments/{payment_id}/note", guarded(of.note)),
        Route("POST", "/api/v1/quotes", guarded(of.quote)),
    ]


class Handlers:
    """The handlers of one ring's payments."""

    def __init__(
        self, payments: Payments, refunds: Refunds, notes: PaymentNotes, receipts: Receipts, read_json: Reader
    ) -> None:
        self._payments, self._refunds, self._notes = payments, refunds, notes
        self._receipts, self._read_json = receipts, read_json

    async def pay(self, actor: Actor, request: BaseRequest, _found: tuple[str, ...]) -> Response:
        """201 where the payment is decided, 202 while it is under way; the same id again gives the same."""
        body = _decode_payment(await self._read_json(request))
        memo = normalize("NFC", body.memo) if body.memo else ""  # as some keyboards do not send it
        wish = PayRequest(body.payment_id or None, body.from_, body.to, body.amount_seconds, memo)
        view = await self._payments.pay(wish, actor)
        answer = json_answer(_encode(view), 201 if view.state in FINAL else 202)
        _point_to(answer.headers, view)
        return answer

    async def get(self, actor: Actor, _request: BaseRequest, found: tuple[str, ...]) -> Response:
        """A payment as it stands."""
        try:
            return json_answer(_encode(await self._payments.get(found[0], actor)))
        except RingtauschError as error:
            raise hidden(error) from None

    async def receipt(self, actor: Actor, _request: BaseRequest, found: tuple[str, ...]) -> Response:
        """What proves a payment to strangers."""
        try:
            return json_answer(_encode(await self._receipts.receipt(found[0], actor)))
        except RingtauschError as error:
            raise hidden(error) from None

    async def cancel(self, actor: Actor, _request: BaseRequest, found: tuple[str, ...]) -> Response:
        """200 where the payment is final now, 202 where the other ring is asked."""
        view = await self._payments.cancel(found[0], actor)
        answer = json_answer(_encode(view), 200 if view.state in FINAL else 202)
        _point_to(answer.headers, view)
        return answer

    async def refund(self, actor: Actor, request: BaseRequest, found: tuple[str, ...]) -> Response:
        """Give a received payment back: 201 where what goes back is decided, 202 while it is under way."""
        body = _decode_refund(await self._read_json(request))
        amount = body.amount_seconds if body.amount_seconds is not UNSET else None
        memo = normalize("NFC", body.memo) if body.memo else ""
        view = await self._refunds.refund(found[0], actor, amount, body.refund_id or None, memo)
        answer = json_answer(_encode(view), 201 if view.state in FINAL else 202)
        _point_to(answer.headers, view)
        return answer

    async def note(self, actor: Actor, request: BaseRequest, found: tuple[str, ...]) -> Response:
        """Words to the other side."""
        body = _decode_note(await self._read_json(request))
        view = await self._notes.write(
            found[0], normalize("NFC", body.text), actor, writer=body.writer or None, note_id=body.note_id or None
        )
        return json_answer(_encode(view))

    async def quote(self, actor: Actor, request: BaseRequest, _found: tuple[str, ...]) -> Response:
        """What is known before paying."""
        body = _decode_quote(await self._read_json(request))
        return json_answer(_encode(await self._payments.quote(body.to, body.amount_seconds, actor)))


def _point_to(headers: CIMultiDict[str], view: PaymentView) -> None:
    """Where the payment's state is read from now on (link relation "status": RFC 8631)."""
    path = f"/api/v1/payments/{view.payment_id}"
    headers[_LOCATION] = path
    headers[_LINK] = f'<{path}>; rel="status"'
