# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring that knows itself to be an old copy finds its way back (SPEC.md 6.8).

It knows by the mark that `restore` left in the lock database, or by its operator's word. Until every peer is in step
again, or named as one that will not come, members read and nobody pays; signed is nothing but hello and its answer.
Without mark or word frames of our own that we do not hold mean a stolen key or a second copy: then nothing is replayed.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial

from ringtausch_node.clock import Clock
from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.folder_files import Marks
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line, Lines
from ringtausch_node.federation.recovery import records as kept
from ringtausch_node.federation.recovery import round_trips
from ringtausch_node.federation.recovery.records import AWAITED, IN_STEP, WITHOUT, RecoveryRow
from ringtausch_node.federation.recovery.replay import Replay, Returned, read_page
from ringtausch_node.federation.recovery.report import RecoveryReport, load_report
from ringtausch_node.ids import Ids
from ringtausch_node.store import Store, Tx
from ringtausch_node.store.lock_database import Mark
from ringtausch_node.translog import service as translog
from ringtausch_node.translog.reading import own_log
from ringtausch_protocol import canonical, envelope, limits
from ringtausch_protocol.channel import Step
from ringtausch_protocol.documents import Head
from ringtausch_protocol.entries import START, START_KIND, HeadTold, LogStart, log_entry
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.posts import Recover, RecoverAnswer

logger = logging.getLogger(__name__)

#: How far a peer's word may move the number of our next log: restores of one ring, not numbers that a liar makes up.
LOGS_SKIPPED_MAX = 1_000


class Recovery:
    """Whether this ring is recovering, from whom, and how it ends.

    `is_active` changes on the writer's thread only, inside the use case that begins or ends the recovery.
    """

    def __init__(
        self, *, store: Store, clock: Clock, ids: Ids, identity: RingIdentity, lines: Lines, marks: Marks,
        replay: Replay,
    ) -> None:  # fmt: skip
        self._store, self._clock, self._ids = store, clock, ids
        self._identity, self._lines, self._marks, self._replay = identity, lines, marks, replay
        self._row: RecoveryRow | None = None
        #: Heads of our own log that peers have told and that this copy lacks: the next log names them.
        self._told: tuple[HeadTold, ...] = ()
        self._states: dict[int, str] = {}
        self._fitted: set[int] = set()

    @property
    def is_active(self) -> bool:
        """Nobody pays, and nothing is signed but hello."""
        return self._row is not None

    def awaits(self, line: Line) -> bool:
        """Whether this peer is not in step yet."""
        return self._row is not None and self._states.get(line.peer.id) == AWAITED

    def state_of(self, line: Line) -> str | None:
        """How far the recovery is with a peer; None if there is none or the peer takes no part in it."""
        return self._states.get(line.peer.id) if self._row is not None else None

    def verify_ready(self) -> None:
        """Raises LocalError: recovering (nobody pays), superseded (this ring has a newer card elsewhere)."""
        if self._row is not None:
            raise LocalError("recovering")
        if self._lines.is_silent:
            raise LocalError("superseded")

    # -- beginning ---------------------------------------------------------------------------------------------------

    async def load(self) -> None:
        """At opening, before anything is signed: go on with the recovery that the mark asks for, or begin it."""
        mark = self._marks.load()
        if mark is not None and mark.code != "replaced":
            await self._take_up(mark)

    async def declare_old_copy(self, told: Sequence[HeadTold] = ()) -> None:
        """The operator's word, or heads of our log that peers know and we do not: this folder is an old copy.

        Raises LocalError('recovering') if it recovers already.
        """
        self.verify_ready()
        self._told = tuple(told)[: limits.HEADS_TOLD_MAX]
        mark = Mark(self._ids.random(16), "old_copy", self._clock.now(), None)
        self._marks.set(mark)
        await self._take_up(mark)
        for line in self._lines.all():
            line.wake.set()

    async def _take_up(self, mark: Mark) -> None:
        await self._store.write(lambda tx: self._begin(tx, mark))
        if not self.is_active:  # it was finished, and only the mark was left behind
            self._marks.clear()
            return
        logger.warning("this ring is an old copy: it pays nobody until its peers have given back what it lost")
        await self._finish_if_done()

    def _begin(self, tx: Tx, mark: Mark) -> None:
        found = kept.load_by_mark(tx, mark.id)
        if found is not None and found.finished_at is not None:
            return
        self._row = found or self._begin_new(tx, mark)
        self._states = {each.peer: each.state for each in kept.load_peers(tx, self._row.id)}
        for line in self._lines.all():
            line.in_step = False

    def _begin_new(self, tx: Tx, mark: Mark) -> RecoveryRow:
        """Name the peers that must come, and close the log: its lost end cannot be rebuilt."""
        now, awaited = self._clock.now(), []
        for line in self._lines.all():
            if line.peer.state == "quarantined" and line.peer.reason == Step.LOST.value:
                records.set_peer_state(tx, line.peer.id, "confirmed")
                line.take_up(line.peer._replace(state="confirmed", reason=None))
            if line.is_usable:
                awaited.append(line.peer.id)
        copy_at = mark.copy_at or kept.load_newest_booking(tx) or now
        known = (translog.head(tx).log, self._marks.signed_log(), *(each.head.log for each in self._told))
        number = self._next_log(tx, max(known) + 1, mark.code)
        return kept.insert_recovery(tx, mark, now, copy_at, number, awaited)

    def _next_log(self, tx: Tx, number: int, code: str) -> int:
        """Close the log and begin the one with this number; its first entry names where the old one stood."""
        start = LogStart(
            v=1, net=self._identity.net, ring_id=self._identity.ring_id, log=number,
            closed=own_log(tx).head, code=code, at=self._clock.now(),
            heads=[*self._told] or None,
        )  # fmt: skip
        signed = envelope.seal(START_KIND, canonical.encode(start), self._identity.operator_signers)
        translog.begin_log(tx, log_entry(START, (signed,)), number)
        return number

    # -- with one peer -----------------------------------------------------------------------------------------------

    async def ask(self, line: Line) -> Recover:
        """What we ask next: everything behind what we hold."""
        row = await self._store.read(lambda tx: records.load_line(tx, line.peer.id))
        return Recover(
            token=line.token_to_show or "", epoch=line.names.epoch, after_own=row.own_seq, after_peer=row.peer_seq
        )

    async def take(self, line: Line, answer: RecoverAnswer) -> None:
        """Apply a page. Terms that a frame brings count for the next: so a page may take several commits.

        Raises RemoteError where frames are not what they claim, or do not follow.
        """
        for part in _parts(read_page(line, self._identity, answer)):
            await self._store.write(partial(self._apply, line, part))

    def _apply(self, line: Line, part: list[Returned], tx: Tx) -> None:
        if self._row is None:
            return
        if self._row.code == "old_copy":
            self._date_copy(tx, self._row, part)
        self._replay.apply(tx, line, self._row.id, part)

    def _date_copy(self, tx: Tx, row: RecoveryRow, part: list[Returned]) -> None:
        """Nobody noted when a raw copy was made: before the first frame of ours that it lacks, by our own clock.

        What the copy itself booked since it was started is not missing; so only bookings before that frame date it.
        """
        lost = [back.frame.header.at for back in part if back.is_own]
        if lost:
            kept.set_copy_at(tx, row.id, kept.load_newest_booking(tx, until=min(lost)) or min(lost))

    def fit_log(self, tx: Tx, peer: int, known: Head | None) -> None:
        """A peer knows a head that the log never had: this copy was put back before. Begin a log that nobody knows.

        Once for each peer: what it knows afterwards is what this boot has told it, or made up.
        """
        if self._row is None or known is None or peer in self._fitted:
            return
        log = own_log(tx)
        if log.has_had(known) or known.log > log.head.log + LOGS_SKIPPED_MAX:
            return
        kept.set_log(tx, self._row.id, self._next_log(tx, known.log + 1, self._row.code))
        tx.after_commit(lambda: self._fitted.add(peer))

    async def is_in_step(self, line: Line) -> None:
        """The peer names nothing any more that we lack."""
        await self._set(line, IN_STEP)

    async def go_without(self, line: Line) -> None:
        """The operator's word: this peer will not come; what it alone knows stays lost until it does.

        Raises LocalError('not_awaited').
        """
        if not self.awaits(line):
            raise LocalError("not_awaited", line.peer.address)
        await self._set(line, WITHOUT)

    async def _set(self, line: Line, state: str) -> None:
        await self._store.write(lambda tx: self._note(tx, line.peer.id, state))
        await self._finish_if_done()

    def _note(self, tx: Tx, peer: int, state: str) -> None:
        if self._row is not None:
            kept.set_peer(tx, self._row.id, peer, state)
            tx.after_commit(lambda: self._states.update({peer: state}))

    # -- end ---------------------------------------------------------------------------------------------------------

    async def _finish_if_done(self) -> None:
        if self._row is None or AWAITED in self._states.values():
            return
        await self._store.write(self._finish)
        self._marks.clear()
        for line in self._lines.all():
            line.out_of_step()
            line.was_met()

    def _finish(self, tx: Tx) -> None:
        if self._row is None:
            return
        self._replay.refuse_undecided(tx, {line.peer.id: line for line in self._lines.all()})
        now = self._clock.now()
        dropped = self._replay.drop_queued(tx, now)
        round_trips.explain(tx, self._ids, self._identity.ring_id, now)
        kept.finish(tx, self._row.id, dropped, now)
        tx.after_commit(self._ended)

    def _ended(self) -> None:
        self._row, self._states = None, {}
        self._fitted.clear()
        logger.warning("the recovery is over: this ring pays again")

    def report(self, tx: Tx) -> RecoveryReport | None:
        """The newest recovery, running or over; None if there never was one."""
        return load_report(tx, {line.peer.id: line.peer.address for line in self._lines.all()})


def _parts(page: list[Returned]) -> list[list[Returned]]:
    """A page cut behind each frame that changes terms."""
    parts: list[list[Returned]] = [[]]
    for back in page:
        parts[-1].append(back)
        if back.changes_terms:
            parts.append([])
    return [part for part in parts if part]
