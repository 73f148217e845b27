# SPDX-License-Identifier: AGPL-3.0-or-later
"""What hardly ever stands in a log: words said twice, copies that differ in one log, keys that come later."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import msgspec
import pytest

from ringtausch_node.keyring.issue import Change, Roots, issue_next
from ringtausch_protocol import cards, envelope
from ringtausch_protocol.audit.report.tables import lines
from ringtausch_protocol.entries import (
    ENTRY_DOCUMENT,
    ENTRY_FRAME,
    ENTRY_HELLO,
    ENTRY_HELLO_ACK,
    log_entry,
    parse_log_entry,
)
from ringtausch_protocol.items import Fulfil, Offer, Reject
from ringtausch_protocol.merkle import Frontier
from tests.audit.exports import Export, audited
from tests.audit.roads import HOUR, Land, cut_out, order_along, paid
from tests.audit.test_every_code import begun, second, started, traded
from tests.audit.test_given_up import logged_close
from tests.audit.test_keys import revoking_card
from tests.audit.test_paths import owe
from tests.vectors.cast import _PURPOSES, BUCHE, EICHE, LINDE, chance

GREETINGS = (ENTRY_HELLO, ENTRY_HELLO_ACK)


def said(*logs: Export) -> set[tuple[str, str]]:
    """What an audit finds, and who must answer for it."""
    return {(each.code, each.place.ring) for each in audited(*logs).findings if each.level}


def badly_signed(entry: bytes) -> bytes:
    """A frame under a signature by nobody."""
    _, parts = parse_log_entry(entry)
    opened = envelope.parse_envelope(parts[0])
    false = [msgspec.structs.replace(each, sig="A" * 86 + "==") for each in opened.signatures]
    changed = msgspec.json.encode(msgspec.structs.replace(opened, signatures=false))
    return log_entry(ENTRY_FRAME, (changed, *parts[1:]))


# -- frames ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0)])
def test_who_spoils_the_signature_of_a_neighbours_frame_answers_for_it(order: Sequence[int]) -> None:
    """Linde keeps Eiche's last frame under a signature that Eiche never made; no honest ring takes such a frame."""
    land = traded()
    land.logs[LINDE.id][-1] = badly_signed(land.logs[LINDE.id][-1])
    logs = land.exports()

    assert {("bad_signature", LINDE.id)} == said(*(logs[place] for place in order))


def test_frames_before_any_greeting_come_too_early() -> None:
    """Nobody knows yet under which card a start of the other ring signs."""
    land = Land((EICHE, LINDE))
    for town in land.towns:
        kept = [entry for entry in land.logs[town.id] if parse_log_entry(entry)[0] not in GREETINGS]
        land.logs[town.id], land.trees[town.id] = [], Frontier()
        for entry in kept:
            land.log(town, entry)
    land.send(EICHE, LINDE, Reject(seq=1, index=0, code="malformed"))

    assert {("effect_before_cause", town.id) for town in land.towns} == said(*land.exports())


def later_card(entry: bytes) -> Export:
    """Eiche's second log alone: an order of Linde's before Linde's card."""
    land = traded()
    log = second(land, started(EICHE))
    return replace(log, entries=[*log.entries, entry, log_entry(ENTRY_DOCUMENT, (LINDE.card.envelope,))])


def test_a_frame_whose_card_stands_behind_it_is_checked_in_the_end() -> None:
    order = traded().logs[EICHE.id][-2]

    assert {"ring_not_seen", "log_incomplete"} == {code for code, _ in said(later_card(order))}
    assert ("bad_signature", EICHE.id) in said(later_card(badly_signed(order)))


def test_a_copy_of_a_closed_log_that_ends_too_early_accuses_nobody() -> None:
    """Linde has answers of Eiche's from a log that was lost behind the copy that we have of it."""
    land = traded()
    first, *others = land.exports()
    cut = replace(first, entries=first.entries[:-4])

    assert set() == said(cut, second(land, started(EICHE)), *others)


# -- orders ------------------------------------------------------------------------------------------------------------


def test_a_probe_that_nobody_answers_is_listed_and_no_hint() -> None:
    land = Land()
    bare = msgspec.structs.replace(
        order_along(EICHE, LINDE, purpose="probe"), amount_seconds=0, payer_commit=None, memo_commit=None
    )
    land.send(EICHE, LINDE, bare)

    result = audited(*land.exports())
    assert (["probe"], ()) == ([each.purpose for each in result.orders], result.findings)


def test_a_decision_that_was_changed_on_its_way_back_ends_nothing() -> None:
    land = Land()
    order = order_along(EICHE, LINDE, BUCHE)
    land.send(LINDE, BUCHE, Offer(index=1, order=cut_out(land.send(EICHE, LINDE, order))))
    decision = paid(order, 2)
    shown = cut_out(land.send(BUCHE, LINDE, decision))
    lie = msgspec.structs.replace(shown, item=msgspec.Raw(msgspec.json.encode({"kind": "decision", "x": 1})))
    land.send(LINDE, EICHE, Fulfil(order_hash=decision.order_hash, decision=lie))

    result = audited(*land.exports())
    assert {("order_changed", LINDE.id)} == said(*land.exports())
    assert [decision.order_hash] == [each.order_hash for each in result.orders]


def test_a_decision_that_one_log_lost_does_not_hide_the_opposite_one() -> None:
    """Eiche paid and then refused; Linde's log knows only the refusal."""
    land = Land()
    order = order_along(LINDE, EICHE)
    land.send(LINDE, EICHE, order)
    land.send(EICHE, LINDE, paid(order, 1))
    land.send(EICHE, LINDE, paid(order, 1, "refused"))
    del land.logs[LINDE.id][-2]

    assert {("two_outcomes", EICHE.id), ("chain_gap", LINDE.id)} == said(*land.exports())


# -- documents ---------------------------------------------------------------------------------------------------------


def test_a_second_card_of_a_number_long_passed_is_found() -> None:
    land = Land()
    now = cards.verify_next(EICHE.card, revoking_card(2))
    seeds = {purpose: chance(f"eiche third {purpose}") for purpose in _PURPOSES}
    newest = issue_next(now, Roots([chance("eiche root 0")], [chance("eiche next root")]), Change(seeds, (), 1))
    land.log(EICHE, log_entry(ENTRY_DOCUMENT, (revoking_card(1),)))
    first, *others = land.exports()

    assert {("card_invalid", EICHE.id)} == said(replace(first, cards=(*first.cards, now.envelope, newest)), *others)


def test_a_new_beginning_that_is_told_twice_is_one() -> None:
    once = begun(EICHE, LINDE)
    twice = [replace(log, entries=[*log.entries, log.entries[-1]]) for log in once]

    assert audited(*once).findings[0].code == "begun_anew"
    assert [each.code for each in audited(*once).findings] == [each.code for each in audited(*twice).findings]
    assert audited(*once).lines == audited(*twice).lines


def test_a_line_that_was_settled_is_no_loss() -> None:
    """Linde owes Buche an hour, a third ring took the claim over: nobody bears anything."""
    land = Land()
    owe(land, LINDE, BUCHE)
    logged_close(land, -HOUR, BUCHE, how="settled")

    alone = next(log for log in land.exports() if log.ring_id == BUCHE.id)
    assert {"ring_not_seen", "settled"} == {code for code, _ in said(alone)}


# -- the report --------------------------------------------------------------------------------------------------------


def test_who_owes_is_named_first_whichever_ring_has_the_smaller_id() -> None:
    land = Land()
    debts = ((EICHE, LINDE), (LINDE, BUCHE), (BUCHE, EICHE))
    for debtor, creditor in debts:
        owe(land, debtor, creditor)
    result = audited(*land.exports())

    rows = re.findall(r"<tr><t[dh][^>]*>([^<]*)</t[dh]><td[^>]*>([^<]*)</td>", lines(result, "de"))
    assert (sorted(rows), {True, False}) == (
        sorted((one.card.card.address, other.card.card.address) for one, other in debts),
        {line.owed_seconds > 0 for line in result.lines},
    )
