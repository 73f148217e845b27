# SPDX-License-Identifier: AGPL-3.0-or-later
"""Paying somebody: a form, a page to check it, and the payment; each form has the number of one payment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from aiohttp.web import Response

from ringtausch_node.errors import LocalError, RingtauschError
from ringtausch_node.federation.line.model import STOPPED_THERE
from ringtausch_node.members import Actor
from ringtausch_node.members.model import HelpView
from ringtausch_node.payments.community import is_community
from ringtausch_node.payments.model import (
    AccountView,
    PayRequest,
    QuoteView,
    check_request,
    parse_payment_id,
    payment_text,
)
from ringtausch_node.payments.slips import slip_memo, verify_slip_of
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import see_other
from ringtausch_node.web.member.drafts import open_draft, seal_draft
from ringtausch_node.web.member.payees import Payees
from ringtausch_protocol.units import parse_amount

#: Which field a refusal is about; what is about none stands above the form.
FIELD_OF = {
    "address": "an", "unknown_member": "an", "payee_refuses": "an", "own_account": "an", "no_route": "an",
    "bill_too_far": "an",
    "paused": "an", "limit_upper": "an", "amount": "betrag", "limit_lower": "betrag", "no_capacity": "betrag",
    "line_ended": "betrag", "winding_down": "betrag",
    "payee_empty": "an", "name_elsewhere": "an", "link_unknown": "an", "amount_empty": "betrag",
    "account_at_rest": "konto", "memo": "wofuer", "not_allowed": "konto", "slip": "beleg", "slip_number": "beleg",
}  # fmt: skip
#: What a quote says that paying would say too.
_NOES = ("payee_refuses", "no_route", "no_capacity", "line_ended", "paused", "winding_down")
_FIELDS = ("an", "ring", "betrag", "wofuer", "konto", "beleg")
#: So long, and in so many bookings, somebody is asked whether the same is really meant once more.
LATELY_SECONDS, LATELY_MOST = 600, 20
#: What was typed is shown again whole, unless somebody pasted a letter.
_SHOWN_LENGTH = 2_000
#: An address is read up to 4 KiB; a longer draft is a pasted letter, which is refused at once.
_DRAFT_LENGTH_MAX = 3_000
#: Rings beyond our neighbours that the form offers; the address of any other is typed.
BEYOND_SHOWN = 30


class Wish(NamedTuple):
    """What somebody wants to pay, as it was typed and as it was understood. `slip`: the number of a slip, or empty."""

    from_: str
    to: str
    amount_seconds: int
    memo: str
    slip: str = ""


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about paying."""
    of = _Handlers(services)
    return [
        PageRoute("GET", "/zahlen", "member", of.form),
        PageRoute("POST", "/zahlen", "member", of.pay),
        PageRoute("POST", "/zahlen/pruefen", "member", of.send),
        PageRoute("GET", "/zahlen/pruefen", "member", of.check),
    ]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._services, self._payees = services, Payees(services)
        self._unit = services.config.parsed_unit

    async def form(self, visit: Visit) -> Page:
        """The empty form, or one that a link has filled in part."""
        query = visit.request.query
        return await self._form(visit, {name: query.get(name, "")[:_SHOWN_LENGTH] for name in _FIELDS}, {})

    async def _form(
        self, visit: Visit, values: dict[str, str], errors: dict[str, str], sent: str = "", most: int | None = None
    ) -> Page:
        """`sent`: the payment that this form has become already; what follows is another one.

        `most`: how many seconds go there now, where it was more than that.
        """
        actor = visit.actor
        helpers = await self._services.members.helping.list(actor.handle, actor)
        lines = await self._services.federation.peers()
        peers = [peer.address for peer in lines if peer.state not in ("agreed", "ended", "given_up")]
        ending = [peer for peer in lines if peer.state == "ended" and peer.clearing_seconds < 0]
        account = await self._services.accounts.account(actor.handle, actor)
        is_stopping = self._services.winding_down.is_begun
        beyond = [] if is_stopping else self._services.federation.outgoing.towns_beyond()
        data = {
            "values": values, "errors": errors, "account": account, "sent": sent, "most": most,
            "nummer": "" if sent else self._number_for(visit, errors),
            "beyond": beyond[:BEYOND_SHOWN], "is_cut": len(beyond) > BEYOND_SHOWN,
            "others": await self._others(values["konto"], helpers.helps, actor),
            "peers": [*peers, *(peer.address for peer in ending)], "ending": ending,
            "payee_name": await self._name_here(values),
        }  # fmt: skip
        return Page("member/pay.html", data, 422 if errors else 200)

    async def _others(self, chosen: str, helps: Sequence[HelpView], actor: Actor) -> dict[str, str]:
        """Accounts to pay from, but for one's own: of whom one helps, and what the office has chosen. -> names."""
        others = {each.for_: each.for_name for each in helps}
        if chosen and chosen != actor.handle and actor.runs_office:
            others.setdefault(chosen, (await self._services.members.names()).get(chosen, chosen))
        return others

    async def _name_here(self, values: dict[str, str]) -> str:
        """Who that is, where it is somebody of this ring: typed wrongly, it shows. Other rings are asked later."""
        try:
            to = await self._payees.read(values["an"], values["ring"])
        except RingtauschError:  # told beside the field, or nothing is typed yet
            return ""
        handle, _, ring = to.partition("@")
        return (
            (await self._services.members.names()).get(handle, "")
            if ring in ("", self._services.config.address)
            else ""
        )

    async def send(self, visit: Visit) -> Page | Response:
        """Go on to the page that checks the form, by an address that the way back and a reload show again."""
        fields = {**_values(visit), "nummer": self._number_for(visit, {}), "aendern": visit.field("aendern")}
        draft = seal_draft(visit.session, fields)
        if len(draft) > _DRAFT_LENGTH_MAX:
            return await self._check(visit)
        return see_other(f"/zahlen/pruefen?entwurf={draft}")

    async def check(self, visit: Visit) -> Page:
        """The page that checks a form; an empty form where that is of another device, or over."""
        fields = open_draft(visit.session, visit.request.query.get("entwurf", ""))
        return await (self.form(visit) if fields is None else self._check(replace(visit, form=fields)))

    async def _check(self, visit: Visit) -> Page:
        """Ask the payee's ring for the name, and show all of it once more in large letters."""
        if visit.field("aendern"):
            return await self._form(visit, _values(visit), {})
        try:
            wish = await self._wish(visit)
            if await self._is_sent(visit):
                return await self._form(visit, _values(visit), {}, sent=visit.field("nummer"))
            number = await self._number(visit, wish)
            quote = await self._quote(wish, visit.actor, number)
            account = await self._services.accounts.account(wish.from_, visit.actor)
        except RingtauschError as error:
            return await self._refused(visit, error)
        if self._is_too_much(account, wish.amount_seconds):
            return await self._form(visit, _values(visit), {"betrag": "limit_lower"})
        data = {
            "values": _values(visit), "wish": wish._asdict(), "quote": quote, "account": account,
            "nummer": number, "rechnung": quote.invoice or "",
            "is_again": await self._was_paid_lately(wish, visit.actor),
            "stopped_there": await self._is_stopped_there(wish.to),
        }  # fmt: skip
        return Page("member/check.html", data)

    async def _refused(self, visit: Visit, error: RingtauschError) -> Page:
        """The form again, with what was typed, and why beside the field that it is about."""
        code, most = error.code, error.figures.get("most_seconds")
        if code == "id_reused" and visit.field("beleg"):
            code = "slip"
        return await self._form(visit, _values(visit), {FIELD_OF.get(code, ""): code}, most=most)

    def _number_for(self, visit: Visit, errors: dict[str, str]) -> str:
        """One form is one payment, checked and changed as often as somebody likes; what was sent needs another form."""
        is_spent = not {"id_reused", "payment_id"}.isdisjoint(errors.values())
        return "" if is_spent else visit.field("nummer") or payment_text(self._services.ids.uuid7())

    async def _number(self, visit: Visit, wish: Wish) -> str:
        if wish.slip:
            return await self._services.slips.payment_id(wish.slip)
        return visit.field("nummer") or payment_text(self._services.ids.uuid7())

    async def _is_sent(self, visit: Visit) -> bool:
        """Whether this form has become a payment: its check page was opened again, by the way back or anew."""
        number = visit.field("nummer")
        if not number or visit.field("beleg"):
            return False
        try:
            await self._services.payments.get(number, visit.actor)
        except RingtauschError as error:
            if error.code != "not_found":
                raise
            return False
        return True

    async def _is_stopped_there(self, to: str) -> bool:
        """Whether the payee's ring answers that it has stopped the line, or given it up."""
        ring, lines = to.partition("@")[2], await self._services.federation.peers()
        return any((peer.address, peer.reason) == (ring, STOPPED_THERE) for peer in lines)

    async def _was_paid_lately(self, wish: Wish, actor: Actor) -> bool:
        """Whether the same was paid for the same a moment ago: perhaps twice by mistake."""
        if is_community(wish.from_):
            return False
        since, asked = self._services.clock.now() - LATELY_SECONDS, (wish.to, wish.amount_seconds, wish.memo)
        statement = await self._services.accounts.statement(wish.from_, None, LATELY_MOST, actor)
        made = [(each.with_, -each.amount_seconds, each.memo, each.at) for each in statement.entries]
        waiting = await self._services.accounts.under_way(wish.from_, actor)
        made += [(each.to, each.amount_seconds, each.memo, each.created_at) for each in waiting]
        return any((to, seconds, memo) == asked and at > since for to, seconds, memo, at in made)

    async def pay(self, visit: Visit) -> Page | Response:
        """Pay. The number in the form makes the same form sent twice one payment; a slip brings a number of its own."""
        try:
            wish = await self._wish(visit)
            number = visit.field("nummer")
            if wish.slip:
                number = await self._services.slips.payment_id(wish.slip, number)
            request = PayRequest(
                number, wish.from_, wish.to, wish.amount_seconds, wish.memo, visit.field("rechnung") or None
            )
            payment = await self._services.payments.pay(request, visit.actor)
        except RingtauschError as error:
            return await self._refused(visit, error)
        return see_other(f"/zahlungen/{payment.payment_id}")

    async def _wish(self, visit: Visit) -> Wish:
        """What the form says.

        Raises LocalError: as `Payees.read`, amount, amount_empty, memo, slip_number, not_allowed.
        """
        memo, slip = visit.field("wofuer"), visit.field("beleg")
        if slip:
            verify_slip_of(visit.actor, slip)
            memo = slip_memo(slip, memo)
        to = await self._payees.read(visit.field("an"), visit.field("ring"))
        if not visit.field("betrag"):
            raise LocalError("amount_empty", "nothing typed")
        amount_seconds = parse_amount(visit.field("betrag"), self._unit)
        wish = Wish(visit.field("konto") or visit.actor.handle, to, amount_seconds, memo, slip)
        check_request(PayRequest(None, wish.from_, wish.to, wish.amount_seconds, wish.memo))
        return wish

    async def _quote(self, wish: Wish, actor: Actor, number: str) -> QuoteView:
        """What the payee's ring says. Raises LocalError where that is a no, or the account rests."""
        if (await self._services.accounts.account(wish.from_, actor)).is_at_rest:
            raise RingtauschError("account_at_rest")
        quote = await self._services.payments.quote(wish.to, wish.amount_seconds, actor, parse_payment_id(number))
        if wish.to in (wish.from_, f"{wish.from_}@{self._services.config.address}"):
            raise RingtauschError("own_account")
        if quote.most_seconds is not None:
            raise LocalError("no_capacity", "", most_seconds=quote.most_seconds)
        if quote.code in _NOES:
            raise RingtauschError(quote.code)
        return quote

    def _is_too_much(self, account: AccountView, amount_seconds: int) -> bool:
        """Whether paying would be refused anyway: said now, beside the field."""
        is_blocked = self._services.config.limits.lower_limit == "block"
        low = account.min_seconds
        return is_blocked and low is not None and account.available_seconds - amount_seconds < low


def _values(visit: Visit) -> dict[str, str]:
    """What was typed, to be shown again."""
    return {name: visit.field(name)[:_SHOWN_LENGTH] for name in _FIELDS}
