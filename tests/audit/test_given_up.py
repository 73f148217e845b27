# SPDX-License-Identifier: AGPL-3.0-or-later
"""Lines that a ring ended by itself: what was lost, what was kept, and whether the other ring was gone at all."""

from __future__ import annotations

from typing import Literal

import msgspec
import pytest

from ringtausch_protocol.entries import ENTRY_DOCUMENT, log_entry
from ringtausch_protocol.items import Offer, Release, item_hash
from ringtausch_protocol.line_close import LineClose
from tests.audit.exports import audited, codes
from tests.audit.roads import HOUR, Land, cut_out, order_along
from tests.audit.test_paths import owe
from tests.vectors.cast import BUCHE, EICHE, LINDE, NET, NOON, Town, sealed


def logged_close(
    land: Land, balance: int, signer: Town, how: Literal["settled", "written_off"] = "written_off",
    *, owner: Town = BUCHE, peer: Town = LINDE, at: int = 2_000_000_000,
) -> None:  # fmt: skip
    """Buche says in its log what was left between it and Linde, and that it bears it."""
    close = LineClose(
        v=1, net=NET, ring_id=owner.id, peer=peer.id, epoch=land.agreement(BUCHE, LINDE).epoch,
        balance_seconds=balance, how=how, at=at,
    )  # fmt: skip
    signed = sealed("line-close", close, signer.named(signer.operator))[1]
    land.log(owner, log_entry(ENTRY_DOCUMENT, (signed,)))


@pytest.mark.parametrize(("balance", "expected"), [(-HOUR, {"loss"}), (-HOUR - 1, {"document_invalid"})])
def test_what_was_paid_for_a_ring_that_died_before_it_heard_so_is_part_of_the_loss(
    balance: int, expected: set[str]
) -> None:
    """An order of Linde's stands in Buche's log, and no answer does; more than that Buche cannot have paid."""
    land = Land()
    land.send(LINDE, BUCHE, order_along(LINDE, BUCHE))
    logged_close(land, balance, BUCHE)

    result = audited(*(log for log in land.exports() if log.ring_id == BUCHE.id))

    assert expected == {each.code for each in result.findings} & {"loss", "document_invalid"}


@pytest.mark.parametrize(
    ("balance", "signer", "expected"),
    [(-HOUR, BUCHE, ["loss"]), (-HOUR + 60, BUCHE, ["document_invalid"]), (-HOUR, EICHE, ["document_invalid"])],
)
def test_a_claim_that_was_written_off_is_a_loss_and_names_who_bears_it(
    balance: int, signer: Town, expected: list[str]
) -> None:
    """Linde owes Buche an hour and is gone; without its log the lines of the others are even."""
    land = Land()
    owe(land, LINDE, BUCHE)
    logged_close(land, balance, signer)

    result = audited(*(log for log in land.exports() if log.ring_id == BUCHE.id))

    assert expected == [each.code for each in result.findings if each.code != "ring_not_seen"]
    (found,) = [each for each in result.findings if each.code in expected]
    assert BUCHE.id == found.place.ring
    if expected == ["loss"]:
        assert (LINDE.id, (("amount_seconds", HOUR),)) == (found.place.peer, found.evidence)
        assert [0] == [line.owed_seconds for line in result.lines if LINDE.id in (line.a, line.b)]


@pytest.mark.parametrize(("later_seconds", "expected"), [(HOUR, {"kept"}), (HOUR + 1, {"kept", "ended_alone"})])
def test_a_debtor_gives_up_who_is_gone_but_not_who_signs_on_and_claims_its_debt(
    later_seconds: int, expected: set[str]
) -> None:
    """Linde owes Buche an hour, gives the line up and keeps it; Buche's log goes on, or it does not."""
    land = Land()
    owe(land, LINDE, BUCHE)
    logged_close(land, HOUR, LINDE, owner=LINDE, peer=BUCHE, at=NOON)
    land.send(BUCHE, EICHE, order_along(BUCHE, EICHE), at=NOON + later_seconds)

    result = audited(*land.exports())

    assert expected == {each.code for each in result.findings} & {"kept", "ended_alone", "loss", "balance_differs"}
    for found in (each for each in result.findings if each.code in expected):
        assert (LINDE.id, BUCHE.id, (("amount_seconds", HOUR),)) == (found.place.ring, found.place.peer, found.evidence)


@pytest.mark.parametrize("later_seconds", [0, 2 * HOUR])
@pytest.mark.parametrize(("owner", "peer", "balance"), [(BUCHE, LINDE, -HOUR), (LINDE, BUCHE, HOUR)])
def test_a_line_that_one_ring_closed_is_even_whichever_id_is_smaller_and_the_other_ring_counts_it_still(
    owner: Town, peer: Town, balance: int, later_seconds: int
) -> None:
    """Both logs are there; what the other one still shows stands in its own ring's net position, and in no line."""
    land = Land()
    owe(land, LINDE, BUCHE)
    logged_close(land, balance, owner, owner=owner, peer=peer, at=NOON)
    land.send(peer, EICHE, order_along(peer, EICHE), at=NOON + later_seconds)

    result = audited(*land.exports())

    (line,) = [each for each in result.lines if {each.a, each.b} == {owner.id, peer.id}]
    assert (0, True, 2) == (line.owed_seconds, line.is_ended, line.sides)
    nets = {each.ring_id: each.net_seconds for each in result.rings}
    assert (0, balance) == (nets[owner.id], nets[peer.id])


@pytest.mark.parametrize("is_turned", [False, True])
def test_who_hands_a_write_off_on_bears_nothing(is_turned: bool) -> None:
    """Eiche's payment stops at Buche, whose next ring is gone; Linde only tells Eiche so. Logs in either order."""
    land = Land()
    order = order_along(EICHE, LINDE, BUCHE)
    order = msgspec.structs.replace(order, path=[*order.path, "a" * 52])
    shown = cut_out(land.send(EICHE, LINDE, order))
    land.send(LINDE, BUCHE, Offer(index=1, order=shown))
    named = item_hash(bytes(shown.item))
    land.send(BUCHE, LINDE, Release(order_hash=named, cause="write_off"))
    land.send(LINDE, EICHE, Release(order_hash=named, cause="own_refusal"))
    logs = land.exports()

    result = audited(*(reversed(logs) if is_turned else logs))

    assert [BUCHE.id] == [each.place.ring for each in result.findings if each.code == "written_off"]


def test_of_two_rings_that_gave_each_other_up_neither_is_accused() -> None:
    land = Land()
    owe(land, LINDE, BUCHE)
    logged_close(land, HOUR, LINDE, owner=LINDE, peer=BUCHE, at=NOON)
    logged_close(land, -HOUR, BUCHE, at=NOON + HOUR)
    land.send(BUCHE, EICHE, order_along(BUCHE, EICHE), at=NOON + 3 * HOUR)
    assert ["kept", "loss"] == sorted(set(codes(audited(*land.exports()))) & {"kept", "ended_alone", "loss"})


@pytest.mark.parametrize("balance", [-HOUR, 0])
def test_a_rest_that_was_settled_elsewhere_is_named_where_there_was_one(balance: int) -> None:
    """Within the slack of clocks nothing else shows that the other ring was there and counted it still."""
    land = Land()
    if balance:
        owe(land, LINDE, BUCHE)
    else:
        land.send(LINDE, BUCHE, order_along(LINDE, BUCHE))
    logged_close(land, balance, BUCHE, "settled")

    result = audited(*(log for log in land.exports() if log.ring_id == BUCHE.id))

    assert ([HOUR] if balance else []) == [dict(each.evidence)["amount_seconds"] for each in result.findings
                                           if each.code == "settled"]  # fmt: skip
