# SPDX-License-Identifier: AGPL-3.0-or-later
"""Frames of a peer, from bytes to the commit that stores them (SPEC.md 6.2, 6.3).

Outside the writer: sizes, signatures, item roots, boxes. Inside one use case: places in the chain, fence, decisions,
books. The answer's frames are sealed by the hook of that same commit and go back in the HTTP answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ringtausch_node.clock import Clock
from ringtausch_node.federation.frames.items import Items, Prepared
from ringtausch_node.federation.frames.sealing import Received, encode_boxes
from ringtausch_node.federation.greeting.standing import positions
from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.heads import newest_head
from ringtausch_node.federation.line.lines import Line, hash_at
from ringtausch_node.federation.line.model import IN, OUT, LineRow
from ringtausch_node.federation.line.timekeeping import Timekeeping
from ringtausch_node.federation.wire.budgets import Budgets, OverBudget
from ringtausch_node.sometimes import sometimes
from ringtausch_node.store import Store, Tx
from ringtausch_protocol import canonical, channel, envelope, frames, limits
from ringtausch_protocol.channel import Arrival, Inbound
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import Frame, Header
from ringtausch_protocol.items import Offer, Order
from ringtausch_protocol.posts import Beside, Have, WireFrame

#: What an arrival that is not stored means for the request, and whether it proves a fault of the peer.
STOPS: dict[Arrival, tuple[str, bool]] = {
    Arrival.GAP: ("gap", False),
    Arrival.FENCED: ("fenced", True),
    Arrival.FORK: ("fork", True),
    Arrival.RESTORED: ("fenced", True),
    Arrival.WRONG_PREV: ("wrong_prev", True),
    Arrival.BAD_ACK: ("bad_ack", True),
}
#: Faults after which nothing more is signed for the peer until operators decide. A fenced frame is kept, no more.
CLOSING = frozenset({Arrival.FORK, Arrival.WRONG_PREV, Arrival.BAD_ACK})

#: When a peer was seen is written no more often than this where nothing else is.
SEEN_EVERY_SECONDS = 60

#: A note of NOTE_BYTES in base64url.
NOTE_TEXT_LENGTH = (limits.NOTE_BYTES * 4 + 2) // 3


class Batch(NamedTuple):
    """What one request or answer brought, verified as far as one can outside the writer."""

    frames: list[Frame]
    items: list[list[Prepared]]
    boxes: list[tuple[Beside, ...]]
    notes: list[tuple[Beside, ...]]


class Taken(NamedTuple):
    """What became of a batch: the place now reached in the peer's chain, and the code that stopped it, if any.

    `wait_seconds` is above zero where the peer's budget stopped it: nothing is wrong, and the rest may come then.
    """

    have: Have
    code: str | None
    wait_seconds: float = 0.0

    def verify_budget(self) -> None:
        """Raises OverBudget with what was stored before the budget was spent."""
        if self.wait_seconds:
            raise OverBudget(self.wait_seconds, self.have)


class Receiver:
    """Takes frames for all lines of this process."""

    def __init__(self, store: Store, clock: Clock, items: Items, timekeeping: Timekeeping) -> None:
        self._store, self._clock, self._items = store, clock, items
        self.timekeeping = timekeeping
        self.budgets = Budgets(clock)
        self.verifications = 0

    def prepare(
        self, line: Line, wire: Sequence[WireFrame], beside: Sequence[Beside], notes: Sequence[Beside] = ()
    ) -> Batch:
        """Verify frames and open boxes. Raises RemoteError where a frame is unusable as bytes: nothing is stored."""
        by_place = {(box.seq, box.index): canonical.unb64(box.sealed, None) for box in beside}
        batch = Batch([], [], [], [])
        for each in wire:
            frame = open_frame(line, bytes(each.header), [bytes(item) for item in each.items])
            self.verifications += 1
            header = frame.header
            channel.verify_names(line.names, header.net, header.from_, header.to, header.epoch)
            batch.frames.append(frame)
            batch.items.append(self._items.prepare(line, frame, by_place))
            batch.boxes.append(tuple(box for box in beside if box.seq == header.seq))
            batch.notes.append(notes_of(header, notes))
        return batch

    async def take(self, line: Line, have: Have, batch: Batch) -> Taken:
        """Store what is next, decide it, and answer: one use case, one commit.

        `have` is what the peer says it holds of our chain. Raises RemoteError('hello_needed') while this process has
        not stored the peer's list.
        """
        taken = None if batch.frames else await self._store.read(lambda tx: self._ack(tx, line, have))
        if taken is None:
            taken = await self._store.write(lambda tx: self._take(tx, line, have, batch))
            line.hold = taken.have
        line.forget_until(have.seq)
        return taken

    def _ack(self, tx: Tx, line: Line, have: Have) -> Taken | None:
        """What a post is answered that only acks, as every second one does: it changes nothing and needs no commit.

        None: it tells more than that, or it is time again to write that the peer was seen.
        """
        if not line.in_step or line.is_away or not line.is_usable or line.has_waiting or line.said_head is not None:
            return None
        row = records.load_line(tx, line.peer.id)
        is_noted = row.seen_at is not None and 0 <= self._clock.now() - row.seen_at < SEEN_EVERY_SECONDS
        is_ours = have.epoch == line.names.epoch and _is_ours(tx, line, row, have)
        if not is_noted or not is_ours or "ended" in (row.state_in, row.state_out):
            return None
        return Taken(Have(epoch=line.names.epoch, seq=row.peer_seq, hash=row.peer_hash), None)

    def _take(self, tx: Tx, line: Line, have: Have, batch: Batch) -> Taken:
        if line.fence is None:
            raise RemoteError("hello_needed")
        row, was_there = records.load_line(tx, line.peer.id), line.in_step and not line.is_away
        self._check_have(tx, line, row, have)
        # No decision while the line is not in step: what was found wrong in this commit or just before stops it.
        code, wait = self._take_frames(tx, line, row, batch) if line.in_step else ("quarantined", 0.0)
        row.seen_at = self._clock.now()
        records.save_line(tx, row)
        self._items.save_others(tx)
        tx.collect("line", line)
        if not was_there and line.in_step and not line.is_away:
            self._items.look_at_waiting(tx)
        return Taken(Have(epoch=line.names.epoch, seq=row.peer_seq, hash=row.peer_hash), code, wait)

    def _check_have(self, tx: Tx, line: Line, row: LineRow, have: Have) -> None:
        """A post under our token whose `have` names nothing we lack proves that the peer stored our list.

        `have` is not signed, so an untrue one accuses nobody: the next hello tells what the peer stands for.
        """
        if have.epoch != line.names.epoch:
            raise RemoteError("wrong_epoch", have.epoch)
        if not _is_ours(tx, line, row, have):
            line.in_step = False
            raise RemoteError("hello_needed", "have names no frame of ours")
        if line.is_usable:
            if line.said_head is not None:
                row.peer_head = newest_head(row.peer_head, line.said_head)
                tx.after_commit(line.has_our_answer)
            line.in_step, line.is_away = True, False

    def _take_frames(self, tx: Tx, line: Line, row: LineRow, batch: Batch) -> tuple[str | None, float]:
        """Frame after frame until one cannot be stored. -> its code, and how long to wait where that is all."""
        for frame, items, boxes, notes in zip(*batch, strict=True):
            arrival = channel.judge_arrival(frame.header, frame.hash, self._inbound(tx, line, row))
            if arrival is Arrival.REPEAT:
                sometimes("a frame comes again")
                continue
            if arrival is not Arrival.NEXT:
                return self._stop(tx, line, arrival, frame), 0.0
            if self._brings_orders(items) and self.timekeeping.doubt():
                return "clock_doubtful", 0.0
            size_bytes = len(frame.entry())
            if wait := self.budgets.wait(line, size_bytes):
                return None, wait
            self.budgets.spend(line, size_bytes)
            self._store_frame(tx, line, row, frame, boxes, notes)
            for item in items:
                self._items.apply(tx, line, row, frame.header, item)
        return None, 0.0

    def _brings_orders(self, items: list[Prepared]) -> bool:
        """Orders are decided by the clock when they are stored: while it is doubtful they wait at the sender's."""
        return any(isinstance(each.item, Order | Offer) for each in items)

    def _inbound(self, tx: Tx, line: Line, row: LineRow) -> Inbound:
        own, last = positions(row)
        return Inbound(
            last=last, own=own, acked=row.acked_seq, fence=line.fence,
            hash_in=lambda seq: hash_at(tx, line, IN, seq),
            boot_in=lambda seq: records.load_boot(tx, line.peer.id, line.names.epoch, seq),
            hash_out=lambda seq: _hash_out(tx, line, row, seq),
        )  # fmt: skip

    def _store_frame(
        self, tx: Tx, line: Line, row: LineRow, frame: Frame, boxes: tuple[Beside, ...], notes: tuple[Beside, ...]
    ) -> None:
        tx.collect("received", Received(line, frame, encode_boxes(boxes), encode_boxes(notes)))
        row.peer_seq, row.peer_hash = frame.header.seq, frame.hash
        row.acked_seq = max(row.acked_seq, frame.header.ack_seq)
        row.peer_head = newest_head(row.peer_head, frame.header.head)

    def _stop(self, tx: Tx, line: Line, arrival: Arrival, frame: Frame) -> str:
        code, is_fault = STOPS[arrival]
        sometimes(f"a frame is not taken: {arrival.value}")
        if is_fault:
            records.keep_evidence(tx, line.peer.id, code, frame.entry(), self._clock.now())
        if arrival in CLOSING:
            self._close(tx, line, code)
        return code

    def _close(self, tx: Tx, line: Line, reason: str) -> None:
        records.set_peer_state(tx, line.peer.id, "quarantined", reason)
        line.stop()
        tx.after_commit(lambda: line.quarantine(reason))


def _is_ours(tx: Tx, line: Line, row: LineRow, have: Have) -> bool:
    """Whether a peer's unsigned `have` names a frame of ours that stands in the table."""
    return have.seq <= row.own_seq and _hash_out(tx, line, row, have.seq) == have.hash


def _hash_out(tx: Tx, line: Line, row: LineRow, seq: int) -> str | None:
    """As `hash_at`: mostly it is the last frame that is asked for, which the line's row names."""
    return row.own_hash if 0 < seq == row.own_seq else hash_at(tx, line, OUT, seq)


def open_frame(line: Line, header: bytes, items: Sequence[bytes]) -> Frame:
    """Verify a frame of the peer under the card of its boot (SPEC.md 6.3). Raises RemoteError as `parse_frame`.

    Nearly every frame is under the card in force, so that one is tried first.
    """
    try:
        frame = frames.parse_frame(header, items, line.card.frame_keys)
    except RemoteError as bad:
        if bad.code != "unknown_key" or len(line.cards) == 1:
            raise
        every = {name: public for card in line.cards.values() for name, public in card.frame_keys.items()}
        frame = frames.parse_frame(header, items, every)
    card = line.card_at(frame.header.seq) if len(line.cards) > 1 else None
    if card is not None and envelope.signer_of(header) not in card.frame_keys:
        raise RemoteError("unknown_key", "not of the card of its boot")
    return frame


def notes_of(header: Header, notes: Sequence[Beside]) -> tuple[Beside, ...]:
    """The notes to self that the sender put beside a frame: one an item, of the size allowed; others are not kept."""
    fitting = {
        note.index: note
        for note in notes
        if note.seq == header.seq and note.index < header.count and len(note.sealed) <= NOTE_TEXT_LENGTH
    }
    return tuple(fitting.values())
