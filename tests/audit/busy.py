# SPDX-License-Identifier: AGPL-3.0-or-later
"""Logs of two towns that trade without end, made without nodes: each frame with a signature of its own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import msgspec

from ringtausch_protocol import canonical, entries, envelope, frames
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.documents import Head, Hello, HelloAck, Standing
from ringtausch_protocol.entries import ENTRY_DOCUMENT, ENTRY_HELLO, ENTRY_HELLO_ACK, log_entry
from ringtausch_protocol.items import Decision, Item, Order, encode_item, item_hash
from ringtausch_protocol.merkle import Frontier, leaf_hash
from tests.audit.exports import Export
from tests.vectors import payloads
from tests.vectors.cast import EICHE, LINDE, NET, NOON, Town, chance, hash32, header_for, sealed

WEEK = 604_800
AMOUNT_SECONDS = 60


@dataclass
class _Side:
    """A town, its log, and where its chain stands."""

    town: Town
    entries: list[bytes] = field(default_factory=list)
    tree: Frontier = field(default_factory=Frontier)
    seq: int = 0
    hash: str = field(default_factory=payloads.agreement_hash)

    def log(self, entry: bytes) -> None:
        """Append an entry."""
        self.entries.append(entry)
        self.tree.append(leaf_hash(entry))

    def export(self) -> Export:
        """Its log, with its card and the key that signs heads."""
        seeds = {"checkpoint": chance(f"{self.town.name} checkpoint")}
        return Export(self.town.id, 1, self.entries, (self.town.card.envelope,), seeds, self.town.name)


def busy_logs(payments: int) -> list[Export]:
    """Logs of Eiche and Linde with so many payments back and forth: two frames each, and a booking in either ring."""
    eiche, linde = _Side(EICHE), _Side(LINDE)
    _meet(eiche, linde)
    for number in range(payments):
        payer, payee = (eiche, linde) if number % 2 else (linde, eiche)
        order = _order(payer.town, payee.town, number)
        data = _send(payer, payee, order)
        decision = Decision(
            order_hash=item_hash(data), payment_id=order.payment_id, outcome="paid", by=payee.town.id, index=1,
            inbound=payer.town.id, amount_seconds=AMOUNT_SECONDS, decided_at=order.created_at,
        )  # fmt: skip
        _send(payee, payer, decision)
        for side in (payer, payee):
            side.log(log_entry(entries.BOOKING, (chance(f"{side.town.name} {number}"),)))
    return [eiche.export(), linde.export()]


def _meet(eiche: _Side, linde: _Side) -> None:
    """Cards, agreement, hello and its answer, in both logs."""
    both = EICHE.named(EICHE.operator), LINDE.named(LINDE.operator)
    agreement = sealed("peer-agreement", payloads.agreement(), *both)[1]
    hello = msgspec.structs.replace(payloads.hello(is_first=True), standing=_standing(EICHE, LINDE))
    digest = b64(envelope.document_hash("hello", canonical.encode(hello)))
    ack = HelloAck(
        v=1, net=NET, from_=LINDE.id, to=EICHE.id, nonce=hello.nonce, hello=digest, standing=_standing(LINDE, EICHE)
    )
    for side, other in ((eiche, LINDE), (linde, EICHE)):
        side.log(log_entry(ENTRY_DOCUMENT, (other.card.envelope,)))
        side.log(log_entry(ENTRY_DOCUMENT, (agreement,)))
        side.log(log_entry(ENTRY_HELLO, (_signed(EICHE, "hello", hello),)))
        side.log(log_entry(ENTRY_HELLO_ACK, (_signed(LINDE, "hello-ack", ack),)))


def _signed(town: Town, kind: str, value: Hello | HelloAck) -> bytes:
    return sealed(kind, value, town.named(town.frame))[1]


def _standing(town: Town, other: Town) -> Standing:
    nothing = Head(log=1, size=0, root=b64(hashlib.sha256(b"").digest()))
    return msgspec.structs.replace(payloads.standing(town, other, "busy", is_first=True), own_head=nothing)


def _order(payer: Town, payee: Town, number: int) -> Order:
    return Order(
        payment_id=b64(number.to_bytes(16)), attempt=1, purpose="transfer", path=[payer.id, payee.id],
        amount_seconds=AMOUNT_SECONDS, created_at=NOON + number, deadline_at=NOON + number + WEEK,
        payer_commit=hash32(f"payer {number}"), memo_commit=hash32(f"memo {number}"),
    )  # fmt: skip


def _send(sender: _Side, receiver: _Side, item: Item) -> bytes:
    """One frame with one item, in both logs. -> the item's bytes."""
    data = encode_item(item)
    header = header_for(
        sender.town, receiver.town, [data], seq=sender.seq + 1, prev=sender.hash, ack_seq=receiver.seq,
        ack_hash=receiver.hash, head=Head(log=1, size=sender.tree.size, root=b64(sender.tree.root())),
    )  # fmt: skip
    frame = frames.seal_frame(header, [data], *sender.town.named(sender.town.frame))
    sender.seq, sender.hash = header.seq, frame.hash
    for side in (sender, receiver):
        side.log(frame.entry())
    return data
