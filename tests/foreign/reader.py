# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads every vector with nothing of ours: json, hashlib, cryptography, and SPEC.md at hand."""

from __future__ import annotations

import json
from hashlib import scrypt, sha256
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ed25519, x25519
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

# fmt: off
BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
BASE32 = str.maketrans("abcdefghijklmnopqrstuvwxyz234567", "0123456789abcdefghijklmnopqrstuv")
HPKE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
Public, Private = ed25519.Ed25519PublicKey.from_public_bytes, x25519.X25519PrivateKey.from_private_bytes
un, write = bytes.fromhex, json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
#: Refusals that follow from the bytes alone; others need the schema of a kind, the books or a clock.
PROVABLE = ["bad_box", "bad_proof", "bad_signature", "not_canonical", "threshold", "unknown_key", "wrong_type"]

def unb64(text: str) -> bytes:
    bits = "".join(f"{BASE64.index(digit):06b}" for digit in text.rstrip("=").replace("-", "+").replace("_", "/"))
    return b"" if "1" in bits[len(bits) // 8 * 8:] else int("0" + bits[:len(bits) // 8 * 8], 2).to_bytes(len(bits) // 8)

def read(text: str) -> Any:
    value, bare = json.loads(text), text.replace("\\\\", "").replace('\\"', "")
    assert (text.isprintable(), "\\" in bare, ":null" in text, write(value)) == (True, False, False, text)
    return value

def sha(*parts: bytes | str) -> bytes:
    return sha256(b"".join(part if isinstance(part, bytes) else part.encode() for part in parts)).digest()

def climb(found: bytes, at: int, size: int, path: list[str]) -> bytes:
    assert 0 <= at < size >= 1 + bool(path)
    if size > 1 and at ^ 1 < size:
        found, path = sha(b"\1", *[found, unb64(path[0])][::-1 if at % 2 else 1]), path[1:]
    return climb(found, at // 2, (size + 1) // 2, path) if size > 1 else found

def envelope(text: str, kind: str, keys: dict[str, str], threshold: int = 1) -> tuple[str, bytes]:
    value, media = read(text), f"application/vnd.ringtausch.{kind}.v1+json"
    names, payload = [each["keyid"] for each in value["signatures"]], unb64(value["payload"])
    assert ([*value], value["payloadType"]) == (["payloadType", "payload", "signatures"], media)
    assert (len(names) >= threshold, sorted({*names} & {*keys})) == (True, names)
    message = b"DSSEv1 %d %s %d %s" % (len(media), media.encode(), len(payload), payload)
    for name, each in zip(names, value["signatures"], strict=True):
        assert name[-8:] == sha(name[:-9], b"\n\1", un(keys[name])).hex()[:8]
        Public(un(keys[name])).verify(unb64(each["sig"]), message)
    return write(read(payload.decode())), sha(message)

def signed(text: str, keys: dict[str, str]) -> tuple[bytes, bytes]:
    value = read(text)
    (payload, digest), item = envelope(write(value["header"]), "frame", keys), sha(b"\0", write(value["item"]))
    header = json.loads(payload)
    assert climb(item, value["index"], header["count"], value["path"]) == unb64(header["items_root"])
    return item, digest

#: Field of a case -> whether the case says what can be computed from it.
TRUE: dict[str, Any] = {
    "box": lambda c: un(c["text"]) == ChaCha20Poly1305(HPKE.decrypt((box := unb64(c["box"]))[:80], Private(un(
        c["private"])), info=b"ringtausch/box/v1")).decrypt(box[80:92], box[92:], c["info"].encode()),
    "canonical": lambda c: c["canonical"] in map(c.get, ("text", "item", "payload")),
    "commit": lambda c: unb64(c["commit"]) == sha(c["domain"], un(c["salt"]), c["value"]),
    "decision": lambda c: signed(c["decision"], c["keys"]),
    "order_hash": lambda c: unb64(c["order_hash"]) == signed(c["order"], c["keys"])[0],
    "parts": lambda c: un(c["leaf_hash"]) == sha(
        bytes([0, c["type"]]), *(len(part).to_bytes(4) + part for part in map(un, c["parts"]))),
    "epoch": lambda c: unb64(c["epoch"]) == sha("ringtausch/epoch/v1\n", un(c["secret"]), *c["rings"])[:16],
    "item": lambda c: unb64(c["hash"]) == sha(b"\0", write(read(c["item"]))),
    "key_id": lambda c: (c["key_id"], c["vkey"][:-44], unb64(c["vkey"][-44:])) == (
        name := c["key_name"] + "+" + sha(c["key_name"], bytes([10, c["type"]]), un(c["public"])).hex()[:8],
        name + "+", bytes([c["type"]]) + un(c["public"])),
    "leaf": lambda c: unb64(c["root"]) == climb(sha(b"\0", c["leaf"]), c["index"], c["size"], c["path"]),
    "next_root": lambda c: unb64(c["next_root"]) == sha(c["ring_id"]),
    "paths": lambda c: {unb64(c["items_root"])} == ({climb(sha(b"\0", item), at, len(c["items"]), c["paths"][at])
        for at, item in enumerate(c["items"])} or {sha()}) and len(c["paths"]) == len(c["items"]),
    "payload": lambda c: (c["payload"], unb64(c["hash"])) == envelope(
        c.get("envelope") or c["header"], c.get("kind", "frame"), c["keys"], c.get("threshold", 1)),
    "header": lambda c: c["payload"].endswith(f'"count":{len(c["items"])},"items_root":"{c["items_root"]}"}}'),
    "private": lambda c: un(c["public"]) == Private(un(c["private"])).public_key().public_bytes_raw(),
    "ring_id": lambda c: int(c["ring_id"].translate(BASE32), 32) >> 4 == int.from_bytes(sha(
        "ringtausch/root/v1\n", bytes([c["threshold"]]), *sorted(map(un, c["roots"])))),
    "sha256": lambda c: un(c["sha256"]) == sha(write(read(c["text"]))),
    "signature": lambda c: Public(un(c["public"])).verify(un(c["signature"]), un(c["message"])) is None,
    "signed": lambda c: signed(c["signed"], c["keys"]) == (unb64(c["item_hash"]), unb64(c["header_hash"])),
    "words": lambda c: c["words"] == [c["list"][byte] for byte in scrypt(
        unb64(c["agreement_hash"]), salt="\n".join(["ringtausch/words/v1", *sorted(c["rings"]), ""]).encode(),
        n=2**14, r=8, p=1, dklen=12)],
}

def check(file: Any, provable: list[str] = PROVABLE, true_of: dict[str, Any] = TRUE) -> None:
    for case in (case for case in file["accepted"] + file["refused"] if case.get("code", "bad_box") in provable):
        try:
            true = all(true_of[field]({**file, **case}) for field in case if field in true_of)
        except (AssertionError, LookupError, InvalidSignature, InvalidTag, ValueError):
            true = False
        assert true != ("code" in case), case["name"]
