# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring winds down: lines ended, claims home, taken over or closed, and a certificate at the end (SPEC.md 5.6)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.config import Mail
from ringtausch_node.federation.agreement import stopping
from ringtausch_node.federation.mail.records import load_in
from ringtausch_node.federation.winding_down import Taker
from ringtausch_node.payments.model import PaymentView
from ringtausch_node.post.records import load_due
from ringtausch_protocol.audit.auditing.result import Result
from ringtausch_protocol.errors import LocalError, RingtauschError
from ringtausch_protocol.letters import TOPICS, WindingDown
from tests.audit.exports import audited, codes, export
from tests.federation.towns import HOUR, Towns, balance, end_of, faults, line_of, pay, peer, talk, until, view_of

TOPIC = TOPICS[WindingDown]


async def _pay(payer: Ring, payee: Ring, seconds: int) -> PaymentView:
    view = await pay(payer, "office", f"office@{payee.config.address}", seconds)
    return await end_of(payer, view.payment_id)


async def _three(towns: Towns) -> list[Ring]:
    """Oak owes elm two hours, and ash owes oak one."""
    rings = [await towns.found(name) for name in ("oak", "elm", "ash")]
    oak, elm, ash = rings
    for ring in rings:
        await ring.members.add("office", "Office", role="office")
    for inviter, accepter in ((oak, elm), (elm, ash), (oak, ash)):
        await peer(inviter, accepter)
    await talk(*rings)
    for payer, payee, seconds in ((oak, elm, 2 * HOUR), (ash, oak, HOUR)):
        assert (await _pay(payer, payee, seconds)).state == "paid"
    return rings


async def _is_over(ring: Ring) -> bool:
    return (await ring.winding_down.view()).is_over


async def _hears_the_end(oak: Ring, other: Ring) -> bool:
    return (await view_of(other, oak)).state == "ended"


async def _audit(towns: Towns, rings: list[Ring]) -> Result:
    return audited(*[log for ring in rings for log in await export(ring, towns.root / ring.config.name)])


async def test_a_ring_winds_down_until_every_book_is_at_zero(towns: Towns) -> None:
    oak, elm, ash = rings = await _three(towns)
    begun = await oak.winding_down.begin()
    left = {claim.address: (claim.state, claim.we_owe_seconds) for claim in begun.claims}
    assert left == {"elm.example": ("ended", 2 * HOUR), "ash.example": ("ended", -HOUR)}
    with pytest.raises(LocalError, match="claims_left"):
        await oak.winding_down.close()
    for other in (elm, ash):
        await until(partial(_hears_the_end, oak, other))
    with pytest.raises(LocalError, match="winding_down"):
        await _pay(oak, elm, 60)
    with pytest.raises(LocalError, match="line_ended"):
        await _pay(elm, oak, 3 * HOUR)
    # Ash takes a claim of an hour over, since it owes oak that; the other hour is paid home.
    assert (await _pay(ash, elm, HOUR)).state == "paid"
    for payer, payee in ((elm, oak), (oak, ash), (elm, oak)):
        assert (await _pay(payer, payee, HOUR)).state == "paid"
    await until(partial(_is_over, oak))
    closed = await oak.winding_down.close()
    assert closed.document is not None
    assert [claim.we_owe_seconds for claim in closed.claims] == [0, 0]
    assert await balance(oak, "office") == 0
    assert await faults(*rings) == []
    result = await _audit(towns, rings)
    assert (codes(result), [each.code for each in result.findings if each.code == "closed"]) == ([], ["closed"])


async def test_a_line_at_zero_is_over_when_the_other_ring_has_signed_so(
    open_pair: tuple[Ring, Ring], towns: Towns
) -> None:
    oak, _ = open_pair
    await towns.network.fall_silent("elm")
    (claim,) = (await oak.winding_down.begin()).claims
    assert (claim.state, claim.we_owe_seconds, claim.under_way) == ("ended", 0, 0)
    with pytest.raises(LocalError, match="claims_left"):
        await oak.winding_down.close()
    towns.network.heal()
    await until(partial(_is_over, oak))
    assert (await oak.winding_down.close()).document is not None


async def test_who_stops_invites_nobody_and_a_line_that_nobody_confirmed_does_not_hold_it_up(towns: Towns) -> None:
    oak, elm, ash = [await towns.found(name) for name in ("oak", "elm", "ash")]
    invitation, theirs = await oak.federation.invite(), await ash.federation.invite()
    words = (await elm.federation.accept(await oak.federation.invite())).words
    assert (await oak.winding_down.begin()).is_over
    refused: tuple[Callable[[], Awaitable[object]], ...] = (
        oak.federation.invite, partial(oak.federation.accept, theirs),
        partial(oak.federation.confirm, "elm.example", words), partial(ash.federation.accept, invitation),
    )  # fmt: skip
    for ask in refused:
        with pytest.raises(RingtauschError, match="winding_down"):
            await ask()
    closed = await oak.winding_down.close()
    assert closed.document is not None
    assert (closed.claims, (await oak.winding_down.close()).document) == ([], closed.document)
    await towns.close("oak")
    oak = await towns.open("oak")
    assert (await oak.winding_down.view()).document == closed.document
    assert codes(await _audit(towns, [oak])) == ["ring_not_seen"]


async def test_a_third_ring_that_stands_the_other_way_round_may_take_a_claim_over(towns: Towns) -> None:
    oak, *_ = await _three(towns)
    claims = {each.address: each.takers for each in (await oak.winding_down.view()).claims}
    assert claims == {
        "elm.example": [Taker(address="ash.example", amount_seconds=HOUR)],
        "ash.example": [Taker(address="elm.example", amount_seconds=HOUR)],
    }


async def test_two_operators_who_end_their_ring_at_once_both_do(open_pair: tuple[Ring, Ring]) -> None:
    oak, elm = open_pair
    begun = await asyncio.gather(oak.winding_down.begin(), oak.winding_down.begin())
    assert [[claim.state == "open" for claim in each.claims] for each in begun] == [[False], [False]]
    await until(partial(_is_over, oak))
    assert await faults(oak, elm) == []


async def test_what_cannot_go_home_is_put_to_zero_by_both_or_given_up(towns: Towns) -> None:
    oak, elm, _ = await _three(towns)
    await oak.winding_down.begin()
    await until(partial(_hears_the_end, oak, elm))
    await elm.federation.resets.propose("oak.example", 0)  # elm lets oak off
    await until(partial(_sees_it, oak))
    await oak.federation.resets.sign("elm.example")
    await towns.close("ash")
    (given_up,) = await oak.federation.giving_up.give_up("ash.example")
    with pytest.raises(LocalError, match="claims_left"):
        await oak.winding_down.close()
    await oak.federation.giving_up.write_off(given_up.address, None)
    await until(partial(_is_over, oak))
    closed = await oak.winding_down.close()
    assert closed.document is not None
    assert [("ash.example", -HOUR), ("elm.example", 2 * HOUR)] == sorted(
        (each.address.partition("~")[0], each.kept_seconds) for each in closed.claims
    )
    await until(partial(_is_even, elm, oak))
    assert await faults(oak, elm) == []
    result = await _audit(towns, [oak, elm])
    assert set(codes(result)) == {"loss", "ring_not_seen"}


async def _is_even(ring: Ring, other: Ring) -> bool:
    return (await view_of(ring, other)).clearing_seconds == 0


async def _sees_it(oak: Ring) -> bool:
    return (await oak.federation.resets.view("elm.example")).theirs is not None


async def test_every_partner_knows_that_the_ring_stops_though_it_was_away_or_the_line_had_ended(towns: Towns) -> None:
    oak, elm, ash = await _three(towns)
    await ash.federation.set_line("oak.example", "ended")
    await towns.network.fall_silent("elm")
    assert [None, None] == [(await view_of(other, oak)).stops_since for other in (elm, ash)]
    for _ in range(2):
        await oak.winding_down.begin()
    towns.network.heal()
    for other in (elm, ash):
        await until(partial(_knows, other, oak))
    assert [None, None] == [(await view_of(oak, other)).stops_since for other in (elm, ash)]
    known = (await view_of(elm, oak)).stops_since
    await towns.close("elm")
    assert (await view_of(await towns.open("elm"), oak)).stops_since == known
    assert await faults(oak, ash) == []


async def test_who_announced_its_end_before_it_could_tell_tells_after_its_next_start_and_once(
    towns: Towns, reached: Counter[str]
) -> None:
    oak, elm, ash = await _three(towns)
    await oak.store.write(lambda tx: stopping.announce(tx, towns.clock.now()))
    for other in (elm, ash):
        await oak.federation.set_line(other.config.address, "ended")
    await towns.network.fall_silent("elm")
    for _ in range(2):
        await towns.close("oak")
        oak = await towns.open("oak")
        await oak.talk()
        await until(partial(_knows, ash, oak))
    await oak.rounds.go()
    towns.network.heal()
    await until(partial(_knows, elm, oak))
    said = await oak.store.read(lambda tx: list(tx.execute("SELECT count(*) FROM mail_out WHERE topic = ?", (TOPIC,))))
    assert (said, reached["a ring tells its partners later that it winds down"]) == ([(2,)], 1)
    assert await faults(oak, elm, ash) == []


async def _knows(ring: Ring, other: Ring) -> bool:
    return (await view_of(ring, other)).stops_since is not None


async def test_an_older_ring_that_does_not_know_the_word_hears_the_end_all_the_same(
    open_pair: tuple[Ring, Ring], monkeypatch: pytest.MonkeyPatch
) -> None:
    oak, elm = open_pair
    monkeypatch.delitem(elm.federation.mail._readers, "winding_down")
    await oak.winding_down.begin()
    await until(partial(_hears_the_end, oak, elm))
    await until(partial(_is_over, oak))
    assert (await view_of(elm, oak)).stops_since is None
    assert await faults(oak, elm) == []


async def test_the_operators_of_a_partner_get_one_mail_with_the_claim(towns: Towns) -> None:
    server = Mail(host="127.0.0.1", port=9, encryption="none", sender="ring@elm.example")
    oak, elm = await towns.found("oak"), await towns.found("elm", mail=server)
    for handle, role in (("olga", "operator"), ("office", "office")):
        for ring in (oak, elm):
            await ring.members.add(handle, handle.title(), role=role)
        await elm.entrance.set_email(handle, f"{handle}@post.example")
    await peer(oak, elm)
    await talk(oak, elm)
    assert (await _pay(oak, elm, 2 * HOUR)).state == "paid"
    for _ in range(2):
        await oak.winding_down.begin()
    await until(partial(_hears_the_end, oak, elm))
    again = bytes(15) + b"1"
    await oak.store.write(lambda tx: oak.federation.mail.send(tx, line_of(oak, elm), TOPIC, again, WindingDown()))
    await until(partial(_has_come, elm, line_of(elm, oak).peer.id, again))
    [letter] = await elm.store.read(lambda tx: [each for each in load_due(tx, 2**40, 50) if "löst" in each.subject])
    assert (letter.recipient, letter.subject) == ("olga@post.example", "oak.example löst sich auf")
    assert "Offen ist: Dort hat man uns 2 Stunden (2 Std.) zu geben." in letter.body
    assert "/betrieb/ring/oak.example" in letter.body


async def _has_come(ring: Ring, peer_id: int, mail_id: bytes) -> bool:
    return await ring.store.read(lambda tx: load_in(tx, peer_id, TOPIC, mail_id)) is not None
