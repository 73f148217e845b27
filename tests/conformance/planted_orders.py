# SPDX-License-Identifier: AGPL-3.0-or-later
"""Deviations of a ring that asks too little of orders and messages, and the rules that name them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from unittest import mock

import msgspec
import pytest

from ringtausch_node.federation.agreement import terms
from ringtausch_node.federation.frames.erasing import Erasing
from ringtausch_node.federation.frames.items import Items
from ringtausch_node.federation.line.model import LineRow
from ringtausch_node.federation.mail import records as mail_records
from ringtausch_node.federation.orders import payee
from ringtausch_node.federation.orders import records as order_records
from ringtausch_node.payments.notes import PaymentNotes
from ringtausch_node.store import Tx
from ringtausch_protocol import settlement
from ringtausch_protocol.frames import Header
from ringtausch_protocol.items import Order, Reject
from tests.conformance.judged import Judged
from tests.conformance.planted_between import Plant, all_of

Patch = pytest.MonkeyPatch


def a_memo_may_be_another(kit: Judged, patch: Patch) -> None:
    def commit(purpose: Any, salt: bytes, value: str) -> str:
        return mock.ANY if purpose == "memo" else settlement.commit(purpose, salt, value)

    patch.setattr(payee, "settlement", SimpleNamespace(**{**vars(settlement), "commit": commit}))


def a_decision_was_made_long_ago(kit: Judged, patch: Patch) -> None:
    true = payee.decision_item
    patch.setattr(payee, "decision_item", lambda *what: msgspec.structs.replace(true(*what), decided_at=0))


def a_promise_is_for_anybody(kit: Judged, patch: Patch) -> None:
    true = order_records.load_invoice

    def refuse(_payee: payee.Payee, tx: Tx, order: Order, *_: Any) -> str | None:
        found = true(tx, order.invoice_hash) if order.invoice_hash else None
        is_good = order.invoice_hash is None or (found and found[1:2] == (order.amount_seconds,) and found[3] is None)
        return None if is_good else "invoice_unknown"

    patch.setattr(payee.Payee, "_refuse_invoice", refuse)


def an_id_is_used_by_any_message(kit: Judged, patch: Patch) -> None:
    patch.setattr(mail_records, "load_in", lambda *_: None)
    patch.setattr(mail_records, "insert_in", lambda *_: None)


def a_note_is_about_anything(kit: Judged, patch: Patch) -> None:
    patch.setattr(PaymentNotes, "take", lambda *_: None)


def whatever_is_to_be_erased_is_said_to_be(kit: Judged, patch: Patch) -> None:
    patch.setattr(Erasing, "heard", lambda *_: None)


def nobody_pauses_a_line(kit: Judged, patch: Patch) -> None:
    true = terms.LineLife.heard_line

    def heard(life: terms.LineLife, tx: Tx, line: Any, row: LineRow, said: Any) -> str | None:
        code = true(life, tx, line, row, said)
        row.state_out = "open" if row.state_out == "paused" else row.state_out
        return code

    patch.setattr(terms.LineLife, "heard_line", heard)


def a_reject_is_answered_by_another(kit: Judged, patch: Patch) -> None:
    true = Items.apply

    def apply(items: Items, tx: Tx, line: Any, row: LineRow, header: Header, prepared: Any) -> None:
        true(items, tx, line, row, header, prepared)
        if isinstance(prepared.item, Reject):
            items._reject(tx, line, header, 0, "malformed")

    patch.setattr(Items, "apply", apply)


#: Each with the rules that must name it, whatever else they name.
PLANTED: list[tuple[Plant, set[str]]] = [
    (
        all_of(
            a_memo_may_be_another,
            a_decision_was_made_long_ago,
            a_promise_is_for_anybody,
            a_note_is_about_anything,
            whatever_is_to_be_erased_is_said_to_be,
            nobody_pauses_a_line,
            a_reject_is_answered_by_another,
        ),
        {"order-memo", "decided-at", "quote-payee", "note-unknown", "erase-unknown", "between-paused", "reject-silent"},
    ),
    (an_id_is_used_by_any_message, {"note-id"}),
]
