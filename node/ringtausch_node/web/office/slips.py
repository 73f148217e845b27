# SPDX-License-Identifier: AGPL-3.0-or-later
"""Slips of paper: the office types a handful, looks at them with names and their sum, and books them all."""

from __future__ import annotations

from collections.abc import Mapping
from string import ascii_lowercase
from typing import NamedTuple

import msgspec

from ringtausch_node.errors import LocalError, RingtauschError
from ringtausch_node.payments.model import PayRequest, check_request
from ringtausch_node.payments.slips import slip_memo, verify_slip_number
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.member.paying import FIELD_OF
from ringtausch_protocol.addresses import parse_handle
from ringtausch_protocol.units import parse_amount

#: Slips on one page: what lies on a desk after an evening's meeting.
SLIPS_MAX = 10
_FIELDS = ("beleg", "nehmer", "geber", "betrag", "wofuer")
_AMOUNTS = tuple(f"betrag{row}" for row in range(1, SLIPS_MAX + 1))
_SHOWN_LENGTH = 400
#: Where a code of paying stands on a slip, unless the error names the field itself.
_FIELD_OF = {**FIELD_OF, "not_allowed": "nehmer"}


class Slip(msgspec.Struct, frozen=True, kw_only=True):
    """A slip that was read: who received help, who gave it. `code`: why it was not booked.

    `is_old`: it was booked before, and is not booked again.
    """

    row: int
    number: str
    payer: str
    payee: str
    amount_seconds: int
    memo: str
    code: str | None = None
    is_old: bool = False


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about slips."""
    of = _Handlers(services)
    return [
        PageRoute("GET", "/buero/belege", "office", of.form),
        PageRoute("POST", "/buero/belege", "office", of.book),
        PageRoute("POST", "/buero/belege/pruefen", "office", of.check),
    ]


class Sum(NamedTuple):
    """What the amounts typed so far come to; what cannot be read yet is named when the slips are checked."""

    slips: int
    amount_seconds: int


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._services = services

    async def form(self, visit: Visit) -> Page:
        """Empty slips; with amounts in the question, as the script asks while somebody types: their sum."""
        query = visit.request.query
        return await self._form({name: query.get(name, "").strip()[:_SHOWN_LENGTH] for name in _AMOUNTS}, {})

    async def _form(self, values: Mapping[str, str], errors: dict[str, str]) -> Page:
        names = await self._services.members.names()
        rows = list(range(1, SLIPS_MAX + 1))
        wrong = {field: field.lstrip(ascii_lowercase) for field in errors}
        data = {
            "rows": rows, "values": values, "errors": errors, "names": names, "sum": self._sum(values),
            "rows_wrong": wrong,
        }  # fmt: skip
        return Page("office/slips.html", data, 422 if errors else 200)

    def _sum(self, values: Mapping[str, str]) -> Sum:
        amounts = [self._amount_seconds(values[name]) for name in _AMOUNTS]
        return Sum(sum(1 for each in amounts if each), sum(amounts))

    def _amount_seconds(self, text: str) -> int:
        """0 for what is no amount, or not one yet."""
        try:
            return parse_amount(text, self._services.config.parsed_unit)
        except LocalError:
            return 0

    async def check(self, visit: Visit) -> Page:
        """All slips with names and their sum; nothing is booked yet."""
        names = await self._services.members.names()
        values = _values(visit)
        slips, errors = self._read(values, names)
        slips = [await self._looked_up(visit, slip) for slip in slips]
        errors.update({f"beleg{slip.row}": slip.code for slip in slips if slip.code})
        if errors or not slips or visit.field("aendern"):
            return await self._form(values, errors)
        total = sum(slip.amount_seconds for slip in slips if not slip.is_old)
        return Page(
            "office/slips_check.html", {"slips": slips, "total_seconds": total, "values": values, "names": names}
        )

    async def book(self, visit: Visit) -> Page:
        """Book every slip, each by itself: what is refused is named and keeps no other from being booked."""
        names = await self._services.members.names()
        values = _values(visit)
        slips, errors = self._read(values, names)
        if errors:
            return await self._form(values, errors)
        booked = [await self._book(visit, slip) for slip in slips]
        done = sum(slip.amount_seconds for slip in booked if slip.code is None and not slip.is_old)
        return Page("office/slips_done.html", {"slips": booked, "total_seconds": done, "names": names})

    async def _looked_up(self, visit: Visit, slip: Slip) -> Slip:
        """The slip, and whether its number is booked already: for the same, or for something else."""
        number = await self._services.slips.payment_id(slip.number)
        try:
            made = await self._services.payments.get(number, visit.actor)
        except RingtauschError as error:
            if error.code != "not_found":
                raise
            return slip
        booked = (made.from_, made.to, made.amount_seconds, made.memo)
        is_same = booked == (slip.payer, slip.payee, slip.amount_seconds, slip.memo)
        return msgspec.structs.replace(slip, is_old=is_same, code=None if is_same else "slip")

    async def _book(self, visit: Visit, slip: Slip) -> Slip:
        try:
            slip = await self._looked_up(visit, slip)
            if slip.is_old or slip.code:
                return slip
            number = await self._services.slips.payment_id(slip.number)
            request = PayRequest(number, slip.payer, slip.payee, slip.amount_seconds, slip.memo)
            await self._services.payments.pay(request, visit.actor)
        except RingtauschError as error:
            return msgspec.structs.replace(slip, code="slip" if error.code == "id_reused" else error.code)
        return slip

    def _read(self, values: Mapping[str, str], names: Mapping[str, str]) -> tuple[list[Slip], dict[str, str]]:
        """The slips that were typed, and what is wrong with others: field -> code."""
        slips: list[Slip] = []
        errors: dict[str, str] = {}
        for row in range(1, SLIPS_MAX + 1):
            typed = {name: values[f"{name}{row}"] for name in _FIELDS}
            if not any(typed.values()):
                continue
            try:
                slip = self._slip(row, typed, names)
                if slip.number in {each.number for each in slips}:
                    raise LocalError("slip", "twice on one page")
                slips.append(slip)
            except RingtauschError as error:
                field = error.detail if error.detail in _FIELDS else _FIELD_OF.get(error.code, "beleg")
                errors[f"{field}{row}"] = "same_person" if error.code == "own_account" else error.code
        return slips, errors

    def _slip(self, row: int, typed: Mapping[str, str], names: Mapping[str, str]) -> Slip:
        """One slip. Raises LocalError; its detail may name the field."""
        number = typed["beleg"]
        verify_slip_number(number)
        payer, payee = (_known(typed[name], name, names) for name in ("nehmer", "geber"))
        if payer == payee:
            raise LocalError("own_account", "geber")
        amount_seconds = parse_amount(typed["betrag"], self._services.config.parsed_unit)
        memo = slip_memo(number, typed["wofuer"])
        check_request(PayRequest(None, payer, payee, amount_seconds, memo))
        return Slip(row=row, number=number, payer=payer, payee=payee, amount_seconds=amount_seconds, memo=memo)


def _known(text: str, field: str, names: Mapping[str, str]) -> str:
    """A handle of this ring, typed so or as a name that one alone has. Raises LocalError('unknown_member')."""
    try:
        handle = parse_handle(text)
    except LocalError:
        handle = ""
    if handle in names:
        return handle
    named = [each for each, name in names.items() if name.casefold() == text.casefold() and ":" not in each]
    if len(named) != 1:
        raise LocalError("unknown_member", field)
    return named[0]


def _values(visit: Visit) -> dict[str, str]:
    """What was typed, to be shown again."""
    return {
        f"{name}{row}": visit.field(f"{name}{row}")[:_SHOWN_LENGTH]
        for row in range(1, SLIPS_MAX + 1)
        for name in _FIELDS
    }
