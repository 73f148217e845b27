# SPDX-License-Identifier: AGPL-3.0-or-later
"""A frame is given to the peer once while its word on it is awaited, and again where that does not come."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.frames.handing import waiting_for
from ringtausch_node.federation.line.lines import Line, Sealed
from ringtausch_node.federation.line.model import LineSettings
from ringtausch_node.federation.wire.patience import Patience
from ringtausch_protocol.posts import Post, PostAnswer, WireFrame
from tests.federation.forger import Forger
from tests.federation.towns import Towns, end_of, line_of, pay, peer, talk, until


async def test_an_answer_brings_no_frames_while_a_post_brings_them_to_a_peer_that_is_reached(
    towns: Towns, oak: Ring, elm: Ring
) -> None:
    line = await _with_a_post_under_way(towns, oak, elm)

    assert [] == await _answered(oak, elm)
    line.is_sending = False  # as it is of a peer that did not answer the post before
    assert [line.own_seq] == await _answered(oak, elm)


async def _with_a_post_under_way(towns: Towns, oak: Ring, elm: Ring) -> Line:
    await peer(oak, elm)
    await talk(oak, elm)
    line = line_of(oak, elm)
    await until(_asked(lambda: line.is_reached and line.have_seq == line.own_seq and not line.owes_have))
    await towns.network.fall_silent("oak")
    await pay(oak, "alma", "ben@elm.example", 60)
    await until(_asked(lambda: line.is_sending))
    return line


def _asked(happened: Callable[[], bool]) -> Callable[[], object]:
    async def ask() -> bool:
        return happened()

    return ask


async def _answered(oak: Ring, elm: Ring) -> list[int]:
    """The numbers of the frames in oak's answer to a post of elm's."""
    reply = await Forger(elm, oak).post()
    found = msgspec.json.decode(reply.body, type=PostAnswer).frames
    line = line_of(oak, elm)
    return [sealed.seq for sealed in line.outbox if sealed.frame in found]


async def test_a_post_brings_nothing_while_frames_of_an_answer_are_unconfirmed(
    towns: Towns, oak: Ring, elm: Ring
) -> None:
    line = await _line_with_frames(oak, elm, 1)

    given = waiting_for(line, is_under_way=line.is_unconfirmed)
    line.put([_sealed(2)])

    assert 1 == len(given.frames)
    assert [] == waiting_for(line, is_under_way=line.is_unconfirmed).frames
    line.forget_until(1)
    assert 1 == len(waiting_for(line, is_under_way=line.is_unconfirmed).frames)


async def test_a_post_brings_no_frame_that_an_answer_has_brought(towns: Towns, oak: Ring, elm: Ring) -> None:
    await peer(oak, elm)
    await talk(oak, elm)
    line = line_of(oak, elm)
    await until(_asked(lambda: line.is_reached and line.have_seq == line.own_seq and not line.owes_have))
    await towns.network.fall_silent("nobody")  # all posts have arrived
    towns.network.posts.clear()

    line.put([_sealed(line.own_seq + 1)])
    waiting_for(line, is_under_way=False)
    line.owes_have = True
    line.wake.set()
    await until(_asked(lambda: any(post.sender == "oak" for post in towns.network.posts)))

    first = next(post for post in towns.network.posts if post.sender == "oak")
    assert [] == msgspec.json.decode(first.body, type=Post).frames


async def test_a_post_says_that_the_newest_frame_was_stored(towns: Towns, oak: Ring, elm: Ring) -> None:
    """Else the peer would hand out the same frames again, until an answer says so."""
    await peer(oak, elm)
    await talk(oak, elm)
    await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 60)).payment_id)
    ours, theirs = line_of(oak, elm), line_of(elm, oak)
    await until(_asked(lambda: theirs.have_seq == theirs.own_seq and not ours.owes_have))
    await towns.network.fall_silent("nobody")  # all posts have arrived
    towns.network.posts.clear()

    ours.owes_have = True
    ours.wake.set()
    await until(_asked(lambda: any(post.sender == "oak" for post in towns.network.posts)))

    first = next(post for post in towns.network.posts if post.sender == "oak")
    assert theirs.own_seq == msgspec.json.decode(first.body, type=Post).have.seq


async def test_the_peer_s_word_is_awaited_for_a_while_in_all(towns: Towns, oak: Ring, elm: Ring) -> None:
    line, settings = await _line_with_frames(oak, elm, 1), LineSettings(retry_first_seconds=5.0, poll_seconds=60.0)
    patience = Patience(line, towns.clock, oak.ids, settings, oak.store)
    towns.clock.stop()

    assert 60.0 == patience.idle_seconds()
    waiting_for(line, is_under_way=False)
    assert 5.0 == patience.idle_seconds()
    towns.clock.waited_seconds += 2.0
    assert 3.0 == patience.idle_seconds()  # something else woke the task
    line.put([_sealed(2)])
    line.forget_until(1)
    waiting_for(line, is_under_way=False)
    assert 5.0 == patience.idle_seconds()  # the next piece
    towns.clock.waited_seconds += 9.0
    assert 0.0 == patience.idle_seconds()


async def test_what_was_under_way_when_a_post_failed_is_sent_again(towns: Towns, oak: Ring, elm: Ring) -> None:
    line = await _with_a_post_under_way(towns, oak, elm)
    assert line.is_unconfirmed

    towns.network.posts.clear()
    towns.network.heal()
    await until(_asked(lambda: line.have_seq == line.own_seq))

    again = (post for post in towns.network.posts if (post.sender, post.path) == ("oak", "/peer/v1/frames"))
    assert any(msgspec.json.decode(post.body, type=Post).frames for post in again)  # a slow machine polls in between


async def test_a_frame_behind_one_that_memory_lacks_is_not_handed_out(towns: Towns, oak: Ring, elm: Ring) -> None:
    line = await _line_with_frames(oak, elm, 0)

    line.put([_sealed(2)])  # the first was forgotten by a hello

    assert [] == waiting_for(line, is_under_way=False).frames
    assert line.is_to_refill


async def test_what_the_peer_says_that_it_lacks_after_all_is_read_from_the_table(
    towns: Towns, oak: Ring, elm: Ring
) -> None:
    line = await _line_with_frames(oak, elm, 3)
    line.forget_until(2)

    line.hand_again_from(0)

    assert [] == waiting_for(line, is_under_way=False).frames
    assert line.is_to_refill


async def test_what_is_sealed_while_the_table_is_read_follows_what_was_read(towns: Towns, oak: Ring, elm: Ring) -> None:
    line = await _line_with_frames(oak, elm, 3)

    line.refill([_sealed(1), _sealed(2)])

    assert [1, 2, 3] == [each.seq for each in line.outbox]
    assert 3 == len(waiting_for(line, is_under_way=False).frames)


async def test_an_answer_brings_from_the_table_what_memory_lacks(towns: Towns, oak: Ring, elm: Ring) -> None:
    await peer(oak, elm)
    await talk(oak, elm)
    line = line_of(oak, elm)
    await until(_asked(lambda: line.is_reached and line.have_seq == line.own_seq and not line.owes_have))
    await oak.federation.stop()
    first = line.have_seq + 1
    await oak.federation.set_line("elm.example", "paused")
    line.outbox.clear()
    await oak.federation.set_line("elm.example", "open")

    assert [first, first + 1] == await _answered(oak, elm)


async def _line_with_frames(oak: Ring, elm: Ring, count: int) -> Line:
    """A line on which nobody speaks, with so many frames in memory."""
    await peer(oak, elm)
    line = line_of(oak, elm)
    if count:
        line.put([_sealed(seq) for seq in range(1, count + 1)])
    return line


def _sealed(seq: int) -> Sealed:
    return Sealed(seq, f"{seq:A>43}", WireFrame(header=msgspec.Raw(b"{}"), items=[msgspec.Raw(b"{}")]), (), (), 100)
