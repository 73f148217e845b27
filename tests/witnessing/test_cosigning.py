# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ring as the witness of its peer: the table of C2SP in one transaction, and nothing told before its commit."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line.model import refused_code
from ringtausch_node.witnessing import records
from ringtausch_protocol import checkpoints, log_keys, notes, witness
from tests.federation.towns import Towns
from tests.witnessing.books import Book, forked, honest


async def add(ring: Ring, body: bytes) -> tuple[int, bytes]:
    """What a witness answers."""
    reply = await ring.witnessing.answers.add_checkpoint(body)
    return reply.status, reply.body


async def refused_sizes(ring: Ring, book: Book) -> list[int]:
    """The sizes of the refused heads that are kept."""
    return [each.size for each in await ring.store.read(lambda tx: records.load_refused(tx, book.origin))]


async def test_a_witness_cosigns_a_log_that_grows_and_tells_everybody_its_newest_head(pair: tuple[Ring, Ring]) -> None:
    oak, elm = pair
    book = honest(elm)

    for old, size in [(0, 5), (5, 12), (12, 12), (12, 40)]:
        status, body = await add(oak, book.request(old, size))
        lines = checkpoints.read_cosignatures(
            checkpoints.parse_checkpoint(book.signed(size)), body, log_keys.witness_keys(oak.identity.own)
        )
        assert (200, 1) == (status, len(lines))

    told = await oak.witnessing.answers.told(notes.gossip_name(book.origin))
    policy = checkpoints.Policy(log_keys.witness_keys(oak.identity.own), 1)
    assert (200, book.head(40)) == (told.status, checkpoints.verify_checkpoint(told.body, [book.key], policy).head)


async def test_a_fork_with_a_valid_signature_is_not_cosigned_and_kept(pair: tuple[Ring, Ring]) -> None:
    oak, elm = pair
    true, false = honest(elm), forked(elm)
    assert 200 == (await add(oak, true.request(0, 12)))[0]

    assert 422 == (await add(oak, false.request(12, 30)))[0]
    assert 422 == (await add(oak, false.request(12, 12)))[0]
    assert [12, 30] == await refused_sizes(oak, true)
    assert 200 == (await add(oak, true.request(12, 30)))[0]


async def test_who_guesses_the_size_wrongly_is_told_it(pair: tuple[Ring, Ring]) -> None:
    oak, elm = pair
    book = honest(elm)
    await add(oak, book.request(0, 12))

    reply = await oak.witnessing.answers.add_checkpoint(book.request(5, 20))

    assert (409, b"12\n", witness.SIZE_TYPE) == (reply.status, reply.body, reply.headers["Content-Type"])
    assert (409, b"12\n") == await add(oak, book.request(0, 20))
    assert 400 == (await add(oak, witness.format_request(21, [], book.signed(20))))[0]


async def test_strangers_are_not_witnessed(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    ash = await towns.found("ash")

    assert 404 == (await add(oak, honest(ash).request(0, 5)))[0]
    assert 404 == (await oak.witnessing.answers.told(notes.gossip_name(honest(elm).origin))).status


async def test_a_head_that_its_ring_did_not_sign_is_refused_and_not_kept(pair: tuple[Ring, Ring]) -> None:
    oak, elm = pair
    book, oaks = honest(elm), honest(oak)
    stolen = Book(elm, book.entries)
    stolen._signer = oaks._signer
    spoiled = book.signed(5)[:-6] + b"AAAA=\n"

    assert 403 == (await add(oak, stolen.request(0, 5)))[0]
    assert 403 == (await add(oak, witness.format_request(0, [], spoiled)))[0]
    assert [] == await refused_sizes(oak, book)


@pytest.mark.parametrize("old", ["+7", "07", "7\r", "7 ", "\u2028", "\uff19"])
async def test_a_size_has_one_form(oak: Ring, old: str) -> None:
    reply = await oak.witnessing.answers.add_checkpoint(f"old {old}\n\n".encode() + honest(oak).signed(8))

    assert (400, "malformed") == (reply.status, refused_code(reply.body))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"), lambda text: text.replace("\n8\n", "\n08\n"),
        lambda text: text.replace("\n8\n", "\n+8\n"), lambda text: text.replace("\n8\n", "\n8\u2028\n"),
        lambda text: text.rstrip("=\n") + "\n", lambda text: text + text.split("\n")[-2] + "\n",
        lambda text: text.replace("=", "-", 1), lambda text: text[:-1],
    ],
)  # fmt: skip
async def test_a_checkpoint_has_one_form(oak: Ring, change: Callable[[str], str]) -> None:
    text = change(honest(oak).signed(8).decode())
    reply = await oak.witnessing.answers.add_checkpoint(b"old 0\n\n" + text.encode())

    assert (400, "malformed") == (reply.status, refused_code(reply.body))


async def test_lines_that_nobody_knows_are_skipped_and_not_told(pair: tuple[Ring, Ring]) -> None:
    oak, elm = pair
    book = honest(elm)
    grease = "— grease.example " + "A" * 2000 + "\n"

    assert 200 == (await add(oak, witness.format_request(0, [], book.signed(5) + grease.encode())))[0]
    told = (await oak.witnessing.answers.told(notes.gossip_name(book.origin))).body
    assert (True, False) == (oak.identity.ring_id in told.decode(), "grease" in told.decode())


async def test_rings_of_one_process_do_not_witness_each_other(pair: tuple[Ring, Ring]) -> None:
    oak, elm = pair
    oak.witnessing.neighbourhood.beside = frozenset({elm.identity.ring_id})

    assert 404 == (await add(oak, honest(elm).request(0, 5)))[0]
    assert [] == oak.witnessing.own.chosen("x")


async def test_a_witness_that_is_an_old_copy_or_has_no_clock_cosigns_nothing(
    pair: tuple[Ring, Ring], towns: Towns
) -> None:
    oak, elm = pair
    body = honest(elm).request(0, 5)
    towns.clock.jump(10 * 365 * 86_400)
    assert (503, "clock_doubtful") == _refusal(await add(oak, body))
    towns.clock.jump(-10 * 365 * 86_400)
    await oak.federation.recovery.declare_old_copy()
    assert (503, "recovering") == _refusal(await add(oak, body))


async def test_a_ring_is_not_cosigned_for_ever_more_numbers_of_logs(
    pair: tuple[Ring, Ring], monkeypatch: pytest.MonkeyPatch
) -> None:
    oak, elm = pair
    monkeypatch.setattr("ringtausch_node.witnessing.cosigner.LOGS_OF_PEER_MAX", 2)
    answers = [(await add(oak, Book(elm, honest(elm).entries, log).request(0, 5)))[0] for log in (1, 2, 3)]

    assert [200, 200, 404] == answers


async def test_what_was_cosigned_is_known_after_a_restart(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    await add(oak, honest(elm).request(0, 12))
    await towns.close("oak")
    oak = await towns.open("oak")

    assert 422 == (await add(oak, forked(elm).request(12, 30)))[0]
    assert (409, b"12\n") == await add(oak, honest(elm).request(0, 30))


def _refusal(answered: tuple[int, bytes]) -> tuple[int, str]:
    return answered[0], refused_code(answered[1])
