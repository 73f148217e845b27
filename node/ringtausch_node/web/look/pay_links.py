# SPDX-License-Identifier: AGPL-3.0-or-later
"""Links that fill the form to pay: to whom, how much, what for. Opening one pays nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from unicodedata import normalize
from urllib.parse import quote, urlencode

from ringtausch_node.amounts import clock
from ringtausch_node.errors import LocalError
from ringtausch_protocol.canonical import has_controls
from ringtausch_protocol.limits import MEMO_LENGTH
from ringtausch_protocol.units import Unit, parse_amount

#: What a camera still reads from a printed sign: the drawing has more and finer dots with every letter.
SIGN_LENGTH = 60


class Wish(NamedTuple):
    """What a link asks for beside the payee: seconds, or None where the payer says how much; a few words, or none."""

    amount_seconds: int | None = None
    memo: str = ""


#: Whom to pay, and nothing else.
PLAIN = Wish()


def read_link(query: Mapping[str, str], unit: Unit) -> Wish:
    """What somebody's link says, written in `unit`. Whatever nobody could pay with is left out: the payer types it."""
    try:
        amount = parse_amount(query.get("betrag", "").strip(), unit)
    except LocalError:
        amount = None
    memo = normalize("NFC", query.get("wofuer", "").strip())
    return Wish(amount, "" if has_controls(memo) or len(memo) > MEMO_LENGTH else memo)


def read_sign(betrag: str, wofuer: str, unit: Unit) -> Wish:
    """What a payee wants on a sign, as typed. Raises LocalError: amount, memo."""
    memo = normalize("NFC", wofuer)
    if len(memo) > SIGN_LENGTH or has_controls(memo):
        raise LocalError("memo", "too long for a sign, or with control characters")
    return Wish(parse_amount(betrag, unit) if betrag else None, memo)


def link_of(public_url: str, handle: str, wish: Wish) -> str:
    """The address behind a member's QR code; the amount as time, since each ring writes it in a unit of its own."""
    query = query_of({"betrag": "" if wish.amount_seconds is None else clock(wish.amount_seconds), "wofuer": wish.memo})
    return f"{public_url.rstrip('/')}/z/{quote(handle)}{'?' if query else ''}{query}"


def query_of(fields: Mapping[str, str]) -> str:
    """The part of an address behind the question mark, without what is empty."""
    return urlencode({name: text for name, text in fields.items() if text})
