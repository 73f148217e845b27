# SPDX-License-Identifier: AGPL-3.0-or-later
"""Vectors of envelopes, documents and items: each kind once or more, and what is refused."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

from ringtausch_protocol import envelope, limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.envelope import document_hash, media_type
from ringtausch_protocol.items import encode_item, item_hash
from tests.vectors import payloads
from tests.vectors.cast import BUCHE, EICHE, LINDE, Case, hash32, sealed

#: A change to the JSON value of a payload: fields to set; None takes a field away.
Change = dict[str, Any]


def compact(value: object) -> bytes:
    """JSON as we write it, whatever it says."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def envelope_case(name: str, kind: str, data: bytes, known: dict[str, str], threshold: int = 1) -> Case:
    """An envelope, the keys to verify it with, and what comes out."""
    payload = envelope.parse_envelope(data).body()
    return {
        "name": name, "is": "envelope", "kind": kind, "keys": known, "threshold": threshold,
        "payload": payload.decode(), "hash": b64(document_hash(kind, payload)), "envelope": data.decode(),
    }  # fmt: skip


# -- documents ---------------------------------------------------------------------------------------------------------

_NO_HOLDS = {"version": 1, "limit_seconds": 1, "holds_max": 0, "transit": False}
#: (what is wrong, with which document, how); all of them malformed.
_CHANGES: list[tuple[str, str, Change]] = [
    ("unknown field", "invoice", {"more": 1}),
    ("missing field", "invoice", {"expires_at": ...}),
    ("another version", "invoice", {"v": 2}),
    ("no amount", "invoice", {"amount_seconds": 0}),
    ("negative amount", "invoice", {"amount_seconds": -5400}),
    ("amount above the bound", "invoice", {"amount_seconds": 10**9 + 1}),
    ("amount of 2^63", "invoice", {"amount_seconds": 2**63}),
    ("amount with a point", "invoice", {"amount_seconds": 0.5}),
    ("amount as text", "invoice", {"amount_seconds": "5400"}),
    ("time before 1970", "invoice", {"expires_at": -1}),
    ("id too short", "invoice", {"invoice_id": "AAAA"}),
    ("id with loose bits", "invoice", {"invoice_id": "A" * 21 + "B"}),
    ("hash in the other alphabet", "invoice", {"payee_commit": "+" * 42 + "A"}),
    ("net in upper case", "invoice", {"net": "Test"}),
    ("no net", "invoice", {"net": ""}),
    ("ring id in upper case", "invoice", {"payee_ring": LINDE.id.upper()}),
    ("no root key", "first card, one root", {"root_keys": []}),
    ("nine root keys", "first card, one root", {"root_keys": [hash32(str(place)) for place in range(9)]}),
    ("threshold 0", "first card, one root", {"root_threshold": 0}),
    ("number 0", "first card, one root", {"number": 0}),
    ("address in upper case", "first card, one root", {"address": "Eiche.example"}),
    ("address with a path", "first card, one root", {"address": "eiche.example/ring"}),
    ("url of another scheme", "first card, one root", {"url": "ftp://eiche.example"}),
    ("unknown purpose", "first card, one root", {"keys": [{"purpose": "love", "public": hash32("k")}]}),
    ("unit of 3601 an hour", "first card, one root", {"unit": {"name": "x", "per_hour": 3601, "decimals": 0}}),
    ("no holds", "agreement", {"a_owes": _NO_HOLDS}),
    ("something unknown shared", "agreement", {"shares": ["secrets"]}),
    ("deadline above 30 days", "agreement", {"deadline_seconds": 30 * 86_400 + 1}),
    ("without standing", "hello", {"standing": ...}),
    ("unknown fault", "fault-proof", {"fault": "rudeness"}),
    ("too many edges", "advert", {"edges": [{}] * 65}),
]


def documents_file() -> Case:
    """documents.json."""
    accepted = []
    for name, kind, value, signers in payloads.documents():
        _, data = sealed(kind, value, *(town.named(key) for town, key in signers))
        known = {key: public for town, signer in signers for key, public in town.known(signer).items()}
        accepted.append(envelope_case(name, kind, data, known, len(signers)))
    return {
        "about": "Every document, signed by all of `keys`. Refused ones are signed well, but say what may not be said.",
        "accepted": accepted,
        "refused": [*_bad_documents(accepted)],
    }


def _bad_documents(good: list[Case]) -> Iterator[Case]:
    by_name = {case["name"]: case for case in good}
    for name, of, change in _CHANGES:
        case = by_name[of]
        value = {**json.loads(case["payload"]), **change}
        payload = compact({key: field for key, field in value.items() if field is not Ellipsis})
        yield _signed_badly(f"{of}: {name}", case["kind"], payload, "malformed")
    twice = by_name["invoice"]["payload"].replace('"amount_seconds"', '"amount_seconds":1,"amount_seconds"')
    yield _signed_badly("invoice: a key twice", "invoice", twice.encode(), "not_canonical")
    proof = json.loads(by_name["fault-proof"]["payload"])
    large = compact({**proof, "items": ["x" * limits.DOCUMENT_BYTES]})
    yield _signed_badly("fault-proof: too large", "fault-proof", large, "too_large")


def _signed_badly(name: str, kind: str, payload: bytes, code: str) -> Case:
    _, data = sealed(kind, payload, EICHE.named(EICHE.frame))
    return {**envelope_case(name, kind, data, EICHE.known()), "code": code}


# -- envelopes ---------------------------------------------------------------------------------------------------------


def envelopes_file() -> Case:
    """envelopes.json."""
    kind, value = "peer-agreement", payloads.agreement()
    signers = [EICHE.named(EICHE.operator), LINDE.named(LINDE.operator)]
    known = {**EICHE.known(EICHE.operator), **LINDE.known(LINDE.operator)}
    payload, both = sealed(kind, value, *signers)
    _, half = sealed(kind, value, signers[0])
    return {
        "about": "DSSE envelopes: every signature must be good and by one of `keys`; `threshold` counts keys.",
        "accepted": [
            envelope_case("two of two", kind, both, known, 2),
            envelope_case("one of two", kind, half, EICHE.known(EICHE.operator), 1),
        ],
        "refused": [
            {**envelope_case(name, *case), "code": code} for name, code, case in _unverified(payload, both, half, known)
        ] + [
            {"name": name, "is": "envelope", "kind": kind, "keys": known, "threshold": 2, "payload": payload.decode(),
             "hash": b64(document_hash(kind, payload)), "envelope": data.decode(), "code": code}
            for name, code, data in _misshapen(both)
        ],
    }  # fmt: skip


def _unverified(
    payload: bytes, both: bytes, half: bytes, known: dict[str, str]
) -> Iterator[tuple[str, str, tuple[str, bytes, dict[str, str], int]]]:
    kind = "peer-agreement"
    eiche = EICHE.known(EICHE.operator)
    yield "a signature missing", "threshold", (kind, half, known, 2)
    yield "signed under an unknown key", "unknown_key", (kind, both, eiche, 1)
    yield "another kind", "wrong_type", ("statement", both, known, 2)
    value = json.loads(both)
    yield (
        "the kind renamed",
        "bad_signature",
        ("statement", _with(value, payloadType=media_type("statement")), known, 2),
    )
    other = base64.b64encode(payload.replace(b'"test"', b'"live"')).decode()
    yield "another payload", "bad_signature", (kind, _with(value, payload=other), known, 2)
    turned = [{**value["signatures"][0], "sig": value["signatures"][1]["sig"]}, value["signatures"][1]]
    yield "one signature bad, one good", "bad_signature", (kind, _with(value, signatures=turned), known, 1)
    _, renamed = sealed(kind, payload, (next(iter(LINDE.known(LINDE.operator))), EICHE.operator))
    yield "signed by another key than named", "bad_signature", (kind, renamed, known, 1)


def _with(value: dict[str, Any], **changed: object) -> bytes:
    return compact({**value, **changed})


def _misshapen(both: bytes) -> Iterator[tuple[str, str, bytes]]:
    value = json.loads(both)
    first, second = value["signatures"]
    yield "signatures in another order", "malformed", _with(value, signatures=[second, first])
    yield "a signature twice", "malformed", _with(value, signatures=[first, first, second])
    yield "no signature", "malformed", _with(value, signatures=[])
    yield "seventeen signatures", "malformed", _with(value, signatures=[first] * 17)
    yield "a field more", "malformed", _with(value, more=1)
    yield "base64url in the payload", "malformed", _with(value, payload="_-8=")
    yield "payload without padding", "malformed", _with(value, payload=value["payload"].rstrip("=") + "A")
    yield "loose bits in the payload", "malformed", _with(value, payload="e31=")
    yield "a short signature", "malformed", _with(value, signatures=[{**first, "sig": first["sig"][4:]}, second])
    yield "a blank", "not_canonical", json.dumps(value).encode()
    yield "another order of fields", "not_canonical", compact(dict(reversed(value.items())))
    yield "an escaped slash", "not_canonical", both.replace(b"/vnd", b"\\/vnd")
    yield "larger than an item", "too_large", _with(value, payload="A" * limits.ITEM_BYTES)


# -- items -------------------------------------------------------------------------------------------------------------


def items_file() -> Case:
    """items.json."""
    accepted = [item_case(name, encode_item(item)) for name, item in payloads.items()]
    by_name = {case["name"]: json.loads(case["item"]) for case in accepted}
    return {
        "about": "Every item and its hash (RFC 6962 leaf hash, base64url).",
        "accepted": accepted,
        "refused": [*_bad_items(by_name)],
    }


def item_case(name: str, data: bytes) -> Case:
    """An item and its hash."""
    return {"name": name, "is": "item", "item": data.decode(), "hash": item_hash(data)}


def _bad_items(good: dict[str, dict[str, Any]]) -> Iterator[Case]:
    for name, of, change in _item_changes():
        value = {key: field for key, field in {**good[of], **change}.items() if field is not Ellipsis}
        yield {**item_case(f"{of}: {name}", compact(value)), "code": "malformed"}
    order, erase = good["order"], compact(good["erase"])
    last = {**{key: field for key, field in order.items() if key != "kind"}, "kind": "order"}
    texts = {
        "kind not first": compact(last),
        "null for an absent field": compact({**order, "refund_of": None}),
        "a key twice": erase.replace(b'"payment_id"', b'"kind":"erase","payment_id"'),
        "a blank": json.dumps(order).encode(),
        "amount -0": compact(order).replace(b'"amount_seconds":5400', b'"amount_seconds":-0'),
        "a blank inside an envelope": compact(good["document"]).replace(b'"payload":', b'"payload":\n'),
    }
    for name, data in texts.items():
        right = good["order"] if b'"order"' in data else json.loads(data)
        yield {**item_case(name, data), "canonical": compact(right).decode(), "code": "not_canonical"}
    deep = b'{"kind":"document","type":"x","envelope":' + b"[" * 10_000 + b"]" * 10_000 + b"}"
    yield {**item_case("lists in lists, 10 000 deep", deep), "code": "malformed"}
    large = compact({**good["document"], "envelope": "x" * limits.ITEM_BYTES})
    yield {**item_case("larger than an item may be", large), "code": "too_large"}


def _item_changes() -> list[tuple[str, str, Change]]:
    return [
        ("unknown field", "order", {"memo": "Fahrrad"}),
        ("unknown kind", "order", {"kind": "gift"}),
        ("no kind", "order", {"kind": ...}),
        ("path of one", "order", {"path": [EICHE.id]}),
        ("path of six", "order", {"path": [EICHE.id, LINDE.id, BUCHE.id] * 2}),
        ("attempt 0", "order", {"attempt": 0}),
        ("attempt 17", "order", {"attempt": 17}),
        ("unknown purpose", "order", {"purpose": "gift"}),
        ("negative amount", "order", {"amount_seconds": -1}),
        ("amount above the bound", "order", {"amount_seconds": 10**9 + 1}),
        ("payment id of 15 bytes", "order", {"payment_id": "A" * 20}),
        ("third outcome", "decision: paid", {"outcome": "perhaps"}),
        ("index 0", "decision: paid", {"index": 0}),
        ("index 5", "decision: paid", {"index": 5}),
        ("code with a blank", "decision: refused", {"code": "no way"}),
        ("index 64", "reject", {"index": 64}),
        ("seq 0", "reject", {"seq": 0}),
        ("seq of 2^53", "reject", {"seq": 2**53}),
        ("unknown cause", "release", {"cause": "mood"}),
        ("without decision", "fulfil", {"decision": ...}),
        ("unknown state", "line", {"state": "shut"}),
        ("negative limit", "line", {"limit_seconds": -1}),
        ("seven steps of proof", "offer", {"order": {"header": {}, "index": 0, "path": [hash32("p")] * 7, "item": {}}}),
    ]
