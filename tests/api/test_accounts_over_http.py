# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from tests.api.conftest import HOUR, Api

ALMA = "/api/v1/accounts/alma"


async def test_an_account_in_figures(oak: Api) -> None:
    await oak.pay()
    assert {
        "handle": "alma", "name": "Alma", "balance_seconds": -HOUR, "held_seconds": 0, "available_seconds": -HOUR,
        "min_seconds": -25 * HOUR, "max_seconds": 50 * HOUR,
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
     "before=99999999999999999999", "limit=%D9%A3", "limit=1_0", "before=%00", "limit=+1"],
)  # fmt: skip
async def test_a_page_that_is_none_is_refused(oak: Api, query: str) -> None:
    heard = await oak.get(f"{ALMA}/statement?{query}")
    assert (400, "query") == (heard.status, heard.code)
