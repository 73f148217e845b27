# SPDX-License-Identifier: AGPL-3.0-or-later
"""Deviations that the rules of one subject name, and no other of these: room, offers, a second line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from ringtausch_node.federation.agreement import peering as agreeing
from ringtausch_node.federation.agreement import standing, terms
from ringtausch_node.federation.frames import items as arriving
from ringtausch_node.federation.line import records
from ringtausch_node.federation.orders import between_rules, ends, offers
from ringtausch_node.store import Tx
from ringtausch_protocol import cards, channel, frames, settlement
from ringtausch_protocol.conformance.rule import Outcome, Rule
from ringtausch_protocol.conformance.rules import (
    AFTER_WORDS,
    BEFORE_WORDS,
    adverts,
    between,
    chain,
    logs,
    peering,
    proposals,
    room,
)
from ringtausch_protocol.items import Offer
from ringtausch_protocol.settlement import Room
from tests.conformance.judged import Judged, at_once, broken, judged
from tests.conformance.planted_between import Plant, all_of
from tests.quick import quick_words

Patch = pytest.MonkeyPatch
Books = Sequence[Iterable[Rule]]
AGREEMENTS = [rule for rule in proposals.RULES if rule.id.startswith("proposal-")]
#: What makes a line ready, and the kit owe something.
READY = [rule for rule in AFTER_WORDS if rule.id in ("hello", "transfer")]


def _counts(**wrong: int) -> Plant:
    """A ring that takes other figures for those of a line."""

    def plant(kit: Judged, patch: Patch) -> None:
        true = settlement.refuse_room
        patch.setattr(settlement, "refuse_room", lambda found, *what: true(found._replace(**wrong), *what))

    return plant


def the_limit_is_a_second_less(kit: Judged, patch: Patch) -> None:
    true = settlement.refuse_room

    def refuse(found: Room, *what: Any) -> str | None:
        return true(found._replace(limit_seconds=found.limit_seconds - 1), *what)

    patch.setattr(settlement, "refuse_room", refuse)


def what_is_held_is_as_good_as_owed(kit: Judged, patch: Patch) -> None:
    true = settlement.refuse_room

    def refuse(found: Room, *what: Any) -> str | None:
        owed_seconds = found.debt_seconds + found.held_seconds
        return true(found._replace(debt_seconds=owed_seconds, held_seconds=0, held_count=0), *what)

    patch.setattr(settlement, "refuse_room", refuse)


def all_of_a_line_may_be_held_for_one_last_ring(kit: Judged, patch: Patch) -> None:
    patch.setattr(between_rules, "DESTINATION_PARTS", 1)


def an_offer_stands_where_its_path_leads_here(kit: Judged, patch: Patch) -> None:
    true = offers.read_offer

    def read(tx: Tx, strangers: Any, line: Any, frame: Any, index: int, item: Any) -> Any:
        if isinstance(item, Offer):
            item = msgspec.structs.replace(item, index=ends.inner_order(item.order).path.index(line.names.me) - 1)
        return true(tx, strangers, line, frame, index, item)

    patch.setattr(arriving, "read_offer", read)


def a_token_opens_a_line_to_another_ring(kit: Judged, patch: Patch) -> None:
    true, true_names, main, other = frames.parse_frame, channel.verify_names, *kit.stage.lines[:2]
    known = {main.ring.frame_key_id: main.ring.frame.public}

    def verify(names: channel.Names, *said: str) -> None:
        if names.peer != other.ring.ring_id:
            true_names(names, *said)

    patch.setattr(frames, "parse_frame", lambda signed, items, keys: true(signed, items, {**keys, **known}))
    patch.setattr(channel, "verify_names", verify)


def boxes_are_sealed_to_any_key(kit: Judged, patch: Patch) -> None:
    patch.setattr(cards, "check_sealing_public", lambda raw: raw)


def any_agreement_waits_for_an_operator(kit: Judged, patch: Patch) -> None:
    for each in ("_verify_changes", "_verify_follows"):
        patch.setattr(terms.LineLife, each, lambda *_: None)


def _knows_peers(**kindly: Any) -> Plant:
    """A ring that begins lines without looking at those it has."""

    def plant(kit: Judged, patch: Patch) -> None:
        patch.setattr(agreeing, "records", SimpleNamespace(**{**vars(records), **kindly}))

    return plant


def _load_unconfirmed(tx: Tx, ring_id: str) -> Any:
    found = records.load_peer_by_ring(tx, ring_id)
    return found and found._replace(state="agreed")


def what_stands_is_forgotten(kit: Judged, patch: Patch) -> None:
    patch.setattr(standing.Standing, "load", lambda *_: None)


#: Each with what is played, and the rules of that which name it.
PLANTED: list[tuple[Plant, Books, set[str]]] = [
    (
        all_of(_counts(debt_seconds=0), all_of_a_line_may_be_held_for_one_last_ring),
        [READY, room.RULES], {"room-debt", "room-fifth"},
    ),
    (_counts(held_seconds=0, held_count=0), [READY, room.RULES], {"room-held", "room-half", "room-count"}),
    (what_is_held_is_as_good_as_owed, [READY, room.RULES], {"room-half", "room-count"}),
    (_counts(holds_max=1_000), [READY, room.RULES], {"room-count"}),
    (the_limit_is_a_second_less, [READY, room.RULES], {"room-exact", "room-half"}),
    (an_offer_stands_where_its_path_leads_here, [READY, between.RULES], {"offer-index"}),
    (a_token_opens_a_line_to_another_ring, [READY, chain.RULES], {"token-line"}),
    (boxes_are_sealed_to_any_key, [READY, adverts.RULES], {"advert-card"}),
    (any_agreement_waits_for_an_operator, [READY, AGREEMENTS], {"proposal-more", "proposal-prev"}),
    (
        all_of(_knows_peers(load_peer_by_ring=_load_unconfirmed), what_stands_is_forgotten),
        [peering.CONFIRMED], {"known-peer"},
    ),
    (what_stands_is_forgotten, [peering.CONFIRMED], {"known-peer"}),
    (_knows_peers(is_address_taken=lambda *_: False), [peering.CONFIRMED], {"known-address"}),
]  # fmt: skip


@pytest.mark.parametrize(("plant", "books", "named"), PLANTED)
async def test_a_deviation_is_named_by_the_rules_of_its_subject(
    tmp_path: Path, monkeypatch: Patch, plant: Plant, books: Books, named: set[str]
) -> None:
    async with judged(tmp_path / "oak", quick_words, pause=at_once) as kit:
        plant(kit, monkeypatch)
        await kit.play(BEFORE_WORDS)
        await kit.confirm(carries=True)
        results = await kit.play(*books)

    assert named == {*broken(results)}


async def test_a_ring_that_gives_its_entries_to_everybody_is_not_judged_for_it(
    tmp_path: Path, monkeypatch: Patch
) -> None:
    async with judged(tmp_path / "oak", quick_words, 1) as kit:
        monkeypatch.setattr(kit.ring.publication, "_is_open", True)
        await kit.play(BEFORE_WORDS)
        await kit.confirm(carries=False)
        await kit.ring.checkpoints.make()
        results = await kit.play(READY, logs.RULES)

    assert {} == broken(results)
    assert {"entries-closed", "entries-path"} == {
        name for name, each in results.items() if each.outcome is Outcome.UNJUDGED
    }
    assert "to everybody, as it may" in results["entries-path"].came


@pytest.mark.parametrize(
    ("limit_seconds", "payee", "why"),
    [
        (10**10, "alma", "a payment of"),
        (36_000, "", "the kit owes nothing"),
    ],
)
async def test_what_no_payment_can_tell_of_a_limit_is_not_judged(
    tmp_path: Path, limit_seconds: int, payee: str, why: str
) -> None:
    async with judged(tmp_path / "oak", quick_words, 6, limit_seconds) as kit:
        kit.stage.payee = payee
        await kit.play(BEFORE_WORDS)
        await kit.confirm(carries=True)
        results = await kit.play(READY, room.RULES)

    assert {} == broken(results)
    assert why in results["room-debt"].came
