# SPDX-License-Identifier: Apache-2.0
"""Entries of a log: which types there are, how many parts each has, and the start of a log (SPEC.md 8.1, 8.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec

from ringtausch_protocol import canonical, envelope, limits
from ringtausch_protocol.canonical import Net, RingId, Seq, Time, Wire, type_v1
from ringtausch_protocol.documents import CodeName, Head
from ringtausch_protocol.errors import RemoteError

ENTRY_FRAME = 0x01
ENTRY_HELLO = 0x02
ENTRY_HELLO_ACK = 0x03
ENTRY_DOCUMENT = 0x04
BOOKING = 0x05
START = 0x06
START_KIND = "log-start"

#: Type -> least and most parts of an entry.
PARTS: Mapping[int, tuple[int, int]] = {
    ENTRY_FRAME: (2, 1 + limits.FRAME_ITEMS),
    ENTRY_HELLO: (1, 1),
    ENTRY_HELLO_ACK: (1, 1),
    ENTRY_DOCUMENT: (1, 1),
    BOOKING: (1, 1),
    START: (1, 1),
}


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
    parts, place, length = [], 1, len(entry)
    while place < length:
        begin = place + 4
        place = begin + int.from_bytes(entry[place:begin])
        if place > length:
            raise RemoteError("malformed", "log entry is cut off")
        parts.append(entry[begin:place])
    return entry[0], parts


class HeadTold(Wire, frozen=True):
    """The newest head of the closed log that a peer or witness has told."""

    ring_id: RingId
    head: Head


class LogStart(Wire, frozen=True, omit_defaults=True):
    """`log-start`: the first entry of a log that follows one which cannot be rebuilt (SPEC.md 8.3)."""

    v: type_v1
    net: Net
    ring_id: RingId
    log: Seq
    closed: Head
    code: CodeName
    at: Time
    heads: Annotated[list[HeadTold], msgspec.Meta(min_length=1, max_length=limits.HEADS_TOLD_MAX)] | None = None


def parse_entry(entry: bytes) -> tuple[int, list[bytes]]:
    """Type and parts of an entry of a known type. Raises RemoteError('bad_entry')."""
    try:
        kind, parts = parse_log_entry(entry)
    except RemoteError as error:
        raise RemoteError("bad_entry", error.detail) from None
    least, most = PARTS.get(kind, (0, -1))
    if not least <= len(parts) <= most or (kind == BOOKING and len(parts[0]) != 32):
        raise RemoteError("bad_entry", f"type {kind} with {len(parts)} parts")
    return kind, parts


def verify_start(entry: bytes, operators: Mapping[str, bytes], ring_id: str, log: int) -> LogStart:
    """Check the first entry of a log that follows a closed one: signed by one operator of the ring or more.

    operators: key id -> public key. The closed log is an earlier one of the same ring, and so are all heads told.
    Raises RemoteError: bad_entry (another type, another ring or log), and as `open_envelope`.
    """
    kind, parts = parse_entry(entry)
    if kind != START:
        raise RemoteError("bad_entry", "no start of a log")
    payload = envelope.open_envelope(parts[0], START_KIND, operators)
    start = canonical.parse(payload, LogStart, limits.DOCUMENT_BYTES)
    told = [each.ring_id for each in start.heads or ()]
    if (start.ring_id, start.log) != (ring_id, log) or start.closed.log >= log:
        raise RemoteError("bad_entry", "start of another log")
    if told != sorted(set(told)) or any(each.head.log >= log for each in start.heads or ()):
        raise RemoteError("bad_entry", "heads out of order, or of this log")
    return start


def newest_closed(start: LogStart) -> Head:
    """The newest head that the ring stands for of the logs before: its own, or one that it was told."""
    heads = [start.closed, *(each.head for each in start.heads or ())]
    return max(heads, key=lambda head: (head.log, head.size))
