# SPDX-License-Identifier: AGPL-3.0-or-later
"""The operator's operations about payments of others that pass through this ring."""

from __future__ import annotations

from ringtausch_node.control.operation import Arguments, Operation
from ringtausch_node.federation.carrying import SHOWN_MAX
from ringtausch_node.ring import Ring


class CarryFor(Arguments, frozen=True, kw_only=True):
    """`peer.transit`: whether payments of others are carried from and to one peer."""

    address: str
    carries: bool


class Carried(Arguments, frozen=True, kw_only=True):
    """`transit.list`. `before`: `next` of a page."""

    before: str | None = None


async def carry_for(ring: Ring, args: CarryFor) -> object:
    """Carry for a peer, or stop; what is under way still ends."""
    carries = await ring.federation.carrying.set(args.address, carries=args.carries)
    return {"address": args.address, "carries": carries}


async def list_carried(ring: Ring, args: Carried) -> object:
    """For whom we carry, and a page of what passes and passed through here: what is under way first."""
    carrying = ring.federation.carrying
    page = await carrying.page(args.before, SHOWN_MAX)
    return {"peers": await carrying.peers(), "payments": page.payments, "next": page.next}


CARRYING: dict[str, Operation] = {
    "peer.transit": Operation(CarryFor, carry_for),
    "transit.list": Operation(Carried, list_carried),
}
