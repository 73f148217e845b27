# SPDX-License-Identifier: AGPL-3.0-or-later
"""Deviations of a ring through which others pay, net and assign, and the rules that name them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec
import pytest

from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.model import LineRow
from ringtausch_node.federation.orders import assignment_records, between_rules
from ringtausch_node.store import Tx
from ringtausch_protocol import settlement
from ringtausch_protocol.items import Order
from tests.conformance.judged import Judged

Patch: TypeAlias = pytest.MonkeyPatch
Plant: TypeAlias = Callable[[Judged, Patch], None]


def all_of(*plants: Plant) -> Plant:
    """Deviations that different rules name, in one run."""

    def plant(kit: Judged, patch: Patch) -> None:
        for each in plants:
            each(kit, patch)

    return plant


def a_ring_between_believes_any_decision(kit: Judged, patch: Patch) -> None:
    patch.setattr(settlement, "verify_decision", lambda *_: None)


def a_ring_carries_for_everybody_and_whatever_comes(kit: Judged, patch: Patch) -> None:
    load_line = records.load_line

    def load_carrying(tx: Tx, peer: int) -> LineRow:
        row = load_line(tx, peer)
        row.carries = 1
        return row

    patch.setattr(records, "load_line", load_carrying)
    patch.setattr(between_rules, "_refuse_kind", lambda *_: None)


def a_netting_passes_for_nobody(kit: Judged, patch: Patch) -> None:
    true = between_rules._refuse_kind

    def refuse(row: LineRow, offered: Any) -> str | None:
        return "not_allowed" if offered.order.purpose == "netting" else true(row, offered)

    patch.setattr(between_rules, "_refuse_kind", refuse)


def a_netting_has_the_room_of_a_payment(kit: Judged, patch: Patch) -> None:
    true = settlement.refuse_room
    patch.setattr(settlement, "refuse_room", lambda room, amount, *_: true(room, amount, "transfer"))


def nobody_is_asked_for_an_assignment(kit: Judged, patch: Patch) -> None:
    patch.setattr(assignment_records, "is_agreed", lambda *_: True)


def an_assignment_may_raise_all_three_debts(kit: Judged, patch: Patch) -> None:
    patch.setattr(settlement, "as_on_edge", lambda purpose, _: "transfer" if purpose == "assignment" else purpose)


def an_agreement_counts_for_any_amount(kit: Judged, patch: Patch) -> None:
    true = assignment_records.is_agreed
    patch.setattr(assignment_records, "is_agreed", lambda tx, carried: true(tx, carried._replace(amount_seconds=1)))


def an_agreement_counts_for_ever(kit: Judged, patch: Patch) -> None:
    patch.setattr(assignment_records, "use", lambda *_: None)


def what_goes_round_may_name_a_promise(kit: Judged, patch: Patch) -> None:
    true = settlement.refuse_shape

    def refuse(order: Order) -> str | None:
        return true(msgspec.structs.replace(order, invoice_hash=None) if order.purpose in settlement.ROUND else order)

    patch.setattr(settlement, "refuse_shape", refuse)


#: Each with the rules that must name it, whatever else they name.
PLANTED: list[tuple[Plant, set[str]]] = [
    (a_ring_between_believes_any_decision, {"between-lies", "assignment-lies"}),
    (a_ring_carries_for_everybody_and_whatever_comes, {"between-not-carried", "between-boxless"}),
    (a_netting_passes_for_nobody, {"between-netting", "between-netting-raises"}),
    (a_netting_has_the_room_of_a_payment, {"between-netting-raises"}),
    (
        all_of(nobody_is_asked_for_an_assignment, an_assignment_may_raise_all_three_debts),
        {
            f"assignment-{rule}"
            for rule in (
                "taker-above",
                "claim-above",
                "taker-asks",
                "claim-asks",
                "more",
                "other",
                "once",
            )
        },
    ),
    (
        all_of(an_agreement_counts_for_any_amount, an_agreement_counts_for_ever, what_goes_round_may_name_a_promise),
        {"assignment-more", "assignment-once", "assignment-bare"},
    ),
]
