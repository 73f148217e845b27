# SPDX-License-Identifier: AGPL-3.0-or-later
"""Boxes: only the named ring opens them, only for the order they were sealed for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given
from hypothesis import strategies as st

from ringtausch_protocol import sealing
from ringtausch_protocol.errors import LocalError, RemoteError
from ringtausch_protocol.sealing import (
    NOTE_AROUND_BYTES,
    OVERHEAD_BYTES,
    BoxSealer,
    NoteSealer,
    OpeningKey,
    box_info,
    check_sealing_public,
    open_note,
)

KEY = OpeningKey(bytes(range(32)))
SECRET = b"\x07" * 32
#: The u of the points of order 8 (cr.yp.to/ecdh.html, "How do I validate Curve25519 public keys?").
ORDER_EIGHT = (
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
)


def seal_box(public: bytes, text: bytes, info: bytes) -> bytes:
    """The first box of a sealer."""
    return BoxSealer(public, SECRET).seal(text, info)


def refuses(key: OpeningKey, box: bytes, info: bytes) -> None:
    with pytest.raises(RemoteError) as caught:
        key.open(box, info)
    assert "bad_box" == caught.value.code


@given(text=st.binary(max_size=200), info=st.binary(max_size=60))
def test_a_box_opens_for_its_key_and_info(text: bytes, info: bytes) -> None:
    box = seal_box(KEY.public, text, info)

    assert text == KEY.open(box, info)
    assert len(text) + OVERHEAD_BYTES == len(box)


def test_sealing_twice_gives_two_boxes_that_both_open() -> None:
    sealer = BoxSealer(KEY.public, SECRET)
    boxes = [sealer.seal(b"same", b"one"), sealer.seal(b"same", b"two")]

    assert 2 == len({box[80:] for box in boxes})
    assert [b"same", b"same"] == [KEY.open(box, info) for box, info in zip(boxes, [b"one", b"two"], strict=True)]


def test_two_processes_wrap_two_keys() -> None:
    assert seal_box(KEY.public, b"same", b"") != seal_box(KEY.public, b"same", b"")


def test_boxes_sealed_by_many_threads_share_no_nonce() -> None:
    sealer = BoxSealer(KEY.public, SECRET)
    with ThreadPoolExecutor(4) as pool:
        boxes = list(pool.map(lambda number: sealer.seal(b"x", b""), range(2000)))

    assert 2000 == len({box[80:92] for box in boxes})


def test_a_box_does_not_open_for_another_key_or_info() -> None:
    box = seal_box(KEY.public, b"secret", b"this order")

    refuses(KEY, box, b"that order")
    refuses(OpeningKey(bytes(32)), box, b"this order")


@given(place=st.integers(0, 113), bit=st.integers(0, 7))
def test_a_changed_bit_is_found(place: int, bit: int) -> None:
    box = bytearray(seal_box(KEY.public, b"secret", b""))
    box[place] ^= 1 << bit

    refuses(KEY, bytes(box), b"")


def test_the_bit_of_an_encapsulated_key_that_x25519_ignores_is_bound_too() -> None:
    box = bytearray(seal_box(KEY.public, b"secret", b""))
    box[31] ^= 0x80

    refuses(KEY, bytes(box), b"")


@pytest.mark.parametrize("box", [b"", b"x", bytes(32), bytes(79), bytes(80), bytes(107), b"\xff" * 120])
def test_what_is_no_box_does_not_open(box: bytes) -> None:
    refuses(KEY, box, b"")


@pytest.mark.parametrize("public", [b"", bytes(31), bytes(33), bytes(32), (1).to_bytes(32, "little")])
def test_nothing_is_sealed_to_what_is_no_key_or_a_weak_one(public: bytes) -> None:
    with pytest.raises(RemoteError) as caught:
        seal_box(public, b"secret", b"")

    assert "weak_key" == caught.value.code


@pytest.mark.parametrize(
    "number", [0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18, *ORDER_EIGHT, 1 << 255, (1 << 255) + 1]
)
def test_a_point_of_small_order_is_not_pinned(number: int) -> None:
    with pytest.raises(RemoteError) as caught:
        check_sealing_public(number.to_bytes(32, "little"))
    assert "weak_key" == caught.value.code


@pytest.mark.parametrize("size", [0, 31, 33])
def test_what_is_no_key_is_not_pinned(size: int) -> None:
    with pytest.raises(RemoteError) as caught:
        check_sealing_public(bytes(range(1, size + 1)))
    assert "weak_key" == caught.value.code


@given(seed=st.binary(min_size=32, max_size=32))
def test_keys_that_are_made_can_be_sealed_to(seed: bytes) -> None:
    public = OpeningKey(seed).public
    assert public == check_sealing_public(public)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_seed_has_32_bytes(size: int) -> None:
    with pytest.raises(LocalError) as caught:
        OpeningKey(bytes(size))

    assert "seed" == caught.value.code


def test_a_wrapping_is_rfc_9180() -> None:
    """RFC 9180 A.2.1. Its own message has associated data, ours never; so its key and nonce seal one without."""
    key = OpeningKey(bytes.fromhex("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb"))
    encapsulated = bytes.fromhex("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a")
    cipher = ChaCha20Poly1305(bytes.fromhex("ad2744de8e17f4ebba575b3f5f5a8fa1f69c2a07f6e7500bc60ca6e3e3ec1c91"))
    nonce, text = bytes.fromhex("5c4d98150661b848853b547f"), b"Beauty is truth, truth beauty"

    assert "4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a" == key.public.hex()
    assert "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28" == (
        cipher.encrypt(nonce, text, b"Count-0").hex()
    )
    sealed = encapsulated + cipher.encrypt(nonce, text, b"")
    assert text == sealing._SUITE.decrypt(sealed, key._key, info=b"Ode on a Grecian Urn")


def test_the_info_of_a_box_names_net_ends_and_payment() -> None:
    assert b"test\naaa\nbbb\nid" == box_info("test", "aaa", "bbb", "id")


def test_a_note_opens_for_the_ring_that_wrote_it_and_for_its_item() -> None:
    key = OpeningKey(b"\x01" * 32)
    sealer = NoteSealer(key, b"\x02" * 32)
    note = sealer.seal(b"account 7", b"item 1")
    assert open_note(key, note, b"item 1") == b"account 7"
    assert len(note) == len(b"account 7") + NOTE_AROUND_BYTES


@pytest.mark.parametrize("other", ["key", "info", "bit", "short"])
def test_a_note_opens_for_nobody_else_and_for_no_other_item(other: str) -> None:
    key = OpeningKey(b"\x01" * 32)
    note = NoteSealer(key, b"\x02" * 32).seal(b"account 7", b"item 1")
    tried = {
        "key": (OpeningKey(b"\x03" * 32), note, b"item 1"),
        "info": (key, note, b"item 2"),
        "bit": (key, note[:-1] + bytes((note[-1] ^ 1,)), b"item 1"),
        "short": (key, note[:40], b"item 1"),
    }
    with pytest.raises(RemoteError, match="bad_box"):
        open_note(*tried[other])


def test_two_notes_of_one_text_differ() -> None:
    sealer = NoteSealer(OpeningKey(b"\x01" * 32), b"\x02" * 32)
    assert sealer.seal(b"x", b"") != sealer.seal(b"x", b"")
