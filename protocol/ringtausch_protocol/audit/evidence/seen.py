# SPDX-License-Identifier: Apache-2.0
"""What stands in an entry: a frame with its items, read once for both logs that hold it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ringtausch_protocol import canonical, envelope, frames, limits, merkle
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import HEADER_KIND, AnyItem, Frame, Header

_HEADER_TYPE = envelope.media_type(HEADER_KIND)


class SeenItem(NamedTuple):
    """An item of a frame: its hash, its value (None where it cannot be read), its bytes."""

    hash: str
    item: AnyItem | None
    data: bytes


class Signed(NamedTuple):
    """What a signature is over, by which key, and the 64 bytes."""

    key_id: str
    message: bytes
    signature: bytes


@dataclass(slots=True)
class SeenFrame:
    """A frame out of a log, its signature not checked yet. `hash` is H(header); `leaf` the hash of its entry."""

    header: Header
    hash: str
    leaf: bytes
    items: list[SeenItem]
    signed: list[Signed]
    envelope: bytes

    @property
    def channel(self) -> tuple[str, str, str]:
        """From, to, epoch: the chain it belongs to."""
        header = self.header
        return header.from_, header.to, header.epoch

    def as_frame(self) -> Frame:
        """As the protocol's own functions take it."""
        return Frame(self.header, self.hash, self.envelope, tuple(each.data for each in self.items))


def read_frame(parts: list[bytes], leaf: bytes) -> SeenFrame:
    """Read a frame's entry: the form of header and items, and that the header covers the items. Nothing is verified.

    Raises RemoteError: malformed, not_canonical, too_large, wrong_type, bad_proof (items do not fit the header).
    """
    signed, items = parts[0], parts[1:]
    if 1 + sum(4 + len(part) for part in parts) > limits.FRAME_BYTES:
        raise RemoteError("too_large", "frame")
    opened = envelope.parse_envelope(signed)
    if opened.payload_type != _HEADER_TYPE:
        raise RemoteError("wrong_type", opened.payload_type)
    payload = opened.body()
    header = canonical.parse(payload, Header, limits.DOCUMENT_BYTES)
    message = envelope.pae(_HEADER_TYPE, payload)
    hashes = [merkle.leaf_hash(item) for item in items]
    if header.count != len(items) or header.items_root != b64(merkle.tree_root(hashes)):
        raise RemoteError("bad_proof", "items do not fit their header")
    read = [SeenItem(b64(digest), _item(data), data) for digest, data in zip(hashes, items, strict=True)]
    names = [Signed(each.keyid, message, each.raw()) for each in opened.signatures]
    return SeenFrame(header, canonical.sha256_b64(message), leaf, read, names, signed)


def _item(data: bytes) -> AnyItem | None:
    try:
        return frames.parse_item(data)
    except RemoteError:
        return None
