# SPDX-License-Identifier: AGPL-3.0-or-later
"""Items of one frame, cut out and looked at one after the other: one tree is hashed, one signature checked."""

from __future__ import annotations

from unittest.mock import Mock, call

import pytest

from ringtausch_protocol import frames, keys, merkle
from ringtausch_protocol.errors import RemoteError
from tests.protocol.test_frames import KNOWN, cancel, frame_of

COUNT = 64
ITEMS = tuple(cancel(1_000 + place) for place in range(COUNT))


def test_the_tree_over_a_frame_is_hashed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    items = tuple(cancel(2_000 + place) for place in range(COUNT))
    hashing = Mock(wraps=merkle.levels_of)
    monkeypatch.setattr(merkle, "levels_of", hashing)

    sealed = frame_of(list(items))
    read = frames.parse_frame(sealed.envelope, items, KNOWN)
    for index in range(COUNT):
        frames.signed_item(read.envelope, read.items, index)

    assert [call(merkle.leaf_hashes(items))] == hashing.call_args_list


def test_the_signature_over_a_frame_is_checked_once_for_the_same_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = frame_of(list(ITEMS), seq=7)
    checking = Mock(wraps=keys.verify)
    monkeypatch.setattr(keys, "verify", checking)

    found = [frames.verify_signed_item(frames.signed_item(sealed.envelope, ITEMS, at), KNOWN) for at in range(COUNT)]

    assert [(sealed.header, item) for item in ITEMS] == found
    assert 1 == checking.call_count


def test_a_key_that_no_longer_counts_is_noticed_behind_items_that_were_good() -> None:
    sealed = frame_of(list(ITEMS), seq=8)
    first, second = (frames.signed_item(sealed.envelope, ITEMS, place) for place in (0, 1))

    assert ITEMS[0] == frames.verify_signed_item(first, KNOWN)[1]
    with pytest.raises(RemoteError) as caught:
        frames.verify_signed_item(second, {})
    assert "unknown_key" == caught.value.code
