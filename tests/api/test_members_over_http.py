# SPDX-License-Identifier: AGPL-3.0-or-later
"""A member's own accesses and helpers over HTTP."""

from __future__ import annotations

import msgspec
import pytest

from ringtausch_node.members.access import hash_of
from tests.api.conftest import HOUR, Api

TOKENS, HELPERS = "/api/v1/members/alma/tokens", "/api/v1/members/alma/helpers"


async def test_a_member_sees_his_accesses_and_revokes_one_of_them(oak: Api) -> None:
    phone = await oak.ring.members.token("alma", label="Handy")
    listed = (await oak.get(TOKENS)).json
    assert ["", "Handy"] == [each["label"] for each in listed["tokens"]]
    assert ["created_at", "id", "kind", "label", "last_used_day"] == sorted(listed["tokens"][0])
    assert phone not in repr(listed)
    assert hash_of(phone).hex() not in repr(listed)
    heard = await oak.post(f"{TOKENS}/{listed['tokens'][1]['id']}/revoke")
    assert (200, [""]) == (heard.status, [each["label"] for each in heard.json["tokens"]])
    oak.tokens["alma"], mine = phone, oak.tokens["alma"]
    assert 401 == (await oak.get(TOKENS)).status
    oak.tokens["alma"] = mine
    assert 200 == (await oak.get(TOKENS)).status


async def test_all_accesses_revoked_at_once_take_this_one_along(oak: Api) -> None:
    heard = await oak.post(f"{TOKENS}/revoke")
    assert (200, {"handle": "alma", "tokens": []}) == (heard.status, heard.json)
    assert 401 == (await oak.get(TOKENS)).status
    assert 200 == (await oak.get("/api/v1/me", "ben")).status


@pytest.mark.parametrize("number", ["0", "999", "-1", "x", "1e3", "%D9%A3", "9" * 30, "9007199254740993"])
async def test_an_access_that_is_none_is_not_found(oak: Api, number: str) -> None:
    heard = await oak.post(f"{TOKENS}/{number}/revoke")
    assert (404, "not_found") == (heard.status, heard.code)


async def test_nobody_revokes_the_access_of_another_by_its_number(oak: Api) -> None:
    number = (await oak.get("/api/v1/members/ben/tokens", "ben")).json["tokens"][0]["id"]
    assert 404 == (await oak.post(f"{TOKENS}/{number}/revoke")).status
    assert 200 == (await oak.get("/api/v1/me", "ben")).status


@pytest.mark.parametrize(
    ("method", "rest"),
    [("GET", "tokens"), ("POST", "tokens/revoke"), ("POST", "tokens/1/revoke"), ("GET", "helpers"),
     ("POST", "helpers/cleo/revoke")],
)  # fmt: skip
async def test_what_is_not_yours_reads_like_what_does_not_exist(oak: Api, method: str, rest: str) -> None:
    async def ask(handle: str) -> tuple[int, bytes]:
        path = f"/api/v1/members/{handle}/{rest}"
        heard = await (oak.get(path, "ben") if method == "GET" else oak.post(path, None, "ben"))
        return heard.status, heard.body

    assert await ask("nobody") == await ask("alma")
    assert 404 == (await ask("alma"))[0]


async def test_a_member_lets_somebody_help_and_ends_it(oak: Api) -> None:
    granted = await oak.post(HELPERS, {"helper": "Ben"})
    assert (200, "ben", "alma", "alma") == (
        granted.status, granted.json["helper"], granted.json["for"], granted.json["granted_by"],
    )  # fmt: skip
    paid = await oak.pay("ben", to="cleo", payment_id=None)
    assert (201, "ben") == (paid.status, paid.json["by"])
    assert -HOUR == (await oak.get("/api/v1/accounts/alma", "ben")).json["balance_seconds"]
    assert ["ben"] == [each["helper"] for each in (await oak.get(HELPERS)).json["helpers"]]
    assert ["alma"] == [each["for"] for each in (await oak.get("/api/v1/members/ben/helpers", "ben")).json["helps"]]
    ended = await oak.post(f"{HELPERS}/ben/revoke", None, "ben")
    assert (200, "ben") == (ended.status, ended.json["helper"])
    assert 403 == (await oak.pay("ben", to="cleo", payment_id=None)).status
    assert 404 == (await oak.get("/api/v1/accounts/alma", "ben")).status
    assert 404 == (await oak.post(f"{HELPERS}/ben/revoke")).status


async def test_the_office_lets_somebody_help_and_the_auditor_only_looks(oak: Api) -> None:
    assert 403 == (await oak.post(HELPERS, {"helper": "ben"}, "rita")).status
    assert "büro" == (await oak.post(HELPERS, {"helper": "ben"}, "büro")).json["granted_by"]
    assert 200 == (await oak.get(HELPERS, "rita")).status


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"helper": "nobody"}, 404, "unknown_member"), ({"helper": "alma"}, 409, "helper_unfit"),
        ({"helper": "rita"}, 409, "helper_unfit"), ({"helper": ""}, 400, "address"),
        ({"helper": "ben@oak.example"}, 400, "address"), ({"helper": "a" * 41}, 400, "address"),
        ({"helper": 7}, 400, "address"), ({}, 400, "malformed"), ({"helper": "ben", "for": "cleo"}, 400, "malformed"),
        ({"helper": "ben\x00"}, 400, "malformed"),
    ],
)  # fmt: skip
async def test_who_cannot_help_is_refused(oak: Api, body: dict[str, object], status: int, code: str) -> None:
    heard = await oak.post(HELPERS, msgspec.json.encode(body))
    assert (status, code) == (heard.status, heard.code)
    assert [] == (await oak.get(HELPERS)).json["helpers"]


async def test_a_frozen_member_reads_and_shuts_doors_and_pays_nothing(oak: Api) -> None:
    await oak.post(HELPERS, {"helper": "cleo"})
    await oak.ring.members.life.freeze("alma")
    assert (403, "not_allowed") == ((await oak.pay()).status, (await oak.pay()).code)
    assert (403, "not_allowed") == ((await oak.pay("cleo")).status, (await oak.pay("cleo")).code)
    assert (409, "payee_refuses") == (
        (await oak.pay("ben", **{"from": "ben", "to": "alma"})).status,
        (await oak.pay("ben", **{"from": "ben", "to": "alma"})).code,
    )
    assert 403 == (await oak.post(HELPERS, {"helper": "ben"})).status
    assert [200, 200, 200] == [
        (await oak.get("/api/v1/accounts/alma")).status,
        (await oak.post(f"{HELPERS}/cleo/revoke")).status,
        (await oak.post(f"{TOKENS}/revoke")).status,
    ]
