# SPDX-License-Identifier: AGPL-3.0-or-later
"""Guessing is slow, wherever one claims to come from, and tells nothing: no token, no name, not what others have."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from ringtausch_node import api
from ringtausch_node.api import ApiLimits
from ringtausch_node.bootstrap import Ring
from ringtausch_node.rates import KEYS_MAX
from ringtausch_node.serving import ServingLimits
from tests.api.conftest import Api
from tests.serving.wire import HOST, Heard, ask, connected, listening, request_bytes

SLOW = ApiLimits(strangers_per_second=0.001, strangers_burst=10.0)


async def guess(port: int, number: int, **headers: str) -> Heard:
    """One false token, each time another."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return await ask(port, "GET", "/api/v1/me", {"Authorization": f"Bearer {number:043d}", **told})


async def test_of_a_thousand_guesses_ten_are_looked_at(ring: Ring) -> None:
    async with listening(api.build_app(ring, SLOW)) as port:
        heard = [await guess(port, number) for number in range(1_000)]
    assert {401: 10, 429: 990} == Counter(each.status for each in heard)
    assert [429] * 990 == [each.status for each in heard[10:]]


async def test_a_forged_forwarded_header_does_not_reset_the_count(ring: Ring) -> None:
    async with listening(api.build_app(ring, SLOW)) as port:
        heard = [await guess(port, number, X_Forwarded_For=f"198.18.0.{number}") for number in range(100)]
    assert {401: 10, 429: 90} == Counter(each.status for each in heard)


@pytest.mark.parametrize("proxy", ["appends", "adds a line"])
async def test_behind_our_proxy_only_its_own_entry_counts(ring: Ring, proxy: str) -> None:
    """Some proxies append to the line that is there, others add a line of their own behind the forged one."""
    between = ", " if proxy == "appends" else "\r\nX-Forwarded-For: "
    limits = ServingLimits(proxies=frozenset({HOST}))
    async with listening(api.build_app(ring, SLOW), limits) as port:
        statuses = []
        for number in range(100):
            forged = f"198.18.0.{number}{between}198.51.100.7"
            async with connected(port) as line:
                head = {"Authorization": f"Bearer {number:043d}", "X-Forwarded-For": forged}
                await line.send(request_bytes("GET", "/api/v1/me", head))
                statuses.append((await line.hear()).status)
        assert {401: 10, 429: 90} == Counter(statuses)
        assert 401 == (await guess(port, 1, X_Forwarded_For="198.51.100.8")).status  # another caller


async def test_guesses_of_one_address_cost_no_other_address_anything(oak: Api) -> None:
    async with listening(api.build_app(oak.ring, SLOW)) as port:
        await asyncio.gather(*(guess(port, number) for number in range(50)))
        async with connected(port, "127.0.0.2") as line:
            await line.send(request_bytes("GET", "/api/v1/me", oak.headers("alma")))
            assert 200 == (await line.hear()).status


async def test_guessers_from_everywhere_fill_no_memory(ring: Ring) -> None:
    door = api.app.Doorkeeper(ring, SLOW)
    for number in range(3 * KEYS_MAX):
        door._strangers.charge(f"198.18.{number >> 8}.{number & 255}", 1.0)
    assert KEYS_MAX == len(door._strangers)


async def test_every_false_token_gets_the_same_answer_to_the_byte(oak: Api) -> None:
    revoked = oak.tokens["ben"]
    await oak.ring.members.revoke("ben")
    tokens = ["x", "A" * 43, revoked, revoked[:-1], "A" * 3_000, "Ä", oak.tokens["alma"].swapcase()]
    bodies = {(await ask(oak.port, "GET", "/api/v1/me", {"Authorization": f"Bearer {each}"})).body for each in tokens}
    assert 1 == len(bodies)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/v1/accounts/{}"), ("GET", "/api/v1/accounts/{}/statement"), ("GET", "/api/v1/members/{}/tokens"),
     ("POST", "/api/v1/members/{}/tokens/revoke"), ("POST", "/api/v1/members/{}/tokens/1/revoke"),
     ("GET", "/api/v1/members/{}/helpers"), ("POST", "/api/v1/members/{}/helpers/alma/revoke")],
)  # fmt: skip
async def test_what_is_anothers_reads_like_what_does_not_exist(oak: Api, method: str, path: str) -> None:
    anothers = await ask(oak.port, method, path.format("ben"), oak.headers("alma"))
    missing = await ask(oak.port, method, path.format("nobody"), oak.headers("alma"))
    assert (404, "not_found") == (anothers.status, anothers.code)
    assert missing.body == anothers.body
