# SPDX-License-Identifier: AGPL-3.0-or-later
"""Members, their accounts and their tokens, on a real store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ringtausch_node.clock import SystemClock
from ringtausch_node.config import Limits
from ringtausch_node.errors import LocalError
from ringtausch_node.ids import SystemIds
from ringtausch_node.ledger import service as ledger
from ringtausch_node.ledger.reconcile import reconcile
from ringtausch_node.members import OPERATOR, Actor, Members, access
from ringtausch_node.store import Store
from ringtausch_node.translog import service as translog
from ringtausch_node.translog.verify import verify_log
from ringtausch_protocol.units import HOURS

DEFAULTS = Limits(default_min_seconds=-36000, default_max_seconds=72000)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(tmp_path / "ring.sqlite", clock=SystemClock())
    opened.on_seal(translog.seal)
    yield opened
    await opened.close()


@pytest.fixture
def members(store: Store) -> Members:
    clock = SystemClock()
    return Members(store, SystemIds(clock), clock, DEFAULTS, "oak.example")


async def refused(action: object) -> LocalError:
    with pytest.raises(LocalError) as caught:
        await action  # type: ignore[misc]
    return caught.value


async def set_state(store: Store, handle: str, state: str) -> None:
    await store.write(lambda tx: tx.execute("UPDATE member SET state = ? WHERE handle = ?", (state, handle)).rowcount)


async def test_a_member_gets_an_account_with_limits(store: Store, members: Members) -> None:
    added = await members.add("Alma", " Alma Berg ", "office", -7200, 0)
    assert ("alma", "Alma Berg", "office", "active") == (added.handle, added.name, added.role, added.state)
    assert (0, -7200, 0) == (added.balance_seconds, added.min_seconds, added.max_seconds)
    assert -36000 == (await members.add("ben", "Ben")).min_seconds
    assert ["alma", "ben"] == [each.handle for each in await members.list()]
    assert 2 == (await store.read(ledger.totals)).accounts


@pytest.mark.parametrize(
    ("handle", "name", "role", "low", "high", "code"),
    [
        ("a b", "A", "member", 0, 0, "address"),
        ("ben@ulme", "A", "member", 0, 0, "address"),
        ("", "A", "member", 0, 0, "address"),
        ("cem", "", "member", 0, 0, "member_name"),
        ("cem", "C\x00m", "member", 0, 0, "member_name"),
        ("cem", "x" * 81, "member", 0, 0, "member_name"),
        ("cem", "Cem", "king", 0, 0, "role"),
        ("cem", "Cem", "member", 1, 2, "limits"),
        ("cem", "Cem", "member", -(2**63), 0, "limits"),
        ("cem", "Cem", "member", 0, -1, "limits"),
        ("ALMA", "Another", "member", 0, 0, "handle_taken"),
    ],
)
async def test_what_cannot_be_a_member_is_refused(
    store: Store, members: Members, handle: str, name: str, role: str, low: int, high: int, code: str
) -> None:
    await members.add("alma", "Alma")
    assert code == (await refused(members.add(handle, name, role, low, high))).code
    assert 1 == (await store.read(ledger.totals)).accounts


async def test_a_token_lets_its_member_in_and_costs_no_second_hop(store: Store, members: Members) -> None:
    await members.add("alma", "Alma", "auditor")
    token = await members.token("alma")
    first = await members.authenticate(token)
    assert ("alma", "auditor") == (first.handle, first.role)
    await store.close()
    assert first == await members.authenticate(token)


async def test_the_store_keeps_only_a_hash(store: Store, members: Members) -> None:
    await members.add("alma", "Alma")
    token = await members.token("alma")
    stored = await store.read(lambda tx: tx.execute("SELECT hash FROM token").fetchall())
    assert 1 == len(stored)
    assert token.encode() not in stored[0][0]
    assert 43 == len(token)


@pytest.mark.parametrize("token", ["", "x", "ä" * 43, "a" * 43, "a" * 10_000, "a\x00b"])
async def test_a_token_nobody_holds_is_refused(members: Members, token: str) -> None:
    assert "unauthorized" == (await refused(members.authenticate(token))).code


async def test_a_revoked_token_is_void_at_once(members: Members) -> None:
    await members.add("alma", "Alma")
    await members.add("ben", "Ben")
    old, other = await members.token("alma"), await members.token("ben")
    await members.authenticate(old)
    await members.authenticate(other)
    new = await members.token("alma", revoke=True)
    assert "unauthorized" == (await refused(members.authenticate(old))).code
    assert "alma" == (await members.authenticate(new)).handle
    assert "ben" == (await members.authenticate(other)).handle
    await members.revoke("alma")
    assert "unauthorized" == (await refused(members.authenticate(new))).code


async def test_a_member_who_left_has_no_access(store: Store, members: Members) -> None:
    await members.add("alma", "Alma")
    token = await members.token("alma")
    await set_state(store, "alma", "left")
    assert "unauthorized" == (await refused(members.authenticate(token))).code
    assert "unknown_member" == (await refused(members.token("alma"))).code
    assert "unknown_member" == (await refused(members.token("nobody"))).code
    assert "unknown_member" == (await refused(members.revoke("nobody"))).code


async def test_only_so_many_accesses_are_kept(members: Members, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "ACCESSES_KEPT", 2)
    await members.add("alma", "Alma")
    for token in [await members.token("alma") for _ in range(4)]:
        await members.authenticate(token)
    assert 2 == len(members.access._known)


async def test_payments_find_accounts_and_payees(store: Store, members: Members) -> None:
    await members.add("alma", "Alma Berg")
    await members.add("ben", "Ben")
    await set_state(store, "ben", "frozen")
    found = await store.write(lambda tx: members.account_for(tx, "alma"))
    assert found is not None
    account, state = found
    assert "active" == state
    assert "alma" == (await store.read(lambda tx: members.member_by_account(tx, account))).handle  # type: ignore[union-attr]
    payee = await store.read(lambda tx: members.payee(tx, "alma"))
    assert (account, "Alma Berg", True) == payee
    assert not (await store.read(lambda tx: members.payee(tx, "ben"))).is_payable  # type: ignore[union-attr]
    for nothing in (members.payee, members.account_for):
        assert await store.read(lambda tx, ask=nothing: ask(tx, "nobody")) is None  # type: ignore[misc]
    assert await store.read(lambda tx: members.member_by_account(tx, 999)) is None


async def test_a_list_is_taken_over_with_balances_that_sum_to_zero(store: Store, members: Members) -> None:
    data = "Kürzel;Name;Saldo\nalma;Alma;10\nben;Ben;-2:30\ncem;Cem;0\n".encode("cp1252")
    done = await members.import_csv(data, HOURS)
    assert (3, -27000) == (done.members, done.difference_seconds)
    assert [36000, -9000, 0] == [each.balance_seconds for each in await members.list()]
    more = await members.import_csv(b"handle,name,balance\ndora,Dora,1\n", HOURS)
    assert -30600 == more.difference_seconds
    totals = await store.read(ledger.totals)
    assert (5, 0) == (totals.accounts, totals.sum_seconds)
    assert [] == await store.read(reconcile)
    assert 3 == (await store.read(verify_log)).size


async def test_a_list_is_looked_at_and_taken_over_by_the_office_alone(members: Members) -> None:
    await members.add("ben", "Ben")
    ben = await members.authenticate(await members.token("ben"))
    for deed in (members.preview_csv, members.import_csv):
        assert "not_allowed" == (await refused(deed(b"handle,name\nalma,Alma\n", HOURS, ben))).code
    assert ["ben"] == [each.handle for each in await members.list()]


async def test_a_list_with_a_known_handle_changes_nothing(store: Store, members: Members) -> None:
    await members.add("ben", "Ben")
    refusal = await refused(members.import_csv(b"handle,name,balance\nalma,Alma,1\nben,Ben,2\n", HOURS))
    assert ("csv", "line 3, handle: handle_taken") == (refusal.code, refusal.detail)
    assert ["ben"] == [each.handle for each in await members.list()]
    assert 0 == (await store.read(translog.head)).size


def test_roles_say_who_may_do_what() -> None:
    rights = {
        role: (actor.may_pay_from("me"), actor.may_pay_from("you"), actor.may_read("me"), actor.may_read("you"))
        for role in ("member", "office", "operator", "auditor")
        for actor in [Actor(b"m" * 16, "me", role)]
    }
    assert {
        "member": (True, False, True, False),
        "office": (True, True, True, True),
        "operator": (True, True, True, True),
        "auditor": (False, False, True, True),
    } == rights
    assert OPERATOR.may_pay_from("anyone")
