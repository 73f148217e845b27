# SPDX-License-Identifier: AGPL-3.0-or-later
"""Freezing and leaving, on a whole ring."""

from __future__ import annotations

import asyncio

import pytest

from ringtausch_node.errors import LocalError
from ringtausch_node.ledger import service as ledger
from ringtausch_node.ledger.reconcile import reconcile
from ringtausch_node.members import OPERATOR, records
from ringtausch_node.payments.invoice_model import InvoiceRequest
from ringtausch_node.store import Tx
from ringtausch_node.translog import service as translog
from ringtausch_node.translog.verify import verify_log
from tests.members.conftest import Village, code_of


async def sound(oak: Village) -> bool:
    """Books and log recomputed."""
    await oak.ring.store.read(verify_log)
    return not await oak.ring.store.read(reconcile)


# -- freezing --------------------------------------------------------------------------------------------------------


async def test_freezing_is_about_the_account_and_forgotten_by_nobody_who_remembers(oak: Village) -> None:
    for who in ("erna", "hans", "karin"):
        await oak.pay(who, "erna" if who == "karin" else who, "ben")
    frozen = await oak.ring.members.life.freeze("hans")
    assert ("frozen", ["erna", "hans", "rolf"]) == (frozen.state, frozen.people)
    for who, payer in (("erna", "erna"), ("hans", "hans"), ("karin", "erna"), ("(operator)", "hans")):
        assert "not_allowed" == await code_of(oak.pay(who, payer, "ben"))
    assert "payee_refuses" == await code_of(oak.pay("ben", "ben", "hans"))
    assert frozen == await oak.ring.members.life.freeze("hans")
    await oak.ring.members.life.thaw("erna")
    assert "paid" == (await oak.pay("karin", "erna", "ben")).state
    assert {"active"} == set((await oak.states()).values())


async def test_what_was_paid_before_the_frost_stays_answered(oak: Village) -> None:
    paid = await oak.pay("erna", "erna", "ben", id_="A" * 22)
    await oak.ring.members.life.freeze("erna")
    assert paid == await oak.pay("erna", "erna", "ben", id_="A" * 22)


async def test_a_reader_that_came_too_early_leaves_no_old_state_behind(oak: Village) -> None:
    """Readings and freezing at once, over and over: whatever was read, the next payment knows the truth."""
    for round_ in range(10):
        change = oak.ring.members.life.freeze if round_ % 2 == 0 else oak.ring.members.life.thaw
        await asyncio.gather(
            *(oak.ring.accounts.account("erna", OPERATOR) for _ in range(5)), oak.actor("erna"), change("erna"),
            *(oak.ring.accounts.statement("hans", None, 5, OPERATOR) for _ in range(5)),
        )  # fmt: skip
        assert ("not_allowed" if round_ % 2 == 0 else "") == await code_of(oak.pay("erna", "erna", "ben", 1))
        assert (round_ % 2 == 1) == (await oak.actor("erna")).is_active


async def test_a_change_that_is_undone_is_not_remembered(oak: Village) -> None:
    def undone(tx: Tx) -> None:
        oak.ring.members.life._set(tx, "erna", "frozen")
        assert "frozen" == (oak.ring.members.account_for(tx, "erna") or (0, ""))[1]
        assert oak.ring.members.frozen_accounts(tx)
        raise LocalError("usage")

    await oak.pay("erna", "erna", "ben")
    other = oak.ring.store.write(lambda tx: None)
    assert ["usage", ""] == list(await asyncio.gather(code_of(oak.ring.store.write(undone)), code_of(other)))
    assert "paid" == (await oak.pay("erna", "erna", "ben")).state
    assert frozenset() == await oak.ring.store.write(oak.ring.members.frozen_accounts)


async def test_who_left_or_never_was_is_neither_frozen_nor_thawed(oak: Village) -> None:
    await oak.ring.leaving.leave("hans")
    for handle in ("hans", "nobody"):
        assert "unknown_member" == await code_of(oak.ring.members.life.freeze(handle))
        assert "unknown_member" == await code_of(oak.ring.members.life.thaw(handle))
    assert ["erna", "rolf"] == (await oak.ring.members.life.freeze("erna")).people
    assert "left" == (await oak.states())["hans"]


# -- leaving ---------------------------------------------------------------------------------------------------------


async def test_who_leaves_at_zero_is_gone_for_good(oak: Village) -> None:
    await oak.pay("ben", "ben", "karin", 60)
    await oak.pay("karin", "karin", "ben", 60)
    await oak.ring.members.helping.grant("karin", "ben")
    await oak.ring.members.helping.grant("ben", "karin")
    left = await oak.ring.leaving.leave("karin")
    assert ("karin", 0, None, None) == (left.handle, left.rest_seconds, left.rest_to, left.account_with)
    assert "unauthorized" == await code_of(oak.actor("karin"))
    assert "handle_taken" == await code_of(oak.ring.members.add("karin", "Another"))
    assert "unknown_member" == await code_of(oak.ring.members.token("karin"))
    assert "unknown_member" == await code_of(oak.ring.leaving.leave("karin"))
    assert "unknown_member" == await code_of(oak.ring.members.add("lisa", "Lisa", account_of="karin"))
    assert "payee_refuses" == await code_of(oak.pay("ben", "ben", "karin"))
    helpers = await oak.ring.members.helping.list("ben")
    assert ([], []) == (helpers.helpers, helpers.helps)
    assert await sound(oak)


@pytest.mark.parametrize(("payer", "payee", "sign"), [("ben", "karin", 1), ("karin", "ben", -1)])
async def test_an_account_that_is_not_at_zero_stays_unless_the_rest_goes_somewhere(
    oak: Village, payer: str, payee: str, sign: int
) -> None:
    await oak.pay(payer, payer, payee, 90)
    assert "balance_not_zero" == await code_of(oak.ring.leaving.leave("karin"))
    assert "active" == (await oak.states())["karin"]
    size = (await oak.ring.store.read(translog.head)).size
    left = await oak.ring.leaving.leave("karin", "Austritt")
    assert (sign * 90, "community:austritt") == (left.rest_seconds, left.rest_to)
    community = await oak.ring.store.read(lambda tx: ledger.account_by_key(tx, "community:austritt"))
    assert community is not None
    assert ("community", sign * 90, 0) == (community.kind, community.balance_seconds, await oak.balance("karin"))
    assert size + 1 == (await oak.ring.store.read(translog.head)).size
    entry = (await oak.ring.accounts.statement("karin", None, 1, OPERATOR)).entries[0]
    assert ("payment", -sign * 90, "community:austritt", "(operator)") == (
        entry.kind, entry.amount_seconds, entry.with_, entry.by,
    )  # fmt: skip
    assert await sound(oak)
    refund = oak.ring.refunds.refund(str(entry.payment_id), OPERATOR)
    assert ("payee_refuses" if sign > 0 else "not_allowed") == await code_of(refund)


async def test_a_community_account_is_opened_once_and_named_as_it_is_written(oak: Village) -> None:
    for who in ("karin", "büro"):
        await oak.pay("ben", "ben", who, 30)
    assert "address" == await code_of(oak.ring.leaving.leave("karin", "community:"))
    assert "address" == await code_of(oak.ring.leaving.leave("karin", "member:ben"))
    await oak.ring.leaving.leave("karin", "community:austritt")
    await oak.ring.leaving.leave("büro", "austritt")
    community = await oak.ring.store.read(lambda tx: ledger.account_by_key(tx, "community:austritt"))
    assert 60 == (community.balance_seconds if community else 0)


async def test_who_shares_an_account_leaves_it_to_the_others_and_the_last_one_closes_it(oak: Village) -> None:
    await oak.pay("erna", "erna", "ben", 60)
    assert "account_shared" == await code_of(oak.ring.leaving.leave("erna", "austritt"))
    assert "hans" == (await oak.ring.leaving.leave("erna")).account_with
    assert ("hans", None) == await names(oak, "hans")
    assert ("rolf", "hans") == await names(oak, "rolf")
    assert -60 == await oak.balance("hans")
    assert "paid" == (await oak.pay("hans", "hans", "ben", 30)).state
    assert "not_allowed" == await code_of(oak.pay("hans", "erna", "ben", 30))
    assert "not_allowed" == await code_of(oak.pay("karin", "erna", "ben", 30))
    assert "rolf" == (await oak.ring.leaving.leave("hans")).account_with
    assert "balance_not_zero" == await code_of(oak.ring.leaving.leave("rolf"))
    assert -90 == (await oak.ring.leaving.leave("rolf", "austritt")).rest_seconds
    assert await sound(oak)


async def names(oak: Village, handle: str) -> tuple[str, str | None]:
    """A handle and whose account it shares, as lists show it."""
    found = next(each for each in await oak.ring.members.list() if each.handle == handle)
    return found.handle, found.account_of


async def test_a_frozen_member_may_be_let_go(oak: Village) -> None:
    await oak.pay("ben", "ben", "karin", 60)
    await oak.ring.members.life.freeze("karin")
    assert 60 == (await oak.ring.leaving.leave("karin", "austritt")).rest_seconds
    assert frozenset() == await oak.ring.store.write(oak.ring.members.frozen_accounts)


async def test_reserved_credit_keeps_a_member_here(oak: Village) -> None:
    def hold(tx: Tx) -> None:
        account = records.load_present(tx, "karin").account_id
        ledger.hold(
            tx, hold_id=b"h" * 16, account_id=account, amount_seconds=60, at=1, policy=oak.ring.payments._policy
        )

    await oak.ring.store.write(hold)
    for rest_to in (None, "austritt"):
        assert "payments_open" == await code_of(oak.ring.leaving.leave("karin", rest_to))


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM member WHERE handle = 'ben'",
        "UPDATE member SET handle = 'other' WHERE handle = 'ben'",
        "UPDATE member SET account_id = 1 WHERE handle = 'ben'",
        "UPDATE member SET state = 'active' WHERE handle = 'hans'",
        "UPDATE member SET is_first = 1 WHERE handle = 'rolf'",
        "DELETE FROM helper",
        "UPDATE helper SET granted_by = 'x'",
        "UPDATE helper SET helper_id = member_id, ended_by = 'x', ended_at = 1",
        "INSERT INTO helper SELECT NULL, helper_id, member_id, '', 1, NULL, NULL FROM helper",
    ],
)
async def test_not_even_sql_by_hand(oak: Village, sql: str) -> None:
    await oak.ring.leaving.leave("hans")
    assert "constraint" == await code_of(oak.ring.store.write(lambda tx: tx.change(sql)))


async def test_who_leaves_takes_his_invoices_back_and_declines_those_of_others(oak: Village) -> None:
    asked = await oak.ring.invoices.create(InvoiceRequest(None, "karin", 60, "", "ben"), OPERATOR)
    to_pay = await oak.ring.invoices.create(InvoiceRequest(None, "ben", 60, "", "karin"), OPERATOR)
    paid = await oak.ring.invoices.create(InvoiceRequest(None, "karin", 60, "", "ben"), OPERATOR)
    await oak.ring.answers.pay(paid.invoice_id, OPERATOR)
    await oak.ring.leaving.leave("karin", "austritt")
    stand = [await oak.ring.invoices.get(each.invoice_id, OPERATOR) for each in (asked, to_pay, paid)]
    assert [("cancelled", None), ("declined", "left"), ("paid", None)] == [(view.state, view.code) for view in stand]
