# SPDX-License-Identifier: AGPL-3.0-or-later
"""Vectors of what everything is made of: keys, names, trees, commitments, boxes, words, canonical bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Literal

from ringtausch_node.translog.service import booking_leaf
from ringtausch_protocol import canonical, keys, limits, merkle, settlement
from ringtausch_protocol.bookings import Booking
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.documents import OrderBox
from ringtausch_protocol.entries import parse_log_entry
from ringtausch_protocol.keys import SigningKey
from ringtausch_protocol.sealing import box_info
from ringtausch_protocol.words import WORDS, peering_words
from tests.vectors.cast import BUCHE, EICHE, LINDE, NET, NOON, Case, box_for, chance, id16

_P = 2**255 - 19


def keys_file() -> Case:
    """keys.json."""
    return {
        "about": "Ed25519 signatures, key ids, ring ids; `next_root`: how a card announces a root. Bytes in hex.",
        "accepted": [*_signatures(), *_ring_ids(), *_key_ids()],
        "refused": [*_weak_keys(), *_bad_signatures(), *_bad_roots()],
    }


def _signatures() -> Iterator[Case]:
    for text in ("", "DSSEv1 1 a 2 {}", "Grüße"):
        key = SigningKey(chance("signer"))
        message = text.encode()
        yield {
            "name": f"signature over {len(message)} bytes", "is": "signature", "public": key.public.hex(),
            "message": message.hex(), "signature": key.sign(message).hex(),
        }  # fmt: skip


def _ring_ids() -> Iterator[Case]:
    for threshold, count in ((1, 1), (1, 2), (2, 2), (2, 3), (8, 8)):
        roots = [SigningKey(chance(f"root {place}")).public for place in range(count)]
        for how, order in (("", roots), (", in another order", roots[::-1]))[: 1 + (count == 3)]:
            yield {
                "name": f"{threshold} of {count}{how}", "is": "ring_id", "roots": [root.hex() for root in order],
                "threshold": threshold, "ring_id": keys.ring_id(order, threshold),
                "next_root": canonical.sha256_b64(keys.ring_id(order, threshold).encode()),
            }  # fmt: skip


def _key_ids() -> Iterator[Case]:
    for what, name, public, kind in (
        ("frame key", EICHE.id, EICHE.frame.public, keys.ED25519),
        ("operator key", EICHE.id, EICHE.operator.public, keys.ED25519),
        ("key of a log", f"{EICHE.id}/log/1", EICHE.frame.public, keys.ED25519),
        ("cosigner", LINDE.id, LINDE.frame.public, keys.COSIGNER),
    ):
        yield {
            "name": what, "is": "key_id", "key_name": name, "public": public.hex(),
            "type": kind, "key_id": keys.key_id(name, public, kind), "vkey": keys.vkey(name, public, kind),
        }  # fmt: skip


#: y of the points of order 1, 2, 4 and 8 (RFC 8032; "Taming the many EdDSAs", table 6), both roots of order 8.
_SMALL = {
    "order 1": 1,
    "order 2": _P - 1,
    "order 4": 0,
    "order 8": 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
    "order 8, the other": 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
}
_ODD = {"order 4, not canonical": _P, "order 1, not canonical": _P + 1, "not canonical": _P + 3}


def _weak_keys() -> Iterator[Case]:
    for name, y in {**_SMALL, **_ODD}.items():
        for sign in (0, 1):
            public = (y | sign << 255).to_bytes(32, "little")
            yield {"name": f"{name}, sign {sign}", "is": "public", "public": public.hex(), "code": "weak_key"}
    for size in (0, 31, 33):
        yield {"name": f"{size} bytes", "is": "public", "public": "02" * size, "code": "weak_key"}


def _bad_signatures() -> Iterator[Case]:
    key, message = SigningKey(chance("signer")), b"message"
    good = key.sign(message)
    scalar = int.from_bytes(good[32:], "little") + 2**252 + 27742317777372353535851937790883648493
    changes = {
        "another message": (b"massage", good),
        "a changed byte": (message, bytes([good[0] ^ 1]) + good[1:]),
        "S not below the group's order": (message, good[:32] + scalar.to_bytes(32, "little")),
        "a byte too few": (message, good[:-1]),
        "nothing": (message, b""),
    }
    for name, (said, signature) in changes.items():
        yield {
            "name": name, "is": "signature", "public": key.public.hex(),
            "message": said.hex(), "signature": signature.hex(), "code": "bad_signature",
        }  # fmt: skip


def _bad_roots() -> Iterator[Case]:
    root = SigningKey(chance("root 0")).public.hex()
    for name, roots, threshold in (
        ("no key", [], 1),
        ("threshold 0", [root], 0),
        ("threshold above the number of keys", [root], 2),
        ("a key twice", [root, root], 1),
        ("a short key", [root[2:]], 1),
    ):
        yield {"name": name, "is": "ring_id", "roots": roots, "threshold": threshold, "code": "malformed"}


# -- trees -------------------------------------------------------------------------------------------------------------


def merkle_file() -> Case:
    """merkle.json."""
    return {
        "about": "RFC 6962 trees: root over items (text), the path of each; single proofs. Hashes in base64url.",
        "accepted": [*map(_tree, (0, 1, 2, 3, 4, 5, 7, 8, 11)), *_proofs()],
        "refused": [*_bad_proofs()],
    }


def _leaf(place: int) -> bytes:
    return f"leaf {place}".encode() if place else b""


def _tree(size: int) -> Case:
    hashes = [merkle.leaf_hash(_leaf(place)) for place in range(size)]
    return {
        "name": f"{size} leaves", "is": "tree", "items": [_leaf(place).decode() for place in range(size)],
        "items_root": b64(merkle.tree_root(hashes)),
        "paths": [list(map(b64, merkle.inclusion_path(hashes, place))) for place in range(size)],
    }  # fmt: skip


def _proof(name: str, size: int, index: int, change: Callable[[Case], object] = bool) -> Case:
    hashes = [merkle.leaf_hash(_leaf(place)) for place in range(size)]
    case: Case = {
        "name": name, "is": "inclusion", "leaf": _leaf(index).decode(), "index": index, "size": size,
        "path": list(map(b64, merkle.inclusion_path(hashes, index))), "root": b64(merkle.tree_root(hashes)),
    }  # fmt: skip
    change(case)
    return case


def _proofs() -> Iterator[Case]:
    for size, index in ((1, 0), (6, 4), (64, 63), (64, 17)):
        yield _proof(f"leaf {index} of {size}", size, index)


def _bad_proofs() -> Iterator[Case]:
    changes: list[tuple[str, int, int, Callable[[Case], object]]] = [
        ("index outside the tree", 4, 1, lambda case: case.update(index=5)),
        ("index equal to the size", 1, 0, lambda case: case.update(index=1)),
        ("another index", 8, 3, lambda case: case.update(index=2)),
        ("another size", 8, 3, lambda case: case.update(size=9)),
        ("empty tree", 1, 0, lambda case: case.update(size=0)),
        ("another leaf", 8, 3, lambda case: case.update(leaf="leaf 4")),
        ("a step missing", 8, 3, lambda case: case["path"].pop()),
        ("a step too many", 8, 3, lambda case: case["path"].append(b64(bytes(32)))),
        ("steps exchanged", 8, 3, lambda case: case["path"].reverse()),
        ("another root", 8, 3, lambda case: case.update(root=b64(bytes(32)))),
    ]
    for name, size, index, change in changes:
        yield {**_proof(name, size, index, change), "code": "bad_proof"}


# -- commitments, boxes, words -----------------------------------------------------------------------------------------


def commitments_file() -> Case:
    """commitments.json."""
    said: tuple[tuple[Literal["payer", "payee", "memo"], str], ...] = (
        ("payer", "alma@eiche.example"),
        ("payee", "jürgen"),
        ("memo", "Fahrrad repariert"),
        ("memo", ""),
    )
    accepted = [
        {
            "name": f"{purpose}: {value or 'nothing'}", "is": "commitment",
            "domain": f"ringtausch/commit/v1\n{purpose}\n", "salt": chance(f"salt {value}", 16).hex(), "value": value,
            "commit": settlement.commit(purpose, chance(f"salt {value}", 16), value),
        }
        for purpose, value in said
    ]  # fmt: skip
    return {
        "about": "Salted commitments of orders, invoices and local bookings: SHA-256 of domain, salt (hex), value.",
        "accepted": [*accepted, _booking()],
        "refused": [],
    }


def _booking() -> Case:
    salt, transfer = chance("booking salt", 16), chance("transfer", 16)
    entry = booking_leaf(transfer_id=transfer, debit=3, credit=8, amount_seconds=5400, at=NOON, salt=salt)
    opening = Booking(transfer_id=b64(transfer), debit=3, credit=8, amount_seconds=5400, at=NOON)
    return {
        "name": "a local booking", "is": "commitment", "domain": "ringtausch/booking/v1\n", "salt": salt.hex(),
        "value": canonical.encode(opening).decode(), "commit": b64(parse_log_entry(entry)[1][0]),
    }  # fmt: skip


def order_box() -> OrderBox:
    """What stands in the box beside the order of `payloads`."""
    return OrderBox(
        payee="jürgen", payer="alma@eiche.example", memo="Fahrrad repariert: „Danke“", payer_salt=id16("payer salt"),
        memo_salt=id16("memo salt"),
    )  # fmt: skip


def order_info() -> bytes:
    """The `info` of that box."""
    return box_info(NET, EICHE.id, LINDE.id, id16("payment"))


def sealed_order_box() -> bytes:
    """That box, sealed."""
    return box_for(LINDE, canonical.encode(order_box()), order_info(), "order box")


def box_case(name: str, text: bytes, info: bytes, box: bytes) -> Case:
    """A box that Linde opens; `text` is what it says."""
    return {
        "name": name, "is": "box", "private": chance("linde seal").hex(), "public": LINDE.seal.public.hex(),
        "info": info.decode(), "box": b64(box), "text": text.hex(),
    }  # fmt: skip


def boxes_file() -> Case:
    """boxes.json."""
    text, info, box = canonical.encode(order_box()), order_info(), sealed_order_box()
    largest = b"x" * limits.BOX_BYTES
    other = box_for(EICHE, text, info, "for another ring")
    bad = {
        "another payment": (box_info(NET, EICHE.id, LINDE.id, id16("other payment")), box),
        "another net": (box_info("live", EICHE.id, LINDE.id, id16("payment")), box),
        "another payer's ring": (box_info(NET, BUCHE.id, LINDE.id, id16("payment")), box),
        "sealed to another ring": (info, other),
        "a changed byte": (info, box[:-1] + bytes([box[-1] ^ 1])),
        "a changed encapsulated key": (info, bytes([box[0] ^ 1]) + box[1:]),
        "a changed wrapped key": (info, box[:40] + bytes([box[40] ^ 1]) + box[41:]),
        "another nonce": (info, box[:80] + bytes([box[80] ^ 1]) + box[81:]),
        "no more than a wrapped key": (info, box[:80]),
        "shorter than a wrapped key": (info, box[:40]),
    }
    return {
        "about": "Boxes (base64url) that the X25519 key `private` opens under `info`; `text` and keys in hex.",
        "accepted": [
            box_case("the box beside an order", text, info, box),
            box_case("the largest text", largest, info, box_for(LINDE, largest, info, "largest")),
            box_case("no text", b"", b"", box_for(LINDE, b"", b"", "empty")),
        ],
        "refused": [{**box_case(name, text, *of), "code": "bad_box"} for name, of in bad.items()],
    }


def words_file() -> Case:
    """words.json."""
    accepted = []
    for one, other in ((EICHE, LINDE), (LINDE, EICHE), (EICHE, BUCHE)):
        digest = chance(f"agreement {' '.join(sorted((one.name, other.name)))}")
        said = peering_words(one.id, other.id, digest)
        accepted.append({
            "name": f"{one.name} and {other.name}", "is": "words", "rings": [one.id, other.id],
            "agreement_hash": b64(digest), "words": said,
        })  # fmt: skip
    return {"about": "The words of an agreement; word n stands for byte n.", "list": list(WORDS),
            "list_hash": hashlib.sha256("".join(f"{word}\n" for word in WORDS).encode()).hexdigest(),
            "accepted": accepted, "refused": []}  # fmt: skip
