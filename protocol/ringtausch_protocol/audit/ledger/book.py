# SPDX-License-Identifier: Apache-2.0
"""The book of one ring as its own logs tell it: every entry, in their order, from the first log to the last."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ringtausch_protocol import entries
from ringtausch_protocol.audit.evidence.heads import Heads
from ringtausch_protocol.audit.evidence.seen import SeenFrame, read_frame
from ringtausch_protocol.audit.findings.model import Place
from ringtausch_protocol.audit.ledger.chain import Chain
from ringtausch_protocol.audit.ledger.documents import Documents, kind_of, read_document
from ringtausch_protocol.audit.ledger.greetings import GREETINGS, Greetings, Told
from ringtausch_protocol.audit.ledger.items import Items
from ringtausch_protocol.audit.ledger.lines import Channel, LineBook
from ringtausch_protocol.audit.ledger.said import Said
from ringtausch_protocol.audit.ledger.starts import verify_start
from ringtausch_protocol.audit.ledger.world import Waiting, World
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.entries import ENTRY_DOCUMENT, ENTRY_FRAME
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import Header

_BOOKING_BEGINS = bytes((entries.BOOKING,))
_BOOKING_LENGTH = 1 + 4 + 32


class Book:
    """Reads the entries of one ring's logs. `is_cut`: the first of them is missing, or one between others."""

    def __init__(self, world: World, owner: str, *, is_cut: bool) -> None:
        self._world, self.owner, self.is_cut = world, owner, is_cut
        self.lines: dict[str, LineBook] = {}
        self.starts: list[entries.LogStart] = []
        self.bookings = 0
        self.frames = 0
        #: The newest time in it: how far it has come beside the others; and the newest that the ring itself has signed.
        self.clock = self.signed_at = 0
        #: Lines that began, or began anew, since the ring signed its last frame.
        self._begun: list[LineBook] = []
        self._documents = documents = Documents(world, owner, is_cut=is_cut)
        #: Documents of two rings.
        self._between: dict[str, Callable[[LineBook, bytes, Place], None]] = {
            "peer-agreement": documents.agreement, "epoch-reset": documents.reset, "statement": documents.statement,
            "line-close": documents.close,
        }  # fmt: skip
        self.greetings = Greetings(world, owner, is_cut=is_cut)
        self._items = Items(world, owner, self._documents, is_cut=is_cut)
        self._origin, self._number, self._verified = "", 0, 0
        self._heads = Heads()

    @property
    def closed_at(self) -> int:
        """When the ring said that all of its lines are over; zero: never."""
        return self._documents.closed_at

    def begin_log(self, origin: str, number: int, verified: int = 0, *, is_gap: bool = False) -> None:
        """The next log. `verified`: so many entries an earlier audit checked. `is_gap`: some before it are missing."""
        if is_gap:
            for line in self.lines.values():
                line.miss()
        self._origin, self._number, self._verified = origin, number, verified
        self._heads = Heads()

    def take(self, log_entries: Sequence[bytes], hashes: Sequence[bytes]) -> None:
        """The next entries; their hashes were held against the tree."""
        self._heads.enter(hashes)
        usual = self._world.usual_frames(log_entries, hashes)
        for index, entry in enumerate(log_entries, self._heads.size):
            if len(entry) == _BOOKING_LENGTH and entry.startswith(_BOOKING_BEGINS):
                self.bookings += 1
            else:
                place = index - self._heads.size
                self._take(entry, hashes[place], index, usual[place])

    def _take(self, entry: bytes, digest: bytes, index: int, usual: SeenFrame | None) -> None:
        waiting = self._world.waiting.get(digest)
        if waiting is not None:
            self._frame(waiting.frame, index, waiting)
        elif usual is not None:
            self._frame(usual, index, None)
        else:
            self._read(entry, digest, index)

    def _read(self, entry: bytes, digest: bytes, index: int) -> None:
        """Anything else."""
        place = Place(self.owner, self._origin, index)
        try:
            kind, parts = entries.parse_entry(entry)
            self._verify_place(kind, index)
            if kind == ENTRY_FRAME:
                self._frame(read_frame(parts, digest, self._world.usual), index, None)
            elif kind in GREETINGS:
                self.greetings.take(self.line, parts[0], kind, place, self._verified)
            elif kind == ENTRY_DOCUMENT:
                self._document(parts[0], place)
            else:
                self._start(entry, place)
        except RemoteError as error:
            self._world.findings.add("bad_entry", place, code=error.code, detail=error.detail)

    def _verify_place(self, kind: int, index: int) -> None:
        """Only a log behind a closed one has a start, and it begins with it."""
        if (kind == entries.START) != (index == 0 and self._number > 1):
            raise RemoteError("bad_entry", f"type {kind} at this place")

    # -- frames ------------------------------------------------------------------------------------------------------

    def _frame(self, frame: SeenFrame, index: int, waiting: Waiting | None) -> None:
        """A frame, and how it waits for this log if the other one has shown it."""
        header = frame.header
        if self.owner not in (header.from_, header.to):  # anybody may have got it as evidence: no word of theirs here
            place = Place(self.owner, self._origin, index)
            self._world.findings.add("bad_entry", place, code="wrong_ring", detail="a frame between others")
            return
        if self._is_nothing(frame, index):
            return
        if waiting is None:
            self._world.see(frame, self.owner, self._origin, index)
        else:
            self._world.meet(waiting, self.owner)
        self.frames += 1
        self.clock = max(self.clock, header.at)
        self._replay(frame, index, is_own=header.from_ == self.owner, is_first=waiting is None)

    def _is_nothing(self, frame: SeenFrame, index: int) -> bool:
        """Whether it is nobody's word, or one that reached nobody."""
        code = self._world.unsigned.get(frame.leaf)
        if code is None:
            is_void = frame.leaf in self._world.void
            if is_void:
                self._world.findings.add("void", self._place(frame, index), hash=frame.hash)
            return is_void
        held = self._held(frame.header, index)
        if code:
            self._world.findings.add(code, held)
        self.line(held.peer).miss()
        return True

    def _replay(self, frame: SeenFrame, index: int, *, is_own: bool, is_first: bool) -> None:
        header = frame.header
        line = self.lines.get(peer := header.to if is_own else header.from_) or self.line(peer)
        if is_first and index < self._verified:
            self._world.signatures.passed += len(frame.signed)
        elif is_first:  # nobody takes a frame that is badly signed: its holder answers for it
            self._world.verify_frame(frame, self._held(header, index))
        if is_own:
            self.signed_at = max(self.signed_at, header.at)
            self._verify_head(frame, index)
            self._date(header)
        before = self._counted(line, header, is_own=is_own) if self._number > 1 else None
        if before is not None:
            is_new = is_own and header.head.log == self._number  # born here, and its place in the chain is taken
            if is_new or before.kept.get(header.seq, frame.hash) != frame.hash:
                self._world.fork(frame, self._place(frame, index), before=before.seq)
            return
        self._follow(line, frame, index, is_own=is_own)
        is_told_again = is_own and header.head.log < self._number
        for item in frame.items:
            self._items.take(line, Said(frame, item, self._origin, index, is_own, is_first, is_told_again))

    def _date(self, header: Header) -> None:
        """What stands before a frame that was born here happened before it was signed."""
        while self._begun and header.head.log == self._number:
            self._begun.pop().begun_by = self.signed_at

    def _place(self, frame: SeenFrame, index: int) -> Place:
        """Where a frame stands, with its sender as the one who must answer for it."""
        header = frame.header
        return Place(header.from_, self._origin, index, header.to, header.seq, "", header.at)

    def _held(self, header: Header, index: int) -> Place:
        """Where a frame stands, with its holder as the one who must answer for it."""
        peer = header.to if header.from_ == self.owner else header.from_
        return Place(self.owner, self._origin, index, peer, header.seq, "", header.at)

    def line(self, peer: str) -> LineBook:
        """The line to a peer."""
        line = self.lines.get(peer)
        if line is None:
            line = self.lines[peer] = LineBook(self.owner, peer, is_cut=self.is_cut)
        return line

    def _counted(self, line: LineBook, header: Header, *, is_own: bool) -> Chain | None:
        """The chain in which a frame was counted before: a log behind a closed one may tell frames again."""
        channel = line.channel(header.epoch)
        chain = channel and (channel.own if is_own else channel.peer)
        return chain if chain and header.seq <= chain.seq else None

    def _follow(self, line: LineBook, frame: SeenFrame, index: int, *, is_own: bool) -> None:
        """Hold a frame against both chains of its epoch. A ring takes only what follows: a gap is the owner's."""
        header, add = frame.header, self._world.findings.add
        channel = line.channels.get(header.epoch) or self._unknown_epoch(line, frame, index)
        chain, other = (channel.own, channel.peer) if is_own else (channel.peer, channel.own)
        if self._number == 1 and not self.is_cut and header.boot not in line.boots:
            add("effect_before_cause", self._held(header, index), what="greeting")
        before = chain.seq
        if not chain.follow(header, frame.hash):
            place = self._place(frame, index).but(ring=self.owner, peer=line.peer)
            add("chain_gap", place, before=before, prev=header.prev)
        if not other.ack(header):
            code = "effect_before_cause" if is_own and header.ack_seq > other.seq else "false_ack"
            told: dict[str, str | int] = {"ack_seq": header.ack_seq, "ack_hash": header.ack_hash}
            self._world.refuse(code, frame, self.owner, self._place(frame, index), **told, stands_in=self.owner)
            if not is_own:
                line.miss()

    def _unknown_epoch(self, line: LineBook, frame: SeenFrame, index: int) -> Channel:
        epoch = frame.header.epoch
        if not self.is_cut:
            self._world.refuse("epoch_unknown", frame, self.owner, self._place(frame, index), epoch=epoch)
        return line.cut(epoch)

    def _verify_head(self, frame: SeenFrame, index: int) -> None:
        """An own frame names the log before itself; one that came back after a loss names an earlier log."""
        head = frame.header.head
        if head.log < self._number:
            return
        if (head.log, head.size) != (self._number, index) or head.root != b64(self._heads.root(index)):
            evidence: dict[str, str | int] = {"said_size": head.size, "said_root": head.root, "stands_at": index}
            self._world.findings.add("head_differs", self._place(frame, index), **evidence)

    # -- documents ---------------------------------------------------------------------------------------------------

    def _document(self, data: bytes, place: Place) -> None:
        kind = kind_of(data)
        if kind == "ring-card":
            self._documents.card(data, place)
        elif kind in self._between:
            value, _ = read_document(data, kind)
            peer = value.peer if kind == "line-close" else value.b if value.a == self.owner else value.a
            line = self.line(peer)
            before = line.epoch
            self._between[kind](line, data, place.but(peer=peer))
            if line.epoch != before:
                self._begun.append(line)
        elif kind == "ring-close":
            self._documents.close_ring(self.lines, data, place)
        elif kind in ("write-off", "fault-proof"):
            self._documents.other(data, kind, place)
        else:
            self._world.findings.add("free_text", place, where="document", kind=kind)

    def _start(self, entry: bytes, place: Place) -> None:
        """The first entry of a log that follows a closed one."""
        rings = self._world.rings
        try:
            start = verify_start(rings, entry, self.owner, self._number)
        except RemoteError as error:
            self._world.findings.add("start_invalid", place, code=error.code)
            return
        self.starts.append(start)
        self.greetings.tell(Told(self.owner, start.closed, place))
        newest = entries.newest_closed(start)
        self._world.findings.add(
            "restored", place.but(at=start.at), code=start.code, closed_log=newest.log, closed_size=newest.size
        )
