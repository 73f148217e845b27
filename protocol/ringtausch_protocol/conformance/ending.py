# SPDX-License-Identifier: Apache-2.0
"""How a line ends: the word of the kit, then the figures that both sign (SPEC.md 5.2, 7.4)."""

from __future__ import annotations

import msgspec

from ringtausch_protocol import canonical, envelope, limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.conformance.line import KitLine
from ringtausch_protocol.conformance.model import Broken, Talk, Unjudged, excerpt
from ringtausch_protocol.conformance.passing import waited
from ringtausch_protocol.conformance.stage import Stage
from ringtausch_protocol.conformance.talking import Came, exchange, items_of, none_came
from ringtausch_protocol.documents import Head, Statement
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.items import Cancel, DocumentItem, Line, encode_item

KIND = "statement"


def word(line: KitLine, version: int, **changes: object) -> bytes:
    """The item in which the kit says how much the ring under test may owe it: as agreed, with changes."""
    true = Line(version=version, limit_seconds=line.invitation.limit_out_seconds, state="open")
    return encode_item(msgspec.structs.replace(true, **changes))


def is_ended(line: KitLine) -> bool:
    """Whether the kit's word that the line ends was taken."""
    said = (each.item for frame in line.out for each in items_of(frame))
    return any(isinstance(item, Line) and item.state == "ended" for item in said)


def signs_last(stage: Stage, line: KitLine) -> Talk[None]:
    """Both sign that nothing is owed or open: the smaller ring proposes, the other one signs too. Raises Broken."""
    if not line.came:
        raise Unjudged("no frame came on the line that ends")
    if line.ring.ring_id < line.peer.card.ring_id:
        yield from _proposes(stage, line)
    else:
        yield from _answers(stage, line)


def _proposes(stage: Stage, line: KitLine) -> Talk[None]:
    document = _last(line, line.own().seq, line.theirs().seq, line.head(), line.came[-1].header.head)
    half = envelope.seal(KIND, canonical.encode(document), [(line.ring.frame_key_id, line.ring.frame)])
    yield from exchange(stage, line, [_item(half)])
    said = yield from waited(stage, line, DocumentItem, _is_last)
    _verify(line, bytes(said.envelope), document, threshold=2)


def _answers(stage: Stage, line: KitLine) -> Talk[None]:
    came = yield from _proposed(stage, line)
    assert isinstance(came.item, DocumentItem)
    header, half = came.header, bytes(came.item.envelope)
    if not 0 < header.ack_seq <= len(line.out):
        raise Broken(f"an ack of frame 1 to {len(line.out)}", f"ack_seq {header.ack_seq}")
    own_head = line.out[header.ack_seq - 1].header.head
    document = _last(line, header.seq - 1, header.ack_seq, header.head, own_head)
    _verify(line, half, document, threshold=1)
    both = envelope.add_signatures(half, KIND, [(line.ring.frame_key_id, line.ring.frame)])
    yield from exchange(stage, line, [_item(both)])


def _proposed(stage: Stage, line: KitLine) -> Talk[Came]:
    """The other ring's proposal; whatever the kit sends may be what it was waiting for. Raises Broken."""
    for pause in stage.patience.pauses():
        for frame in line.came:
            for each in items_of(frame):
                if isinstance(each.item, DocumentItem) and _is_last(each.item):
                    return each
        cancel = encode_item(Cancel(order_hash=b64(stage.chance(32))))
        yield from exchange(stage, line, [cancel], after_seconds=pause)
    raise none_came(stage, line, "a statement that the line is over")


def _is_last(item: DocumentItem) -> bool:
    """Whether it may be the last statement: not the one of a day, which may come at any time (SPEC.md 7.4)."""
    if item.type_ != KIND:
        return False
    try:
        payload = envelope.parse_envelope(bytes(item.envelope)).body()
        return canonical.parse(payload, Statement, limits.DOCUMENT_BYTES).state == "ended"
    except RemoteError:
        return True


def _last(line: KitLine, a_seq: int, b_seq: int, a_head: Head, b_head: Head) -> Statement:
    """The statement that a line is over on which nothing was ever owed."""
    a, b = sorted((line.ring.ring_id, line.peer.card.ring_id))
    return Statement(
        v=1, net=line.ring.net, a=a, b=b, epoch=line.agreement.epoch, a_seq=a_seq, b_seq=b_seq, balance_seconds=0,
        holds_ab=[], holds_ba=[], a_head=a_head, b_head=b_head, state="ended",
    )  # fmt: skip


def _verify(line: KitLine, signed: bytes, document: Statement, threshold: int) -> None:
    """It says this, and so many of the two have signed it. Raises Broken."""
    known = {**line.peer.frame_keys, **line.ring.card.frame_keys}
    try:
        payload = envelope.open_envelope(signed, KIND, known, threshold)
    except RemoteError as error:
        raise Broken(f"a statement with {threshold} signatures", f"{error}: {excerpt(signed)}") from None
    if payload != canonical.encode(document):
        raise Broken(excerpt(canonical.encode(document)), excerpt(payload))


def _item(signed: bytes) -> bytes:
    return encode_item(DocumentItem(type_=KIND, envelope=msgspec.Raw(signed)))
