# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who is office, operator or auditor: the operator gives roles and takes them."""

from __future__ import annotations

from aiohttp.web import Response

from ringtausch_node.errors import LocalError
from ringtausch_node.members import MemberView
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import see_other

_ROLES = "/betrieb/rollen"
_SHOWN_LENGTH = 100
#: As a board asks: who can do most.
_WEIGHTY = ("operator", "office", "auditor")


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about roles."""
    of = _Handlers(services)
    return [PageRoute("GET", _ROLES, "operator", of.show), PageRoute("POST", _ROLES, "operator", of.give)]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._members = services.members

    async def show(self, visit: Visit) -> Page:
        """Who has a role, and a form to give one."""
        return await self._page(visit, {})

    async def _page(self, visit: Visit, errors: dict[str, str]) -> Page:
        present = [each for each in await self._members.list() if each.state != "left"]
        typed = {name: visit.field(name)[:_SHOWN_LENGTH] for name in ("wer", "rolle")}
        data = {"bearers": _bearers(present), "members": present, "errors": errors, "typed": typed}
        return Page("operator/roles.html", data, 422 if errors else 200)

    async def give(self, visit: Visit) -> Page | Response:
        """A role from now on, on all devices of that member."""
        try:
            await self._members.roles.give(visit.field("wer"), visit.field("rolle"), visit.actor)
        except LocalError as error:
            return await self._page(visit, {"rolle" if error.code == "role" else "wer": error.code})
        return see_other(_ROLES)


def _bearers(present: list[MemberView]) -> dict[str, list[MemberView]]:
    """Role -> who has it, but for plain members."""
    return {role: [each for each in present if each.role == role] for role in _WEIGHTY}
