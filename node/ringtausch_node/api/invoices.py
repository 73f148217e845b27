# SPDX-License-Identifier: AGPL-3.0-or-later
"""Invoices over HTTP: decode, one call of the service, encode. No rule lives here."""

from __future__ import annotations

from unicodedata import normalize
from urllib.parse import quote

import msgspec
from aiohttp.web import BaseRequest, Response
from multidict import istr

from ringtausch_node.api.members import Guard, Reader
from ringtausch_node.api.problems import hidden
from ringtausch_node.api.schemas import DeclineBody, FlatDecoder, InvoiceBody, PayInvoiceBody
from ringtausch_node.errors import RemoteError, RingtauschError
from ringtausch_node.members import Actor
from ringtausch_node.payments.invoice_model import DAYS_DEFAULT, InvoiceRequest, InvoiceView
from ringtausch_node.ring import Ring
from ringtausch_node.serving import Route, json_answer
from ringtausch_protocol import limits

_LOCATION = istr("Location")
_LINK = istr("Link")
_encode = msgspec.json.Encoder().encode
_decode_invoice = FlatDecoder(InvoiceBody)
_decode_pay = FlatDecoder(PayInvoiceBody)
_decode_decline = FlatDecoder(DeclineBody)


def routes(services: Ring, read_json: Reader, guarded: Guard) -> list[Route]:
    """The part of the API's table that is about invoices."""
    of = Handlers(services, read_json)
    one = "/api/v1/invoices/{invoice_id}"
    return [
        Route("POST", "/api/v1/invoices", guarded(of.create)),
        Route("GET", "/api/v1/invoices", guarded(of.list)),
        Route("GET", one, guarded(of.get)),
        Route("POST", f"{one}/pay", guarded(of.pay)),
        Route("POST", f"{one}/decline", guarded(of.decline)),
        Route("POST", f"{one}/cancel", guarded(of.cancel)),
        Route("POST", f"{one}/remind", guarded(of.remind)),
    ]


class Handlers:
    """The handlers of one ring's invoices. What is not theirs reads like what does not exist."""

    def __init__(self, services: Ring, read_json: Reader) -> None:
        self._invoices, self._answers, self._read_json = services.invoices, services.answers, read_json

    async def create(self, actor: Actor, request: BaseRequest, _found: tuple[str, ...]) -> Response:
        """201 with the invoice; the same id again gives the same."""
        body = _decode_invoice(await self._read_json(request))
        wish = InvoiceRequest(
            body.invoice_id or None, body.payee, body.amount_seconds, normalize("NFC", body.memo or ""),
            body.payer or None, DAYS_DEFAULT if body.days is msgspec.UNSET else body.days,
        )  # fmt: skip
        view = await self._invoices.create(wish, actor)
        answer = json_answer(_encode(view), 201)
        answer.headers[_LOCATION] = f"/api/v1/invoices/{view.invoice_id}"
        return answer

    async def list(self, actor: Actor, request: BaseRequest, _found: tuple[str, ...]) -> Response:
        """One's own invoices, or those of another whom one may read; the next page is linked (RFC 8288)."""
        asked = _asked(request)
        try:
            view = await self._invoices.list(actor, asked.get("of") or actor.handle, asked.get("before"))
        except RingtauschError as error:
            raise hidden(error) from None
        answer = json_answer(_encode(view))
        if view.next is not None:
            of = f"&of={quote(asked['of'])}" if "of" in asked else ""
            answer.headers[_LINK] = f'<?before={view.next}{of}>; rel="next"'
        return answer

    async def get(self, actor: Actor, _request: BaseRequest, found: tuple[str, ...]) -> Response:
        """An invoice as it stands."""
        return json_answer(_encode(await self._invoices.get(found[0], actor)))

    async def pay(self, actor: Actor, request: BaseRequest, found: tuple[str, ...]) -> Response:
        """200 where it is paid, 202 where it is not yet."""
        body = _decode_pay(await self._read_json(request))
        view = await self._answers.pay(
            found[0], actor, payer=body.from_ or None, payment_id=body.payment_id or None
        )  # fmt: skip
        return json_answer(_encode(view), 200 if view.state == "paid" else 202)

    async def decline(self, actor: Actor, request: BaseRequest, found: tuple[str, ...]) -> Response:
        """Decline with a reason."""
        body = _decode_decline(await self._read_json(request))
        return _shown(await self._answers.decline(found[0], body.code, actor))

    async def cancel(self, actor: Actor, _request: BaseRequest, found: tuple[str, ...]) -> Response:
        """Take it back."""
        return _shown(await self._answers.cancel(found[0], actor))

    async def remind(self, actor: Actor, _request: BaseRequest, found: tuple[str, ...]) -> Response:
        """Ask once more."""
        return _shown(await self._answers.remind(found[0], actor))


def _shown(view: InvoiceView) -> Response:
    return json_answer(_encode(view))


def _asked(request: BaseRequest) -> dict[str, str]:
    """`of` and `before` of a query, each at most once. Raises RemoteError('query')."""
    asked = dict(request.query)
    if not asked.keys() <= {"of", "before"} or len(asked) < len(request.query):
        raise RemoteError("query", "only of and before, each once")
    if not 1 <= len(asked.get("of", "x")) <= limits.HANDLE_LENGTH:
        raise RemoteError("query", "of: a handle")
    return asked
