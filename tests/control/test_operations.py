# SPDX-License-Identifier: AGPL-3.0-or-later
"""The table of operations: JSON in, plain data out, every misuse a code."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.control.operations import OPERATIONS, carry_out
from ringtausch_node.errors import CODES, LocalError


async def do(ring: Ring, operation: str, /, **args: object) -> Any:
    return await carry_out(ring, operation, msgspec.json.encode(args))


async def refusal(ring: Ring, name: str, data: bytes) -> str:
    with pytest.raises(LocalError) as caught:
        await carry_out(ring, name, data)
    assert caught.value.code in CODES
    return caught.value.code


async def test_a_new_ring_is_ready_and_sums_to_zero(ring: Ring) -> None:
    state = await do(ring, "state")
    log, clock = state.pop("log"), state.pop("clock")
    assert None is clock["doubt"]
    assert {
        "ring_id": ring.identity.ring_id,
        "address": "eiche.example",
        "version": state["version"],
        "state": "ready",
        "sum_seconds": 0,
        "accounts": 0,
        "open_holds": 0,
        "peers": [],
        "witnesses": {"cosigned_size": None, "quorum": 0, "count": 0, "forks": []},
    } == state
    assert (f"{ring.identity.ring_id}/log/1", 1, 43) == (log["origin"], log["size"], len(log["root"]))


async def test_members_pay_and_the_books_verify(ring: Ring) -> None:
    await do(ring, "member.add", handle="alma", name="Alma", min_seconds=-36000, max_seconds=36000)
    await do(ring, "member.add", handle="ben", name="Ben")
    paid = await do(ring, "pay", **{"from": "alma", "to": "ben", "amount_seconds": 5400, "wait_seconds": 1})
    assert ("paid", 5400) == (paid["state"], paid["amount_seconds"])
    assert paid == await do(ring, "payment", payment_id=paid["payment_id"])
    assert "paid" == (await do(ring, "payment.cancel", payment_id=paid["payment_id"]))["state"]
    balances = {each["handle"]: each["balance_seconds"] for each in (await do(ring, "member.list"))["members"]}
    assert {"alma": -5400, "ben": 5400} == balances
    assert (True, []) == ((await do(ring, "verify"))["ok"], (await do(ring, "verify"))["findings"])
    assert (2, 0) == ((await do(ring, "state"))["accounts"], (await do(ring, "state"))["sum_seconds"])


async def test_a_token_and_a_list(ring: Ring) -> None:
    done = await do(ring, "member.import", data=base64.b64encode(b"handle,name,balance\nalma,Alma,2\n").decode())
    assert (1, -7200, ["alma"]) == (done["members"], done["difference_seconds"], done["handles"])
    token = (await do(ring, "member.token", handle="alma"))["token"]
    assert "alma" == (await ring.members.authenticate(token)).handle


async def test_an_invitation_is_made_and_nobody_is_a_peer_yet(ring: Ring) -> None:
    made = await do(ring, "peer.invite", limit_in_seconds=7200)
    invitation = base64.b64decode(made["invitation"])
    assert b'"limit_in_seconds":7200,"limit_out_seconds":36000' in invitation
    assert {"peers": []} == await do(ring, "peer.list")
    assert "own_ring" == await refusal(ring, "peer.accept", msgspec.json.encode({"invitation": invitation}))
    words = msgspec.json.encode({"address": "ulme.example", "words": []})
    assert "unknown_peer" == await refusal(ring, "peer.confirm", words)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("nothing", b"{}"),
        ("state", b""),
        ("state", b"[]"),
        ("state", b'{"more": 1}'),
        ("state", b"\xff"),
        ("state", b"[" * 100_000),
        ("member.add", b'{"handle": "alma"}'),
        ("member.add", b'{"handle": "alma", "name": "A", "min_seconds": 1.5}'),
        ("member.import", b'{"data": "%"}'),
        ("peer.invite", b'{"limit_in_seconds": -1}'),
        ("pay", b'{"from": "a", "to": "b", "amount_seconds": "5"}'),
        ("pay", b'{"from": "a", "to": "b", "amount_seconds": 1, "wait_seconds": 1e9}'),
        ("payment", b'{"payment_id": 7}'),
    ],
)
async def test_arguments_that_cannot_be_read_are_misuse(ring: Ring, name: str, data: bytes) -> None:
    assert "usage" == await refusal(ring, name, data)


@pytest.mark.parametrize(
    ("name", "args", "code"),
    [
        ("member.token", {"handle": "nobody"}, "unknown_member"),
        ("pay", {"from": "nobody", "to": "ben", "amount_seconds": 1}, "unknown_member"),
        ("pay", {"from": "nobody", "to": "ben@ulme.example", "amount_seconds": 1}, "no_route"),
        ("pay", {"from": "a", "to": "b", "amount_seconds": 0}, "amount"),
        ("pay", {"from": "a", "to": "b", "amount_seconds": 10**9 + 1}, "amount"),
        ("pay", {"from": "a", "to": "b", "amount_seconds": 2**63 - 1}, "amount"),
        ("pay", {"from": "a", "to": "b", "amount_seconds": 1, "memo": "\0"}, "memo"),
        ("payment", {"payment_id": "x"}, "payment_id"),
        ("payment", {"payment_id": "A" * 22}, "not_found"),
    ],
)
async def test_what_cannot_be_done_has_its_code(ring: Ring, name: str, args: dict[str, object], code: str) -> None:
    assert code == await refusal(ring, name, msgspec.json.encode(args))


async def test_every_operation_takes_a_bounded_struct() -> None:
    assert all(operation.arguments.__struct_config__.forbid_unknown_fields for operation in OPERATIONS.values())
