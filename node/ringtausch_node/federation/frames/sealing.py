# SPDX-License-Identifier: AGPL-3.0-or-later
"""The seal hook: at the end of each group of commits, before COMMIT, what waits becomes frames (SPEC.md 6.1, 8.1).

First the leaves that use cases left, received frames among them, so that a received frame stands in the log before
every frame that acks it; then, for each line that was touched and is in step, frames one after the other: head,
one signature, leaf, row. Sizes were checked when items were added: the hook does not fail for one peer.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from ringtausch_node.clock import Clock
from ringtausch_node.federation.frames.notes import Notes
from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line, Sealed
from ringtausch_node.federation.line.model import IN, OUT, FrameRow, LineRow, OrderOut
from ringtausch_node.federation.line.timekeeping import Timekeeping
from ringtausch_node.federation.mail.service import Mail
from ringtausch_node.federation.orders import between_records
from ringtausch_node.federation.orders import records as orders
from ringtausch_node.federation.orders.payer import Payer
from ringtausch_node.federation.orders.read_once import all_passed, read_passed
from ringtausch_node.federation.statements.service import Statements
from ringtausch_node.store import Tx
from ringtausch_node.translog.service import LogWriter
from ringtausch_protocol import frames
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.documents import Head
from ringtausch_protocol.entries import log_entry, parse_log_entry
from ringtausch_protocol.frames import Frame, Header
from ringtausch_protocol.items import item_hash
from ringtausch_protocol.posts import Beside, wire_frame

#: What JSON puts around a box in a request.
BESIDE_BYTES = 64
_IS_OFFER = b'{"kind":"offer"'


class Leaving(NamedTuple):
    """One item on its way into a frame; an order brings its row, orders and messages a box."""

    item: bytes
    order: OrderOut | None
    box: bytes | None
    #: The hash of another ring's order that goes on with it.
    passed_on: str | None = None


class Received(NamedTuple):
    """A frame of a peer that was accepted in this group and still needs its leaf."""

    line: Line
    frame: Frame
    boxes: bytes
    notes: bytes


class Sealer:
    """Turns what the use cases of a group left behind into leaves and frames."""

    def __init__(
        self, *, identity: RingIdentity, clock: Clock, payer: Payer, notes: Notes, mail: Mail,
        timekeeping: Timekeeping, statements: Statements,
    ) -> None:  # fmt: skip
        self._identity, self._clock, self._payer, self._notes = identity, clock, payer, notes
        self._mail, self._timekeeping, self._statements = mail, timekeeping, statements
        self.signatures = 0
        self.on_held: Callable[[bytes], None] = _nobody
        self.on_ended: list[Callable[[bytes], None]] = []

    def __call__(self, tx: Tx) -> None:
        """The hook itself, on the writer's thread."""
        self._timekeeping.note(tx)
        leaves: list[bytes] = tx.collected("leaf")
        received: list[Received] = tx.collected("received")
        touched: list[Line] = tx.collected("line")
        if not leaves and not received and not touched:
            self._tell(tx)
            return
        log = LogWriter(tx)
        log.append_collected()
        for arrived in received:
            self._log_received(tx, log, arrived)
        items: list[tuple[Line, bytes]] = tx.collected("item")
        for line in sorted(set(touched), key=lambda each: each.peer.id):
            self._seal_line(tx, log, line, [item for owner, item in items if owner is line])
        log.save()
        self._tell(tx)

    def _tell(self, tx: Tx) -> None:
        held: list[bytes] = tx.collected("held")
        ended: list[bytes] = tx.collected("ended")
        if held:
            tx.after_commit(lambda: [self.on_held(payment_id) for payment_id in held])
        if ended:
            tx.after_commit(lambda: [tell(each) for each in ended for tell in self.on_ended])

    def _log_received(self, tx: Tx, log: LogWriter, arrived: Received) -> None:
        header = arrived.frame.header
        leaf = log.append(arrived.frame.entry())
        line, peer = arrived.line, arrived.line.peer.id
        card = line.card_at(header.seq) or line.card
        row = FrameRow(header.seq, header.boot, card.hash, arrived.frame.hash, leaf, arrived.boxes)
        records.insert_frame(tx, peer, IN, header.epoch, row)
        records.insert_notes(tx, peer, IN, header.epoch, header.seq, arrived.notes, self._clock.now())

    def _seal_line(self, tx: Tx, log: LogWriter, line: Line, items: list[bytes]) -> None:
        if not line.in_step or not line.is_usable:
            records.insert_waiting(tx, line.peer.id, items)
            line.has_waiting = line.has_waiting or bool(items)
            return
        row = records.load_line(tx, line.peer.id)
        if line.has_waiting:
            items = records.take_waiting(tx, line.peer.id) + items
            line.has_waiting = False
        arrived: list[Received] = tx.collected("received")
        frames_now = [each.frame for each in arrived if each.line is line]
        items = items + self._statements.answer(tx, log, line, row, items, frames_now)
        waiting = self._leaving(tx, line, items)
        sealed = self._seal_all(tx, log, line, row, waiting)
        statement = self._statements.propose(tx, line, row, partial(_head, log))
        if statement is not None:
            sealed.append(self._seal_one(tx, log, line, row, [Leaving(statement, None, None)]))
        if sealed:
            records.save_line(tx, row)
            tx.after_commit(lambda: line.put(sealed))

    def _seal_all(self, tx: Tx, log: LogWriter, line: Line, row: LineRow, waiting: list[Leaving]) -> list[Sealed]:
        """As many frames as the waiting items and signable orders need, one after the other."""
        waiting = waiting + [Leaving(item, order, order.box) for order, item in self._payer.signable(tx, line, row)]
        sealed: list[Sealed] = []
        while waiting:
            count = frames.room_in_frame([len(each.item) for each in waiting])
            sealed.append(self._seal_one(tx, log, line, row, waiting[:count]))
            waiting = waiting[count:]
        return sealed

    def _seal_one(self, tx: Tx, log: LogWriter, line: Line, row: LineRow, taken: list[Leaving]) -> Sealed:
        items = [each.item for each in taken]
        header = self._header(log, line, row, items)
        frame = frames.seal_frame(header, items, self._identity.frame_key_id, self._identity.frame_signer)
        self.signatures += 1
        boxes = tuple(
            Beside(seq=header.seq, index=index, sealed=b64(each.box))
            for index, each in enumerate(taken)
            if each.box is not None
        )
        leaf = log.append(frame.entry())
        note = FrameRow(header.seq, header.boot, self._identity.own.hash, frame.hash, leaf, encode_boxes(boxes))
        records.insert_frame(tx, line.peer.id, OUT, header.epoch, note)
        notes = self._notes.of_frame(tx, header.seq, [(each.item, each.order) for each in taken])
        records.insert_notes(tx, line.peer.id, OUT, header.epoch, header.seq, encode_boxes(notes), header.at)
        self._note_orders(tx, header, taken)
        self._note_beside(tx, line, header, taken)
        row.own_seq, row.own_hash = header.seq, frame.hash
        size = len(frame.envelope) + sum(map(len, items)) + size_of(boxes) + size_of(notes)
        return Sealed(header.seq, frame.hash, wire_frame(frame), boxes, notes, size)

    def _leaving(self, tx: Tx, line: Line, items: list[bytes]) -> list[Leaving]:
        """Items that are not orders of ours, with a message's body, or the box of another's order."""
        leaving, passed = [], all_passed(tx)
        for item in items:
            if item.startswith(_IS_OFFER):
                offer = passed.get(item) or read_passed(tx, item)
                leaving.append(Leaving(item, None, offer.box, offer.order_hash))
            else:
                leaving.append(Leaving(item, None, self._mail.box_of(tx, line, item)))
        return leaving

    def _note_beside(self, tx: Tx, line: Line, header: Header, taken: list[Leaving]) -> None:
        """Where messages and others' orders stand now."""
        for index, each in enumerate(taken):
            if each.order is None and each.box is not None and each.passed_on is None:
                self._mail.note_sealed(tx, line, header, index, each.item)
        passed = [each.passed_on for each in taken if each.passed_on is not None]
        if passed:
            between_records.set_out(tx, header.seq, passed)

    def _header(self, log: LogWriter, line: Line, row: LineRow, items: list[bytes]) -> Header:
        return Header(
            v=1, net=line.names.net, from_=line.names.me, to=line.names.peer, epoch=line.names.epoch,
            boot=self._identity.boot, to_boot=line.peer_boot, seq=row.own_seq + 1, prev=row.own_hash,
            ack_seq=row.peer_seq, ack_hash=row.peer_hash,
            head=_head(log), at=self._clock.now(), count=len(items),
            items_root=frames.items_root(items),
        )  # fmt: skip

    def _note_orders(self, tx: Tx, header: Header, taken: list[Leaving]) -> None:
        signed = [
            (each.order.created_at, item_hash(each.item), header.seq, index, each.order.payment_id)
            for index, each in enumerate(taken)
            if each.order is not None
        ]
        if signed:
            orders.set_held(tx, signed)
            for row in signed:
                tx.collect("held", row[-1])


def _head(log: LogWriter) -> Head:
    """Our log as it stands now: what the next frame's header names."""
    number, size, root = log.head()
    return Head(log=number, size=size, root=b64(root))


def _nobody(_payment_id: bytes) -> None:
    """Nobody watches."""


def size_of(beside: tuple[Beside, ...]) -> int:
    """What boxes or notes take in a request."""
    return sum(len(each.sealed) + BESIDE_BYTES for each in beside)


def encode_boxes(boxes: tuple[Beside, ...]) -> bytes:
    """Boxes as they stand in a frame's row: index and box, each behind lengths; empty for none."""
    return log_entry(0, [b"%d %s" % (box.index, box.sealed.encode()) for box in boxes]) if boxes else b""


def decode_boxes(seq: int, data: bytes) -> tuple[Beside, ...]:
    """The inverse of `encode_boxes`."""
    if not data:
        return ()
    found = []
    for part in parse_log_entry(data)[1]:
        index, sealed = part.split(b" ", 1)
        found.append(Beside(seq=seq, index=int(index), sealed=sealed.decode()))
    return tuple(found)
