# SPDX-License-Identifier: AGPL-3.0-or-later
"""A card that breaks the rules is refused, kept, and pauses the line; a stranger's word pauses nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring, open_ring
from ringtausch_node.federation.line.model import Reply
from ringtausch_node.keyring.cards import CardFiles
from ringtausch_protocol import canonical, cards, limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.keys import SigningKey, ring_id
from ringtausch_protocol.requests import AskAnswer, Refusal, Say
from tests.federation.copies import ready, sound
from tests.federation.forger import code_of
from tests.federation.rotating import forged, restart, root_signers, rotate, rotation_of
from tests.federation.towns import Towns, end_of, faults, line_of, pay, row_of, talk, until, view_of

STRANGER = SigningKey(b"s" * 32)
LATER = SigningKey(b"l" * 32)


@pytest.fixture
async def rings(pair: tuple[Ring, Ring], towns: Towns) -> tuple[Ring, Ring]:
    """Oak under its second card, known to elm; both silent now."""
    oak, elm = pair
    rotate(towns, "oak")
    oak = await restart(towns, "oak")
    await talk(oak, elm)
    await oak.federation.stop()
    await elm.federation.stop()
    return oak, elm


async def greet(oak: Ring, elm: Ring, *shown: bytes, change: Callable[[Say], Say] = lambda say: say) -> Reply:
    """Oak's whole hello, with cards of the test's choice in its second round."""
    greeter, line = oak.federation._greeter, line_of(oak, elm)
    asked = await elm.federation.receiver.handle("hello", canonical.encode(await greeter.ask(line)))
    assert 200 == asked.status, asked.body
    say = await greeter.say(line, canonical.parse(asked.body, AskAnswer, limits.REQUEST_BYTES))
    say = change(msgspec.structs.replace(say, cards=[msgspec.Raw(data) for data in shown]))
    return await elm.federation.receiver.handle("hello", canonical.encode(say))


def root_of(key: SigningKey) -> dict[str, Any]:
    """The fields of a change to this root key."""
    later = cards.next_root_of(ring_id([LATER.public], 1))
    return {"root_keys": [b64(key.public)], "root_threshold": 1, "next_root": later}


async def evidence(ring: Ring) -> list[tuple[str, bytes]]:
    """What is kept against others."""
    return await ring.store.read(lambda tx: list(tx.execute("SELECT code, bytes FROM evidence")))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"number": 4}, "card_skipped"),
        ({"number": 2}, "two_cards"),
        ({"prev_card": b64(bytes(32))}, "card_prev"),
        ({"address": "ash.example"}, "card_changed"),
        ({"next_root": b64(bytes(32))}, "root_commit"),
        (root_of(STRANGER), "threshold"),
    ],
)
async def test_a_card_of_the_ring_that_breaks_the_rules_pauses_the_line(
    rings: tuple[Ring, Ring], towns: Towns, changes: dict[str, Any], code: str
) -> None:
    oak, elm = rings
    known = line_of(elm, oak).card
    card = forged(known, root_signers(towns.root / "oak"), **changes)
    assert (code, known) == (code_of(await greet(oak, elm, card))[1], line_of(elm, oak).card)
    assert ("quarantined", code) == ((await view_of(elm, oak)).state, (await view_of(elm, oak)).reason)
    assert [(code, card)] == await evidence(elm)
    with pytest.raises(LocalError, match="paused"):
        await pay(elm, "ben", "alma@oak.example", 60)
    elm = await restart(towns, "elm")
    assert (await view_of(elm, oak)).reason == code


async def test_the_operator_opens_the_line_again_after_a_phone_call(rings: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = rings
    card = forged(line_of(elm, oak).card, root_signers(towns.root / "oak"), number=4)
    assert "card_skipped" == code_of(await greet(oak, elm, card))[1]
    line = line_of(elm, oak)
    await elm.federation.cards.believe_again(line)
    await talk(oak, elm)
    assert (await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 60)).payment_id)).state == "paid"
    line.quarantine("revoked_key")
    await elm.federation.cards.believe_again(line)
    assert ("quarantined", "revoked_key") == (line.peer.state, line.peer.reason)


async def test_a_second_card_of_a_number_long_passed_is_evidence_too(rings: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = rings
    rotate(towns, "oak")
    oak = await restart(towns, "oak")
    await talk(oak, elm)
    first = next(iter(line_of(elm, oak).cards.values()))
    card = forged(first, root_signers(towns.root / "oak"))
    assert "two_cards" == code_of(await greet(oak, elm, card))[1]
    assert [("two_cards", card)] == await evidence(elm)


async def test_a_change_signed_by_the_new_key_alone_comes_from_who_has_the_frame_key(
    rings: tuple[Ring, Ring], towns: Towns
) -> None:
    """The thief has the keys of every day and made a root of his own: the hello is good, the card is not."""
    oak, elm = rings
    card = forged(line_of(elm, oak).card, [STRANGER], **root_of(STRANGER))
    assert "threshold" == code_of(await greet(oak, elm, card))[1]
    assert ("quarantined", "threshold") == ((await view_of(elm, oak)).state, (await view_of(elm, oak)).reason)
    assert [("threshold", card)] == await evidence(elm)


async def test_a_strangers_card_pauses_nothing_and_is_not_kept(rings: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = rings
    card = forged(line_of(elm, oak).card, [STRANGER], **root_of(STRANGER))
    old_hello = await elm.store.read(lambda tx: tx.one("SELECT said FROM peer_boot WHERE replaced = 0", ())[0])
    for hello in (b"{}", old_hello):
        changed = partial(_with_hello, hello)
        assert "threshold" == code_of(await greet(oak, elm, card, change=changed))[1]
    assert [] == await evidence(elm)
    await talk(oak, elm)
    assert (await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 60)).payment_id)).state == "paid"


def _with_hello(hello: bytes, say: Say) -> Say:
    return msgspec.structs.replace(say, hello=msgspec.Raw(hello))


async def test_a_weak_key_on_the_next_card_is_refused(rings: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = rings
    weak = msgspec.structs.replace(oak.identity.own.card.keys[0], public=b64(bytes([1]) + bytes(31)))
    card = forged(oak.identity.own, root_signers(towns.root / "oak"), keys=[weak, *oak.identity.own.card.keys])
    assert "weak_key" == code_of(await greet(oak, elm, card))[1]
    assert "weak_key" == (await view_of(elm, oak)).reason


async def test_a_hello_under_a_card_that_nobody_showed_is_refused(rings: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = rings
    rotate(towns, "oak", purposes=("witness",))
    oak = await restart(towns, "oak")
    answers = [code_of(await greet(oak, elm, *shown))[1] for shown in ((), (line_of(elm, oak).card.envelope,))]
    assert ["card_unknown", "card_unknown"] == answers
    assert 200 == (await greet(oak, elm, oak.identity.own.envelope)).status
    assert 3 == line_of(elm, oak).card.number


# -- an older card -----------------------------------------------------------------------------------------------------


async def old_copy(towns: Towns, pair: tuple[Ring, Ring]) -> tuple[Ring, Ring, Ring]:
    """Oak as it was before it changed its keys, beside the oak of today. -> oak, elm, copy."""
    oak, elm = pair
    await talk(oak, elm)
    await towns.close("oak")
    shutil.copytree(towns.root / "oak", towns.root / "copy")
    rotate(towns, "oak")
    oak = await towns.open("oak")
    await talk(oak, elm)
    copy = await open_ring(towns.root / "copy", clock=towns.clock, transport=towns.network.wire("oak"))
    return oak, elm, copy


async def _is_silent(ring: Ring) -> bool:
    return ring.federation.lines.is_silent


async def test_a_ring_under_an_older_card_is_told_the_newer_and_signs_nothing(
    pair: tuple[Ring, Ring], towns: Towns
) -> None:
    oak, elm, copy = await old_copy(towns, pair)
    try:
        await copy.federation.start()
        await until(partial(_is_silent, copy))
        seq = (await row_of(copy, elm)).own_seq
        with pytest.raises(LocalError, match="paused"):
            await pay(copy, "alma", "ben@elm.example", 60)
        with pytest.raises(LocalError, match="superseded"):
            await copy.federation.invite()
        seen = await view_of(copy, elm)
        assert ("quarantined", "superseded") == (seen.state, seen.reason)
        told = await copy.federation.receiver.handle(
            "hello", canonical.encode(await elm.federation._greeter.ask(line_of(elm, oak)))
        )
        assert (409, "superseded") == code_of(told)
        assert seq == (await row_of(copy, elm)).own_seq
    finally:
        await copy.close()
    assert (await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 60)).payment_id)).state == "paid"
    await sound(oak, elm)
    again = await open_ring(towns.root / "copy", clock=towns.clock, transport=towns.network.wire("oak"))
    assert await _is_silent(again)
    await again.close()


async def test_a_hello_with_a_lower_card_number_is_answered_with_the_newer(
    pair: tuple[Ring, Ring], towns: Towns
) -> None:
    oak, elm, copy = await old_copy(towns, pair)
    greeter, line = copy.federation._greeter, line_of(copy, elm)
    answer = AskAnswer(challenge=b64(bytes(32)), own=_start(copy, elm), peer=_start(copy, elm))
    say = await greeter.say(line, answer)
    reply = await elm.federation.receiver.handle("hello", canonical.encode(say))
    refusal = canonical.parse(reply.body, Refusal, limits.REQUEST_BYTES)
    assert (409, "card_old") == (reply.status, refusal.code)
    assert [oak.identity.own.envelope] == [bytes(raw) for raw in refusal.cards][-1:]
    copy.federation.cards.told_newer(refusal.cards[-1:])
    assert await _is_silent(copy)
    await copy.close()


def _start(copy: Ring, elm: Ring) -> Any:
    from ringtausch_protocol.documents import Position

    return Position(seq=0, hash=line_of(copy, elm).peer.agreement_hash)


async def test_what_proves_nothing_silences_nobody(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    await talk(oak, elm)
    theirs, forged_card = elm.identity.own.envelope, forged(oak.identity.own, [STRANGER])
    for shown in ([], [theirs], [forged_card], [b"{}"], [oak.identity.own.envelope]):
        oak.federation.cards.told_newer([msgspec.Raw(data) for data in shown])
    assert not await _is_silent(oak)
    assert (await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 60)).payment_id)).state == "paid"


async def test_the_root_keys_bring_an_old_copy_back_with_a_card_after_the_newest(
    pair: tuple[Ring, Ring], towns: Towns
) -> None:
    """The disk with the newer keys is lost; the backup is from before them; the sheet lies in the drawer."""
    _, elm, copy = await old_copy(towns, pair)
    await copy.federation.start()
    await until(partial(_is_silent, copy))
    await copy.close()
    await towns.close("oak")
    shutil.rmtree(towns.root / "oak")
    (towns.root / "copy").rename(towns.root / "oak")
    assert 3 == rotation_of(towns.root / "oak").rotate(("witness",)).number
    oak = await towns.open("oak")
    await oak.federation.recovery.declare_old_copy()
    await oak.federation.start()
    await ready(oak, elm)
    assert [1, 2, 3] == [card.number for card in CardFiles(towns.root / "oak").load().chain]
    assert (await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 60)).payment_id)).state == "paid"
    assert await faults(oak, elm) == []
