# SPDX-License-Identifier: AGPL-3.0-or-later
"""A closing certificate and a new beginning of a line exclude each other (SPEC.md 5.4, 5.6)."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line.model import Reply
from ringtausch_protocol import canonical
from ringtausch_protocol.errors import LocalError, RemoteError
from ringtausch_protocol.requests import Refusal
from tests.federation.reset.test_reset import begin_anew, has_theirs, quarantine
from tests.federation.towns import HOUR, Post, Towns, end_of, faults, line_of, pay, until, view_of


async def is_over(ring: Ring) -> bool:
    """Whether nothing keeps the ring from its certificate."""
    return (await ring.winding_down.view()).is_over


async def _stands(ring: Ring) -> tuple[bool, bool]:
    """Whether a new beginning is proposed on the only line, and whether all is over."""
    view = await ring.winding_down.view()
    (claim,) = view.claims
    return claim.is_proposed, view.is_over


async def test_nothing_is_certified_while_a_new_beginning_is_proposed_by_either_side(
    open_pair: tuple[Ring, Ring],
) -> None:
    oak, elm = open_pair
    assert (await end_of(oak, (await pay(oak, "alma", "ben@elm.example", HOUR)).payment_id)).state == "paid"
    await oak.winding_down.begin()
    await oak.federation.resets.propose("elm.example", 2 * HOUR)
    assert await _stands(oak) == (True, False)
    with pytest.raises(LocalError, match="reset_open"):
        await oak.winding_down.close()
    await until(partial(has_theirs, elm, oak))
    await elm.federation.resets.propose("oak.example", 0)  # instead of ours
    await until(partial(has_theirs, oak, elm))
    with pytest.raises(LocalError, match="reset_open"):
        await oak.winding_down.close()
    await oak.federation.resets.sign("elm.example")
    assert await _stands(oak) == (False, True)
    assert (await oak.winding_down.close()).document is not None
    assert await faults(oak, elm) == []


async def test_after_the_certificate_no_line_is_begun_anew(open_pair: tuple[Ring, Ring]) -> None:
    oak, elm = open_pair
    await oak.winding_down.begin()
    await until(partial(is_over, oak))
    closed = await oak.winding_down.close()
    for doing in (oak.federation.resets.propose, oak.federation.resets.sign):
        with pytest.raises(LocalError, match="ring_closed"):
            await doing("elm.example")
    assert not (await oak.federation.resets.view("elm.example")).may_propose
    assert await _stands(oak) == (False, True)
    assert (await oak.winding_down.view()).document == closed.document
    assert await faults(oak, elm) == []


async def test_where_both_have_signed_the_end_at_zero_nothing_is_left_to_agree_on(open_pair: tuple[Ring, Ring]) -> None:
    oak, elm = open_pair
    assert (await elm.federation.resets.view("oak.example")).may_propose
    await oak.winding_down.begin()
    for ring, address in ((oak, "elm.example"), (elm, "oak.example")):
        await until(partial(_has_signed_end, ring, address))
        with pytest.raises(LocalError, match="line_over"):
            await ring.federation.resets.propose(address, HOUR)
        view = await ring.federation.resets.view(address)
        assert (view.may_propose, view.ours, line_of(ring, elm if ring is oak else oak).peer.state) == (
            False, None, "confirmed",
        )  # fmt: skip
    assert (await oak.winding_down.close()).document is not None


async def test_a_line_that_began_anew_at_zero_and_ended_with_something_open_may_begin_anew_again(
    open_pair: tuple[Ring, Ring],
) -> None:
    oak, elm = open_pair
    await begin_anew(oak, elm)
    assert (await end_of(oak, (await pay(oak, "alma", "ben@elm.example", HOUR)).payment_id)).state == "paid"
    await oak.winding_down.begin()
    assert (await oak.winding_down.view()).claims[0].state == "ended"
    assert (await oak.federation.resets.view("elm.example")).may_propose
    proposed = (await oak.federation.resets.propose("elm.example", 0)).ours
    assert proposed is not None
    assert (proposed.we_owe_seconds, proposed.difference_seconds) == (0, -HOUR)


async def test_a_fault_that_was_found_while_a_proposal_stands_outlasts_it(
    open_pair: tuple[Ring, Ring], towns: Towns
) -> None:
    """The answer of the closed ring comes when the line rests for another reason by now."""
    oak, elm = open_pair
    await towns.network.fall_silent("elm")
    await oak.federation.resets.propose("elm.example", HOUR)
    await quarantine(oak, elm)
    assert not await oak.federation.resets.dropping.refused(line_of(oak, elm), "ring_closed")
    assert "fork" == (await view_of(oak, elm)).reason


async def _has_signed_end(ring: Ring, address: str) -> bool:
    statement = (await ring.federation.view(address)).statement
    return statement is not None and (statement.is_final, statement.state) == (True, "signed")


def only_resets(post: Post) -> bytes:
    """The network lets nothing else through: no hello, no frame."""
    if not post.path.endswith("/reset"):
        raise RemoteError("unreachable", post.path)
    return post.body


async def closed_unheard(towns: Towns, oak: Ring, elm: Ring) -> None:
    """Elm has closed after a reset to zero; oak has that, and has not heard that elm has ended the line."""
    towns.network.change = only_resets
    await until(partial(_is_still, towns))
    await elm.winding_down.begin()
    await oak.federation.resets.propose("elm.example", 0)
    await until(partial(has_theirs, elm, oak))
    await elm.federation.resets.sign("oak.example")
    assert (await elm.winding_down.close()).document is not None
    towns.network.heal()
    await until(partial(proposes_nothing, oak))


async def _is_still(towns: Towns) -> bool:
    return towns.network.passing == 0


async def proposes_nothing(oak: Ring) -> bool:
    """Whether no proposal of its own waits."""
    return (await oak.federation.resets.view("elm.example")).ours is None


async def _proposes_in_vain(towns: Towns, oak: Ring) -> None:
    proposed = await oak.federation.resets.propose("elm.example", HOUR)
    assert proposed.ours is not None
    towns.network.heal()
    await until(partial(proposes_nothing, oak))


async def test_a_proposal_that_reaches_a_closed_ring_is_dropped_and_its_partner_closes_too(
    open_pair: tuple[Ring, Ring], towns: Towns, reached: Counter[str]
) -> None:
    oak, elm = open_pair
    await closed_unheard(towns, oak, elm)
    await _proposes_in_vain(towns, oak)
    assert (await elm.federation.resets.view("oak.example")).theirs is None
    assert reached["a proposal is dropped, for the other ring is closed"] == 1
    view = await oak.federation.resets.view("elm.example")
    assert (view.state, view.reason, view.closed_there_at is not None) == ("confirmed", None, True)
    towns.network.change = lambda post: post.body
    towns.network.heal()
    await until(partial(_has_heard_the_end, oak))
    with pytest.raises(LocalError, match="line_over"):
        await oak.federation.resets.propose("elm.example", HOUR)
    await oak.winding_down.begin()
    await until(partial(is_over, oak))
    assert (await oak.winding_down.close()).document is not None
    assert await faults(oak, elm) == []


async def _has_heard_the_end(oak: Ring) -> bool:
    """And its probe is back."""
    return not (await oak.federation.resets.view("elm.example")).may_propose


async def test_a_line_that_was_stopped_for_a_fault_is_so_again_when_the_proposal_is_dropped(
    open_pair: tuple[Ring, Ring], towns: Towns
) -> None:
    oak, elm = open_pair
    await closed_unheard(towns, oak, elm)
    await quarantine(oak, elm)
    await _proposes_in_vain(towns, oak)
    assert ((await view_of(oak, elm)).state, line_of(oak, elm).peer.reason) == ("quarantined", "fork")
    await towns.close("oak")
    oak = await towns.open("oak")
    assert ((await view_of(oak, elm)).state, line_of(oak, elm).peer.reason) == ("quarantined", "fork")


def _refuses(post: Post) -> bool:
    """Oak is answered that elm is closed, whatever elm said."""
    if post.sender == "oak" and post.path.endswith("/reset"):
        post.answer = Reply(409, canonical.encode(Refusal(code="ring_closed")), {})
    return False


def _only_from(sender: str, post: Post) -> bytes:
    if post.sender != sender:
        raise RemoteError("unreachable", post.path)
    return post.body


@pytest.mark.parametrize("asks", ["oak", "elm"])
async def test_what_the_other_ring_signed_before_counts_although_our_proposal_was_dropped(
    open_pair: tuple[Ring, Ring], towns: Towns, asks: str
) -> None:
    """A ring that lies, or an old copy of it, answers that it is closed, and shows the document all the same."""
    oak, elm = open_pair
    towns.network.change, towns.network.lose_answer = only_resets, _refuses  # oak is not in step before elm signs
    await oak.federation.resets.propose("elm.example", HOUR)
    await until(partial(proposes_nothing, oak))
    assert line_of(oak, elm).is_usable
    await elm.federation.resets.sign("oak.example")
    towns.network.change, towns.network.lose_answer = partial(_only_from, asks), lambda _post: False
    towns.network.heal()
    await until(partial(_owes, oak, elm, HOUR))
    assert line_of(oak, elm).names.epoch == line_of(elm, oak).names.epoch
    assert await faults(oak, elm) == []


async def _owes(ring: Ring, other: Ring, seconds: int) -> bool:
    return (await view_of(ring, other)).clearing_seconds == seconds
