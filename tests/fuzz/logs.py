# SPDX-License-Identifier: AGPL-3.0-or-later
"""What stands in another ring's log: the fast reader against the strict one, and the books made of its entries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

import msgspec

from ringtausch_protocol import canonical, checkpoints, entries, envelope, limits, merkle
from ringtausch_protocol.audit.evidence.rings import Rings
from ringtausch_protocol.audit.evidence.seen import SeenFrame, read_frame, read_usual
from ringtausch_protocol.audit.evidence.signatures import Signatures, begin_at_once
from ringtausch_protocol.audit.evidence.usual import Usual
from ringtausch_protocol.audit.findings.codes import CODES as FINDINGS
from ringtausch_protocol.audit.findings.model import Findings
from ringtausch_protocol.audit.ledger.book import Book
from ringtausch_protocol.audit.ledger.world import World
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import Header
from ringtausch_protocol.items import encode_item
from ringtausch_protocol.keys import SigningKey
from tests.fuzz.target import Read, Target, choosing
from tests.vectors import payloads
from tests.vectors.cast import EICHE, LINDE, Town, frame_of


def _learned() -> Usual:
    """A reader that has met both rings."""
    usual = Usual()
    read_frame(entries.parse_entry(_ENTRIES[0])[1], b"", usual)
    return usual


_ORDER = canonical.encode(payloads.order())
_DECISION = canonical.encode(payloads.decision(payloads.order(), EICHE, LINDE))
_ENTRIES = [frame_of(EICHE, LINDE, [item]).entry() for item in (_ORDER, _DECISION)]
_USUAL = _learned()


def _usual_entry(entry: bytes) -> None:
    """What the fast reader takes the strict one takes, and sees the same in it."""
    leaf = merkle.leaf_hash(entry)
    [fast] = read_usual([entry], [leaf], (), _USUAL)
    try:
        strict = read_frame(entries.parse_entry(entry)[1], leaf, Usual())
    except RemoteError:
        assert fast is None
        raise
    assert fast is None or _fields(fast) == _fields(strict)


def _usual_items(data: bytes) -> None:
    """Items, a line each, in a frame that covers them."""
    _usual_entry(frame_of(EICHE, LINDE, data.split(b"\n")).entry())


def _usual_header(data: bytes) -> None:
    fast = _USUAL.header(data)
    strict = canonical.parse(data, Header, limits.DOCUMENT_BYTES)
    assert fast is None or msgspec.to_builtins(fast) == msgspec.to_builtins(strict)


def _known() -> Rings:
    """The cards of both rings, proved once."""
    rings = Rings()
    for town in (EICHE, LINDE):
        rings.add(town.card.envelope)
    return rings


_RINGS = _known()


def _booked(entry: bytes, owner: str) -> None:
    """An entry as the only one of a ring's log: whatever stands in it becomes findings, and no error."""
    findings = Findings()
    world = World(deepcopy(_RINGS), findings, Signatures(begin_at_once, findings))
    book = Book(world, owner, is_cut=False)
    book.begin_log(checkpoints.origin_of(owner, 1), 1)
    book.take([entry], [merkle.leaf_hash(entry)])
    world.signatures.finish()
    found = findings.all()
    assert all(each.code in FINDINGS for each in found)
    if any(each.code == "bad_entry" for each in found):
        raise RemoteError("malformed")


def _booked_entry(entry: bytes) -> None:
    _booked(entry, EICHE.id)


def _booked_items(data: bytes) -> None:
    """Items, a line each, in a frame that both logs hold."""
    entry = frame_of(EICHE, LINDE, data.split(b"\n")).entry()
    for town in (EICHE, LINDE):
        _booked(entry, town.id)


def _booked_document(kind: str, signers: Sequence[tuple[Town, SigningKey]]) -> Read:
    """A document under the keys of those who must sign it."""

    def read(data: bytes) -> None:
        signed = envelope.seal(kind, data, [town.named(key) for town, key in signers])
        _booked(entries.log_entry(entries.ENTRY_DOCUMENT, (signed,)), EICHE.id)

    return read


def _fields(frame: SeenFrame) -> Sequence[Any]:
    """All that a frame says, whatever class says it."""
    said = [None if each.item is None else msgspec.structs.asdict(each.item) for each in frame.items]
    hashes, signed = [each.hash for each in frame.items], [msgspec.structs.astuple(each) for each in frame.signed]
    return msgspec.to_builtins(frame.header), frame.hash, frame.leaf, hashes, said, signed


_GREETINGS = {"hello": entries.ENTRY_HELLO, "hello-ack": entries.ENTRY_HELLO_ACK}
_FRAMES = (
    (_usual_items, _ORDER + b"\n" + _DECISION),
    (_usual_header, canonical.encode(frame_of(EICHE, LINDE, [_ORDER]).header)),
    (_usual_entry, _ENTRIES[0]),
)


def _booked_greeting(kind: str, number: int, signers: Sequence[tuple[Town, SigningKey]]) -> Read:
    """A greeting under the keys of who gives it."""

    def read(data: bytes) -> None:
        signed = envelope.seal(kind, data, [town.named(key) for town, key in signers])
        _booked(entries.log_entry(number, (signed,)), EICHE.id)

    return read


def _books() -> Iterator[tuple[Read, bytes]]:
    yield _booked_entry, _ENTRIES[0]
    yield _booked_items, b"\n".join(encode_item(item) for _, item in payloads.items())
    for _, kind, value, signers in payloads.documents():
        if kind not in ("hello", "hello-ack", "invoice", "advert", "log-access", "yearly-figures"):  # no entries
            yield _booked_document(kind, signers), canonical.encode(value)
    for _, kind, value, signers in payloads.documents():
        if kind in _GREETINGS:
            yield _booked_greeting(kind, _GREETINGS[kind], signers), canonical.encode(value)


def targets() -> Iterator[tuple[str, Target]]:
    """Name and target of everything here."""
    for name, ways in (("usual", _FRAMES), ("book", tuple(_books()))):
        start = tuple(bytes((way,)) + data for way, (_, data) in enumerate(ways))
        yield name, choosing([read for read, _ in ways])._replace(start=start, is_apart=True, refuses=RemoteError)
