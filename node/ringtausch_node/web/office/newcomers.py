# SPDX-License-Identifier: AGPL-3.0-or-later
"""The office takes somebody in whom it knows: one form, and how the new member comes in."""

from __future__ import annotations

from uuid import UUID

from aiohttp.web import Response

from ringtausch_node.errors import LocalError
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import see_other
from ringtausch_node.web.look.kind_words import CHOOSING

_NEW = "/buero/neu"
_FIELDS = ("name", "kuerzel", "email")
_FIELD_OF = {"member_name": "name", "address": "kuerzel", "handle_taken": "kuerzel", "email": "email", "id_reused": ""}
_WORDS = {**CHOOSING, "id_reused": "form_spent"}
_SHOWN_LENGTH = 400


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about taking somebody in."""
    of = _Handlers(services)
    return [
        PageRoute("GET", _NEW, "office", of.form),
        PageRoute("POST", _NEW, "office", of.add),
        PageRoute("GET", f"{_NEW}/{{handle}}", "office", of.show),
    ]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._ids, self._joining, self._members = services.ids, services.joining, services.members

    async def form(self, visit: Visit) -> Page:
        """An empty form, with the number of a member who is not there yet."""
        return self._page(visit, self._new_number(), {})

    def _new_number(self) -> str:
        return str(UUID(bytes=self._ids.uuid7()))

    def _page(self, visit: Visit, number: str, errors: dict[str, str]) -> Page:
        typed = {name: visit.field(name)[:_SHOWN_LENGTH] for name in _FIELDS}
        return Page("office/new.html", {"typed": typed, "number": number, "errors": errors}, 422 if errors else 200)

    async def add(self, visit: Visit) -> Page | Response:
        """Take somebody in, and go on to what the new member needs. Raises LocalError('request_id')."""
        number, name, handle, email = (visit.field(each) for each in ("nummer", *_FIELDS))
        try:
            added = await self._joining.add(number, handle, name, email, visit.actor)
        except LocalError as error:
            if error.code not in _FIELD_OF:
                raise
            # Whoever went back and typed somebody else looks first, and then sends a form of its own.
            number = self._new_number() if error.code == "id_reused" else number
            return self._page(visit, number, {_FIELD_OF[error.code]: _WORDS.get(error.code, error.code)})
        return see_other(f"{_NEW}/{added}")

    async def show(self, visit: Visit) -> Page:
        """Somebody is a member now: the letter, the desk, or the next one. Raises LocalError('not_found')."""
        found = [each for each in await self._members.list() if each.handle == visit.found[0] and each.state != "left"]
        if not found:
            raise LocalError("not_found", "member")
        return Page("office/added.html", {"member": found[0]})
