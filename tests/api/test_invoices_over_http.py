# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from ringtausch_node.payments import invoice_records, invoices
from tests.api.conftest import HOUR, ID, Api
from tests.serving.wire import Heard

INVOICES = "/api/v1/invoices"
ONE = f"{INVOICES}/{ID}"


async def bill(oak: Api, who: str = "alma", **changes: object) -> Heard:
    """Alma asks Ben for an hour; None leaves a field out."""
    fields = {"invoice_id": ID, "payee": "alma", "payer": "ben", "amount_seconds": HOUR, "memo": "Äpfel", **changes}
    return await oak.post(INVOICES, {name: value for name, value in fields.items() if value is not None}, who)


async def test_an_invoice_is_written_with_the_place_to_read_it(oak: Api) -> None:
    heard = await bill(oak)
    assert (201, ONE) == (heard.status, heard.headers["location"])
    assert {
        "invoice_id": ID, "state": "open", "amount_seconds": HOUR, "payee": "alma", "payer": "ben", "memo": "Äpfel",
    } == {name: value for name, value in heard.json.items() if not name.endswith("_at")}  # fmt: skip
    assert 30 * 24 * HOUR == heard.json["expires_at"] - heard.json["created_at"]
    for who in ("alma", "ben", "büro", "rita"):
        assert heard.body == (await oak.get(ONE, who)).body


async def test_the_same_invoice_again_gives_the_same_bytes_and_another_is_refused(oak: Api) -> None:
    first, second = await bill(oak), await bill(oak)
    assert (first.status, first.body) == (second.status, second.body)
    changes: list[dict[str, Any]] = [
        {"amount_seconds": 1}, {"memo": "Birnen"}, {"payer": "cleo"}, {"payer": None}, {"days": 3},
    ]  # fmt: skip
    for change in changes:
        heard = await bill(oak, **change)
        assert (409, "id_reused") == (heard.status, heard.code)
    assert 1 == len((await oak.get(INVOICES)).json["written"])


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"amount_seconds": 0}, 400, "amount"), ({"amount_seconds": 10**9 + 1}, 400, "amount"),
        ({"amount_seconds": 1.5}, 400, "amount"), ({"memo": "x" * 241}, 400, "memo"),
        ({"memo": "a\nb"}, 400, "malformed"),
        ({"days": 0}, 400, "days"), ({"days": 367}, 400, "days"), ({"days": "1"}, 400, "days"),
        ({"payee": "@"}, 400, "address"), ({"payee": None}, 400, "malformed"), ({"payer": "x@"}, 400, "address"),
        ({"payer": "nobody"}, 404, "unknown_member"), ({"payer": "alma"}, 400, "own_account"),
        ({"payer": "ben@nowhere.example"}, 404, "no_route"), ({"payee": "ben"}, 403, "not_allowed"),
        ({"payee": "nobody"}, 403, "not_allowed"), ({"invoice_id": "x"}, 400, "payment_id"),
        ({"more": 1}, 400, "malformed"),
    ],
)  # fmt: skip
async def test_what_cannot_be_asked_for_is_refused_and_leaves_nothing(
    oak: Api, changes: dict[str, Any], status: int, code: str
) -> None:
    heard = await bill(oak, **changes)
    assert (status, code) == (heard.status, heard.code)
    assert [] == (await oak.get(INVOICES)).json["written"]


async def test_what_is_not_yours_reads_like_what_does_not_exist(oak: Api) -> None:
    await bill(oak)
    unknown = f"{INVOICES}/{'B' * 21}A"
    for path, body in (("", None), ("/pay", {}), ("/decline", {"code": "other"}), ("/cancel", None), ("/remind", None)):
        ask = oak.get if path == "" else lambda path, who, body=body: oak.post(path, body, who)
        mine, nobodys = await ask(ONE + path, "cleo"), await ask(unknown + path, "cleo")
        assert (404, "not_found") == (mine.status, mine.code)
        assert {**mine.json, "reference": ""} == {**nobodys.json, "reference": ""}
    assert (404, "not_found") == _refusal(await oak.get(f"{INVOICES}?of=alma", "cleo"))
    assert (404, "not_found") == _refusal(await oak.get(f"{INVOICES}?of=nobody", "cleo"))
    assert 1 == len((await oak.get(f"{INVOICES}?of=ben", "rita")).json["to_pay"])


def _refusal(heard: Heard) -> tuple[int, str]:
    return heard.status, heard.code


async def test_the_payer_pays_once_whoever_asks_again(oak: Api) -> None:
    await bill(oak)
    first = await oak.post(f"{ONE}/pay", {}, "ben")
    again = await oak.post(f"{ONE}/pay", {"payment_id": "C" * 21 + "A"}, "ben")
    assert (200, "paid", first.body) == (first.status, first.json["state"], again.body)
    payment = (await oak.get(f"/api/v1/payments/{first.json['payment_id']}", "ben")).json
    assert ("ben", "alma", HOUR, "Äpfel") == (
        payment["from"], payment["to"], payment["amount_seconds"], payment["memo"],
    )  # fmt: skip
    for path, body, who in (("cancel", None, "alma"), ("decline", {"code": "other"}, "ben")):
        assert (409, "invoice_closed") == _refusal(await oak.post(f"{ONE}/{path}", body, who))


async def test_an_open_invoice_is_paid_by_who_gets_its_number(oak: Api) -> None:
    await bill(oak, payer=None)
    assert (403, "not_allowed") == _refusal(await oak.post(f"{ONE}/pay", {"from": "ben"}, "cleo"))
    paid = await oak.post(f"{ONE}/pay", {}, "cleo")
    assert ("paid", "cleo") == (paid.json["state"], paid.json["payer"])
    assert (404, "not_found") == _refusal(await oak.get(ONE, "ben"))


async def test_a_note_is_written_in_one_form_and_stands_beside_its_payment(oak: Api) -> None:
    await oak.pay()
    path = f"/api/v1/payments/{ID}"
    heard = await oak.post(f"{path}/note", {"text": "Scho\u0308n", "note_id": ID})
    again = await oak.post(f"{path}/note", {"text": "Schön", "note_id": ID})
    assert (200, heard.body) == (heard.status, again.body)
    assert heard.body == (await oak.get(path, "ben")).body
    assert ["Schön"] == [note["text"] for note in heard.json["notes"]]
    assert 200 == (await oak.post(f"{path}/note", {"text": "Gern"}, "ben")).status
    for text in ("", " ", "x" * 401, "a\u0000b"):
        assert 400 == (await oak.post(f"{path}/note", {"text": text})).status
    assert (404, "not_found") == _refusal(await oak.post(f"{path}/note", {"text": "x"}, "cleo"))


async def test_older_invoices_are_read_page_after_page_each_once(oak: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both lists end at one place; a second in which more were written than a page holds is read to its end."""
    monkeypatch.setattr(invoices, "LISTED_MAX", 3)
    monkeypatch.setattr(invoice_records, "_PAGE", invoice_records._PAGE.replace("LIMIT 201", "LIMIT 4"))
    numbers = [f"AAAAAAAAAAAAAAAAAAAA{letter}Q" for letter in "ABCDEFGHIJ"]
    for index, number in enumerate(numbers):
        sides = {"payee": "ben", "payer": "alma"} if index % 3 == 0 else {"payee": "alma", "payer": "ben"}
        await bill(oak, sides["payee"], invoice_id=number, **sides)
    seen: list[str] = []
    address = INVOICES
    for _ in range(4):
        heard = await oak.get(address)
        page = [each["invoice_id"] for name in ("to_pay", "written") for each in heard.json[name]]
        assert not set(page) & set(seen)
        assert not seen or max(page) < min(seen)
        seen += page
        if heard.json.get("next") is None:
            break
        assert f'<?before={heard.json["next"]}>; rel="next"' == heard.headers["link"]
        address = f"{INVOICES}?before={heard.json['next']}"
    assert sorted(seen) == numbers


@pytest.mark.parametrize(
    "query", ["before=x", "before=1.x", "before=1.AAAAAAAAAAAAAAAAAAAAAB", "before=1&before=1", "at=1"]
)
async def test_a_place_that_no_list_named_is_refused(oak: Api, query: str) -> None:
    heard = await oak.get(f"{INVOICES}?{query}")
    assert (400, "query") == (heard.status, heard.code)
