# SPDX-License-Identifier: AGPL-3.0-or-later
"""Orders through other rings, nettings and statements: clean as they should be, and each fault found alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, permutations
from typing import Literal

import msgspec
import pytest

from ringtausch_protocol import canonical
from ringtausch_protocol.audit.auditing.audit import audit
from ringtausch_protocol.audit.auditing.result import Asked
from ringtausch_protocol.audit.findings.codes import CODES
from ringtausch_protocol.audit.report.data import to_csv, to_json
from ringtausch_protocol.audit.report.page import to_html
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.documents import Head, Statement
from ringtausch_protocol.items import DocumentItem, Fulfil, Offer, Order, Reject, Release
from ringtausch_protocol.merkle import EMPTY
from tests.audit.exports import audited, codes
from tests.audit.roads import HOUR, Land, cut_out, order_along, paid
from tests.vectors.cast import BUCHE, EICHE, LINDE, NET, NOON, Town, sealed

#: In a circle, each owed by the next.
AROUND = (EICHE, LINDE, BUCHE)
Cause = Literal["own_refusal", "write_off"]


def through(land: Land, *, offered: int = HOUR, end: str = "fulfil") -> None:
    """Eiche pays Buche an hour through Linde; Linde may lie about the amount, or about the end."""
    order = order_along(EICHE, LINDE, BUCHE)
    sent = land.send(EICHE, LINDE, order)
    shown = cut_out(sent)
    if offered != HOUR:
        changed = msgspec.structs.replace(order, amount_seconds=offered)
        shown = msgspec.structs.replace(shown, item=msgspec.Raw(canonical.encode(changed)))
    land.send(LINDE, BUCHE, Offer(index=1, order=shown))
    decision = paid(order, 2)
    decided = cut_out(land.send(BUCHE, LINDE, decision))
    if end == "fulfil":
        land.send(LINDE, EICHE, Fulfil(order_hash=decision.order_hash, decision=decided))
    else:
        land.send(LINDE, EICHE, Release(order_hash=decision.order_hash, cause="own_refusal"))


def test_an_order_through_another_ring_is_clean_and_leaves_it_where_it_was() -> None:
    land = Land()
    through(land)

    result = audited(*land.exports())

    assert [] == codes(result), result.findings
    owed = {(line.a, line.b): line.owed_seconds for line in result.lines}
    assert sorted([HOUR, HOUR, 0]) == sorted(abs(seconds) for seconds in owed.values())


def refunded_around(land: Land, payment: Order, number: int) -> None:
    """Buche gives back to Eiche, through Linde, what came by their own line."""
    bare = order_along(BUCHE, LINDE, EICHE, purpose="refund")
    order = msgspec.structs.replace(bare, payment_id=b64(bytes([number]) * 16), refund_of=payment.payment_id)
    shown = cut_out(land.send(BUCHE, LINDE, order))
    land.send(LINDE, EICHE, Offer(index=1, order=shown))
    decision = paid(order, 2)
    decided = cut_out(land.send(EICHE, LINDE, decision))
    land.send(LINDE, BUCHE, Fulfil(order_hash=decision.order_hash, decision=decided))


@pytest.mark.parametrize(("refunds", "expected"), [(1, set()), (2, {"refund_exceeds"})])
def test_a_refund_may_go_another_way_whichever_log_is_read_first(refunds: int, expected: set[str]) -> None:
    land = Land()
    payment = order_along(EICHE, BUCHE)
    land.send(EICHE, BUCHE, payment)
    land.send(BUCHE, EICHE, paid(payment, 1))
    for number in range(refunds):
        refunded_around(land, payment, number + 2)

    exports = land.exports()
    found = {tuple(each.name for each in order): set(codes(audited(*order))) for order in permutations(exports)}

    assert found == dict.fromkeys(found, expected)
    linde_alone = [each for each in exports if each.ring_id == LINDE.id]
    assert not {"refund_unfounded", "refund_exceeds"} & set(codes(audited(*linde_alone)))


def test_an_order_that_was_changed_on_its_way_is_found() -> None:
    land = Land()
    order = order_along(EICHE, LINDE, BUCHE)
    shown = cut_out(land.send(EICHE, LINDE, order))
    changed = msgspec.structs.replace(order, amount_seconds=2 * HOUR)
    lie = msgspec.structs.replace(shown, item=msgspec.Raw(canonical.encode(changed)))
    land.send(LINDE, BUCHE, Offer(index=1, order=lie))

    result = audited(*land.exports())

    assert {"order_changed"} == set(codes(result))
    assert LINDE.id == result.findings[0].place.ring


def test_an_order_that_the_payer_s_log_does_not_have_is_found() -> None:
    """Eiche signs an order for Linde's offer and keeps it out of its log: Linde offers what it never got."""
    land, elsewhere = Land(), Land()
    shown = cut_out(elsewhere.send(EICHE, LINDE, order_along(EICHE, LINDE, BUCHE)))
    land.send(LINDE, BUCHE, Offer(index=1, order=shown))
    early = set(codes(audited(*land.exports())))
    land.send(EICHE, LINDE, Reject(seq=1, index=0, code="malformed"))  # now its log reaches beyond the order's place

    found = set(codes(audited(*land.exports())))

    assert ({"effect_before_cause"}, {"order_changed", "effect_before_cause"}) == (early, found)


def test_a_ring_between_that_claims_before_it_was_claimed_from_is_found() -> None:
    land, elsewhere = Land(), Land()
    order = order_along(EICHE, LINDE, BUCHE)
    shown = cut_out(land.send(EICHE, LINDE, order))
    land.send(LINDE, BUCHE, Offer(index=1, order=shown))
    decided = cut_out(elsewhere.send(BUCHE, LINDE, paid(order, 2)))
    land.send(LINDE, EICHE, Fulfil(order_hash=paid(order, 2).order_hash, decision=decided))

    assert {"effect_before_cause"} == set(codes(audited(*land.exports())))


def test_a_ring_that_waives_its_claim_bears_it_and_is_named() -> None:
    land = Land()
    through(land, end="release")

    result = audited(*land.exports())

    assert ([], ["written_off"]) == (codes(result), [each.code for each in result.findings])


def owe(land: Land, debtor: Town, creditor: Town) -> None:
    """A member of one ring pays an hour to a member of the other."""
    order = msgspec.structs.replace(order_along(debtor, creditor), payment_id=b64(bytes(15) + b"\2"))
    land.send(debtor, creditor, order)
    land.send(creditor, debtor, paid(order, 1))


def owing(around: Sequence[Town] = AROUND) -> Land:
    """Each is owed by the next."""
    land = Land()
    for creditor, debtor in pairwise((*around, around[0])):
        owe(land, debtor, creditor)
    return land


def netting(*, waived_as: Cause | None = None) -> Land:
    """They walk the circle."""
    land = owing()
    walk(land, waived_as=waived_as)
    return land


def offered(land: Land, around: Sequence[Town] = AROUND) -> Order:
    """An hour round the circle has come back to the first."""
    first, second, third = around
    order = order_along(*around, first, purpose="netting")
    shown = cut_out(land.send(first, second, order))
    land.send(second, third, Offer(index=1, order=shown))
    land.send(third, first, Offer(index=2, order=shown))
    return order


def walk(land: Land, *, waived_as: Cause | None = None) -> None:
    """An hour round the circle."""
    decision = paid(offered(land), 3)
    decided = cut_out(land.send(EICHE, BUCHE, decision))
    land.send(BUCHE, LINDE, Fulfil(order_hash=decision.order_hash, decision=decided))
    if waived_as is not None:
        land.send(LINDE, EICHE, Release(order_hash=decision.order_hash, cause=waived_as))
    else:
        land.send(LINDE, EICHE, Fulfil(order_hash=decision.order_hash, decision=decided))


def test_a_netting_moves_no_net_position() -> None:
    assert [] == codes(audited(*netting().exports()))


def test_what_a_netting_freed_is_said_line_by_line() -> None:
    land = netting()

    result = audited(*land.exports())
    later = audit(Asked([log.given() for log in land.exports()], since=NOON + 1))

    assert [("netted", HOUR)] * 3 == [(each.code, dict(each.evidence)["amount_seconds"]) for each in result.findings]
    assert [HOUR] * 3 == [line["netted_seconds"] for line in msgspec.json.decode(to_json(result))["lines"]]
    assert 3 == to_csv(result).count(b",amount_seconds=3600")
    assert "zusammen 3:00 Stunden, auf 3 Verbindungen" in to_html(result, "de").decode()
    assert ([0] * 3, ()) == ([line.netted_seconds for line in later.lines], later.findings)
    assert "Im Kreis ausgeglichen" not in to_html(later, "de").decode()


def test_a_netting_by_which_somebody_comes_to_owe_more_is_found() -> None:
    land = Land()
    owe(land, LINDE, EICHE)
    owe(land, BUCHE, LINDE)
    walk(land)

    result = audited(*land.exports())

    assert {"netting_raised"} == set(codes(result))
    assert {("I9", BUCHE.id), ("I9", EICHE.id)} == {
        (CODES[each.code].invariant, each.place.ring) for each in result.findings
    }


@pytest.mark.parametrize("around", list(permutations(AROUND)))
def test_who_begins_a_netting_and_tells_its_end_otherwise_than_his_log_is_named_alone(around: Sequence[Town]) -> None:
    """He has booked it as paid and tells the last ring that it was refused; the others hand on what they were told."""
    land, elsewhere = owing(around), owing(around)
    order, refused = offered(elsewhere, around), paid(offered(land, around), 3, "refused")
    liar, second, third = around
    true, lie = elsewhere.send(liar, third, paid(order, 3)).entry(), land.send(liar, third, refused)
    freed = Release(order_hash=refused.order_hash, cause="refused", decision=cut_out(lie))
    land.send(third, second, freed)
    land.send(second, liar, freed)

    logs = [
        replace(log, entries=[true if log.ring_id == liar.id and each == lie.entry() else each for each in log.entries])
        for log in land.exports()
    ]

    assert {liar.id} == {each.place.ring for each in audited(*logs).findings if each.level}


def test_a_netting_that_moved_one_is_found() -> None:
    land = netting(waived_as="own_refusal")

    result = audited(*land.exports())

    assert ["netting_moved"] == codes(result)
    assert ("I9", LINDE.id) == (CODES["netting_moved"].invariant, result.findings[0].place.ring)


def test_who_writes_a_netting_off_for_a_ring_that_is_gone_bears_it_and_is_accused_of_nothing() -> None:
    land = netting(waived_as="write_off")

    result = audited(*land.exports())

    assert ([], ["written_off"]) == (codes(result), [each.code for each in result.findings if each.code != "netted"])


@pytest.mark.parametrize(("said", "expected"), [(HOUR, []), (HOUR + 60, ["statement_differs"])])
def test_a_statement_must_name_the_balance_of_the_frames(said: int, expected: list[str]) -> None:
    land = Land()
    order = order_along(EICHE, LINDE)
    land.send(EICHE, LINDE, order)
    land.send(LINDE, EICHE, paid(order, 1))
    a, b = sorted((EICHE.id, LINDE.id))
    head = Head(log=1, size=0, root=b64(EMPTY))
    statement = Statement(
        v=1, net=NET, a=a, b=b, epoch=land.agreement(EICHE, LINDE).epoch, a_seq=1, b_seq=1,
        balance_seconds=said if a == EICHE.id else -said, holds_ab=[], holds_ba=[], a_head=head, b_head=head,
    )  # fmt: skip
    both = EICHE.named(EICHE.frame), LINDE.named(LINDE.frame)
    land.send(
        EICHE, LINDE, DocumentItem(type_="statement", envelope=msgspec.Raw(sealed("statement", statement, *both)[1]))
    )

    assert expected == sorted(set(codes(audited(*land.exports()))))


def test_a_ring_between_that_was_paid_above_and_refused_below_is_found_without_its_log() -> None:
    """Linde tells Eiche that nothing was paid, and has let Buche be paid; it keeps its own log to itself."""
    land = Land()
    order = order_along(EICHE, LINDE, BUCHE)
    shown = cut_out(land.send(EICHE, LINDE, order))
    land.send(LINDE, BUCHE, Offer(index=1, order=shown))
    land.send(BUCHE, LINDE, paid(order, 2))
    land.send(LINDE, EICHE, paid(order, 1, "refused"))

    result = audited(*(log for log in land.exports() if log.ring_id != LINDE.id))

    assert {"edges_differ", "ring_not_seen"} == set(codes(result))
    (found,) = [each for each in result.findings if each.code == "edges_differ"]
    assert (LINDE.id, (("above", "released"), ("below", "posted"))) == (found.place.ring, found.evidence)
