# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is signed, changed and signed again by those who must: a thief of keys, or a program that signs nonsense."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, cast

import msgspec

from ringtausch_node.federation.agreement import verify as agreements
from ringtausch_node.federation.greeting.hello import Greeter, _open
from ringtausch_node.federation.orders.promises import read_promise
from ringtausch_node.federation.orders.strangers import _read_chain
from ringtausch_node.federation.orders.waivers import verify as verify_waiver
from ringtausch_node.federation.recovery.replay import read_page
from ringtausch_node.federation.reset.reading import verify_reset
from ringtausch_node.federation.statements import verify as statements
from ringtausch_node.federation.winding_down import read_certificate
from ringtausch_node.publishing.access import Access
from ringtausch_protocol import canonical, cards, checkpoints, envelope, frames, roster
from ringtausch_protocol.advert_proofs import AdvertProof, prove_two_adverts
from ringtausch_protocol.audit.ledger.documents import read_document as read_for_audit
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.items import encode_item, item_hash, parse_item
from ringtausch_protocol.keys import SigningKey
from ringtausch_protocol.notes import Note, sign_note
from ringtausch_protocol.posts import Kept, RecoverAnswer
from ringtausch_protocol.verifier.kinds import (
    read_document,
    verify_checkpoint,
    verify_item,
    verify_receipt,
    verify_two_adverts,
)
from tests.fuzz.cast import CLOCK, IDENTITY, IDS, LINE, LINES, TRUST
from tests.fuzz.target import Read, Target, choosing, text_of
from tests.vectors import payloads, rosters
from tests.vectors.cast import EICHE, LINDE, Town, frame_of
from tests.vectors.disclosed import advert
from tests.vectors.logbook import Logbook, checkpoint_key, entries_of, log_access

_BOTH = statements.Cards([EICHE.card], [LINDE.card])
_NOBODY = cast("Any", None)  # a room that is not asked while something is read
_GREETER = Greeter(
    store=_NOBODY, clock=CLOCK, ids=IDS, identity=IDENTITY, lines=LINES, recovery=_NOBODY, budgets=_NOBODY,
    cards=_NOBODY,
)  # fmt: skip

#: Who else reads a document of a kind beside the verifier; the value, or the payload, or something else.
_ALSO: Mapping[str, Callable[[bytes], object]] = {
    "hello": lambda signed: _GREETER._open_hello(LINE, EICHE.card, signed),
    "hello-ack": lambda signed: _open(signed, "hello-ack", LINDE.card),
    "invoice": lambda signed: read_promise(LINE, signed)[0],
    "peer-agreement": lambda signed: agreements._read(signed, *_BOTH),
    "statement": lambda signed: statements._read(signed, _BOTH).document,
    "write-off": lambda signed: verify_waiver(LINE, signed),
    "epoch-reset": lambda signed: verify_reset(LINE, IDENTITY, signed).document,
    "ring-close": read_certificate,
}


def _document(kind: str, signers: Sequence[tuple[Town, SigningKey]]) -> Read:
    named = [town.named(key) for town, key in signers]

    def read(data: bytes) -> None:
        signed = envelope.seal(kind, data, named)
        found = read_document(signed, TRUST)
        assert {name for name, _ in named} == set(found.by)
        value, _ = read_for_audit(signed, kind)
        assert canonical.encode(value) == data
        if kind in _ALSO:
            assert _ALSO[kind](signed) in (value, data, None)

    return read


def _card(data: bytes) -> None:
    """Who may sign a first card is on it: here always the same, so another ring's card is refused."""
    signed = envelope.seal(cards.KIND, data, [LINDE.named(root) for root in LINDE.roots])
    card = TRUST.read_card(signed)
    assert _read_chain((signed,)) == (card,)
    assert canonical.encode(card.card) == data
    assert card.card.ring_id == LINDE.id


def _later_card(data: bytes) -> None:
    """A card that follows the first one."""
    signed = envelope.seal(cards.KIND, data, [LINDE.named(root) for root in LINDE.roots])
    assert canonical.encode(cards.verify_next(LINDE.card, signed).card) == data


def _access(data: bytes) -> None:
    """A request for entries is answered once, with what opens the path that was asked for."""
    access = Access(CLOCK, IDS, IDENTITY, LINES)
    signed = envelope.seal("log-access", data, [LINDE.named(LINDE.frame)])
    given = access.ask(signed)
    path = json.loads(data)["path"]
    assert access.opens(f"Bearer {given.token}", path)
    assert not access.opens(f"Bearer {given.token}", f"{path}x")
    with suppress(RemoteError):
        access.ask(signed)
        raise AssertionError("twice")


def _header(data: bytes) -> None:
    header, _ = frames.parse_header(envelope.seal("frame", data, [LINDE.named(LINDE.frame)]), LINDE.card.frame_keys)
    assert canonical.encode(header) == data


def _frames(data: bytes) -> None:
    """A line for each item, as a peer gives back his frame and one of ours: read as they were signed."""
    items = data.split(b"\n")
    sides = (("mine", frame_of(LINDE, EICHE, items)), ("yours", frame_of(EICHE, LINDE, items)))
    given = [
        Kept(whose=whose, header=msgspec.Raw(each.envelope), items=[*map(msgspec.Raw, items)], boxes=[], notes=[])  # type: ignore[arg-type]
        for whose, each in sides
    ]
    for (_, frame), back in zip(sides, read_page(LINE, IDENTITY, RecoverAnswer(frames=given)), strict=True):
        assert back.frame == frame
        assert [item for item, _ in back.items] == items
        assert all(value is None or encode_item(value) == item for item, value in back.items)
    parse_item(items[0])


def _item(data: bytes) -> None:
    """An item cut out of its frame, as it proves itself anywhere."""
    items = [data, b"{}"]
    signed = frames.signed_item(frame_of(LINDE, EICHE, items).envelope, items, 0)
    found = verify_item(canonical.encode(signed), TRUST)
    assert (found.facts["hash"], found.facts["place"]) == (item_hash(data), 0)
    assert encode_item(parse_item(data)) == data


def _receipt(entry: bytes) -> None:
    """An entry with the proof that it stands in a log."""
    receipt = Logbook(LINDE, [*entries_of(2), entry]).receipt(2, 3).to_bytes()
    assert verify_receipt(receipt, TRUST).facts["index"] == 2
    assert verify_receipt(receipt, TRUST, entry).facts["type"] == entry[0]


def _two_adverts(data: bytes) -> None:
    """Two adverts, a line each, as a proof against the ring that signed both."""
    shown = [envelope.seal("advert", each, [EICHE.named(EICHE.frame)]) for each in data.split(b"\n")[:2]]
    if len(shown) < 2:
        raise RemoteError("malformed")
    proof = prove_two_adverts([EICHE.card.envelope], *shown)
    assert verify_two_adverts(proof, TRUST).facts["ring"] == EICHE.id
    assert canonical.encode(canonical.parse(proof, AdvertProof, len(proof))) == proof


def _roster(data: bytes) -> None:
    """A text under all keys of the federation, as a first roster and as one that follows."""
    signed = rosters.as_note(text_of(data), *rosters.FEDERATION)
    found = roster.verify_roster(signed)
    assert roster.write_roster(found.head, found.rings).encode() == data
    assert roster.verify_successor(found, signed) == found
    roster.verify_successor(roster.parse_roster(rosters.FIRST), signed)


def _checkpoint(data: bytes) -> None:
    text = text_of(data)
    origin = checkpoints.origin_of(LINDE.id, 1)
    signed = Note(text, (sign_note(text, origin, checkpoint_key(LINDE)),)).to_bytes()
    found = verify_checkpoint(signed, TRUST)
    assert (found.kind, found.facts["origin"]) == ("checkpoint", origin)
    assert checkpoints.checkpoint_text(checkpoints.parse_checkpoint(signed).head) == text


def _ways() -> Iterator[tuple[Read, bytes]]:
    """Readers, each with something that it takes."""
    for _, kind, value, signers in payloads.documents():
        if kind not in (cards.KIND, "log-access"):
            yield _document(kind, signers), canonical.encode(value)
    yield _card, canonical.encode(LINDE.card.card)
    yield _later_card, canonical.encode(payloads.second_card())
    yield _access, canonical.encode(log_access())
    yield _header, canonical.encode(frame_of(LINDE, EICHE, [b"{}"]).header)
    yield _frames, b"\n".join(encode_item(item) for _, item in payloads.items())
    yield _item, encode_item(payloads.order(LINDE, EICHE))
    yield _receipt, entries_of(1)[0]
    adverts = (advert(), msgspec.structs.replace(advert(), edges=[]))
    yield _two_adverts, b"\n".join(map(canonical.encode, adverts))
    yield _roster, roster.parse_roster(rosters.SECOND).note.text.encode()
    yield _checkpoint, Logbook(LINDE, entries_of(3)).checkpoint(3).text.encode()


def targets() -> Iterator[tuple[str, Target]]:
    """The one target; its first byte chooses a kind of document."""
    ways = [*_ways()]
    start = tuple(bytes((way,)) + data for way, (_, data) in enumerate(ways))
    target = choosing([read for read, _ in ways])
    yield "signed", target._replace(start=start, is_apart=True, refuses=RemoteError)
