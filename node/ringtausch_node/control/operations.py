# SPDX-License-Identifier: AGPL-3.0-or-later
"""The operator's operations: one table from a name to a function, for the control socket and the offline command line.

Arguments arrive as JSON, are read into a bounded struct, and the result is plain data again; so a command does exactly
the same whether a node runs or not.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from ringtausch_node.control.carrying import CARRYING
from ringtausch_node.control.evidence import EVIDENCE
from ringtausch_node.control.invoices import INVOICES, WAIT_MAX_SECONDS
from ringtausch_node.control.keys import KEYS
from ringtausch_node.control.membership import MEMBERSHIP
from ringtausch_node.control.netting import NETTING
from ringtausch_node.control.operation import Arguments, Operation
from ringtausch_node.control.recovering import RECOVERING
from ringtausch_node.control.report import state, verify
from ringtausch_node.control.resetting import RESETTING
from ringtausch_node.control.signed_log import SIGNED_LOG
from ringtausch_node.control.statements import STATEMENTS
from ringtausch_node.control.timekeeping import TIMEKEEPING
from ringtausch_node.control.winding_down import WINDING_DOWN
from ringtausch_node.control.witnessing import WITNESSING
from ringtausch_node.errors import LocalError
from ringtausch_node.members import OPERATOR
from ringtausch_node.payments.doubts import Bearer
from ringtausch_node.payments.model import PayRequest
from ringtausch_node.ring import Ring

#: A member list of 4 MiB, as base64, with room.
ARGUMENT_BYTES = 8 * 1024 * 1024


class Invite(Arguments, frozen=True, kw_only=True):
    """`peer.invite`; in: the most they may owe us, out: the most we may owe them."""

    limit_in_seconds: Annotated[int, msgspec.Meta(ge=0)] | None = None
    limit_out_seconds: Annotated[int, msgspec.Meta(ge=0)] | None = None


class AcceptInvitation(Arguments, frozen=True, kw_only=True):
    """`peer.accept`: the bytes of the invitation file."""

    invitation: bytes


class ConfirmPeer(Arguments, frozen=True, kw_only=True):
    """`peer.confirm`: the words heard on the phone."""

    address: str
    words: list[str]


class PeerByAddress(Arguments, frozen=True, kw_only=True):
    """`peer.agree`, `peer.pause`, `peer.resume`: one peer by its address."""

    address: str


class NamePeer(Arguments, frozen=True, kw_only=True):
    """`peer.name`: what another ring is called here; empty for its address."""

    address: str
    name: str


class YearOf(Arguments, frozen=True, kw_only=True):
    """`figures`: which year; absent for the last that is over."""

    year: int | None = None


class LimitPeer(Arguments, frozen=True, kw_only=True):
    """`peer.limit`: the most they may owe us, in whole seconds."""

    address: str
    limit_in_seconds: Annotated[int, msgspec.Meta(ge=0)]


class Pay(Arguments, frozen=True, kw_only=True):
    """`pay`; the amount in whole seconds."""

    from_: str = msgspec.field(name="from")
    to: str
    amount_seconds: int
    memo: str = ""
    payment_id: str | None = None
    wait_seconds: Annotated[float, msgspec.Meta(ge=0, le=WAIT_MAX_SECONDS)] = 0.0


class Refund(Arguments, frozen=True, kw_only=True):
    """`refund`: which received payment, and how much of it; without an amount all of it."""

    payment_id: str
    amount_seconds: int | None = None
    new_id: str | None = None
    wait_seconds: Annotated[float, msgspec.Meta(ge=0, le=WAIT_MAX_SECONDS)] = 0.0


class SettleDoubt(Arguments, frozen=True, kw_only=True):
    """`doubt.settle`: who pays for a payment that was paid after all."""

    payment_id: str
    by: Bearer


class PaymentById(Arguments, frozen=True, kw_only=True):
    """`payment`, `payment.cancel` and `payment.receipt`."""

    payment_id: str


async def invite_peer(ring: Ring, args: Invite) -> object:
    """An invitation file for another ring."""
    lines = ring.config.lines
    limit_in = lines.limit_in_seconds if args.limit_in_seconds is None else args.limit_in_seconds
    limit_out = lines.limit_out_seconds if args.limit_out_seconds is None else args.limit_out_seconds
    return {"invitation": await ring.federation.invite(limit_in, limit_out)}


async def accept_invitation(ring: Ring, args: AcceptInvitation) -> object:
    """Accept another ring's invitation; the words are for the phone. `state`: an accepted one may be open already."""
    accepted = msgspec.to_builtins(await ring.federation.accept(args.invitation))
    states = {view.address: view.state for view in await ring.federation.peers()}
    return {**accepted, "state": states[accepted["peer"]]}


async def confirm_peer(ring: Ring, args: ConfirmPeer) -> object:
    """The words agree: the line may be used."""
    return await ring.federation.confirm(args.address, args.words)


async def list_peers(ring: Ring, _args: Arguments) -> object:
    """All peers; for those not confirmed yet the words that both operators should read."""
    peers: list[dict[str, Any]] = msgspec.to_builtins(await ring.federation.peers())
    for peer in peers:
        if peer["state"] == "agreed":
            peer["words"] = await ring.federation.words(peer["address"])
    return {"peers": peers}


async def limit_peer(ring: Ring, args: LimitPeer) -> object:
    """Set the most that another ring may owe us; above what both signed it is a proposal."""
    return await ring.federation.limit(args.address, args.limit_in_seconds)


async def agree_with_peer(ring: Ring, args: PeerByAddress) -> object:
    """Sign what another ring proposed."""
    return await ring.federation.agree(args.address)


async def name_peer(ring: Ring, args: NamePeer) -> object:
    """What people here read instead of another ring's address."""
    return await ring.towns.call(args.address, args.name, OPERATOR)


async def propose_limits(ring: Ring, args: PeerByAddress) -> object:
    """How much two rings might let each other owe. Sets nothing."""
    return await ring.proposals.propose(args.address)


async def show_figures(ring: Ring, args: YearOf) -> object:
    """The signed figures of a year."""
    return await ring.yearly.figures(args.year)


async def pause_peer(ring: Ring, args: PeerByAddress) -> object:
    """Let nothing new come over the line for a while."""
    return await ring.federation.set_line(args.address, "paused")


async def resume_peer(ring: Ring, args: PeerByAddress) -> object:
    """End our own pause, or what a wrong card of theirs has stopped."""
    return await ring.federation.set_line(args.address, "open")


async def pay(ring: Ring, args: Pay) -> object:
    """Pay, and if asked wait until it has ended."""
    request = PayRequest(
        payment_id=args.payment_id, from_=args.from_, to=args.to, amount_seconds=args.amount_seconds, memo=args.memo
    )
    view = await ring.payments.pay(request, OPERATOR)
    if args.wait_seconds > 0 and view.state in ("queued", "held"):
        return await ring.payments.wait(view.payment_id, args.wait_seconds, OPERATOR)
    return view


async def payment(ring: Ring, args: PaymentById) -> object:
    """How a payment stands."""
    return await ring.payments.get(args.payment_id, OPERATOR)


async def receipt(ring: Ring, args: PaymentById) -> object:
    """What proves a payment to strangers."""
    return await ring.receipts.receipt(args.payment_id, OPERATOR)


async def cancel_payment(ring: Ring, args: PaymentById) -> object:
    """Cancel a payment while it is undecided."""
    return await ring.payments.cancel(args.payment_id, OPERATOR)


async def show_state(ring: Ring, _args: Arguments) -> object:
    """How the ring stands."""
    return await state(ring)


async def show_verify(ring: Ring, _args: Arguments) -> object:
    """What is wrong in the books, the log or the lines; nothing, one hopes."""
    return await verify(ring)


async def refund(ring: Ring, args: Refund) -> object:
    """Give a received payment back."""
    view = await ring.refunds.refund(args.payment_id, OPERATOR, args.amount_seconds, args.new_id)
    if args.wait_seconds > 0 and view.state in ("queued", "held"):
        return await ring.payments.wait(view.payment_id, args.wait_seconds, OPERATOR)
    return view


async def list_doubts(ring: Ring, _args: Arguments) -> object:
    """Payments that the ring bears because nobody decided them in time."""
    return {"doubts": await ring.doubts.list()}


async def settle_doubt(ring: Ring, args: SettleDoubt) -> object:
    """Book a payment that was paid after all to the member or to the community."""
    await ring.doubts.settle(args.payment_id, args.by)
    return {"payment_id": args.payment_id, "by": args.by}


OPERATIONS: dict[str, Operation] = {
    "state": Operation(Arguments, show_state),
    "verify": Operation(Arguments, show_verify),
    **MEMBERSHIP,
    **NETTING,
    **CARRYING,
    **EVIDENCE,
    **RECOVERING,
    **INVOICES,
    **KEYS,
    **RESETTING,
    **STATEMENTS,
    **TIMEKEEPING,
    **SIGNED_LOG,
    **WITNESSING,
    **WINDING_DOWN,
    "peer.invite": Operation(Invite, invite_peer),
    "peer.accept": Operation(AcceptInvitation, accept_invitation),
    "peer.confirm": Operation(ConfirmPeer, confirm_peer),
    "peer.list": Operation(Arguments, list_peers),
    "peer.limit": Operation(LimitPeer, limit_peer),
    "peer.agree": Operation(PeerByAddress, agree_with_peer),
    "figures": Operation(YearOf, show_figures),
    "peer.name": Operation(NamePeer, name_peer),
    "peer.propose": Operation(PeerByAddress, propose_limits),
    "peer.pause": Operation(PeerByAddress, pause_peer),
    "peer.resume": Operation(PeerByAddress, resume_peer),
    "pay": Operation(Pay, pay),
    "payment": Operation(PaymentById, payment),
    "payment.receipt": Operation(PaymentById, receipt),
    "payment.cancel": Operation(PaymentById, cancel_payment),
    "refund": Operation(Refund, refund),
    "doubt.list": Operation(Arguments, list_doubts),
    "doubt.settle": Operation(SettleDoubt, settle_doubt),
}


async def carry_out(ring: Ring, name: str, data: bytes) -> Any:
    """Carry out one operation with its arguments as JSON. -> plain data.

    Raises LocalError('usage') for an unknown operation or arguments that cannot be read, and what the operation raises.
    """
    args = read_arguments(name, data)
    result = await OPERATIONS[name].run(ring, args)
    return msgspec.json.decode(msgspec.json.encode(result))  # a document is carried as it was signed (msgspec.Raw)


def read_arguments(name: str, data: bytes) -> Any:
    """The arguments of an operation. Raises LocalError('usage') for an unknown operation, or another form."""
    operation = OPERATIONS.get(name)
    if operation is None:
        raise LocalError("usage", "no such operation")
    try:
        return msgspec.json.decode(data, type=operation.arguments)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise LocalError("usage", f"arguments of {name}") from None
