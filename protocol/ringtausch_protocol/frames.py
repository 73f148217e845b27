# SPDX-License-Identifier: Apache-2.0
"""Frames: a signed header over 1..64 items, and any item as a signed thing of its own (SPEC.md sections 6 and 7).

One signature covers all items and, through `prev`, the whole past of its direction. Bytes are never made twice: a
`Frame` keeps the envelope and the items exactly as they were signed or received.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple, TypeAlias

import msgspec

from ringtausch_protocol import canonical, envelope, limits, merkle
from ringtausch_protocol.canonical import Count, Hash32, Id16, Net, RingId, Seconds0, Seq, Time, Wire, b64, type_v1
from ringtausch_protocol.documents import CodeName, Head
from ringtausch_protocol.errors import LocalError, RemoteError
from ringtausch_protocol.keys import Signer

HEADER_KIND = "frame"
#: Frames of which items are being cut out or looked at: a few lines at once, at most 256 KiB each.
FRAMES_KEPT = 16
ENTRY_FRAME = 0x01
ENTRY_HELLO = 0x02
ENTRY_HELLO_ACK = 0x03
ENTRY_DOCUMENT = 0x04


class Header(Wire, frozen=True):
    """The signed header of a frame (SPEC.md 6.1); `head` is the sender's log before this frame."""

    v: type_v1
    net: Net
    from_: RingId = msgspec.field(name="from")
    to: RingId
    epoch: Id16
    boot: Id16
    to_boot: Id16
    seq: Seq
    prev: Hash32
    ack_seq: Count
    ack_hash: Hash32
    head: Head
    at: Time
    count: Annotated[int, msgspec.Meta(ge=1, le=limits.FRAME_ITEMS)]
    items_root: Hash32


class SignedItem(Wire, frozen=True):
    """One item with what proves it alone: its header's envelope, its index and the path to `items_root`."""

    header: msgspec.Raw
    index: Annotated[int, msgspec.Meta(ge=0, lt=limits.FRAME_ITEMS)]
    path: Annotated[list[Hash32], msgspec.Meta(max_length=6)]
    item: msgspec.Raw


class Item(Wire, frozen=True, tag_field="kind", omit_defaults=True):
    """Base of all items; `kind` stands first in the bytes and separates the domains of their hashes."""


class Order(Item, frozen=True, tag="order"):
    """The payer's ring orders a payment; at path[0] the item is the offer itself (SPEC.md 7.1)."""

    payment_id: Id16
    attempt: Annotated[int, msgspec.Meta(ge=1, le=limits.ATTEMPT_MAX)]
    purpose: Literal["transfer", "refund", "netting", "probe"]
    path: Annotated[list[RingId], msgspec.Meta(min_length=2, max_length=limits.PATH_MAX)]
    amount_seconds: Annotated[int, msgspec.Meta(ge=0, le=limits.AMOUNT_MAX)]
    created_at: Time
    deadline_at: Time
    invoice_hash: Hash32 | None = None
    refund_of: Id16 | None = None
    payer_commit: Hash32 | None = None
    memo_commit: Hash32 | None = None
    sealed_hash: Hash32 | None = None


class Decision(Item, frozen=True, tag="decision"):
    """The ring at path[index] decides an order, once and for ever (SPEC.md 7.1)."""

    order_hash: Hash32
    payment_id: Id16
    outcome: Literal["paid", "refused"]
    by: RingId
    index: Annotated[int, msgspec.Meta(ge=1, lt=limits.PATH_MAX)]
    inbound: RingId
    amount_seconds: Annotated[int, msgspec.Meta(ge=0, le=limits.AMOUNT_MAX)]
    decided_at: Time
    code: CodeName | None = None


class Offer(Item, frozen=True, tag="offer"):
    """path[index] reserves the amount towards path[index+1]."""

    index: Annotated[int, msgspec.Meta(ge=1, lt=limits.PATH_MAX)]
    order: SignedItem


class Fulfil(Item, frozen=True, tag="fulfil"):
    """Downstream claims: both post."""

    order_hash: Hash32
    decision: SignedItem


class Release(Item, frozen=True, tag="release"):
    """Downstream waives for ever."""

    order_hash: Hash32
    cause: Literal["refused", "own_refusal", "write_off", "reset"]
    decision: SignedItem | None = None


class Cancel(Item, frozen=True, tag="cancel"):
    """The payer's side asks that an undecided order be refused; follows its offer in the same chain."""

    order_hash: Hash32


class Line(Item, frozen=True, tag="line"):
    """The creditor lowers, pauses or ends the line for the debt of the receiver (SPEC.md 5.2)."""

    version: Seq
    limit_seconds: Seconds0
    state: Literal["open", "paused", "ended"]


class DocumentItem(Item, frozen=True, tag="document"):
    """A signed document on its way down the chain: card, agreement, statement, write-off, epoch-reset."""

    type_: Annotated[str, msgspec.Meta(max_length=32, pattern=r"^[a-z][a-z-]*$")] = msgspec.field(name="type")
    envelope: msgspec.Raw


class Message(Item, frozen=True, tag="message"):
    """Everything that is not money; the body travels beside it, sealed (SPEC.md 7.11). Idempotent by topic and id."""

    id: Id16
    topic: CodeName
    body_hash: Hash32


class Erase(Item, frozen=True, tag="erase"):
    """Asks the other end to forget the openings of this payment's commitments."""

    payment_id: Id16


class Reject(Item, frozen=True, tag="reject"):
    """Answers an unusable item other than an offer; never answered itself."""

    seq: Seq
    index: Annotated[int, msgspec.Meta(ge=0, lt=limits.FRAME_ITEMS)]
    code: CodeName


AnyItem: TypeAlias = (
    Order | Decision | Offer | Fulfil | Release | Cancel | Line | DocumentItem | Message | Erase | Reject
)
ITEMS: tuple[type[Item], ...] = (
    Order, Decision, Offer, Fulfil, Release, Cancel, Line, DocumentItem, Message, Erase, Reject,
)  # fmt: skip
_ITEM_DECODER: msgspec.json.Decoder[AnyItem] = canonical.decoder_of(AnyItem)


class Have(Wire, frozen=True):
    """What a side has persisted of the other's chain; unsigned, it only stops re-sending."""

    epoch: Id16
    seq: Count
    hash: Hash32


class WireFrame(Wire, frozen=True):
    """A frame in a request or an answer: envelope and items as the very bytes that were signed."""

    header: msgspec.Raw
    items: Annotated[list[msgspec.Raw], msgspec.Meta(min_length=1, max_length=limits.FRAME_ITEMS)]


class Beside(Wire, frozen=True):
    """What travels beside item `index` of frame `seq`: a box sealed to the receiver, or a note to self."""

    seq: Seq
    index: Annotated[int, msgspec.Meta(ge=0, lt=limits.FRAME_ITEMS)]
    sealed: Annotated[str, msgspec.Meta(max_length=limits.SEALED_TEXT_LENGTH, pattern=r"^[A-Za-z0-9_-]+$")]


class Post(Wire, frozen=True):
    """`POST /peer/v1/frames`."""

    token: Hash32
    have: Have
    frames: Annotated[list[WireFrame], msgspec.Meta(max_length=limits.REQUEST_FRAMES)]
    boxes: Annotated[list[Beside], msgspec.Meta(max_length=limits.REQUEST_FRAMES * limits.FRAME_ITEMS)]
    notes: Annotated[list[Beside], msgspec.Meta(max_length=limits.REQUEST_FRAMES * limits.FRAME_ITEMS)]


class PostAnswer(Wire, frozen=True):
    """Answer 200 to a post: persisted; and the frames that wait here for the other side."""

    have: Have
    frames: Annotated[list[WireFrame], msgspec.Meta(max_length=limits.REQUEST_FRAMES)]
    boxes: Annotated[list[Beside], msgspec.Meta(max_length=limits.REQUEST_FRAMES * limits.FRAME_ITEMS)]
    notes: Annotated[list[Beside], msgspec.Meta(max_length=limits.REQUEST_FRAMES * limits.FRAME_ITEMS)]


class Recover(Wire, frozen=True):
    """`POST /peer/v1/recover`: a restored ring asks for what stood behind these places (SPEC.md 6.8)."""

    token: Hash32
    epoch: Id16
    after_own: Count
    after_peer: Count


class Kept(Wire, frozen=True):
    """A stored frame as it is given back: the asker's own, or the answerer's, with what travelled beside it."""

    whose: Literal["yours", "mine"]
    header: msgspec.Raw
    items: Annotated[list[msgspec.Raw], msgspec.Meta(min_length=1, max_length=limits.FRAME_ITEMS)]
    boxes: Annotated[list[Beside], msgspec.Meta(max_length=limits.FRAME_ITEMS)]
    notes: Annotated[list[Beside], msgspec.Meta(max_length=limits.FRAME_ITEMS)]


class RecoverAnswer(Wire, frozen=True):
    """Answer to `recover`: frames of both chains in the order in which they may be applied; empty at the end."""

    frames: Annotated[list[Kept], msgspec.Meta(max_length=limits.RECOVERED_FRAMES)]


class Frame(NamedTuple):
    """A frame as bytes and as values. `hash` is H(header), base64url."""

    header: Header
    hash: str
    envelope: bytes
    items: tuple[bytes, ...]

    def entry(self) -> bytes:
        """The log's entry for this frame: type byte, then envelope and items, each behind its length (SPEC.md 8.1)."""
        return log_entry(ENTRY_FRAME, (self.envelope, *self.items))


def log_entry(kind: int, parts: Sequence[bytes]) -> bytes:
    """A log entry: the type byte, then each part behind its length as a big-endian u32 (SPEC.md 8.1)."""
    out = [bytes((kind,))]
    for part in parts:
        out += (len(part).to_bytes(4), part)
    return b"".join(out)


def parse_log_entry(entry: bytes) -> tuple[int, list[bytes]]:
    """Take a log entry apart. Raises RemoteError('malformed') where the lengths do not fit."""
    if not entry:
        raise RemoteError("malformed", "empty log entry")
    parts, place = [], 1
    while place < len(entry):
        end = place + 4 + int.from_bytes(entry[place : place + 4])
        if place + 4 > len(entry) or end > len(entry):
            raise RemoteError("malformed", "log entry is cut off")
        parts.append(entry[place + 4 : end])
        place = end
    return entry[0], parts


def encode_item(item: Item) -> bytes:
    """The bytes of an item. Raises LocalError('too_large') above ITEM_BYTES: sizes are checked when items are added."""
    data = canonical.encode(item)
    if len(data) > limits.ITEM_BYTES:
        raise LocalError("too_large", f"item of {len(data)} bytes")
    return data


def parse_item(data: bytes) -> AnyItem:
    """Read an item's bytes strictly. Raises RemoteError (malformed, not_canonical, too_large)."""
    return canonical.parse_with(_ITEM_DECODER, data, limits.ITEM_BYTES)


def item_hash(data: bytes) -> str:
    """The hash by which an item is named everywhere: the RFC 6962 leaf hash of its bytes, base64url."""
    return b64(merkle.leaf_hash(data))


def items_root(items: Sequence[bytes]) -> str:
    """RFC 6962 root over the items' bytes, base64url."""
    return b64(_levels_over(tuple(items))[-1][0]) if items else b64(merkle.EMPTY)


def room_in_frame(item_sizes: Sequence[int]) -> int:
    """How many of the waiting items, in order, the next frame takes: at most 64, at most FRAME_BYTES as logged."""
    used, taken = limits.HEADER_ENVELOPE_BYTES, 0
    for size in item_sizes[: limits.FRAME_ITEMS]:
        used += size + 4
        if used > limits.FRAME_BYTES:
            break
        taken += 1
    return taken


def seal_frame(header: Header, items: Sequence[bytes], key_id: str, signer: Signer) -> Frame:
    """Sign a header over its items: one signature. The header's count and items_root must be those of the items."""
    payload = canonical.encode(header)
    signed = envelope.seal(HEADER_KIND, payload, [(key_id, signer)])
    return Frame(header, b64(envelope.document_hash(HEADER_KIND, payload)), signed, tuple(items))


def parse_header(signed: bytes, keys: Mapping[str, bytes]) -> tuple[Header, str]:
    """Verify a header's envelope under the sender's frame keys and read it. -> (header, its H as base64url)."""
    payload = envelope.open_envelope(signed, HEADER_KIND, keys)
    header = canonical.parse(payload, Header, limits.DOCUMENT_BYTES)
    return header, b64(envelope.document_hash(HEADER_KIND, payload))


def parse_frame(signed: bytes, items: Sequence[bytes], keys: Mapping[str, bytes]) -> Frame:
    """Verify a received frame: size, signature, count and items_root. The items' content is judged apart.

    Raises RemoteError: too_large, malformed, bad_signature, unknown_key, bad_proof (items do not fit the header).
    """
    if 1 + sum(4 + len(part) for part in (signed, *items)) > limits.FRAME_BYTES:  # as logged: type byte and lengths
        raise RemoteError("too_large", "frame")
    header, digest = parse_header(signed, keys)
    if header.count != len(items) or header.items_root != items_root(items):
        raise RemoteError("bad_proof", "items do not fit their header")
    return Frame(header, digest, signed, tuple(items))


def wire_frame(frame: Frame) -> WireFrame:
    """A frame as it stands in a request: the same bytes, not serialised again."""
    return WireFrame(header=msgspec.Raw(frame.envelope), items=[msgspec.Raw(item) for item in frame.items])


def frame_of_entry(entry: bytes) -> tuple[bytes, tuple[bytes, ...]]:
    """Envelope and items out of a frame's log entry."""
    kind, parts = parse_log_entry(entry)
    if kind != ENTRY_FRAME or len(parts) < 2:
        raise RemoteError("malformed", "not a frame's entry")
    return parts[0], tuple(parts[1:])


@lru_cache(FRAMES_KEPT)
def _levels_over(items: tuple[bytes, ...]) -> list[list[bytes]]:
    """The tree over a frame's items: hashed where the frame is sealed or read, and each of them is cut out of it."""
    return merkle.levels_of(merkle.leaf_hashes(items))


def signed_item(frame_envelope: bytes, items: Sequence[bytes], index: int) -> SignedItem:
    """Cut one item out of its frame so that it proves itself anywhere (SPEC.md 6.2)."""
    path = merkle.path_in(_levels_over(tuple(items)), index)
    return SignedItem(
        header=msgspec.Raw(frame_envelope),
        index=index,
        path=[b64(step) for step in path],
        item=msgspec.Raw(items[index]),
    )


@lru_cache(FRAMES_KEPT)
def _header_under(signed: bytes, keys: tuple[tuple[str, bytes], ...]) -> Header:
    """A header that these keys have signed; items that others hand on come many from one frame."""
    return parse_header(signed, dict(keys))[0]


def verify_signed_item(signed: SignedItem, keys: Mapping[str, bytes]) -> tuple[Header, bytes]:
    """Check a signed item: signature, path, and the count of the signed header only. -> (header, the item's bytes).

    Raises RemoteError: bad_signature, unknown_key, bad_proof, malformed.
    """
    header = _header_under(bytes(signed.header), tuple(keys.items()))
    item = bytes(signed.item)
    path = [canonical.unb64(step, 32) for step in signed.path]
    root = canonical.unb64(header.items_root, 32)
    merkle.verify_inclusion(merkle.leaf_hash(item), signed.index, header.count, path, root)
    return header, item
