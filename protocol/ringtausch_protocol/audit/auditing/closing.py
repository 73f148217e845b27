# SPDX-License-Identifier: Apache-2.0
"""Closing the books: what can only be said when every log was read to its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from ringtausch_protocol import cards, checkpoints, limits, log_keys, settlement
from ringtausch_protocol.audit.auditing import bearing
from ringtausch_protocol.audit.auditing.opening import Opened
from ringtausch_protocol.audit.auditing.reading import Run
from ringtausch_protocol.audit.evidence.seen import SeenFrame
from ringtausch_protocol.audit.evidence.signatures import Check
from ringtausch_protocol.audit.findings.model import Place
from ringtausch_protocol.audit.ledger.book import Book
from ringtausch_protocol.audit.ledger.greetings import Told
from ringtausch_protocol.audit.ledger.lines import LineBook
from ringtausch_protocol.audit.ledger.world import Path, Waiting, World
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.checkpoints import Policy
from ringtausch_protocol.documents import Head
from ringtausch_protocol.errors import RemoteError


class Closing:
    """What is left to say. `books`: of the rings whose logs were all read to their end."""

    def __init__(self, world: World, runs: Sequence[Run]) -> None:
        self._world = world
        self._books: Mapping[str, Book] = {run.book.owner: run.book for run in runs if run.is_complete}
        self._all = [run.book for run in runs]
        self._logs = {(log.ring_id, log.number): log for run in runs for log in run.logs}
        self.under_way: dict[tuple[str, str], list[Waiting]] = {}
        #: Leaves of frames by keys that stand on no card that is here, with the code that their holders answer for.
        self.unproved: dict[bytes, str] = {}

    def close(self) -> None:
        """Everything, in this order."""
        self._deferred()
        self._world.signatures.finish()
        self._revoked()
        for ring_id, number in self._world.rings.of_two_words():
            self._world.findings.add("card_invalid", Place(ring_id), code="two_cards", number=number)
        for book in self._all:
            self._heads(book)
        for waiting in self._world.waiting.values():
            self._waiting(waiting)
        self._untaken()
        self._late_frames()
        self._balances()
        self._closed()
        bearing.tell_written_off(self._world)
        bearing.tell_waived(self._world, {owner for owner, book in self._books.items() if not book.is_cut})
        self._refunds()
        for order_hash, path in self._world.paths.items():
            self._path(order_hash, path)

    # -- signatures --------------------------------------------------------------------------------------------------

    def _deferred(self) -> None:
        """Frames whose key was not known when they were read: now all cards that are here are.

        In a cut log it may be known by what is missing, unless the frame says where it stands in its sender's log.
        """
        cut = {book.owner for book in self._all if book.is_cut}
        for frame, place in self._world.deferred:
            sender, head = frame.header.from_, frame.header.head
            known = self._world.rings.frame_keys(frame.header.from_, frame.header.boot)
            for each in frame.signed:
                if each.key_id in known:
                    check = Check(known[each.key_id], each.message, each.signature, place, frame.leaf)
                    self._world.signatures.add(check)
                elif place.ring not in cut or self._is_there(sender, head):
                    self.unproved[frame.leaf] = "unknown_key"
                    self._world.findings.add("unknown_key", place, key=each.key_id)
                else:
                    self.unproved[frame.leaf] = ""

    def _revoked(self) -> None:
        """No frame stands under a revoked key beyond the end that the ring's newest card names."""
        for (ring_id, name, peer, epoch), seq in self._world.used.items():
            chain = self._world.rings.chain(ring_id)
            revoked = chain[-1].revoked.get(name) if chain else None
            last = seq if revoked is None else cards.end_of(revoked, peer, epoch)
            if seq > last:
                self._world.findings.add("revoked_key", Place(ring_id, peer=peer, seq=seq), key=name, last=last)

    # -- heads -------------------------------------------------------------------------------------------------------

    def _heads(self, book: Book) -> None:
        for place, told in enumerate(book.greetings.told.values()):
            self._head(book, told, place)

    def _head(self, book: Book, told: Told, place: int) -> None:
        """A head that somebody told lies on the history of its log; beyond what we have nothing can be said.

        Nor of a log that was closed: it was rebuilt from a copy, what it lacked is lost. `place`: in what was told.
        """
        log = self._logs.get((told.ring_id, told.head.log))
        if log is None or told.head.size > log.tree.head.size or told.head.log < self._newest(told.ring_id):
            return
        if b64(log.tree.root_at(told.head.size)) == told.head.root:
            return
        later = islice(book.greetings.told.values(), place + 1, None)
        if told.is_own and any(_closes(each, told, book) for each in later):
            self._world.findings.add("log_behind", Place(told.ring_id))
            return
        code = "head_differs" if told.is_own else "head_disputed"
        self._world.findings.add(code, told.place, said_size=told.head.size, said_root=told.head.root)

    def _newest(self, ring_id: str) -> int:
        """The number of the newest log of a ring that we have."""
        return max(number for owner, number in self._logs if owner == ring_id)

    # -- frames that only one log has --------------------------------------------------------------------------------

    def _waiting(self, waiting: Waiting) -> None:
        sender, receiver, _ = waiting.frame.channel
        if self._is_repeated(waiting):
            return
        if waiting.owner == sender:
            self._not_received(waiting, receiver)
        elif sender in self._books:
            self._not_in_own(waiting.frame, waiting.stands_at)

    def _is_repeated(self, waiting: Waiting) -> bool:
        """Whether a log tells a second time what both had told: its sender's has it where the frame itself says."""
        header = waiting.frame.header
        log = self._logs.get((header.from_, header.head.log))
        if log is None or (waiting.log, waiting.entry) == (log.origin, header.head.size):
            return False
        return log.tree.leaf_at(header.head.size) == waiting.frame.leaf

    def _not_received(self, waiting: Waiting, receiver: str) -> None:
        """Under way; what the receiver has confirmed stood in its log, or that log has a gap there, or is not here."""
        header = waiting.frame.header
        sender_line = next(book for book in self._all if book.owner == header.from_).line(receiver)
        channel = sender_line.channel(header.epoch)
        is_over = channel is not None and header.epoch != sender_line.epoch  # both began anew over what they had agreed
        if not is_over and (channel is None or header.seq > channel.own.acked):
            self.under_way.setdefault((header.from_, receiver), []).append(waiting)

    def _not_in_own(self, frame: SeenFrame, place: Place) -> None:
        """The sender signed at which index of its log the frame stands: it is there, or the log that we have is old."""
        head = frame.header.head
        log = self._logs.get((frame.header.from_, head.log))
        newest = self._newest(frame.header.from_)
        if log is None and head.log < newest:
            return  # of a log that was lost; `log_incomplete` or `restored` says so
        if log is None or head.size >= log.tree.head.size:
            if head.log >= newest:
                self._behind(frame)
            return
        self._world.findings.add("missing_in_own_log", place, hash=frame.hash, said_index=head.size)

    def _behind(self, frame: SeenFrame) -> None:
        """A log that was fetched early is nobody's fault; what its ring has signed since needs no log to be wrong."""
        self._world.findings.add("log_behind", Place(frame.header.from_))
        if frame.leaf in self._world.unfounded:
            self._world.findings.add("effect_before_cause", self._world.unfounded[frame.leaf], what="decision")

    def _late_frames(self) -> None:
        """What is under way, by line; longer than a day is worth a hint."""
        for (sender, receiver), frames in sorted(self.under_way.items()):
            if receiver not in self._books:
                continue
            oldest = min(each.frame.header.at for each in frames)
            age = max(0, self._world.now_for(sender) - oldest)
            code = "under_way_long" if age > limits.DOUBT_SECONDS else "under_way"
            place = Place(sender, peer=receiver, seq=min(each.frame.header.seq for each in frames))
            self._world.findings.add(code, place, count=len(frames), age_seconds=age)

    def _untaken(self) -> None:
        """Frames that no ring takes and that are right by their signer's own log, or by none: their holder answers."""
        for found in self._world.untaken.values():
            if found is not None:
                self._world.findings.add(found.code, found.place, **found.evidence)

    # -- refunds -----------------------------------------------------------------------------------------------------

    def _refunds(self) -> None:
        """Each belongs to a payment and is no more than it; said where one of its ends shows all that came before."""
        payments = self._world.payments
        for order, place, signer, given, taken in payments.refunds:
            code, is_taken = payments.count_refund(order), self._is_whole(order.path[-1], taken)
            if code and (is_taken or self._is_whole(order.path[0], given)):
                # Who takes more back than it paid has signed that, and decides it alone; a payment that is missing is
                # held against the end whose own log says so.
                accused = place if is_taken or code == "refund_exceeds" else place.but(ring=signer)
                self._world.findings.add(code, accused, amount_seconds=order.amount_seconds)

    def _is_whole(self, ring_id: str, head: Head) -> bool:
        """Whether all is there that a ring had logged before it signed something at this head."""
        book = self._books.get(ring_id)
        return book is not None and not book.is_cut and self._is_there(ring_id, head)

    # -- sums --------------------------------------------------------------------------------------------------------

    def _balances(self) -> None:
        """Both logs of a line give one balance, unless one of them has frames that the other has not."""
        one_sided = {waiting.frame.channel[:2] for waiting in self._world.waiting.values()}
        for ring_id, book in sorted(self._books.items()):
            for peer, line in sorted(book.lines.items()):
                other = self._books.get(peer)
                if ring_id > peer or other is None:
                    continue
                far = other.line(ring_id)
                if line.is_cut or far.is_cut:
                    continue
                if line.is_closed or far.is_closed:
                    self._ended_alone(book, line, other)
                    self._ended_alone(other, far, book)
                elif not {(ring_id, peer), (peer, ring_id)} & one_sided and line.owed_seconds != -far.owed_seconds:
                    self._differ(book, line, other)

    def _differ(self, book: Book, line: LineBook, other: Book) -> None:
        """Two balances of a line; where a copy may end before the line began anew it is behind, and nobody at fault."""
        far = other.line(book.owner)
        behind = [each.owner for each, own, there in ((book, line, far), (other, far, line)) if _ends(each, own, there)]
        for ring_id in behind:
            self._world.findings.add("log_behind", Place(ring_id))
        if not behind:
            told = {"here_seconds": line.owed_seconds, "there_seconds": -far.owed_seconds}
            self._world.findings.add("balance_differs", Place(book.owner, peer=other.owner), **told)

    def _ended_alone(self, book: Book, line: LineBook, other: Book) -> None:
        """A ring may end its line to one that is gone, not to one that signs on and claims what was open."""
        far = other.line(book.owner)
        is_there = other.signed_at > line.closed_at + limits.CLOCK_SLACK_SECONDS
        if line.is_closed and far.owed_seconds < 0 and is_there:  # a line that is over owes nothing
            place = Place(book.owner, peer=other.owner, at=line.closed_at)
            self._world.findings.add("ended_alone", place, amount_seconds=-far.owed_seconds)

    def _closed(self) -> None:
        """What a ring's certificate says holds for good: it owes and is owed nothing any more."""
        for ring_id, book in sorted(self._books.items()):
            for peer, line in sorted(book.lines.items()):
                if book.closed_at and line.owed_seconds and not line.is_cut:
                    place = Place(ring_id, peer=peer, at=book.closed_at)
                    self._world.findings.add("open_after_closed", place, amount_seconds=abs(line.owed_seconds))

    def _path(self, order_hash: str, path: Path) -> None:
        """Every ring between booked on both sides alike, and the payer's ring signed the order at all."""
        order, edges = path.order, path.edges
        place = path.place.but(order=order_hash)
        if 0 not in edges and self._is_there(order.path[0], path.head):
            self._world.findings.add("order_changed", place.but(ring=path.signer), what="not in the payer's log")
        code = "netting_moved" if order.purpose in settlement.ROUND else "edges_differ"
        for index in range(len(order.path) - 2):
            pair = (edges.get(index), edges.get(index + 1))
            if set(pair) == {"posted", "released"}:  # else it is on its way up the path, or somebody bears it
                told = {"above": pair[0] or "", "below": pair[1] or ""}
                if len(path.signed) > 1:  # the last ring has signed both: who is between handed on what it was told
                    self._world.findings.add(
                        "two_outcomes", place.but(ring=order.path[-1], peer=order.path[-2]), **told
                    )
                else:
                    accused = place.but(ring=order.path[index + 1], peer=order.path[index])
                    self._world.findings.add(code, accused, **told)

    def _is_there(self, ring_id: str, head: Head) -> bool:
        """Whether what a ring signed at this head of its log would stand in what we have of it."""
        if ring_id not in self._books or not self._world.has(ring_id, head):
            return False
        return self._logs[ring_id, head.log].tree.leaf_at(head.size) not in self._world.void


def _ends(book: Book, line: LineBook, far: LineBook) -> bool:
    """Whether a log may end before its line began anew as the other log says: a day later its ring had heard of it."""
    is_later = far.begun_by and book.signed_at > far.begun_by + limits.DOUBT_SECONDS
    return far.epoch not in line.channels and not is_later


def verify_head(world: World, log: Opened, policy: Policy) -> tuple[str, ...]:
    """Check the signatures of a log's head once more, now that all cards are known. -> who cosigned it."""
    known = [key for card in world.rings.all_cards(log.ring_id) for key in log_keys.checkpoint_keys(card, log.origin)]
    try:
        found = checkpoints.verify_checkpoint(log.given.checkpoint, known, policy)
        for card in world.rings.chain(log.ring_id)[-1:]:
            log_keys.verify_counted(card, found)
    except RemoteError as error:
        place = Place(log=log.origin)
        world.findings.add("checkpoint_invalid", place, source=log.given.files.name, code=error.code)
        return ()
    return tuple(sorted({each.key.name for each in found.cosigned}))


def _closes(later: Told, told: Told, book: Book) -> bool:
    """Whether a ring told a head of a newer log on the same line, and has signed no frame since that denies it.

    That log is not there. It may be that the one before was begun twice, and so closed (SPEC.md 6.8).
    """
    is_same = (later.place.ring, later.place.peer) == (told.place.ring, told.place.peer)
    if not later.is_own or not is_same or later.head.log <= told.head.log:
        return False
    is_ours = told.ring_id == book.owner
    channel = book.line(told.place.peer if is_ours else told.ring_id).channel(later.epoch)
    chain = channel and (channel.own if is_ours else channel.peer)
    return not chain or chain.seq <= later.own_seq or chain.log >= later.head.log
