# SPDX-License-Identifier: AGPL-3.0-or-later
"""What comes from other rings: canonical values, envelopes, entries, notes, tiles, proofs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from ringtausch_node.federation.frames.notes import Note
from ringtausch_protocol import (
    canonical,
    cards,
    checkpoints,
    entries,
    envelope,
    forks,
    limits,
    notes,
    receipts,
    roster,
    sealing,
    tiles,
    witness,
)  # fmt: skip
from ringtausch_protocol.advert_bodies import AdvertsAnswer, AdvertsAsk
from ringtausch_protocol.advert_proofs import AdvertProof
from ringtausch_protocol.bookings import OpenedBooking
from ringtausch_protocol.documents import DOCUMENTS, OrderBox
from ringtausch_protocol.entries import log_entry
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import Header
from ringtausch_protocol.items import AnyItem, SignedItem
from ringtausch_protocol.keys import vkey
from ringtausch_protocol.letters import LETTERS
from ringtausch_protocol.posts import Post, PostAnswer, Recover, RecoverAnswer
from ringtausch_protocol.requests import (
    Ask,
    AskAnswer,
    Invitation,
    LogToken,
    NameBox,
    PeeringAnswer,
    PeeringAsk,
    QuoteAnswer,
    QuoteAsk,
    QuoteBox,
    Refusal,
    Say,
    SayAnswer,
)
from ringtausch_protocol.reset_bodies import ResetAnswer, ResetAsk
from ringtausch_protocol.ring_card import RingCard
from ringtausch_protocol.verifier.kinds import VERIFIERS, kind_of
from ringtausch_protocol.verifier.trust import Trust
from tests.fuzz.target import Read, Target, choosing, text_of
from tests.vectors import rosters
from tests.vectors.cast import EICHE, LINDE, NET, NOON, epoch_of, hash32, id16

#: Every form that a message, document or item has: one that is missing here is found by `test_targets`.
FORMS: tuple[Any, ...] = (
    *DOCUMENTS.values(), *LETTERS.values(), OpenedBooking, entries.LogStart, RingCard, Header, AnyItem, SignedItem,
    envelope.Envelope, forks.ForkProof, roster.RosterHead, roster.RosterRing,
    Ask, AskAnswer, Say, SayAnswer, Post, PostAnswer, Recover, RecoverAnswer, Refusal, PeeringAsk, PeeringAnswer,
    QuoteAsk, QuoteAnswer, ResetAsk, ResetAnswer, AdvertsAsk, AdvertsAnswer, Invitation, QuoteBox, NameBox, LogToken,
    OrderBox, Note, AdvertProof,
)  # fmt: skip


_CARD = msgspec.Raw(EICHE.card.envelope)

#: A box for this key, with this text: another text that opens was forged.
OPENER, BOX_INFO, BOX_TEXT = sealing.OpeningKey(bytes(range(32))), b"fuzz", b"text"


def _roster(data: bytes) -> None:
    found = roster.parse_roster(data)
    assert found.note.to_bytes() == data
    assert roster.write_roster(found.head, found.rings) == found.note.text


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len(dict(pairs)) == len(pairs), "a key stands twice"
    return dict(pairs)


def _form(kind: Any) -> Read:
    def read(data: bytes) -> None:
        value = canonical.parse(data, kind, limits.REQUEST_BYTES)
        assert canonical.encode(value) == data
        if not _has_raw(value):  # the inside of a Raw is looked at by who reads it
            # A reader that nobody here wrote sees the same, each key once, and writes it in the same way.
            seen = json.loads(data, object_pairs_hook=_once)
            assert seen == msgspec.json.decode(data)
            assert json.dumps(seen, ensure_ascii=False, separators=(",", ":")).encode() == data

    return read


def _has_raw(value: object) -> bool:
    if isinstance(value, msgspec.Struct):
        return any(map(_has_raw, msgspec.structs.astuple(value)))
    return isinstance(value, msgspec.Raw) or (isinstance(value, list) and any(map(_has_raw, value)))


def _envelope(data: bytes) -> None:
    parsed = envelope.parse_envelope(data, limits.HELLO_ENVELOPE_BYTES)
    assert canonical.encode(parsed) == data
    again = envelope.attach(data, _kind(parsed.payload_type), ())
    assert again == data
    # No key of ours signed it, so it opens for nobody.
    try:
        envelope.open_envelope(data, _kind(parsed.payload_type), {}, limit=limits.HELLO_ENVELOPE_BYTES)
    except RemoteError:
        return
    raise AssertionError("opened without a key")


def _kind(payload_type: str) -> str:
    return payload_type.removeprefix("application/vnd.ringtausch.").removesuffix(".v1+json")


def _entry(data: bytes) -> None:
    kind, parts = entries.parse_entry(data)
    assert log_entry(kind, parts) == data


def _note(data: bytes) -> None:
    assert notes.parse_note(data).to_bytes() == data


def _checkpoint(data: bytes) -> None:
    checkpoint = checkpoints.parse_checkpoint(data)
    assert checkpoint.note.to_bytes() == data
    assert checkpoints.checkpoint_text(checkpoint.head) == checkpoint.note.text


def _receipt(data: bytes) -> None:
    assert receipts.parse_receipt(data).to_bytes() == data


def _witness(data: bytes) -> None:
    asked = witness.parse_request(data)
    assert witness.format_request(asked.old, asked.path, asked.checkpoint.note.to_bytes()) == data


def _vkey(data: bytes) -> None:
    text = text_of(data)
    key = notes.parse_vkey(text)
    assert vkey(key.name, key.public, key.kind) == text


def _tile_path(data: bytes) -> None:
    text = text_of(data)
    assert tiles.parse_path(text).path == text


def _bundle(data: bytes) -> None:
    """A tile, if it has the length of one, or entries; a first byte says how wide."""
    width, bundle = (data[0] + 1, data[1:]) if data else (1, data)
    if len(bundle) == width * 32:
        assert b"".join(tiles.parse_tile(bundle, width)) == bundle
    assert tiles.format_bundle(tiles.parse_bundle(bundle, width)) == bundle


def _card(data: bytes) -> None:
    card = cards.verify_card(data)
    assert cards.verify_chain([data])[0].card == card.card


def sealed() -> list[bytes]:
    """A box and a note that open."""
    return [
        sealing.BoxSealer(OPENER.public, bytes(32)).seal(BOX_TEXT, BOX_INFO),
        sealing.NoteSealer(OPENER, bytes(32)).seal(BOX_TEXT, BOX_INFO),
    ]


def _box(data: bytes) -> None:
    assert OPENER.open(data, BOX_INFO) == BOX_TEXT


def _self_note(data: bytes) -> None:
    assert sealing.open_note(OPENER, data, BOX_INFO) == BOX_TEXT


def _file(data: bytes) -> None:
    """The program that verifies files: without a key that it trusts it verifies nothing but what proves itself."""
    kind = kind_of(data)
    found = VERIFIERS[kind](data, Trust(None), None)
    assert found.kind in ("fork", "adverts", "envelope")
    if found.kind == "envelope":
        assert found.facts["document"] == cards.KIND


def _not_in_vectors() -> Iterator[tuple[Any, bytes]]:
    """Forms of which the vectors hold no text of its own, each with one."""
    found = roster.parse_roster(rosters.FIRST)
    ask = ResetAsk(net=NET, from_=EICHE.id, to=LINDE.id, epoch=epoch_of(EICHE, LINDE), reset=[], cards=[_CARD])
    yield from ((kind, canonical.encode(value)) for kind, value in (
        (roster.RosterHead, found.head), (roster.RosterRing, found.rings[0]),
        (ResetAsk, ask), (ResetAnswer, ResetAnswer(reset=[_CARD])),
        (LogToken, LogToken(token=hash32("token"), expires_at=NOON)),
        (Note, Note(account=7, key=id16("account"), payer_salt=id16("salt"))),
    ))  # fmt: skip


def targets() -> Iterator[tuple[str, Target]]:
    """Name and target of everything here."""
    start = tuple(bytes((FORMS.index(kind),)) + data for kind, data in _not_in_vectors())
    yield "forms", choosing([_form(kind) for kind in FORMS])._replace(start=start, refuses=RemoteError)
    singles: dict[str, Read] = {
        "envelope": _envelope, "entry": _entry, "note": _note, "checkpoint": _checkpoint, "receipt": _receipt,
        "witness": _witness, "vkey": _vkey, "tile-path": _tile_path, "bundle": _bundle, "card": _card, "file": _file,
        "box": _box, "self-note": _self_note, "roster": _roster,
    }  # fmt: skip
    yield from ((name, Target(read, refuses=RemoteError)) for name, read in singles.items())
