# SPDX-License-Identifier: Apache-2.0
"""One line between two rings: what may be accepted, and when the line is in step (SPEC.md section 6).

Pure: values in, verdicts out. The node keeps the positions and lists in its tables, changes them in the commit that
the SPEC names, and asks here what they mean. Nothing here knows which side dialled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import NamedTuple

from ringtausch_protocol import limits
from ringtausch_protocol.canonical import Wire
from ringtausch_protocol.documents import Head, Position, Run, Standing
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import Header


class Arrival(Enum):
    """What a verified frame is to the receiver. Only NEXT is stored; everything else changes nothing."""

    NEXT = "next"
    REPEAT = "repeat"
    GAP = "gap"
    FENCED = "fenced"
    FORK = "fork"
    RESTORED = "restored"
    WRONG_PREV = "wrong_prev"
    BAD_ACK = "bad_ack"


class Fence(Wire, frozen=True):
    """The list a peer told in its last hello: which boot signed which of its frames. Persisted before any answer.

    `last` is the seq the peer named as its own last; `boot` its present boot. A frame at or below `last` counts only
    with the boot that `runs` gives for its seq, above it only with the present one (SPEC.md 6.4). Likewise the card:
    all frames of a boot verify under the card that its hello named.
    """

    boot: str
    last: int
    runs: list[Run]
    card: str

    def run_at(self, seq: int) -> tuple[str, str] | None:
        """Boot and card of the only frame that may stand at `seq`; None where the peer's list says nothing of it."""
        if seq > self.last:
            return self.boot, self.card
        found = None
        for run in self.runs:
            if run.first_seq > seq:
                break
            found = (run.boot, run.card)
        return found

    def boot_at(self, seq: int) -> str | None:
        """The only boot whose frame may stand at `seq`; None where the peer's list says nothing of it."""
        run = self.run_at(seq)
        return None if run is None else run[0]

    def card_at(self, seq: int) -> str | None:
        """The hash of the card under which the frame at `seq` must be signed; None where the list is silent."""
        run = self.run_at(seq)
        return None if run is None else run[1]


def fence_of(standing: Standing) -> Fence:
    """The fence that a hello or hello-ack asks for. Raises RemoteError('malformed') where its runs are out of order."""
    firsts = [run.first_seq for run in standing.runs]
    if firsts != sorted(set(firsts)):
        raise RemoteError("malformed", "runs out of order")
    return Fence(boot=standing.boot, last=standing.own.seq, runs=list(standing.runs), card=standing.card)


class Names(NamedTuple):
    """Who speaks to whom on a channel, for comparing with what a header or hello claims."""

    net: str
    me: str
    peer: str
    epoch: str


def verify_names(names: Names, net: str, sender: str, receiver: str, epoch: str) -> None:
    """The verified key, the channel and the body must name the same rings.

    Raises RemoteError: wrong_net, wrong_ring, wrong_epoch.
    """
    if net != names.net:
        raise RemoteError("wrong_net", net)
    if (sender, receiver) != (names.peer, names.me):
        raise RemoteError("wrong_ring", f"{sender} to {receiver}")
    if epoch != names.epoch:
        raise RemoteError("wrong_epoch", epoch)


class Inbound(NamedTuple):
    """The receiver's side of the peer's chain, and what of its own chain it can compare acks with.

    last: the last stored frame of the peer. own: the last own frame. hash_in(seq), boot_in(seq): of a stored frame of
    the peer, None if it is not kept; hash_out(seq): of an own frame (seq 0: the chain's first prev).
    acked: the highest own seq a signed header of the peer has acked.
    """

    last: Position
    own: Position
    acked: int
    fence: Fence | None
    hash_in: Callable[[int], str | None]
    boot_in: Callable[[int], str | None]
    hash_out: Callable[[int], str | None]


def judge_arrival(header: Header, digest: str, inbound: Inbound) -> Arrival:
    """Decide what a frame with a good signature is (SPEC.md 6.3). The caller has checked names and keys."""
    if header.seq <= inbound.last.seq:
        return _judge_known(header, digest, inbound)
    if inbound.fence is None or inbound.fence.boot_at(header.seq) != header.boot:
        return Arrival.FENCED
    if header.seq != inbound.last.seq + 1:
        return Arrival.GAP
    if header.prev != inbound.last.hash:
        return Arrival.WRONG_PREV
    if not _is_true_ack(header, inbound):
        return Arrival.BAD_ACK
    return Arrival.NEXT


def _judge_known(header: Header, digest: str, inbound: Inbound) -> Arrival:
    stored = inbound.hash_in(header.seq)
    if stored is None or stored == digest:
        return Arrival.REPEAT
    return Arrival.FORK if inbound.boot_in(header.seq) == header.boot else Arrival.RESTORED


def _is_true_ack(header: Header, inbound: Inbound) -> bool:
    """An ack never falls, names an own frame that exists, and its very hash."""
    if not inbound.acked <= header.ack_seq <= inbound.own.seq:
        return False
    return inbound.hash_out(header.ack_seq) == header.ack_hash


class Step(Enum):
    """What a peer's standing says about this side (SPEC.md 6.4)."""

    IN_STEP = "in_step"
    LOST = "lost"
    FORKED = "forked"


class OwnLog(NamedTuple):
    """This side's log: its head, and the root that it had at each size up to it."""

    head: Head
    root_at: Callable[[int], str]

    def has_had(self, known: Head | None) -> bool:
        """Whether a head that a peer knows was once this log's; of earlier logs, of which an end may be lost, True."""
        if known is None or known.log < self.head.log:
            return True
        is_beyond = (known.log, known.size) > (self.head.log, self.head.size)
        return not is_beyond and self.root_at(known.size) == known.root


class Mine(NamedTuple):
    """This side's standing, as far as it is compared: last own frame, last stored frame of the peer, own log."""

    own: Position
    peer: Position
    hash_out: Callable[[int], str | None]
    hash_in: Callable[[int], str | None]
    log: OwnLog


def compare_standing(said: Standing, mine: Mine) -> Step:
    """Compare what the peer says it holds with what this side holds (SPEC.md 6.4).

    LOST: the peer holds, or saw acked, more than this side knows: an old copy runs here (or a key is stolen).
    FORKED: at one place both hold different frames.
    """
    if said.peer.seq > mine.own.seq or said.acked > mine.peer.seq or not mine.log.has_had(said.peer_head):
        return Step.LOST
    if mine.hash_out(said.peer.seq) != said.peer.hash:
        return Step.FORKED
    if said.own.seq <= mine.peer.seq and mine.hash_in(said.own.seq) not in (None, said.own.hash):
        return Step.FORKED
    return Step.IN_STEP


def runs_from(first_seq: int, boots: Sequence[tuple[int, str, str]]) -> list[Run]:
    """The runs to tell in a hello: (seq, boot, card hash) of own frames from `first_seq` on, ascending -> runs.

    Raises RemoteError('too_many_runs') above RUNS_MAX: then the operators reset the epoch.
    """
    runs: list[Run] = []
    for seq, boot, card in boots:
        if seq >= first_seq and (not runs or runs[-1].boot != boot):
            runs.append(Run(boot=boot, card=card, first_seq=seq))
    if len(runs) > limits.RUNS_MAX:
        raise RemoteError("too_many_runs", str(len(runs)))
    return runs
