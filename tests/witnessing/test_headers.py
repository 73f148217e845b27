# SPDX-License-Identifier: AGPL-3.0-or-later
"""Headers of frames count as heads: a ring that works on one log and shows its witnesses another is caught by both."""

from __future__ import annotations

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line.model import Reply
from ringtausch_node.translog import service as translog
from ringtausch_node.witnessing import headers, records
from ringtausch_node.witnessing.model import HEADERS_AT_ONCE
from ringtausch_protocol import forks, limits
from tests.federation.towns import HOUR, Towns, end_of, pay, view_of
from tests.witnessing.books import honest, show


async def paid(ring: Ring, count: int = 1) -> None:
    """Payments to oak, one after the other."""
    for _ in range(count):
        await end_of(ring, (await pay(ring, "ben", "alma@oak.example", HOUR // 60)).payment_id)


async def named(oak: Ring, elm: Ring) -> list[headers.Named]:
    line = oak.federation.lines.by_ring(elm.identity.ring_id)
    assert line is not None
    return await oak.store.read(lambda tx: headers.load_named(tx, line))


async def proofs(ring: Ring) -> list[bytes]:
    return [row.proof for row in await ring.store.read(records.load_forks)]


async def test_an_honest_ring_s_frames_name_the_log_that_it_shows(open_pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = open_pair
    for count in (1, 3):
        await paid(elm, count)
        await elm.checkpoints.make()
        await oak.witnessing.watch.look()

    found = await named(oak, elm)
    assert found[0].size <= (await elm.store.read(translog.head)).size
    assert {f"{elm.identity.ring_id}/log/1"} == {each.origin for each in found}
    assert sorted((each.size for each in found), reverse=True) == [each.size for each in found]
    assert [] == await proofs(oak)
    assert {found[0].origin: found[0].leaf} == oak.witnessing.watch._seen


@pytest.mark.parametrize(("more", "fault"), [(0, "one_size"), (7, "history")])
async def test_a_ring_that_shows_another_log_than_its_frames_name_is_caught(
    open_pair: tuple[Ring, Ring], towns: Towns, more: int, fault: str
) -> None:
    oak, elm = open_pair
    await paid(elm)
    newest = (await named(oak, elm))[0]
    show(towns.network, "elm", honest(elm, newest.size + more), newest.size + more)

    await oak.witnessing.watch.look()

    (proof,) = await proofs(oak)
    fork = forks.verify_fork(proof)
    assert (fault, True) == (fork.proof.fault, len(proof) <= limits.FORK_PROOF_BYTES)
    assert ({fork.a.root, fork.b.root}, newest.size) == (
        {newest.root, honest(elm, newest.size + more).head(newest.size + more).root}, fork.a.size
    )  # fmt: skip
    assert ("quarantined", "two_histories") == ((await view_of(oak, elm)).state, (await view_of(oak, elm)).reason)


async def test_frames_ahead_of_what_was_cosigned_and_tiles_withheld_accuse_nobody(
    open_pair: tuple[Ring, Ring], towns: Towns
) -> None:
    oak, elm = open_pair
    await paid(elm)
    newest = (await named(oak, elm))[0]
    sizes = [each.size for each in await named(oak, elm)]
    show(towns.network, "elm", honest(elm, min(sizes) - 1), min(sizes) - 1)
    await oak.witnessing.watch.look()
    assert [] == await proofs(oak)

    book = honest(elm, newest.size + 3)
    show(towns.network, "elm", book, newest.size + 3)
    shows = towns.network.answer
    towns.network.answer = lambda name, asked: Reply(404, b"", {}) if "/tile/" in asked.path else shows(name, asked)
    await oak.witnessing.answers.add_checkpoint(book.request(min(sizes) - 1, newest.size + 3))
    await oak.witnessing.watch.look()
    assert ([], {}) == (await proofs(oak), oak.witnessing.watch._seen)

    towns.network.answer = shows
    await oak.witnessing.watch.look()
    assert 1 == len(await proofs(oak))


async def test_a_busy_line_costs_a_look_no_more(open_pair: tuple[Ring, Ring], towns: Towns) -> None:
    oak, elm = open_pair
    await paid(elm, HEADERS_AT_ONCE)
    await elm.checkpoints.make()
    await oak.witnessing.watch.look()
    asked = len([1 for _, _, request in towns.network.sent if "/tile/" in request.path])

    assert HEADERS_AT_ONCE == len(await named(oak, elm))
    assert asked <= 6
    await oak.witnessing.watch.look()
    assert asked == len([1 for _, _, request in towns.network.sent if "/tile/" in request.path])
