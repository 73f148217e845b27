# SPDX-License-Identifier: AGPL-3.0-or-later
"""What everybody owes and has: orders round a circle move no ring's position, touch no member and leave nothing."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from ringtausch_node.bootstrap import Ring
from ringtausch_node.store import Tx
from tests.simulation.world import World

_MEMBERS = "SELECT key, balance_seconds, held_seconds FROM account WHERE kind = 'member'"
#: What such an order must never leave: something on the ring's own account for it, or a booking with a member's.
_LEFT = (
    "SELECT (SELECT count(*) FROM account WHERE kind = 'netting' AND balance_seconds <> 0),"
    " (SELECT count(*) FROM transfer t JOIN account a ON a.id IN (t.debit_account, t.credit_account)"
    " WHERE t.kind IN ('netting', 'assignment') AND a.kind = 'member')"
)


class Books(NamedTuple):
    """What everybody owes whom, by (ring, ring), and what members have, by ring."""

    owed: dict[tuple[str, str], int]
    members: dict[str, list[tuple[str, int, int]]]


async def read_books(world: World) -> Books:
    """As they are, with nothing under way."""
    owed, members = {}, {}
    for name in world.nodes:
        for peer in await world.insist(name, lambda ring: ring.federation.peers()):
            owed[name, peer.address.partition(".")[0]] = peer.clearing_seconds
        members[name], left = await world.insist(name, lambda ring: ring.store.read(_members_and_left))
        assert left == (0, 0), f"{name}: orders round a circle left {left}, seed {world.seed}"
    return Books(owed, members)


def check_unmoved(world: World, before: Books, after: Books, what: str) -> None:
    """No member and no position. `what` has happened between."""
    assert before.members == after.members, f"{what} touched members, seed {world.seed}"
    for name in world.nodes:
        was, now = (sum(each for pair, each in books.owed.items() if pair[0] == name) for books in (before, after))
        assert was == now, f"{what} moved {name} from {was} to {now}, seed {world.seed}"


async def widen(world: World, name: str, other: str) -> None:
    """Back to what both rings have signed."""
    await world.insist(name, partial(_widen, f"{other}.example"))


async def _widen(address: str, ring: Ring) -> None:
    await ring.federation.limit(address, ring.federation.lines.agreed(address).terms.limit_in_seconds)


def _members_and_left(tx: Tx) -> tuple[list[tuple[str, int, int]], tuple[int, int]]:
    touched = tx.one(_LEFT)
    return [(str(key), int(has), int(held)) for key, has, held in tx.execute(_MEMBERS)], (touched[0], touched[1])
