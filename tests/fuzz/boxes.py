# SPDX-License-Identifier: AGPL-3.0-or-later
"""What lies in boxes, changed and sealed again to the right key: a box that was changed itself opens for nobody."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ringtausch_node.federation.frames.notes import Note, note_info, read_note
from ringtausch_node.federation.frames.sealing import decode_boxes, encode_boxes
from ringtausch_node.federation.greeting.tokens import TOKEN_BYTES, Tokens
from ringtausch_node.federation.mail.farewells import Farewells
from ringtausch_node.federation.mail.service import Mail
from ringtausch_node.federation.orders.payee import open_box
from ringtausch_node.payments.invoice_letters import _Requests, _Topic
from ringtausch_node.payments.notes import PaymentNotes
from ringtausch_protocol import canonical, limits, settlement
from ringtausch_protocol.canonical import Wire, b64, unb64
from ringtausch_protocol.documents import OrderBox
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.items import Message, encode_item
from ringtausch_protocol.letters import (
    TOPICS,
    PaymentNote,
    Request,
    RequestAnswer,
    RequestReminder,
    RequestWithdrawn,
    WindingDown,
)
from ringtausch_protocol.posts import Beside, PostAnswer
from ringtausch_protocol.sealing import BoxSealer, NoteSealer, box_info, message_info
from tests.fuzz.cast import CLOCK, IDENTITY, IDS, LINE, LINES
from tests.fuzz.target import Read, Target, choosing, optional
from tests.vectors import letters, payloads
from tests.vectors.cast import EICHE, LINDE, NET, hash32, id16
from tests.vectors.primitives import order_box

_TO_US = BoxSealer(EICHE.seal.public, bytes(32))
_TO_OURSELVES = NoteSealer(IDENTITY.recovery_key.present, bytes(32))
_ORDER, _ITEM = payloads.order(LINDE, EICHE), encode_item(payloads.order())
_ANSWER = PostAnswer(
    have=LINE.hold, frames=[], notes=[],
    boxes=[Beside(seq=7, index=place, sealed=b64(_TO_US.seal(b"text", b""))) for place in (0, 63)],
)  # fmt: skip
_TOKENS = Tokens(IDS, IDENTITY, LINES)


def _mail() -> Mail:
    """Our mail with the readers of all topics; what they do with what they read is left out."""
    mail = Mail(IDENTITY, CLOCK)
    mail.register(TOPICS[PaymentNote], PaymentNotes.__new__(PaymentNotes))  # to read, it needs no other room
    mail.register(TOPICS[WindingDown], Farewells.__new__(Farewells))  # nor does it
    mail.register(TOPICS[Request], _Requests(lambda *_: None, lambda *_: None))
    for kind in (RequestAnswer, RequestReminder, RequestWithdrawn):
        mail.register(TOPICS[kind], _Topic(kind, lambda *_: None))
    return mail


_MAIL = _mail()


def _letter(topic: str) -> Read:
    def read(data: bytes) -> None:
        box = _TO_US.seal(data, message_info(NET, LINDE.id, EICHE.id, topic, id16("letter")))
        message = Message(id=id16("letter"), topic=topic, body_hash=canonical.sha256_b64(box))
        body, code = _MAIL.open(LINE, message, box)
        if code is not None:
            raise RemoteError(code)
        said = getattr(body, "request", body)
        assert isinstance(said, Wire)
        assert canonical.encode(said) == data

    return read


def _order_box(data: bytes) -> None:
    """The box beside an order that commits to what it says."""
    box = _TO_US.seal(data, box_info(NET, LINDE.id, EICHE.id, _ORDER.payment_id))
    order = msgspec.structs.replace(_ORDER, sealed_hash=canonical.sha256_b64(box), memo_commit=hash32("another"))
    assert open_box(order, box, IDENTITY.seal_key, NET).code == "malformed", "not what the order commits to"
    said = canonical.parse(data, OrderBox, limits.BOX_BYTES)
    payer = settlement.commit("payer", unb64(said.payer_salt, 16), said.payer)
    memo = settlement.commit("memo", unb64(said.memo_salt, 16), said.memo)
    opened = open_box(msgspec.structs.replace(order, payer_commit=payer, memo_commit=memo), box, IDENTITY.seal_key, NET)
    assert opened == (said, None)


def _note(data: bytes) -> None:
    sealed = b64(_TO_OURSELVES.seal(data, note_info(IDENTITY, _ITEM)))
    assert canonical.encode(optional(read_note(IDENTITY, _ITEM, sealed))) == data
    assert read_note(IDENTITY, _ITEM + b" ", sealed) is None, "beside another item"


def _token(data: bytes) -> None:
    info = "\n".join(("ringtausch/token/v1", NET, LINDE.id, EICHE.id)).encode()
    standing = payloads.standing(LINDE, EICHE, "fuzz", is_first=True)
    given = msgspec.structs.replace(standing, token=b64(_TO_US.seal(data, info)))
    assert unb64(_TOKENS.open(LINE, given), TOKEN_BYTES) == data


def _beside(data: bytes) -> None:
    """Boxes beside a frame, kept in its row."""
    given = canonical.parse(data, PostAnswer, limits.REQUEST_BYTES).boxes
    boxes = tuple(msgspec.structs.replace(each, seq=7) for each in given)
    assert decode_boxes(7, encode_boxes(boxes)) == boxes


def targets() -> Iterator[tuple[str, Target]]:
    """The one target; its first byte chooses a kind of box."""
    texts = {topic: canonical.encode(body) for topic, body in letters.bodies().items()}
    note = Note(account=7, key=id16("account"), payer_salt=id16("payer salt"), memo_salt=id16("memo salt"))
    ways: list[tuple[Read, bytes]] = [
        (_order_box, canonical.encode(order_box())), (_note, canonical.encode(note)), (_token, bytes(TOKEN_BYTES)),
        (_beside, canonical.encode(_ANSWER)),
        *((_letter(topic), text) for topic, text in texts.items()),
    ]  # fmt: skip
    start = tuple(bytes((way,)) + text for way, (_, text) in enumerate(ways))
    yield "boxes", choosing([read for read, _ in ways])._replace(start=start, is_apart=True)
