# SPDX-License-Identifier: AGPL-3.0-or-later
"""One good value of every document and every item, for the vectors."""

from __future__ import annotations

import msgspec

from ringtausch_protocol import canonical, envelope, frames, limits, settlement
from ringtausch_protocol.canonical import Wire, b64
from ringtausch_protocol.documents import (
    EpochReset,
    FaultProof,
    Head,
    Hello,
    HelloAck,
    Invoice,
    LineTerms,
    OpenHold,
    PeerAgreement,
    Position,
    Run,
    Standing,
    Statement,
)
from ringtausch_protocol.items import (
    Cancel,
    Decision,
    DocumentItem,
    Erase,
    Fulfil,
    Item,
    Line,
    Message,
    Offer,
    Order,
    Reject,
    Release,
    SignedItem,
    encode_item,
    item_hash,
)
from ringtausch_protocol.keys import SigningKey, ring_id
from ringtausch_protocol.requests import Invitation, agreement_between
from ringtausch_protocol.ring_card import CardKey, CardUnit, RingCard
from tests.vectors.cast import (
    BUCHE,
    EICHE,
    LINDE,
    NET,
    NOON,
    Town,
    box_for,
    chance,
    epoch_of,
    frame_of,
    hash32,
    id16,
    secret_of,
)
from tests.vectors.disclosed import advert, line_close, ring_close, write_off, yearly_figures
from tests.vectors.logbook import log_access
from tests.vectors.primitives import order_box, sealed_order_box


def head_of(town: Town, size: int) -> Head:
    """A head of a ring's log."""
    return Head(log=1, size=size, root=hash32(f"{town.name} log"))


# -- documents ---------------------------------------------------------------------------------------------------------


def invitation() -> Invitation:
    """Eiche invites: Linde may owe it 20 hours, it may owe Linde 10."""
    return Invitation(
        v=1, net=NET, secret=b64(secret_of(EICHE, LINDE)), limit_in_seconds=72_000, limit_out_seconds=36_000,
        holds_max=limits.HOLDS_DEFAULT, deadline_seconds=limits.DEADLINE_DIRECT_SECONDS,
        expires_at=NOON + limits.INVITATION_SECONDS, card=msgspec.Raw(EICHE.card.envelope),
    )  # fmt: skip


def agreement() -> PeerAgreement:
    """The agreement that follows from that invitation."""
    epoch = canonical.unb64(epoch_of(EICHE, LINDE), 16)
    return agreement_between(NET, EICHE.id, LINDE.id, invitation(), epoch)


def agreement_hash() -> str:
    """H of that agreement: what both chains hang on."""
    return b64(envelope.document_hash("peer-agreement", canonical.encode(agreement())))


def later_agreement() -> PeerAgreement:
    """A second agreement, with a predecessor and everything shared."""
    raised = LineTerms(version=2, limit_seconds=360_000, holds_max=limits.HOLDS_MAX, transit=True)
    return msgspec.structs.replace(
        agreement(), a_owes=raised, shares=["market", "knowledge", "resources"], prev=agreement_hash()
    )  # fmt: skip


def second_card() -> RingCard:
    """A card after the first: more keys, two operators needed, a contact."""
    card = LINDE.card.card
    more = CardKey(purpose="operator", public=b64(SigningKey(chance("second operator")).public))
    return msgspec.structs.replace(
        card, number=2, prev_card=LINDE.card.hash, keys=[*card.keys, more], operator_threshold=2,
        unit=CardUnit(name="Zeit-Höhen", per_hour=20, decimals=1), contact="buero@linde.example",
    )  # fmt: skip


def standing(town: Town, other: Town, label: str, *, is_first: bool) -> Standing:
    """What a ring says of its channel: at first contact, or with frames behind it."""
    start = agreement_hash()
    own, peer = (0, 0) if is_first else (7, 4)
    runs = [Run(boot=id16(f"{town.name} boot before"), card=hash32("card before"), first_seq=3),
            Run(boot=town.boot, card=town.card.hash, first_seq=6)]  # fmt: skip
    return Standing(
        boot=town.boot, card=town.card.hash, epoch=epoch_of(town, other),
        own=Position(seq=own, hash=hash32(f"{town.name} frame {own}") if own else start),
        peer=Position(seq=peer, hash=hash32(f"{other.name} frame {peer}") if peer else start),
        runs=[] if is_first else runs, acked=0 if is_first else 2, own_head=head_of(town, 3),
        token=b64(box_for(other, chance(f"token of {town.name}"), token_info(town, other), f"token {label}")),
        peer_head=None if is_first else head_of(other, 17),
    )  # fmt: skip


def token_info(sender: Town, receiver: Town) -> bytes:
    """The `info` under which a token is sealed (SPEC.md 6.4)."""
    return f"ringtausch/token/v1\n{NET}\n{sender.id}\n{receiver.id}".encode()


def hello(*, is_first: bool = False) -> Hello:
    """Eiche says hello to Linde."""
    said = standing(EICHE, LINDE, f"hello {is_first}", is_first=is_first)
    return Hello(
        v=1, net=NET, from_=EICHE.id, to=LINDE.id, challenge=hash32("challenge"), nonce=hash32("nonce"), standing=said
    )  # fmt: skip


def hello_ack() -> HelloAck:
    """Linde answers that hello."""
    digest = b64(envelope.document_hash("hello", canonical.encode(hello())))
    said = standing(LINDE, EICHE, "ack", is_first=False)
    return HelloAck(v=1, net=NET, from_=LINDE.id, to=EICHE.id, nonce=hash32("nonce"), hello=digest, standing=said)


def invoice() -> Invoice:
    """Linde promises to accept an hour and a half."""
    return Invoice(
        v=1, net=NET, invoice_id=id16("invoice"), payee_ring=LINDE.id, amount_seconds=5400, expires_at=NOON + 3600,
        payee_commit=settlement.commit("payee", chance("payee salt", 16), "jürgen"),
    )  # fmt: skip


def statement() -> Statement:
    """Both sides' view: b owes an hour and a half, one payment is open."""
    a, b = sorted((EICHE, LINDE), key=lambda town: town.id)
    return Statement(
        v=1, net=NET, a=a.id, b=b.id, epoch=epoch_of(a, b), a_seq=7, b_seq=4, balance_seconds=-5400,
        holds_ab=[OpenHold(order_hash=hash32("order"), amount_seconds=5400)], holds_ba=[], a_head=head_of(a, 23),
        b_head=head_of(b, 17),
    )  # fmt: skip


def last_statement() -> Statement:
    """Nothing is owed or open any more, and the line is over."""
    return msgspec.structs.replace(statement(), a_seq=12, b_seq=9, balance_seconds=0, holds_ab=[], state="ended")


def epoch_reset() -> EpochReset:
    """Eiche and Linde begin again."""
    a, b = sorted((EICHE, LINDE), key=lambda town: town.id)
    return EpochReset(
        v=1, net=NET, a=a.id, b=b.id, old_epoch=epoch_of(a, b), new_epoch=id16("new epoch"), balance_seconds=3600,
        holds=[OpenHold(order_hash=hash32("order"), amount_seconds=5400)], evidence=[hash32("evidence")],
    )  # fmt: skip


def epoch_reset_as_of() -> EpochReset:
    """The same, saying up to where the old chains count."""
    return msgspec.structs.replace(epoch_reset(), holds=[], a_seq=7, b_seq=0)


def fault_proof() -> FaultProof:
    """Linde shows that Eiche signed two frames at one place."""
    proofs = [frame_of(EICHE, LINDE, [b'{"kind":"cancel"}'], at=NOON + at).envelope.decode() for at in (0, 1)]
    return FaultProof(v=1, net=NET, reporter=LINDE.id, fault="fork", items=proofs)


def documents() -> list[tuple[str, str, Wire, list[tuple[Town, SigningKey]]]]:
    """(name, kind, value, who signs) of every document."""
    both = [(EICHE, EICHE.operator), (LINDE, LINDE.operator)]
    eiche_frame, linde_frame = [(EICHE, EICHE.frame)], [(LINDE, LINDE.frame)]
    return [
        ("first card, one root", "ring-card", EICHE.card.card, [(EICHE, root) for root in EICHE.roots]),
        ("first card, two roots", "ring-card", LINDE.card.card, [(LINDE, root) for root in LINDE.roots]),
        ("second card", "ring-card", second_card(), [(LINDE, root) for root in LINDE.roots]),
        ("agreement", "peer-agreement", agreement(), both),
        ("second agreement", "peer-agreement", later_agreement(), both),
        ("hello at first contact", "hello", hello(is_first=True), eiche_frame),
        ("hello", "hello", hello(), eiche_frame),
        ("hello-ack", "hello-ack", hello_ack(), linde_frame),
        ("invoice", "invoice", invoice(), linde_frame),
        ("statement", "statement", statement(), [*eiche_frame, *linde_frame]),
        ("advert", "advert", advert(), eiche_frame),
        ("write-off", "write-off", write_off(), [(LINDE, LINDE.operator)]),
        ("epoch-reset", "epoch-reset", epoch_reset(), both),
        ("fault-proof", "fault-proof", fault_proof(), linde_frame),
        ("epoch-reset as of", "epoch-reset", epoch_reset_as_of(), both),
        ("log access", "log-access", log_access(), linde_frame),
        ("last statement", "statement", last_statement(), [*eiche_frame, *linde_frame]),
        ("yearly figures", "yearly-figures", yearly_figures(), eiche_frame),
        ("line-close", "line-close", line_close(), [(LINDE, LINDE.operator)]),
        ("ring-close", "ring-close", ring_close(), [(LINDE, LINDE.operator)]),
    ]


def next_root_of(town: Town) -> tuple[bytes, str]:
    """The one key of the root to come, and what the card says of it."""
    public = SigningKey(chance(f"{town.name} next root")).public
    return public, b64(canonical.sha256(ring_id([public], 1).encode()))


# -- items -------------------------------------------------------------------------------------------------------------


def order(*path: Town) -> Order:
    """Alma of Eiche pays an hour and a half along a path."""
    box = order_box()
    return Order(
        payment_id=id16("payment"), attempt=1, purpose="transfer", path=[town.id for town in path or (EICHE, LINDE)],
        amount_seconds=5400, created_at=NOON, deadline_at=NOON + limits.DEADLINE_DIRECT_SECONDS,
        invoice_hash=b64(envelope.document_hash("invoice", canonical.encode(invoice()))),
        payer_commit=settlement.commit("payer", chance("payer salt", 16), box.payer),
        memo_commit=settlement.commit("memo", chance("memo salt", 16), box.memo),
        sealed_hash=canonical.sha256_b64(sealed_order_box()),
    )  # fmt: skip


def probe() -> Order:
    """Nothing, from Eiche to Linde."""
    return Order(
        payment_id=id16("probe"), attempt=1, purpose="probe", path=[EICHE.id, LINDE.id], amount_seconds=0,
        created_at=NOON, deadline_at=NOON + 3600,
    )  # fmt: skip


def around(purpose: str, *path: Town) -> Order:
    """The same amount round a circle of rings, which is no member's: a netting or an assignment."""
    bare = {"invoice_hash": None, "payer_commit": None, "memo_commit": None, "sealed_hash": None}
    return msgspec.structs.replace(order(*path), purpose=purpose, **bare)


def signed(sender: Town, receiver: Town, item: Item) -> SignedItem:
    """An item as the second of a frame of three, cut out with its proof."""
    cancel = encode_item(Cancel(order_hash=hash32("another order")))
    items = [cancel, encode_item(item), cancel]
    return frames.signed_item(frame_of(sender, receiver, items).envelope, items, 1)


def decision(of: Order, *path: Town, code: str | None = None) -> Decision:
    """The decision of an order by the last ring of `path` (which may be a part of the order's)."""
    return Decision(
        order_hash=item_hash(encode_item(of)), payment_id=of.payment_id,
        outcome="refused" if code else "paid", by=path[-1].id, index=len(path) - 1, inbound=path[-2].id,
        amount_seconds=of.amount_seconds, decided_at=NOON + 60, code=code,
    )  # fmt: skip


def items() -> list[tuple[str, Item]]:
    """(name, item) of every kind."""
    path = (EICHE, LINDE, BUCHE)
    far = order(*path)
    paid, refused = (signed(BUCHE, LINDE, decision(far, *path, code=code)) for code in (None, "payee_refuses"))
    digest = item_hash(encode_item(far))
    refund = {"purpose": "refund", "refund_of": id16("payment"), "invoice_hash": None, "attempt": 2}
    back = msgspec.structs.replace(order(LINDE, EICHE), **refund)
    return [
        ("order", order()),
        ("order of a refund", back),
        ("order of a probe", probe()),
        ("order of a netting", around("netting", *path, EICHE)),
        ("order of an assignment", around("assignment", *path, EICHE)),
        ("decision: paid", decision(order(), EICHE, LINDE)),
        ("decision: refused", decision(order(), EICHE, LINDE, code="payee_refuses")),
        ("decision of a ring between", decision(far, EICHE, LINDE, code="next_hop_down")),
        ("offer", Offer(index=1, order=signed(EICHE, LINDE, far))),
        ("fulfil", Fulfil(order_hash=digest, decision=paid)),
        ("release", Release(order_hash=digest, cause="refused", decision=refused)),
        ("release at own cost", Release(order_hash=digest, cause="own_refusal")),
        ("cancel", Cancel(order_hash=digest)),
        ("line", Line(version=2, limit_seconds=0, state="paused")),
        ("document", DocumentItem(type_="ring-card", envelope=msgspec.Raw(EICHE.card.envelope))),
        ("message", Message(id=id16("message"), topic="market", body_hash=hash32("body"))),
        ("erase", Erase(payment_id=id16("payment"))),
        ("reject", Reject(seq=7, index=63, code="unknown_order")),
    ]
