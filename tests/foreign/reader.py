# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads every vector with nothing of ours: json, hashlib, cryptography, and SPEC.md at hand. What is false raises."""

from __future__ import annotations

import json
from hashlib import scrypt, sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

BASE32 = str.maketrans("abcdefghijklmnopqrstuvwxyz234567", "0123456789abcdefghijklmnopqrstuv")
BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
HPKE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
un = bytes.fromhex


def unb64(text: str) -> bytes:
    digits, number = text.replace("-", "+").replace("_", "/").removesuffix("=").removesuffix("="), 0
    for digit in digits:
        number = number << 6 | BASE64.index(digit)
    assert not number % (1 << len(digits) * 6 % 8)
    return (number >> len(digits) * 6 % 8).to_bytes(len(digits) * 6 // 8)


def write(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def read(text: str) -> Any:
    assert text.isprintable() and "\\" not in text.replace("\\\\", "").replace('\\"', "") and ":null" not in text
    assert write(json.loads(text)) == text
    return json.loads(text)


def leaf(data: bytes | str) -> bytes:
    return sha256(b"\0" + (data if isinstance(data, bytes) else data.encode())).digest()


def root(leaves: list[bytes]) -> bytes:
    half = 1 << max(len(leaves) - 1, 0).bit_length() - 1 if len(leaves) > 1 else 0
    return sha256(b"\1" + root(leaves[:half]) + root(leaves[half:])).digest() if half else (leaves or [sha256().digest()])[0]


def climb(found: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    assert 0 <= index < size and bool(path) == (size > 1)
    half = 1 << (size - 1).bit_length() - 1 if size > 1 else 0
    if index < half:
        return sha256(b"\1" + climb(found, index, half, path[:-1]) + path[-1]).digest()
    return sha256(b"\1" + path[-1] + climb(found, index - half, size - half, path[:-1])).digest() if path else found


def opened(text: str, kind: str, keys: dict[str, str], threshold: int = 1) -> tuple[str, bytes]:
    value, media = read(text), f"application/vnd.ringtausch.{kind}.v1+json"
    ids, payload = [each["keyid"] for each in value["signatures"]], unb64(value["payload"])
    assert [*value] == ["payloadType", "payload", "signatures"] and value["payloadType"] == media
    assert ids == sorted({*ids} & {*keys}) and len(ids) >= threshold
    message = b"DSSEv1 %d %s %d %s" % (len(media), media.encode(), len(payload), payload)
    for name, each in zip(ids, value["signatures"], strict=True):
        assert name[-8:] == sha256(name[:-9].encode() + b"\n\1" + un(keys[name])).digest()[:4].hex()
        Ed25519PublicKey.from_public_bytes(un(keys[name])).verify(unb64(each["sig"]), message)
    return payload.decode(), sha256(message).digest()


def signed(text: str, keys: dict[str, str]) -> tuple[Any, bytes, Any, bytes]:
    value = read(text)
    payload, digest = opened(write(value["header"]), "frame", keys)
    header, item = read(payload), leaf(write(value["item"]))
    assert climb(item, value["index"], header["count"], [*map(unb64, value["path"])]) == unb64(header["items_root"])
    return header, digest, value["item"], item


def check_parts(c: Any) -> None:
    match c["is"]:
        case "ed25519":
            key = Ed25519PrivateKey.from_private_bytes(un(c["seed"]))
            assert (key.public_key().public_bytes_raw(), key.sign(un(c["message"]))) == (un(c["public"]), un(c["signature"]))
        case "signature":
            Ed25519PublicKey.from_public_bytes(un(c["public"])).verify(un(c["signature"]), un(c["message"]))
