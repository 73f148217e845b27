# SPDX-License-Identifier: AGPL-3.0-or-later
"""What only people can decide: payments that nobody answered, and hours whose owner the books do not know."""

from __future__ import annotations

from aiohttp.web import Response

from ringtausch_node.errors import LocalError, RingtauschError
from ringtausch_node.payments.doubts import Bearer
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import see_other
from ringtausch_node.web.look.paging import FORMS_SHOWN, LINES_SHOWN, beginning
from ringtausch_protocol.units import parse_amount

_PAGE = "/buero/klaeren"
_SHOWN_LENGTH = 100
_BEARERS: dict[str, Bearer] = {"member": "member", "ring": "ring"}


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about what waits for a decision."""
    of = _Handlers(services)
    return [
        PageRoute("GET", _PAGE, "office", of.show),
        PageRoute("POST", f"{_PAGE}/zahlung/{{payment_id}}", "office", of.settle),
        PageRoute("POST", f"{_PAGE}/zuordnen", "office", of.assign),
    ]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._services, self._doubts, self._recovered = services, services.doubts, services.recovered

    async def show(self, visit: Visit) -> Page:
        """What waits, so much at a time, and what was assigned last."""
        return await self._page(visit, {}, {})

    async def _page(self, _visit: Visit, errors: dict[str, str], typed: dict[str, str]) -> Page:
        doubts = beginning(await self._doubts.list(), FORMS_SHOWN)
        waiting = beginning(await self._recovered.waiting(), FORMS_SHOWN)
        data = {
            "doubts": doubts.rows, "more_doubts": doubts.left_out, "waiting": waiting.rows,
            "more_waiting": waiting.left_out, "assigned": (await self._recovered.assigned())[-LINES_SHOWN:],
            "names": await self._services.members.names(), "errors": errors, "typed": typed,
        }  # fmt: skip
        return Page("office/clarify.html", data, 422 if errors else 200)

    async def settle(self, visit: Visit) -> Page | Response:
        """A payment that was paid after all: the member pays, or the ring does."""
        by = _BEARERS.get(visit.field("wer"))
        if by is None:
            raise LocalError("bad_request", "who")
        try:
            await self._doubts.settle(visit.found[0], by, visit.actor)
        except LocalError as error:
            return await self._page(visit, {"": error.code}, {})
        return see_other(_PAGE)

    async def assign(self, visit: Visit) -> Page | Response:
        """Hours without an owner go to a member, or to the community; whole, or a part."""
        typed = {name: visit.field(name)[:_SHOWN_LENGTH] for name in ("posten", "an", "betrag")}
        amount = None
        try:
            amount = parse_amount(typed["betrag"], self._services.config.parsed_unit) if typed["betrag"] else None
            to = None if visit.field("gemeinschaft") == "ja" else typed["an"]
            await self._recovered.assign(typed["posten"], to, visit.actor, amount)
        except RingtauschError as error:
            field = {"amount": "betrag", "unknown_member": "an", "address": "an"}.get(error.code, "")
            code = "more_than_waits" if error.code == "amount" and amount is not None else error.code
            return await self._page(visit, {field: code}, typed)
        return see_other(_PAGE)
