# SPDX-License-Identifier: AGPL-3.0-or-later
"""Cards: which proves itself, which may follow which, and what still counts under a revoked key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from ringtausch_protocol import canonical, cards, envelope
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.cards import Card, Included, Place
from ringtausch_protocol.channel import Fence
from ringtausch_protocol.documents import Run
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.keys import SigningKey, key_id
from ringtausch_protocol.ring_card import CardKey, ChannelEnd, Revocation
from tests.vectors.cast import EICHE, LINDE, chance, id16

NEXT = SigningKey(chance("eiche next root"))
AFTER = SigningKey(chance("eiche root after next"))
WEAK = b64(bytes([1]) + bytes(31))
EPOCH = id16("epoch")


def root_change() -> dict[str, Any]:
    """The fields of a change to the root that the first card commits to."""
    following = cards.next_root_of(_ring_of(AFTER))
    return {"root_keys": [b64(NEXT.public)], "root_threshold": 1, "next_root": following}


def _ring_of(root: SigningKey) -> str:
    from ringtausch_protocol.keys import ring_id

    return ring_id([root.public], 1)


def card_after(before: Card, signers: Sequence[SigningKey] | None = None, **changes: Any) -> bytes:
    """The next card of Eiche, with changes."""
    fields = {"number": before.number + 1, "prev_card": before.hash, **changes}
    made = msgspec.structs.replace(before.card, **fields)
    named = [(key_id(EICHE.id, signer.public), signer) for signer in (signers or EICHE.roots)]
    return envelope.seal(cards.KIND, canonical.encode(made), named)


def code_of(data: bytes, before: Card = EICHE.card) -> str:
    """With which code a card is refused."""
    with pytest.raises(RemoteError) as caught:
        cards.verify_next(before, data)
    return caught.value.code


def with_key(purpose: str, public: str) -> list[CardKey]:
    """The keys of Eiche's card and one more."""
    return [*EICHE.card.card.keys, CardKey(purpose=purpose, public=public)]  # type: ignore[arg-type]


def test_a_card_follows_the_one_before() -> None:
    second = cards.verify_next(EICHE.card, card_after(EICHE.card, url="https://new.example"))
    third = cards.verify_next(second, card_after(second))

    assert (2, 3, "https://new.example") == (second.number, third.number, third.card.url)
    assert [1, 2, 3] == [
        card.number for card in cards.verify_chain([EICHE.card.envelope, second.envelope, third.envelope])
    ]


def test_the_number_of_a_card_is_read_before_anything_is_verified() -> None:
    assert EICHE.card.number == cards.number_of(EICHE.card.envelope)
    with pytest.raises(RemoteError, match="malformed"):
        cards.number_of(b"{}")


def test_the_root_changes_with_the_signatures_of_both() -> None:
    data = card_after(EICHE.card, [*EICHE.roots, NEXT], **root_change())
    second = cards.verify_next(EICHE.card, data)

    assert EICHE.id == second.card.ring_id
    assert second == cards.read_card(data)
    assert 3 == cards.verify_next(second, card_after(second, [NEXT])).number
    assert "unknown_key" == code_of(card_after(second), second)
    with pytest.raises(RemoteError, match="wrong_ring"):
        cards.verify_card(data)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"number": 3}, "card_skipped"),
        ({"number": 1}, "two_cards"),
        ({"prev_card": b64(bytes(32))}, "card_prev"),
        ({"prev_card": None}, "card_prev"),
        ({"net": "de"}, "card_changed"),
        ({"address": "buche.example"}, "card_changed"),
        ({"ring_id": LINDE.id}, "wrong_ring"),
        ({"next_root": b64(bytes(32))}, "root_commit"),
        ({"keys": with_key("frame", WEAK)}, "weak_key"),
        ({"keys": with_key("witness", WEAK)}, "weak_key"),
        ({"keys": with_key("operator", WEAK)}, "weak_key"),
        ({"keys": with_key("seal", b64(chance("seal")))}, "malformed"),
        ({"root_keys": [WEAK]}, "weak_key"),
        ({"root_threshold": 2}, "malformed"),
        ({"operator_threshold": 2}, "malformed"),
    ],
)
def test_a_card_that_changes_otherwise_is_refused(changes: dict[str, Any], code: str) -> None:
    assert code == code_of(card_after(EICHE.card, **changes))


def test_a_card_signed_by_others_is_refused() -> None:
    stranger, both = SigningKey(chance("stranger")), [*EICHE.roots, NEXT]

    assert "unknown_key" == code_of(card_after(EICHE.card, [stranger]))
    assert "threshold" == code_of(card_after(EICHE.card, [NEXT], **root_change()))
    assert "threshold" == code_of(card_after(EICHE.card, list(EICHE.roots), **root_change()))
    own = {"root_keys": [b64(stranger.public)], "next_root": cards.next_root_of(_ring_of(AFTER))}
    assert "root_commit" == code_of(card_after(EICHE.card, [*EICHE.roots, stranger], **own))
    again = {**root_change(), "next_root": EICHE.card.card.next_root}
    assert "root_commit" == code_of(card_after(EICHE.card, both, **again))


def test_the_known_card_and_older_ones_are_old() -> None:
    second = cards.verify_next(EICHE.card, card_after(EICHE.card))

    assert "card_old" == code_of(EICHE.card.envelope)
    assert "card_old" == code_of(EICHE.card.envelope, second)


def test_a_root_key_answers_for_what_it_signed_and_nobody_else_does() -> None:
    skipped = card_after(EICHE.card, number=9)

    assert cards.is_signed_by_root(EICHE.card, skipped)
    assert not cards.is_signed_by_root(LINDE.card, skipped)
    assert not cards.is_signed_by_root(EICHE.card, skipped.replace(b'"sig":"', b'"sig":"A')[:-1])
    forged = card_after(EICHE.card, [SigningKey(chance("stranger"))])
    in_their_name = forged.replace(
        key_id(EICHE.id, SigningKey(chance("stranger")).public).encode(),
        key_id(EICHE.id, EICHE.roots[0].public).encode(),
    )
    assert not cards.is_signed_by_root(EICHE.card, in_their_name)
    with pytest.raises(RemoteError, match="threshold"):
        cards.read_card(in_their_name)


# -- revocation --------------------------------------------------------------------------------------------------------

FRAME = key_id(EICHE.id, EICHE.frame.public)
ENDS = Revocation(keys=[FRAME], log=2, size=50, channels=[ChannelEnd(peer=LINDE.id, epoch=EPOCH, seq=10)])


def new_frame_key() -> list[CardKey]:
    """The card's keys with another frame key."""
    kept = [key for key in EICHE.card.card.keys if key.purpose != "frame"]
    return [CardKey(purpose="frame", public=b64(SigningKey(chance("eiche frame 2")).public)), *kept]


def revoking() -> Card:
    """Eiche's second card, which takes the frame key back."""
    return cards.verify_next(EICHE.card, card_after(EICHE.card, keys=new_frame_key(), revoked=ENDS))


def test_a_revoked_key_stands_on_no_card_any_more() -> None:
    second = revoking()

    assert "revoked_key" == code_of(card_after(EICHE.card, revoked=ENDS))
    assert "revoked_key" == code_of(card_after(second, keys=EICHE.card.card.keys, revoked=None), second)
    third = cards.verify_next(second, card_after(second, revoked=None))
    assert {FRAME: ENDS} == third.revoked


def test_a_ring_may_have_signed_under_the_frame_keys_of_all_its_cards_but_the_revoked() -> None:
    changed = cards.verify_next(EICHE.card, card_after(EICHE.card, keys=new_frame_key()))

    assert {**EICHE.card.frame_keys, **changed.frame_keys} == cards.standing_keys([EICHE.card, changed])
    assert revoking().frame_keys == cards.standing_keys([EICHE.card, revoking()])


@pytest.mark.parametrize(("seq", "expected"), [(1, True), (10, True), (11, False)])
def test_in_its_own_channel_a_revoked_key_counts_up_to_its_end(seq: int, expected: bool) -> None:
    place = Place(FRAME, 1, 99, LINDE.id, EPOCH, seq)

    assert expected == cards.is_counted(revoking(), place, in_own_channel=True)
    assert cards.is_counted(revoking(), place._replace(key="another+key"), in_own_channel=True)


def test_in_a_channel_that_the_card_does_not_name_nothing_counts() -> None:
    place = Place(FRAME, 1, 9, LINDE.id, id16("another epoch"), 1)

    assert not cards.is_counted(revoking(), place, in_own_channel=True)
    assert not cards.is_counted(revoking(), place._replace(epoch=EPOCH, peer=EICHE.id), in_own_channel=True)


@pytest.mark.parametrize(
    ("included", "expected"),
    [
        (None, False),
        (Included(log=2, leaf=9, size=10), True),
        (Included(log=2, leaf=9, size=50), True),
        (Included(log=2, leaf=9, size=51), False),
        (Included(log=3, leaf=9, size=10), False),
        (Included(log=2, leaf=8, size=50), False),
        (Included(log=2, leaf=9, size=9), False),
    ],
)
def test_elsewhere_only_what_was_cosigned_before_counts(included: Included | None, expected: bool) -> None:
    """A thief says what he likes of his place: seq 1 proves nothing away from the channel."""
    place = Place(FRAME, 2, 9, LINDE.id, EPOCH, 1)

    assert expected == cards.is_counted(revoking(), place, in_own_channel=False, included=included)


def test_an_entry_of_an_earlier_log_counts_whatever_its_size() -> None:
    place = Place(FRAME, 1, 900, LINDE.id, EPOCH, 1)

    assert cards.is_counted(revoking(), place, in_own_channel=False, included=Included(log=1, leaf=900, size=1000))


def test_the_frames_of_a_boot_stand_under_the_card_of_its_hello() -> None:
    first, second, present = (b64(chance(label)) for label in ("card 1", "card 2", "card 3"))
    runs = [Run(boot=id16("one"), card=first, first_seq=3), Run(boot=id16("two"), card=second, first_seq=6)]
    fence = Fence(boot=id16("three"), last=9, runs=runs, card=present)
    expected = {2: None, 3: first, 5: first, 6: second, 9: second, 10: present}

    assert expected == {seq: fence.card_at(seq) for seq in expected}
