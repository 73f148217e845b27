# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from ringtausch_node.payments import accounts
from tests.api.conftest import HOUR, Api

ALMA = "/api/v1/accounts/alma"


async def test_an_account_in_figures(oak: Api) -> None:
    await oak.pay()
    assert {
        "handle": "alma", "name": "Alma", "balance_seconds": -HOUR, "held_seconds": 0, "available_seconds": -HOUR,
        "min_seconds": -25 * HOUR, "max_seconds": 50 * HOUR, "state": "active",
    } == (await oak.get(ALMA)).json  # fmt: skip


async def test_a_handle_with_an_umlaut_is_written_in_percent(oak: Api) -> None:
    assert "büro" == (await oak.get("/api/v1/accounts/b%C3%BCro", "büro")).json["handle"]


@pytest.mark.parametrize("rest", ["", "/statement"])
async def test_an_account_that_is_not_yours_reads_like_one_that_does_not_exist(oak: Api, rest: str) -> None:
    foreign, missing = await oak.get(ALMA + rest, "ben"), await oak.get(f"/api/v1/accounts/nobody{rest}", "ben")
    assert (404, "not_found", missing.body) == (foreign.status, foreign.code, foreign.body)
    assert 200 == (await oak.get(ALMA + rest, "büro")).status
    assert 200 == (await oak.get(ALMA + rest, "rita")).status


@pytest.mark.parametrize("handle", ["%00", "a%20b", "alma%40oak.example", "..", "%2e%2e", "a" * 41, "'--"])
async def test_what_is_no_handle_is_refused(oak: Api, handle: str) -> None:
    heard = await oak.get(f"/api/v1/accounts/{handle}")
    assert (400, "address") == (heard.status, heard.code)


async def test_a_statement_is_searched_page_by_page(oak: Api) -> None:
    for memo in ("Kuchen 1", "Rasen", "kuchen 2", "Kuchen 3"):
        assert 201 == (await oak.pay(payment_id=None, memo=memo)).status
    first = await oak.get(f"{ALMA}/statement?search=KUCHEN&limit=2")
    assert ["Kuchen 3", "kuchen 2"] == [each["memo"] for each in first.json["entries"]]
    assert f'<?before={first.json["next"]}&limit=2&search=KUCHEN>; rel="next"' == first.headers["link"]
    last = await oak.get(f"{ALMA}/statement?before={first.json['next']}&limit=2&search=kuchen")
    assert (["Kuchen 1"], None) == ([each["memo"] for each in last.json["entries"]], last.json.get("next"))
    assert 4 == len((await oak.get(f"{ALMA}/statement?search=%20BEN")).json["entries"])
    assert [] == (await oak.get(f"{ALMA}/statement?search=Birne")).json["entries"]
    assert "not_found" == (await oak.get("/api/v1/accounts/ben/statement?search=Kuchen")).code


async def test_a_search_goes_on_where_it_looked_through_enough(oak: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, bound in (("PAGE_MAX", 2), ("SEARCHED_MAX", 4)):
        monkeypatch.setattr(accounts, name, bound)
    for memo in ("Kuchen", *["Rasen"] * 4):
        await oak.pay(payment_id=None, memo=memo)
    first = await oak.get(f"{ALMA}/statement?search=Kuchen")
    assert [] == first.json["entries"]
    second = await oak.get(f"{ALMA}/statement?search=Kuchen&before={first.json['next']}")
    assert (["Kuchen"], None) == ([each["memo"] for each in second.json["entries"]], second.json.get("next"))


async def test_a_statement_page_by_page(oak: Api) -> None:
    for number in range(5):
        assert 201 == (await oak.pay(payment_id=None, amount_seconds=60 + number)).status
    first = await oak.get(f"{ALMA}/statement?limit=2")
    assert [-64, -63] == [entry["amount_seconds"] for entry in first.json["entries"]]
    assert ("ben", "Äpfel") == (first.json["entries"][0]["with"], first.json["entries"][0]["memo"])
    assert f'<?before={first.json["next"]}&limit=2>; rel="next"' == first.headers["link"]
    second = await oak.get(f"{ALMA}/statement?before={first.json['next']}&limit=2")
    last = await oak.get(f"{ALMA}/statement?before={second.json['next']}")
    assert [-62, -61] == [entry["amount_seconds"] for entry in second.json["entries"]]
    assert [-60] == [entry["amount_seconds"] for entry in last.json["entries"]]
    assert "next" not in last.json
    assert "link" not in last.headers


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=201", "limit=-1", "limit=x", "limit=", "limit=1&limit=2", "before=0", "before=1.5", "other=1",
     "before=99999999999999999999", "limit=%D9%A3", "limit=1_0", "before=%00", "limit=+1",
     "search=a&search=b", "search=" + "x" * 101],
)  # fmt: skip
async def test_a_page_that_is_none_is_refused(oak: Api, query: str) -> None:
    heard = await oak.get(f"{ALMA}/statement?{query}")
    assert (400, "query") == (heard.status, heard.code)
