# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring shows two cards of one number to two neighbours: it is named, and nobody who believed one of them."""

from __future__ import annotations

import shutil
from functools import partial
from itertools import permutations

from ringtausch_node.bootstrap import Ring
from tests.audit.exports import audited, export
from tests.federation.rotating import rotate, rotation_of
from tests.federation.towns import Towns, end_of, line_of, pay, peer, talk, until


async def test_who_believed_one_of_two_cards_is_accused_of_nothing(towns: Towns) -> None:
    ash, elm, fir = [await towns.found(name) for name in ("ash", "elm", "fir")]
    for ring in (ash, elm, fir):
        await ring.members.add("alma", "Alma")
    await peer(ash, elm)
    await peer(ash, fir)
    await talk(ash, elm, fir)
    await towns.close("ash")
    shutil.copytree(towns.root / "ash", towns.root / "copy")
    rotate(towns, "ash")
    rotation_of(towns.root / "copy").rotate()
    await _pays(towns, elm, fir)
    await towns.close("ash")
    shutil.rmtree(towns.root / "ash")
    (towns.root / "copy").rename(towns.root / "ash")
    await _pays(towns, fir, elm)

    logs = {name: await export(ring, towns.root / name) for name, ring in towns.network.rings.items()}
    liar = towns.network.rings["ash"].identity.ring_id
    for given in (*permutations(("elm", "fir")), *permutations(("ash", "elm", "fir"))):
        found = [each for each in audited(*(log for name in given for log in logs[name])).findings if each.level == 2]
        assert {liar} == {each.place.ring for each in found}, given
        assert ("code", "two_cards") in {part for each in found for part in each.evidence}, given


async def _pays(towns: Towns, payee: Ring, away: Ring) -> None:
    """Ash under its second card pays one of them, while the other one hears nothing."""
    towns.network.apart = {frozenset({"ash", away.config.name})}
    ash = await towns.open("ash")
    await ash.federation.start()
    await until(partial(_knows_second, payee, ash))
    assert "paid" == (await end_of(ash, (await pay(ash, "alma", f"alma@{payee.config.address}", 60)).payment_id)).state


async def _knows_second(ring: Ring, other: Ring) -> bool:
    return line_of(ring, other).card.number == 2
