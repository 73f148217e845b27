# SPDX-License-Identifier: Apache-2.0
"""The kinds of files that the program knows, how each is recognised, and how each is verified."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ringtausch_protocol import (
    advert_proofs,
    bookings,
    canonical,
    cards,
    checkpoints,
    entries,
    envelope,
    forks,
    frames,
    limits,
    receipts,
)  # fmt: skip
from ringtausch_protocol.checkpoints import Witnessed
from ringtausch_protocol.documents import DOCUMENTS
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import Header
from ringtausch_protocol.items import SignedItem, item_hash, parse_item
from ringtausch_protocol.ring_card import KeyPurpose
from ringtausch_protocol.verifier.findings import Finding, FoundWrong
from ringtausch_protocol.verifier.trust import Trust

#: The largest file of any kind.
FILE_BYTES = limits.RECEIPT_BYTES
#: How much of a file tells its kind.
_BEGINNING_BYTES = 400


class _Signers(NamedTuple):
    """Who must have signed a document: the rings that these fields name, each with keys of this purpose."""

    fields: tuple[str, ...]
    purpose: KeyPurpose
    #: Operators sign as many as the ring's card asks for, but where SPEC.md 4 says *an operator*.
    is_at_threshold: bool = False


_SCHEMAS: Mapping[str, Any] = {**DOCUMENTS, "frame": Header, entries.START_KIND: entries.LogStart}
_SIGNERS: Mapping[str, _Signers] = {
    "peer-agreement": _Signers(("a", "b"), "operator", is_at_threshold=True),
    "hello": _Signers(("from_",), "frame"),
    "hello-ack": _Signers(("from_",), "frame"),
    "frame": _Signers(("from_",), "frame"),
    "invoice": _Signers(("payee_ring",), "frame"),
    "statement": _Signers(("a", "b"), "frame"),
    "advert": _Signers(("ring_id",), "frame"),
    "yearly-figures": _Signers(("ring_id",), "frame"),
    "write-off": _Signers(("ring_id",), "operator", is_at_threshold=True),
    "line-close": _Signers(("ring_id",), "operator", is_at_threshold=True),
    "ring-close": _Signers(("ring_id",), "operator", is_at_threshold=True),
    "epoch-reset": _Signers(("a", "b"), "operator", is_at_threshold=True),
    "fault-proof": _Signers(("reporter",), "frame"),
    entries.START_KIND: _Signers(("ring_id",), "operator"),
}


def kind_of(data: bytes) -> str:
    """Which kind of file begins like this. Raises RemoteError('wrong_type')."""
    start = data[:_BEGINNING_BYTES]
    if start.startswith(b"c2sp.org/tlog-proof@"):
        return "receipt"
    if start.startswith(b'{"payloadType"'):
        return "envelope"
    if start.startswith(b'{"header"'):
        return "item"
    if start.startswith(b'{"booking"'):
        return "booking"
    if start.startswith(b'{"v":') and b'"fault":"' in start:
        return "adverts" if b'"fault":"two_adverts"' in start else "fork"
    if "\n\n— ".encode() in start:
        return "checkpoint"
    raise RemoteError("wrong_type", "no kind of file that is known here")


#: What of a document is for people to read: without it nobody knows what was signed.
_TOLD: Mapping[str, tuple[str, ...]] = {
    "yearly-figures": (
        "year", "since", "until", "created_seconds", "turnover_seconds", "foreign_in_seconds", "foreign_out_seconds",
        "accounts",
    ),
    "line-close": ("peer", "balance_seconds", "how", "at"),
}  # fmt: skip


class Document(NamedTuple):
    """A document that was verified: its kind, the key ids of those who signed, its rings, what it says."""

    kind: str
    by: tuple[str, ...]
    rings: tuple[str, ...]
    told: Mapping[str, str | int] = {}


def verify_envelope(data: bytes, trust: Trust, _: bytes | None = None) -> Finding:
    """A signed document, by the keys that may sign it; a ring-card by itself."""
    parsed = envelope.parse_envelope(data, limits.HELLO_ENVELOPE_BYTES)
    if parsed.payload_type == envelope.media_type(cards.KIND):
        return _card(data, trust)
    found = read_document(data, trust)
    trust.verify_unrevoked(found.by)
    facts: dict[str, str | int] = {"document": found.kind, "ring": " ".join(found.rings), **found.told}
    return Finding("envelope", found.by, facts)


def read_document(data: bytes, trust: Trust) -> Document:
    """Check a document that is no card: its form, its signatures, that all have signed who must.

    Whether a key was revoked since is for the caller: it depends on where the document stands.
    """
    parsed = envelope.parse_envelope(data, limits.HELLO_ENVELOPE_BYTES)
    kind = parsed.payload_type.removeprefix("application/vnd.ringtausch.").removesuffix(".v1+json")
    signers = _SIGNERS.get(kind)
    if signers is None:
        raise RemoteError("unsupported", parsed.payload_type)
    known = trust.named(signers.purpose)
    payload = envelope.open_envelope(data, kind, known, limit=limits.HELLO_ENVELOPE_BYTES)
    value = canonical.parse(payload, _SCHEMAS[kind], limits.HELLO_BYTES)
    rings = tuple(getattr(value, field) for field in signers.fields)
    names = names_of(data)
    _verify_signers(names, rings, trust, is_at_threshold=signers.is_at_threshold)
    return Document(kind, names, rings, {field: getattr(value, field) for field in _TOLD.get(kind, ())})


def names_of(data: bytes) -> tuple[str, ...]:
    """The key ids under an envelope. Raises RemoteError as `parse_envelope`."""
    parsed = envelope.parse_envelope(data, limits.HELLO_ENVELOPE_BYTES)
    return tuple(each.keyid for each in parsed.signatures)


def _card(data: bytes, trust: Trust) -> Finding:
    card = trust.read_card(data)
    names = names_of(data)
    facts: dict[str, str | int] = {
        "document": cards.KIND, "ring": card.card.ring_id, "number": card.number, "address": card.card.address
    }  # fmt: skip
    return Finding("envelope", names, facts)


def _verify_signers(names: Sequence[str], rings: Iterable[str], trust: Trust, *, is_at_threshold: bool = False) -> None:
    """The document's own rings have signed, with one key or as many operators' as the card asks; nobody else has."""
    by_ring: dict[str, set[str]] = {}
    for name in names:
        by_ring.setdefault(name.rpartition("+")[0], set()).add(name)
    if by_ring.keys() - set(rings):
        raise RemoteError("unknown_key", "signed by a ring that the document does not name")
    for ring_id in rings:
        signed = by_ring.get(ring_id, set())
        if not signed or (is_at_threshold and not trust.are_enough(ring_id, signed)):
            raise RemoteError("threshold", f"{ring_id} has not signed, or with too few keys")


def verify_item(data: bytes, trust: Trust, _: bytes | None = None) -> Finding:
    """A signed item: its header's signature, its path, its own form."""
    signed = canonical.parse(data, SignedItem, FILE_BYTES)
    header, item = frames.verify_signed_item(signed, trust.named("frame"))
    names = names_of(bytes(signed.header))
    trust.verify_unrevoked(names)
    _verify_signers(names, [header.from_], trust)
    parsed = parse_item(item)
    facts: dict[str, str | int] = {
        "item": str(type(parsed).__struct_config__.tag), "hash": item_hash(item), "ring": header.from_,
        "to": header.to, "seq": header.seq, "place": signed.index,
    }  # fmt: skip
    return Finding("item", names, facts)


def verify_checkpoint(data: bytes, trust: Trust, _: bytes | None = None) -> Finding:
    """A checkpoint: the log's signature, and a quorum of the witnesses that are known."""
    origin = checkpoints.parse_checkpoint(data).head.origin
    found = checkpoints.verify_checkpoint(data, trust.of_log(origin), trust.policy(origin))
    trust.verify_counted(found)
    return Finding("checkpoint", signers_of(found), facts_of(found))


def verify_receipt(data: bytes, trust: Trust, entry: bytes | None = None) -> Finding:
    """A receipt: that its entry stands in the log, and the checkpoint as `verify_checkpoint`."""
    receipt = receipts.parse_receipt(data)
    origin = checkpoints.parse_checkpoint(receipt.checkpoint).head.origin
    found = receipts.verify_receipt(receipt, trust.of_log(origin), trust.policy(origin), entry)
    trust.verify_counted(found)
    what = receipt.entry if entry is None else entry
    assert what is not None
    kind, _ = entries.parse_entry(what)
    return Finding("receipt", signers_of(found), {**facts_of(found), "index": receipt.number, "type": kind})


def verify_booking(data: bytes, trust: Trust, __: bytes | None = None) -> Finding:
    """An opened booking: its commitment, and the receipt in it as `verify_receipt`."""
    _, receipt = bookings.parse_opened(data)
    origin = checkpoints.parse_checkpoint(receipt.checkpoint).head.origin
    found = bookings.verify_opened(data, trust.of_log(origin), trust.policy(origin))
    trust.verify_counted(found.head)
    booking = found.booking
    facts: dict[str, str | int] = {
        "transfer": booking.transfer_id, "debit": booking.debit, "credit": booking.credit,
        "amount_seconds": booking.amount_seconds, "at": booking.at,
    }  # fmt: skip
    return Finding("booking", signers_of(found.head), {**facts, **facts_of(found.head), "index": receipt.number})


def verify_fork(data: bytes, _: Trust, __: bytes | None = None) -> Finding:
    """A fork proof, which needs nobody's keys: it brings the cards of the ring that it accuses."""
    found = forks.verify_fork(data)
    names = tuple(name for card in found.proof.cards for name in cards.read_card(bytes(card)).root_keys)
    facts: dict[str, str | int] = {
        "fault": found.proof.fault, "ring": found.proof.ring_id, "origin": found.a.origin, "size": found.a.size,
        "root": canonical.b64_padded(found.a.root), "other_size": found.b.size,
        "other_root": canonical.b64_padded(found.b.root),
    }  # fmt: skip
    return Finding("fork", tuple(dict.fromkeys(names)), facts)


def verify_two_adverts(data: bytes, _: Trust, __: bytes | None = None) -> Finding:
    """Two adverts of one number, which need nobody's keys: they bring the cards of the ring that said them."""
    proof, by = advert_proofs.verify_two_adverts(data)
    return Finding("adverts", by, {"fault": proof.fault, "ring": proof.ring_id, "advert": proof.seq})


def signers_of(found: Witnessed) -> tuple[str, ...]:
    """The key ids of the log and of its witnesses."""
    return (found.key.id, *(each.key.id for each in found.cosigned))


def facts_of(found: Witnessed) -> dict[str, str | int]:
    """What a checkpoint says."""
    return {
        "origin": found.head.origin, "size": found.head.size, "root": canonical.b64_padded(found.head.root),
        "cosignatures": len({each.key.public for each in found.cosigned}),
    }  # fmt: skip


#: Kind -> its verifier; `entry` is only looked at by a receipt's.
VERIFIERS: Mapping[str, Callable[[bytes, Trust, bytes | None], Finding]] = {
    "envelope": verify_envelope,
    "item": verify_item,
    "checkpoint": verify_checkpoint,
    "receipt": verify_receipt,
    "booking": verify_booking,
    "fork": verify_fork,
    "adverts": verify_two_adverts,
}


def verify_file(data: bytes, trust: Trust, kind: str | None, entry: bytes | None) -> Finding:
    """Verify a file of a kind, or of the kind that it looks like. Raises RemoteError: the first thing that is wrong."""
    if kind == "folder":
        raise FoundWrong("wrong_type", "", "no folder")
    return VERIFIERS[kind or kind_of(data)](data, trust, entry)
