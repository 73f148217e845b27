# SPDX-License-Identifier: AGPL-3.0-or-later
"""What this ring has stored about a member, for the member: a page, and one file with all of it (GDPR, article 15)."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp.web import Response
from multidict import CIMultiDict

from ringtausch_node.payments.accounts import PAGE_MAX
from ringtausch_node.ring import Ring
from ringtausch_node.web.visit import Page, PageRoute, Visit

#: Some forty years of one member; a file that is larger says so.
ENTRIES_MAX, INVOICES_MAX = 20_000, 5_000
_encode = msgspec.json.Encoder().encode


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about one's own data."""
    of = _Handlers(services)
    return [
        PageRoute("GET", "/daten", "member", of.show),
        PageRoute("GET", "/daten/alles", "member", of.everything),
    ]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._services = services

    async def show(self, visit: Visit) -> Page:
        """What there is, in words; the file has it all."""
        handle, actor = visit.actor.handle, visit.actor
        helpers = await self._services.members.helping.list(handle, actor)
        data = {
            "account": await self._services.accounts.account(handle, actor),
            "email": await self._services.entrance.email(handle, actor),
            "has_password": await self._services.entrance.has_password(actor),
            "devices": len((await self._services.members.access.list(handle, actor)).tokens),
            "helpers": len(helpers.helpers) + len(helpers.helps),
            "blocks": len((await self._services.members.blocking.list(actor)).blocks),
        }  # fmt: skip
        return Page("own_data.html", data)

    async def everything(self, visit: Visit) -> Response:
        """All of it as one file that programs read too."""
        text = msgspec.json.format(_encode(await self._collect(visit)), indent=2)
        headers = {
            "Content-Type": "application/json", "Content-Disposition": 'attachment; filename="meine-daten.json"',
            "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Server": "ringtausch",
        }  # fmt: skip
        return Response(body=text, headers=CIMultiDict(headers))

    async def _collect(self, visit: Visit) -> dict[str, Any]:
        handle, actor = visit.actor.handle, visit.actor
        entries, is_whole = await self._entries(visit)
        return {
            "ring": self._services.config.address, "at": self._services.clock.now(), "role": actor.role,
            "account": await self._services.accounts.account(handle, actor),
            "email": await self._services.entrance.email(handle, actor),
            "has_password": await self._services.entrance.has_password(actor),
            "mails": (await self._services.entrance.mail_choice(actor))._asdict(),
            "accesses": (await self._services.members.access.list(handle, actor)).tokens,
            "helpers": await self._services.members.helping.list(handle, actor),
            "kept_away": (await self._services.members.blocking.list(actor)).blocks,
            "under_way": await self._services.accounts.under_way(handle, actor),
            "entries": entries, "invoices": await self._invoices(visit), "entries_are_whole": is_whole,
        }  # fmt: skip

    async def _entries(self, visit: Visit) -> tuple[list[Any], bool]:
        """(entries, whether these are all)."""
        found: list[Any] = []
        before: int | None = None
        while len(found) < ENTRIES_MAX:
            page = await self._services.accounts.statement(visit.actor.handle, before, PAGE_MAX, visit.actor)
            found += page.entries
            before = page.next
            if before is None:
                return found, True
        return found, False

    async def _invoices(self, visit: Visit) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {"to_pay": [], "written": []}
        before: str | None = None
        while len(found["to_pay"]) + len(found["written"]) < INVOICES_MAX:
            page = await self._services.invoices.list(visit.actor, visit.actor.handle, before)
            found["to_pay"] += page.to_pay
            found["written"] += page.written
            before = page.next
            if before is None:
                break
        return found
