# SPDX-License-Identifier: AGPL-3.0-or-later
"""The operator's operations about a ring that stops, and about claims that change hands."""

from __future__ import annotations

from typing import Annotated

import msgspec

from ringtausch_node.control.operation import Arguments, Operation
from ringtausch_node.ring import Ring
from ringtausch_protocol.limits import AMOUNT_MAX

Amount = Annotated[int, msgspec.Meta(ge=1, le=AMOUNT_MAX)]


class Assign(Arguments, frozen=True, kw_only=True):
    """`wind_down.assign`: `debtor`, who owes us, owes so much to `creditor` instead, whom we owe."""

    creditor: str
    debtor: str
    amount_seconds: Amount


class Answer(Arguments, frozen=True, kw_only=True):
    """`assignment.answer`: yes or no to what `leaver` asked, about `other`, for so much."""

    leaver: str
    other: str
    amount_seconds: Amount
    agrees: bool


async def show(ring: Ring, _args: Arguments) -> object:
    """Each partner's claim."""
    return await ring.winding_down.view()


async def begin(ring: Ring, _args: Arguments) -> object:
    """End all lines."""
    return await ring.winding_down.begin()


async def close(ring: Ring, _args: Arguments) -> object:
    """Sign that all is over."""
    return await ring.winding_down.close()


async def assign(ring: Ring, args: Assign) -> object:
    """Let a debtor owe our creditor, if both have agreed; if not, they are asked."""
    return await ring.assigning.assign(args.creditor, args.debtor, args.amount_seconds)


async def list_asked(ring: Ring, _args: Arguments) -> object:
    """What other rings want to hand over to us, or away from us."""
    return {"asked": await ring.assigning.asked()}


async def answer(ring: Ring, args: Answer) -> object:
    """Agree, or decline."""
    return {"asked": await ring.assigning.answer(args.leaver, args.other, args.amount_seconds, agrees=args.agrees)}


WINDING_DOWN: dict[str, Operation] = {
    "wind_down": Operation(Arguments, show),
    "wind_down.begin": Operation(Arguments, begin),
    "wind_down.close": Operation(Arguments, close),
    "wind_down.assign": Operation(Assign, assign),
    "assignment.list": Operation(Arguments, list_asked),
    "assignment.answer": Operation(Answer, answer),
}
