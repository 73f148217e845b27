# SPDX-License-Identifier: AGPL-3.0-or-later
"""Vectors of the one way of writing: what is read, and what is refused although a JSON reader would take it."""

from __future__ import annotations

import hashlib
from typing import Any

from ringtausch_protocol.items import Cancel, encode_item
from tests.vectors.cast import LINDE, NOON, Case, hash32, id16

_MEMO = (
    '{"payee":"a","payer":"a@b","memo":"%s","payer_salt":"AAAAAAAAAAAAAAAAAAAAAA","memo_salt":"AAAAAAAAAAAAAAAAAAAAAA"}'
)


def canonical_file() -> Case:
    """canonical.json."""
    good = {
        "umlauts and quotes": _MEMO % 'Grüße, „\\"\\\\“ 🙂',
        "no text": _MEMO % "",
        "an item": encode_item(Cancel(order_hash=hash32("order"))).decode(),
    }
    accepted = [
        {"name": name, "is": "canonical", "kind": _kind(text), "text": text, "sha256": _sha(text)}
        for name, text in good.items()
    ]
    refused = [
        {"name": name, "is": "canonical", "kind": _kind(text), "text": text, "sha256": _sha(text),
         "canonical": should, "code": "not_canonical"}
        for name, (text, should) in _two_ways().items()
    ]  # fmt: skip
    malformed: list[Case] = [
        {"name": name, "is": "canonical", "kind": "order-box", **data, "code": "malformed"}
        for name, data in _malformed().items()
    ]
    return {
        "about": "One way of writing. `text` is UTF-8; `canonical` is what should have been written; `hex` is no text.",
        "accepted": accepted,
        "refused": refused + malformed,
    }


def _kind(text: str) -> str:
    if '"invoice_id"' in text:
        return "invoice"
    return "item" if '"kind"' in text else "order-box"


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _two_ways() -> dict[str, tuple[str, str]]:
    memo, cancel = _MEMO % "Apfel", encode_item(Cancel(order_hash=hash32("order"))).decode()
    body = cancel.removeprefix('{"kind":"cancel",').removesuffix("}")
    return {
        "a blank": (memo.replace(",", ", "), memo),
        "a line feed at the end": (memo + "\n", memo),
        "a key twice, the last right": (memo.replace('"payee":"a"', '"payee":"b","payee":"a"'), memo),
        "another order": ('{"payer":"a@b","payee":"a"' + memo.partition('"a@b"')[2], memo),
        "kind not first": (f'{{{body},"kind":"cancel"}}', cancel),
        "an escaped letter": (memo.replace("Apfel", "\\u0041pfel"), memo),
        "an escaped slash": (_MEMO % "\\/", _MEMO % "/"),
        "an umlaut as escape": (_MEMO % "\\u00e4", _MEMO % "ä"),
        "text not in NFC": (_MEMO % "a\u0308", _MEMO % "ä"),
        "a null for an absent field": (_invoice('"memo_commit":null'), _invoice("")),
        **{f"control character: {name}": (_MEMO % what, _MEMO % "") for name, what in _controls().items()},
    }


def _controls() -> dict[str, str]:
    return {
        "NUL": "\\u0000", "line feed": "\\n", "tab": "\\t", "DEL": "\x7f", "C1": "\u0085", "bidi override": "\u202e",
        "bidi isolate": "\u2066", "bidi mark": "\u200f", "line separator": "\u2028", "byte order mark": "\ufeff",
    }  # fmt: skip


def _invoice(more: str) -> str:
    fields = f'"v":1,"net":"test","invoice_id":"{id16("i")}","payee_ring":"{LINDE.id}","amount_seconds":1'
    end = f'"expires_at":{NOON},"payee_commit":"{hash32("c")}"'
    return f"{{{fields},{end}{',' if more else ''}{more}}}"


def _malformed() -> dict[str, dict[str, Any]]:
    memo = _MEMO % "Apfel"
    return {
        "nothing": {"text": ""},
        "no JSON": {"text": "Apfel"},
        "a list": {"text": "[]"},
        "cut off": {"text": memo[:-1]},
        "two values": {"text": memo + memo},
        "an unknown field": {"text": memo[:-1] + ',"more":1}'},
        "a missing field": {"text": '{"payee":"a"}'},
        "a number for a text": {"text": memo.replace('"Apfel"', "1")},
        "too long a text": {"text": _MEMO % ("x" * 241)},
        "a byte order mark in front": {"text": "\ufeff" + memo},
        "bad UTF-8": {"hex": memo.encode().replace(b"Apfel", b"\xff\xfe").hex()},
        "an overlong form": {"hex": memo.encode().replace(b"Apfel", b"\xc0\x80").hex()},
        "half a surrogate pair": {"text": memo.replace("Apfel", "\\ud800")},
    }
