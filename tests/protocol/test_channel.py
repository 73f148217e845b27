# SPDX-License-Identifier: AGPL-3.0-or-later
"""One line between two rings: what may be accepted, and when the line is in step (SPEC.md 6.3, 6.4)."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringtausch_protocol import channel, limits
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.channel import Arrival, Fence, Inbound, Names, judge_arrival
from ringtausch_protocol.documents import Head
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import Header
from tests.protocol.two_chains import CARD, ELSE, EPOCH, NEW, OLD, START, A, B, name_of, position, run, standing


def header(seq: int, *, boot: str = NEW, ack: int = 2, **changed: object) -> Header:
    """The header of B's frame `seq` as A should see it."""
    made = Header(
        v=1, net="test", from_=B, to=A, epoch=EPOCH, boot=boot, to_boot=ELSE, seq=seq, prev=name_of("b", seq - 1),
        ack_seq=ack, ack_hash=name_of("a", ack), head=Head(log=1, size=seq, root=CARD), at=0, count=1, items_root=CARD,
    )  # fmt: skip
    return msgspec.structs.replace(made, **changed)


def inbound(*, last: int = 5, own: int = 4, acked: int = 2, fence: Fence | None = None, kept: int = 0) -> Inbound:
    """A, which holds B's frames up to `last`, those up to `kept` pruned; frames 1-3 were signed in the old boot."""
    return Inbound(
        last=position("b", last),
        own=position("a", own),
        acked=acked,
        fence=fence or Fence(boot=NEW, last=5, runs=[run(OLD, 1), run(NEW, 4)], card=CARD),
        hash_in=lambda seq: name_of("b", seq) if kept < seq <= last else None,
        boot_in=lambda seq: OLD if seq < 4 else NEW,
        hash_out=lambda seq: name_of("a", seq) if seq <= own else None,
    )


def judged(of: Header, at: Inbound | None = None) -> Arrival:
    return judge_arrival(of, name_of("b", of.seq), at or inbound())


# -- arrival -----------------------------------------------------------------------------------------------------------


def test_the_frame_that_follows_is_next() -> None:
    assert Arrival.NEXT is judged(header(6))


def test_the_first_frame_of_a_channel_hangs_on_the_agreement_and_acks_it() -> None:
    start = inbound(last=0, own=0, acked=0, fence=Fence(boot=NEW, last=0, runs=[], card=CARD))

    assert Arrival.NEXT is judged(header(1, ack=0), start)
    assert Arrival.WRONG_PREV is judged(header(1, ack=0, prev=CARD), start)
    assert Arrival.BAD_ACK is judged(header(1, ack=0, ack_hash=b64(bytes(32))), start)


@pytest.mark.parametrize("seq", [1, 3, 5])
def test_a_stored_frame_is_a_repeat(seq: int) -> None:
    assert Arrival.REPEAT is judged(header(seq))


def test_a_frame_that_is_no_longer_kept_is_a_repeat() -> None:
    assert Arrival.REPEAT is judge_arrival(header(2), "something else", inbound(kept=3))


@pytest.mark.parametrize("digest", ["another", "-" * 43, "z" * 43])
def test_another_frame_of_the_same_boot_at_one_place_is_a_fork(digest: str) -> None:
    assert Arrival.FORK is judge_arrival(header(5, boot=NEW), digest, inbound())
    assert Arrival.FORK is judge_arrival(header(2, boot=OLD), digest, inbound())


@pytest.mark.parametrize("boot", [OLD, ELSE, "-" * 22])
def test_another_frame_of_another_boot_at_one_place_shows_a_restored_copy(boot: str) -> None:
    assert Arrival.RESTORED is judge_arrival(header(5, boot=boot), "another", inbound())


def test_without_the_peers_list_no_frame_is_taken() -> None:
    assert Arrival.FENCED is judged(header(6), inbound()._replace(fence=None))


def test_above_the_list_only_the_present_boot_counts() -> None:
    assert Arrival.FENCED is judged(header(6, boot=OLD))
    assert Arrival.NEXT is judged(header(6, boot=NEW))


def test_below_the_end_of_the_list_only_the_boot_it_names_counts() -> None:
    fence = Fence(boot=NEW, last=8, runs=[run(OLD, 6), run(ELSE, 7)], card=CARD)

    assert Arrival.NEXT is judged(header(6, boot=OLD), inbound(fence=fence))
    assert Arrival.FENCED is judged(header(6, boot=NEW), inbound(fence=fence))
    assert Arrival.NEXT is judged(header(7, boot=ELSE), inbound(last=6, fence=fence))


def test_a_frame_of_a_replaced_boot_is_fenced_even_after_a_gap() -> None:
    assert Arrival.FENCED is judged(header(9, boot=OLD))


def test_a_missing_frame_is_a_gap() -> None:
    assert Arrival.GAP is judged(header(7))


@pytest.mark.parametrize("prev", [name_of("b", 4), "-" * 43, "z" * 43])
def test_a_frame_that_follows_another_is_no_frame_of_this_chain(prev: str) -> None:
    assert Arrival.WRONG_PREV is judged(header(6, prev=prev))


@pytest.mark.parametrize(
    ("ack", "digest"),
    [
        pytest.param(1, name_of("a", 1), id="falls"),
        pytest.param(5, name_of("a", 5), id="frame that does not exist"),
        pytest.param(3, name_of("a", 2), id="another frame"),
        pytest.param(3, "-" * 43, id="a small hash"),
        pytest.param(3, "z" * 43, id="a large hash"),
        pytest.param(0, START, id="back to the beginning"),
    ],
)
def test_a_false_ack_is_noticed(ack: int, digest: str) -> None:
    assert Arrival.BAD_ACK is judged(header(6, ack=ack, ack_hash=digest))


@pytest.mark.parametrize("ack", [2, 3, 4])
def test_an_ack_may_stay_or_grow_up_to_the_last_own_frame(ack: int) -> None:
    assert Arrival.NEXT is judged(header(6, ack=ack))


@given(seqs=st.lists(st.integers(1, 6), max_size=20))
def test_frames_in_any_order_are_stored_once_and_in_order(seqs: list[int]) -> None:
    stored: list[int] = []
    for seq in [*seqs, *range(1, 7)]:
        at = inbound(last=len(stored), own=0, acked=0, fence=Fence(boot=NEW, last=0, runs=[], card=CARD))
        if judged(header(seq, ack=0), at) is Arrival.NEXT:
            stored.append(seq)

    assert list(range(1, 7)) == stored


# -- fence -------------------------------------------------------------------------------------------------------------


def test_a_fence_names_one_boot_for_each_place() -> None:
    fence = Fence(boot=NEW, last=9, runs=[run(OLD, 3), run(ELSE, 6)], card=CARD)
    expected = {1: None, 2: None, 3: OLD, 5: OLD, 6: ELSE, 9: ELSE, 10: NEW, 99: NEW}

    assert expected == {seq: fence.boot_at(seq) for seq in expected}


def test_a_fence_names_the_card_of_each_place() -> None:
    fence = Fence(boot=NEW, last=9, runs=[run(OLD, 3)], card=START)

    assert {2: None, 3: CARD, 9: CARD, 10: START} == {seq: fence.card_at(seq) for seq in (2, 3, 9, 10)}


def test_a_fence_follows_from_what_a_peer_says() -> None:
    said = standing(own=7, runs=[run(OLD, 3), run(NEW, 6)])

    assert Fence(boot=NEW, last=7, runs=[run(OLD, 3), run(NEW, 6)], card=CARD) == channel.fence_of(said)
    assert Fence(boot=NEW, last=0, runs=[], card=CARD) == channel.fence_of(standing(own=0, runs=[]))


@pytest.mark.parametrize("firsts", [[3, 3], [6, 3], [1, 6, 3], [3, 3, 6]])
def test_runs_out_of_order_are_malformed(firsts: list[int]) -> None:
    with pytest.raises(RemoteError) as caught:
        channel.fence_of(standing(own=7, runs=[run(OLD, first) for first in firsts]))

    assert "malformed" == caught.value.code


def test_runs_tell_where_each_boot_began() -> None:
    signed = [(1, OLD, CARD), (2, OLD, CARD), (3, ELSE, CARD), (4, NEW, CARD), (5, NEW, CARD)]

    assert [run(OLD, 2), run(ELSE, 3), run(NEW, 4)] == channel.runs_from(2, signed)
    assert [run(NEW, 5)] == channel.runs_from(5, signed)
    assert [] == channel.runs_from(6, signed)


def test_more_boots_than_a_hello_tells_are_for_operators() -> None:
    boots = [(seq, b64(seq.to_bytes(16)), CARD) for seq in range(1, limits.RUNS_MAX + 2)]

    assert limits.RUNS_MAX == len(channel.runs_from(2, boots))
    with pytest.raises(RemoteError) as caught:
        channel.runs_from(1, boots)
    assert "too_many_runs" == caught.value.code


@given(st.lists(st.sampled_from([OLD, NEW, ELSE]), min_size=1, max_size=12))
def test_a_fence_made_of_runs_names_the_boot_that_signed(boots: list[str]) -> None:
    signed = [(seq, boot, CARD) for seq, boot in enumerate((boot for boot in boots for _ in range(2)), 1)]
    fence = channel.fence_of(standing(own=len(signed), runs=channel.runs_from(1, signed)))

    assert [boot for _, boot, _ in signed] == [fence.boot_at(seq) for seq, _, _ in signed]


# -- names -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (("live", B, A, EPOCH), "wrong_net"),
        (("true", B, A, EPOCH), "wrong_net"),
        (("test", A, A, EPOCH), "wrong_ring"),
        (("test", B, B, EPOCH), "wrong_ring"),
        (("test", A, B, EPOCH), "wrong_ring"),
        (("test", B, A, NEW), "wrong_epoch"),
        (("test", B, A, "-" * 22), "wrong_epoch"),
    ],
)
def test_a_message_of_another_channel_is_refused(said: tuple[str, str, str, str], code: str) -> None:
    names = Names("test", A, B, EPOCH)

    channel.verify_names(names, "test", B, A, EPOCH)
    with pytest.raises(RemoteError) as caught:
        channel.verify_names(names, *said)
    assert code == caught.value.code
