# SPDX-License-Identifier: AGPL-3.0-or-later
"""A post that only acks tells nothing that must be kept: every second post is one, and none of them costs a commit."""

from __future__ import annotations

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.frames.receiver import SEEN_EVERY_SECONDS
from ringtausch_protocol.posts import Have, PostAnswer
from tests.federation.forger import Forger, code_of
from tests.federation.towns import Towns, line_of, pay, peer, row_of, talk


@pytest.fixture
async def forger(towns: Towns, oak: Ring, elm: Ring) -> Forger:
    """Elm, which speaks by hand; oak has just seen it, and its clock stands."""
    await peer(oak, elm)
    await talk(oak, elm)
    for ring in (oak, elm):
        await ring.federation.stop()
    towns.clock.stop()
    forger = Forger(elm, oak)
    line_of(oak, elm).is_away = True  # so that this post is written, whatever went before
    await forger.post()
    return forger


async def test_an_ack_is_answered_without_a_commit(forger: Forger, oak: Ring, elm: Ring) -> None:
    hops, row = oak.store.hops, await row_of(oak, elm)

    answer = msgspec.json.decode((await forger.post()).body, type=PostAnswer)

    assert hops == oak.store.hops
    assert Have(epoch=line_of(oak, elm).names.epoch, seq=row.peer_seq, hash=row.peer_hash) == answer.have


async def test_that_the_other_ring_is_there_is_written_once_a_minute(
    towns: Towns, forger: Forger, oak: Ring, elm: Ring
) -> None:
    hops, began = oak.store.hops, towns.clock.now()
    for seconds in (SEEN_EVERY_SECONDS - 1, 1, 0):
        towns.clock.ahead_seconds += seconds
        await forger.post()

    assert (1, began + SEEN_EVERY_SECONDS) == (oak.store.hops - hops, (await row_of(oak, elm)).seen_at)


async def test_an_ack_of_a_ring_that_was_away_lets_what_waited_leave(forger: Forger, oak: Ring, elm: Ring) -> None:
    line_of(oak, elm).is_away = True
    await pay(oak, "alma", "ben@elm.example", 60)

    answer = msgspec.json.decode((await forger.post()).body, type=PostAnswer)

    assert [line_of(oak, elm).own_seq] == [line_of(oak, elm).handed_seq]
    assert 1 == len(answer.frames)


async def test_an_ack_is_written_while_something_waits_to_leave(forger: Forger, oak: Ring, elm: Ring) -> None:
    hops, line_of(oak, elm).has_waiting = oak.store.hops, True

    await forger.post()

    assert (1, False) == (oak.store.hops - hops, line_of(oak, elm).has_waiting)


@pytest.mark.parametrize("changes", [{"seq": 99}, {"hash": "A" * 43}])
async def test_an_ack_of_what_was_never_sent_puts_the_line_out_of_step(
    forger: Forger, oak: Ring, elm: Ring, changes: dict[str, object]
) -> None:
    row = await row_of(elm, oak)
    have = Have(epoch=line_of(oak, elm).names.epoch, seq=row.peer_seq, hash=row.peer_hash)

    reply = await forger.post(have=msgspec.structs.replace(have, **changes))

    assert "hello_needed" == code_of(reply)[1]
    assert not line_of(oak, elm).in_step
