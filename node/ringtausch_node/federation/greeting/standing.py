# SPDX-License-Identifier: AGPL-3.0-or-later
"""How a line stands, as each hello tells it: what we tell, and what becomes of what we are told (SPEC.md 6.4)."""

from __future__ import annotations

from ringtausch_node.clock import Clock
from ringtausch_node.federation.greeting.tokens import Tokens
from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.heads import head_in, head_of_hello, newest_head
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line, hash_at
from ringtausch_node.federation.line.model import IN, OUT, LineRow, Recovering, Replaced
from ringtausch_node.store import Tx
from ringtausch_node.translog.reading import own_log
from ringtausch_protocol import canonical, channel
from ringtausch_protocol.cards import Card
from ringtausch_protocol.channel import Mine, Step
from ringtausch_protocol.documents import Position, Standing
from ringtausch_protocol.posts import Have


class Standings:
    """Tells how our lines stand, stores what peers tell, and remembers what was stored."""

    def __init__(self, *, clock: Clock, identity: RingIdentity, recovery: Recovering, tokens: Tokens) -> None:
        self._clock, self._identity, self._recovery, self._tokens = clock, identity, recovery, tokens

    def tell(self, tx: Tx, line: Line, card: Card, their_have: int, their_boot: str) -> Standing:
        """What we tell; `card` is the other side's, to which the token is sealed."""
        row = records.load_line(tx, line.peer.id)
        own, peer = positions(row)
        line.own_seq = own.seq
        line.hold = Have(epoch=line.names.epoch, seq=peer.seq, hash=peer.hash)
        first = min(their_have, row.acked_seq) + 1
        runs = channel.runs_from(first, records.load_own_boots(tx, line.peer.id, line.names.epoch, first))
        return Standing(
            boot=self._identity.boot, card=self._identity.own.hash, epoch=line.names.epoch, own=own, peer=peer,
            runs=runs, acked=row.acked_seq, own_head=own_log(tx).head, peer_head=head_in(row.peer_head),
            token=self._tokens.seal(line, card, their_boot),
        )  # fmt: skip

    def store(self, tx: Tx, line: Line, said: Standing, signed: bytes, *, is_ack: bool) -> Step:
        """Persist what the peer told: its fence, boot, head; and compare. Raises RemoteError: fenced, malformed.

        `is_ack`: it has heard what we know of its log, else it must be told so, perhaps again.
        """
        if records.is_replaced(tx, line.peer.id, said.boot):
            raise Replaced(records.load_said(tx, line.peer.id))
        row = records.load_line(tx, line.peer.id)
        fence = channel.fence_of(said)
        step = channel.compare_standing(said, self._mine(tx, line, row))
        records.note_boot(tx, line.peer.id, said.boot, self._clock.now(), signed)
        row.fence = canonical.encode(fence)
        row.peer_head = (newest_head if is_ack else head_of_hello)(row.peer_head, said.own_head)
        row.seen_at = self._clock.now()
        records.save_line(tx, row)
        if self._is_fault(step):
            records.set_peer_state(tx, line.peer.id, "quarantined", step.value)
        return step

    def believe(self, tx: Tx, line: Line, said: Standing, step: Step) -> None:
        """Remember what was stored. Last in its use case: of one that is undone nothing stays in memory."""
        if line.peer_boot != said.boot:
            line.in_step = False
        line.fence = channel.fence_of(said)
        if self._is_fault(step):
            line.stop()
            tx.after_commit(lambda: self._quarantine(line, step))

    def _quarantine(self, line: Line, step: Step) -> None:
        """A recovery that began in the same commit, behind this use case, has taken the line up again: it goes on."""
        if self._is_fault(step):
            line.quarantine(step.value)

    def _is_fault(self, step: Step) -> bool:
        return step is Step.FORKED or (step is Step.LOST and not self._recovery.is_active)

    def _mine(self, tx: Tx, line: Line, row: LineRow) -> Mine:
        own, peer = positions(row)
        return Mine(
            own=own,
            peer=peer,
            hash_out=lambda seq: hash_at(tx, line, OUT, seq),
            hash_in=lambda seq: hash_at(tx, line, IN, seq),
            log=own_log(tx),
        )


def positions(row: LineRow) -> tuple[Position, Position]:
    """The two last frames of a line: our own chain's and the peer's."""
    return Position(seq=row.own_seq, hash=row.own_hash), Position(seq=row.peer_seq, hash=row.peer_hash)
