# SPDX-License-Identifier: AGPL-3.0-or-later
"""One copy is put back twice: of the log that the first recovery began its neighbours know, not it (SPEC.md 6.8)."""

from __future__ import annotations

import shutil
from functools import partial
from typing import NamedTuple

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line.heads import head_in, newest_head
from ringtausch_node.federation.recovery.service import LOGS_SKIPPED_MAX
from ringtausch_protocol import canonical
from ringtausch_protocol.audit.findings.codes import Level
from ringtausch_protocol.documents import Head
from tests.audit.exports import audited, export
from tests.federation.copies import Copies, ready
from tests.federation.reset.copied import is_in_step
from tests.federation.towns import Post, Towns, line_of, row_of, until, view_of
from tests.federation.transit.chain import Chain, row_of_rings

ROOT = "A" * 43


class Case(NamedTuple):
    """Elm stands between oak and ash, was put back once, and has begun its log 2."""

    chain: Chain
    towns: Towns
    copies: Copies

    def keep_apart(self, other: Ring) -> None:
        """Elm hears nothing of the other ring."""
        self.towns.network.apart = {frozenset({"elm", other.config.name})}

    async def put_back(self) -> Ring:
        """The copy back once more, another day: the start of a log says when."""
        self.towns.clock.ahead_seconds += 60
        shutil.copytree(self.towns.root / "elm.first", self.towns.root / "elm.copy")
        elm = self.chain.rings[1] = await self.copies.put_back("elm", mark=True)
        return elm

    async def tell(self, known: Head) -> None:
        """Ash says that it knows this head of elm's log, while elm recovers."""
        elm = self.chain.rings[1]
        peer = line_of(elm, self.chain.last).peer.id
        await elm.store.write(lambda tx: elm.federation.recovery.fit_log(tx, peer, known))

    async def assert_honest(self, number: int) -> None:
        """So many logs, the last of which all neighbours know, and no auditor names anybody."""
        elm = self.chain.rings[1]
        await ready(*self.chain.rings)
        await self.chain.paid(60)
        assert number == await log_of(elm)
        logs = [log for ring in self.chain.rings for log in await export(ring, self.towns.root / ring.config.name)]
        assert [] == [each for each in audited(*logs).findings if each.level == Level.FINDING]


async def log_of(ring: Ring) -> int:
    """The number of its present log."""
    return int(await ring.store.read(lambda tx: tx.one("SELECT log FROM frontier")[0]))


@pytest.fixture
async def case(towns: Towns, copies: Copies) -> Case:
    """Oak has heard of log 2, ash has not."""
    chain = await row_of_rings(towns, 3)
    await chain.paid(60)
    chain.rings[1] = await copies.take("elm")
    await ready(*chain.rings)
    (towns.root / "elm.copy").rename(towns.root / "elm.first")
    case = Case(chain, towns, copies)
    case.keep_apart(chain.last)
    elm = await case.put_back()
    await elm.federation.start()
    await until(partial(is_in_step, elm, chain.first))
    return case


async def test_who_asks_a_neighbour_that_has_heard_of_a_log_begins_no_other_of_its_number(case: Case) -> None:
    """Nothing passed between, and no frame comes back."""
    oak = case.chain.first
    await oak.federation.stop()  # it answers, and asks nobody
    elm = await case.put_back()
    await elm.federation.start()
    await until(partial(is_in_step, elm, oak))
    assert 3 == await log_of(elm)
    await oak.federation.start()
    case.towns.network.heal()
    await case.assert_honest(3)


async def test_who_is_greeted_by_a_neighbour_that_has_heard_of_a_log_answers_with_the_next(case: Case) -> None:
    elm = await case.put_back()  # it answers, and asks nobody
    await until(partial(_is_at_log, elm, 3))
    await elm.federation.start()
    case.towns.network.heal()
    await case.assert_honest(3)


async def test_who_has_told_the_other_neighbour_of_its_second_log_begins_a_third_when_it_hears_of_the_first(
    case: Case,
) -> None:
    case.keep_apart(case.chain.first)
    elm = await case.put_back()
    await elm.federation.start()
    await until(partial(is_in_step, elm, case.chain.last))
    assert 2 == await log_of(elm)
    case.towns.network.heal()
    await case.assert_honest(3)


async def test_who_went_on_without_the_neighbour_that_knows_better_is_told_when_it_comes(case: Case) -> None:
    """The recovery is over, so it is for operators to say that this is an old copy."""
    oak = case.chain.first
    case.keep_apart(oak)
    elm = await case.put_back()
    await elm.federation.start()
    await elm.federation.recovery.go_without(line_of(elm, oak))
    await until(partial(_is_over, elm))
    case.towns.network.heal()
    await until(partial(_is_lost_to, elm, oak))
    await elm.federation.recovery.declare_old_copy()
    await case.assert_honest(3)


async def test_an_answer_to_a_hello_that_got_lost_is_given_again_with_what_was_known_before(case: Case) -> None:
    oak = case.chain.first
    await oak.federation.stop()  # it answers, and asks nobody
    case.keep_apart(oak)
    elm = await case.put_back()
    await elm.federation.start()
    await elm.federation.recovery.go_without(line_of(elm, oak))
    await until(partial(_is_over, elm))
    known, lost = (await row_of(oak, elm)).peer_head, [2]

    def loses(post: Post) -> bool:
        lost[0] -= post.path.endswith("hello") and b'"round":"hello"' in post.body
        return lost[0] == 1 and b'"round":"hello"' in post.body

    case.towns.network.lose_answer = loses
    case.towns.network.heal()

    await until(partial(_is_lost_to, elm, oak))

    assert lost[0] <= 0
    assert known == (await row_of(oak, elm)).peer_head


@pytest.mark.parametrize(
    "known", [Head(log=2, size=1, root=ROOT), Head(log=2, size=99, root=ROOT), Head(log=9, size=1, root=ROOT)]
)
async def test_a_neighbour_that_makes_heads_up_makes_a_ring_begin_one_log(case: Case, known: Head) -> None:
    await case.tell(known)
    await case.tell(Head(log=known.log + 1, size=50, root=ROOT))

    assert known.log + 1 == await log_of(case.chain.rings[1])


async def test_a_number_far_beyond_is_followed_by_nobody(case: Case) -> None:
    await case.tell(Head(log=2 + LOGS_SKIPPED_MAX + 1, size=1, root=ROOT))

    assert 2 == await log_of(case.chain.rings[1])


def test_of_two_heads_of_one_size_the_one_that_was_heard_first_is_known() -> None:
    """It is what the ring must be told."""
    first, later = Head(log=2, size=1, root=ROOT), Head(log=2, size=1, root="B" * 42 + "A")
    assert first == head_in(newest_head(canonical.encode(first), later))


async def _is_at_log(ring: Ring, number: int) -> bool:
    return number == await log_of(ring)


async def _is_over(ring: Ring) -> bool:
    return not ring.federation.recovery.is_active


async def _is_lost_to(elm: Ring, oak: Ring) -> bool:
    line_of(elm, oak).was_met()  # no test waits for a back-off
    view = await view_of(elm, oak)
    return ("quarantined", "lost") == (view.state, view.reason)
