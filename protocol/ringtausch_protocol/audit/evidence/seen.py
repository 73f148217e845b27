# SPDX-License-Identifier: Apache-2.0
"""What stands in an entry: a frame with its items, read once for both logs that hold it."""

from __future__ import annotations

from collections.abc import Container, Sequence

from msgspec import Struct

from ringtausch_protocol import canonical, entries, envelope, limits, merkle
from ringtausch_protocol.audit.evidence.usual import Usual
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.entries import ENTRY_FRAME
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import HEADER_KIND, Header
from ringtausch_protocol.items import AnyItem, parse_item

_HEADER_TYPE = envelope.media_type(HEADER_KIND)
_FRAME = bytes((ENTRY_FRAME,))
_NO_FRAME = (b"",)


class SeenItem(Struct, frozen=True):
    """An item of a frame: its hash, and its value (None where it cannot be read)."""

    hash: str
    item: AnyItem | None


class Signed(Struct, frozen=True, gc=False):
    """What a signature is over, by which key, and the 64 bytes."""

    key_id: str
    message: bytes
    signature: bytes


class SeenFrame(Struct, frozen=True):
    """A frame out of a log, its signature not checked yet. `hash` is H(header); `leaf` the hash of its entry."""

    header: Header
    hash: str
    leaf: bytes
    items: list[SeenItem]
    signed: list[Signed]

    @property
    def channel(self) -> tuple[str, str, str]:
        """From, to, epoch: the chain it belongs to."""
        header = self.header
        return header.from_, header.to, header.epoch

    @property
    def place(self) -> tuple[str, str, str, int]:
        """Its place in that chain."""
        header = self.header
        return header.from_, header.to, header.epoch, header.seq


def read_frame(parts: Sequence[bytes], leaf: bytes, usual: Usual) -> SeenFrame:
    """Read a frame's entry: the form of header and items, and that the header covers the items. Nothing is verified.

    Raises RemoteError: malformed, not_canonical, too_large, wrong_type, bad_proof (items do not fit the header).
    """
    if 1 + sum(4 + len(part) for part in parts) > limits.FRAME_BYTES:
        raise RemoteError("too_large", "frame")
    opened = envelope.parse_envelope(parts[0])
    if opened.payload_type != _HEADER_TYPE:
        raise RemoteError("wrong_type", opened.payload_type)
    payload = opened.body()
    header = canonical.parse(payload, Header, limits.DOCUMENT_BYTES)
    usual.learn(header, [each.keyid for each in opened.signatures])
    hashes = merkle.leaf_hashes(parts[1:])
    if not _covers(header, hashes):
        raise RemoteError("bad_proof", "items do not fit their header")
    message = envelope.pae(_HEADER_TYPE, payload)
    read = [SeenItem(b64(digest), _item(data)) for digest, data in zip(hashes, parts[1:], strict=True)]
    signed = [Signed(each.keyid, message, each.raw()) for each in opened.signatures]
    return SeenFrame(header, canonical.sha256_b64(message), leaf, read, signed)


def _covers(header: Header, hashes: Sequence[bytes]) -> bool:
    return header.count == len(hashes) and header.items_root == b64(merkle.tree_root(hashes))


def _item(data: bytes) -> AnyItem | None:
    try:
        return parse_item(data)
    except RemoteError:
        return None


# -- many at once ------------------------------------------------------------------------------------------------------


def read_usual(
    log_entries: Sequence[bytes], leaves: Sequence[bytes], known: Container[bytes], usual: Usual
) -> list[SeenFrame | None]:
    """The usual frames among these entries, but those whose leaf is known; None in the place of all else.

    One step for all entries before the next: so each costs half of what it does from the first step to the last.
    """
    found: list[SeenFrame | None] = [None] * len(log_entries)
    places = [place for place, leaf in enumerate(leaves) if leaf not in known]
    parts = [_parts(log_entries[place]) for place in places]
    opened = [usual.envelope(each[0]) for each in parts]
    headers = [usual.header(each.payload) if each else None for each in opened]
    hashes = [merkle.leaf_hashes(each[1:]) for each in parts]
    items = [[usual.item(data) or _item(data) for data in each[1:]] for each in parts]
    for place, body, header, digests, values in zip(places, opened, headers, hashes, items, strict=True):
        if body and header and _covers(header, digests):
            message = envelope.pae(_HEADER_TYPE, body.payload)
            read = [SeenItem(b64(digest), value) for digest, value in zip(digests, values, strict=True)]
            signed = [Signed(body.key_id, message, body.signature)]
            found[place] = SeenFrame(header, canonical.sha256_b64(message), leaves[place], read, signed)
    return found


def _parts(entry: bytes) -> Sequence[bytes]:
    """Envelope and items of a frame; nothing readable for what is none, or is too long."""
    if not entry.startswith(_FRAME) or len(entry) > limits.FRAME_BYTES:
        return _NO_FRAME
    try:
        return entries.parse_entry(entry)[1]
    except RemoteError:
        return _NO_FRAME
