# SPDX-License-Identifier: Apache-2.0
"""What ends a line for good, on lines that nothing else needs any more (SPEC.md 6.3, 6.4, 6.7).

What another subject leaves behind is taken, so that a run needs few invitations: the line that both have ended, the
one behind the ring under test, the one to which claims were assigned.
"""

from __future__ import annotations

from ringtausch_protocol.canonical import b64
from ringtausch_protocol.conformance.line import KitLine
from ringtausch_protocol.conformance.model import Talk, Unjudged
from ringtausch_protocol.conformance.passing import opens
from ringtausch_protocol.conformance.rule import RuleBook
from ringtausch_protocol.conformance.rules.chain import filler, stopped
from ringtausch_protocol.conformance.rules.greeting import is_left
from ringtausch_protocol.conformance.stage import ACKED, ASSIGNED, ENDING, ONWARD, Stage
from ringtausch_protocol.conformance.talking import FRAMES, exchange, post, refused
from ringtausch_protocol.documents import Position, Run

RULES = RuleBook()


@RULES.rule("ack-hash", "6.3", "an ack of a frame under another H is refused bad_ack, and the line stops")
def ack_hash(stage: Stage) -> Talk[None]:
    line = yield from _talked(stage, ENDING)
    lie = line.frame([filler(stage)], ack_hash=b64(stage.chance(32)))
    refused((yield from post(FRAMES, line.post([lie]))), "bad_ack")
    yield from stopped(stage, line)


@RULES.rule("ack-falls", "6.3", "an ack of less than was acked before is refused bad_ack, and the line stops")
def ack_falls(stage: Stage) -> Talk[None]:
    line = yield from _talked(stage, ONWARD)
    yield from exchange(stage, line, [filler(stage)])
    if not line.out[-1].header.ack_seq:
        raise Unjudged("nothing was acked that could fall")
    lie = line.frame([filler(stage)], ack_seq=0, ack_hash=line.first)
    refused((yield from post(FRAMES, line.post([lie]))), "bad_ack")
    yield from stopped(stage, line)


@RULES.rule("forked", "6.4", "to a peer that holds another frame at a place of the chain nothing more is signed")
def forked(stage: Stage) -> Talk[None]:
    line = yield from _talked(stage, ASSIGNED)
    yield from is_left(line, line.standing(peer=Position(seq=line.theirs().seq, hash=b64(stage.chance(32)))))


@RULES.rule("lost-acked", "6.4", "to a peer of whom more was acked than the ring holds nothing more is signed")
def lost_acked(stage: Stage) -> Talk[None]:
    line = stage.liar(ACKED)
    run = Run(boot=line.boot, card=line.ring.card.hash, first_seq=1)
    own = Position(seq=9, hash=b64(stage.chance(32)))
    yield from is_left(line, line.standing(own=own, runs=[run], acked=own.seq))


def _talked(stage: Stage, number: int) -> Talk[KitLine]:
    """A line by which a frame of the ring under test has come. Raises Unjudged where none comes."""
    line = stage.liar(number)
    if not line.has_greeted:
        yield from opens(stage, line)
    yield from exchange(stage, line)
    if not line.came:
        raise Unjudged("no frame of the ring under test came on this line")
    return line
