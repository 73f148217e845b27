# SPDX-License-Identifier: AGPL-3.0-or-later
"""Frames and items: one signature over all, any item provable alone, bytes never made twice (SPEC.md 6.1, 6.2)."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringtausch_protocol import canonical, frames, limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.documents import Head
from ringtausch_protocol.entries import ENTRY_FRAME, ENTRY_HELLO, log_entry, parse_log_entry
from ringtausch_protocol.errors import LocalError, RemoteError
from ringtausch_protocol.frames import Frame, Header
from ringtausch_protocol.items import ITEMS, Cancel, DocumentItem, Offer, SignedItem, encode_item, item_hash, parse_item
from ringtausch_protocol.keys import SigningKey, key_id
from ringtausch_protocol.posts import WireFrame, wire_frame

KEY = SigningKey(bytes(32))
A, B = "a" * 52, "b" * 51 + "a"
NAME = key_id(A, KEY.public)
KNOWN = {NAME: KEY.public}
ID, HASH = b64(bytes(16)), b64(bytes(32))

BODIES = st.lists(st.binary(max_size=50), min_size=1, max_size=limits.FRAME_ITEMS)


def frame_of(items: list[bytes], **changed: object) -> Frame:
    """A frame of A to B over any bytes: a frame does not look into its items."""
    made = Header(
        v=1, net="test", from_=A, to=B, epoch=ID, boot=ID, to_boot=ID, seq=1, prev=HASH, ack_seq=0, ack_hash=HASH,
        head=Head(log=1, size=0, root=HASH), at=0, count=len(items), items_root=frames.items_root(items),
    )  # fmt: skip
    return frames.seal_frame(msgspec.structs.replace(made, **changed), items, NAME, KEY)


def cancel(place: int = 0) -> bytes:
    return encode_item(Cancel(order_hash=b64(place.to_bytes(32))))


# -- frames ------------------------------------------------------------------------------------------------------------


@given(BODIES)
def test_a_frame_is_read_as_it_was_sealed(items: list[bytes]) -> None:
    sealed = frame_of(items)

    assert sealed == frames.parse_frame(sealed.envelope, items, KNOWN)
    assert (sealed.envelope, tuple(items)) == frames.frame_of_entry(sealed.entry())


@given(items=BODIES, place=st.integers(0, 63), change=st.binary(max_size=50))
def test_an_item_that_was_changed_does_not_fit_its_header(items: list[bytes], place: int, change: bytes) -> None:
    sealed, other = frame_of(items), list(items)
    other[place % len(items)] = change
    if other != items:
        with pytest.raises(RemoteError) as caught:
            frames.parse_frame(sealed.envelope, other, KNOWN)
        assert "bad_proof" == caught.value.code


def test_the_largest_header_leaves_room_in_a_frame() -> None:
    most = limits.SEQ_MAX
    sealed = frames.seal_frame(
        Header(
            v=1, net="n" * limits.NET_LENGTH, from_=A, to=B, epoch=ID, boot=ID, to_boot=ID, seq=most, prev=HASH,
            ack_seq=most, ack_hash=HASH, head=Head(log=most, size=most, root=HASH), at=limits.TIME_MAX,
            count=limits.FRAME_ITEMS, items_root=HASH,
        ), [], "k" * limits.KEY_ID_LENGTH, KEY,
    )  # fmt: skip

    assert len(sealed.envelope) + 5 <= limits.HEADER_ENVELOPE_BYTES


@given(st.lists(st.integers(0, limits.ITEM_BYTES), max_size=80))
def test_what_is_said_to_fit_a_frame_fits(sizes: list[int]) -> None:
    count = frames.room_in_frame(sizes)
    taken = [bytes(size) for size in sizes[:count]]

    assert 0 <= count <= min(len(sizes), limits.FRAME_ITEMS)
    assert bool(sizes) == bool(count)
    if taken:
        assert frames.parse_frame(frame_of(taken).envelope, taken, KNOWN)
    if count < min(len(sizes), limits.FRAME_ITEMS):
        assert sum(sizes[: count + 1]) + 4 * (count + 1) + limits.HEADER_ENVELOPE_BYTES > limits.FRAME_BYTES


def test_a_frame_takes_no_more_bytes_than_its_log_entry_may_have() -> None:
    most = limits.ITEM_BYTES
    rest = limits.FRAME_BYTES - limits.HEADER_ENVELOPE_BYTES - (most + 4) - 4

    assert [1, 2, 1] == [frames.room_in_frame([most, each]) for each in (most, rest, rest + 1)]


def test_a_frame_takes_at_most_64_items() -> None:
    assert limits.FRAME_ITEMS == frames.room_in_frame([50] * 65)


def test_a_frame_travels_as_the_bytes_that_were_signed() -> None:
    sealed = frame_of([cancel(1), cancel(2)])
    wire = canonical.encode(wire_frame(sealed))
    read = canonical.parse(wire, WireFrame, limits.REQUEST_BYTES)

    assert sealed.envelope == bytes(read.header)
    assert sealed.items == tuple(map(bytes, read.items))
    assert sealed.envelope in wire


# -- entries of the log ------------------------------------------------------------------------------------------------


@given(kind=st.integers(0, 255), parts=st.lists(st.binary(max_size=40), max_size=6))
def test_an_entry_is_taken_apart_as_it_was_put_together(kind: int, parts: list[bytes]) -> None:
    assert (kind, parts) == parse_log_entry(log_entry(kind, parts))


@given(st.binary(max_size=40))
def test_any_bytes_are_an_entry_or_malformed(data: bytes) -> None:
    try:
        kind, parts = parse_log_entry(data)
    except RemoteError as error:
        assert "malformed" == error.code  # noqa: PT017 - both ends are right
    else:
        assert data == log_entry(kind, parts)


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(log_entry(ENTRY_FRAME, (b"header",)), id="no item"),
        pytest.param(log_entry(ENTRY_HELLO, (b"header", b"item")), id="a hello"),
        pytest.param(log_entry(ENTRY_FRAME, (b"header", b"item"))[:-1], id="cut off"),
        pytest.param(b"\x01\x00\x00\x00", id="half a length"),
    ],
)
def test_what_is_no_entry_of_a_frame_is_malformed(entry: bytes) -> None:
    with pytest.raises(RemoteError) as caught:
        frames.frame_of_entry(entry)

    assert "malformed" == caught.value.code


# -- items -------------------------------------------------------------------------------------------------------------


def test_an_item_too_large_for_a_frame_is_refused_when_it_is_made() -> None:
    empty = len(encode_item(DocumentItem(type_="ring-card", envelope=msgspec.Raw(b'""'))))
    full = DocumentItem(type_="ring-card", envelope=msgspec.Raw(b'"%s"' % (b"x" * (limits.ITEM_BYTES - empty))))
    over = DocumentItem(type_="ring-card", envelope=msgspec.Raw(b'"%s"' % (b"x" * (limits.ITEM_BYTES - empty + 1))))

    assert limits.ITEM_BYTES == len(encode_item(full))
    assert full == parse_item(encode_item(full))
    with pytest.raises(LocalError) as caught:
        encode_item(over)
    assert "too_large" == caught.value.code


def test_every_item_says_first_what_it_is() -> None:
    for kind in ITEMS:
        assert "kind" == kind.__struct_config__.tag_field
    assert len(ITEMS) == len({kind.__struct_config__.tag for kind in ITEMS})


def test_an_item_is_named_by_its_leaf_hash() -> None:
    items = [cancel(place) for place in range(3)]

    assert item_hash(items[0]) == frames.items_root(items[:1])
    assert 3 == len({item_hash(item) for item in items})


# -- signed items ------------------------------------------------------------------------------------------------------


@given(count=st.integers(1, limits.FRAME_ITEMS), index=st.integers(0, 63))
def test_any_item_proves_itself_alone(count: int, index: int) -> None:
    items = [cancel(place) for place in range(count)]
    sealed = frame_of(items)
    signed = frames.signed_item(sealed.envelope, items, index % count)
    read = canonical.parse(canonical.encode(signed), SignedItem, limits.ITEM_BYTES)

    assert (sealed.header, items[index % count]) == frames.verify_signed_item(read, KNOWN)


@given(index=st.integers(0, 63), size=st.integers(1, 5))
def test_no_item_proves_itself_at_another_place(index: int, size: int) -> None:
    items = [cancel(place) for place in range(size)]
    signed = frames.signed_item(frame_of(items).envelope, items, size - 1)
    if index != size - 1:
        with pytest.raises(RemoteError) as caught:
            frames.verify_signed_item(msgspec.structs.replace(signed, index=index), KNOWN)
        assert "bad_proof" == caught.value.code


def test_a_signed_item_inside_an_item_keeps_its_bytes() -> None:
    items = [cancel(1), cancel(2)]
    signed = frames.signed_item(frame_of(items).envelope, items, 1)
    offer = parse_item(encode_item(Offer(index=1, order=signed)))

    assert isinstance(offer, Offer)
    assert items[1] == frames.verify_signed_item(offer.order, KNOWN)[1]


def test_a_signed_item_counts_only_under_a_known_key() -> None:
    signed = frames.signed_item(frame_of([cancel()]).envelope, [cancel()], 0)
    with pytest.raises(RemoteError) as caught:
        frames.verify_signed_item(signed, {})

    assert "unknown_key" == caught.value.code


def test_an_item_stands_under_its_header_whoever_has_signed_that() -> None:
    items = [cancel(1), cancel(2)]
    sealed = frame_of(items)
    signed = frames.signed_item(sealed.envelope, items, 1)
    frames.verify_placed(signed, sealed.header)
    with pytest.raises(RemoteError) as caught:
        frames.verify_placed(msgspec.structs.replace(signed, item=msgspec.Raw(cancel(3))), sealed.header)

    assert "bad_proof" == caught.value.code


def test_a_header_that_counts_more_items_than_there_are_is_a_bad_proof() -> None:
    sealed = frame_of([cancel(1)], count=2)
    with pytest.raises(RemoteError) as caught:
        frames.parse_frame(sealed.envelope, sealed.items, KNOWN)

    assert "bad_proof" == caught.value.code


def test_a_frame_is_measured_before_its_signature_is_checked() -> None:
    with pytest.raises(RemoteError) as caught:
        frames.parse_frame(b"no envelope", [bytes(limits.FRAME_BYTES)], KNOWN)

    assert "too_large" == caught.value.code
