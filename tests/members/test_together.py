# SPDX-License-Identifier: AGPL-3.0-or-later
"""Acting together and for one another: shared accounts, helpers, accesses, on a whole ring."""

from __future__ import annotations

import asyncio

import pytest

from ringtausch_node.members import OPERATOR, helping
from ringtausch_node.members.model import DAY_SECONDS
from ringtausch_node.payments.model import PayRequest
from tests.members.conftest import Village, code_of

# -- several people on one account -----------------------------------------------------------------------------------


async def test_people_on_one_account_share_balance_statement_and_limits(oak: Village) -> None:
    await oak.pay("hans", "hans", "ben", 600)
    await oak.pay("ben", "ben", "erna", 100)
    assert -500 == await oak.balance("erna") == await oak.balance("hans")
    erna, hans = [await oak.ring.accounts.statement(who, None, 9, OPERATOR) for who in ("erna", "hans")]
    assert erna.entries == hans.entries
    views = {each.handle: each for each in await oak.ring.members.list()}
    assert (None, "erna", "erna") == tuple(views[who].account_of for who in ("erna", "hans", "rolf"))
    assert views["erna"].min_seconds == views["hans"].min_seconds
    assert ("Hans", "hans") == ((await oak.ring.accounts.account("hans", OPERATOR)).name, views["hans"].handle)
    assert "limit_lower" == await code_of(oak.pay("erna", "erna", "ben", 25 * 3600))


async def test_who_joins_an_account_brings_no_limits_and_keeps_a_role_of_his_own(oak: Village) -> None:
    add = oak.ring.members.add
    assert "limits" == await code_of(add("lisa", "Lisa", "member", -60, None, "erna"))
    assert "unknown_member" == await code_of(add("lisa", "Lisa", account_of="nobody"))
    assert "handle_taken" == await code_of(add("ben", "Ben", account_of="erna"))
    assert "address" == await code_of(add("lisa", "Lisa", account_of="er na"))
    assert "auditor" == (await add("lisa", "Lisa", "auditor", account_of="hans")).role
    assert ["erna", "hans", "rolf", "lisa"] == (await oak.ring.members.helping.list("hans")).people


async def test_who_joins_a_frozen_account_is_frozen(oak: Village) -> None:
    await oak.ring.members.life.freeze("erna")
    await oak.join("lisa", account_of="erna")
    assert "not_allowed" == await code_of(oak.pay("lisa", "lisa", "ben"))
    await oak.ring.members.life.thaw("lisa")
    assert "paid" == (await oak.pay("lisa", "lisa", "ben")).state


# -- helpers ---------------------------------------------------------------------------------------------------------


async def test_a_payment_says_who_acted_where_it_was_not_the_payer(oak: Village) -> None:
    by_helper, by_mate, by_office = [await oak.pay(who, "erna", "ben") for who in ("karin", "hans", "büro")]
    own = await oak.pay("erna", "erna", "ben")
    assert ["karin", "hans", "büro", None] == [view.by for view in (by_helper, by_mate, by_office, own)]
    statement = await oak.ring.accounts.statement("erna", None, 9, await oak.actor("erna"))
    assert [None, "büro", "hans", "karin"] == [entry.by for entry in statement.entries]
    assert by_helper == await oak.ring.payments.get(by_helper.payment_id, await oak.actor("ben"))


async def test_a_help_ends_at_once_and_what_was_paid_stays_explained(oak: Village) -> None:
    paid = await oak.pay("karin", "erna", "ben")
    actor = await oak.actor("karin")
    await oak.ring.members.helping.end("karin", "erna", await oak.actor("hans"))
    pay = oak.ring.payments.pay
    assert "not_allowed" == await code_of(pay(PayRequest(None, "erna", "ben", 60), actor))
    again = PayRequest(paid.payment_id, "erna", "ben", 60, "memo")
    assert "not_allowed" == await code_of(pay(again, actor))
    assert "not_found" == await code_of(oak.ring.payments.get(paid.payment_id, actor))
    assert "karin" == (await oak.ring.payments.get(paid.payment_id, OPERATOR)).by
    kept = await oak.ring.store.read(lambda tx: tx.row("SELECT granted_by, ended_by FROM helper"))
    assert ("(operator)", "hans") == kept


async def test_help_is_not_passed_on(oak: Village) -> None:
    await oak.ring.members.helping.grant("ben", "karin", await oak.actor("karin"))
    assert "not_allowed" == await code_of(oak.pay("ben", "erna", "karin"))
    assert "not_allowed" == await code_of(oak.ring.members.helping.grant("ben", "erna", await oak.actor("karin")))


async def test_help_for_one_is_none_for_others_on_the_account_but_all_of_them_see_and_end_it(oak: Village) -> None:
    assert "not_allowed" == await code_of(oak.pay("karin", "hans", "ben"))
    seen = (await oak.ring.members.helping.list("hans", await oak.actor("hans"))).helpers
    assert [("karin", "Karin", "erna", "(operator)")] == [
        (each.helper, each.helper_name, each.for_, each.granted_by) for each in seen
    ]
    assert ["erna"] == [each.for_ for each in (await oak.ring.members.helping.list("karin")).helps]


@pytest.mark.parametrize("helper", ["erna", "hans", "rolf", "rita", "frosty"])
async def test_who_cannot_help_is_told_so(oak: Village, helper: str) -> None:
    await oak.join("frosty")
    await oak.ring.members.life.freeze("frosty")
    assert "helper_unfit" == await code_of(oak.ring.members.helping.grant(helper, "erna"))


async def test_granting_twice_is_granting_once_and_ending_twice_is_refused(oak: Village) -> None:
    help_ = oak.ring.members.helping
    first, second = await help_.grant("ben", "erna"), await help_.grant("ben", "erna", await oak.actor("erna"))
    assert first == second
    await help_.end("ben", "erna")
    assert "not_found" == await code_of(help_.end("ben", "erna"))
    assert "erna" == (await help_.grant("ben", "erna", await oak.actor("erna"))).granted_by
    for nobody in (help_.grant("nobody", "erna"), help_.grant("ben", "nobody"), help_.list("nobody")):
        assert "unknown_member" == await code_of(nobody)


async def test_an_account_has_only_so_many_helpers(oak: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helping, "HELPERS_MAX", 2)
    await oak.ring.members.helping.grant("ben", "hans")
    assert "too_many_helpers" == await code_of(oak.ring.members.helping.grant("otto", "erna"))
    await oak.ring.members.helping.grant("ben", "hans")


# -- accesses --------------------------------------------------------------------------------------------------------


async def test_accesses_are_listed_without_what_opens_the_door(oak: Village) -> None:
    access = oak.ring.members.access
    await oak.ring.members.token("erna", label=" Handy ")
    tokens = (await access.list("erna")).tokens
    assert ["", "Handy"] == [each.label for each in tokens]
    assert [None, None] == [each.last_used_day for each in tokens]
    assert oak.tokens["erna"] not in repr(tokens)


async def test_of_the_last_use_only_the_day_is_known_and_written_once_a_day(oak: Village) -> None:
    def day(at: int) -> int:
        return at - at % DAY_SECONDS

    await oak.actor("erna")
    hops = oak.ring.store.hops
    await oak.actor("erna")
    assert hops == oak.ring.store.hops
    assert day(oak.clock.now()) == (await oak.ring.members.access.list("erna")).tokens[0].last_used_day
    oak.clock.ahead_seconds += DAY_SECONDS
    await asyncio.gather(*(oak.actor("erna") for _ in range(5)))
    assert day(oak.clock.now()) == (await oak.ring.members.access.list("erna")).tokens[0].last_used_day
    oak.clock.ahead_seconds -= 3 * DAY_SECONDS  # a clock that was set back takes nothing away
    await oak.actor("erna")
    assert day(oak.clock.now()) < ((await oak.ring.members.access.list("erna")).tokens[0].last_used_day or 0)


async def test_accesses_are_revoked_one_by_one_or_all_and_only_ones_own(oak: Village) -> None:
    access, second = oak.ring.members.access, await oak.ring.members.token("erna")
    first_id, second_id = (each.id for each in (await access.list("erna")).tokens)
    bens = (await access.list("ben")).tokens[0].id
    erna = await oak.actor("erna")
    assert "not_found" == await code_of(access.revoke("erna", bens, erna))
    assert [second_id] == [each.id for each in (await access.revoke("erna", first_id, erna)).tokens]
    assert "unauthorized" == await code_of(oak.actor("erna"))
    assert "not_found" == await code_of(access.revoke("erna", first_id, erna))
    assert "erna" == (await oak.ring.members.authenticate(second)).handle
    assert [] == (await access.revoke("erna")).tokens
    assert "unauthorized" == await code_of(oak.ring.members.authenticate(second))
    assert "ben" == (await oak.actor("ben")).handle


@pytest.mark.parametrize("label", ["x" * 41, "a\x00b", "a\nb", "a\u202eb"])
async def test_a_label_is_one_short_line(oak: Village, label: str) -> None:
    assert "label" == await code_of(oak.ring.members.token("erna", label=label))
