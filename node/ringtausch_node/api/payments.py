# SPDX-License-Identifier: AGPL-3.0-or-later
"""Payments over HTTP: decode, one call of the service, encode. No rule lives here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from unicodedata import normalize

import msgspec
from aiohttp.web import BaseRequest, Response
from multidict import CIMultiDict, istr

from ringtausch_node.api.problems import hidden
from ringtausch_node.api.schemas import FlatDecoder, PaymentBody, QuoteBody
from ringtausch_node.errors import RingtauschError
from ringtausch_node.members import Actor
from ringtausch_node.payments.model import FINAL, PaymentView, PayRequest
from ringtausch_node.payments.service import Payments
from ringtausch_node.serving import json_answer

_LOCATION, _LINK = istr("Location"), istr("Link")
_encode = msgspec.json.Encoder().encode
_decode_payment = FlatDecoder(PaymentBody)
_decode_quote = FlatDecoder(QuoteBody)

#: Reads the JSON body of a request.
Reader = Callable[[BaseRequest], Awaitable[bytes]]


class Handlers:
    """The handlers of one ring's payments."""

    def __init__(self, payments: Payments, read_json: Reader) -> None:
        self._payments, self._read_json = payments, read_json

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

    async def cancel(self, actor: Actor, _request: BaseRequest, found: tuple[str, ...]) -> Response:
        """200 where the payment is final now, 202 where the other ring is asked."""
        view = await self._payments.cancel(found[0], actor)
        answer = json_answer(_encode(view), 200 if view.state in FINAL else 202)
        _point_to(answer.headers, view)
        return answer

    async def quote(self, actor: Actor, request: BaseRequest, _found: tuple[str, ...]) -> Response:
        """What is known before paying."""
        body = _decode_quote(await self._read_json(request))
        return json_answer(_encode(await self._payments.quote(body.to, body.amount_seconds, actor)))


def _point_to(headers: CIMultiDict[str], view: PaymentView) -> None:
    """Where the payment's state is read from now on (link relation "status": RFC 8631)."""
    path = f"/api/v1/payments/{view.payment_id}"
    headers[_LOCATION] = path
    headers[_LINK] = f'<{path}>; rel="status"'
