# SPDX-License-Identifier: AGPL-3.0-or-later
"""Operators sign together: an agreement counts at both rings' thresholds, on both sides."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.agreement.operators import signature_by
from ringtausch_node.store import Tx
from ringtausch_protocol import envelope
from ringtausch_protocol.envelope import Signature
from ringtausch_protocol.errors import LocalError, RemoteError
from ringtausch_protocol.items import parse_item
from ringtausch_protocol.keys import SigningKey, key_id
from tests.federation.agreement.test_line_life import sees
from tests.federation.rotating import restart, rotation_of
from tests.federation.towns import HOUR, Towns, end_of, faults, line_of, pay, talk, view_of

KARIN, PETER = b"k" * 32, b"p" * 32
AGREEMENT = "peer-agreement"


async def with_operators(towns: Towns, name: str, *seeds: bytes, threshold: int) -> Ring:
    """The town after operators were added."""
    publics = [SigningKey(seed).public for seed in seeds]
    rotation_of(towns.root / name).operators(publics, [], threshold)
    return await restart(towns, name)


async def sign_all(ring: Ring, seed: bytes) -> int:
    """Another operator signs what waits. -> how many documents."""
    found = await ring.store.read(ring.federation.operators.waiting)
    for each in found:
        made = signature_by(seed, ring.identity.ring_id, each.kind, each.envelope)
        await ring.store.write(partial(_add, ring, each.hash, made))
    return len(found)


def _add(ring: Ring, digest: str, signature: Signature, tx: Tx) -> None:
    ring.federation.operators.add(tx, digest, signature)


def signers(ring: Ring, other: Ring) -> set[str]:
    """Whose signatures stand on the agreement between two rings."""
    return {each.keyid for each in envelope.parse_envelope(line_of(ring, other).peer.agreement).signatures}


async def test_an_agreement_counts_once_both_rings_have_signed_at_their_thresholds(
    oak: Ring, elm: Ring, towns: Towns
) -> None:
    oak = await with_operators(towns, "oak", KARIN, threshold=2)
    elm = await with_operators(towns, "elm", PETER, KARIN, threshold=2)
    invitation = await oak.federation.invite(10 * HOUR, 10 * HOUR)
    with pytest.raises(LocalError, match="threshold"):
        await elm.federation.accept(invitation)
    assert [] == await oak.federation.peers()
    assert 1 == await sign_all(elm, PETER)
    with pytest.raises(RemoteError, match="threshold"):
        await elm.federation.accept(invitation)
    assert ([], []) == (await oak.federation.peers(), await elm.federation.peers())
    assert 1 == await sign_all(oak, KARIN)
    accepted = await elm.federation.accept(invitation)
    assert (0, 0) == (await sign_all(oak, KARIN), await sign_all(elm, KARIN))
    assert (4, signers(oak, elm)) == (len(signers(elm, oak)), signers(elm, oak))
    await elm.federation.confirm("oak.example", accepted.words)
    await oak.federation.confirm("elm.example", accepted.words)
    await talk(oak, elm)
    assert (await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 60)).payment_id)).state == "paid"
    assert await faults(oak, elm) == []


async def test_a_higher_limit_waits_for_the_second_operator(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    await talk(oak, elm)
    elm = await with_operators(towns, "elm", PETER, threshold=2)
    await talk(oak, elm)
    for _ in range(2):
        with pytest.raises(LocalError, match="threshold"):
            await elm.federation.limit("oak.example", 20 * HOUR)
    assert 1 == await sign_all(elm, PETER)
    await elm.federation.limit("oak.example", 20 * HOUR)
    await sees(oak, elm, proposed_out=20 * HOUR)
    with pytest.raises(LocalError, match="threshold"):
        await elm.federation.limit("oak.example", 15 * HOUR)
    await oak.federation.agree("elm.example")
    await sees(elm, oak, limit_in=20 * HOUR)
    assert [] == await elm.store.read(elm.federation.operators.waiting)  # the other figure can never count
    await oak.federation.limit("elm.example", 30 * HOUR)
    await sees(elm, oak, proposed_out=30 * HOUR)
    with pytest.raises(LocalError, match="threshold"):
        await elm.federation.agree("oak.example")
    await sees(elm, oak, limit_out=10 * HOUR)
    assert 1 == await sign_all(elm, PETER)
    await elm.federation.agree("oak.example")
    await sees(oak, elm, limit_in=30 * HOUR)
    assert await faults(oak, elm) == []


async def test_a_proposal_below_the_threshold_is_not_shown_to_anybody(pair: tuple[Ring, Ring], towns: Towns) -> None:
    """A node that lies about its operators: the receiver counts signatures by the card that it knows."""
    oak, elm = pair
    await talk(oak, elm)
    elm = await with_operators(towns, "elm", PETER, threshold=2)
    await talk(oak, elm)
    operators = elm.federation.operators
    operators.complete = lambda tx, kind, signed, peer, about=None: signed  # type: ignore[method-assign]
    await elm.federation.limit("oak.example", 20 * HOUR)
    assert ["threshold"] == await _rejects(elm, oak)
    assert (await view_of(oak, elm)).proposed_out is None


async def _rejects(ring: Ring, other: Ring) -> list[str]:
    from tests.federation.towns import until

    async def found() -> list[Any]:
        sql = "SELECT bytes FROM evidence WHERE code = 'rejected'"
        return await ring.store.read(lambda tx: [parse_item(row[0]) for row in tx.execute(sql)])

    await until(found)
    return [item.code for item in await found()]


async def test_a_signature_that_is_not_an_operators_is_refused(oak: Ring, elm: Ring, towns: Towns) -> None:
    elm = await with_operators(towns, "elm", PETER, threshold=2)
    invitation = await oak.federation.invite()
    with pytest.raises(LocalError, match="threshold"):
        await elm.federation.accept(invitation)
    waiting = (await elm.store.read(elm.federation.operators.waiting))[0]
    good = signature_by(PETER, elm.identity.ring_id, waiting.kind, waiting.envelope)
    strange = signature_by(KARIN, elm.identity.ring_id, waiting.kind, waiting.envelope)
    false = type(good)(keyid=good.keyid, sig=strange.sig)
    for signature, digest, code in (
        (strange, waiting.hash, "unknown_key"),
        (false, waiting.hash, "bad_signature"),
        (good, "A" * 43, "nothing_to_sign"),
    ):
        with pytest.raises(LocalError, match=code):
            await elm.store.write(partial(_add, elm, digest, signature))
    assert 1 == len((await elm.store.read(elm.federation.operators.waiting))[0].signed_by)


async def test_operators_come_and_go_with_the_card(oak: Ring, towns: Towns) -> None:
    oak = await with_operators(towns, "oak", KARIN, PETER, threshold=3)
    karin = key_id(oak.identity.ring_id, SigningKey(KARIN).public)
    rotation = rotation_of(towns.root / "oak")
    node = oak.identity.operator_signers[0][0]
    for add, remove, threshold, code in (
        ([], [], 4, "operators"),
        ([], [karin], 3, "operators"),
        ([SigningKey(KARIN).public], [], 3, "operators"),
        ([], ["nobody+00000000"], 1, "key_unknown"),
        ([], [node], 1, "key_unknown"),
        ([bytes([1]) + bytes(31)], [], 1, "weak_key"),
    ):
        with pytest.raises(LocalError, match=code):
            rotation.operators(add, remove, threshold)
    card = rotation.operators([], [karin], 2)
    assert (2, 2, karin in card.operator_keys) == (card.card.operator_threshold, len(card.operator_keys), False)
    with pytest.raises(LocalError, match="card_pending"):
        rotation_of(towns.root / "oak")
