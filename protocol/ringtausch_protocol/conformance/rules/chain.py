# SPDX-License-Identifier: Apache-2.0
"""Frames: what is stored, what is not, and what stops a line (SPEC.md 6.1 to 6.3, 6.7)."""

from __future__ import annotations

import itertools
from typing import Any

from ringtausch_protocol import limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.conformance.line import KitLine
from ringtausch_protocol.conformance.model import Answer, Broken, Talk, Unjudged
from ringtausch_protocol.conformance.rule import RuleBook
from ringtausch_protocol.conformance.stage import Stage
from ringtausch_protocol.conformance.talking import FRAMES, exchange, greet, post, read, refused, take
from ringtausch_protocol.frames import Frame
from ringtausch_protocol.items import Cancel, encode_item
from ringtausch_protocol.keys import SigningKey
from ringtausch_protocol.posts import PostAnswer, wire_frame

RULES = RuleBook()
#: Rules about all frames that came: played when everything is over.
LAST = RuleBook()


def filler(stage: Stage) -> bytes:
    """An item that asks for nothing: a cancel of an order that never was."""
    return encode_item(Cancel(order_hash=b64(stage.chance(32))))


def _offer(line: KitLine, frame: Frame) -> Talk[Answer]:
    return (yield from post(FRAMES, line.post([frame])))


def _changed(stage: Stage, **changes: Any) -> Talk[Answer]:
    line = stage.open_line()
    return (yield from _offer(line, line.frame([filler(stage)], **changes)))


@RULES.rule("frame-stored", "6.2", "a good frame is stored: the answer's have names it")
def frame_stored(stage: Stage) -> Talk[None]:
    yield from exchange(stage, stage.open_line(), [filler(stage)])


@RULES.rule("frame-again", "6.3", "a frame that comes again changes nothing and is answered like before")
def frame_again(stage: Stage) -> Talk[None]:
    line = stage.open_line()
    if not line.out:
        raise Unjudged("no frame was stored")
    said = read((yield from _offer(line, line.out[-1])), PostAnswer)
    take(stage, line, said.frames)
    if said.have.seq != len(line.out):
        raise Broken(f"have of frame {len(line.out)}", f"have of frame {said.have.seq}")


@RULES.rule("frame-gap", "6.3", "a frame behind a gap is refused gap, with what the ring holds")
def frame_gap(stage: Stage) -> Talk[None]:
    line = stage.open_line()
    refusal = refused((yield from _changed(stage, seq=len(line.out) + 2)), "gap")
    if refusal.have is None or (refusal.have.seq, refusal.have.hash) != (line.own().seq, line.own().hash):
        raise Broken(f"have of frame {len(line.out)}", "another have, or none")


@RULES.rule("frame-root", "6.3", "items that do not lead to items_root are refused bad_proof")
def frame_root(stage: Stage) -> Talk[None]:
    refused((yield from _changed(stage, items_root=b64(stage.chance(32)))), "bad_proof")


@RULES.rule("frame-count", "6.3", "another number of items than the header's count is refused bad_proof")
def frame_count(stage: Stage) -> Talk[None]:
    refused((yield from _changed(stage, count=2)), "bad_proof")


@RULES.rule("item-flipped", "6.3", "an item with one character changed behind the signature is refused bad_proof")
def item_flipped(stage: Stage) -> Talk[None]:
    line = stage.open_line()
    frame = line.frame([filler(stage)])
    refused((yield from _offer(line, frame._replace(items=(filler(stage),)))), "bad_proof")


@RULES.rule("frame-key", "6.3", "a frame signed by another key under the id of the frame key is refused")
def frame_key(stage: Stage) -> Talk[None]:
    line = stage.open_line()
    frame = line.frame([filler(stage)], signer=SigningKey(stage.chance(32)))
    refused((yield from _offer(line, frame)), "bad_signature")


@RULES.rule("frame-net", "6.3", "a frame of another federation is refused wrong_net")
def frame_net(stage: Stage) -> Talk[None]:
    refused((yield from _changed(stage, net="another-net")), "wrong_net")


@RULES.rule("frame-ring", "6.3", "a frame to another ring is refused wrong_ring")
def frame_ring(stage: Stage) -> Talk[None]:
    refused((yield from _changed(stage, to=stage.found("other").ring_id)), "wrong_ring")


@RULES.rule("frame-epoch", "6.3", "a frame of another epoch is refused wrong_epoch")
def frame_epoch(stage: Stage) -> Talk[None]:
    refused((yield from _changed(stage, epoch=b64(stage.chance(16)))), "wrong_epoch")


@RULES.rule("frame-size", "6.1", "a frame that would be logged with more than 48 KiB is refused too_large")
def frame_size(stage: Stage) -> Talk[None]:
    line = stage.open_line()
    items = [b'"' + b"x" * 20_000 + b'"'] * 3
    refused((yield from _offer(line, line.frame(items))), "too_large")


@RULES.rule("frame-many", "6.2", "more than 16 frames in one request are refused")
def frame_many(stage: Stage) -> Talk[None]:
    line = stage.open_line()
    sent = [line.frame([filler(stage)], seq=line.own().seq + 1 + each) for each in range(limits.REQUEST_FRAMES + 1)]
    refused((yield from post(FRAMES, line.post(sent))), "malformed", "too_large")


@RULES.rule("frame-half", "6.3", "frames before a refused one of the same request stay stored, as have says")
def frame_half(stage: Stage) -> Talk[None]:
    line = stage.open_line()
    good = line.frame([filler(stage)])
    far = line.frame([filler(stage)], seq=line.own().seq + 5)
    refusal = refused((yield from post(FRAMES, line.post([good, far]))), "gap")
    line.sent(good)
    if refusal.have is None or refusal.have.seq != len(line.out):
        raise Broken(f"have of frame {len(line.out)}", f"{refusal.have}")


@RULES.rule("token-line", "6.3", "a frame under the token of another line is refused: its key is not of that ring")
def token_line(stage: Stage) -> Talk[None]:
    line, other = stage.open_line(), stage.liar(1)
    yield from greet(other)
    # What is held of that line is told truly, so that the token and the frame alone do not fit.
    frame = wire_frame(line.frame([filler(stage)]))
    refused((yield from post(FRAMES, other.post(frames=[frame]))), "unknown_key", "wrong_ring")


@RULES.rule("fork", "6.3", "another frame at a seq that is stored is refused fork, and the line stops")
def fork(stage: Stage) -> Talk[None]:
    line = stage.liar(1)
    yield from greet(line)
    yield from exchange(stage, line, [filler(stage)])
    first = line.own()
    other = line.frame([filler(stage)], seq=first.seq, prev=line.out[-1].header.prev)
    refused((yield from _offer(line, other)), "fork")
    yield from stopped(stage, line)


@RULES.rule("wrong-prev", "6.3", "a frame that follows another chain is refused wrong_prev, and the line stops")
def wrong_prev(stage: Stage) -> Talk[None]:
    line = stage.liar(2)
    yield from greet(line)
    refused((yield from _offer(line, line.frame([filler(stage)], prev=b64(stage.chance(32))))), "wrong_prev")
    yield from stopped(stage, line)


@RULES.rule("bad-ack", "6.3", "an ack of a frame that never was is refused bad_ack, and the line stops")
def bad_ack(stage: Stage) -> Talk[None]:
    line = stage.liar(3)
    yield from greet(line)
    lie = line.frame([filler(stage)], ack_seq=7_777, ack_hash=b64(stage.chance(32)))
    refused((yield from _offer(line, lie)), "bad_ack")
    yield from stopped(stage, line)


def stopped(stage: Stage, line: KitLine) -> Talk[None]:
    """After a fault nothing more is taken on this line (SPEC.md 6.7)."""
    refused((yield from _offer(line, line.frame([filler(stage)]))), "quarantined")


def fault(rule: str, section: str, says: str) -> None:
    """A rule about all frames that came: what was noticed when they came is said here."""

    @LAST.rule(rule, section, says)
    def noticed(stage: Stage) -> Talk[None]:
        yield from ()
        found = next((each for each in stage.faults if each[0] == rule), None)
        if found is not None:
            raise Broken(found[1], found[2])
        if not stage.open_line().came:
            raise Unjudged("no frame came")


fault("frames-verify", "6.1", "every frame that came verifies: signature, items, names")
fault("frames-chain", "6.1", "frames that came follow each other without gap, each on the H of the one before")
fault("frames-ack", "6.1", "acks that came name frames that were sent, by their H, and never fall")
fault("frames-same-bytes", "6.2", "a frame that comes again comes in the same bytes")


@LAST.rule("frames-boot", "6.1", "every frame that came names the boots of both sides as their hellos told")
def frames_boot(stage: Stage) -> Talk[None]:
    yield from ()
    line = stage.open_line()
    odd = [frame.header for frame in line.came if frame.header.boot not in line.their_boots]
    if odd:
        raise Broken(f"a boot of {sorted(line.their_boots)}", f"boot {odd[0].boot} in frame {odd[0].seq}")


@LAST.rule("frames-head", "6.1", "heads of the log in headers only grow")
def frames_head(stage: Stage) -> Talk[None]:
    yield from ()
    heads = [(frame.header.head.log, frame.header.head.size) for frame in stage.open_line().came]
    for before, after in itertools.pairwise(heads):
        if after <= before:
            raise Broken(f"a head above {before}", f"{after}")
