# SPDX-License-Identifier: AGPL-3.0-or-later
"""A folder that was put back, with its lock too: before it signs a head, the ring asks what its witnesses know."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line.model import Reply
from ringtausch_node.federation.wire.transport import Request
from ringtausch_node.store import Tx
from ringtausch_node.translog import reading
from ringtausch_node.translog import service as translog
from ringtausch_protocol import canonical, envelope
from ringtausch_protocol.entries import LogStart, parse_log_entry
from ringtausch_protocol.errors import LocalError
from tests.federation.towns import Towns
from tests.vectors.logbook import entries_of
from tests.witnessing.books import TEXT, forked


async def grow(ring: Ring, label: str) -> int:
    """Some entries and their checkpoint. -> its size."""

    def fill(tx: Tx) -> None:
        for entry in entries_of(5, label, kind=4):
            translog.append_later(tx, entry)

    await ring.store.write(fill)
    made = await ring.checkpoints.make()
    assert made is not None
    return made.size


@pytest.fixture
async def put_back(pair: tuple[Ring, Ring], towns: Towns, tmp_path: Path) -> Ring:
    """Oak again as it was before elm cosigned its newest head; nothing in its folder remembers that."""
    oak, _elm = pair
    await grow(oak, "first")
    await towns.close("oak")
    shutil.copytree(tmp_path / "oak", tmp_path / "copy")
    oak = await towns.open("oak")
    await grow(oak, "second")
    await oak.witnessing.own.round()
    await towns.close("oak")
    shutil.rmtree(tmp_path / "oak")
    (tmp_path / "copy").rename(tmp_path / "oak")
    return await towns.open("oak")


async def start_of(ring: Ring) -> LogStart:
    """The first entry of the present log."""
    head = await ring.store.read(translog.head)
    entry: bytes = (await ring.store.read(lambda tx: tx.one("SELECT entry FROM leaf ORDER BY idx DESC LIMIT 1")))[0]
    assert 1 == head.size
    signed = parse_log_entry(entry)[1][0]
    return canonical.parse(envelope.parse_envelope(signed).body(), LogStart, 10_000)


async def test_an_old_copy_signs_nothing_under_the_log_that_others_know_longer(
    put_back: Ring, pair: tuple[Ring, Ring]
) -> None:
    before = await put_back.store.read(translog.head)
    with pytest.raises(LocalError, match="recovering"):
        await put_back.checkpoints.make()

    start = await start_of(put_back)
    assert (2, before.size, "old_copy") == (start.log, start.closed.size, start.code)
    assert start.heads is not None
    (told,) = start.heads
    assert (pair[1].identity.ring_id, 1, before.size + 5) == (told.ring_id, told.head.log, told.head.size)


async def test_without_a_witness_that_answers_nobody_is_waited_for(put_back: Ring, towns: Towns) -> None:
    towns.network.cut.add("elm")

    assert await grow(put_back, "third") > 0


async def test_a_ring_whose_log_goes_on_from_all_that_is_told_signs(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, _elm = pair
    size = await grow(oak, "first")
    await oak.witnessing.own.round()
    await towns.close("oak")
    oak = await towns.open("oak")

    assert size < await grow(oak, "second")
    assert [1] == await oak.store.read(reading.log_numbers)


async def test_a_witness_alone_cannot_make_a_ring_doubt_itself(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = pair
    foreign = forked(oak)
    foreign._signer = elm.identity.checkpoint_signer

    def answer(name: str, request: Request) -> Reply | None:
        return Reply(200, foreign.signed(30), TEXT) if name == "elm" and request.method == "GET" else None

    towns.network.answer = answer
    assert await grow(oak, "first") > 0
    assert not oak.federation.recovery.is_active


async def test_peers_are_asked_once_a_boot(pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, _elm = pair
    await grow(oak, "first")
    asked = len(towns.network.sent)
    await grow(oak, "second")

    assert (2, 2) == (asked, len(towns.network.sent))


@pytest.fixture(autouse=True)
def _no_spacing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checkpoints of a test need not be a second apart."""
    monkeypatch.setattr("ringtausch_node.translog.checkpoints.SPACING_SECONDS", 0.0)
