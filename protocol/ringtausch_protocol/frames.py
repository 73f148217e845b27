# SPDX-License-Identifier: Apache-2.0
"""Frames: a signed header over 1..64 items, and any item as a signed thing of its own (SPEC.md sections 6 and 7).

One signature covers all items and, through `prev`, the whole past of its direction. Bytes are never made twice: a
`Frame` keeps the envelope and the items exactly as they were signed or received.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Annotated, NamedTuple

import msgspec

from ringtausch_protocol import canonical, envelope, limits, merkle
from ringtausch_protocol.canonical import Count, Hash32, Id16, Net, RingId, Seq, Time, Wire, b64, type_v1
from ringtausch_protocol.documents import Head
from ringtausch_protocol.entries import ENTRY_FRAME, log_entry, parse_log_entry
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.items import SignedItem
from ringtausch_protocol.keys import Signer

HEADER_KIND = "frame"
#: Frames of which items are being cut out or looked at: a few lines at once, at most 256 KiB each.
FRAMES_KEPT = 16


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


class Frame(NamedTuple):
    """A frame as bytes and as values. `hash` is H(header), base64url."""

    header: Header
    hash: str
    envelope: bytes
    items: tuple[bytes, ...]

    def entry(self) -> bytes:
        """The log's entry for this frame: type byte, then envelope and items, each behind its length (SPEC.md 8.1)."""
        return log_entry(ENTRY_FRAME, (self.envelope, *self.items))


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
def _header_under(signed: bytes, keys: tuple[tuple[str, bytes], ...]) -> tuple[Header, bytes]:
    """A header that these keys have signed, and its root; items that others hand on come many from one frame."""
    header = parse_header(signed, dict(keys))[0]
    return header, canonical.unb64(header.items_root, 32)


@lru_cache(FRAMES_KEPT * limits.FRAME_ITEMS)
def _step(text: str) -> bytes:
    """A step of a path; neighbours in a frame have most of theirs in common."""
    return canonical.unb64(text, 32)


def verify_signed_item(signed: SignedItem, keys: Mapping[str, bytes]) -> tuple[Header, bytes]:
    """Check a signed item: signature, path, and the count of the signed header only. -> (header, the item's bytes).

    Raises RemoteError: bad_signature, unknown_key, bad_proof, malformed.
    """
    header, root = _header_under(bytes(signed.header), tuple(keys.items()))
    return header, _placed(signed, header, root)


def verify_placed(signed: SignedItem, header: Header) -> None:
    """Check that an item stands under its header, whoever has signed that. Raises RemoteError: bad_proof, malformed."""
    _placed(signed, header, canonical.unb64(header.items_root, 32))


def _placed(signed: SignedItem, header: Header, root: bytes) -> bytes:
    item, path = bytes(signed.item), [_step(text) for text in signed.path]
    merkle.verify_inclusion(merkle.leaf_hash(item), signed.index, header.count, path, root)
    return item
