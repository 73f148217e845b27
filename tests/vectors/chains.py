# SPDX-License-Identifier: AGPL-3.0-or-later
"""Vectors of cards that follow each other, and of those that do not (SPEC.md 3.5, 3.6)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from ringtausch_protocol import canonical, cards, envelope, limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.cards import Card
from ringtausch_protocol.keys import SigningKey, key_id, ring_id
from ringtausch_protocol.requests import Ask, AskAnswer, CardName, Refusal, Say
from ringtausch_protocol.ring_card import CardKey, ChannelEnd, Revocation
from tests.vectors.cast import EICHE, LINDE, Case, chance, epoch_of, sealed
from tests.vectors.channels import hello_bodies

NEXT, LATER = SigningKey(chance("eiche next root")), SigningKey(chance("eiche root after next"))
ROOT = EICHE.roots[0]
STRANGER = SigningKey(chance("stranger"))


def chains_file() -> Case:
    """cards.json."""
    second = _after(EICHE.card, keys=_keys("2"))
    third = _after(second, signers=(ROOT, NEXT), **_root_change())
    fourth = _after(third, signers=(NEXT,), keys=_keys("3"), revoked=_revocation(second))
    two = _after(EICHE.card, keys=_keys("2"), operator_threshold=2, more=_operator(STRANGER))
    chains = {
        "cards 1 to 3: other keys, then another root": (EICHE.card, second, third),
        "cards 1 to 4: then a revoked key": (EICHE.card, second, third, fourth),
        "two operators": (EICHE.card, two),
        "another url": (EICHE.card, _after(EICHE.card, url="https://neu.example")),
    }
    return {
        "about": "Cards of one ring, oldest first; `hashes` are their H. A refused chain breaks a rule at its end.",
        "accepted": [_chain(name, [card.envelope for card in chain]) for name, chain in chains.items()],
        "refused": [*_bad(second, third)],
    }


def _chain(name: str, chain: Sequence[bytes]) -> Case:
    payloads = [envelope.parse_envelope(data).body() for data in chain]
    return {
        "name": name, "is": "chain", "cards": [data.decode() for data in chain],
        "hashes": [b64(envelope.document_hash(cards.KIND, payload)) for payload in payloads],
    }  # fmt: skip


def _keys(label: str) -> list[CardKey]:
    """Other keys for every day; the operator stays."""
    fresh = {"frame": SigningKey(chance(f"eiche frame {label}")).public}
    kept = EICHE.card.card.keys
    return [CardKey(purpose=key.purpose, public=b64(fresh[key.purpose]) if key.purpose in fresh else key.public)
            for key in kept]  # fmt: skip


def _operator(key: SigningKey) -> list[CardKey]:
    return [CardKey(purpose="operator", public=b64(key.public))]


def _root_change(root: SigningKey = NEXT, following: SigningKey = LATER) -> dict[str, Any]:
    committed = cards.next_root_of(ring_id([following.public], 1))
    return {"root_keys": [b64(root.public)], "root_threshold": 1, "next_root": committed}


def _revocation(card: Card) -> Revocation:
    end = ChannelEnd(peer=LINDE.id, epoch=epoch_of(EICHE, LINDE), seq=7)
    return Revocation(keys=list(card.frame_keys), log=1, size=24, channels=[end])


def _next(before: Card, signers: Sequence[SigningKey] = (ROOT,), more: Sequence[CardKey] = (), **changes: Any) -> bytes:
    """The card after another, right or wrong."""
    fields = {"number": before.number + 1, "prev_card": before.hash, **changes}
    made = msgspec.structs.replace(before.card, **fields)
    made = msgspec.structs.replace(made, keys=[*made.keys, *more])
    return sealed(cards.KIND, made, *((key_id(EICHE.id, signer.public), signer) for signer in signers))[1]


def _after(before: Card, **how: Any) -> Card:
    return cards.verify_next(before, _next(before, **how))


def _bad(second: Card, third: Card) -> Iterator[Case]:
    first, weak = EICHE.card, b64(bytes([1]) + bytes(31))
    after_first: dict[str, tuple[str, dict[str, Any]]] = {
        "a number is skipped": ("card_skipped", {"number": 3}),
        "two cards of one number": ("two_cards", {"number": 1, "prev_card": None, "url": "https://neu.example"}),
        "another card before": ("card_prev", {"prev_card": third.hash}),
        "no card before": ("card_prev", {"prev_card": None}),
        "signed by a stranger": ("unknown_key", {"signers": (STRANGER,)}),
        "signed by the old root and a stranger": ("unknown_key", {"signers": (ROOT, STRANGER)}),
        "signed by the new root alone": ("threshold", {"signers": (NEXT,), **_root_change()}),
        "signed by the old root alone": ("threshold", {"signers": (ROOT,), **_root_change()}),
        "a root that nobody committed to": ("root_commit", {"signers": (ROOT, STRANGER), **_root_change(STRANGER)}),
        "a root that commits to itself": ("root_commit", {"signers": (ROOT, NEXT), **_root_change(NEXT, NEXT)}),
        "another commitment under the same root": ("root_commit", {"next_root": _root_change()["next_root"]}),
        "another net": ("card_changed", {"net": "de"}),
        "another address": ("card_changed", {"address": "neu.example"}),
        "another ring": ("wrong_ring", {"ring_id": LINDE.id}),
        "a weak frame key": ("weak_key", {"more": [CardKey(purpose="frame", public=weak)]}),
        "a weak witness key": ("weak_key", {"more": [CardKey(purpose="witness", public=weak)]}),
        "more operators asked for than there are": ("malformed", {"operator_threshold": 2}),
        "a revoked key on the card": ("revoked_key", {"revoked": _revocation(first)}),
    }
    for name, (code, how) in after_first.items():
        yield {**_chain(name, [first.envelope, _next(first, **how)]), "code": code}
    yield {**_chain("the same card again", [first.envelope, second.envelope, second.envelope]), "code": "card_old"}
    yield {**_chain("an older card", [first.envelope, second.envelope, first.envelope]), "code": "card_old"}
    again = _next(third, signers=(ROOT,))
    yield {**_chain("signed by the root before", [*_three(second, third), again]), "code": "unknown_key"}
    yield {**_chain("begins behind a change of root", [third.envelope]), "code": "wrong_ring"}


def _three(second: Card, third: Card) -> list[bytes]:
    return [EICHE.card.envelope, second.envelope, third.envelope]


# -- bodies that carry cards -------------------------------------------------------------------------------------------


def card_bodies() -> dict[str, tuple[str, bytes]]:
    """Name -> (which body, its bytes): Eiche greets under its second card, and is told of it when it does not."""
    second = _after(EICHE.card, keys=_keys("2"))
    shown, bodies = [msgspec.Raw(second.envelope)], hello_bodies()
    ask = canonical.parse(bodies["ask"], Ask, limits.REQUEST_BYTES)
    answer = canonical.parse(bodies["ask_answer"], AskAnswer, limits.REQUEST_BYTES)
    say = canonical.parse(bodies["say"], Say, limits.REQUEST_BYTES)
    change = msgspec.structs.replace
    named = CardName(number=2, hash=second.hash)
    return {
        "ask under a second card": ("ask", canonical.encode(change(ask, card=named, peer_card=3))),
        "ask_answer with a card": ("ask_answer", canonical.encode(change(answer, peer_card=2, cards=shown))),
        "say with a card": ("say", canonical.encode(change(say, cards=shown))),
        "refusal with a card": ("refusal", canonical.encode(Refusal(code="card_old", cards=shown))),
    }
