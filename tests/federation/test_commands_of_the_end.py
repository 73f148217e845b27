# SPDX-License-Identifier: AGPL-3.0-or-later
"""`ringtausch peer receipt` and `ringtausch wind-down`, as operators type them, against rings that run."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from ringtausch_node.bootstrap import Ring
from ringtausch_node.cli import root
from ringtausch_node.control.app import ControlServer
from ringtausch_protocol.verifier.program import main
from tests.federation.reset.test_dead_ring import decided_and_lost
from tests.federation.reset.test_reset import has_theirs
from tests.federation.test_assigning import is_even, stops, three_towns
from tests.federation.towns import HOUR, Towns, balance, end_of, faults, pay, until, view_of

#: Lets a ring answer on its control socket. -> its folder.
Serve = Callable[[Ring], Awaitable[Path]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """The sockets that a test opens."""
    async with contextlib.AsyncExitStack() as stack:

        async def begin(ring: Ring) -> Path:
            server = ControlServer(ring)
            await server.start()
            stack.push_async_callback(server.stop)
            return ring.folder.path

        yield begin


async def typed(*words: object) -> tuple[int, Any]:
    """A command in another thread, since the ring that answers runs in this one."""
    arguments = [*map(str, words), "--json"]
    done = await asyncio.to_thread(CliRunner(env={"LANG": "en_GB.UTF-8"}).invoke, root, arguments)
    return done.exit_code, msgspec.json.decode(done.stdout or done.stderr)


async def said(*words: object) -> str:
    """What a command tells a person, in German."""
    done = await asyncio.to_thread(CliRunner(env={"LANG": "de_DE.UTF-8"}).invoke, root, [*map(str, words)])
    return done.output


async def test_of_an_even_line_that_is_given_up_nothing_is_said_to_be_written_off(
    open_pair: tuple[Ring, Ring], serve: Serve
) -> None:
    told = await said("peer", "give-up", await serve(open_pair[0]), "elm.example", "--although-seen")
    assert ("Offen ist nichts." in told, "write-off" in told) == (True, False)


async def test_a_receipt_out_of_the_payee_s_ring_pays_for_a_ring_that_is_gone(
    towns: Towns, serve: Serve, tmp_path: Path
) -> None:
    chain, view, _ = await decided_and_lost(towns, 3, "elm")
    oak, ash = await serve(chain.first), await serve(chain.last)
    papers = tmp_path / "receipt"
    assert (await typed("payment", "receipt", ash, view.payment_id, "--out", papers))[0] == 0

    code, shown = await typed("peer", "receipt", oak, papers / "decision.json")
    assert (code, shown["address"], shown["state"], shown["counts"]) == (0, "elm.example", "held", True)
    code, refused = await typed("peer", "give-up", oak, "elm.example")
    assert (code, refused["error"]["code"]) == (3, "seen_lately")
    code, given_up = await typed("peer", "give-up", oak, "elm.example", "--although-seen")
    assert (code, given_up["honoured"], given_up["freed"]) == (0, 1, 0)
    assert (await typed("payment", oak, view.payment_id))[1]["state"] == "paid"
    code, refused = await typed("peer", "give-up", oak, "elm.example")  # the second of two operators
    assert (code, f"(already_given_up: {given_up['address']})" in refused["error"]["message"]) == (3, True)
    assert "another operator was faster" in refused["error"]["message"]
    assert (await typed("peer", "write-off", oak, given_up["address"]))[0] == 0
    code, refused = await typed("peer", "write-off", oak, given_up["address"], "--with", "alma")
    assert (code, "(already_settled: written off)" in refused["error"]["message"]) == (3, True)
    code, late = await typed("peer", "receipt", oak, papers / "decision.json")
    assert (code, late["state"], late["counts"]) == (0, "posted", False)
    assert (await typed("peer", "receipt", oak, papers)) == (0, late)
    for other in ("booking.json", "order.json"):
        code, refused = await typed("peer", "receipt", oak, papers / other)
        assert (code, refused["error"]["code"]) == (2, "not_a_decision")
    assert "'decision.json'" in refused["error"]["message"]
    assert await faults(chain.first, chain.last) == []


async def test_who_gives_hours_up_names_how_many_or_nothing_is_signed(
    open_pair: tuple[Ring, Ring], serve: Serve
) -> None:
    oak, elm = await _oak_owes_an_hour(open_pair)
    to_zero = ("peer", "reset", await serve(elm), "oak.example", "--propose", "--we-owe", 0)
    for waive in ((), ("--waive", 2), ("--waive", 0)):
        assert await _refused(*to_zero, *waive) == (3, "not_waived", "(not_waived: 1:00)")
    assert await _refused("peer", "reset", await serve(oak), "elm.example", *to_zero[4:], "--waive", 1) == (
        3, "nothing_waived", "(nothing_waived: 1:00)",
    )  # fmt: skip
    assert (await typed(*to_zero[:4], "--waive", 1))[0] == 2
    assert await elm.federation.resets.waiting() == await oak.federation.resets.waiting() == {}
    code, proposed = await typed(*to_zero, "--waive", 1)
    assert (code, proposed["ours"]["waives"], proposed["ours"]["difference_seconds"]) == (0, "us", HOUR)


async def test_a_creditor_signs_what_the_other_proposed_with_the_figure_that_he_waives(
    open_pair: tuple[Ring, Ring], serve: Serve
) -> None:
    oak, elm = await _oak_owes_an_hour(open_pair)
    assert (await typed("peer", "reset", await serve(oak), "elm.example", "--propose", "--we-owe", 0))[0] == 0
    await until(partial(has_theirs, elm, oak))
    sign = ("peer", "reset", await serve(elm), "oak.example", "--sign")
    assert await _refused(*sign) == (3, "not_waived", "(not_waived: 1:00)")
    code, signed = await typed(*sign, "--waive", "1:00")
    assert (code, signed["clearing_seconds"], signed["kept_seconds"]) == (0, 0, -HOUR)


async def _oak_owes_an_hour(pair: tuple[Ring, Ring]) -> tuple[Ring, Ring]:
    oak, elm = pair
    assert (await end_of(oak, (await pay(oak, "alma", "ben@elm.example", HOUR)).payment_id)).state == "paid"
    await until(partial(_owes, elm, oak))
    return oak, elm


async def _owes(ring: Ring, other: Ring) -> bool:
    return (await view_of(ring, other)).clearing_seconds == -HOUR


async def _refused(*words: object) -> tuple[int, str, str]:
    """How a command ends, its code, and what stands in brackets behind its words."""
    code, said = await typed(*words)
    return code, said["error"]["code"], "(" + said["error"]["message"].rpartition("(")[2].partition("\n")[0]


async def test_a_ring_winds_down_by_commands_to_a_certificate_that_anybody_checks(
    open_pair: tuple[Ring, Ring], serve: Serve, tmp_path: Path
) -> None:
    oak, elm = open_pair
    assert (await end_of(oak, (await pay(oak, "alma", "ben@elm.example", HOUR)).payment_id)).state == "paid"
    folder, certificate = await serve(oak), tmp_path / "certificate.json"

    code, before = await typed("wind-down", folder)
    assert (code, [each["state"] for each in before["claims"]]) == (0, ["open"])
    code, begun = await typed("wind-down", folder, "--begin")
    assert (code, begun["claims"][0]["state"], begun["claims"][0]["we_owe_seconds"]) == (0, "ended", HOUR)
    code, refused = await typed("wind-down", folder, "--close", "--out", certificate)
    assert (code, refused["error"]["code"], certificate.exists()) == (3, "claims_left", False)
    await until(partial(_hears_the_end, elm, oak))
    assert (await end_of(elm, (await pay(elm, "ben", "alma@oak.example", HOUR)).payment_id)).state == "paid"
    await until(partial(_is_over, oak))
    code, closed = await typed("wind-down", folder, "--close", "--out", certificate)
    assert (code, closed["is_over"], await balance(oak, "alma")) == (0, True, 0)
    card = tmp_path / "card.json"
    card.write_bytes(oak.identity.own.envelope)
    assert (await typed("wind-down", folder))[1]["document"] == closed["document"]
    assert main([str(certificate), "--keys", str(card)]) == 0
    assert await faults(oak, elm) == []


async def _hears_the_end(ring: Ring, other: Ring) -> bool:
    return (await view_of(ring, other)).state == "ended"


async def _is_over(ring: Ring) -> bool:
    return (await ring.winding_down.view()).is_over


async def test_three_operators_let_a_claim_change_hands_by_commands(towns: Towns, serve: Serve) -> None:
    rings = await three_towns(towns)
    await stops(rings[0], rings[1:])
    oak, elm, ash = [await serve(ring) for ring in rings]
    hand_over = ("wind-down", oak, "--assign", "elm.example", "--to", "ash.example", "--amount", 2)
    for ring, other in ((ash, "elm.example"), (elm, "ash.example")):
        code, refused = await typed(*hand_over)
        assert (code, refused["error"]["code"]) == (3, "not_agreed")
        [asked] = (await typed("assignment", "list", ring))[1]["asked"]
        assert (asked["leaver"], asked["other"], asked["state"]) == ("oak.example", other, "asked")
        code, answered = await typed("assignment", "answer", ring, "oak.example", other, 2, "yes")
        assert (code, answered["asked"][0]["state"]) == (0, "agreed")
    code, done = await typed(*hand_over)
    assert (code, done) == (
        0, {"debtor": "ash.example", "creditor": "elm.example", "amount_seconds": 2 * HOUR, "is_done": True},
    )  # fmt: skip
    await until(partial(is_even, rings))
    passed = (await typed("transit", "list", ash))[1]["payments"]
    assert {("oak.example", "assignment")} == {(each["payer_ring"], each["purpose"]) for each in passed}
    assert await faults(*rings) == []
