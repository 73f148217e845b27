# SPDX-License-Identifier: AGPL-3.0-or-later
"""The office: members and balances, a letter that lets somebody in, and booking slips of paper."""

from __future__ import annotations

import hashlib
from urllib.parse import quote

import segno
from aiohttp.web import Response
from markupsafe import Markup

from ringtausch_node.errors import LocalError, RingtauschError
from ringtausch_node.payments.model import PayRequest, payment_text
from ringtausch_node.web.answers import see_other, table
from ringtausch_node.web.paying import FIELD_OF
from ringtausch_node.web.services import Services
from ringtausch_node.web.visit import Page, PageRoute, Visit
from ringtausch_protocol.units import parse_amount

_FIELDS = ("beleg", "nehmer", "geber", "betrag", "wofuer")
_SHOWN_LENGTH = 400
_SLIP_LENGTH = 20


def routes(services: Services) -> list[PageRoute]:
    """The part of the table that is the office's."""
    of = _Handlers(services)
    return [
        PageRoute("GET", "/buero", "office", of.members),
        PageRoute("GET", "/buero/mitglieder.csv", "office", of.as_table),
        PageRoute("GET", "/buero/beleg", "office", of.slip),
        PageRoute("POST", "/buero/beleg", "office", of.book),
        PageRoute("POST", "/buero/brief/{handle}", "office", of.letter),
    ]


class _Handlers:
    def __init__(self, services: Services) -> None:
        self._services = services

    async def members(self, visit: Visit) -> Page:
        """All members with their balances."""
        wanted = visit.request.query.get("suche", "").strip()[:100]
        found = await self._services.members.list()
        if wanted:
            found = [each for each in found if wanted.casefold() in f"{each.handle} {each.name}".casefold()]
        return Page("office.html", {"members": found, "suche": wanted})

    async def as_table(self, visit: Visit) -> Response:
        """Members and balances for a spreadsheet, hours with a decimal comma."""
        text = visit.speech.text
        headings = [text("Kürzel"), text("Name"), text("Rolle"), text("Stunden")]
        rows = [
            [each.handle, each.name, each.role, f"{each.balance_seconds / 3600:.4f}".replace(".", ",")]
            for each in await self._services.members.list()
        ]
        return table("mitglieder.csv", headings, rows)

    async def slip(self, visit: Visit) -> Page:
        """The form for one slip, with what was booked a moment ago above it."""
        done = visit.request.query.get("gebucht", "")[:_SLIP_LENGTH]
        return await self._form(dict.fromkeys(_FIELDS, ""), {}, done)

    async def _form(self, values: dict[str, str], errors: dict[str, str], done: str = "") -> Page:
        names = await self._services.members.names()
        return Page(
            "slip.html", {"values": values, "errors": errors, "done": done, "names": names}, 422 if errors else 200
        )

    async def book(self, visit: Visit) -> Page | Response:
        """Book one slip. Its number makes the payment's: no slip is booked twice, whoever tries."""
        number = visit.field("beleg")
        try:
            if not 1 <= len(number) <= _SLIP_LENGTH or not number.isprintable():
                raise LocalError("slip_number")
            amount_seconds = parse_amount(visit.field("betrag"), self._services.config.parsed_unit)
            memo = " · ".join(part for part in (f"Beleg {number}", visit.field("wofuer")) if part)
            request = PayRequest(
                slip_id(number), visit.field("nehmer"), visit.field("geber"), amount_seconds, memo
            )  # fmt: skip
            await self._services.payments.pay(request, visit.actor)
        except RingtauschError as error:
            code = "slip" if error.code == "id_reused" else error.code
            field = {"slip": "beleg", "slip_number": "beleg", "not_allowed": "nehmer"}.get(code, FIELD_OF.get(code, ""))
            values = {name: visit.field(name)[:_SHOWN_LENGTH] for name in _FIELDS}
            return await self._form(values, {{"an": "geber"}.get(field, field): code})
        return see_other(f"/buero/beleg?gebucht={_query(number)}")

    async def letter(self, visit: Visit) -> Page:
        """A letter with a new code, to print: shown this once."""
        code = await self._services.entrance.issue_code(visit.found[0], visit.actor)
        url = self._services.config.public_url.rstrip("/") + "/anmelden"
        qr = segno.make(f"{url}?nummer={_query(code.handle)}", error="m", micro=False)
        return Page("letter.html", {"code": code, "url": url, "qr": Markup(qr.svg_inline(scale=5, border=2))})  # noqa: S704 - segno's own drawing


def slip_id(number: str) -> str:
    """The number of the payment that books a slip."""
    return payment_text(hashlib.sha256(f"slip {number}".encode()).digest()[:16])


def _query(text: str) -> str:
    return quote(text, safe="")
