# SPDX-License-Identifier: AGPL-3.0-or-later
"""Logs of some towns whose payments go through each other, made without nodes."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from ringtausch_protocol import canonical, envelope, frames, settlement
from ringtausch_protocol.canonical import b64, unb64
from ringtausch_protocol.documents import EpochReset, Head, HelloAck, PeerAgreement, Position, Standing
from ringtausch_protocol.entries import (
    ENTRY_DOCUMENT,
    ENTRY_HELLO,
    ENTRY_HELLO_ACK,
    START,
    START_KIND,
    LogStart,
    log_entry,
)
from ringtausch_protocol.frames import Frame
from ringtausch_protocol.items import Decision, Item, Order, Outcome, Purpose, SignedItem, encode_item, item_hash
from ringtausch_protocol.merkle import EMPTY, Frontier, leaf_hash
from ringtausch_protocol.requests import agreement_between
from tests.audit.exports import Export
from tests.vectors import payloads
from tests.vectors.cast import BUCHE, EICHE, LINDE, NET, NOON, Town, chance, epoch_of, hash32, header_for, id16, sealed

HOUR = 3_600


@dataclass
class Road:
    """One direction between two towns: where the chain stands. `epoch`: of another line than their first one."""

    hash: str
    seq: int = 0
    epoch: str = ""


@dataclass
class Land:
    """Towns that know each other, their logs, and what they send."""

    towns: tuple[Town, ...] = (EICHE, LINDE, BUCHE)
    logs: dict[str, list[bytes]] = field(default_factory=dict)
    trees: dict[str, Frontier] = field(default_factory=dict)
    roads: dict[tuple[str, str], Road] = field(default_factory=dict)
    #: The logs that came before, of rings that were restored.
    closed: list[Export] = field(default_factory=list)

    def __post_init__(self) -> None:
        for town in self.towns:
            self.logs[town.id], self.trees[town.id] = [], Frontier()
        for place, one in enumerate(self.towns):
            for other in self.towns[place + 1 :]:
                self._meet(one, other)

    def exports(self) -> list[Export]:
        """The log of each town, of one that was restored the second."""
        return [self.export(town) for town in self.towns]

    def export(self, town: Town) -> Export:
        """Its log as it stands."""
        return Export(
            town.id, self._number(town), self.logs[town.id], (town.card.envelope,),
            {"checkpoint": chance(f"{town.name} checkpoint")}, town.name,
        )  # fmt: skip

    def _number(self, town: Town) -> int:
        return 1 + sum(log.ring_id == town.id for log in self.closed)

    def lose(self, town: Town, size: int) -> None:
        """The town's log has so many entries again; the others have what they got."""
        kept = self.logs[town.id][:size]
        self.logs[town.id], self.trees[town.id] = [], Frontier()
        for entry in kept:
            self.log(town, entry)

    def restore(self, town: Town, *known: Town) -> None:
        """The town goes on in another log, which closes the one before and has the cards of `known`."""
        number, tree = self._number(town), self.trees[town.id]
        self.closed.append(self.export(town))
        closed = Head(log=number, size=tree.size, root=b64(tree.root()))
        start = LogStart(v=1, net=NET, ring_id=town.id, log=number + 1, closed=closed, code="old_copy", at=NOON)
        self.logs[town.id], self.trees[town.id] = [], Frontier()
        self.log(town, log_entry(START, (sealed(START_KIND, start, town.named(town.operator))[1],)))
        for other in known:
            self.log(town, log_entry(ENTRY_DOCUMENT, (other.card.envelope,)))

    def log(self, town: Town, entry: bytes) -> None:
        """Append an entry to a town's log."""
        self.logs[town.id].append(entry)
        self.trees[town.id].append(leaf_hash(entry))

    def agreement(self, one: Town, other: Town) -> PeerAgreement:
        """Of two towns."""
        return agreement_between(NET, one.id, other.id, payloads.invitation(), unb64(epoch_of(one, other), 16))

    def _meet(self, one: Town, other: Town) -> None:
        """Cards, agreement, hello and its answer, in both logs."""
        value = self.agreement(one, other)
        _, signed = sealed("peer-agreement", value, one.named(one.operator), other.named(other.operator))
        base = b64(envelope.document_hash("peer-agreement", canonical.encode(value)))
        self.roads[one.id, other.id], self.roads[other.id, one.id] = Road(base), Road(base)
        fields = {"from_": one.id, "to": other.id, "standing": self._standing(one, other, base)}
        hello = msgspec.structs.replace(payloads.hello(is_first=True), **fields)
        digest = b64(envelope.document_hash("hello", canonical.encode(hello)))
        standing = self._standing(other, one, base)
        ack = HelloAck(v=1, net=NET, from_=other.id, to=one.id, nonce=hello.nonce, hello=digest, standing=standing)
        for town, peer in ((one, other), (other, one)):
            self.log(town, log_entry(ENTRY_DOCUMENT, (peer.card.envelope,)))
            self.log(town, log_entry(ENTRY_DOCUMENT, (signed,)))
            self.log(town, log_entry(ENTRY_HELLO, (sealed("hello", hello, one.named(one.frame))[1],)))
            self.log(town, log_entry(ENTRY_HELLO_ACK, (sealed("hello-ack", ack, other.named(other.frame))[1],)))

    def _standing(self, town: Town, other: Town, base: str) -> Standing:
        start = Position(seq=0, hash=base)
        nothing = Head(log=1, size=0, root=b64(EMPTY))
        found = payloads.standing(town, other, "road", is_first=True)
        return msgspec.structs.replace(found, own=start, peer=start, own_head=nothing)

    def begin_anew(self, one: Town, other: Town, balance_seconds: int = 0) -> None:
        """Two towns have signed that their line begins anew over a balance; both logs say so."""
        a, b = sorted((one, other), key=lambda town: town.id)
        value = EpochReset(
            v=1, net=NET, a=a.id, b=b.id, old_epoch=epoch_of(a, b), new_epoch=id16("anew"),
            balance_seconds=balance_seconds, holds=[], evidence=[],
        )  # fmt: skip
        _, signed = sealed("epoch-reset", value, one.named(one.operator), other.named(other.operator))
        base = b64(envelope.document_hash("epoch-reset", canonical.encode(value)))
        for town, peer in ((one, other), (other, one)):
            self.log(town, log_entry(ENTRY_DOCUMENT, (signed,)))
            self.roads[town.id, peer.id] = Road(base, epoch=value.new_epoch)

    # -- sending -----------------------------------------------------------------------------------------------------

    def send(self, sender: Town, receiver: Town, *items: Item, at: int = NOON) -> Frame:
        """One frame, in both logs."""
        data = [encode_item(item) for item in items]
        road, back, tree = self.roads[sender.id, receiver.id], self.roads[receiver.id, sender.id], self.trees[sender.id]
        header = header_for(
            sender, receiver, data, seq=road.seq + 1, prev=road.hash, ack_seq=back.seq, ack_hash=back.hash,
            head=Head(log=self._number(sender), size=tree.size, root=b64(tree.root())), at=at,
            epoch=road.epoch or epoch_of(sender, receiver),
        )  # fmt: skip
        frame = frames.seal_frame(header, data, *sender.named(sender.frame))
        road.seq, road.hash = header.seq, frame.hash
        self.log(sender, frame.entry())
        self.log(receiver, frame.entry())
        return frame


def order_along(*path: Town, purpose: Purpose = "transfer") -> Order:
    """An hour along a path; what goes round is no member's."""
    payer, memo = (None, None) if purpose in settlement.ROUND else (hash32("payer"), hash32("memo"))
    return Order(
        payment_id=b64(bytes(15) + b"\1"), attempt=1, purpose=purpose, path=[town.id for town in path],
        amount_seconds=HOUR, created_at=NOON, deadline_at=NOON + 900, payer_commit=payer, memo_commit=memo,
    )  # fmt: skip


def paid(order: Order, at: int, outcome: Outcome = "paid") -> Decision:
    """The decision of the ring at a place of the path."""
    return Decision(
        order_hash=item_hash(encode_item(order)), payment_id=order.payment_id, outcome=outcome,
        by=order.path[at], index=at, inbound=order.path[at - 1], amount_seconds=order.amount_seconds, decided_at=NOON,
        code=None if outcome == "paid" else "payee_refuses",
    )  # fmt: skip


def cut_out(frame: Frame) -> SignedItem:
    """The first item of a frame, so that it proves itself."""
    return frames.signed_item(frame.envelope, frame.items, 0)
