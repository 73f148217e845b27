# SPDX-License-Identifier: AGPL-3.0-or-later
"""The operator's operations about what two rings sign together: statements, and the end of a line."""

from __future__ import annotations

from typing import Any

import msgspec

from ringtausch_node.control.operation import Arguments, Operation
from ringtausch_node.federation.line.views import PeerView
from ringtausch_node.ring import Ring


class PeerOfStatements(Arguments, frozen=True, kw_only=True):
    """`peer.statements`, `peer.end`: one peer by its address."""

    address: str


async def list_statements(ring: Ring, args: PeerOfStatements) -> object:
    """What both rings have said of a line, newest first."""
    return {"address": args.address, "statements": await ring.federation.statements(args.address)}


async def end_peer(ring: Ring, args: PeerOfStatements) -> object:
    """End the line: from now on debts are only paid back. Said again: how far that is, and over whom it could go."""
    view = await ring.federation.view(args.address)
    if (view.state, view.reason) != ("ended", "ended_by_us"):
        view = await ring.federation.set_line(args.address, "ended")
    result: dict[str, Any] = msgspec.to_builtins(view)
    others = [each for each in await ring.federation.peers() if each.address != view.address]
    return {**result, "hand_over": [each.address for each in others if _has_room(each, view.clearing_seconds)]}


def _has_room(other: PeerView, left_seconds: int) -> bool:
    """Whether what is left between two rings fits on our line to a third, who would take it over."""
    owed = other.clearing_seconds
    if left_seconds > 0:
        return other.state == "open" and owed + other.held_out + left_seconds <= other.limit_out
    return other.state == "open" and left_seconds < 0 and -owed + other.held_in - left_seconds <= other.limit_in


STATEMENTS: dict[str, Operation] = {
    "peer.statements": Operation(PeerOfStatements, list_statements),
    "peer.end": Operation(PeerOfStatements, end_peer),
}
