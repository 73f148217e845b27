# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a peer's standing says of us: in step, lost, or forked (SPEC.md 6.4)."""

from __future__ import annotations

import msgspec
import pytest

from ringtausch_protocol import channel
from ringtausch_protocol.channel import Mine, OwnLog, Step
from ringtausch_protocol.documents import Head, Standing
from tests.protocol.two_chains import CARD, name_of, position, standing


def mine(*, own: int = 4, peer: int = 5, log: int = 1, size: int = 30) -> Mine:
    """What A holds."""
    return Mine(
        own=position("a", own),
        peer=position("b", peer),
        hash_out=lambda seq: name_of("a", seq) if seq <= own else None,
        hash_in=lambda seq: name_of("b", seq) if 2 < seq <= peer or seq == 0 else None,
        log=OwnLog(Head(log=log, size=size, root=CARD), {29: CARD, size: CARD}.__getitem__),
    )


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(standing(), id="both hold the same"),
        pytest.param(standing(own=7), id="it has frames for us"),
        pytest.param(standing(own=7, acked=5), id="we acked all that we hold"),
        pytest.param(standing(peer=3), id="we have a frame for it"),
        pytest.param(standing(own=4), id="it lost a frame of its own"),
        pytest.param(standing(own=1, own_hash="pruned"), id="it lost frames that we no longer keep"),
        pytest.param(standing(head=None), id="it knows no head of ours"),
        pytest.param(standing(head=29), id="it knows an older head"),
        pytest.param(standing(own=0, peer=0, acked=0), id="first contact"),
    ],
)
def test_a_peer_that_names_nothing_beyond_ours_is_in_step(said: Standing) -> None:
    assert Step.IN_STEP is channel.compare_standing(said, mine())


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(standing(peer=5), id="it holds a frame that we do not know"),
        pytest.param(standing(own=7, acked=6), id="we once acked a frame that we do not hold"),
        pytest.param(standing(head=31), id="it knows more of our log"),
        pytest.param(standing(head=29, root="-other"), id="it knows a head that our log never had"),
        pytest.param(standing(peer=5, own_hash="other"), id="more, and other frames"),
    ],
)
def test_a_peer_that_knows_more_shows_that_we_lost_something(said: Standing) -> None:
    assert Step.LOST is channel.compare_standing(said, mine())


def test_a_later_log_is_beyond_a_longer_one() -> None:
    later = msgspec.structs.replace(standing(), peer_head=Head(log=2, size=1, root=CARD))

    assert Step.LOST is channel.compare_standing(later, mine())
    assert Step.IN_STEP is channel.compare_standing(standing(head=99), mine(log=2, size=1))


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(standing(peer_hash="other"), id="of ours"),
        pytest.param(standing(peer_hash="-other"), id="of ours, whatever its hash"),
        pytest.param(standing(own_hash="-other"), id="of its own, whatever its hash"),
        pytest.param(standing(peer=0, peer_hash="other"), id="another beginning"),
        pytest.param(standing(own_hash="other"), id="of its own, the last"),
        pytest.param(standing(own=3, own_hash="other"), id="of its own, before"),
    ],
)
def test_different_frames_at_one_place_are_a_fork(said: Standing) -> None:
    assert Step.FORKED is channel.compare_standing(said, mine())
