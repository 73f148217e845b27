# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring's keys change with its boot: open orders end, both books stay mirrored, and old frames verify as before."""

from __future__ import annotations

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line import card_records
from ringtausch_node.folder import PURPOSES
from ringtausch_node.keyring.cards import CardFiles
from ringtausch_protocol import frames
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.items import Cancel, encode_item
from tests.federation.copies import ready, sound
from tests.federation.forger import Forger, code_of
from tests.federation.rotating import count_logged, forged, restart, root_signers, rotate, rotation_of
from tests.federation.towns import HOUR, Towns, balance, end_of, faults, line_of, pay, peer, row_of, talk


async def settled(ring: Ring, payee: str, payer: str = "alma", seconds: int = 60) -> None:
    """One payment that ends well."""
    assert (await end_of(ring, (await pay(ring, payer, payee, seconds)).payment_id)).state == "paid"


async def test_a_new_card_takes_effect_at_the_next_boot_and_not_before(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    await talk(oak, elm)
    old = oak.identity.own.hash
    issued = rotate(towns, "oak")
    await settled(oak, "ben@elm.example")
    assert (oak.identity.own.hash, line_of(elm, oak).card.hash) == (old, old)
    oak = await restart(towns, "oak")
    await oak.federation.start()
    await ready(oak, elm)
    assert (issued.hash, issued.hash) == (oak.identity.own.hash, line_of(elm, oak).card.hash)
    assert CardFiles(towns.root / "oak").pending() is None
    await settled(oak, "ben@elm.example")
    await settled(elm, "alma@oak.example", "ben")
    await sound(oak, elm)


async def test_an_order_held_across_the_change_is_settled_after_it(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await towns.network.fall_silent("elm")
    held = await pay(oak, "alma", "ben@elm.example", HOUR)
    assert held.state == "held"
    rotate(towns, "oak")
    oak = await restart(towns, "oak")
    await oak.federation.start()
    towns.network.heal()
    assert (await end_of(oak, held.payment_id)).state == "paid"
    assert (-HOUR, HOUR) == (await balance(oak, "alma"), await balance(elm, "ben"))
    await settled(elm, "alma@oak.example", "ben")
    await sound(oak, elm)


async def test_a6_a_frame_of_the_new_boot_under_the_card_before_it_is_refused(
    pair: tuple[Ring, Ring], towns: Towns
) -> None:
    """`open_frame`: keys change with the boot, so the frame key of before signs nothing more (SPEC.md 6.3)."""
    oak, elm = pair
    await talk(oak, elm)
    before = oak.identity
    rotate(towns, "oak")
    oak = await restart(towns, "oak")
    await oak.federation.start()
    await ready(oak, elm)
    await settled(oak, "ben@elm.example")
    await oak.federation.stop()
    await elm.federation.stop()
    thief, data = Forger(oak, elm), [encode_item(Cancel(order_hash="A" * 43))]
    frame = frames.seal_frame(await thief.header(data), data, before.frame_key_id, before.frame_signer)
    assert code_of(await thief.post(frame)) == (401, "unknown_key")


async def test_the_payee_changes_its_keys_before_it_answers(pair: tuple[Ring, Ring], towns: Towns) -> None:
    """The box of the order was sealed to the old key; the frame waits in the table and arrives under the new card."""
    oak, elm = pair
    await talk(oak, elm)
    await towns.close("elm")
    rotation_of(towns.root / "elm").rotate()
    line_of(oak, elm).is_away = False
    held = await pay(oak, "alma", "ben@elm.example", HOUR)
    assert held.state == "held"
    elm = await towns.open("elm")
    await elm.federation.start()
    assert (await end_of(oak, held.payment_id)).state == "paid"
    assert HOUR == await balance(elm, "ben")
    await sound(oak, elm)


async def test_both_change_again_and_again(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    await talk(oak, elm)
    for purposes in (PURPOSES, ("frame",), ("seal", "recovery")):
        rotate(towns, "oak", purposes=purposes)
        rotate(towns, "elm", purposes=purposes)
        oak, elm = await restart(towns, "oak"), await restart(towns, "elm")
        await talk(oak, elm)
        await settled(oak, "ben@elm.example")
        await settled(elm, "alma@oak.example", "ben")
    assert (4, 4) == (oak.identity.own.number, line_of(elm, oak).card.number)
    await sound(oak, elm)


async def test_a_peer_that_was_away_gets_every_card_it_missed(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    await talk(oak, elm)
    await towns.close("elm")
    for _ in range(3):
        rotate(towns, "oak")
        oak = await restart(towns, "oak")
    await oak.federation.start()
    elm = await towns.open("elm")
    await elm.federation.start()
    await ready(oak, elm)
    assert [1, 2, 3, 4] == [card.number for card in line_of(elm, oak).cards.values()]
    await settled(oak, "ben@elm.example")
    elm = await restart(towns, "elm")
    await elm.federation.start()
    await ready(oak, elm)
    await sound(oak, elm)


async def test_the_root_changes_to_the_one_committed_to(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    await talk(oak, elm)
    out = towns.root / "new-root.json"
    rotate(towns, "oak", root_out=out)
    oak = await restart(towns, "oak")
    await talk(oak, elm)
    await settled(oak, "ben@elm.example")
    with pytest.raises(LocalError, match="root_wrong"):
        rotate(towns, "oak")
    rotation_of(towns.root / "oak", out).rotate()
    oak = await restart(towns, "oak")
    await talk(oak, elm)
    await settled(oak, "ben@elm.example")
    await sound(oak, elm)


async def test_a_ring_whose_root_changed_finds_new_peers(oak: Ring, elm: Ring, towns: Towns) -> None:
    rotate(towns, "oak", root_out=towns.root / "new-root.json")
    oak = await restart(towns, "oak")
    await peer(oak, elm)
    ash = await towns.found("ash")
    await peer(ash, oak)
    await talk(oak, elm, ash)
    await settled(elm, "alma@oak.example", "ben")
    assert await faults(oak, elm, ash) == []


async def test_every_card_stands_in_both_logs_once(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    await talk(oak, elm)
    issued = rotate(towns, "oak")
    for _ in range(2):
        oak = await restart(towns, "oak")
        await talk(oak, elm)
    for ring in (oak, elm):
        assert 1 == await count_logged(ring, issued)
    assert (await row_of(oak, elm)).own_seq == (await row_of(elm, oak)).peer_seq


async def test_verify_notices_a_frame_under_another_card(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    await talk(oak, elm)
    rotate(towns, "oak")
    oak = await restart(towns, "oak")
    await talk(oak, elm)
    await settled(oak, "ben@elm.example")
    assert await faults(oak, elm) == []
    newest = oak.identity.own.hash
    sql = "UPDATE frame SET card = ? WHERE direction = 0 AND seq = 1"
    await oak.store.write(lambda tx: tx.execute(sql, (newest,)))
    assert ["unknown_key", "row"] == [found.code for found in await faults(oak) if found.table == "frame"]
    await oak.store.write(lambda tx: tx.execute(sql, ("A" * 43,)))
    assert ["card_unknown", "row"] == [found.code for found in await faults(oak) if found.table == "frame"]


async def test_a_card_that_was_proved_anew_stands_beside_the_ones_before(pair: tuple[Ring, Ring], towns: Towns) -> None:
    """After a lost folder a new first contact may pin a card that follows none of those known."""
    oak, elm = pair
    await talk(oak, elm)
    rotate(towns, "oak")
    oak = await restart(towns, "oak")
    await talk(oak, elm)
    first, second = line_of(elm, oak).cards.values()
    ring, pinned = oak.identity.ring_id, forged(first, root_signers(towns.root / "oak"), url="https://anew.example")
    found = await elm.store.read(lambda tx: card_records.load_chain(tx, ring, pinned))
    assert [first.hash, second.hash] == [card.hash for card in found][:2]
    assert (3, "https://anew.example") == (len(found), found[-1].card.url)
    sql = "UPDATE ring_card SET envelope = ? WHERE number = 2"
    await elm.store.write(lambda tx: tx.execute(sql, (first.envelope,)))
    assert ["card_old"] == [fault.code for fault in await faults(elm)]
