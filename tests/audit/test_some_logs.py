# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whoever is given some of the logs, one ring's alone or only the last log of a restored one, accuses nobody honest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import compress, product

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.members.model import OPERATOR
from ringtausch_protocol import canonical, envelope
from ringtausch_protocol.audit.findings.codes import Level
from ringtausch_protocol.canonical import Wire, b64
from ringtausch_protocol.entries import ENTRY_DOCUMENT, log_entry
from ringtausch_protocol.items import DocumentItem, Fulfil, Offer, Reject
from tests.audit.exports import Export, audited, export
from tests.audit.roads import HOUR, Land, cut_out, order_along, paid
from tests.audit.test_alone import booking
from tests.audit.test_given_up import logged_close
from tests.federation.copies import Copies, ready
from tests.federation.rotating import restart, rotate
from tests.federation.stating import a_day_later, are_signed
from tests.federation.towns import Towns, end_of, faults, pay
from tests.federation.transit.chain import Chain, row_of_rings, teach_lines
from tests.vectors import payloads
from tests.vectors.cast import BUCHE, EICHE, LINDE, NOON, Town, id16, sealed
from tests.vectors.disclosed import ring_close


def accused(*logs: Export) -> set[tuple[str, str]]:
    """What an audit accuses whom of; hints that something was not seen aside."""
    return {(each.code, each.place.ring) for each in audited(*logs).findings if each.level == Level.FINDING}


async def a_busy_week(towns: Towns, copies: Copies) -> Chain:
    """Oak, elm between, ash: payments, refunds, a new card and statements, before ash is put back and after it."""
    chain = await row_of_rings(towns, 3)
    oak, elm, ash = chain.rings
    await chain.paid(2 * HOUR)
    ash = await copies.take("ash")
    await ready(oak, elm, ash)
    rings = await _trade(towns, [oak, elm, ash])
    ash = await copies.put_back("ash", mark=True)
    await ash.federation.start()
    await ready(oak, rings[1], ash)
    return Chain(towns, await _trade(towns, [oak, rings[1], ash]))


async def _trade(towns: Towns, rings: list[Ring]) -> list[Ring]:
    oak, _, ash = rings
    teach_lines(rings)
    across = await end_of(oak, (await pay(oak, "alma", "ben@ash.example", HOUR)).payment_id)
    refund = await ash.refunds.refund(across.payment_id, OPERATOR, HOUR // 4)
    assert ["paid", "paid"] == [across.state, (await end_of(ash, refund.payment_id)).state]
    rotate(towns, "elm")
    elm = await restart(towns, "elm")
    await elm.federation.start()
    await ready(oak, elm, ash)
    teach_lines([oak, elm, ash])
    back = await end_of(ash, (await pay(ash, "ben", "alma@oak.example", HOUR // 2)).payment_id)
    assert "paid" == back.state
    await a_day_later(towns, oak, elm, ash)
    for other in (oak, ash):
        await are_signed(elm, other)
    return [oak, elm, ash]


async def test_no_part_of_the_logs_of_a_busy_week_accuses_anybody(towns: Towns, copies: Copies) -> None:
    chain = await a_busy_week(towns, copies)
    logs = [log for ring in chain.rings for log in await export(ring, towns.root / ring.config.name)]

    assert [] == await faults(*chain.rings)
    assert [1, 1, 1, 2] == [log.number for log in logs]
    for some in product((True, False), repeat=len(logs)):
        assert (some, set()) == (some, accused(*compress(logs, some)))


# -- logs made by hand -------------------------------------------------------------------------------------------------


def pays(land: Land, payer: Town, payee: Town, number: int, *, seconds: int = HOUR, times: int = 1) -> None:
    """One town pays the next, and that says so: so many times in one frame."""
    order = msgspec.structs.replace(
        order_along(payer, payee), payment_id=b64(bytes([number]) * 16), amount_seconds=seconds
    )
    land.send(payer, payee, order)
    land.send(payee, payer, *[paid(order, 1)] * times)


def later_terms(land: Land) -> None:
    """Eiche and Linde have agreed on a limit anew; both logs say so."""
    old = land.agreement(EICHE, LINDE)
    digest = b64(envelope.document_hash("peer-agreement", canonical.encode(old)))
    owes = msgspec.structs.replace(old.a_owes, version=2)
    in_log(land, "peer-agreement", msgspec.structs.replace(old, a_owes=owes, prev=digest), EICHE, LINDE)


def in_log(land: Land, kind: str, value: Wire, *signers: Town, of: Sequence[Town] = (EICHE, LINDE)) -> None:
    """A document in these logs, signed by operators."""
    signed = sealed(kind, value, *(town.named(town.operator) for town in signers))[1]
    for town in of:
        land.log(town, log_entry(ENTRY_DOCUMENT, (signed,)))


def test_what_was_owed_before_the_log_began_is_not_known_so_no_limit_is_held_against_it() -> None:
    """Linde may owe Eiche twenty hours, the other way ten: what went before makes room for thirty."""
    land = Land((EICHE, LINDE))
    for number in range(1, 11):
        pays(land, EICHE, LINDE, number)
    land.restore(EICHE, LINDE)
    later_terms(land)
    pays(land, LINDE, EICHE, 20, seconds=25 * HOUR)

    assert [set(), set()] == [accused(land.export(EICHE)), accused(*land.closed, *land.exports())]


def test_terms_that_stand_in_an_earlier_log_are_not_known_after_a_new_beginning() -> None:
    land = Land((EICHE, LINDE))
    land.restore(EICHE, LINDE)
    land.begin_anew(EICHE, LINDE)
    pays(land, LINDE, EICHE, 1)

    assert [set(), set()] == [accused(land.export(EICHE)), accused(*land.closed, *land.exports())]


@pytest.mark.parametrize(
    ("signers", "expected"), [((LINDE,), set()), ((EICHE,), set()), ((EICHE, LINDE), {"statement_differs"})]
)
def test_a_proposal_that_differs_is_none_of_both_though_nobody_knows_who_signed_it(
    signers: Sequence[Town], expected: set[str]
) -> None:
    """After a new beginning the sums are known; Linde's card stands in Eiche's first log."""
    land = Land((EICHE, LINDE))
    land.restore(EICHE)
    land.begin_anew(EICHE, LINDE)
    pays(land, LINDE, EICHE, 1)
    value = msgspec.structs.replace(payloads.statement(), epoch=id16("anew"), a_seq=1, b_seq=1, balance_seconds=1)
    signed = sealed("statement", value, *(town.named(town.frame) for town in signers))[1]
    land.send(EICHE, LINDE, DocumentItem(type_="statement", envelope=msgspec.Raw(signed)))

    assert set() == accused(land.export(EICHE))
    assert expected == {code for code, _ in accused(*land.closed, *land.exports())}


def test_an_end_that_says_the_same_twice_is_no_second_one_to_whoever_sees_one_log() -> None:
    """A restored ring between tells what it had told, and tells it again as new."""
    land = Land()
    order = order_along(EICHE, LINDE, BUCHE)
    shown = cut_out(land.send(EICHE, LINDE, order))
    land.send(LINDE, BUCHE, Offer(index=1, order=shown))
    decision = paid(order, 2)
    end = Fulfil(order_hash=decision.order_hash, decision=cut_out(land.send(BUCHE, LINDE, decision)))
    land.send(LINDE, EICHE, end, end)

    assert (set(), set()) == (accused(land.export(EICHE)), accused(*land.exports()))


def test_an_ack_of_a_frame_before_the_log_began_is_not_false() -> None:
    land = Land((EICHE, LINDE))
    pays(land, EICHE, LINDE, 1)
    land.restore(EICHE, LINDE)
    road, other = land.roads[EICHE.id, LINDE.id], replace(land.roads[EICHE.id, LINDE.id])
    land.send(EICHE, LINDE, Reject(seq=1, index=0, code="malformed"))
    sent = replace(road)
    road.seq, road.hash = other.seq, other.hash
    land.send(LINDE, EICHE, Reject(seq=1, index=0, code="malformed"))  # it has not read Eiche's new one yet
    road.seq, road.hash = sent.seq, sent.hash
    land.send(LINDE, EICHE, Reject(seq=2, index=0, code="malformed"))

    assert (set(), set()) == (accused(land.export(EICHE)), accused(*land.closed, *land.exports()))


def test_an_ack_that_falls_is_false_also_where_the_log_began_in_the_middle() -> None:
    land = Land((EICHE, LINDE))
    pays(land, EICHE, LINDE, 1)
    land.restore(EICHE, LINDE)
    road, before = land.roads[EICHE.id, LINDE.id], replace(land.roads[EICHE.id, LINDE.id])
    land.send(EICHE, LINDE, Reject(seq=1, index=0, code="malformed"))
    land.send(LINDE, EICHE, Reject(seq=1, index=0, code="malformed"))
    road.seq, road.hash = before.seq, before.hash
    land.send(LINDE, EICHE, Reject(seq=2, index=0, code="malformed"))

    assert {("false_ack", LINDE.id)} == accused(*land.exports())


def test_a_ring_that_closes_is_not_held_against_what_the_part_of_a_line_shows() -> None:
    """What Eiche gave before its log ends it has got back since, so both are even; the second log shows the half."""
    land = Land((EICHE, LINDE))
    pays(land, EICHE, LINDE, 1)
    land.restore(EICHE, LINDE)
    pays(land, LINDE, EICHE, 2)
    [line, *_] = ring_close().lines
    closing = msgspec.structs.replace(
        ring_close(), ring_id=EICHE.id, lines=[msgspec.structs.replace(line, peer=LINDE.id)]
    )
    in_log(land, "ring-close", closing, EICHE, of=(EICHE,))

    assert (set(), set()) == (accused(land.export(EICHE)), accused(*land.closed, *land.exports()))


@pytest.mark.parametrize("is_restored", [True, False])
def test_a_line_that_is_closed_with_a_rest_is_not_held_against_what_one_log_shows(*, is_restored: bool) -> None:
    """Buche says that Linde, which died, owed it an hour: that stands in its first log."""
    land = Land((LINDE, BUCHE))
    pays(land, LINDE, BUCHE, 1)
    if is_restored:
        land.restore(BUCHE)
    logged_close(land, -HOUR, BUCHE)

    assert (set(), set()) == (accused(land.export(BUCHE)), accused(*land.closed, land.export(BUCHE)))


def test_who_ended_a_line_alone_is_not_held_against_the_half_that_the_other_shows() -> None:
    """Linde shows its second log, by which Buche owes it an hour; by both it owes nothing."""
    land = Land()
    pays(land, LINDE, BUCHE, 1)
    land.restore(LINDE)
    pays(land, BUCHE, LINDE, 2)
    logged_close(land, 0, BUCHE, "settled", at=NOON)
    land.send(LINDE, EICHE, Reject(seq=1, index=0, code="malformed"), at=NOON + 2 * HOUR)

    assert [set(), set()] == [accused(*land.exports()), accused(*land.closed, *land.exports())]


def test_a_log_that_is_missing_between_two_others_is_no_gap_of_its_ring() -> None:
    """The third tells a frame of the first again; what was open ended in the second, which made room for the third."""
    land = Land((EICHE, LINDE))
    pays(land, EICHE, LINDE, 1)
    again = land.logs[EICHE.id][-1]
    order = msgspec.structs.replace(order_along(EICHE, LINDE), payment_id=b64(bytes([2]) * 16))
    land.send(EICHE, LINDE, order)
    land.restore(EICHE)
    land.send(LINDE, EICHE, paid(order, 1))
    pays(land, LINDE, EICHE, 3, seconds=18 * HOUR)
    land.restore(EICHE)
    land.log(EICHE, again)
    pays(land, EICHE, LINDE, 4, seconds=25 * HOUR)
    first, second, third = *land.closed, land.export(EICHE)

    told = {each.code for each in audited(first, third).findings}
    assert {"log_incomplete", "ring_not_seen", "restored"} == told
    assert [set(), set()] == [accused(first, third, land.export(LINDE)), accused(first, second, third)]
    assert set() == accused(first, replace(second, entries=second.entries[:-1]), third)  # an older copy of it
    assert ("chain_gap", EICHE.id) in accused(first, replace(second, entries=[*second.entries[:-1], booking(1)]), third)


def test_an_end_whose_cause_stands_in_a_log_that_is_missing_comes_not_too_early() -> None:
    """Linde passed Eiche's order on before; Eiche told it again when their line had begun anew."""
    land = Land()
    order = order_along(EICHE, LINDE, BUCHE)
    shown = cut_out(land.send(EICHE, LINDE, order))
    land.send(LINDE, BUCHE, Offer(index=1, order=shown))
    decision = paid(order, 2)
    decided = cut_out(land.send(BUCHE, LINDE, decision))
    land.restore(LINDE)
    land.begin_anew(EICHE, LINDE)
    land.send(EICHE, LINDE, order)
    land.send(LINDE, EICHE, Fulfil(order_hash=decision.order_hash, decision=decided))

    assert set() == accused(land.export(LINDE))
