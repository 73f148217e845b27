# SPDX-License-Identifier: AGPL-3.0-or-later
"""The five-minute watch: a ring that shows two histories is caught, also where nobody brings the fork to anybody."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from collections.abc import Callable

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line.model import Reply
from ringtausch_node.federation.wire.transport import Request
from ringtausch_node.witnessing import records
from ringtausch_protocol import forks, limits
from ringtausch_protocol.checkpoints import Checkpoint, parse_checkpoint
from tests.federation.towns import Towns, peer, view_of
from tests.witnessing.books import TEXT, Book, forked, honest, show

Answering = Callable[[str, Request], Reply | None]


async def size_of(ring: Ring, book: Book) -> int | None:
    """The newest size that a witness cosigned."""
    found = await ring.store.read(lambda tx: records.load_cosigned(tx, book.origin))
    return None if found is None else found.size


async def proofs(ring: Ring) -> list[bytes]:
    """The proofs that a ring holds."""
    return [row.proof for row in await ring.store.read(records.load_forks)]


async def test_a_witness_follows_the_log_that_it_watches_by_its_tiles(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    book = honest(elm, 700)

    for size in (3, 256, 257, 700):
        show(towns.network, "elm", book, size)
        await oak.witnessing.watch.look()
        assert size == await size_of(oak, book)
    assert [] == await proofs(oak)


@pytest.mark.parametrize(("sizes", "fault"), [((20, 20), "one_size"), ((20, 35), "history"), ((35, 20), "history")])
async def test_a_ring_that_shows_two_histories_is_caught(
    pair: tuple[Ring, Ring], towns: Towns, sizes: tuple[int, int], fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    oak, elm = pair
    true, false = honest(elm), forked(elm)
    first, second = sizes
    show(towns.network, "elm", false, second)
    await oak.witnessing.answers.add_checkpoint(true.request(0, first))
    if second < first:  # the tiles of the larger head are needed, and a liar shows what he likes
        show(towns.network, "elm", true, first)
        await oak.store.write(lambda tx: oak.witnessing.cosigner.keep(tx, _parsed(false, second), "log_size"))

    with caplog.at_level(logging.ERROR):
        await oak.witnessing.watch.look()

    (proof,) = await proofs(oak)
    assert (fault, True) == (forks.verify_fork(proof).proof.fault, len(proof) <= limits.FORK_PROOF_BYTES)
    view = await view_of(oak, elm)
    assert ("quarantined", "two_histories") == (view.state, view.reason)
    assert "line to elm.example is paused: two_histories" in [each.getMessage() for each in caplog.records]


async def test_the_proof_lies_in_the_folder_and_verifies_alone(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    await _fork(oak, elm, towns)

    (file,) = (oak.folder.path / "evidence").iterdir()
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "ringtausch_protocol", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (0, 0o600) == (done.returncode, file.stat().st_mode & 0o777)
    assert elm.identity.ring_id in done.stdout


async def test_the_accused_ring_is_told_and_shows_it(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    await _fork(oak, elm, towns)

    assert await proofs(oak) == await proofs(elm)
    (told,) = (await elm.witnessing.view()).forks
    (found,) = (await oak.witnessing.view()).forks
    assert ((True, False), (False, True)) == ((told.is_own, told.is_told), (found.is_own, found.is_told))


async def test_a_ring_that_is_away_is_told_when_it_is_back(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    usual = towns.network.answer
    towns.network.answer = lambda name, asked: Reply(503, b"", {}) if asked.method == "POST" else usual(name, asked)
    await _fork(oak, elm, towns)
    assert [] == await proofs(elm)

    towns.network.answer = usual
    await oak.witnessing.watch.look()
    assert await proofs(oak) == await proofs(elm)


async def test_a_proof_makes_the_accused_ring_s_other_peers_act_too(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    ash = await towns.found("ash")
    await peer(ash, elm)
    await _fork(oak, elm, towns)
    (proof,) = await proofs(oak)

    assert 204 == (await ash.witnessing.answers.fork_proof(proof)).status
    assert 204 == (await ash.witnessing.answers.fork_proof(proof)).status
    assert "two_histories" == (await view_of(ash, elm)).reason


async def test_a_proof_that_proves_nothing_or_is_about_others_is_refused(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    ash = await towns.found("ash")
    await _fork(oak, elm, towns)
    (proof,) = await proofs(oak)

    assert 403 == (await ash.witnessing.answers.fork_proof(proof)).status
    assert 400 == (await oak.witnessing.answers.fork_proof(proof[:-1])).status
    assert 400 == (await oak.witnessing.answers.fork_proof(proof.replace(b'"history"', b'"one_size"'))).status
    assert [] == await proofs(ash)


async def test_an_operator_who_has_phoned_takes_the_line_up_again(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    await _fork(oak, elm, towns)
    line = oak.federation.lines.by_address("elm.example")
    assert line is not None

    await oak.federation.cards.believe_again(line)
    await oak.witnessing.watch.look()

    assert "confirmed" == (await view_of(oak, elm)).state
    assert 404 == (await oak.witnessing.answers.add_checkpoint(honest(elm).request(20, 40))).status
    assert 200 == (await oak.witnessing.answers.add_checkpoint(Book(elm, honest(elm).entries, 2).request(0, 3))).status


async def test_a_fork_that_is_shown_to_others_only_is_found_by_their_gossip(
    pair: tuple[Ring, Ring], towns: Towns
) -> None:
    oak, elm = pair
    ash = await towns.found("ash")
    await peer(oak, ash)
    await peer(ash, elm)
    true, false = honest(elm), forked(elm)
    show(towns.network, "elm", true, 35)
    await oak.witnessing.watch.look()
    await ash.witnessing.answers.add_checkpoint(false.request(0, 20))
    assert [] == await proofs(oak)

    await oak.witnessing.watch.look()

    assert "history" == forks.verify_fork((await proofs(oak))[0]).proof.fault


async def test_gossip_that_lags_behind_or_lies_accuses_nobody(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    ash = await towns.found("ash")
    await peer(oak, ash)
    book = honest(elm)
    show(towns.network, "elm", book, 35)
    await oak.witnessing.watch.look()
    unsigned = forked(elm)
    unsigned._signer = ash.identity.checkpoint_signer
    told = [book.signed(12), b"junk", forked(ash).signed(20), book.signed(35)[:-6] + b"AAAA=\n", unsigned.signed(20)]
    usual = towns.network.answer

    for each in told:
        towns.network.answer = _tells("ash", each, usual)
        await oak.witnessing.watch.look()

    assert ([], "confirmed") == (await proofs(oak), (await view_of(oak, elm)).state)
    assert [] == await oak.store.read(lambda tx: records.load_refused(tx, book.origin))


def _tells(name: str, told: bytes, usual: Answering) -> Answering:
    def answer(asked: str, request: Request) -> Reply | None:
        if asked == name and request.path.startswith("/witness/"):
            return Reply(200, told, TEXT)
        return usual(asked, request)

    return answer


@pytest.mark.parametrize("tile", [b"", b"x" * 32, b"x" * 31, b"x" * 100_000])
async def test_a_ring_with_tiles_that_are_not_its_own_proves_nothing(
    pair: tuple[Ring, Ring], towns: Towns, tile: bytes
) -> None:
    oak, elm = pair
    true, false = honest(elm), forked(elm)
    await oak.witnessing.answers.add_checkpoint(true.request(0, 12))
    show(towns.network, "elm", false, 35)
    usual = towns.network.answer
    towns.network.answer = lambda name, asked: Reply(200, tile, {}) if "tile" in asked.path else usual(name, asked)

    await oak.witnessing.watch.look()
    assert ([], 12) == (await proofs(oak), await size_of(oak, true))

    towns.network.answer = usual  # the head was kept: what is withheld today is half of a proof tomorrow
    await oak.witnessing.watch.look()
    assert 1 == len(await proofs(oak))


async def test_a_ring_does_not_get_rid_of_evidence_by_tiles_of_another_log(
    pair: tuple[Ring, Ring], towns: Towns
) -> None:
    oak, elm = pair
    true, false = honest(elm), forked(elm)
    await oak.witnessing.answers.add_checkpoint(true.request(0, 30))
    await oak.witnessing.answers.add_checkpoint(false.request(0, 20))
    usual = towns.network.answer
    show(towns.network, "elm", false, 30)  # its tiles have the refused head in them, and not the cosigned one
    shown = towns.network.answer
    towns.network.answer = lambda name, asked: (
        Reply(404, b"", {}) if asked.path == "/log/checkpoint" else shown(name, asked)
    )
    await oak.witnessing.watch.look()
    assert [20] == [each.size for each in await oak.store.read(lambda tx: records.load_refused(tx, true.origin))]

    towns.network.answer = usual
    show(towns.network, "elm", true, 30)
    await oak.witnessing.watch.look()
    assert 1 == len(await proofs(oak))


async def test_heads_that_were_merely_refused_as_late_are_dropped(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    book = honest(elm)
    await oak.witnessing.answers.add_checkpoint(book.request(0, 12))
    await oak.witnessing.answers.add_checkpoint(book.request(5, 20))
    assert 1 == len(await oak.store.read(lambda tx: records.load_refused(tx, book.origin)))

    show(towns.network, "elm", book, 35)
    await oak.witnessing.watch.look()

    assert [] == await oak.store.read(lambda tx: records.load_refused(tx, book.origin))
    assert [] == await proofs(oak)


async def _fork(oak: Ring, elm: Ring, towns: Towns) -> None:
    """Elm shows oak two histories, and oak looks."""
    await oak.witnessing.answers.add_checkpoint(honest(elm).request(0, 20))
    usual = towns.network.answer
    show(towns.network, "elm", forked(elm), 35)
    await oak.witnessing.watch.look()
    towns.network.answer = usual


def _parsed(book: Book, size: int) -> Checkpoint:
    return parse_checkpoint(book.signed(size))
