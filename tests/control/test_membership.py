# SPDX-License-Identifier: AGPL-3.0-or-later
"""The operator's operations about members, as the socket carries them out."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.control.operations import OPERATIONS, carry_out
from ringtausch_node.errors import LocalError


async def do(ring: Ring, operation: str, /, **args: object) -> Any:
    return await carry_out(ring, operation, msgspec.json.encode(args))


@pytest.fixture
async def people(ring: Ring) -> Ring:
    for handle in ("alma", "ben"):
        await do(ring, "member.add", handle=handle, name=handle.title())
    await do(ring, "member.add", handle="carl", name="Carl", account_of="alma")
    return ring


async def test_an_access_has_a_number_and_a_label_and_ends_by_its_number(people: Ring) -> None:
    token = (await do(people, "member.token", handle="alma", label="Handy"))["token"]
    listed = await do(people, "member.tokens", handle="alma")
    assert ("alma", "Handy", None) == (
        listed["handle"], listed["tokens"][0]["label"], listed["tokens"][0]["last_used_day"],
    )  # fmt: skip
    assert token not in repr(listed)
    left = await do(people, "member.token.revoke", handle="alma", id=listed["tokens"][0]["id"])
    assert {"handle": "alma", "tokens": []} == left == await do(people, "member.token.revoke", handle="alma")


async def test_help_is_granted_listed_and_ended(people: Ring) -> None:
    granted = await do(people, "member.helper", handle="ben", **{"for": "alma"})
    assert ("ben", "alma", "(operator)") == (granted["helper"], granted["for"], granted["granted_by"])
    assert {"handle": "carl", "people": ["alma", "carl"], "helpers": [granted], "helps": []} == await do(
        people, "member.helpers", handle="carl"
    )
    assert granted == await do(people, "member.helper", handle="ben", revoke=True, **{"for": "alma"})


async def test_an_account_is_frozen_thawed_and_left(people: Ring) -> None:
    frozen = {"handle": "carl", "state": "frozen", "people": ["alma", "carl"]}
    assert frozen == await do(people, "member.freeze", handle="carl")
    assert "active" == (await do(people, "member.freeze", handle="carl", thaw=True))["state"]
    await do(people, "pay", **{"from": "ben", "to": "carl", "amount_seconds": 60})
    gone = {"handle": "carl", "rest_seconds": 0, "rest_to": None, "account_with": "alma"}
    assert gone == await do(people, "member.leave", handle="carl")
    left = {"handle": "alma", "rest_seconds": 60, "rest_to": "community:austritt", "account_with": None}
    assert left == await do(people, "member.leave", handle="alma", rest_to="austritt")
    assert (await do(people, "verify"))["ok"]


@pytest.mark.parametrize(
    ("name", "args", "code"),
    [
        ("member.token.revoke", {"handle": "alma", "id": 10**30}, "usage"),
        ("member.token.revoke", {"handle": "alma", "id": 0}, "usage"),
        ("member.token.revoke", {"handle": "alma", "id": 2**53 - 1}, "not_found"),
        ("member.token", {"handle": "alma", "label": "x" * 41}, "label"),
        ("member.helper", {"handle": "ben"}, "usage"),
        ("member.helper", {"handle": "ben", "for": "nobody"}, "unknown_member"),
        ("member.helper", {"handle": "ben", "for": "alma", "revoke": True}, "not_found"),
        ("member.helpers", {"handle": "nobody"}, "unknown_member"),
        ("member.tokens", {"handle": "nobody"}, "unknown_member"),
        ("member.freeze", {"handle": "nobody"}, "unknown_member"),
        ("member.leave", {"handle": "nobody"}, "unknown_member"),
        ("member.leave", {"handle": "ben", "rest_to": "a b"}, "address"),
        ("member.add", {"handle": "dora", "name": "Dora", "account_of": "nobody"}, "unknown_member"),
        ("member.add", {"handle": "dora", "name": "Dora", "account_of": "alma", "max_seconds": 60}, "limits"),
    ],
)
async def test_what_cannot_be_done_has_its_code(people: Ring, name: str, args: dict[str, object], code: str) -> None:
    with pytest.raises(LocalError) as caught:
        await carry_out(people, name, msgspec.json.encode(args))
    assert code == caught.value.code


def test_every_operation_about_members_stands_in_the_one_table() -> None:
    assert {
        "member.add", "member.code", "member.data", "member.email", "member.forget",
        "member.list", "member.name", "member.token", "member.tokens", "member.token.revoke", "member.helper",
        "member.helpers", "member.freeze", "member.leave", "member.import", "member.role",
        "member.sign_out_all",
    } == {name for name in OPERATIONS if name.startswith("member.")}  # fmt: skip
