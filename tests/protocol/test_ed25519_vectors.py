# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ed25519 against the 1 024 vectors that cryptography's own package brings, and each of them made wrong.

The ways to make them wrong are those of Project Wycheproof: a signature too short, too long, with an S that is not
reduced, with parts swapped or taken from elsewhere, under another key, over another message, and under keys of small
order.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import cryptography_vectors
import pytest

from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.keys import SigningKey, check_public, verify

#: The order of the base point (RFC 8032, 5.1).
L = 2**252 + 27_742_317_777_372_353_535_851_937_790_883_648_493
P = 2**255 - 19


class Vector(NamedTuple):
    """One line of sign.input."""

    seed: bytes
    public: bytes
    message: bytes
    signature: bytes


def read() -> list[Vector]:
    """seed and key : key : message : signature and message."""
    path = "asymmetric/Ed25519/sign.input"
    with cryptography_vectors.open_vector_file(path, "r") as lines:
        parts = [line.split(":") for line in lines]
    return [
        Vector(bytes.fromhex(seed)[:32], *(bytes.fromhex(text) for text in (public, message, signed[:128])))
        for seed, public, message, signed, *_ in parts
    ]


VECTORS = read()


def is_good(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether a ring would believe it."""
    try:
        verify(check_public(public), message, signature)
    except RemoteError as refused:
        return refused.code not in {"bad_signature", "weak_key"}
    return True


def wrong(good: Vector, other: Vector) -> Iterator[tuple[str, bytes, bytes, bytes]]:
    """(what is wrong, key, message, signature)."""
    public, message, signature = good[1:]
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    for times in range(1, 9):
        if s + times * L < 2**256:
            yield f"S + {times} L", public, message, r + (s + times * L).to_bytes(32, "little")
    yield "S = 0", public, message, r + bytes(32)
    yield "S = L - S", public, message, r + (L - s).to_bytes(32, "little")
    yield "all zero", public, message, bytes(64)
    yield "all ones", public, message, b"\xff" * 64
    yield "R = 0", public, message, bytes(32) + signature[32:]
    yield "R is the neutral point", public, message, b"\1" + bytes(31) + signature[32:]
    yield "R with the other sign", public, message, bytes((*r[:31], r[31] ^ 128)) + signature[32:]
    yield "R and S swapped", public, message, signature[32:] + r
    yield "R of another", public, message, other.signature[:32] + signature[32:]
    yield "S of another", public, message, r + other.signature[32:]
    yield "another key", other.public, message, signature
    yield "another message", public, message + b"\0", signature
    yield "the message hashed by hand", public, message[1:] + message[:1] + b"x", signature
    for size in (0, 1, 31, 32, 33, 63):
        yield f"{size} bytes", public, message, signature[:size]
    yield "a byte more", public, message, signature + b"\0"
    yield "twice", public, message, signature * 2
    for bit in (0, 255, 256, 511):
        flipped = bytearray(signature)
        flipped[bit // 8] ^= 1 << bit % 8
        yield f"bit {bit}", public, message, bytes(flipped)


def test_there_are_as_many_as_were_given_out() -> None:
    assert 1_024 == len(VECTORS)


def test_what_others_signed_verifies_and_we_sign_the_same() -> None:
    for each in VECTORS:
        key = SigningKey(each.seed)
        assert (each.public, each.signature) == (key.public, key.sign(each.message))
        assert is_good(each.public, each.message, each.signature)


def test_whatever_is_wrong_with_a_signature_it_is_refused() -> None:
    seen: dict[str, int] = {}
    for good, other in itertools.pairwise(VECTORS[:129]):
        for name, public, message, signature in wrong(good, other):
            assert not is_good(public, message, signature), name
            seen[name] = seen.get(name, 0) + 1
    assert len(seen) >= 30
    assert sum(seen.values()) >= 3_500


@pytest.mark.parametrize("y", [0, 1, P - 1])
@pytest.mark.parametrize("sign", [0, 1])
def test_under_a_key_of_small_order_nothing_is_believed(y: int, sign: int) -> None:
    """With R the neutral point and S = 0 such a key "signs" many messages; whoever only verifies believes it."""
    public = (y | sign << 255).to_bytes(32, "little")
    signature = b"\1" + bytes(63)
    assert not any(is_good(public, bytes((number,)), signature) for number in range(64))


@pytest.mark.parametrize("y", range(P, 2**255, 3))
def test_a_key_with_two_names_is_refused(y: int) -> None:
    for sign in (0, 1):
        with pytest.raises(RemoteError, match="weak_key"):
            check_public((y | sign << 255).to_bytes(32, "little"))
