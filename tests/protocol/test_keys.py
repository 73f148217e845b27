# SPDX-License-Identifier: AGPL-3.0-or-later
"""Keys: RFC 8032 signatures, no weak key pinned, and names that everybody computes alike."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringtausch_protocol import keys
from ringtausch_protocol.errors import LocalError, RemoteError
from ringtausch_protocol.keys import SigningKey, check_public, key_id, ring_id, verify, vkey

P = 2**255 - 19
SIGN = 1 << 255

#: The encodings of the points of small order: eight points, six other ways to write some of them (C2SP CCTV, ed25519).
SMALL_ORDER = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
]

# RFC 8032 section 7.1, test 2
SEED = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
PUBLIC = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
SIGNATURE = bytes.fromhex(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)


def is_weak(raw: bytes) -> bool:
    try:
        return check_public(raw) != raw
    except RemoteError as error:
        return error.code == "weak_key"


def is_bad(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        verify(public, message, signature)
    except RemoteError as error:
        return error.code == "bad_signature"
    return False


def test_signing_is_rfc_8032() -> None:
    key = SigningKey(SEED)

    assert (PUBLIC, SIGNATURE) == (key.public, key.sign(b"\x72"))
    assert not is_bad(PUBLIC, b"\x72", SIGNATURE)


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_seed_has_32_bytes(size: int) -> None:
    with pytest.raises(LocalError) as caught:
        SigningKey(bytes(size))

    assert "seed" == caught.value.code


@given(message=st.binary(max_size=60), place=st.integers(0, 511))
def test_a_changed_bit_in_signature_message_or_key_is_found(message: bytes, place: int) -> None:
    key = SigningKey(SEED)
    signature = bytearray(key.sign(message))
    signature[place // 8] ^= 1 << place % 8

    assert not is_bad(key.public, message, key.sign(message))
    assert is_bad(key.public, message, bytes(signature))
    assert is_bad(key.public, message + b"\x00", key.sign(message))
    assert is_bad(SigningKey(bytes(32)).public, message, key.sign(message))


def test_a_signature_with_a_second_form_of_s_is_refused() -> None:
    order = 2**252 + 27742317777372353535851937790883648493
    second = int.from_bytes(SIGNATURE[32:], "little") + order

    assert is_bad(PUBLIC, b"\x72", SIGNATURE[:32] + second.to_bytes(32, "little"))


@pytest.mark.parametrize("size", [0, 31, 33])
def test_keys_and_signatures_of_another_length_are_bad(size: int) -> None:
    assert is_bad(bytes(size), b"", SIGNATURE)
    assert is_bad(PUBLIC, b"\x72", SIGNATURE[:size])
    assert is_weak(bytes(range(1, size + 1)))


@pytest.mark.parametrize("encoding", SMALL_ORDER)
def test_each_of_the_14_small_order_encodings_is_refused(encoding: str) -> None:
    assert 14 == len(set(SMALL_ORDER))
    assert is_weak(bytes.fromhex(encoding))


def test_under_a_small_order_key_one_signature_fits_any_message() -> None:
    """The reason for the refusal: identity as key, identity as R, s = 0."""
    identity = (1).to_bytes(32, "little")

    assert not is_bad(identity, b"I owe you", identity + bytes(32))
    assert not is_bad(identity, b"You owe me", identity + bytes(32))


@pytest.mark.parametrize("sign", [0, SIGN])
def test_every_y_out_of_range_is_refused_and_its_neighbours_are_not(sign: int) -> None:
    refused = [y for y in range(P - 3, 2**255) if is_weak((y | sign).to_bytes(32, "little"))]

    assert [P - 1, *range(P, 2**255)] == refused
    assert [0, 1] == [y for y in range(5) if is_weak((y | sign).to_bytes(32, "little"))]


def test_the_small_order_points_are_those_that_eight_times_are_nothing() -> None:
    """An independent count: of all y known to the check, each satisfies 8 P = identity on the curve."""
    d = -121665 * pow(121666, -1, P) % P
    for point in keys._SMALL_ORDER_Y:
        y, x_squared = point, (point * point - 1) * pow(d * point * point + 1, -1, P) % P
        for _ in range(3):  # double three times, in terms of x^2 and y
            down = d * x_squared * y * y % P
            doubled = (y * y + x_squared) * pow(1 - down, -1, P) % P
            y, x_squared = doubled, 4 * x_squared * y * y * pow(1 + down, -2, P) % P
        assert (0, 1) == (x_squared, y)


@given(st.binary(min_size=32, max_size=32))
def test_keys_that_are_made_are_never_weak(seed: bytes) -> None:
    public = SigningKey(seed).public

    assert public == check_public(public)


def test_a_ring_id_is_the_base32_of_its_roots() -> None:
    roots = [SigningKey(bytes([place]) * 32).public for place in range(3)]
    digest = hashlib.sha256(b"ringtausch/root/v1\n\x02" + b"".join(sorted(roots))).digest()

    assert base64.b32encode(digest).decode().lower()[:52] == ring_id(roots, 2)
    assert ring_id(roots, 2) == ring_id(roots[::-1], 2)
    assert 4 == len({ring_id(roots, 1), ring_id(roots, 2), ring_id(roots, 3), ring_id(roots[:2], 2)})


@pytest.mark.parametrize(
    ("roots", "threshold"),
    [([], 0), ([], 1), ([PUBLIC], 0), ([PUBLIC], 2), ([PUBLIC], -1), ([PUBLIC, PUBLIC], 1), ([PUBLIC[:31]], 1)],
)
def test_roots_that_fit_no_ring_are_refused(roots: list[bytes], threshold: int) -> None:
    with pytest.raises(RemoteError) as caught:
        ring_id(roots, threshold)

    assert "malformed" == caught.value.code


def test_key_ids_and_verifier_keys_are_those_of_signed_notes() -> None:
    # The example of Go's golang.org/x/mod/sumdb/note.
    known = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    public = base64.b64decode(known.split("+", 2)[2])[1:]

    assert "PeterNeumann+c74f20a3" == key_id("PeterNeumann", public)
    assert known == vkey("PeterNeumann", public)


def test_a_cosigner_has_another_key_id_than_a_signer() -> None:
    cosigner = vkey("ring", PUBLIC, keys.COSIGNER)

    assert key_id("ring", PUBLIC) != key_id("ring", PUBLIC, keys.COSIGNER)
    assert b"\x04" + PUBLIC == base64.b64decode(cosigner.split("+", 2)[2])
