# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads every vector with nothing of ours: json, hashlib, cryptography, and SPEC.md at hand. What is false raises."""

from __future__ import annotations

import json
from hashlib import scrypt, sha256
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ed25519, x25519
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

# fmt: off
BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
BASE32 = str.maketrans("abcdefghijklmnopqrstuvwxyz234567", "0123456789abcdefghijklmnopqrstuv")
HPKE, un = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305), bytes.fromhex
write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
FALSE = (AssertionError, IndexError, InvalidSignature, InvalidTag, ValueError)
#: Refusals that follow from the bytes alone; others need the schema of a kind, the books or a clock.
PROVABLE = ["bad_box", "bad_proof", "bad_signature", "not_canonical", "threshold", "unknown_key", "wrong_type"]


def unb64(text: str) -> bytes:
    bits = "".join(f"{BASE64.index(digit):06b}" for digit in text.rstrip("=").replace("-", "+").replace("_", "/"))
    size = len(bits) // 8
    assert "1" not in bits[size * 8:]
    return int("0" + bits[:size * 8], 2).to_bytes(size)

def read(text: str) -> Any:
    assert text.isprintable() and "\\" not in text.replace("\\\\", "").replace('\\"', "") and ":null" not in text
    assert write(json.loads(text)) == text
    return json.loads(text)

def sha(*parts: bytes | str) -> bytes:
    return sha256(b"".join(part if isinstance(part, bytes) else part.encode() for part in parts)).digest()

def entry(kind: int, *parts: bytes) -> bytes:
    return bytes([kind]) + b"".join(len(part).to_bytes(4) + part for part in parts)

def root(row: list[bytes]) -> bytes:
    nodes = [sha(b"\1", *row[at:at + 2]) if row[at + 1:] else row[at] for at in range(0, len(row), 2)]
    return root(nodes) if row[1:] else (*row, sha())[0]

def climb(found: bytes, at: int, size: int, path: list[str]) -> bytes:
    assert 0 <= at < size and (size > 1 or not path)
    if size > 1 and at ^ 1 < size:
        found, path = sha(b"\1", *[found, unb64(path[0])][::-1 if at % 2 else 1]), path[1:]
    return climb(found, at // 2, (size + 1) // 2, path) if size > 1 else found

def envelope(text: str, kind: str, keys: dict[str, str], threshold: int = 1) -> tuple[str, bytes]:
    value, media = read(text), f"application/vnd.ringtausch.{kind}.v1+json"
    names, payload = [each["keyid"] for each in value["signatures"]], unb64(value["payload"])
    assert ([*value], value["payloadType"]) == (["payloadType", "payload", "signatures"], media)
    assert read(payload.decode()) and names == sorted({*names} & {*keys}) and len(names) >= threshold
    message = b"DSSEv1 %d %s %d %s" % (len(media), media.encode(), len(payload), payload)
    for name, each in zip(names, value["signatures"], strict=True):
        assert name[-8:] == sha(name[:-9], b"\n\1", un(keys[name])).hex()[:8]
        ed25519.Ed25519PublicKey.from_public_bytes(un(keys[name])).verify(unb64(each["sig"]), message)
    return payload.decode(), sha(message)

def signed(text: str, keys: dict[str, str]) -> tuple[bytes, bytes]:
    value = read(text)
    payload, digest = envelope(write(value["header"]), "frame", keys)
    header, item = json.loads(payload), sha(b"\0", write(value["item"]))
    assert climb(item, value["index"], header["count"], value["path"]) == unb64(header["items_root"])
    return item, digest

#: What is computed from a vector, and what it says.
SAID: dict[str, Any] = {
    "box": lambda c: [(x25519.X25519PrivateKey.from_private_bytes(un(c["private"])).public_key().public_bytes_raw(), un(c["public"])),],
    "commitment": lambda c: [(sha(c["domain"], un(c["salt"]), c["value"]), unb64(c["commit"]))],
}

def check(file: Any) -> None:
    for case in file["accepted"]:
        assert all(found == said for found, said in SAID[case["is"]]({**file, **case})), case["name"]
    for case in file["refused"]:
        if case["code"] in PROVABLE:
            ...
