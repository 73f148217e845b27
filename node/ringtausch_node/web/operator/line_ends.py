# SPDX-License-Identifier: AGPL-3.0-or-later
"""The end of one line, as the operator sees it: what is left goes home, to zero by both, or is written off.

For a ring that stops and for its partners alike, also where the other ring is dead. What cannot be taken back asks who
does it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from aiohttp.web import Response

from ringtausch_node.amounts import parse_signed_amount
from ringtausch_node.errors import LocalError, RingtauschError
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.proving import ABOUT_PROOF, Proving
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import see_other
from ringtausch_protocol.limits import ITEM_BYTES
from ringtausch_protocol.units import parse_amount

_END, _RECEIPT = "/betrieb/ring/{address}/abschluss", "/betrieb/quittung"
_SHOWN_LENGTH = 100
_NOWHERE: Mapping[str, str] = MappingProxyType({})
_TYPED = ("stand", "verzicht1", "verzicht2", "mit", "wer", "sicher", "trotzdem", "durch", "betrag")
#: What is wrong with a decision, in a person's words; whatever is not named here is no decision at all.
_ABOUT_RECEIPT = {
    "not_found": "unknown_order", "card_unknown": "receipt_by_stranger", "bad_decision": "receipt_of_other",
    "bad_signature": "receipt_changed", "unknown_key": "receipt_changed", "bad_proof": "receipt_changed",
}  # fmt: skip
#: In a form each quotation mark of a signed item takes three bytes.
_RECEIPT_FORM_BYTES = 3 * ITEM_BYTES


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about lines that end."""
    of = _Handlers(services)
    return [
        PageRoute("GET", _END, "operator", of.show),
        PageRoute("POST", f"{_END}/vorschlagen", "operator", of.propose),
        PageRoute("POST", f"{_END}/unterschreiben", "operator", of.sign),
        PageRoute("POST", f"{_END}/aufgeben", "operator", of.give_up),
        PageRoute("POST", f"{_END}/abschreiben", "operator", of.write_off),
        PageRoute("POST", f"{_END}/uebernahme", "operator", of.assign),
        PageRoute("GET", _RECEIPT, "operator", of.ask_receipt),
        PageRoute("POST", _RECEIPT, "operator", of.take_receipt, _RECEIPT_FORM_BYTES),
    ]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._services, self._federation, self._proving = services, services.federation, Proving(services)
        self._unit = services.config.parsed_unit

    async def show(self, visit: Visit) -> Page:
        """What is left, and the ways in which it ends."""
        return await self._page(visit, {})

    async def _page(self, visit: Visit, errors: dict[str, str]) -> Page:
        address = visit.found[0]
        winding = await self._services.winding_down.view()
        claim = next((each for each in winding.claims if each.address == address), None)
        reset, line = await self._federation.resets.view(address), self._federation.lines.by_address(address)
        giving_up = self._federation.giving_up
        also, behind = await giving_up.waited_for(address), await giving_up.behind(address)
        data = {
            "peer": await self._federation.view(address), "reset": reset,
            "waits": (await self._federation.resets.waiting()).get(address), "waived": await self._waived(visit),
            "settled": await self._services.accounts.settled(line.peer.clearing_account) if line else [],
            "names": await self._services.members.names(),
            "claim": claim if winding.begun_at else None, "needed": self._federation.operators.needed,
            "also": also, "behind": behind, "errors": errors,
            "ticked": [each for each in (*also, *behind) if self._is_ticked(visit, each)],
            "typed": self._typed(visit), **await self._proving.asked(visit),
        }  # fmt: skip
        return Page("operator/line_end.html", data, 422 if errors else 200)

    @staticmethod
    def _typed(visit: Visit) -> dict[str, str]:
        return {name: visit.field(name)[:_SHOWN_LENGTH] for name in _TYPED}

    async def _waived(self, visit: Visit) -> int:
        """How much we give up by the figure that was typed; 0 for none, or where the office must look for the hours."""
        with suppress(LocalError):
            seconds = parse_signed_amount(visit.field("stand"), self._unit)
            return await self._federation.resets.waived(visit.found[0], seconds)
        return 0

    async def propose(self, visit: Visit) -> Page | Response:
        """A new beginning at a figure that both sign. Whoever gives something up by it has ticked how much."""
        if not visit.field("stand"):
            return await self._page(visit, {"stand": "no_balance"})
        try:
            seconds = parse_signed_amount(visit.field("stand"), self._unit)
        except LocalError as error:
            return await self._page(visit, {"stand": error.code})
        waived = _ticked_seconds(visit, "verzicht1") if await self._waived(visit) else 0
        doing = partial(self._federation.resets.propose, visit.found[0], seconds, waived_seconds=waived)
        return await self._done(visit, "1", doing, {"not_waived": "verzicht1"})

    async def sign(self, visit: Visit) -> Page | Response:
        """Sign what the other ring proposed; what we give up by it is ticked as it was read, not as it may be now."""
        theirs = (await self._federation.resets.view(visit.found[0])).theirs
        waived = _ticked_seconds(visit, "verzicht2") if theirs and theirs.waives == "us" else 0
        doing = partial(self._federation.resets.sign, visit.found[0], waived_seconds=waived)
        return await self._done(visit, "2", doing, {"not_waived": "verzicht2"})

    async def give_up(self, visit: Visit) -> Page | Response:
        """The other ring will never answer again. Its line has another name from then on."""
        address = visit.found[0]
        also, behind = await self._federation.giving_up.waited_for(address), await self._behind(visit)
        if "" in (visit.field("sicher"), *(visit.field(f"auch-{each}") for each in also)):
            return await self._page(visit, {"sicher": "not_sure"})
        if not visit.field("trotzdem"):
            try:
                await self._federation.giving_up.verify_gone(address, *also, *behind)
            except LocalError as error:
                if error.code != "seen_lately":
                    raise
                return await self._page(visit, {"trotzdem": error.code})

        async def doing() -> str:
            return (await self._federation.giving_up.give_up(address, *also, *behind))[0].address

        return await self._done(visit, "3", doing)

    @staticmethod
    def _is_ticked(visit: Visit, address: str) -> bool:
        """Whether the operator said that this ring is gone too."""
        return bool(visit.field(f"auch-{address}"))

    async def _behind(self, visit: Visit) -> list[str]:
        """Rings that need not be given up with this one and are, as the operator ticked so; never one that is there."""
        found = await self._federation.giving_up.behind(visit.found[0])
        return [each for each, is_there in found.items() if not is_there and self._is_ticked(visit, each)]

    async def write_off(self, visit: Visit) -> Page | Response:
        """The rest of a line that was given up: against the community, or the member who settled it."""
        handle, who = visit.field("mit").lower(), visit.field("wer")
        is_said = who == ("mitglied" if handle else "gemeinschaft")
        errors = {} if is_said else {"wer": "who_bears"}
        if visit.field("sicher") != "ja":
            errors["sicher"] = "not_sure"
        if errors:
            return await self._page(visit, errors)
        giving_up = self._federation.giving_up
        doing = partial(giving_up.write_off, visit.found[0], handle or None)
        return await self._done(visit, "4", doing, {"unknown_member": "mit"})

    async def assign(self, visit: Visit) -> Page | Response:
        """A third ring takes over, if all agree; whoever has not is asked. `gibt`: who owes it then, as it was read."""
        try:
            seconds = parse_amount(visit.field("betrag"), self._unit)
        except LocalError as error:
            return await self._page(visit, {"betrag": error.code})
        both, debtor = (visit.found[0], visit.field("durch")), visit.field("gibt")
        creditor = both[1] if debtor == both[0] else both[0]
        return await self._done(visit, "5", partial(self._services.assigning.assign, creditor, debtor, seconds))

    async def _done(
        self, visit: Visit, number: str, doing: Callable[[], Awaitable[Any]], fields: Mapping[str, str] = _NOWHERE
    ) -> Page | Response:
        """Shown who does it, then done. -> the page of the line, which may have another name since.

        `fields`: beside which field a code is told.
        """
        name = f"nachweis{number}"
        try:
            await self._proving.verify(visit, name)
            done = await doing()
        except RingtauschError as error:
            if error.code in ("unknown_peer", "already_given_up"):  # somebody else has just given it up
                raise
            where = name if error.code in ABOUT_PROOF else fields.get(error.code, "")
            return await self._page(visit, {where: error.code})
        address = done if isinstance(done, str) else visit.found[0]
        return see_other(_END.replace("{address}", quote(address, safe="")))

    async def ask_receipt(self, _visit: Visit) -> Page:
        """Where a decision is put that came by another way than its line."""
        return Page("operator/line_receipt.html", {"errors": {}, "receipt": "", "shown": None})

    async def take_receipt(self, visit: Visit) -> Page:
        """Kept; if the ring between is given up, the payment counts as paid. A mail may have broken its lines."""
        text = visit.field("quittung")
        try:
            shown = await self._federation.giving_up.shown.take("".join(text.split()).encode(errors="replace"))
        except RingtauschError as error:
            code = _ABOUT_RECEIPT.get(error.code, "bad_receipt")
            return Page(
                "operator/line_receipt.html", {"errors": {"quittung": code}, "receipt": text, "shown": None}, 422
            )
        return Page("operator/line_receipt.html", {"errors": {}, "receipt": "", "shown": shown})


def _ticked_seconds(visit: Visit, name: str) -> int:
    """The figure behind a tick; 0 for none, and for what no page of ours has put there."""
    text = visit.field(name)[:_SHOWN_LENGTH]
    return int(text) if text.isascii() and text.isdecimal() else 0
