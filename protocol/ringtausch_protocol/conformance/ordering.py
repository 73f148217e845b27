# SPDX-License-Identifier: Apache-2.0
"""Orders that the kit sends, and the answers to them (SPEC.md 5.3, 7.1, 7.10)."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from ringtausch_protocol import canonical, settlement
from ringtausch_protocol.canonical import b64, unb64
from ringtausch_protocol.conformance.line import KitLine
from ringtausch_protocol.conformance.model import Broken, Talk, Unjudged, excerpt
from ringtausch_protocol.conformance.stage import PAYING_SECONDS, Stage
from ringtausch_protocol.conformance.talking import Came, exchange, none_came
from ringtausch_protocol.documents import OrderBox
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.items import Decision, Order, Reject, encode_item, item_hash
from ringtausch_protocol.posts import Beside
from ringtausch_protocol.sealing import BoxSealer, box_info

NOBODY = "niemand-den-es-gibt"
PAYEE_REFUSES = "payee_refuses"
#: What a ring may say of an order at any time (SPEC.md 7.12, 9).
NOT_NOW = ("busy", "next_hop_down", "too_many_holds")
DAY_SECONDS = 86_400


class Draft(NamedTuple):
    """An order and the box that travels beside it."""

    order: Order
    box: bytes | None


def draft(stage: Stage, payee: str, seconds: int = 60, payer: str = "", **changes: Any) -> Draft:
    """A transfer to a member of the ring under test, as it must be, with changes. Raises Unjudged: no room."""
    line, salts = stage.open_line(), (b64(stage.chance(16)), b64(stage.chance(16)))
    stage.verify_room(line, PAYING_SECONDS)
    payer, payment_id = payer or f"kit@{line.ring.address}", b64(stage.chance(16))
    text = OrderBox(payee=payee, payer=payer, memo="Probe", payer_salt=salts[0], memo_salt=salts[1])
    info = box_info(line.ring.net, line.ring.ring_id, line.peer.card.ring_id, payment_id)
    box = BoxSealer(line.peer.seal_public, stage.chance(32)).seal(canonical.encode(text), info)
    order = Order(
        payment_id=payment_id, attempt=1, purpose="transfer", path=[line.ring.ring_id, line.peer.card.ring_id],
        amount_seconds=seconds, created_at=stage.now(), deadline_at=stage.now() + _window(line),
        payer_commit=settlement.commit("payer", unb64(salts[0], 16), payer),
        memo_commit=settlement.commit("memo", unb64(salts[1], 16), "Probe"), sealed_hash=canonical.sha256_b64(box),
    )  # fmt: skip
    return Draft(msgspec.structs.replace(order, **changes), box)


def _window(line: KitLine) -> int:
    return min(line.agreement.deadline_seconds, DAY_SECONDS)


def probe(stage: Stage) -> Draft:
    """A probe (SPEC.md 5.3)."""
    bare = draft(stage, NOBODY).order
    fields = {"purpose": "probe", "amount_seconds": 0, "payer_commit": None, "memo_commit": None, "sealed_hash": None}
    return Draft(msgspec.structs.replace(bare, **fields), None)


def beside(line: KitLine, sent: Draft) -> list[Beside]:
    """The box as it travels beside the first item of the next frame."""
    return [] if sent.box is None else [Beside(seq=line.own().seq + 1, index=0, sealed=b64(sent.box))]


def answered(stage: Stage, sent: Draft) -> Talk[Came]:
    """Send an order, wait for its decision, whatever it says. Raises Broken where none comes."""
    line, data = stage.open_line(), encode_item(sent.order)
    found = yield from exchange(stage, line, [data], beside(line, sent))
    digest = item_hash(data)
    for pause in stage.patience.pauses():
        for each in found:
            if isinstance(each.item, Decision) and each.item.order_hash == digest:
                return each
        found = yield from exchange(stage, line, after_seconds=pause)
    raise none_came(stage, line, "a decision")


def decide(stage: Stage, sent: Draft) -> Talk[Came]:
    """Send an order, wait for its decision. Raises Broken where none comes, or one that is not valid."""
    came = yield from answered(stage, sent)
    assert isinstance(came.item, Decision)
    try:
        settlement.verify_decision(came.item, came.header, sent.order, came.item.order_hash)
    except RemoteError as error:
        raise Broken("a valid decision (7.1)", f"{error}: {excerpt(came.data)}") from None
    return came


def verify_now(said: Decision, *expected: str) -> None:
    """Raises Unjudged where the ring has no time or room just now, or does not reach the next one: that is no fault."""
    if said.code in NOT_NOW and said.code not in expected:
        raise Unjudged(f"the ring under test refused it with {said.code}: not now")


def refuses(stage: Stage, sent: Draft, *codes: str) -> Talk[None]:
    """The order must be decided: refused with one of these codes."""
    came = yield from decide(stage, sent)
    assert isinstance(came.item, Decision)
    verify_now(came.item, *codes)
    if came.item.outcome != "refused" or came.item.code not in codes:
        raise Broken(f"refused {' or '.join(codes)}", f"{came.item.outcome} {came.item.code or ''}".rstrip())


def pays(stage: Stage, sent: Draft) -> Talk[Came]:
    """The order must be paid. Raises Unjudged where no member was paid yet and this one may not be credited."""
    came = yield from decide(stage, sent)
    assert isinstance(came.item, Decision)
    verify_now(came.item)
    if came.item.code == PAYEE_REFUSES and not stage.has_paid:
        raise Unjudged(not_credited(stage))
    if came.item.outcome != "paid":
        raise Broken("paid", f"refused {came.item.code}")
    stage.has_paid = stage.has_paid or sent.order.purpose == "transfer"
    return came


def not_credited(stage: Stage) -> str:
    """Why nothing is judged that needs a member who is paid."""
    return (
        f"needs a member of the ring under test who may be credited; of --payee {stage.payee} it says {PAYEE_REFUSES}"
    )


def rejects(stage: Stage, item: bytes, *codes: str) -> Talk[None]:
    """The item must be answered by a reject with its place, and the frame counts all the same."""
    line = stage.open_line()
    seq = line.own().seq + 1
    found = yield from exchange(stage, line, [item])
    for pause in stage.patience.pauses():
        for each in found:
            if isinstance(each.item, Reject) and (each.item.seq, each.item.index) == (seq, 0):
                if each.item.code not in codes:
                    raise Broken(f"reject {' or '.join(codes)}", f"reject {each.item.code}")
                return
        found = yield from exchange(stage, line, after_seconds=pause)
    raise none_came(stage, line, f"reject of frame {seq}, item 0: {' or '.join(codes)}")
