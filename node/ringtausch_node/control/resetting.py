# SPDX-License-Identifier: AGPL-3.0-or-later
"""The operator's operations about a line that begins anew, or is over for good."""

from __future__ import annotations

from msgspec import structs

from ringtausch_node.control.operation import Arguments, Operation
from ringtausch_node.ring import Ring


class ResetLine(Arguments, frozen=True, kw_only=True):
    """`peer.reset`: the figures of one peer, by its address."""

    address: str


class SignReset(Arguments, frozen=True, kw_only=True):
    """`peer.reset_sign`; `waived_seconds`: what we give up by it, as the operator says."""

    address: str
    waived_seconds: int = 0


class ProposeReset(Arguments, frozen=True, kw_only=True):
    """`peer.reset_propose`; without a figure the balance is our book's. Above zero: we owe them. See `SignReset`."""

    address: str
    we_owe_seconds: int | None = None
    waived_seconds: int = 0


class GiveUp(Arguments, frozen=True, kw_only=True):
    """`peer.give_up`: a peer by its address, and others that are gone too; `although_seen`: not long ago."""

    address: str
    others: tuple[str, ...] = ()
    although_seen: bool = False


class WriteOff(Arguments, frozen=True, kw_only=True):
    """`peer.write_off`: an old line, and the member with whom it was settled (absent: the community)."""

    address: str
    handle: str | None = None


class ShowDecision(Arguments, frozen=True, kw_only=True):
    """`peer.receipt`: a decision as a signed item, out of the receipt of whoever was paid."""

    item: str


async def take_receipt(ring: Ring, args: ShowDecision) -> object:
    """A decision that came by another way than its line: kept, and counted if the ring between is given up."""
    return await ring.federation.giving_up.shown.take(args.item.encode())


async def give_up(ring: Ring, args: GiveUp) -> object:
    """A ring that is no more, or several: free its address and the payments that wait for it. -> the first one."""
    if not args.although_seen:
        await ring.federation.giving_up.verify_gone(args.address, *args.others)
    first, *others = await ring.federation.giving_up.give_up(args.address, *args.others)
    return structs.replace(first, others=others)


async def write_off(ring: Ring, args: WriteOff) -> object:
    """What an old line still owes or is owed."""
    return await ring.federation.giving_up.write_off(args.address, args.handle)


async def show_reset(ring: Ring, args: ResetLine) -> object:
    """The figures of a line, and what is proposed."""
    return await ring.federation.resets.view(args.address)


async def propose_reset(ring: Ring, args: ProposeReset) -> object:
    """Propose a new beginning."""
    return await ring.federation.resets.propose(args.address, args.we_owe_seconds, waived_seconds=args.waived_seconds)


async def sign_reset(ring: Ring, args: SignReset) -> object:
    """Sign the other ring's proposal."""
    return await ring.federation.resets.sign(args.address, waived_seconds=args.waived_seconds)


RESETTING: dict[str, Operation] = {
    "peer.give_up": Operation(GiveUp, give_up),
    "peer.receipt": Operation(ShowDecision, take_receipt),
    "peer.write_off": Operation(WriteOff, write_off),
    "peer.reset": Operation(ResetLine, show_reset),
    "peer.reset_propose": Operation(ProposeReset, propose_reset),
    "peer.reset_sign": Operation(SignReset, sign_reset),
}
