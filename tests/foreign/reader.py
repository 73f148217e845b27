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
BASE32 = str.maketrans("abcdefghijklmnopqrstuvwxyz234567", "0123456789abcdefghijklmnopqrstuv")
BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
FILES = ("boxes canonical commitments decisions documents envelopes frames hello items keys log merkle messages peering "
         "settlement signed-items words").split()
PROVABLE = {"bad_box", "bad_challenge", "bad_proof", "bad_signature", "not_canonical", "threshold", "unknown_key",
            "wrong_ring", "wrong_type"}
HPKE, un = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305), bytes.fromhex
write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

def unb64(text: str) -> bytes:
    digits, number = text.replace("-", "+").replace("_", "/").removesuffix("=").removesuffix("="), 0
    for digit in digits:
        number = number << 6 | BASE64.index(digit)
    assert not number % (1 << len(digits) * 6 % 8)
    return (number >> len(digits) * 6 % 8).to_bytes(len(digits) * 6 // 8)

def read(text: str) -> Any:
    assert text.isprintable() and "\\" not in text.replace("\\\\", "").replace('\\"', "") and ":null" not in text
    assert write(json.loads(text)) == text
    return json.loads(text)

def sha(*parts: bytes | str) -> bytes:
    return sha256(b"".join(part if isinstance(part, bytes) else part.encode() for part in parts)).digest()

def root(level: list[bytes]) -> bytes:
    while level[1:]:
        pairs = [level[place:place + 2] for place in range(0, len(level), 2)]
        level = [sha(b"\1", *pair) if pair[1:] else pair[0] for pair in pairs]
    return level[0] if level else sha()

def climb(found: bytes, index: int, size: int, path: list[str], decode: Any = unb64) -> bytes:
    steps = [*map(decode, path)]
    while size > 1:
        if index ^ 1 < size:
            found = sha(b"\1", *[found, steps.pop(0)][::-1 if index % 2 else 1])
        index, size = index // 2, (size + 1) // 2
    assert (index, size, steps) == (0, 1, [])
    return found

def ring_id(roots: list[bytes], threshold: int) -> bytes:
    return sha("ringtausch/root/v1\n", bytes([threshold]), *sorted(roots))

def opened(text: str, kind: str, keys: dict[str, str], threshold: int = 1) -> tuple[str, bytes]:
    value, media = read(text), f"application/vnd.ringtausch.{kind}.v1+json"
    ids, payload = [each["keyid"] for each in value["signatures"]], unb64(value["payload"])
    assert ([*value], value["payloadType"]) == (["payloadType", "payload", "signatures"], media)
    assert ids == sorted({*ids} & {*keys}) and len(ids) >= threshold and read(payload.decode())
    message = b"DSSEv1 %d %s %d %s" % (len(media), media.encode(), len(payload), payload)
    for name, each in zip(ids, value["signatures"], strict=True):
        assert name[-8:] == sha(name[:-9], b"\n\1", un(keys[name]))[:4].hex()
        ed25519.Ed25519PublicKey.from_public_bytes(un(keys[name])).verify(unb64(each["sig"]), message)
    return payload.decode(), sha(message)

def signed(text: str, keys: dict[str, str]) -> tuple[bytes, bytes]:
    value = read(text)
    payload, digest = opened(write(value["header"]), "frame", keys)
    header, item = json.loads(payload), sha(b"\0", write(value["item"]))
    assert climb(item, value["index"], header["count"], value["path"]) == unb64(header["items_root"])
    return digest, item

def frame(c: Any) -> Any:
    payload, digest = opened(c["header"], "frame", c["keys"])
    items_root = root([sha(b"\0", item) for item in c["items"]])
    parts = [part.encode() for part in (c["header"], *c["items"])]
    yield from ((payload, c["payload"]), (digest, unb64(c["hash"])), (items_root, unb64(c["items_root"])))
    yield from ((json.loads(payload)["count"], len(c["items"])), (items_root, unb64(json.loads(payload)["items_root"])))
    yield sha(b"\0\1", *(len(part).to_bytes(4) + part for part in parts)), un(c["entry_hash"])

def card(c: Any) -> Any:
    said = json.loads(unb64(json.loads(c["envelope"])["payload"]))
    keys = {f"{c['ring_id']}+{sha(c['ring_id'], b'\n\1', unb64(key))[:4].hex()}": unb64(key).hex() for key in said["root_keys"]}
    return 1
