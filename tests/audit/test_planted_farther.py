# SPDX-License-Identifier: AGPL-3.0-or-later
"""Faults that only two lines, a circle, a day or an operator's word show, planted in the logs of real nodes.

Paths (I6), balances (I7), nettings (I9) and ends (I10), signed again with the rings' real keys.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from ringtausch_protocol import canonical, envelope, keys
from ringtausch_protocol.audit.auditing.result import Result
from ringtausch_protocol.audit.findings.codes import CODES
from ringtausch_protocol.documents import EpochReset
from ringtausch_protocol.entries import ENTRY_DOCUMENT, log_entry
from ringtausch_protocol.keys import SigningKey
from ringtausch_protocol.letters import TOPICS, PaymentNote
from tests.audit.exports import Export, audited, codes
from tests.audit.liar import Change, Draft, Liar, signed_anew
from tests.federation.towns import HOUR

DAY = 86_400
NOTE = TOPICS[PaymentNote]


@pytest.mark.parametrize("name", ["row", "ring_round", "stated"])
def test_logs_told_anew_without_a_fault_are_the_same_bytes(name: str, request: pytest.FixtureRequest) -> None:
    logs: list[Export] = request.getfixturevalue(name)
    assert [log.entries for log in logs] == [log.entries for log in Liar(logs).tell()]
    assert [] == codes(audited(*logs))


def found(result: Result) -> set[tuple[str, str, str]]:
    """Code, its invariant, and the name of who must answer for it; of all that is more than to be known."""
    names = {ring.ring_id: ring.address.partition(".")[0] for ring in result.rings}
    names |= dict.fromkeys(result.missing, "away")
    return {(each.code, CODES[each.code].invariant, names[each.place.ring]) for each in result.findings if each.level}


def named(logs: list[Export], name: str) -> Export:
    """The log of a ring."""
    return next(log for log in logs if log.name == name)


# -- I6: an order is the same along its path, and a ring between takes nothing -----------------------------------------


def test_an_order_that_the_ring_between_changed_on_its_way_is_found(row: list[Export]) -> None:
    """Elm hands on an order for more than oak has signed; ash refuses it."""
    refused = refused_orders(row)

    def change(draft: Draft) -> None:
        for offer in draft.of_kind("offer"):
            if offer["order"]["item"]["payment_id"] in refused:
                offer["order"]["item"]["amount_seconds"] += 60

    assert {("order_changed", "I6", "elm")} == found(audited(*Liar(row, change).tell()))


def refused_orders(logs: list[Export]) -> set[str]:
    """Payments that their last ring has refused."""
    seen: set[str] = set()

    def look(draft: Draft) -> None:
        seen.update(each["payment_id"] for each in draft.of_kind("decision") if each["outcome"] == "refused")

    Liar(logs, look).tell()
    return seen


def test_a_ring_between_that_was_paid_for_and_says_it_was_refused_is_found_without_its_log(row: list[Export]) -> None:
    """Elm keeps the hours that ash has let Ben have: it tells oak, as a ring may at first, that it refuses."""
    elm = named(row, "elm")

    def keep(draft: Draft) -> None:
        for item in draft.of_kind("fulfil"):
            decision = {**item["decision"]["item"], "outcome": "refused", "by": elm.ring_id, "index": 1}
            decision |= {"inbound": draft.header["to"], "code": "no_route"}
            item.clear()
            item.update(decision)

    told = Liar(row, keep).tell()
    others = [log for log in told if log.name != "elm"]

    assert {("edges_differ", "I6", "away"), ("ring_not_seen", "", "away")} == found(audited(*others))


# -- I7: both logs of a line tell one balance, and so do its statements ------------------------------------------------


def test_a_statement_that_names_another_balance_is_found_in_both_logs(stated: list[Export]) -> None:
    """Both rings have signed an hour more than their frames come to."""

    def lie(data: bytes) -> bytes:
        def more(value: dict[str, Any]) -> None:
            value["balance_seconds"] += HOUR

        is_statement = b"vnd.ringtausch.statement" in data
        return signed_anew(stated, "frame", data, more) if is_statement else data

    def carried(draft: Draft) -> None:
        for item in draft.of_kind("document"):
            item["envelope"] = msgspec.json.decode(lie(msgspec.json.encode(item["envelope"])))

    result = audited(*Liar(stated, carried, paper=lie).tell())

    assert {("statement_differs", "I7")} == {each[:2] for each in found(result)}
    assert {log.ring_id for log in stated} == {each.place.log.partition("/")[0] for each in result.findings}


def new_beginning(logs: list[Export]) -> bytes:
    """The entry of a reset: the operators of both have signed that elm owes two hours from there on."""
    oak, elm = logs
    a, b = sorted((oak.ring_id, elm.ring_id))
    epochs: set[str] = set()
    Liar(logs, lambda draft: epochs.add(draft.header["epoch"])).tell()
    reset = EpochReset(
        v=1, net="test", a=a, b=b, old_epoch=epochs.pop(), new_epoch="C" * 21 + "A", holds=[], evidence=[],
        balance_seconds=2 * HOUR if a == elm.ring_id else -2 * HOUR,
    )  # fmt: skip
    signers = [(log, SigningKey(log.seeds["operator"])) for log in logs]
    named = [(keys.key_id(log.ring_id, key.public), key) for log, key in signers]
    return log_entry(ENTRY_DOCUMENT, (envelope.seal("epoch-reset", canonical.encode(reset), named),))


def test_a_new_beginning_that_one_ring_does_not_show_is_its_older_log_and_no_fault(logs: list[Export]) -> None:
    """What it signed days later would make two balances of it: `test_older_copies.py`."""
    oak, elm = logs
    entry = new_beginning(logs)

    assert {("log_behind", "", "oak")} == found(audited(oak, replace(elm, entries=[*elm.entries, entry])))
    assert set() == found(audited(*(replace(log, entries=[*log.entries, entry]) for log in logs)))


# -- I9: a netting moves nobody's net position, and raises no debt -----------------------------------------------------


def test_a_netting_that_one_ring_does_not_hand_back_has_moved_hours(ring_round: list[Export]) -> None:
    """The ring behind the starter was freed by its neighbour, and does not free the starter."""
    back: list[str] = []

    def keep(draft: Draft) -> None:
        for item in draft.of_kind("fulfil"):
            if draft.header["to"] == item["decision"]["item"]["by"]:
                back.append(draft.header["from"])
                kept = {"kind": "release", "order_hash": item["order_hash"], "cause": "own_refusal"}
                item.clear()
                item.update(kept)

    result = audited(*Liar(ring_round, keep).tell())

    names = {log.ring_id: log.name for log in ring_round}
    assert {("netting_moved", "I9", names[back[0]])} == found(result)


@pytest.mark.parametrize(("purpose", "raised"), [("netting", 3), ("assignment", 2)])
def test_a_netting_for_more_than_was_owed_has_raised_debts(ring_round: list[Export], purpose: str, raised: int) -> None:
    """The starter orders three hours more than anybody owes, and all three play along.

    By an assignment one of the three may come to owe more, up to its line's limit.
    """
    starters = set()

    def more(draft: Draft) -> None:
        for item in [*draft.of_kind("order"), *draft.of_kind("decision")]:
            if is_netting(item):
                starters.add(draft.header["from"])
                item["amount_seconds"] += 3 * HOUR
            if item.get("purpose") == "netting":
                item["purpose"] = purpose

    seen: set[str] = set()

    def is_netting(item: dict[str, Any]) -> bool:
        if item.get("purpose") == "netting":
            seen.add(item["payment_id"])
        return item["payment_id"] in seen and item["amount_seconds"] > 0

    result = audited(*Liar(ring_round, more).tell())

    assert {("netting_raised", "I9")} == {each[:2] for each in found(result)}
    assert (raised, 1) == (len(found(result)), len(starters))


# -- I10: every order ends, or is listed with its age ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("later_seconds", "code"), [(0, "order_open"), (3 * DAY + HOUR, "order_late"), (5 * DAY, "order_in_doubt")]
)
def test_an_order_that_nobody_ends_is_listed_with_its_age(logs: list[Export], later_seconds: int, code: str) -> None:
    """A ring takes an order and never decides, and its next word comes so much later."""
    result = audited(*Liar(logs, without_an_end(logs, later_seconds)).tell())

    [kept] = [each for each in result.findings if each.code.startswith("order_")]
    assert [(code, "I10")] == [(kept.code, CODES[kept.code].invariant)]
    assert {code} - {"order_open"} == set(codes(result))
    [order] = result.orders
    assert (order.lateness_seconds > 0, order.amount_seconds) == (
        later_seconds > 0,
        dict(kept.evidence)["amount_seconds"],
    )


def without_an_end(logs: list[Export], later_seconds: int) -> Change:
    """The last frame with a decision and nothing else brings a note to a payment instead, so much later."""
    last: list[tuple[str, int]] = []

    def look(draft: Draft) -> None:
        if [each["kind"] for each in draft.items] == ["decision"] and draft.items[0]["outcome"] == "paid":
            last.append((draft.header["from"], draft.header["seq"]))

    def plant(draft: Draft) -> None:
        if (draft.header["from"], draft.header["seq"]) == last[-1]:
            draft.items[:] = [{"kind": "message", "id": "A" * 22, "topic": NOTE, "body_hash": "A" * 43}]
            draft.header["at"] += later_seconds

    Liar(logs, look).tell()
    return plant
