# SPDX-License-Identifier: AGPL-3.0-or-later
"""Joining: the form for strangers, and the office's list of who asks."""

from __future__ import annotations

import re
from unicodedata import normalize
from uuid import UUID

from aiohttp.web import Response

from ringtausch_node.errors import LocalError
from ringtausch_node.ring import Ring
from ringtausch_node.serving import asker
from ringtausch_node.web.door.turnstile import Turnstile
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import see_other
from ringtausch_node.web.look.kind_words import CHOOSING
from ringtausch_node.web.look.paging import FORMS_SHOWN, beginning

_FIELDS = ("name", "erreichen", "worte")
_FIELD_OF = {"member_name": "name", "contact": "erreichen", "words": "worte"}
_SHOWN_LENGTH = 1_200
_HANDLE_LENGTH = 20
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def routes(services: Ring, turnstile: Turnstile) -> list[PageRoute]:
    """The part of the table that is about joining."""
    of = _Handlers(services, turnstile)
    return [
        PageRoute("GET", "/beitreten", "open", of.form),
        PageRoute("POST", "/beitreten", "open", of.ask),
        PageRoute("GET", "/buero/anfragen", "office", of.list),
        PageRoute("POST", "/buero/anfragen/{id}/aufnehmen", "office", of.take),
        PageRoute("POST", "/buero/anfragen/{id}/ablehnen", "office", of.decline),
    ]


class _Handlers:
    def __init__(self, services: Ring, turnstile: Turnstile) -> None:
        self._services, self._joining, self._turnstile = services, services.joining, turnstile

    @property
    def _is_open(self) -> bool:
        return self._joining.is_open and not self._services.winding_down.is_begun

    async def form(self, visit: Visit) -> Page:
        """The form, or how else one joins."""
        return self._page(visit, {}, is_sent=False)

    def _page(self, visit: Visit, errors: dict[str, str], *, is_sent: bool) -> Page:
        data = {
            "is_open": self._is_open, "is_sent": is_sent, "errors": errors,
            "values": {name: visit.field(name)[:_SHOWN_LENGTH] for name in _FIELDS},
            "nummer": visit.field("nummer") or str(UUID(bytes=self._services.ids.uuid7())),
        }  # fmt: skip
        return Page("everybody/join.html", data, 422 if errors else 200)

    async def ask(self, visit: Visit) -> Page:
        """Ask to be taken in."""
        address = asker(visit.request)
        self._turnstile.verify(address)
        self._turnstile.charge(address, "beitreten")
        try:
            await self._joining.ask(visit.field("nummer"), *(visit.field(name) for name in _FIELDS))
        except LocalError as error:
            return self._page(visit, {_FIELD_OF.get(error.code, ""): error.code}, is_sent=False)
        return self._page(visit, {}, is_sent=True)

    async def list(self, visit: Visit) -> Page:
        """Who waits for an answer, so many at a time."""
        return await self._listed(visit, {})

    async def _listed(self, visit: Visit, errors: dict[str, str]) -> Page:
        waiting = beginning(await self._joining.waiting(visit.actor), FORMS_SHOWN)
        taken = set(await self._services.members.names())
        handles = {each.request_id: propose_handle(each.name, taken) for each in waiting.rows}
        if errors:
            handles[visit.found[0]] = visit.field("kuerzel")[:_SHOWN_LENGTH]
        data = {
            "waiting": waiting.rows, "left_out": waiting.left_out, "handles": handles, "errors": errors,
            "is_open": self._is_open,
        }  # fmt: skip
        return Page("everybody/join_requests.html", data, 422 if errors else 200)

    async def take(self, visit: Visit) -> Page | Response:
        """Take somebody in, and go on to the new member."""
        try:
            member = await self._joining.take(visit.found[0], visit.field("kuerzel"), visit.actor)
        except LocalError as error:
            if error.code in ("not_found", "request_id"):
                raise
            return await self._listed(visit, {f"kuerzel-{visit.found[0]}": CHOOSING.get(error.code, error.code)})
        return see_other(f"/buero/mitglied/{member.handle}")

    async def decline(self, visit: Visit) -> Response:
        """Say no."""
        await self._joining.decline(visit.found[0], visit.actor)
        return see_other("/buero/anfragen")


def propose_handle(name: str, taken: set[str]) -> str:
    """A handle that is free: the first name, with a number where somebody has it already."""
    first = (name.casefold().split() or [""])[0].translate(_UMLAUTS)
    plain = re.sub(r"[^a-z0-9]", "", normalize("NFKD", first))[:_HANDLE_LENGTH] or "mitglied"
    numbers = (f"{plain}{number}" for number in range(2, len(taken) + 3))
    return plain if plain not in taken else next(each for each in numbers if each not in taken)
