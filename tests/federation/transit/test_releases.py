# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the ring behind puts into a release: only a refusal that its ring signed so is handed on (SPEC.md 7.12)."""

from __future__ import annotations

from functools import partial
from typing import Any

import msgspec
import pytest

from ringtausch_protocol import frames
from ringtausch_protocol.items import Decision, Item, Release, SignedItem, encode_item
from tests.audit.exports import audited, export
from tests.federation.forger import Forger
from tests.federation.towns import Towns, end_of, faults, row_of, until
from tests.federation.transit.chain import holds, row_of_rings
from tests.federation.transit.lying import Stage, next_to
from tests.federation.transit.test_bad_offers import _newest_order


def _other_item(signed: SignedItem, decision: Decision) -> SignedItem:
    other = encode_item(msgspec.structs.replace(decision, code="busy"))
    return msgspec.structs.replace(signed, item=msgspec.Raw(other))


def _nothing_known(signed: SignedItem, _decision: Decision) -> SignedItem:
    return msgspec.structs.replace(signed, item=msgspec.Raw(b'{"a":1}'), header=msgspec.Raw(b"{}"))


def _as_it_is(signed: SignedItem, _decision: Decision) -> SignedItem:
    return signed


@pytest.mark.parametrize(
    ("changes", "bend", "code"),
    [
        ({}, _as_it_is, "payee_refuses"),
        ({}, _other_item, "next_hop_down"),
        ({}, _nothing_known, "next_hop_down"),
        ({"amount_seconds": 1}, _as_it_is, "next_hop_down"),
        ({"outcome": "paid", "code": None}, _as_it_is, "next_hop_down"),
    ],
)
async def test_who_hands_a_release_on_answers_for_nothing_that_the_ring_behind_put_into_it(
    towns: Towns, changes: dict[str, Any], bend: Any, code: str
) -> None:
    """Elm handed on whatever ash had written there, and an audit accused elm."""
    chain = await row_of_rings(towns, 3)
    await chain.paid(60)
    stage = Stage(chain)
    await towns.network.fall_silent("ash")
    view = await chain.pay(600)
    await until(partial(holds, stage.elm))
    order_hash, amount = await stage.oak.store.read(_newest_order)
    await stage.ash.federation.stop()
    decision = Decision(
        order_hash=order_hash, payment_id=view.payment_id, outcome="refused", by=stage.ash.identity.ring_id, index=2,
        inbound=stage.elm.identity.ring_id, amount_seconds=amount, decided_at=stage.ash.clock.now(),
        code="payee_refuses",
    )  # fmt: skip
    decision = msgspec.structs.replace(decision, **changes)
    shown = bend(await _signed(stage, decision), decision)
    said: list[Item] = [Release(order_hash=order_hash, cause="refused", decision=shown)]
    forger = Forger(stage.ash, stage.elm)
    assert 200 == (await forger.post(await forger.frame(said, **next_to(await row_of(stage.elm, stage.ash))))).status

    ended = await end_of(stage.oak, view.payment_id)
    assert ("refused", code) == (ended.state, ended.code)
    assert [] == await faults(stage.oak, stage.elm)
    logs = [log for ring in (stage.oak, stage.elm) for log in await export(ring, towns.root / ring.config.name)]
    accused = {each.place.ring for each in audited(*logs).findings if each.level == 2}
    assert accused <= {stage.ash.identity.ring_id}


async def _signed(stage: Stage, decision: Decision) -> SignedItem:
    item, by = encode_item(decision), stage.ash.identity
    header = await Forger(stage.ash, stage.elm).header([item])
    frame = frames.seal_frame(header, [item], by.frame_key_id, by.frame_signer)
    return frames.signed_item(frame.envelope, frame.items, 0)
