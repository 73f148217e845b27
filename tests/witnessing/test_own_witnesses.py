# SPDX-License-Identifier: AGPL-3.0-or-later
"""Our own log's witnesses: who is asked, how their cosignatures come in, and what those do who lie or say nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import pytest

from ringtausch_node import api
from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line.model import Reply
from ringtausch_node.federation.wire.transport import Request
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.payments.model import PayRequest
from ringtausch_node.translog import checkpoint_records
from ringtausch_node.translog.checkpoint_records import CheckpointRow
from ringtausch_node.witnessing.model import COSIGN_SECONDS, WATCH_SECONDS, choose_witnesses
from ringtausch_protocol import checkpoints, limits, log_keys, notes, witness
from ringtausch_protocol.canonical import b64_padded
from ringtausch_protocol.checkpoints import Policy
from tests.federation.towns import Towns, peer, until
from tests.serving.wire import ask, listening

Answer = Callable[[Request], Reply]


async def newest(ring: Ring) -> CheckpointRow:
    """The newest checkpoint, with its cosignatures so far."""
    row = await ring.store.read(lambda tx: checkpoint_records.load_newest(tx, 1))
    assert row is not None
    return row


async def grow(ring: Ring, payer: str = "alma") -> CheckpointRow:
    """One payment at home, and its checkpoint."""
    await ring.payments.pay(PayRequest(None, payer, "otto", 60, ""), OPERATOR)
    made = await ring.checkpoints.make()
    assert made is not None
    return made


@pytest.fixture
async def growing(pair: tuple[Ring, Ring]) -> tuple[Ring, Ring]:
    """Oak, whose log grows, and its only witness."""
    for ring in pair:
        await ring.members.add("otto", "Otto")
    return pair


async def test_checkpoints_are_cosigned_one_after_the_other(growing: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = growing
    policy = Policy(log_keys.witness_keys(elm.identity.own), 1)
    for _ in range(3):
        made = await grow(oak)
        await oak.witnessing.own.round()

        row = await newest(oak)
        key = log_keys.checkpoint_keys(oak.identity.own, checkpoints.origin_of(oak.identity.ring_id, 1))
        assert made.size == checkpoints.verify_checkpoint(row.note, key, policy).head.size
        assert (1, made.size) == (row.cosigned, (await oak.witnessing.view()).cosigned_size)
    posts = [request for _, _, request in towns.network.sent if request.method == "POST"]
    assert 3 == len(posts)  # each with the path from the head that the witness had: nobody had to be asked twice


async def test_health_tells_the_newest_head_that_was_cosigned_and_by_whom(
    growing: tuple[Ring, Ring], towns: Towns
) -> None:
    oak, elm = growing
    made = await grow(oak)
    await oak.witnessing.own.round()
    await oak.payments.pay(PayRequest(None, "alma", "otto", 60, ""), OPERATOR)

    async with listening(api.build_app(oak)) as port:
        told = (await ask(port, "GET", "/health")).json["log"]

    expected = (f"{oak.identity.ring_id}/log/1", made.size, b64_padded(made.root), made.at, 1)
    assert expected == (told["origin"], told["size"], told["root"], told["at"], told["quorum"])
    assert [elm.identity.ring_id] == [each["ring_id"] for each in told["cosigned"]]
    assert 0 <= towns.clock.now() - told["cosigned"][0]["at"] <= 60


async def test_a_head_that_is_cosigned_is_not_sent_again_before_an_hour(
    growing: tuple[Ring, Ring], towns: Towns
) -> None:
    oak, _elm = growing
    await grow(oak)
    for seconds, posts in [(0, 1), (60, 1), (3_600, 2)]:
        towns.clock.ahead_seconds += seconds
        await oak.witnessing.own.round()
        assert posts == len([1 for _, _, request in towns.network.sent if request.method == "POST"])


async def test_a_witness_that_knows_another_size_is_asked_from_there(growing: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = growing
    await grow(oak)
    await elm.witnessing.watch.look()  # it has fetched and cosigned the head by itself
    await grow(oak)
    await oak.witnessing.own.round()

    assert 1 == (await newest(oak)).cosigned
    said = [witness.parse_request(each.body).old for _, _, each in towns.network.sent if each.method == "POST"]
    assert [0, (await elm.witnessing.view()).watched[0].size] != said
    assert 2 == len(said)


async def _is_cosigned(ring: Ring) -> bool:
    return (await newest(ring)).cosigned > 0


def _always(reply: Reply) -> Answer:
    return lambda _request: reply


def _yes(request: Request) -> Reply:
    """A line in the name of a witness, with a signature that is none."""
    name = notes.parse_lines(request.body.decode().rpartition("\n\n")[2])[0].name
    return Reply(200, f"— {name.partition('/')[0]} {'A' * 96}\n".encode(), {})


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (_always(Reply(200, b"", {})), "malformed"),
        (_always(Reply(200, b"yes\n", {})), "malformed"),
        (_yes, "bad_answer"),
        (_always(Reply(200, b"x" * limits.CHECKPOINT_BYTES + b"\n", {})), "too_large"),
        (_always(Reply(409, b"07\n", {"Content-Type": witness.SIZE_TYPE})), "malformed"),
        (_always(Reply(409, b"+7\n", {"Content-Type": witness.SIZE_TYPE})), "malformed"),
        (_always(Reply(409, b"9999\n", {"Content-Type": witness.SIZE_TYPE})), "log_size"),
        (_always(Reply(409, b"1\n", {"Content-Type": witness.SIZE_TYPE})), "bad_answer"),
        (_always(Reply(200, b"\xff\n", {})), "malformed"),
        (_always(Reply(422, b'{"code":"bad_proof"}', {})), "bad_proof"),
        (_always(Reply(500, b"<html>", {})), "bad_answer"),
    ],
)
async def test_what_is_no_cosignature_counts_for_nothing_and_is_noted(
    growing: tuple[Ring, Ring], towns: Towns, answer: Answer, code: str
) -> None:
    oak, _elm = growing
    await grow(oak)
    towns.network.answer = lambda name, request: answer(request) if name == "elm" else None
    await oak.witnessing.own.round()

    (view,) = (await oak.witnessing.view()).witnesses
    assert (0, code, None) == ((await newest(oak)).cosigned, view.code, (await oak.witnessing.view()).cosigned_size)


async def test_a_cosignature_that_does_not_verify_spoils_the_answer(growing: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = growing
    row = await grow(oak)
    (key,) = log_keys.witness_keys(elm.identity.own)
    text = checkpoints.parse_checkpoint(row.note).note.text
    good = notes.cosign_note(text, key.name, elm.identity.witness_signer, 1_800_000_000)
    bad = good._replace(signature=bytes(8) + good.signature[8:])
    towns.network.answer = lambda name, _request: Reply(200, str(bad).encode(), {}) if name == "elm" else None
    await oak.witnessing.own.round()

    assert (0, "bad_signature") == ((await newest(oak)).cosigned, (await oak.witnessing.view()).witnesses[0].code)


async def test_a_witness_that_never_answers_delays_neither_the_others_nor_a_payment(
    growing: tuple[Ring, Ring], towns: Towns
) -> None:
    oak, _elm = growing
    ash = await towns.found("ash")
    await peer(oak, ash)
    row = await grow(oak)
    silent = asyncio.Event()
    usual = oak.witnessing.own._transport.send

    async def send(url: str, request: Request, **bounds: float) -> Reply:
        if "elm" in url:
            await silent.wait()
        return await usual(url, request, **bounds)  # type: ignore[arg-type]

    oak.witnessing.own._transport.send = send  # type: ignore[method-assign]
    turn = asyncio.create_task(oak.witnessing.own.round())
    await until(partial(_is_cosigned, oak))
    paid = await oak.payments.pay(PayRequest(None, "alma", "otto", 60, ""), OPERATOR)
    assert ("paid", 1, False) == (paid.state, (await newest(oak)).cosigned, turn.done())
    assert row.size == (await newest(oak)).size
    turn.cancel()


async def test_a_peer_on_the_same_machine_is_watched_and_not_asked(growing: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = growing
    towns.network.places = {ring.identity.own.card.url: "192.0.2.7" for ring in growing}
    await grow(oak)
    await grow(elm, "ben")

    await oak.witnessing.own.round()
    await oak.witnessing.watch.look()

    view = await oak.witnessing.view()
    assert (0, [], ["elm.example"]) == (view.quorum, view.witnesses, view.neighbours)
    assert ["elm.example"] == [each.address for each in view.watched]
    assert [] == [request for _, _, request in towns.network.sent if request.method == "POST"]


async def test_a_peer_that_moves_to_another_machine_is_asked_then(growing: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = growing
    towns.network.places = {ring.identity.own.card.url: "192.0.2.7" for ring in growing}
    await grow(oak)
    await oak.witnessing.own.round()
    towns.network.places.clear()
    await oak.witnessing.own.round()
    assert ["elm.example"] == (await oak.witnessing.view()).neighbours

    towns.clock.ahead_seconds += int(WATCH_SECONDS)
    await oak.witnessing.own.round()

    view = await oak.witnessing.view()
    assert ([elm.identity.ring_id], []) == ([each.ring_id for each in view.witnesses], view.neighbours)
    assert 1 == (await newest(oak)).cosigned


async def test_who_fails_is_left_alone_for_a_while(growing: tuple[Ring, Ring], towns: Towns) -> None:
    oak, _elm = growing
    await grow(oak)
    asked: list[Request] = []

    def answer(name: str, request: Request) -> Reply:
        asked.append(request)
        return Reply(503, b"", {})

    towns.network.answer = answer
    counts = []
    for _ in range(8):
        await oak.witnessing.own.round()
        counts.append(len(asked))
        towns.clock.waited_seconds += COSIGN_SECONDS
    assert [1, 1, 2, 2, 2, 2, 3, 3] == counts


def test_witnesses_are_drawn_by_their_hash_and_one_more_peer_changes_one_at_most() -> None:
    rings = [f"ring{number:02}" for number in range(30)]
    chosen = choose_witnesses("a/log/1", rings)

    assert (7, 7) == (len(chosen), len(set(chosen)))
    assert choose_witnesses("a/log/1", reversed(rings)) == chosen
    assert choose_witnesses("b/log/1", rings) != chosen
    assert all(
        len(set(choose_witnesses("a/log/1", [*rings, f"new{number}"])) - set(chosen)) <= 1 for number in range(20)
    )
    assert sorted(rings[:3]) == sorted(choose_witnesses("a/log/1", rings[:3]))


@pytest.fixture(autouse=True)
def _no_spacing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checkpoints of a test need not be a second apart."""
    monkeypatch.setattr("ringtausch_node.translog.checkpoints.SPACING_SECONDS", 0.0)
