# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring put back from a copy from before an agreement: both find it again, and go on with what both once signed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.agreement.standing import KIND, Standing
from ringtausch_node.federation.line.lines import agreement_in
from ringtausch_node.federation.line.records import load_peer_by_ring
from ringtausch_node.federation.orders.probing import PROBE_AGAIN_SECONDS
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, envelope
from ringtausch_protocol.documents import PeerAgreement
from ringtausch_protocol.errors import LocalError, RemoteError
from ringtausch_protocol.keys import Signer
from ringtausch_protocol.ring_card import ChannelEnd
from tests.audit.exports import audited, codes, export
from tests.federation.agreement.test_operators import KARIN, sign_all, with_operators
from tests.federation.copies import Copies, is_lost, ready, sound
from tests.federation.reset.test_reset import begin_anew
from tests.federation.rotating import restart, rotate, rotation_of
from tests.federation.towns import HOUR, Towns, balance, end_of, faults, pay, peer, talk, until, view_of
from tests.federation.transit.chain import teach


@pytest.fixture
async def met(oak: Ring, elm: Ring, copies: Copies) -> tuple[Ring, Ring]:
    """A copy of oak is taken; then it meets elm, and owes it an hour and a half."""
    oak = await copies.take("oak")
    await peer(oak, elm)
    await talk(oak, elm)
    await _paid(oak, "alma", "ben@elm.example", 2 * HOUR)
    await _paid(elm, "ben", "alma@oak.example", HOUR // 2)
    await sound(oak, elm)
    return oak, elm


@pytest.fixture
async def forgotten(met: tuple[Ring, Ring], copies: Copies) -> tuple[Ring, Ring]:
    """Oak as it was before; elm knows all of it."""
    oak = await copies.put_back("oak", mark=True)
    await oak.federation.start()
    assert (0, []) == (await balance(oak, "alma"), await oak.federation.peers())
    return oak, met[1]


async def _paid(ring: Ring, payer: str, payee: str, seconds: int) -> None:
    assert "paid" == (await end_of(ring, (await pay(ring, payer, payee, seconds)).payment_id)).state


async def _come_back(oak: Ring, elm: Ring) -> None:
    """The line says that oak lacks something, its operator that this is an old copy, and elm gives all of it back."""
    await until(partial(is_lost, oak))
    await oak.federation.recovery.declare_old_copy()
    await ready(oak, elm)
    await sound(oak, elm)
    assert (-HOUR * 3 // 2, HOUR * 3 // 2) == (await balance(oak, "alma"), await balance(elm, "ben"))
    await _paid(oak, "alma", "ben@elm.example", HOUR)
    await _paid(elm, "ben", "alma@oak.example", 60)
    await sound(oak, elm)


async def _accused(towns: Towns) -> list[str]:
    """Whom an audit of all logs accuses."""
    rings = [(towns.root / name, ring) for name, ring in towns.network.rings.items()]
    return codes(audited(*[log for folder, ring in rings for log in await export(ring, folder)]))


@pytest.mark.parametrize("is_asked", [False, True])
async def test_what_both_once_signed_counts_again_and_every_hour_comes_back(
    forgotten: tuple[Ring, Ring], towns: Towns, is_asked: bool
) -> None:
    oak, elm = forgotten
    before = await elm.federation.words("oak.example")
    words = await peer(*(elm, oak) if is_asked else (oak, elm), limit_in=60, limit_out=60)
    assert before == words == await oak.federation.words("elm.example")
    await _come_back(oak, elm)
    assert (10 * HOUR, 10 * HOUR) == ((await view_of(oak, elm)).limit_in, (await view_of(oak, elm)).limit_out)
    assert [] == await _accused(towns)


@pytest.mark.parametrize("is_asked", [False, True])
async def test_an_answer_that_got_lost_is_given_again(
    forgotten: tuple[Ring, Ring], towns: Towns, is_asked: bool
) -> None:
    inviter, accepter = reversed(forgotten) if is_asked else forgotten
    invitation = await inviter.federation.invite()
    towns.network.lose_answer = lambda post: post.path.endswith("peering")
    with pytest.raises(RemoteError, match="unreachable"):
        await accepter.federation.accept(invitation)
    towns.network.lose_answer = lambda post: False
    accepted = await accepter.federation.accept(invitation)
    assert accepted.words == await inviter.federation.words(accepter.config.address)


async def test_what_was_agreed_later_and_a_new_beginning_come_back_behind_the_first_agreement(
    met: tuple[Ring, Ring], copies: Copies, towns: Towns
) -> None:
    oak, elm = met
    await elm.federation.limit("oak.example", 20 * HOUR)
    await until(partial(_is_proposed, oak, elm))
    await oak.federation.agree("elm.example")
    await until(partial(_has_limit, elm, oak, 20 * HOUR))
    await begin_anew(oak, elm)
    await sound(oak, elm)
    oak = await copies.put_back("oak", mark=True)
    await oak.federation.start()
    await peer(elm, oak)
    await until(partial(is_lost, oak))
    towns.clock.ahead_seconds += PROBE_AGAIN_SECONDS
    await oak.federation.recovery.declare_old_copy()
    await ready(oak, elm)
    await sound(oak, elm)
    here = await view_of(oak, elm)
    assert (20 * HOUR, None, 3 * HOUR // 2) == (here.limit_out, here.proposed_out, here.clearing_seconds)
    assert [] == await _accused(towns)


async def _is_proposed(ring: Ring, other: Ring) -> bool:
    return (await view_of(ring, other)).proposed_out is not None


async def _has_limit(ring: Ring, other: Ring, limit_in: int) -> bool:
    return (await view_of(ring, other)).limit_in == limit_in


async def test_the_signatures_are_good_though_both_have_new_keys_since(
    forgotten: tuple[Ring, Ring], towns: Towns
) -> None:
    for name in ("oak", "elm"):
        rotate(towns, name)
    oak, elm = await restart(towns, "oak"), await restart(towns, "elm")
    await oak.federation.start()
    await elm.federation.start()
    await peer(oak, elm)
    await _come_back(oak, elm)
    assert [] == await _accused(towns)


async def test_hours_that_passed_come_back_with_the_neighbour_that_was_forgotten(
    oak: Ring, elm: Ring, copies: Copies, towns: Towns
) -> None:
    """The copy of elm knows oak and not ash, to whom it passed a payment on."""
    await peer(oak, elm)
    await talk(oak, elm)
    elm = await copies.take("elm")
    ash = await towns.found("ash")
    await ash.members.add("cleo", "Cleo")
    await peer(elm, ash)
    await talk(oak, elm, ash)
    await teach([oak, elm, ash])
    for other in (oak, ash):
        await elm.federation.carrying.set(other.config.address, carries=True)
    await _paid(oak, "alma", "cleo@ash.example", HOUR)
    elm = await copies.put_back("elm", mark=True)
    await elm.federation.start()
    await until(partial(_is_over, elm))
    await peer(ash, elm)
    await until(partial(_lacks, elm, ash))
    await elm.federation.recovery.declare_old_copy()
    await ready(oak, elm, ash)
    await until(partial(_owes, elm, oak, -HOUR))
    await until(partial(_owes, elm, ash, HOUR))
    assert [] == await faults(oak, elm, ash)
    assert [] == await _accused(towns)


async def _owes(ring: Ring, other: Ring, seconds: int) -> bool:
    return (await view_of(ring, other)).clearing_seconds == seconds


async def _is_over(ring: Ring) -> bool:
    return not ring.federation.recovery.is_active


async def _lacks(ring: Ring, other: Ring) -> bool:
    return (await view_of(ring, other)).reason == "lost"


@pytest.mark.parametrize("is_asked", [False, True])
async def test_a_line_that_was_given_up_is_not_found_again_and_nothing_is_half_done(
    forgotten: tuple[Ring, Ring], is_asked: bool
) -> None:
    oak, elm = forgotten
    await elm.federation.giving_up.give_up("oak.example")
    inviter, accepter = (elm, oak) if is_asked else (oak, elm)
    with pytest.raises((LocalError, RemoteError), match="known_peer"):
        await accepter.federation.accept(await inviter.federation.invite())
    assert [] == await oak.federation.peers()


async def test_two_rings_that_both_know_what_they_agreed_agree_on_nothing_else(met: tuple[Ring, Ring]) -> None:
    oak, elm = met
    with pytest.raises(RemoteError, match="known_peer"):
        await elm.federation.accept(await oak.federation.invite(60, 60))


Signers = Sequence[tuple[str, Signer]]


def _signed(agreement: PeerAgreement, *signers: Signers, **changes: Any) -> bytes:
    changed = msgspec.structs.replace(agreement, **changes)
    return envelope.seal(KIND, canonical.encode(changed), [each for some in signers for each in some])


async def test_what_our_operators_never_signed_is_no_agreement_of_ours(met: tuple[Ring, Ring]) -> None:
    oak, elm = met
    standing, theirs = Standing(oak.identity, oak.federation.operators), elm.identity.cards.chain
    agreement = agreement_in(await elm.store.read(partial(standing_of, oak.identity.ring_id)))
    ours, others = oak.identity.operator_signers, elm.identity.operator_signers
    in_our_name = [(name, others[0][1]) for name, _ in ours]
    assert agreement == standing.read(_signed(agreement, ours, others), theirs)
    refused = {
        "only theirs": ("terms", _signed(agreement, others)),
        "only ours": ("threshold", _signed(agreement, ours)),
        "in our name": ("bad_signature", _signed(agreement, in_our_name, others)),
        "of another federation": ("terms", _signed(agreement, ours, others, net="other")),
        "of another ring": ("terms", _signed(agreement, ours, others, a="a" * 52)),
        "no first one": ("terms", _signed(agreement, ours, others, prev="A" * 43)),
    }
    for code, signed in refused.values():
        with pytest.raises(RemoteError, match=code):
            standing.read(signed, theirs)


@pytest.mark.parametrize("is_named", [False, True])
async def test_a_revoked_key_of_ours_counts_only_where_the_revocation_stands_for_what_it_signed(
    met: tuple[Ring, Ring], towns: Towns, is_named: bool
) -> None:
    oak, elm = met
    signed = await elm.store.read(partial(standing_of, oak.identity.ring_id))
    names = [each.keyid for each in envelope.parse_envelope(signed).signatures]
    ours = [name for name in names if name in oak.identity.own.operator_keys]
    end = ChannelEnd(peer=elm.identity.ring_id, epoch=agreement_in(signed).epoch, seq=2)
    rotation_of(towns.root / "oak").revoke(ours, 1, 99, [end] if is_named else [])
    oak = await restart(towns, "oak")
    standing, theirs = Standing(oak.identity, oak.federation.operators), elm.identity.cards.chain
    assert set(ours) == oak.identity.own.revoked.keys()
    if is_named:
        assert agreement_in(signed) == standing.read(signed, theirs)
    else:
        with pytest.raises(RemoteError, match="terms"):
            standing.read(signed, theirs)


def standing_of(ring_id: str, tx: Tx) -> bytes:
    found = load_peer_by_ring(tx, ring_id)
    assert found is not None
    return found.agreement


async def test_where_more_operators_must_sign_since_they_sign_what_both_once_signed(
    forgotten: tuple[Ring, Ring], towns: Towns
) -> None:
    oak = await with_operators(towns, "oak", KARIN, threshold=2)
    await oak.federation.start()
    invitation = await forgotten[1].federation.invite()
    for _ in range(2):  # first the new agreement, which the asked ring does not sign; then the one that it shows
        with pytest.raises(LocalError, match="threshold"):
            await oak.federation.accept(invitation)
        assert 1 == await sign_all(oak, KARIN)
    accepted = await oak.federation.accept(invitation)
    await oak.federation.confirm("elm.example", accepted.words)
    await _come_back(oak, forgotten[1])


async def test_a_ring_that_winds_down_agrees_on_nothing_new_and_shows_what_stands(forgotten: tuple[Ring, Ring]) -> None:
    oak, elm = forgotten
    words = await elm.federation.words("oak.example")
    await elm.winding_down.begin()
    accepted = await elm.federation.accept(await oak.federation.invite())
    await oak.federation.confirm("elm.example", words)
    await until(partial(is_lost, oak))
    await oak.federation.recovery.declare_old_copy()
    await until(partial(_is_over, oak))
    await sound(oak, elm)
    assert (words, HOUR * 3 // 2) == (accepted.words, (await view_of(oak, elm)).clearing_seconds)
