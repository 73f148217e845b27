# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a lost log held and nobody got is void beside the ring's new log; what its peer got is a fork, as ever."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_protocol import entries, frames
from ringtausch_protocol.audit.auditing.audit import audit
from ringtausch_protocol.audit.auditing.result import Asked, Result
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.documents import Head
from ringtausch_protocol.entries import LogStart, log_entry
from ringtausch_protocol.items import Order, encode_item
from ringtausch_protocol.merkle import Frontier, leaf_hash
from tests.audit.conftest import exported
from tests.audit.exports import Export, audited, codes, export
from tests.audit.roads import Land, Road, order_along, paid
from tests.federation.copies import Copies, pay_both_ways, ready, sound
from tests.federation.towns import Towns, pay, row_of, talk, until
from tests.vectors.cast import EICHE, LINDE, NET, NOON, chance, header_for, sealed

#: The boot of a ring that was put back.
LATER = b64(chance("later")[:16])


def said(result: Result) -> set[tuple[str, str]]:
    """What is said of whom."""
    return {(each.code, each.place.ring) for each in result.findings}


async def test_an_honest_restored_ring_is_not_accused_by_the_mirror_of_its_lost_log(
    pair: tuple[Ring, Ring], towns: Towns, copies: Copies
) -> None:
    oak, elm = pair
    await talk(oak, elm)
    oak = await copies.take("oak")
    await ready(oak)
    await pay_both_ways(oak, elm, 2)
    before = (await row_of(oak, elm)).own_seq
    await towns.network.fall_silent("oak")
    await pay(oak, "alma", "ben@elm.example", 60)

    async def is_signed() -> bool:
        return (await row_of(oak, elm)).own_seq > before

    await until(is_signed)
    mirror = [replace(log, name="mirror") for log in await export(oak, towns.root / "oak")]
    oak = await copies.put_back("oak", mark=True)
    towns.network.heal()
    await oak.federation.start()
    await ready(oak, elm)
    await pay_both_ways(oak, elm, 4)
    await sound(oak, elm)
    ring_id, logs = oak.identity.ring_id, await exported(towns, oak, elm)

    assert {("restored", ring_id)} == said(audited(*logs))
    with_mirror = audited(*mirror, *logs)
    assert ({("restored", ring_id), ("void", ring_id)}, 0) == (said(with_mirror), with_mirror.level)
    assert audited(*logs).lines == with_mirror.lines


# -- what a liar would make of it --------------------------------------------------------------------------------------


def order(number: int) -> Order:
    """One of several."""
    return msgspec.structs.replace(order_along(EICHE, LINDE), payment_id=b64(bytes(15) + bytes((number,))))


class Story:
    """Eiche pays Linde, then orders a second time under one boot, and says that she lost that; then under another."""

    def __init__(self) -> None:
        self.land = Land()
        self.land.send(EICHE, LINDE, order(1))
        self.land.send(LINDE, EICHE, paid(order(1), 1))
        self.closed = self.land.trees[EICHE.id].size
        self.root = self.land.trees[EICHE.id].root()
        road = self.land.roads[EICHE.id, LINDE.id]
        self.road = Road(road.hash, road.seq)
        self.lost = self.land.send(EICHE, LINDE, order(2))

    def second(self, closed: int | None = None, boot: str = LATER) -> Export:
        """Eiche's second log: it closes the first one, and holds another order at the place of the lost one."""
        told = Head(log=1, size=self.closed if closed is None else closed, root=b64(self.root))
        start = LogStart(v=1, net=NET, ring_id=EICHE.id, log=2, closed=told, code="old_copy", at=NOON)
        first = log_entry(entries.START, (sealed(entries.START_KIND, start, EICHE.named(EICHE.operator))[1],))
        tree = Frontier()
        tree.append(leaf_hash(first))
        data = [encode_item(order(3))]
        back = self.land.roads[LINDE.id, EICHE.id]
        header = header_for(
            EICHE, LINDE, data, seq=self.road.seq + 1, prev=self.road.hash, ack_seq=back.seq, ack_hash=back.hash,
            head=Head(log=2, size=1, root=b64(tree.root())), at=NOON, boot=boot,
        )  # fmt: skip
        self.new = frames.seal_frame(header, data, *EICHE.named(EICHE.frame)).entry()
        return replace(self.land.exports()[0], number=2, entries=[first, self.new])

    def linde(self, *held: bytes) -> Export:
        """Linde's log: up to the lost order, then these."""
        log = self.land.exports()[1]
        return replace(log, entries=[*log.entries[: log.entries.index(self.lost.entry())], *held])


def test_a_lost_order_that_nobody_got_is_void() -> None:
    story = Story()
    second = story.second()
    eiche, _, buche = story.land.exports()

    result = audited(eiche, second, story.linde(story.new), buche)
    assert ("void", EICHE.id) in said(result)
    assert 1 == len(result.orders)
    assert "fork" not in {code for code, _ in said(result)}


@pytest.mark.parametrize("closed", [None, 0])
@pytest.mark.parametrize("names", ["a b", "b a"])
def test_an_order_that_its_receiver_got_is_never_void(names: str, closed: int | None) -> None:
    """However little the ring says that it knew when it began anew, and in whatever order the logs are read."""
    story = Story()
    second = story.second(closed)
    eiche, _, buche = story.land.exports()
    one, other = names.split()
    logs = (replace(eiche, name=one), second, replace(story.linde(story.lost.entry()), name=other), buche)

    assert ("fork", EICHE.id) in said(audited(*logs))
    assert not {"void"} & {code for code, _ in said(audited(*logs))}


def test_an_order_that_the_new_log_knows_of_is_no_lost_one() -> None:
    """She says herself that she still had it when she began the new log."""
    story = Story()
    second = story.second(closed=story.closed + 1)
    eiche, _, buche = story.land.exports()

    assert ("fork", EICHE.id) in said(audited(eiche, second, story.linde(story.new), buche))


def test_a_new_log_that_no_operator_signed_makes_nothing_void() -> None:
    story = Story()
    second = story.second()
    eiche, _, buche = story.land.exports()
    start = LogStart(
        v=1, net=NET, ring_id=EICHE.id, log=2, closed=Head(log=1, size=story.closed, root=b64(story.root)),
        code="old_copy", at=NOON,
    )  # fmt: skip
    forged = log_entry(entries.START, (sealed(entries.START_KIND, start, LINDE.named(LINDE.operator))[1],))
    false = replace(second, entries=[forged, *second.entries[1:]])

    found = {code for code, _ in said(audited(eiche, false, story.linde(story.new), buche))}
    assert ({"start_invalid", "fork"} <= found, "void" in found) == (True, False)


def test_whether_a_receiver_that_was_not_seen_got_it_is_not_known() -> None:
    """The ring is not accused, and the audit is not clean: its peer's log would tell."""
    story = Story()
    second = story.second()
    eiche, _, buche = story.land.exports()

    result = audit(Asked([each.given() for each in (eiche, second, buche)]))
    assert ["ring_not_seen"] == codes(result)
    assert ("void", EICHE.id) in said(result)


def test_two_orders_under_one_boot_are_a_fork_whatever_log_they_stand_in() -> None:
    """Who was restored has another boot."""
    story = Story()
    second = story.second(boot=EICHE.boot)
    eiche, _, buche = story.land.exports()

    found = {code for code, _ in said(audited(eiche, second, story.linde(story.new), buche))}
    assert (True, False) == ("fork" in found, "void" in found)
