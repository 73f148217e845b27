# SPDX-License-Identifier: Apache-2.0
"""The word by which a ring that stops tells its partners so: `winding_down` (SPEC.md 5.6, 7.11), said and heard.

Played after the ring under test has ended its lines, where what the kit says of itself disturbs nothing any more.
"""

from __future__ import annotations

from ringtausch_protocol import canonical, limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.conformance.line import KitLine
from ringtausch_protocol.conformance.model import Broken, Talk, Unjudged
from ringtausch_protocol.conformance.rule import ENDED, RuleBook
from ringtausch_protocol.conformance.stage import Stage
from ringtausch_protocol.conformance.talking import Came, exchange, items_of
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.items import Message, Reject, encode_item
from ringtausch_protocol.letters import TOPICS, WindingDown
from ringtausch_protocol.posts import Beside
from ringtausch_protocol.sealing import BoxSealer, message_info

RULES = RuleBook(needs=ENDED)
TOPIC = TOPICS[WindingDown]
#: It is said once on a line.
ONE_ID = b64(bytes(16))
#: The word may come in a frame behind the end of the line.
ASKED = 20


@RULES.rule("stopped-told", "7.11", "a ring that stops says winding_down on its line: once, with nothing in it")
def stopped_told(stage: Stage) -> Talk[None]:
    line = stage.open_line()
    said = _said(line)
    for _ in range(ASKED):
        if said:
            break
        yield from exchange(stage, line)
        said = _said(line)
    if [each.id for _, each in said] != [ONE_ID]:
        raise _none(line, f"one message {TOPIC} of id {ONE_ID}", f"{[each.id for _, each in said]}")
    _verify_box(line, *said[0])


@RULES.rule("farewell-more", "7.11", "a winding_down with something in it is rejected malformed")
def farewell_more(stage: Stage) -> Talk[None]:
    yield from _is_rejected(stage, b'{"since":1}', stage.main.ring.ring_id, "malformed", "not_canonical")


@RULES.rule("farewell-spliced", "7.11", "a winding_down of which another ring has sealed the box is rejected bad_box")
def farewell_spliced(stage: Stage) -> Talk[None]:
    yield from _is_rejected(stage, canonical.encode(WindingDown()), stage.found("kit-stranger").ring_id, "bad_box")


def _said(line: KitLine) -> list[tuple[Came, Message]]:
    came = [each for frame in line.came for each in items_of(frame)]
    return [(each, each.item) for each in came if isinstance(each.item, Message) and each.item.topic == TOPIC]


def _verify_box(line: KitLine, came: Came, message: Message) -> None:
    """What came beside it opens, and holds nothing. Raises Broken."""
    boxes = [
        canonical.unb64(each.sealed, None)
        for each in line.boxes
        if (each.seq, each.index) == (came.header.seq, came.place)
    ]
    info = message_info(line.ring.net, line.peer.card.ring_id, line.ring.ring_id, TOPIC, message.id)
    if message.body_hash not in [canonical.sha256_b64(each) for each in boxes]:
        raise Broken(f"a box of body_hash {message.body_hash} beside it", f"{len(boxes)} others")
    try:
        canonical.parse(line.ring.seal.open(boxes[0], info), WindingDown, limits.BOX_BYTES)
    except RemoteError as error:
        raise Broken("a box that opens, with {} in it", f"{error}") from None


def _is_rejected(stage: Stage, text: bytes, sealed_by: str, *codes: str) -> Talk[None]:
    """Say it with a box by `sealed_by`; the answer must be a reject of its place. Raises Broken."""
    line = stage.open_line()
    info = message_info(line.ring.net, sealed_by, line.peer.card.ring_id, TOPIC, ONE_ID)
    box = BoxSealer(line.peer.seal_public, stage.chance(32)).seal(text, info)
    seq = line.own().seq + 1
    item = encode_item(Message(id=ONE_ID, topic=TOPIC, body_hash=canonical.sha256_b64(box)))
    yield from exchange(stage, line, [item], [Beside(seq=seq, index=0, sealed=b64(box))])
    for _ in range(ASKED):
        for reject in _rejects(line, seq):
            if reject.code not in codes:
                raise Broken(f"reject {' or '.join(codes)}", f"reject {reject.code}")
            return
        yield from exchange(stage, line)
    raise _none(line, f"reject of frame {seq}, item 0: {' or '.join(codes)}", "none came")


def _rejects(line: KitLine, seq: int) -> list[Reject]:
    """What it says of the first item of a frame of ours, in an answer or in a post of its own."""
    came = [each.item for frame in line.came for each in items_of(frame)]
    return [each for each in came if isinstance(each, Reject) and (each.seq, each.index) == (seq, 0)]


def _none(line: KitLine, expected: str, came: str) -> Broken | Unjudged:
    """No fault of this rule where frames before it are missing."""
    if line.is_behind_gap:
        return Unjudged("a frame that came does not follow the one before it")
    return Broken(expected, came)
