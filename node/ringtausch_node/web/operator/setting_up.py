# SPDX-License-Identifier: AGPL-3.0-or-later
"""Setting a ring up: the link of the machine makes the first operator, then seven steps, each when there is time."""

from __future__ import annotations

from typing import NamedTuple

from aiohttp.web import Response

from ringtausch_node.errors import LocalError
from ringtausch_node.ring import Ring
from ringtausch_node.serving import asker
from ringtausch_node.web.door.doorkeeper import Cookies
from ringtausch_node.web.door.turnstile import Turnstile
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.everybody.coming_in import name_of_device, signed_in
from ringtausch_node.web.look.kind_words import CHOOSING, N_
from ringtausch_node.web.operator.setting_fields import GROUPS

_FIELD_OF = {"address": "kuerzel", "handle_taken": "kuerzel", "member_name": "name"}
_SHOWN_LENGTH = 100
_STEPS = "/betrieb/einrichten"


class Step(NamedTuple):
    """One step of the list: what it is about, and the page that asks."""

    name: str
    title: str
    words: str
    path: str


def _of_settings(name: str) -> Step:
    group = GROUPS[name]
    return Step(name, group.title, group.words, f"/betrieb/einstellungen/{name}")


#: As a board goes through it on an evening. What stands behind a step decides whether it is done.
STEPS = (
    Step("zugang", N_("Ihr eigener Zugang"),
         N_("Sie sind angemeldet. Wenn Sie ein Passwort möchten, setzen Sie es am besten gleich."),
         "/einstellungen"),
    *(_of_settings(name) for name in ("ring", "sprache", "regeln", "post")),
    Step("schluessel", N_("Die Schlüssel sichern"),
         N_("Die Wurzelschlüssel gehören auf Papier in die Schublade, nicht auf diesen Rechner."),
         "/betrieb/einrichten/schluessel"),
    Step("sicherung", N_("Die erste Sicherung"), N_("Damit ein kaputter Rechner kein Ende ist."), "/betrieb/sicherung"),
)  # fmt: skip


def routes(services: Ring, cookies: Cookies, turnstile: Turnstile) -> list[PageRoute]:
    """The part of the table that is about setting the ring up."""
    of = _Handlers(services, cookies, turnstile)
    return [
        PageRoute("GET", "/einrichten/{token}", "open", of.form),
        PageRoute("POST", "/einrichten/{token}", "open", of.come_in),
        PageRoute("GET", _STEPS, "operator", of.steps),
        PageRoute("GET", f"{_STEPS}/schluessel", "operator", of.keys),
    ]


class _Handlers:
    def __init__(self, services: Ring, cookies: Cookies, turnstile: Turnstile) -> None:
        self._services, self._founding = services, services.founding
        self._cookies, self._turnstile = cookies, turnstile

    async def form(self, visit: Visit) -> Page:
        """Who is it? Programs that check mails open every link, so looking spends nothing."""
        await self._founding.look(visit.found[0])
        return self._page(visit, {})

    def _page(self, visit: Visit, errors: dict[str, str]) -> Page:
        typed = {name: visit.field(name)[:_SHOWN_LENGTH] for name in ("name", "kuerzel")}
        return Page("operator/set_up.html", {"errors": errors, "typed": typed}, 422 if errors else 200)

    async def come_in(self, visit: Visit) -> Page | Response:
        """The first operator comes in, once."""
        address = asker(visit.request)
        self._turnstile.verify(address)
        typed = visit.field("kuerzel"), visit.field("name")
        try:
            token = await self._founding.spend(visit.found[0], *typed, name_of_device(visit))
        except LocalError as error:
            if error.code not in _FIELD_OF:
                self._turnstile.charge(address, "einrichten")
                raise
            return self._page(visit, {_FIELD_OF[error.code]: CHOOSING.get(error.code, error.code)})
        return signed_in(self._cookies, token, _STEPS, stay=True)

    async def steps(self, _visit: Visit) -> Page:
        """What is done and what is not."""
        done = {*await self._founding.done(), "zugang"}
        if not self._has_roots():
            done.add("schluessel")
        if await self._services.backups.newest() is not None:
            done.add("sicherung")
        return Page(
            "operator/set_up_steps.html", {"steps": [step._asdict() | {"done": step.name in done} for step in STEPS]}
        )

    async def keys(self, _visit: Visit) -> Page:
        """What to do with the root keys: at the machine, for no page ever sees them."""
        return Page(
            "operator/set_up_keys.html", {"folder": str(self._services.folder.path), "lie_here": self._has_roots()}
        )

    def _has_roots(self) -> bool:
        return (self._services.folder.path / "keys" / "root.json").exists()
