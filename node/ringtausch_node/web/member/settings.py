# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a member sets: a password, a mail address."""

from __future__ import annotations

from aiohttp.web import Response

from ringtausch_node.entrance.records import MailChoice
from ringtausch_node.errors import RingtauschError
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.proving import ABOUT_PROOF, Proving
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import see_other


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about a member's own settings."""
    of = _Handlers(services)
    return [
        PageRoute("GET", "/einstellungen", "member", of.show),
        PageRoute("POST", "/einstellungen/passwort", "member", of.set_password),
        PageRoute("POST", "/einstellungen/email", "member", of.set_email),
        PageRoute("POST", "/einstellungen/post", "member", of.choose_mail),
    ]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._entrance, self._proving = services.entrance, Proving(services)

    async def show(self, visit: Visit) -> Page:
        """All settings."""
        return await self._page(visit, {}, None)

    async def _page(self, visit: Visit, errors: dict[str, str], email: str | None) -> Page:
        asked, own = await self._proving.asked(visit), await self._entrance.own_settings(visit.actor)
        typed = {} if email is None else {"email": email}
        return Page(
            "member/settings.html", {**asked, **typed, "errors": errors, "choice": own.mails}, 422 if errors else 200
        )  # fmt: skip

    async def set_password(self, visit: Visit) -> Page | Response:
        """A new password; an empty one ends it. It is never shown again, not even after an error."""
        password, proof = visit.form.get("passwort", ""), visit.form.get("bisher1", "")
        try:
            await self._entrance.set_password(password, visit.actor, proof, is_fresh=self._proving.is_fresh(visit))
        except RingtauschError as error:
            return await self._page(visit, {"bisher1" if error.code in ABOUT_PROOF else "passwort": error.code}, None)
        return see_other("/einstellungen")

    async def set_email(self, visit: Visit) -> Page | Response:
        """Another mail address, or none."""
        email, proof, actor = visit.field("email"), visit.form.get("bisher2", ""), visit.actor
        try:
            await self._entrance.set_email(actor.handle, email, actor, proof, is_fresh=self._proving.is_fresh(visit))
        except RingtauschError as error:
            return await self._page(visit, {"bisher2" if error.code in ABOUT_PROOF else "email": error.code}, email)
        return see_other("/einstellungen")

    async def choose_mail(self, visit: Visit) -> Response:
        """Which mails the member wants."""
        choice = MailChoice(*(visit.field(name) == "ja" for name in ("zahlungen", "rechnungen")))
        await self._entrance.choose_mail(choice, visit.actor)
        return see_other("/einstellungen")
