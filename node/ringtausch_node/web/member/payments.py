# SPDX-License-Identifier: AGPL-3.0-or-later
"""One payment: how it stands, taking it back while nobody has decided, giving back what was received."""

from __future__ import annotations

from aiohttp.web import Response

from ringtausch_node.errors import RingtauschError
from ringtausch_node.payments.model import PaymentView, payment_text
from ringtausch_node.payments.slips import freed_slip
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import see_other
from ringtausch_node.web.member.receipts import DECIDED


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about a payment that was made."""
    of = _Handlers(services)
    one = "/zahlungen/{payment_id}"
    return [
        PageRoute("GET", one, "member", of.show, is_paper=True),
        PageRoute("POST", f"{one}/zuruecknehmen", "member", of.cancel),
        PageRoute("GET", f"{one}/zurueckgeben", "member", of.ask_refund),
        PageRoute("POST", f"{one}/zurueckgeben", "member", of.refund),
    ]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._services = services

    async def show(self, visit: Visit) -> Page:
        """A payment as it stands now."""
        payment = await self._services.payments.get(visit.found[0], visit.actor)
        return await self._page(visit, payment, "member/payment.html", {})

    async def _page(self, visit: Visit, payment: PaymentView, template: str, more: dict[str, object]) -> Page:
        account = await self._services.accounts.account(visit.actor.handle, visit.actor)
        names = await self._services.members.names()
        data = {"payment": payment, "account": account, "names": names, "is_mine": payment.to != visit.actor.handle,
                "has_receipt": payment.state in DECIDED,
                "free_slip": freed_slip(payment) if visit.actor.runs_office else ""}  # fmt: skip
        return Page(template, {**data, **more}, 422 if more.get("errors") else 200)

    async def cancel(self, visit: Visit) -> Response:
        """Take it back if that is still possible; the page then shows what became of it."""
        await self._services.payments.cancel(visit.found[0], visit.actor)
        return see_other(f"/zahlungen/{visit.found[0]}")

    async def ask_refund(self, visit: Visit) -> Page:
        """Ask once more before giving back."""
        payment = await self._services.payments.get(visit.found[0], visit.actor)
        return await self._page(visit, payment, "member/refund.html", {"errors": {}, "nummer": self._new_number()})

    async def refund(self, visit: Visit) -> Page | Response:
        """Give all of it back."""
        try:
            back = await self._services.refunds.refund(
                visit.found[0], visit.actor, new_id=visit.field("nummer") or None
            )
        except RingtauschError as error:
            if error.code == "not_found":
                raise
            payment = await self._services.payments.get(visit.found[0], visit.actor)
            more: dict[str, object] = {"errors": {"": error.code}, "nummer": self._new_number()}
            return await self._page(visit, payment, "member/refund.html", more)
        return see_other(f"/zahlungen/{back.payment_id}")

    def _new_number(self) -> str:
        return payment_text(self._services.ids.uuid7())
