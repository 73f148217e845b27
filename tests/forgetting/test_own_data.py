# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a member is handed of all that is stored about them: everything that people stand in, or a reason why not."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import msgspec

from ringtausch_node.bootstrap import Ring
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.payments.invoice_model import InvoiceRequest
from ringtausch_node.payments.model import PayRequest
from ringtausch_node.store import Tx
from tests.federation.towns import end_of, until
from tests.forgetting.life import HANDLE, MAIL, MEMO, NAME, NOTE, WORDS, actor_of, live, paid
from tests.forgetting.test_forgetting import COLUMNS
from tests.members.conftest import code_of


def sides() -> tuple[dict[str, str], dict[str, str]]:
    """(columns with people in them, and where each is handed over; and why each of the others is not)."""
    people = COLUMNS.read_text().split("[people]")[1].split("[nobody]")[0]
    lines = [line.split(maxsplit=1) for line in people.split("\n") if line]
    assert [] == [line for line in lines if len(line) != 2]
    said = dict(lines)
    shown = {column: place for column, place in said.items() if not place.startswith("- ")}
    return shown, {column: place for column, place in said.items() if column not in shown}


def at(value: Any, place: list[str]) -> Iterator[Any]:
    """What stands at a place of the file, through every list on the way."""
    if isinstance(value, list):
        for each in value:
            yield from at(each, place)
    elif place and isinstance(value, dict):
        yield from at(value.get(place[0]), place[1:])
    elif not place:
        yield value


async def much(oak: Ring, elm: Ring) -> None:
    """Zenobia has to do with everything: beside her life also what only some members ever see."""
    await live(oak, elm)
    zenobia, otto = await actor_of(oak, HANDLE), await oak.members.add("otto", "Otto")
    await oak.members.blocking.block(otto.handle, zenobia)
    await oak.members.blocking.report("otto", "Er kocht", zenobia)
    await oak.members.blocking.close(2, OPERATOR)
    await oak.members.set_limits(HANDLE, -7_200, 7_200)
    for role in ("member", "office"):
        await oak.members.roles.give(HANDLE, role)
    await oak.members.helping.grant("alma", HANDLE)
    await oak.members.helping.grant("otto", HANDLE)
    await oak.members.helping.end("otto", HANDLE)
    alma = await actor_of(oak, "alma")
    refused = PayRequest(None, HANDLE, "nobody@elm.example", 60, "Für niemanden")
    await end_of(oak, (await oak.payments.pay(refused, alma)).payment_id)
    written = await oak.invoices.create(InvoiceRequest(None, HANDLE, 300, MEMO, "alma", 30), alma)
    await oak.answers.cancel(written.invoice_id, alma)
    asked = await elm.invoices.create(InvoiceRequest(None, "ben", 300, MEMO, f"{HANDLE}@oak.example", 30), OPERATOR)
    await until(partial(_has_come, oak, asked.invoice_id))
    await oak.answers.decline(asked.invoice_id, "other", alma)
    await oak.store.write(lambda tx: oak.post.send(tx, MAIL, "Suppe", "K7M4-2QPX", useless_at=2**40))


async def _has_come(oak: Ring, invoice_id: str) -> bool:
    return invoice_id in {each.invoice_id for each in (await oak.invoices.list(OPERATOR, HANDLE)).to_pay}


async def data_of(oak: Ring, handle: str = HANDLE) -> Any:
    """The file, as it is read."""
    return msgspec.json.decode(msgspec.json.encode(await oak.own_data.of(handle)))


def kept(tx: Tx, column: str) -> set[Any]:
    """What a table holds in a column."""
    table, name = column.split(".")
    return {row[0] for row in tx.execute(f"SELECT {name} FROM {table}")} - {None, ""}


def told(files: list[Any], place: str) -> set[Any]:
    """What some files say at a place."""
    return {value for file in files for value in at(file, place.split("."))}


async def test_every_column_with_people_in_it_is_handed_over_or_has_a_reason(open_pair: tuple[Ring, Ring]) -> None:
    """What a table holds is what stands at the place that the list of columns names."""
    oak, elm = open_pair
    await much(oak, elm)
    here = await data_of(oak)
    await oak.leaving.leave(HANDLE)
    files = [here, await data_of(oak)]

    shown, reasons = sides()

    def missing(tx: Tx) -> list[str]:
        return [column for column, place in shown.items() if not kept(tx, column) & told(files, place)]

    assert [] == await oak.store.read(missing)
    assert [] == [column for column, reason in reasons.items() if len(reason.split()) < 4]


async def test_what_ended_is_there_with_its_notes_and_what_was_refused_too(open_pair: tuple[Ring, Ring]) -> None:
    oak, elm = open_pair
    await much(oak, elm)
    ended = (await data_of(oak))["ended"]
    noted = {
        (each["from"], each["to"], note["text"], note["writer"]) for each in ended for note in each.get("notes", [])
    }
    assert {(HANDLE, "ben@elm.example", NOTE, "payer"), ("ben@elm.example", HANDLE, NOTE, "payer")} == noted
    assert [("Für niemanden", "refused", "alma")] == [
        (each["memo"], each["state"], each["by"]) for each in ended if each["state"] != "paid"
    ]
    assert sorted((each["created_at"] for each in ended), reverse=True) == [each["created_at"] for each in ended]


async def test_a_mail_that_waits_does_not_say_what_lets_somebody_in(open_pair: tuple[Ring, Ring]) -> None:
    """A program with a token of its own reads the file; the code of a mail makes a device."""
    oak, elm = open_pair
    await much(oak, elm)
    found = await data_of(oak)
    assert [("Suppe", "waiting")] == [(each["subject"], each["state"]) for each in found["mails"]]
    assert b"K7M4-2QPX" not in msgspec.json.encode(found)


async def test_what_others_told_the_office_about_somebody_is_not_handed_to_them(open_pair: tuple[Ring, Ring]) -> None:
    oak, elm = open_pair
    await much(oak, elm)
    assert WORDS not in str(await data_of(oak, "karin"))
    assert [WORDS, ""] == sorted((each["words"] for each in (await data_of(oak))["reports"]), reverse=True)


async def test_longer_lists_than_a_file_holds_say_so(oak: Ring) -> None:
    await oak.members.add("karin", "Karin")
    for _ in range(3):
        await paid(oak, "alma", "karin", 60)
    actor = await actor_of(oak, "alma")
    assert [(2, False), (3, True)] == [
        (len(found), is_all) for found, is_all in [await oak.accounts.ended("alma", actor, most) for most in (2, 3)]
    ]


async def test_all_about_a_member_can_be_handed_over_also_after_leaving(open_pair: tuple[Ring, Ring]) -> None:
    oak, elm = open_pair
    await live(oak, elm)
    before = await oak.own_data.of(HANDLE)
    await oak.leaving.leave(HANDLE, reason="died")
    after = await oak.own_data.of(HANDLE)
    assert (NAME, 6) == (before.account.name, len(before.entries))
    assert (before.entries, before.ended) == (after.entries, after.ended)
    assert ([], []) == (after.accesses, after.helpers.helpers)
    assert (None, "died") == (before.departed, after.departed.reason if after.departed else "")
    oak.federation.lines.all()[0].stop()
    forgotten = await oak.forgetting.forget(HANDLE)
    assert ([], ["elm.example"]) == (forgotten.asked, forgotten.not_asked)  # for its operators to be told by telephone
    assert "unknown_member" == await code_of(oak.own_data.of(HANDLE))
