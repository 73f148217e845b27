# SPDX-License-Identifier: AGPL-3.0-or-later
"""Other rings, as the operator looks after them: invite, compare words, limits, pause, end. What the commands do."""

from __future__ import annotations

from collections.abc import Awaitable
from urllib.parse import quote

from aiohttp.web import Response

from ringtausch_node.amounts import parse_signed_amount
from ringtausch_node.errors import LocalError, RemoteError, RingtauschError
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import attachment, see_other
from ringtausch_node.web.look.paging import LINES_SHOWN, beginning
from ringtausch_protocol.requests import INVITATION_BYTES

_INVITE, _ACCEPT, _RING = "/betrieb/einladen", "/betrieb/annehmen", "/betrieb/ring/{address}"
_SHOWN_LENGTH = 100
#: Numbers of evidence are shorter: longer ones are none.
_NUMBER_LENGTH = 16
#: A quarter of a year of daily ones; the command shows all.
_STATEMENTS_SHOWN = 92
#: What the other ring says of itself, where the words for our own ring would be wrong.
_THEIRS = {"winding_down": "other_winds_down"}
#: In a form each quotation mark of an invitation takes three bytes.
_INVITATION_FORM_BYTES = 3 * INVITATION_BYTES


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about lines to other rings."""
    of = _Handlers(services)
    return [
        PageRoute("GET", _INVITE, "operator", of.ask_invite),
        PageRoute("POST", _INVITE, "operator", of.invite),
        PageRoute("GET", _ACCEPT, "operator", of.ask_accept),
        PageRoute("POST", _ACCEPT, "operator", of.accept, _INVITATION_FORM_BYTES),
        PageRoute("GET", _RING, "operator", of.show),
        PageRoute("GET", f"{_RING}/beleg/{{number}}", "operator", of.evidence),
        PageRoute("POST", f"{_RING}/bestaetigen", "operator", of.confirm),
        PageRoute("POST", f"{_RING}/name", "operator", of.name),
        PageRoute("POST", f"{_RING}/grenze", "operator", of.limit),
        PageRoute("POST", f"{_RING}/zustimmen", "operator", of.agree),
        PageRoute("POST", f"{_RING}/ruhen", "operator", of.pause),
        PageRoute("POST", f"{_RING}/wecken", "operator", of.resume),
        PageRoute("POST", f"{_RING}/beenden", "operator", of.end),
    ]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._federation, self._proposals, self._config = services.federation, services.proposals, services.config
        self._accounts, self._towns, self._evidence = services.accounts, services.towns, services.evidence

    async def ask_invite(self, _visit: Visit) -> Page:
        """How much each side may owe the other."""
        return self._invite_page({}, {})

    def _invite_page(self, errors: dict[str, str], typed: dict[str, str]) -> Page:
        data = {"lines": self._config.lines, "errors": errors, "typed": typed}
        return Page("operator/ring_invite.html", data, 422 if errors else 200)

    async def invite(self, visit: Visit) -> Page | Response:
        """An invitation, to copy or as a file: shown this once, as whoever holds it may use it."""
        typed = {name: visit.field(name)[:_SHOWN_LENGTH] for name in ("sie", "wir")}
        limits, errors = self._limits(typed)
        if errors:
            return self._invite_page(errors, typed)
        try:
            invitation = await self._federation.invite(limits["sie"], limits["wir"])
        except LocalError as error:
            return self._invite_page({"": error.code}, typed)
        if visit.field("als") == "datei":
            return attachment("einladung.json", "application/json", invitation)
        return Page("operator/ring_invitation.html", {"invitation": invitation.decode()})

    async def ask_accept(self, _visit: Visit) -> Page:
        """Where an invitation of another ring is put."""
        return Page("operator/ring_accept.html", {"errors": {}, "invitation": ""})

    async def accept(self, visit: Visit) -> Page | Response:
        """Another ring's invitation. A mail program may have broken its lines; no blank belongs into it."""
        text = visit.field("einladung")
        try:
            accepted = await self._federation.accept("".join(text.split()).encode())
        except RingtauschError as error:
            code = _THEIRS.get(error.code, error.code) if isinstance(error, RemoteError) else error.code
            return Page("operator/ring_accept.html", {"errors": {"einladung": code}, "invitation": text}, 422)
        is_new = (await self._federation.view(accepted.peer)).state == "agreed"
        return _to(accepted.peer) if is_new else _to(accepted.peer, "?woerter=1")  # there somebody may need them

    async def show(self, visit: Visit) -> Page:
        """How a line stands, and what can be done about it."""
        return await self._page(visit, {}, "")

    async def _page(self, visit: Visit, errors: dict[str, str], typed: str, called: str | None = None) -> Page:
        address = visit.found[0]
        peer, line = await self._federation.view(address), self._federation.lines.by_address(address)
        found = await self._accounts.under_way_with(line.peer.id) if line else []
        under_way = beginning(found, LINES_SHOWN)
        is_compared = peer.state == "agreed" or "woerter" in visit.request.query
        data = {
            "called": self._towns.given(address) if called is None else called,
            "peer": peer, "words": await self._federation.words(address) if is_compared else [],
            "under_way": under_way.rows, "left_out": under_way.left_out,
            "statements": (await self._federation.statements(address))[:_STATEMENTS_SHOWN],
            "evidence": await self._evidence.about(address),
            "waits": (await self._federation.resets.waiting()).get(address),
            "proposal": await self._proposals.propose(address), "errors": errors, "typed": typed,
        }  # fmt: skip
        return Page("operator/ring.html", data, 422 if errors else 200)

    async def evidence(self, visit: Visit) -> Response:
        """One piece of evidence, as a file that anybody can verify. Raises LocalError('not_found')."""
        address, number = visit.found
        if not (number.isascii() and number.isdecimal() and len(number) < _NUMBER_LENGTH):
            raise LocalError("not_found", "no number")
        data = await self._evidence.file(int(number), address)
        return attachment(f"beleg-{number}.json", "application/json", data)

    async def confirm(self, visit: Visit) -> Page | Response:
        """The words on this page were those on the telephone; newer ones than those that were shown do not count."""
        if visit.field("gleich") != "ja":
            return await self._page(visit, {"gleich": "not_compared"}, "")
        words = visit.field("worte").split()
        return await self._done(visit, self._federation.confirm(visit.found[0], words), "gleich")

    async def name(self, visit: Visit) -> Page | Response:
        """What our members read instead of the address. Raises LocalError('unknown_peer')."""
        name = visit.field("name")
        try:
            await self._towns.call(visit.found[0], name, visit.actor)
        except LocalError as error:
            if error.code != "town_name":
                raise
            return await self._page(visit, {"name": error.code}, "", name[:_SHOWN_LENGTH])
        return _to(visit.found[0])

    async def limit(self, visit: Visit) -> Page | Response:
        """The most that the other ring may owe us; more than both signed is a proposal."""
        typed = {"grenze": visit.field("grenze")[:_SHOWN_LENGTH]}
        limits, errors = self._limits(typed)
        if errors:
            return await self._page(visit, errors, typed["grenze"])
        limited = self._federation.limit(visit.found[0], limits["grenze"])
        return await self._done(visit, limited, "grenze", typed["grenze"])

    async def agree(self, visit: Visit) -> Page | Response:
        """Sign what the other ring proposed."""
        return await self._done(visit, self._federation.agree(visit.found[0]))

    async def pause(self, visit: Visit) -> Page | Response:
        """Nothing new for a while."""
        return await self._done(visit, self._federation.set_line(visit.found[0], "paused"))

    async def resume(self, visit: Visit) -> Page | Response:
        """Our own pause is over."""
        return await self._done(visit, self._federation.set_line(visit.found[0], "open"))

    async def end(self, visit: Visit) -> Page | Response:
        """End the line for good, so it is said once more in a box to tick."""
        if visit.field("sicher") != "ja":
            return await self._page(visit, {"sicher": "not_sure"}, "")
        return await self._done(visit, self._federation.set_line(visit.found[0], "ended"))

    async def _done(self, visit: Visit, doing: Awaitable[object], field: str = "", typed: str = "") -> Page | Response:
        """Back to the page of the ring, or what stands against it at its field. Who is no peer has no page."""
        try:
            await doing
        except RingtauschError as error:
            if error.code == "unknown_peer":
                raise
            return await self._page(visit, {field: error.code}, typed)
        return _to(visit.found[0])

    def _limits(self, typed: dict[str, str]) -> tuple[dict[str, int], dict[str, str]]:
        """(seconds by field, errors by field): limits of a line are not negative."""
        limits: dict[str, int] = {}
        errors: dict[str, str] = {}
        for name, text in typed.items():
            try:
                limits[name] = parse_signed_amount(text, self._config.parsed_unit)
            except LocalError as error:
                errors[name] = error.code
            else:
                if limits[name] < 0:
                    errors[name] = "amount"
        return limits, errors


def _to(address: str, asked: str = "") -> Response:
    return see_other(f"/betrieb/ring/{quote(address, safe='')}{asked}")
