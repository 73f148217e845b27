# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring that stops, as its operator sees it: announced, each partner's claim, and the closing certificate."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
from aiohttp.web import Response

from ringtausch_node.errors import LocalError, RingtauschError
from ringtausch_node.federation.winding_down import read_certificate
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.proving import ABOUT_PROOF, Proving
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import attachment, see_other
from ringtausch_node.web.member.receipts import packed
from ringtausch_protocol import envelope

_STOP = "/betrieb/aufloesung"
_CERTIFICATE = f"{_STOP}/bescheinigung"
_PROOF = "nachweis"


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about the end of this ring."""
    of = _Handlers(services)
    return [
        PageRoute("GET", _STOP, "operator", of.show),
        PageRoute("POST", f"{_STOP}/beginnen", "operator", of.begin),
        PageRoute("POST", f"{_STOP}/abschliessen", "operator", of.close),
        PageRoute("GET", _CERTIFICATE, "operator", of.certificate),
        PageRoute("GET", f"{_CERTIFICATE}.zip", "operator", of.file),
    ]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._services, self._winding, self._proving = services, services.winding_down, Proving(services)

    async def show(self, visit: Visit) -> Page:
        """Before: what it means. After: each claim, and what ends it."""
        return await self._page(visit, {})

    async def _page(self, visit: Visit, errors: dict[str, str]) -> Page:
        data = {"view": await self._winding.view(), "errors": errors, **await self._proving.asked(visit)}
        return Page("operator/winding_down.html", data, 422 if errors else 200)

    async def begin(self, visit: Visit) -> Page | Response:
        """End all lines, for good: ticked, and shown who does it."""
        if visit.field("sicher") != "ja":
            return await self._page(visit, {"sicher": "not_sure"})
        return await self._done(visit, self._winding.begin, _STOP)

    async def close(self, visit: Visit) -> Page | Response:
        """Sign that all is over."""
        return await self._done(visit, self._winding.close, _CERTIFICATE)

    async def _done(self, visit: Visit, doing: Callable[[], Awaitable[object]], onward: str) -> Page | Response:
        try:
            await self._proving.verify(visit, _PROOF)
            await doing()
        except RingtauschError as error:
            return await self._page(visit, {_PROOF if error.code in ABOUT_PROOF else "": error.code})
        return see_other(onward)

    async def certificate(self, _visit: Visit) -> Page:
        """The last word on paper: for the board's folder and for every partner."""
        view = await self._winding.view()
        addresses = {line.names.peer: line.peer.address for line in self._services.federation.lines.all()}
        kept = {each.address: each.kept_seconds for each in view.claims if each.kept_seconds}
        data = {
            "said": None if view.document is None else read_certificate(bytes(view.document)),
            "kept_of": {peer: kept[address] for peer, address in addresses.items() if address in kept},
            "addresses": addresses, "signers": _signers(view.document),
        }  # fmt: skip
        return Page("operator/closing_certificate.html", data)

    async def file(self, _visit: Visit) -> Response:
        """The signed document and the cards to check it with. Raises LocalError('not_found')."""
        signed = (await self._winding.view()).document
        if signed is None:
            raise LocalError("not_found", "ring-close")
        cards = b"".join(card.envelope + b"\n" for card in self._services.identity.cards.chain)
        files = {"ring-close.json": bytes(signed), "cards.txt": cards}
        return attachment("bescheinigung.zip", "application/zip", packed(files))


def _signers(signed: msgspec.Raw | None) -> list[str]:
    return [] if signed is None else [each.keyid for each in envelope.parse_envelope(bytes(signed)).signatures]
