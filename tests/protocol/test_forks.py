# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fork proofs: a ring with two histories is convicted by a small file; an honest one never."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringtausch_protocol import canonical, cards, checkpoints, envelope, forks, frames, limits, merkle
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.documents import Head
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.forks import Accused, HeadShown
from ringtausch_protocol.items import Cancel, encode_item
from ringtausch_protocol.keys import SigningKey
from ringtausch_protocol.merkle import EMPTY
from ringtausch_protocol.ring_card import CardKey
from tests.vectors.cast import BUCHE, EICHE, LINDE, NET, Case, chance, frame_of, hash32, header_for
from tests.vectors.logbook import Logbook, entries_of

BOOK = Logbook(EICHE, entries_of(12))
#: The same log in another telling: entries 5 and behind differ.
FORKED = Logbook(EICHE, entries_of(5) + entries_of(7, "other"))
ACCUSED = Accused(NET, EICHE.id, 1, (EICHE.card.envelope,))
ITEM = encode_item(Cancel(order_hash=hash32("order")))


def shown(book: Logbook, size: int) -> HeadShown:
    return forks.show_checkpoint(checkpoints.parse_checkpoint(book.checkpoint(size, LINDE, BUCHE).to_bytes()))


def shown_header(book: Logbook, size: int, **changed: Any) -> HeadShown:
    head = Head(log=book.log, size=size, root=b64(book.head(size).root))
    return forks.show_header(frame_of(book.town, LINDE, [ITEM], **{"head": head, **changed}).envelope)


def with_leaf(book: Logbook, size: int, index: int) -> HeadShown:
    return forks.with_leaf(shown(book, size), book.leaves[index], merkle.prove_inclusion(book.node, index, size))


def history(a: HeadShown, old: int, size: int) -> bytes:
    return forks.prove_history(ACCUSED, a, shown(FORKED, size), old, size, FORKED.node)


PROOFS: dict[str, Callable[[], bytes]] = {
    "two checkpoints of one size": lambda: forks.prove_one_size(ACCUSED, shown(BOOK, 8), shown(FORKED, 8)),
    "a checkpoint and a header": lambda: forks.prove_one_size(ACCUSED, shown(BOOK, 8), shown_header(FORKED, 8)),
    "two headers": lambda: forks.prove_one_size(ACCUSED, shown_header(BOOK, 8), shown_header(FORKED, 8)),
    "a past that was left": lambda: history(shown(BOOK, 7), 7, 12),
    "a past that was left, at a power of two": lambda: history(shown(BOOK, 8), 8, 12),
    "a past that a header tells": lambda: history(shown_header(BOOK, 6), 6, 12),
    "an empty log with a root": lambda: history(
        shown_header(BOOK, 0, head=Head(log=1, size=0, root=b64(BOOK.leaves[0]))), 0, 12
    ),
    "two entries at one index": lambda: forks.prove_one_index(
        ACCUSED, with_leaf(BOOK, 8, 6), with_leaf(FORKED, 12, 6), 6
    ),
}


@pytest.mark.parametrize("make", PROOFS.values(), ids=PROOFS.keys())
def test_two_histories_are_proved_by_a_small_file(make: Callable[[], bytes]) -> None:
    data = make()
    found = forks.verify_fork(data)

    assert (EICHE.id, 1, BOOK.origin, BOOK.origin) == (
        found.proof.ring_id, found.proof.log, found.a.origin, found.b.origin,
    )  # fmt: skip
    assert len(data) < limits.FORK_PROOF_BYTES / 2


@pytest.mark.parametrize("make", PROOFS.values(), ids=PROOFS.keys())
def test_every_flipped_bit_spoils_a_proof(make: Callable[[], bytes]) -> None:
    data = make()
    for place in range(0, len(data), 3):
        changed = data[:place] + bytes([data[place] ^ 1 << place % 8]) + data[place + 1 :]
        with pytest.raises(RemoteError):
            forks.verify_fork(changed)


def test_the_largest_log_and_two_cards_stay_below_ten_kilobytes() -> None:
    proof = json.loads(PROOFS["two entries at one index"]())
    proof["cards"] *= 2
    proof["a"]["path"] = proof["b"]["path"] = [b64(EMPTY)] * 53

    assert 10_000 == limits.FORK_PROOF_BYTES
    assert len(json.dumps(proof, separators=(",", ":"))) < limits.FORK_PROOF_BYTES


def test_heads_of_two_boots_are_proved_by_a_chain_of_cards() -> None:
    card = EICHE.card.card
    fresh = SigningKey(chance("eiche frame 2"))
    kept = [CardKey(purpose="frame", public=b64(fresh.public)), *(key for key in card.keys if key.purpose != "frame")]
    second = msgspec.structs.replace(card, number=2, prev_card=EICHE.card.hash, keys=kept)
    signed = envelope.seal(cards.KIND, canonical.encode(second), [EICHE.named(root) for root in EICHE.roots])
    head = Head(log=1, size=8, root=b64(FORKED.head(8).root))
    later = frames.seal_frame(header_for(EICHE, LINDE, [ITEM], head=head), [ITEM], *EICHE.named(fresh))
    both, first = ACCUSED._replace(cards=(EICHE.card.envelope, signed)), shown_header(BOOK, 8)

    assert forks.verify_fork(forks.prove_one_size(both, first, forks.show_header(later.envelope)))
    with pytest.raises(RemoteError, match="unknown_key"):
        forks.prove_one_size(ACCUSED, first, forks.show_header(later.envelope))


def test_what_is_shown_of_a_checkpoint_is_what_the_ring_signed() -> None:
    assert shown(BOOK, 8) == forks.show_checkpoint(checkpoints.parse_checkpoint(BOOK.checkpoint(8).to_bytes()))


@given(sizes=st.tuples(st.integers(0, 12), st.integers(1, 12)), is_header=st.booleans())
def test_an_honest_log_is_never_accused(sizes: tuple[int, int], is_header: bool) -> None:
    old, size = sorted(sizes)
    a, b = (shown_header if is_header else shown)(BOOK, old), shown(BOOK, size)
    with pytest.raises(RemoteError, match="bad_proof"):
        forks.prove_history(ACCUSED, a, b, old, size, BOOK.node)
    with pytest.raises(RemoteError, match="bad_proof"):
        forks.prove_one_size(ACCUSED, a, b)
    with pytest.raises(RemoteError, match="bad_proof"):
        forks.prove_one_index(ACCUSED, with_leaf(BOOK, size, 0), with_leaf(BOOK, 12, 0), 0)


def changed(name: str, **fields: Any) -> bytes:
    """A proof with fields changed; None takes a field away."""
    value = {**json.loads(PROOFS[name]()), **fields}
    return json.dumps({key: field for key, field in value.items() if field is not None}, separators=(",", ":")).encode()


def fields_of(head: HeadShown) -> Case:
    found: Case = json.loads(msgspec.json.encode(head))
    return found


CARD = json.loads(EICHE.card.envelope)
OTHER_CARD = json.loads(LINDE.card.envelope)
BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "no JSON": (lambda: b"{", "malformed"),
    "too large": (lambda: b"x" * 10_001, "too_large"),
    "a blank": (lambda: PROOFS["two headers"]().replace(b",", b", ", 1), "not_canonical"),
    "another ring": (lambda: changed("two headers", ring_id=LINDE.id), "wrong_ring"),
    "another net": (lambda: changed("two headers", net="live"), "wrong_net"),
    "another ring's card": (lambda: changed("two headers", cards=[OTHER_CARD]), "wrong_ring"),
    "another ring's card besides": (lambda: changed("two headers", cards=[CARD, OTHER_CARD]), "wrong_ring"),
    "a card twice": (lambda: changed("two headers", cards=[CARD, CARD]), "card_old"),
    "no card": (lambda: changed("two headers", cards=[]), "malformed"),
    "too many cards": (lambda: changed("two headers", cards=[CARD] * 5), "malformed"),
    "another log": (lambda: changed("two headers", log=2), "bad_proof"),
    "another log's checkpoint": (lambda: changed("two checkpoints of one size", log=2), "unknown_key"),
    "another fault's fields": (lambda: changed("two headers", fault="history"), "malformed"),
    "a field too many": (lambda: changed("two headers", index=3), "malformed"),
    "a leaf that proves nothing": (
        lambda: changed("two checkpoints of one size", a=fields_of(with_leaf(BOOK, 8, 6))), "malformed",
    ),
    "a leaf on one side only": (
        lambda: changed("two entries at one index", a=fields_of(shown(BOOK, 8))), "malformed",
    ),
    "no head": (lambda: changed("two headers", a={}), "malformed"),
    "two heads in one": (
        lambda: changed("two headers", a={**fields_of(shown(BOOK, 8)), **fields_of(shown_header(BOOK, 8))}),
        "malformed",
    ),
    "a checkpoint in lax base64": (lambda: changed("two headers", a={"checkpoint": "AB=="}), "malformed"),
    "a stranger's header": (
        lambda: changed("two headers", a=fields_of(shown_header(Logbook(LINDE, BOOK.entries), 8))), "unknown_key",
    ),
    "a header of another net": (
        lambda: changed("two headers", a=fields_of(shown_header(BOOK, 8, net="live"))), "wrong_net",
    ),
    "a header for another sender": (
        lambda: changed("two headers", a=fields_of(shown_header(BOOK, 8, from_=BUCHE.id))), "wrong_ring",
    ),
    "one size, twice the same": (lambda: changed("two headers", b=fields_of(shown_header(BOOK, 8))), "bad_proof"),
    "an index outside": (lambda: changed("two entries at one index", index=8), "bad_proof"),
    "another index": (lambda: changed("two entries at one index", index=5), "bad_proof"),
    "a history of one size": (
        lambda: changed("a past that was left", a=fields_of(shown(FORKED, 12)), path=[]), "bad_proof",
    ),
    "a history with the root that was signed": (
        lambda: changed("a past that was left", root=b64(BOOK.head(7).root)), "bad_proof",
    ),
    "a history without path": (lambda: changed("a past that was left", path=None), "malformed"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "code"), BAD.values(), ids=BAD.keys())
def test_what_proves_nothing_is_refused(make: Callable[[], bytes], code: str) -> None:
    with pytest.raises(RemoteError) as caught:
        forks.verify_fork(make())

    assert code == caught.value.code


def test_a_proof_is_one_way_of_writing() -> None:
    for make in PROOFS.values():
        assert make() == canonical.encode(forks.parse_fork(make()))
