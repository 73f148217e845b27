# SPDX-License-Identifier: AGPL-3.0-or-later
"""Group commit: who stands in one transaction, and who is hurt by whom."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from ringtausch_node.store import Store, Tx
from ringtausch_node.store import store as store_module
from ringtausch_protocol.errors import LocalError
from tests.store.notes import OpenStore, add_note, notes


async def test_all_who_wait_stand_in_one_hop(store: Store) -> None:
    before = store.hops
    await asyncio.gather(*(store.write(add_note(f"{number:03}")) for number in range(200)))
    assert 1 == store.hops - before
    assert [f"{number:03}" for number in range(200)] == await store.read(notes)


async def test_a_lone_caller_does_not_wait_for_others(store: Store) -> None:
    before = store.hops
    for number in range(3):
        await store.write(add_note(str(number)))
    assert 3 == store.hops - before


async def test_while_a_group_runs_the_next_one_gathers(store: Store) -> None:
    before = store.hops
    first = asyncio.create_task(store.write(add_note("first")))
    await asyncio.sleep(0)  # first is queued
    await asyncio.sleep(0)  # its group has been taken
    await asyncio.gather(first, *(store.write(add_note(str(number))) for number in range(50)))
    assert 2 == store.hops - before


async def test_groups_are_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "GROUP_MAX", 10)
    before = store.hops
    await asyncio.gather(*(store.write(add_note(str(number))) for number in range(25)))
    assert 3 == store.hops - before


async def test_who_asks_to_be_alone_is(store: Store) -> None:
    groups: list[list[str]] = []
    store.on_seal(lambda tx: groups.append(tx.collected("name")))

    def name(text: str) -> Callable[[Tx], None]:
        return lambda tx: tx.collect("name", text)

    asked = [store.write(name(text), is_alone=text.isupper()) for text in "abCDe"]
    await asyncio.gather(*asked)
    assert [["a", "b"], ["C"], ["D"], ["e"]] == groups


async def test_each_caller_gets_the_value_of_his_own_use_case(store: Store) -> None:
    def twice(number: int) -> Any:
        return lambda _tx: number * 2

    assert [0, 2, 4, 6] == await asyncio.gather(*(store.write(twice(number)) for number in range(4)))


async def test_a_failing_use_case_does_not_hurt_its_neighbours(store: Store) -> None:
    def half_done(tx: Tx) -> None:
        add_note("half done")(tx)
        raise LocalError("limit_lower")

    found = await asyncio.gather(
        store.write(add_note("a")), store.write(half_done), store.write(add_note("b")), return_exceptions=True
    )
    assert [None, "limit_lower", None] == [getattr(each, "code", each) for each in found]
    assert ["a", "b"] == await store.read(notes)
    assert not store.failed.is_set()


async def test_a_lone_failing_use_case_leaves_nothing(store: Store) -> None:
    def half_done(tx: Tx) -> None:
        add_note("half done")(tx)
        raise ValueError("by mistake")

    with pytest.raises(ValueError, match="by mistake"):
        await store.write(half_done)
    assert [] == await store.read(notes)
    await store.write(add_note("next"))
    assert ["next"] == await store.read(notes)


async def test_a_refused_row_is_a_constraint_and_can_be_survived(store: Store) -> None:
    def survives(tx: Tx) -> str:
        add_note("kept")(tx)
        try:
            add_note("too large", 10)(tx)
        except LocalError as error:
            return error.code
        return "accepted"

    assert "constraint" == await store.write(survives)
    assert ["kept"] == await store.read(notes)


async def test_a_mistake_in_sql_is_shown_as_it_is(store: Store) -> None:
    with pytest.raises(Exception, match="no such table: nowhere"):
        await store.write(lambda tx: tx.executemany("INSERT INTO nowhere VALUES (?)", [(1,)]))
    assert not store.failed.is_set()


async def test_a_seal_hook_sees_what_survived_and_writes_in_the_same_commit(open_store: OpenStore) -> None:
    store = await open_store()

    def seal(tx: Tx) -> None:
        for text in tx.collected("text"):
            add_note(f"sealed {text}")(tx)

    def collecting(text: str, *, fails: bool = False) -> Any:
        def use_case(tx: Tx) -> list[str]:
            tx.collect("text", text)
            if fails:
                raise LocalError("amount")
            return list(tx.collected("text"))

        return use_case

    await store.write(lambda tx: tx.execute("CREATE TABLE note (text TEXT PRIMARY KEY, size INTEGER)").close())
    store.on_seal(seal)
    found = await asyncio.gather(
        *(store.write(use_case) for use_case in (collecting("a"), collecting("b", fails=True), collecting("c"))),
        return_exceptions=True,
    )
    assert [["a"], "amount", ["c"]] == [getattr(each, "code", each) for each in found]
    assert ["sealed a", "sealed c"] == await store.read(notes)


async def test_hooks_do_not_run_when_nothing_stands(store: Store) -> None:
    sealed: list[str] = []
    store.on_seal(lambda _tx: sealed.append("sealed"))

    def fails(tx: Tx) -> None:
        tx.after_commit(lambda: sealed.append("after"))
        raise LocalError("amount")

    await asyncio.gather(store.write(fails), store.write(fails), return_exceptions=True)
    assert [] == sealed


async def test_callbacks_come_after_the_commit_and_before_the_callers(open_store: OpenStore) -> None:
    told: list[str] = []
    store = await open_store(told.append)
    told.clear()
    store.on_seal(lambda tx: tx.after_commit(lambda: told.append("hook's")))

    def use_case(tx: Tx) -> None:
        tx.after_commit(lambda: told.append("use case's"))

    await store.write(use_case)
    told.append("caller")
    assert ["before", "inside", "after", "use case's", "hook's", "caller"] == told


async def test_a_failing_callback_hurts_nobody_and_is_reported(store: Store) -> None:
    reported: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: reported.append(context))

    def use_case(tx: Tx) -> str:
        tx.after_commit(lambda: 1 // 0)
        return "stands"

    assert "stands" == await store.write(use_case)
    assert ["a callback after the commit failed"] == [context["message"] for context in reported]


async def test_a_caller_who_gives_up_before_his_turn_books_nothing(store: Store) -> None:
    first = asyncio.create_task(store.write(add_note("first")))
    await asyncio.sleep(0)
    given_up = asyncio.create_task(store.write(add_note("given up")))
    await asyncio.sleep(0)
    given_up.cancel()
    await first
    await asyncio.wait([given_up])
    await store.write(add_note("last"))
    assert ["first", "last"] == await store.read(notes)


async def test_a_caller_who_gives_up_during_his_turn_has_booked(open_store: OpenStore) -> None:
    store = await open_store()
    await store.write(lambda tx: tx.execute("CREATE TABLE note (text TEXT PRIMARY KEY, size INTEGER)").close())
    caller = asyncio.create_task(store.write(add_note("booked")))
    loop = asyncio.get_running_loop()

    def give_up(_tx: Tx) -> None:
        loop.call_soon_threadsafe(caller.cancel)

    store.on_seal(give_up)
    await asyncio.wait([caller])
    await store.write(lambda _tx: None)
    assert ["booked"] == await store.read(notes)


async def test_closing_finishes_what_waits(open_store: OpenStore) -> None:
    store = await open_store()
    await store.write(lambda tx: tx.execute("CREATE TABLE note (text TEXT PRIMARY KEY, size INTEGER)").close())
    waiting = [asyncio.create_task(store.write(add_note(str(number)))) for number in range(3)]
    await asyncio.sleep(0)
    await store.close()
    await store.close()
    await asyncio.gather(*waiting)
    with pytest.raises(LocalError, match="storage_failed: the store is closed"):
        await store.write(notes)
    again = await open_store()
    assert ["0", "1", "2"] == await again.read(notes)
