# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signing in and out: with a code from paper or mail, with a password, with the link of a mail."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import quote

from aiohttp.web import Response

from ringtausch_node.entrance.model import MAIL_SECONDS, STAY_SECONDS
from ringtausch_node.errors import LocalError
from ringtausch_node.members.access import TOKEN_TEXT_MAX, hash_of, known_mark
from ringtausch_node.ring import Ring
from ringtausch_node.serving import asker
from ringtausch_node.web.door.device_names import device_name
from ringtausch_node.web.door.doorkeeper import Cookies, own_path
from ringtausch_node.web.door.turnstile import Turnstile
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import see_other, set_cookie

_HOME, _LETTER = "/konto", "/anmelden/brief"


def routes(services: Ring, cookies: Cookies, turnstile: Turnstile) -> list[PageRoute]:
    """The part of the table that is the door."""
    of = _Handlers(services, cookies, turnstile)
    return [
        PageRoute("GET", "/anmelden", "open", of.form),
        PageRoute("POST", "/anmelden", "open", of.come_in),
        PageRoute("GET", _LETTER, "open", of.letter_form),
        PageRoute("POST", _LETTER, "open", of.ask_letter),
        PageRoute("GET", "/anmelden/link/{link}", "open", of.show_link),
        PageRoute("POST", "/anmelden/link/{link}", "open", of.spend_link),
        PageRoute("POST", "/abmelden", "member", of.leave),
    ]


class _Handlers:
    def __init__(self, services: Ring, cookies: Cookies, turnstile: Turnstile) -> None:
        self._entrance, self._access = services.entrance, services.members.access
        self._sends_mail = services.post.is_open
        self._cookies, self._turnstile = cookies, turnstile

    async def form(self, visit: Visit) -> Page:
        """The form to sign in. `nummer` comes from the code on a letter, `weiter` is where somebody wanted to go."""
        query = visit.request.query
        return self._page(query.get("nummer", "")[:100], own_path(query.get("weiter", ""), _HOME), query.get("mit", ""))

    def _page(self, who: str, onward: str, by: str, errors: dict[str, str] | None = None, *, stay: bool = True) -> Page:
        data = {
            "wer": who, "weiter": onward, "merken": stay, "errors": errors or {}, "sends_mail": self._sends_mail,
            "with_password": by == "passwort",
        }  # fmt: skip
        return Page("everybody/sign_in.html", data, 403 if errors else 200)

    async def come_in(self, visit: Visit) -> Page | Response:
        """A code or a password: the same answer to everything that is wrong. Who was signed in here is so no longer."""
        who, onward = visit.field("wer"), own_path(visit.field("weiter"), _HOME)
        stay, address = visit.field("merken") == "ja", asker(visit.request)
        self._turnstile.verify(address)
        is_braked = self._turnstile.is_braked(who) and not await self._is_known(visit, who)
        try:
            token = await self._entrance.come_in(
                who, visit.form.get("code", ""), name_of_device(visit), stay=stay, takes_password=not is_braked,
                asked_by=self._asked_by(visit),
            )  # fmt: skip
        except LocalError as error:
            if error.code != "login":
                raise
            self._turnstile.charge(address, who)
            return self._page(who, onward, visit.field("mit"), {"code": "braked" if is_braked else "login"}, stay=stay)
        await self._end_earlier(visit)
        return signed_in(self._cookies, token, onward, stay=stay)

    async def _end_earlier(self, visit: Visit) -> None:
        """Whoever was signed in on this device is so no longer: what only the old cookie knew must not live on."""
        if visit.access is not None:
            with suppress(LocalError):  # ended meanwhile
                await self._access.revoke(visit.actor.handle, visit.access.id, visit.actor)

    async def _is_known(self, visit: Visit, who: str) -> bool:
        """Whether this device was signed in for that name before."""
        return await self._entrance.knows_device(who, visit.request.cookies.get(self._cookies.known, ""))

    async def letter_form(self, visit: Visit) -> Page:
        """Where to ask for a mail."""
        query = visit.request.query
        data = {"wer": query.get("wer", "")[:100], "is_sent": query.get("verschickt") == "ja"}
        return Page("everybody/ask_letter.html", data)

    async def ask_letter(self, visit: Visit) -> Response:
        """Ask for a mail; the answer does not tell whether anybody gets one. Its code counts in this browser only."""
        who, address = visit.field("wer"), asker(visit.request)
        self._turnstile.verify_both(address, f"brief {who}")
        self._turnstile.charge(address, f"brief {who}")
        asked_by = self._asked_by(visit) or self._entrance.random_token()
        await self._entrance.ask_letter(who, asked_by)
        answer = see_other(f"{_LETTER}?verschickt=ja&wer={quote(who[:100])}")
        set_cookie(answer, self._cookies.asked, asked_by, secure=self._cookies.is_secure, seconds=MAIL_SECONDS)
        return answer

    def _asked_by(self, visit: Visit) -> str:
        """What this browser keeps since it asked for a mail; empty where it did not, or where it made it up."""
        kept = visit.request.cookies.get(self._cookies.asked, "")
        return kept if kept.isascii() and 0 < len(kept) <= TOKEN_TEXT_MAX else ""

    async def show_link(self, visit: Visit) -> Page:
        """Whom the link lets in. Programs that check mails open every link, so looking spends nothing."""
        return Page("everybody/link.html", {"letter": await self._entrance.letter(visit.found[0])})

    async def spend_link(self, visit: Visit) -> Response:
        """Come in with the link of a mail, once."""
        token = await self._entrance.spend_letter(visit.found[0], name_of_device(visit), stay=True)
        await self._end_earlier(visit)
        return signed_in(self._cookies, token, _HOME, stay=True)

    async def leave(self, visit: Visit) -> Response:
        """Sign out: this device is forgotten here, not only there."""
        assert visit.access is not None
        await self._access.revoke(visit.actor.handle, visit.access.id, visit.actor)
        answer = see_other("/")
        answer.del_cookie(
            self._cookies.session, path="/", secure=self._cookies.is_secure, httponly=True, samesite="Lax"
        )
        return answer


def signed_in(cookies: Cookies, token: str, onward: str, *, stay: bool) -> Response:
    """Go on with a new device signed in; one that stays is known later on, also after it was signed out."""
    answer = see_other(onward)
    seconds = STAY_SECONDS if stay else None
    set_cookie(answer, cookies.session, token, secure=cookies.is_secure, seconds=seconds)
    if stay:
        mark = known_mark(hash_of(token))
        set_cookie(answer, cookies.known, mark, secure=cookies.is_secure, seconds=STAY_SECONDS)
    return answer


def name_of_device(visit: Visit) -> str:
    """What to call the device that asks."""
    return device_name(visit.request.headers.get("User-Agent", ""))
