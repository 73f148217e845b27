# SPDX-License-Identifier: AGPL-3.0-or-later
"""Hello, fence and boots: who may speak for a ring after it was started again."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.rates import Rates
from ringtausch_node.store import Tx
from ringtausch_protocol import canonical, envelope, limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.channel import Fence
from ringtausch_protocol.documents import Head, Hello, Position, Standing
from ringtausch_protocol.entries import ENTRY_HELLO_ACK
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.items import Cancel
from ringtausch_protocol.requests import Ask, AskAnswer, Say
from tests.federation.forger import Forger, code_of
from tests.federation.towns import Towns, end_of, faults, line_of, pay, row_of, talk, until

HASH = "A" * 43


@pytest.fixture
async def forger(pair: tuple[Ring, Ring]) -> Forger:
    """Elm speaks by hand, oak is spoken to; both were in step and are silent now."""
    oak, elm = pair
    await talk(oak, elm)
    await until(lambda: _quiet(oak, elm))
    await elm.federation.stop()
    await oak.federation.stop()
    return Forger(elm, oak)


async def _quiet(oak: Ring, elm: Ring) -> bool:
    here, there = await row_of(oak, elm), await row_of(elm, oak)
    return (here.own_seq, here.peer_seq) == (there.peer_seq, there.own_seq)


async def ask(forger: Forger, **changes: Any) -> AskAnswer | tuple[int, str]:
    """Round 1."""
    line = line_of(forger.liar, forger.victim)
    position = Position(seq=0, hash=HASH)
    fields = {"net": "test", "from_": line.names.me, "to": line.names.peer, "own": position, "peer": position}
    reply = await forger.raw(canonical.encode(Ask(**{**fields, **changes})), "hello")
    return canonical.parse(reply.body, AskAnswer, 10_000) if reply.status == 200 else code_of(reply)


async def say(forger: Forger, challenge: str, *, boot: str | None = None, net: str = "test", **changes: Any) -> Any:
    """Round 2 with a standing that is right but for the changes. -> status and code."""
    line, row = line_of(forger.liar, forger.victim), await row_of(forger.liar, forger.victim)
    identity = forger.liar.identity
    info = f"ringtausch/token/v1\n{line.names.net}\n{line.names.me}\n{line.names.peer}".encode()
    fields: dict[str, Any] = {
        "boot": boot or identity.boot, "card": identity.own.hash, "epoch": line.names.epoch,
        "own": Position(seq=row.own_seq, hash=row.own_hash), "peer": Position(seq=row.peer_seq, hash=row.peer_hash),
        "runs": [], "acked": row.acked_seq, "own_head": Head(log=1, size=99, root=HASH), "peer_head": None,
        "token": b64(line.seal(bytes(32), info)),
    }  # fmt: skip
    hello = Hello(
        v=1, net=net, from_=line.names.me, to=line.names.peer, challenge=challenge, nonce=HASH,
        standing=Standing(**{**fields, **changes}),
    )  # fmt: skip
    signed = envelope.seal("hello", canonical.encode(hello), [(identity.frame_key_id, identity.frame_signer)])
    reply = await forger.raw(canonical.encode(Say(from_=line.names.me, hello=msgspec.Raw(signed))), "hello")
    return (200, "") if reply.status == 200 else code_of(reply)


async def challenge_of(forger: Forger) -> str:
    """A fresh challenge."""
    answer = await ask(forger)
    assert isinstance(answer, AskAnswer)
    return answer.challenge


def load_boots(tx: Tx) -> dict[str, bool]:
    """Boots that the only peer ever named -> whether they are replaced."""
    return {boot: bool(gone) for boot, gone in tx.execute("SELECT boot, replaced FROM peer_boot")}


async def state_of(forger: Forger) -> tuple[str, str | None]:
    """What the victim thinks of the line."""
    peer = line_of(forger.victim, forger.liar).peer
    return peer.state, peer.reason


async def test_a_right_hello_is_answered(forger: Forger) -> None:
    assert await say(forger, await challenge_of(forger)) == (200, "")
    assert await state_of(forger) == ("confirmed", None)


async def test_a_challenge_serves_once(forger: Forger) -> None:
    challenge = await challenge_of(forger)
    await say(forger, challenge)
    assert await say(forger, challenge) == (401, "bad_challenge")


async def test_strangers_who_ask_in_a_peers_name_do_not_keep_it_out(forger: Forger) -> None:
    challenge = await challenge_of(forger)
    for _ in range(20):
        await ask(forger)
    assert await say(forger, challenge) == (200, "")
    assert await challenge_of(forger) != challenge


async def test_hellos_without_end_are_refused(forger: Forger, monkeypatch: pytest.MonkeyPatch) -> None:
    budgets = forger.victim.federation.incoming.budgets
    monkeypatch.setattr(budgets, "_hellos", Rates(forger.victim.clock, per_second=0.01, burst=2))
    for _ in range(2):
        assert await say(forger, await challenge_of(forger)) == (200, "")
    assert await say(forger, await challenge_of(forger)) == (429, "too_many_requests")


async def test_a_hello_that_cannot_be_answered_leaves_nothing_in_memory(
    forger: Forger, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = line_of(forger.victim, forger.liar)
    fence = line.fence

    def refuse(_first: int, _boots: object) -> list[object]:
        raise RemoteError("malformed", "runs")

    monkeypatch.setattr("ringtausch_protocol.channel.runs_from", refuse)
    assert await say(forger, await challenge_of(forger), boot=b64(b"n" * 16)) == (400, "malformed")
    assert (line.fence, line.in_step) == (fence, True)


async def test_a_made_up_challenge_is_refused(forger: Forger) -> None:
    assert await say(forger, HASH) == (401, "bad_challenge")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"net": "other"}, (409, "wrong_net")),
        ({"to": "a" * 52}, (421, "wrong_ring")),
        ({"from_": "a" * 52}, (403, "unknown_peer")),
    ],
)
async def test_round_one_for_somebody_else_is_refused(
    forger: Forger, changes: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert await ask(forger, **changes) == expected


async def test_a_hello_of_another_net_or_epoch_is_refused(forger: Forger) -> None:
    assert await say(forger, await challenge_of(forger), net="other") == (409, "wrong_net")
    assert await say(forger, await challenge_of(forger), epoch="A" * 22) == (409, "wrong_epoch")


async def test_a_new_boot_replaces_the_old_one_for_ever(forger: Forger) -> None:
    new = b64(b"n" * 16)
    assert await say(forger, await challenge_of(forger), boot=new) == (200, "")
    assert await say(forger, await challenge_of(forger)) == (409, "fenced")
    boots = await forger.victim.store.read(load_boots)
    assert boots == {new: False, forger.liar.identity.boot: True}


async def test_a_frame_of_a_replaced_boot_is_fenced_and_kept(forger: Forger) -> None:
    late = await forger.frame([Cancel(order_hash=HASH)])
    line = line_of(forger.liar, forger.victim)
    await say(forger, await challenge_of(forger), boot=b64(b"n" * 16))
    line.token_to_show = line_of(forger.victim, forger.liar).token_to_ask
    assert code_of(await forger.post(late)) == (409, "fenced")
    kept = await forger.victim.store.read(lambda tx: tx.execute("SELECT code FROM evidence").fetchall())
    assert kept == [("fenced",)]


async def test_the_token_of_the_old_boot_is_void_after_a_new_one(forger: Forger) -> None:
    await say(forger, await challenge_of(forger), boot=b64(b"n" * 16))
    assert code_of(await forger.post()) == (401, "hello_needed")


async def test_a_challenge_given_before_a_new_boot_is_void(forger: Forger) -> None:
    early = await challenge_of(forger)
    await say(forger, await challenge_of(forger), boot=b64(b"n" * 16))
    assert await say(forger, early, boot=b64(b"n" * 16)) == (401, "bad_challenge")


@pytest.mark.parametrize("names", ["peer", "acked", "head"])
async def test_who_holds_more_of_us_than_we_do_shows_that_we_lost_something(forger: Forger, names: str) -> None:
    beyond: dict[str, Any] = {
        "peer": {"peer": Position(seq=10_000, hash=HASH)},
        "acked": {"acked": 10_000},
        "head": {"peer_head": Head(log=1, size=10_000, root=HASH)},
    }
    await say(forger, await challenge_of(forger), **beyond[names])
    assert await state_of(forger) == ("quarantined", "lost")
    assert code_of(await forger.post()) == (409, "quarantined")


async def test_another_hash_at_a_known_place_is_a_fork(forger: Forger) -> None:
    row = await row_of(forger.liar, forger.victim)
    await say(forger, await challenge_of(forger), peer=Position(seq=row.peer_seq, hash=HASH))
    assert await state_of(forger) == ("quarantined", "forked")


async def test_the_fence_is_stored_before_the_answer(forger: Forger) -> None:
    await say(forger, await challenge_of(forger))
    row = await row_of(forger.victim, forger.liar)
    own = await row_of(forger.liar, forger.victim)
    assert row.fence is not None
    fence = canonical.parse(row.fence, Fence, limits.DOCUMENT_BYTES)
    assert (fence.boot, fence.last) == (forger.liar.identity.boot, own.own_seq)


async def test_hello_and_answer_stand_in_both_logs(pair: tuple[Ring, Ring]) -> None:
    oak, elm = pair
    await talk(oak, elm)
    for ring in pair:
        kinds = await ring.store.read(lambda tx: [row[0][0] for row in tx.execute("SELECT entry FROM leaf")])
        assert {1, 2, 3, 4} <= set(kinds)


async def test_an_answer_stands_in_the_log_of_the_ring_that_gave_it(forger: Forger) -> None:
    before = await forger.victim.store.read(_answers_logged)
    assert await say(forger, await challenge_of(forger)) == (200, "")
    assert before + 1 == await forger.victim.store.read(_answers_logged)


def _answers_logged(tx: Tx) -> int:
    return sum(row[0][0] == ENTRY_HELLO_ACK for row in tx.execute("SELECT entry FROM leaf"))


async def test_every_boot_says_hello_and_payments_go_on(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    await talk(oak, elm)
    for number in range(1, 4):
        await towns.close("oak")
        oak = await towns.open("oak")
        await oak.federation.start()
        view = await pay(oak, "alma", "ben@elm.example", 60)
        assert (await end_of(oak, view.payment_id)).state == "paid"
        assert len(await elm.store.read(load_boots)) == number + 1
    assert await faults(oak, elm) == []


async def test_a3_an_ack_that_comes_late_does_not_bring_back_a_boot_that_is_dead(forger: Forger, towns: Towns) -> None:
    """`heard` asks who has spoken since: of a boot that lived a moment nobody else has heard (SPEC.md 6.4)."""
    oak = forger.victim
    greeter, line = oak.federation._greeter, line_of(oak, forger.liar)

    async def reborn() -> Ring:
        await towns.close("elm")
        return await towns.open("elm")

    elm = await reborn()
    said = await greeter.say(line, await elm.federation._greeter.answer_ask(line_of(elm, oak), await greeter.ask(line)))
    late, _ = await elm.federation._greeter.answer_say(line_of(elm, oak), said)
    forger.liar = await reborn()
    assert await say(forger, await challenge_of(forger)) == (200, "")
    with pytest.raises(RemoteError, match="bad_challenge"):
        await greeter.heard(line, late)
    assert line.peer_boot == forger.liar.identity.boot
    assert await say(forger, await challenge_of(forger)) == (200, "")


async def test_a3_a_hello_that_comes_late_from_a_boot_that_nobody_heard_is_refused(
    forger: Forger, towns: Towns
) -> None:
    """`_believe`: the boot that answers our own hello voids the challenge that one before it has asked for."""
    oak = forger.victim
    greeter, line = oak.federation._greeter, line_of(oak, forger.liar)
    early = await challenge_of(forger)
    await towns.close("elm")
    forger.liar = elm = await towns.open("elm")
    said = await greeter.say(line, await elm.federation._greeter.answer_ask(line_of(elm, oak), await greeter.ask(line)))
    answer, _ = await elm.federation._greeter.answer_say(line_of(elm, oak), said)
    await greeter.heard(line, answer)
    assert await say(forger, early, boot=b64(b"2" * 16)) == (401, "bad_challenge")
    assert line.peer_boot == elm.identity.boot
