# SPDX-License-Identifier: AGPL-3.0-or-later
"""How an operator sees a reset before anybody has signed it: the figures, and who would give up what."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

import msgspec

from ringtausch_node.amounts import clock
from ringtausch_node.federation.agreement import stopping
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.reset import records as kept
from ringtausch_node.federation.reset.dropping import closed_there_at
from ringtausch_node.federation.reset.last_word import why_not_anew
from ringtausch_node.federation.reset.reading import is_open, our_target, reset_in, was_paid, we_owe
from ringtausch_node.federation.reset.waiving import is_waiver, is_whole, kept_seconds
from ringtausch_node.ledger import service as ledger
from ringtausch_node.store import Tx
from ringtausch_protocol.documents import EpochReset
from ringtausch_protocol.errors import LocalError

#: Whose signature a proposed reset waits for, and who gives something up by it.
Signer: TypeAlias = Literal["us", "them"]


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal as an operator sees it. `difference_seconds`: what would be booked to reach it (> 0: we owe more).

    `waives`: who gives the difference up, `us` or `them`; None where there is none, or it may be somebody's lost hours.
    """

    we_owe_seconds: int
    difference_seconds: int
    waives: Signer | None
    go_on: int
    freed: int
    may_sign: bool


class ResetView(msgspec.Struct, frozen=True, kw_only=True):
    """How a line stands before a reset. clearing_seconds > 0: we owe them.

    `is_whole`: nothing is known to be lost, so another figure than this waives something. `kept_seconds`: what we owed
    and keep, as it was waived or written off earlier; below zero: what we lost. `may_propose`: False where there is
    nothing to agree on any more; `closed_there_at`: when a proposal of ours was dropped, for that ring is closed.
    """

    address: str
    state: str
    reason: str | None
    clearing_seconds: int
    kept_seconds: int
    is_whole: bool
    open_orders: int
    open_seconds: int
    may_propose: bool
    closed_there_at: int | None
    ours: Figures | None
    theirs: Figures | None


def view_of(tx: Tx, line: Line, ours: EpochReset | None, theirs: EpochReset | None, *, may_sign: bool) -> ResetView:
    """The figures of a line, and of what is proposed. `may_sign`: theirs, now."""
    own = [order for order in kept.load_open_out(tx, line.peer.id) if order.purpose != "probe"]
    return ResetView(
        address=line.peer.address, state=line.peer.state, reason=line.peer.reason,
        clearing_seconds=ledger.account(tx, line.peer.clearing_account).balance_seconds,
        kept_seconds=kept_seconds(tx, line), is_whole=is_whole(tx, line),
        open_orders=len(own), open_seconds=sum(order.amount_seconds for order in own),
        may_propose=not line.is_given_up and why_not_anew(tx, line) is None, closed_there_at=closed_there_at(tx, line),
        ours=_figures(tx, line, ours, may_sign=False) if ours else None,
        theirs=_figures(tx, line, theirs, may_sign=may_sign) if theirs else None,
    )  # fmt: skip


def both_of(tx: Tx, line: Line) -> tuple[EpochReset | None, EpochReset | None]:
    """What we propose, and what they do."""
    ours, theirs, _ = kept.load_proposals(tx, line.peer.id)
    return reset_in(ours) if ours else None, reset_in(theirs) if theirs else None


def waived_by(tx: Tx, line: Line, document: EpochReset) -> int:
    """What this ring gives up by a proposal, in seconds; 0 too where the office must look whose hours they are."""
    figures = _figures(tx, line, document, may_sign=False)
    return figures.difference_seconds if figures.waives == "us" else 0


def verify_waived(tx: Tx, line: Line, document: EpochReset, said_seconds: int | None) -> None:
    """Whoever signs has said what this ring gives up by it; None: nobody asked him.

    Raises LocalError: not_waived with the amount that it is, as time; nothing_waived.
    """
    waived = waived_by(tx, line, document)
    if said_seconds is not None and said_seconds > waived == 0:
        raise LocalError("nothing_waived", clock(said_seconds))
    if said_seconds not in (None, waived):
        raise LocalError("not_waived", clock(waived))


def waiting(tx: Tx, lines: Iterable[Line]) -> dict[str, Signer]:
    """By address: who must sign next, where a reset is proposed; nobody here once the closing certificate is signed."""
    found: dict[str, Signer] = {}
    if stopping.is_closed(tx):
        return found
    for line in lines:
        ours, theirs = both_of(tx, line)
        if theirs is not None and is_open(line, theirs, ours):
            found[line.peer.address] = "us"
        elif ours is not None:
            found[line.peer.address] = "them"
    return found


def _figures(tx: Tx, line: Line, document: EpochReset, *, may_sign: bool) -> Figures:
    named = {hold.order_hash for hold in document.holds}
    own = [order for order in kept.load_open_out(tx, line.peer.id) if order.purpose != "probe"]
    paid = sum(hold.amount_seconds for hold in document.holds if was_paid(tx, line, hold))
    clearing = ledger.account(tx, line.peer.clearing_account).balance_seconds
    difference = our_target(line, document, paid) - clearing
    return Figures(
        we_owe_seconds=we_owe(line, document), difference_seconds=difference,
        waives=_who_waives(difference) if is_waiver(tx, line, document) else None,
        go_on=len(named), freed=sum(order.order_hash not in named for order in own), may_sign=may_sign,
    )  # fmt: skip


def _who_waives(difference_seconds: int) -> Signer | None:
    """Whose loss it is where our account moves so, above zero towards them."""
    if difference_seconds == 0:
        return None
    return "us" if difference_seconds > 0 else "them"
