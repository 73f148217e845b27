# SPDX-License-Identifier: AGPL-3.0-or-later
"""Offers and ends that lie: a ring between that is not honest gains nothing, and the last ring is fooled by none."""

from __future__ import annotations

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, frames, limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.items import Decision, Fulfil, encode_item, parse_item
from ringtausch_protocol.posts import Beside, PostAnswer
from tests.federation.forger import Forger
from tests.federation.rotating import rotation_of
from tests.federation.towns import Towns, balance, faults, row_of, view_of
from tests.federation.transit.chain import row_of_rings
from tests.federation.transit.lying import SALT, Stage, next_to


@pytest.fixture
async def stage(towns: Towns) -> Stage:
    """A row of three, quiet from now on."""
    chain = await row_of_rings(towns, 3)
    await chain.paid(60)
    for ring in chain.rings:
        await ring.federation.stop()
    return Stage(chain)


async def test_only_what_oak_signed_this_way_is_paid_and_that_once(stage: Stage) -> None:
    ids = [ring.identity.ring_id for ring in stage.chain.rings]
    order, box = stage.order()
    signed = await stage.signed(order)
    for change in ({"amount_seconds": 61}, {"deadline_at": 2_000_000_000}, {"payment_id": SALT}, {"attempt": 2}):
        changed = encode_item(msgspec.structs.replace(order, **change))
        other = msgspec.structs.replace(signed, item=msgspec.Raw(changed))
        assert (change, await stage.offer(other, box)) == (change, ("refused", "malformed"))
    assert await stage.offer(await stage.signed(order, stage.elm), box) == ("refused", "card_unknown")
    for twice in (0, 1):
        loop, _ = stage.order(path=[*ids, ids[twice]])
        assert await stage.offer(await stage.signed(loop), box) == ("refused", "malformed")
    swapped, _ = stage.order(path=[ids[0], "a" * 52, ids[2]])
    assert await stage.offer(await stage.signed(swapped), box) == (None, "malformed")
    await _squat(stage)
    assert await stage.offer(signed, box) == ("paid", None)
    assert await stage.offer(signed, box) == ("paid", None)
    assert await balance(stage.ash, "ben") == 120


async def test_another_payments_box_is_refused(stage: Stage) -> None:
    order, box = stage.order()
    assert await stage.offer(await stage.signed(order), box + b"\0") == ("refused", "malformed")
    spliced = msgspec.structs.replace(order, payment_id=b64(b"7" * 16))  # all that names the box, but not its number
    assert await stage.offer(await stage.signed(spliced), box) == ("refused", "malformed")


async def test_a6_what_a_key_signed_that_oak_has_revoked_is_refused_two_rings_away(stage: Stage) -> None:
    """`Strangers.keys`: a thief says what place he likes, and ash does not hold oak's chain (SPEC.md 3.6)."""
    order, box = stage.order()
    signed = await stage.signed(order)
    rotation = rotation_of(stage.chain.towns.root / "oak")
    card = rotation.revoke([stage.oak.identity.frame_key_id], 1, 99, [])
    strangers = stage.ash.federation.between.strangers
    assert await stage.ash.store.write(lambda tx: strangers.heard(tx, card.envelope)) is None
    assert await stage.offer(signed, box) == ("refused", "card_unknown")


async def test_an_order_of_a_neighbour_that_goes_on_must_have_a_form_too(stage: Stage) -> None:
    """Elm, at the end of oak's line, orders a way that comes back to it, and one that another ring would have begun."""
    oak, elm, ash = (ring.identity.ring_id for ring in stage.chain.rings)
    for path in ([elm, ash, elm, oak], [oak, ash, elm]):
        order, box = stage.order(path=path)
        frame = await stage.to_ash(order)
        beside = [Beside(seq=frame.header.seq, index=0, sealed=b64(box))]
        reply = await Forger(stage.elm, stage.ash).post(frame, boxes=beside)
        answer = canonical.parse(reply.body, PostAnswer, limits.REQUEST_BYTES)
        said = parse_item(bytes(answer.frames[-1].items[-1]))
        assert isinstance(said, Decision)
        assert (path, said.outcome, said.code) == (path, "refused", "malformed")


async def _squat(stage: Stage) -> None:
    """Elm's own order under oak's number is another payment: a payment is named by its payer's ring too."""
    squatted, box = stage.order(path=[stage.elm.identity.ring_id, stage.ash.identity.ring_id])
    frame = await stage.to_ash(squatted)
    await Forger(stage.elm, stage.ash).post(frame, boxes=[Beside(seq=frame.header.seq, index=0, sealed=b64(box))])


async def test_paid_by_a_ring_that_does_not_decide_closes_the_line_and_moves_nothing(stage: Stage) -> None:
    """Elm and an accomplice of the path's length claim oak's payment: only ash's signature counts for oak."""
    decision = await _paid_by(stage, stage.ash, stage.elm)
    order_hash = decision.order_hash
    inner = await Forger(stage.ash, stage.elm).header([encode_item(decision)])
    by = stage.elm.identity
    frame = frames.seal_frame(inner, [encode_item(decision)], by.frame_key_id, by.frame_signer)
    fulfil = Fulfil(order_hash=order_hash, decision=frames.signed_item(frame.envelope, frame.items, 0))
    row = await row_of(stage.oak, stage.elm)
    forged = await Forger(stage.elm, stage.oak).frame([fulfil], **next_to(row))
    assert (await Forger(stage.elm, stage.oak).post(forged)).status == 200
    assert (await row_of(stage.oak, stage.elm)).closed == "unknown_key"
    assert (await stage.oak.payments.get(decision.payment_id, OPERATOR)).state == "held"


async def test_paid_by_a_ring_between_in_its_own_name_moves_nothing_and_the_books_replay(stage: Stage) -> None:
    decision = await _paid_by(stage, stage.elm, stage.oak)
    before = await view_of(stage.oak, stage.elm)
    forged = await Forger(stage.elm, stage.oak).frame([decision], **next_to(await row_of(stage.oak, stage.elm)))
    assert (await Forger(stage.elm, stage.oak).post(forged)).status == 200
    assert (await view_of(stage.oak, stage.elm)).clearing_seconds == before.clearing_seconds
    assert (await stage.oak.payments.get(decision.payment_id, OPERATOR)).state == "held"
    assert await faults(stage.oak) == []


async def _paid_by(stage: Stage, by: Ring, before: Ring) -> Decision:
    """*Paid*, of an order of oak's that elm has passed on and of which ash is not heard."""
    await stage.chain.towns.network.fall_silent("ash")
    await stage.oak.federation.start()
    view = await stage.chain.pay(60)
    order_hash, amount = await stage.oak.store.read(_newest_order)
    await stage.oak.federation.stop()
    return Decision(
        order_hash=order_hash, payment_id=view.payment_id, outcome="paid", by=by.identity.ring_id,
        index=stage.chain.rings.index(by), inbound=before.identity.ring_id, amount_seconds=amount,
        decided_at=stage.oak.clock.now(),
    )  # fmt: skip


def _newest_order(tx: Tx) -> tuple[str, int]:
    row = tx.one("SELECT order_hash, amount_seconds FROM order_out WHERE state = 'held' AND purpose = 'transfer'")
    return row[0], row[1]
