# SPDX-License-Identifier: Apache-2.0
"""Who bears what: orders that were written off, and hours that were waived as a line began anew (SPEC.md 5.4, 7.6)."""

from __future__ import annotations

from collections.abc import Collection

from ringtausch_protocol.audit.ledger.world import World


def tell_written_off(world: World) -> None:
    """Each order once, whoever's logs tell it, with what it costs.

    Named is who gave up his claim, not a ring whose claim behind was given up to it in the same way.
    """
    unsaid = dict(world.write_offs)
    for (order_hash, index), borne in world.borne.items():
        if (order_hash, index + 1) in world.borne:
            continue
        told: dict[str, str | int] = {"amount_seconds": borne.amount_seconds, "cause": borne.cause}
        place = unsaid.pop((borne.place.ring, order_hash), None)
        if place is not None:
            told["dead_peer"] = place.peer
        world.findings.add("written_off", place or borne.place, **told)
    for place in unsaid.values():
        world.findings.add("written_off", place, dead_peer=place.peer)


def tell_waived(world: World, whole: Collection[str]) -> None:
    """Who comes to owe more, or to be owed less, by a balance that both signed. `whole`: whose logs were all read.

    His own log says how much; where it does not, that of the other ring.
    """
    more = {key: each.more_seconds for key, each in world.agreed.items() if key[1] in whole}
    for (epoch, ring), seconds in more.items():
        place = world.agreed[epoch, ring].place
        if seconds is not None and seconds > 0:
            world.findings.add("waived", place, amount_seconds=seconds)
        elif seconds is not None and seconds < 0 and more.get((epoch, place.peer)) is None:
            world.findings.add("waived", place.but(ring=place.peer, peer=ring), amount_seconds=-seconds)
