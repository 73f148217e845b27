# SPDX-License-Identifier: AGPL-3.0-or-later
"""How a line begins: invitation, words, probe; and every way in which it must not begin."""

from __future__ import annotations

import shutil
from functools import partial

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.agreement import peering
from ringtausch_node.federation.line import card_records
from ringtausch_protocol import canonical
from ringtausch_protocol.conformance.ring import KitRing
from ringtausch_protocol.errors import LocalError, RemoteError
from tests.federation.rotating import count_logged, forged, restart, root_signers, rotate
from tests.federation.towns import Towns, faults, line_of, peer, talk, view_of
from tests.vectors import payloads

DAY = 86_400


async def test_both_sides_see_the_same_twelve_words(oak: Ring, elm: Ring) -> None:
    accepted = await elm.federation.accept(await oak.federation.invite())
    assert accepted.words == await oak.federation.words("elm.example")
    assert len(accepted.words) == 12


async def test_nothing_is_said_on_a_line_before_both_confirmed(oak: Ring, elm: Ring) -> None:
    accepted = await elm.federation.accept(await oak.federation.invite())
    await elm.federation.confirm("oak.example", accepted.words)
    assert (await view_of(oak, elm)).state == "agreed"
    with pytest.raises(LocalError, match="paused"):
        oak.federation.outgoing.line_to("elm.example")


async def test_wrong_words_confirm_nothing(oak: Ring, elm: Ring) -> None:
    accepted = await elm.federation.accept(await oak.federation.invite())
    wrong = [*accepted.words[:-1], "Falsch"]
    with pytest.raises(LocalError, match="wrong_words"):
        await oak.federation.confirm("elm.example", wrong)
    assert (await view_of(oak, elm)).state == "agreed"


async def test_words_are_not_guessed(oak: Ring, elm: Ring, towns: Towns) -> None:
    accepted = await elm.federation.accept(await oak.federation.invite())
    for _ in range(5):
        with pytest.raises(LocalError, match="wrong_words"):
            await oak.federation.confirm("elm.example", ["Falsch"] * 12)
    with pytest.raises(RemoteError, match="too_many_requests"):
        await oak.federation.confirm("elm.example", accepted.words)
    towns.clock.waited_seconds = 30.0
    assert "confirmed" == (await oak.federation.confirm("elm.example", accepted.words)).state


async def test_words_may_be_written_in_small_letters(oak: Ring, elm: Ring) -> None:
    accepted = await elm.federation.accept(await oak.federation.invite())
    view = await oak.federation.confirm("elm.example", [word.lower() for word in accepted.words])
    assert view.state == "confirmed"


async def test_limits_are_the_inviters_in_and_out(oak: Ring, elm: Ring) -> None:
    await peer(oak, elm, limit_in=7200, limit_out=3600)
    here, there = await view_of(oak, elm), await view_of(elm, oak)
    assert (here.limit_in, here.limit_out) == (7200, 3600)
    assert (there.limit_in, there.limit_out) == (3600, 7200)


async def test_a_line_opens_when_both_probes_are_paid(pair: tuple[Ring, Ring]) -> None:
    oak, elm = pair
    await talk(oak, elm)
    assert ((await view_of(oak, elm)).state, (await view_of(elm, oak)).state) == ("open", "open")


async def test_accepting_again_gives_the_same_agreement(oak: Ring, elm: Ring) -> None:
    invitation = await oak.federation.invite()
    assert await elm.federation.accept(invitation) == await elm.federation.accept(invitation)


async def test_an_invitation_serves_one_ring(oak: Ring, elm: Ring, towns: Towns) -> None:
    invitation = await oak.federation.invite()
    await elm.federation.accept(invitation)
    ash = await towns.found("ash")
    with pytest.raises(RemoteError, match="invitation_used"):
        await ash.federation.accept(invitation)
    assert len(await oak.federation.peers()) == 1


async def test_after_seven_days_an_invitation_is_void(oak: Ring, elm: Ring, towns: Towns) -> None:
    invitation = await oak.federation.invite()
    towns.clock.ahead_seconds = 7 * DAY + 1
    with pytest.raises(LocalError, match="invitation_expired"):
        await elm.federation.accept(invitation)


async def test_a_changed_limit_in_the_file_is_noticed(oak: Ring, elm: Ring) -> None:
    invitation = msgspec.json.decode(await oak.federation.invite(3600, 3600))
    invitation["limit_out_seconds"] = 360_000
    with pytest.raises(RemoteError, match="terms"):
        await elm.federation.accept(msgspec.json.encode(invitation))
    assert await oak.federation.peers() == []


async def test_a_made_up_secret_opens_nothing(oak: Ring, elm: Ring) -> None:
    invitation = msgspec.json.decode(await oak.federation.invite())
    invitation["secret"] = "A" * 43
    with pytest.raises(RemoteError, match="invitation_unknown"):
        await elm.federation.accept(msgspec.json.encode(invitation))


async def test_rings_of_different_federations_do_not_peer(oak: Ring, towns: Towns) -> None:
    other = await towns.found("ash", net="other")
    with pytest.raises(LocalError, match="wrong_net"):
        await other.federation.accept(await oak.federation.invite())


async def test_a_ring_does_not_peer_with_itself(oak: Ring) -> None:
    with pytest.raises(LocalError, match="own_ring"):
        await oak.federation.accept(await oak.federation.invite())


@pytest.mark.parametrize("data", [b"", b"{}", b"\x00", b"[" * 100_000, b'{"v":1}', b"\xff\xfe"])
async def test_what_is_no_invitation_is_refused_with_a_code(oak: Ring, data: bytes) -> None:
    with pytest.raises(LocalError, match="not_an_invitation"):
        await oak.federation.accept(data)


async def test_an_invitation_by_a_ring_that_nobody_calls_is_refused_before_anything_is_sent(
    elm: Ring, towns: Towns
) -> None:
    url = "https://oak.example/oak?ring=1"
    inviter = KitRing("test", "oak.example", url, lambda size: bytes(range(size)))
    fields = {"card": msgspec.Raw(inviter.card.envelope), "expires_at": towns.clock.now() + DAY}
    invitation = canonical.encode(msgspec.structs.replace(payloads.invitation(), **fields))
    with pytest.raises(LocalError, match="ring_url") as caught:
        await elm.federation.accept(invitation)
    assert (url, []) == (caught.value.detail, await elm.federation.peers())


async def test_an_inviter_that_cannot_be_reached_leaves_nothing_half_done(oak: Ring, elm: Ring, towns: Towns) -> None:
    invitation = await oak.federation.invite()
    towns.network.cut.add("oak")
    with pytest.raises(RemoteError, match="unreachable"):
        await elm.federation.accept(invitation)
    assert await elm.federation.peers() == []
    towns.network.heal()
    assert (await elm.federation.accept(invitation)).peer == "oak.example"


async def test_every_card_comes_with_the_agreement_and_a_restart_knows_them(oak: Ring, elm: Ring, towns: Towns) -> None:
    for name in ("oak", "elm"):
        rotate(towns, name)
    oak, elm = await restart(towns, "oak"), await restart(towns, "elm")
    await peer(oak, elm)
    assert [1, 2] == _numbers(oak, elm) == _numbers(elm, oak)
    oak, elm = await restart(towns, "oak"), await restart(towns, "elm")
    assert [1, 2] == _numbers(oak, elm) == _numbers(elm, oak)
    for one, other in ((oak, elm), (elm, oak)):
        shown = await one.store.read(partial(card_records.is_known, digest=other.identity.own.hash))
        logged = [await count_logged(one, card) for card in other.identity.cards.chain]
        assert (True, [1, 1], []) == (shown, logged, await faults(one))


async def test_cards_that_would_make_an_invitation_too_long_stay_away_from_the_oldest_on(
    oak: Ring, elm: Ring, towns: Towns, monkeypatch: pytest.MonkeyPatch
) -> None:
    await towns.close("elm")
    elm = await _rotated(towns, 2)
    second = elm.identity.cards.chain[1]
    monkeypatch.setattr(peering, "CARDS_BYTES", len(second.envelope))
    await peer(elm, oak)
    assert [2, 3] == _numbers(oak, elm)


@pytest.mark.parametrize("count", [1, 2])
async def test_other_cards_in_a_second_invitation_take_the_place_of_those_of_the_first(
    oak: Ring, elm: Ring, towns: Towns, count: int
) -> None:
    """Nobody has confirmed anything: who sends two chains of cards, honest or not, keeps no ring from opening."""
    await towns.close("elm")
    shutil.copytree(towns.root / "elm", towns.root / "before")
    elm = await _rotated(towns, 1)
    await elm.federation.accept(await oak.federation.invite())
    strangers, third = oak.federation.between.strangers, forged(elm.identity.own, root_signers(towns.root / "elm"))
    assert await oak.store.write(partial(strangers.heard, data=third)) is None
    assert 3 == len(await oak.store.read(partial(strangers.chain, ring_id=elm.identity.ring_id)))
    await towns.close("elm")
    shutil.rmtree(towns.root / "elm")
    shutil.move(towns.root / "before", towns.root / "elm")
    elm = await _rotated(towns, count)
    await elm.federation.accept(await oak.federation.invite())
    chain = [card.hash for card in elm.identity.cards.chain]
    for _ in range(2):
        strangers = oak.federation.between.strangers
        known = await oak.store.read(partial(strangers.chain, ring_id=elm.identity.ring_id))
        assert chain == list(line_of(oak, elm).cards) == [card.hash for card in known]
        oak = await restart(towns, "oak")


async def _rotated(towns: Towns, count: int) -> Ring:
    for _ in range(count):
        rotate(towns, "elm")
        await towns.open("elm")
        await towns.close("elm")
    return await towns.open("elm")


def _numbers(ring: Ring, other: Ring) -> list[int]:
    return [card.number for card in line_of(ring, other).cards.values()]
