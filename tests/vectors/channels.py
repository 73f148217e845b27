# SPDX-License-Identifier: AGPL-3.0-or-later
"""Vectors of the channel: frames, signed items, the log's entries, hello."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence

import msgspec

from ringtausch_protocol import canonical, frames, limits, merkle
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.documents import Position
from ringtausch_protocol.entries import ENTRY_DOCUMENT, ENTRY_FRAME, ENTRY_HELLO, ENTRY_HELLO_ACK, log_entry
from ringtausch_protocol.envelope import document_hash, parse_envelope
from ringtausch_protocol.frames import Frame
from ringtausch_protocol.items import Cancel, SignedItem, encode_item, item_hash
from ringtausch_protocol.requests import Ask, AskAnswer, Say, SayAnswer
from tests.vectors import payloads
from tests.vectors.cast import BUCHE, EICHE, LINDE, NET, Case, chance, frame_of, hash32, header_for, sealed
from tests.vectors.listing import compact


def frame_case(name: str, header: bytes, items: Sequence[bytes], known: dict[str, str] | None = None) -> Case:
    """A frame with what is computed from its bytes."""
    payload = parse_envelope(header).body()
    hashes = [merkle.leaf_hash(item) for item in items]
    return {
        "name": name, "is": "frame", "header": header.decode(), "items": [item.decode() for item in items],
        "keys": EICHE.known() if known is None else known, "payload": payload.decode(),
        "hash": b64(document_hash("frame", payload)), "items_root": frames.items_root(items),
        "paths": [list(map(b64, merkle.inclusion_path(hashes, place))) for place in range(len(items))],
    }  # fmt: skip


def frames_file() -> Case:
    """frames.json."""
    items = [encode_item(item) for _, item in payloads.items()]
    many = [encode_item(Cancel(order_hash=hash32(f"order {place}"))) for place in range(limits.FRAME_ITEMS)]
    first = {
        "seq": 1, "prev": payloads.agreement_hash(), "ack_seq": 0, "ack_hash": payloads.agreement_hash(),
        "head": payloads.head_of(EICHE, 3),
    }  # fmt: skip
    good = {
        "the first of a channel": frame_of(EICHE, LINDE, items[:1], **first),
        "one of each item": frame_of(EICHE, LINDE, items),
        "64 items": frame_of(EICHE, LINDE, many),
        "as large as a frame may be": _full_frame(0),
    }
    return {
        "about": "Frames: header envelope and items as text; hash of the header, root over the items, path of each.",
        "accepted": [frame_case(name, frame.envelope, frame.items) for name, frame in good.items()],
        "refused": [*_bad_frames(items[:3])],
    }


def _full_frame(more: int) -> Frame:
    """A frame of exactly 48 KiB and `more` bytes as logged. The items are no items: a frame does not look into them."""
    items = [b"x" * 20_000, b"x" * 20_000]
    rest = limits.FRAME_BYTES - len(frame_of(EICHE, LINDE, [*items, b""]).entry()) + more
    return frame_of(EICHE, LINDE, [*items, b"x" * rest])


def _bad_frames(items: list[bytes]) -> Iterator[Case]:
    good, known = frame_of(EICHE, LINDE, items).envelope, EICHE.known()
    cases: dict[str, tuple[str, bytes, list[bytes], dict[str, str]]] = {
        "an item changed": ("bad_proof", good, [items[0], items[1], items[2].replace(b"1", b"2")], known),
        "items exchanged": ("bad_proof", good, [items[1], items[0], items[2]], known),
        "an item missing": ("bad_proof", good, items[:2], known),
        "an item twice": ("bad_proof", good, [*items, items[2]], known),
        "another count": ("bad_proof", frame_of(EICHE, LINDE, items, count=4).envelope, items, known),
        "another root": ("bad_proof", frame_of(EICHE, LINDE, items, items_root=hash32("r")).envelope, items, known),
        "signed by another ring's key": ("unknown_key", frame_of(LINDE, EICHE, items).envelope, items, known),
        "a changed signature": ("bad_signature", _turned(good), items, known),
    }
    full = _full_frame(1)
    cases["a byte too large"] = ("too_large", full.envelope, list(full.items), known)
    for name, (code, header, said, keys) in cases.items():
        yield {**frame_case(name, header, said, keys), "code": code}
    for name, code, payload in _bad_headers(items):
        _, header = sealed("frame", payload, EICHE.named(EICHE.frame))
        right = canonical.encode(header_for(EICHE, LINDE, items)).decode()
        more = {"canonical": right} if code == "not_canonical" else {}
        yield {**frame_case(name, header, items), **more, "code": code}
    _, hello = sealed("hello", payloads.hello(), EICHE.named(EICHE.frame))
    yield {**frame_case("a hello for a header", hello, items), "code": "wrong_type"}


def _turned(header: bytes) -> bytes:
    value = json.loads(header)
    sig = value["signatures"][0]["sig"]
    value["signatures"][0]["sig"] = ("B" if sig[0] == "A" else "A") + sig[1:]
    return compact(value)


def _bad_headers(items: list[bytes]) -> Iterator[tuple[str, str, bytes]]:
    """Payloads that are signed well and are no headers."""
    payload = canonical.encode(header_for(EICHE, LINDE, items))
    value = json.loads(payload)
    changes: dict[str, Case] = {
        "unknown field": {"memo": "x"}, "seq 0": {"seq": 0}, "seq of 2^53": {"seq": 2**53}, "count 0": {"count": 0},
        "count 65": {"count": 65}, "version 2": {"v": 2}, "log 0": {"head": {**value["head"], "log": 0}},
        "hash of 31 bytes": {"prev": "A" * 42}, "ack_seq negative": {"ack_seq": -1},
        "from in upper case": {"from": EICHE.id.upper()},
    }  # fmt: skip
    for name, change in changes.items():
        yield f"header: {name}", "malformed", compact({**value, **change})
    yield "header: no epoch", "malformed", compact({key: field for key, field in value.items() if key != "epoch"})
    yield "header: a key twice", "not_canonical", payload.replace(b'"seq":7', b'"seq":6,"seq":7')
    yield "header: another order", "not_canonical", compact(dict(reversed(value.items())))
    yield "header: a blank", "not_canonical", payload.replace(b",", b", ", 1)
    yield "header: ack_seq -0", "not_canonical", payload.replace(b'"ack_seq":4', b'"ack_seq":-0')


# -- signed items ------------------------------------------------------------------------------------------------------


def signed_items_file() -> Case:
    """signed-items.json."""
    items = [encode_item(Cancel(order_hash=hash32(f"order {place}"))) for place in range(limits.FRAME_ITEMS)]
    good = [
        _signed_case(f"item {index} of {size}", frames.signed_item(_of(items[:size]), items[:size], index))
        for size, index in ((1, 0), (2, 1), (3, 2), (5, 4), (64, 0), (64, 37))
    ]
    return {
        "about": "One item with its header and the path to the header's items_root.",
        "accepted": good,
        "refused": [*_bad_signed(items[:5])],
    }


def _of(items: list[bytes]) -> bytes:
    return frame_of(EICHE, LINDE, items).envelope


def _signed_case(name: str, signed: SignedItem) -> Case:
    return {
        "name": name, "is": "signed_item", "signed": canonical.encode(signed).decode(), "keys": EICHE.known(),
        "item_hash": item_hash(bytes(signed.item)),
        "header_hash": b64(document_hash("frame", parse_envelope(bytes(signed.header)).body())),
    }  # fmt: skip


def _bad_signed(items: list[bytes]) -> Iterator[Case]:
    good = frames.signed_item(_of(items), items, 2)
    changes: dict[str, tuple[str, Callable[[], SignedItem]]] = {
        "another item": ("bad_proof", lambda: _changed(good, item=msgspec.Raw(items[1]))),
        "another index": ("bad_proof", lambda: _changed(good, index=3)),
        "index outside the frame": ("bad_proof", lambda: _changed(good, index=5)),
        "a step missing": ("bad_proof", lambda: _changed(good, path=good.path[:-1])),
        "a step too many": ("bad_proof", lambda: _changed(good, path=[*good.path, hash32("step")])),
        "header of another frame": ("bad_proof", lambda: _changed(good, header=msgspec.Raw(_of(items[:3])))),
        "a changed signature": ("bad_signature", lambda: _changed(good, header=msgspec.Raw(_turned(_of(items))))),
        "header of another ring": (
            "unknown_key",
            lambda: _changed(good, header=msgspec.Raw(frame_of(BUCHE, LINDE, items).envelope)),
        ),
    }
    for name, (code, make) in changes.items():
        yield {**_signed_case(name, make()), "code": code}


def _changed(signed: SignedItem, **fields: object) -> SignedItem:
    return msgspec.structs.replace(signed, **fields)


# -- the log -----------------------------------------------------------------------------------------------------------


def log_file() -> Case:
    """log.json."""
    frame = frame_of(EICHE, LINDE, [encode_item(payloads.order())])
    _, hello = sealed("hello", payloads.hello(), EICHE.named(EICHE.frame))
    _, ack = sealed("hello-ack", payloads.hello_ack(), LINDE.named(LINDE.frame))
    entries: list[tuple[str, int, Sequence[bytes]]] = [
        ("a frame", ENTRY_FRAME, (frame.envelope, *frame.items)),
        ("a hello", ENTRY_HELLO, (hello,)),
        ("a hello-ack", ENTRY_HELLO_ACK, (ack,)),
        ("a document", ENTRY_DOCUMENT, (EICHE.card.envelope,)),
        ("a booking", 5, (chance("commitment"),)),
        ("no part", 6, ()),
        ("an empty part", 6, (b"", b"x")),
    ]
    good = log_entry(1, (b"abc", b"d"))
    bad = {
        "nothing": b"", "a length cut off": good[:-3], "a part cut off": good[:-1], "a byte too many": good + b"\x00",
        "a length beyond the end": b"\x01\xff\xff\xff\xff",
    }  # fmt: skip
    return {
        "about": "Entries of the signed log (type byte, then each part behind its u32 length) as leaf hashes. All hex.",
        "accepted": [
            {"name": name, "is": "entry", "type": kind, "parts": [part.hex() for part in parts],
             "leaf_hash": merkle.leaf_hash(log_entry(kind, parts)).hex()}
            for name, kind, parts in entries
        ],
        "refused": [
            {"name": name, "is": "entry", "entry": entry.hex(), "code": "malformed"} for name, entry in bad.items()
        ],
    }  # fmt: skip


# -- hello -------------------------------------------------------------------------------------------------------------


def hello_bodies() -> dict[str, bytes]:
    """What is said in both rounds."""
    _, hello = sealed("hello", payloads.hello(), EICHE.named(EICHE.frame))
    _, ack = sealed("hello-ack", payloads.hello_ack(), LINDE.named(LINDE.frame))
    mine, theirs = payloads.hello().standing, payloads.hello_ack().standing
    held = Position(seq=2, hash=hash32("eiche frame 2"))
    ask = Ask(net=NET, from_=EICHE.id, to=LINDE.id, own=mine.own, peer=mine.peer)
    answer = AskAnswer(challenge=hash32("challenge"), own=theirs.own, peer=held)
    say = Say(from_=EICHE.id, hello=msgspec.Raw(hello))
    bodies = {"ask": ask, "ask_answer": answer, "say": say, "say_answer": SayAnswer(ack=msgspec.Raw(ack))}
    return {name: canonical.encode(body) for name, body in bodies.items()}
