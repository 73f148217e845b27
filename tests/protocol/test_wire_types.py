# SPDX-License-Identifier: AGPL-3.0-or-later
"""The types of the wire hold their bounds; bytes are written as text in one way."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringtausch_protocol import canonical
from ringtausch_protocol.canonical import (
    Address,
    Amount,
    Hash32,
    Id16,
    Net,
    RingId,
    Seconds0,
    Seq,
    Signed,
    Time,
    Wire,
    b64,
    unb64,
)
from ringtausch_protocol.errors import RemoteError


class Bounds(Wire, frozen=True, omit_defaults=True):
    id16: Id16 = b64(bytes(16))
    hash32: Hash32 = b64(bytes(32))
    ring: RingId = "a" * 52
    amount: Amount = 1
    room: Seconds0 = 0
    balance: Signed = 0
    seq: Seq = 1
    at: Time = 0
    net: Net = "test"
    address: Address = "ring.example"


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("id16", ["A" * 21 + "Q", "_-" * 10 + "Ag"], ["A" * 21 + "B", "A" * 21, "A" * 23, "+" * 21 + "A"]),
        ("hash32", ["A" * 42 + "8"], ["A" * 42 + "9", "A" * 42, "A" * 44, "=" * 42 + "A"]),
        ("ring", ["z" * 51 + "q"], ["z" * 52, "A" * 52, "a" * 51, "0" + "a" * 51]),
        ("amount", [10**9], [0, -1, 10**9 + 1, 10**30, True, None]),
        ("room", [2**53 - 1], [-1, 2**53]),
        ("balance", [-(2**53) + 1, 2**53 - 1], [-(2**53), 2**53]),
        ("seq", [2**53 - 1], [0, -1, 2**53]),
        ("at", [2**40], [-1, 2**40 + 1]),
        ("net", ["talente-nord", "1"], ["", "-x", "Test", "a" * 33, "a b"]),
        (
            "address",
            ["a", "x.example:8443", "xn--bcher-kva.example", "r:65535", "a" * 63],
            [
                "",
                ".a",
                "a.",
                "a..b",
                "a-",
                "-a",
                "A",
                "a:",
                "a:0",
                "a:65536",
                "a:99999",
                "a/b",
                "a" * 64,
                "a." * 60 + "a",
            ],
        ),
    ],
)
def test_the_types_of_the_wire_hold_their_bounds(field: str, good: list[object], bad: list[object]) -> None:
    for value in good:
        data = json.dumps({field: value}, separators=(",", ":")).encode()
        assert value == getattr(canonical.parse(data, Bounds, 1_000), field)
    for value in bad:
        with pytest.raises(RemoteError) as caught:
            canonical.parse(json.dumps({field: value}, separators=(",", ":")).encode(), Bounds, 1_000)
        assert "malformed" == caught.value.code


@given(st.binary(max_size=40))
def test_base64_is_read_back(data: bytes) -> None:
    assert data == unb64(b64(data), None)
    assert data == unb64(b64(data), len(data))


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("AA", 2),
        ("AAA", 1),
        ("A", None),
        ("AB", None),
        ("AA==", None),
        ("AA=", None),
        ("A+", None),
        ("A/", None),
        ("++++", None),
        ("A A", None),
        ("AA\n", None),
        ("ää", None),
        ("=", None),
    ],
)
def test_base64_with_another_length_alphabet_or_tail_is_refused(text: str, size: int | None) -> None:
    with pytest.raises(RemoteError) as caught:
        unb64(text, size)

    assert "malformed" == caught.value.code


def test_sha256_is_sha256() -> None:
    # FIPS 180-2, appendix B.1
    digest = bytes.fromhex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")

    assert digest == canonical.sha256(b"abc")
    assert b64(digest) == canonical.sha256_b64(b"abc")
