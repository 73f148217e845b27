# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest

from ringtausch_node import api
from ringtausch_node.api.openapi import OPERATIONS
from tests.api.conftest import Api
from tests.serving.wire import ask, listening

#: Kept by hand: who opens a door to the world does it twice.
TABLE = [line.split() for line in (Path(__file__).parent / "routes.txt").read_text().splitlines()]
GUARDED = [(method, path) for method, path, access in TABLE if access == "token"]
NO_TOKENS = (
    None, "", "Bearer", "Bearer ", "Bearer x", "Basic YTpi", "bearer " + "A" * 43, "Bearer " + "A" * 3_000,
    "Bearer \xe4",
)  # fmt: skip


def test_the_routes_are_those_of_the_table(oak: Api) -> None:
    assert sorted((method, path) for method, path, _ in TABLE) == sorted(
        (route.method, route.path) for route in api.build_app(oak.ring).routes
    )


def test_the_description_has_the_same_routes_and_the_same_doors() -> None:
    told = sorted((op.method, op.path, "open" if op.is_open else "token") for op in OPERATIONS)
    assert sorted(tuple(row) for row in TABLE) == told


@pytest.mark.parametrize(("method", "path"), GUARDED)
async def test_nobody_passes_without_a_token(oak: Api, method: str, path: str) -> None:
    for header in NO_TOKENS:
        heard = await ask(oak.port, method, path, {} if header is None else {"Authorization": header})
        told = heard.headers["www-authenticate"]
        assert (header, 401, "unauthorized", 'Bearer realm="ringtausch"') == (header, heard.status, heard.code, told)


async def test_a_token_reaches_its_member_whatever_the_case_of_bearer(oak: Api) -> None:
    heard = await ask(oak.port, "GET", "/api/v1/me", {"Authorization": f"BEARER {oak.tokens['alma']}"})
    assert {"handle": "alma", "role": "member"} == heard.json


async def test_a_revoked_token_is_nobodys(oak: Api) -> None:
    assert 200 == (await oak.get("/api/v1/me")).status
    await oak.ring.members.revoke("alma")
    assert 401 == (await oak.get("/api/v1/me")).status


async def test_a_stranger_who_guesses_has_to_wait_and_locks_out_nobodys_account(oak: Api) -> None:
    for _ in range(20):
        await ask(oak.port, "GET", "/api/v1/me", {"Authorization": "Bearer x"})
    heard = await ask(oak.port, "GET", "/api/v1/me", {"Authorization": "Bearer x"})
    assert (429, "too_many_requests") == (heard.status, heard.code)
    assert 1 <= int(heard.headers["retry-after"]) <= 100


async def test_a_member_who_asks_without_end_has_to_wait_and_others_do_not(oak: Api) -> None:
    door = api.build_app(oak.ring, api.ApiLimits(per_member_per_second=0.001, per_member_burst=3.0))
    async with listening(door) as port:
        statuses = [(await ask(port, "GET", "/api/v1/me", oak.headers("alma"))).status for _ in range(4)]
        assert [200, 200, 200, 429] == statuses
        assert 200 == (await ask(port, "GET", "/api/v1/me", oak.headers("ben"))).status


async def test_health_needs_no_token_and_says_when_the_disk_failed(oak: Api) -> None:
    heard = await ask(oak.port, "GET", "/health")
    assert (200, "ready", None) == (heard.status, heard.json["state"], heard.json["log"])
    oak.ring.store.failed.set()
    heard = await ask(oak.port, "GET", "/health")
    assert (503, "failed") == (heard.status, heard.json["state"])
    heard = await oak.pay()
    assert (503, "storage_failed") == (heard.status, heard.code)
    oak.ring.store.failed.clear()
