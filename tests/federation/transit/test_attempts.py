# SPDX-License-Identifier: AGPL-3.0-or-later
"""A payment goes another way when a line on its way fails: one attempt after the other, paid once (SPEC.md 7.12)."""

from __future__ import annotations

from functools import partial
from itertools import combinations
from typing import Any

import msgspec
import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.line.model import OrderOut
from ringtausch_node.federation.orders import tried_records as tried
from ringtausch_node.federation.orders.ends import End
from ringtausch_node.federation.orders.tries import TRIES_MAX, may_go_on
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.payments.model import PaymentView, parse_payment_id
from ringtausch_node.store import Tx
from ringtausch_protocol.items import Fulfil, SignedItem
from tests.audit.exports import audited, codes, export
from tests.federation.copies import Copies, ready
from tests.federation.forger import Forger
from tests.federation.towns import HOUR, Towns, balance, end_of, faults, pay, peer, row_of, talk, until
from tests.federation.transit.chain import teach
from tests.federation.transit.test_evidence import judged


class Diamond:
    """From oak to fir one comes by elm or by ash. Alma lives in oak, Ben in fir."""

    def __init__(self, towns: Towns) -> None:
        self.towns = towns

    def ring(self, name: str) -> Ring:
        """A ring by its name."""
        return self.towns.network.rings[name]

    @property
    def rings(self) -> list[Ring]:
        """All four."""
        return [self.ring(name) for name in ("oak", "elm", "ash", "fir")]

    async def build(self) -> Diamond:
        """Four rings and four lines."""
        oak, elm, ash, fir = [await self.towns.found(name) for name in ("oak", "elm", "ash", "fir")]
        await oak.members.add("alma", "Alma")
        await fir.members.add("ben", "Ben")
        for between in (elm, ash):
            await peer(oak, between)
            await peer(between, fir)
            for address in ("oak.example", "fir.example"):
                await between.federation.carrying.set(address, carries=True)
        await teach(self.rings)
        await talk(*self.rings)
        return self

    async def pay(self, seconds: int = HOUR) -> PaymentView:
        """Alma pays Ben, as it ends."""
        view = await pay(self.ring("oak"), "alma", "ben@fir.example", seconds)
        return await end_of(self.ring("oak"), view.payment_id)

    async def first_choice(self) -> str:
        """The ring through which a payment goes that nobody refuses."""
        oak, goal = self.ring("oak"), self.ring("fir").identity.ring_id
        path = await oak.store.read(lambda tx: oak.federation.ways._path(tx, goal, HOUR, {}))
        assert path is not None
        return next(ring.config.name for ring in self.rings if ring.identity.ring_id == path[1])

    async def is_sound(self) -> None:
        """Nothing is held anywhere, all books replay, and an auditor finds nothing."""
        for one, other in combinations(self.rings, 2):
            if one.federation.lines.by_address(other.config.address) is not None:
                await until(partial(_is_free, one, other))
                await until(partial(_is_free, other, one))
        assert await faults(*self.rings) == []
        logs = [log for ring in self.rings for log in await export(ring, self.towns.root / ring.config.name)]
        assert codes(audited(*logs)) == []


async def _is_free(ring: Ring, other: Ring) -> bool:
    row = await row_of(ring, other)
    return (row.held_in_seconds, row.held_out_seconds) == (0, 0)


@pytest.fixture
async def diamond(towns: Towns) -> Diamond:
    """Four rings, two ways."""
    return await Diamond(towns).build()


async def tries_of(ring: Ring, view: PaymentView) -> list[tuple[int, str]]:
    """(attempt, code) of what was released before."""
    found = await ring.store.read(lambda tx: tried.load_tries(tx, parse_payment_id(view.payment_id)))
    return [(each.attempt, each.code) for each in found]


async def test_what_one_ring_between_refuses_goes_by_another_and_is_paid_once(diamond: Diamond) -> None:
    first = await diamond.first_choice()
    await diamond.ring(first).federation.carrying.set("fir.example", carries=False)
    paid = await diamond.pay()
    assert (paid.state, paid.via) == ("paid", [{"elm": "ash", "ash": "elm"}[first] + ".example"])
    assert await tries_of(diamond.ring("oak"), paid) == [(1, "not_allowed")]
    assert (await balance(diamond.ring("oak"), "alma"), await balance(diamond.ring("fir"), "ben")) == (-3_600, 3_600)
    again = await diamond.pay()  # the line that failed rests: it is not even tried
    assert (again.via, await tries_of(diamond.ring("oak"), again)) == (paid.via, [])
    diamond.towns.clock.ahead_seconds += 601
    late = await diamond.pay()
    assert await tries_of(diamond.ring("oak"), late) == [(1, "not_allowed")]
    await diamond.is_sound()


async def test_what_travelled_beside_an_attempt_is_forgotten_with_its_member(diamond: Diamond) -> None:
    await diamond.ring("oak").members.add("carl", "Carl")
    first = await diamond.first_choice()
    await diamond.ring(first).federation.carrying.set("fir.example", carries=False)
    await diamond.pay()
    oak, fir = diamond.ring("oak"), diamond.ring("fir")
    back = await pay(oak, "carl", "alma", HOUR)
    assert back.state == "paid"
    await oak.leaving.leave("alma", "leavers")
    forgotten = await oak.forgetting.forget("alma")
    assert sorted(forgotten.asked) == ["ash.example", "elm.example"]
    for ring in (oak, diamond.ring(first), fir):
        await until(partial(_has_no_box, ring))


async def _has_no_box(ring: Ring) -> bool:
    return bool(await ring.store.read(lambda tx: tx.one("SELECT max(length(boxes)) = 0 FROM frame")[0]))


async def test_where_no_other_way_is_left_the_member_hears_why_and_has_the_hours_back(diamond: Diamond) -> None:
    for name in ("elm", "ash"):
        await diamond.ring(name).federation.carrying.set("fir.example", carries=False)
    ended = await diamond.pay()
    assert (ended.state, ended.code) == ("refused", "not_allowed")
    assert await tries_of(diamond.ring("oak"), ended) == [(1, "not_allowed")]
    assert await balance(diamond.ring("oak"), "alma") == 0
    await diamond.is_sound()


async def test_what_the_payee_refuses_is_tried_no_other_way(diamond: Diamond) -> None:
    view = await pay(diamond.ring("oak"), "alma", "nobody@fir.example", 60)
    ended = await end_of(diamond.ring("oak"), view.payment_id)
    assert (ended.code, await tries_of(diamond.ring("oak"), ended)) == ("payee_refuses", [])


async def test_a_refund_goes_another_way_where_the_ring_between_has_gone(diamond: Diamond) -> None:
    first = await diamond.first_choice()
    paid = await diamond.pay()
    assert paid.via == [f"{first}.example"]
    await diamond.towns.close(first)
    fir = diamond.ring("fir")
    lines = [
        fir.federation.lines.by_address(f"{first}.example"),
        diamond.ring("oak").federation.lines.by_address(f"{first}.example"),
    ]
    for line in lines:
        assert line is not None
        line.owes_have = True
        line.wake.set()
        await until(partial(_is_away, line))
    back = await end_of(fir, (await fir.refunds.refund(paid.payment_id, OPERATOR)).payment_id)
    assert (back.state, back.via) == ("paid", [{"elm": "ash", "ash": "elm"}[first] + ".example"])
    assert await balance(diamond.ring("oak"), "alma") == 0


async def _is_away(line: Line) -> bool:
    return line.is_away


async def test_a_claim_for_an_attempt_that_was_released_moves_nothing_and_is_kept_as_evidence(diamond: Diamond) -> None:
    first = await diamond.first_choice()
    await diamond.ring(first).federation.carrying.set("fir.example", carries=False)
    paid = await diamond.pay()
    oak, liar = diamond.ring("oak"), diamond.ring(first)
    await diamond.is_sound()
    for ring in diamond.rings:
        await ring.federation.stop()
    released = await oak.store.read(partial(_first_try, parse_payment_id(paid.payment_id)))
    signed = SignedItem(header=msgspec.Raw(b"{}"), item=msgspec.Raw(b"{}"), index=0, path=[])
    frame = await Forger(liar, oak).frame([Fulfil(order_hash=released, decision=signed)])
    assert (await Forger(liar, oak).post(frame)).status == 200
    assert (await balance(oak, "alma"), await balance(diamond.ring("fir"), "ben")) == (-3_600, 3_600)
    assert (await row_of(oak, liar)).closed is None
    assert await oak.store.read(_evidence) == ["late_decision"]
    (kept,) = await oak.evidence.about(liar.config.address)
    cards = oak.folder.path / "cards"
    cards.write_bytes(liar.identity.own.envelope)
    found = judged(oak.folder.path, await oak.evidence.file(kept.number), "--keys", str(cards))
    assert (found["kind"], found["facts"]["item"]) == ("item", "fulfil")
    assert await faults(oak) == []


def _first_try(payment_id: bytes, tx: Tx) -> str:
    sql = "SELECT order_hash FROM order_tried WHERE payment_id = ? AND attempt = 1"
    return str(tx.one(sql, (payment_id,))[0])


def _evidence(tx: Tx) -> list[str]:
    return [row[0] for row in tx.execute("SELECT code FROM evidence")]


async def test_all_attempts_come_back_after_a_loss_and_are_paid_once(diamond: Diamond, copies: Copies) -> None:
    first = await diamond.first_choice()
    await copies.take("oak")
    await teach(diamond.rings)
    await ready(*diamond.rings)
    await diamond.ring(first).federation.carrying.set("fir.example", carries=False)
    paid = await diamond.pay()
    assert await tries_of(diamond.ring("oak"), paid) == [(1, "not_allowed")]
    oak = await copies.put_back("oak", mark=True)
    await oak.federation.start()
    await ready(*diamond.rings)
    assert (await end_of(oak, paid.payment_id)).state == "paid"
    assert [attempt for attempt, _ in await tries_of(oak, paid)] == [1]
    assert (await balance(oak, "alma"), await balance(diamond.ring("fir"), "ben")) == (-3_600, 3_600)
    await diamond.is_sound()


def _order(**fields: Any) -> OrderOut:
    row: dict[str, Any] = dict.fromkeys(OrderOut._fields)
    row |= {"state": "held", "purpose": "transfer", "path": "a b c", "attempt": 1, "cancel_asked": 0}
    return OrderOut(**(row | fields))


@pytest.mark.parametrize(
    ("order", "end", "goes_on"),
    [
        (_order(), End(is_paid=False, code="next_hop_down", signed=None, refused_at=1), True),
        (_order(), End(is_paid=False, code="no_capacity", signed=None, refused_at=2), True),
        (_order(), End(is_paid=False, code="not_allowed", signed=None, refused_at=1), True),
        (_order(), End(is_paid=False, code="not_allowed", signed=None, refused_at=2), False),  # the payee's word
        (_order(), End(is_paid=False, code="payee_refuses", signed=None, refused_at=2), False),
        (_order(), End(is_paid=True, code=None, signed=None), False),
        (_order(path=None), End(is_paid=False, code="busy", signed=None, refused_at=1), False),  # our own line
        (_order(cancel_asked=1), End(is_paid=False, code="busy", signed=None, refused_at=1), False),
        (_order(state="in_doubt"), End(is_paid=False, code="busy", signed=None, refused_at=1), False),
        (_order(attempt=TRIES_MAX), End(is_paid=False, code="busy", signed=None, refused_at=1), False),
        (_order(purpose="netting"), End(is_paid=False, code="busy", signed=None, refused_at=1), False),
    ],
)
def test_which_refusals_another_way_may_help(order: OrderOut, end: End, goes_on: bool) -> None:
    assert may_go_on(order, end) is goes_on


async def test_what_was_refused_before_a_copy_was_put_back_goes_no_other_way(diamond: Diamond, copies: Copies) -> None:
    """Alma has read that it was refused; the refusal, which no frame of ours has acked, comes to the copy as news."""
    oak = await copies.take("oak")
    await teach(diamond.rings)
    await ready(*diamond.rings)
    for name in ("elm", "ash"):
        await diamond.ring(name).federation.carrying.set("fir.example", carries=False)
    view = await diamond.pay()
    assert "refused" == view.state
    for name in ("elm", "ash"):
        await diamond.ring(name).federation.carrying.set("fir.example", carries=True)
    oak = await copies.put_back("oak", mark=True)
    await teach(diamond.rings)
    await oak.federation.start()
    await ready(*diamond.rings)
    assert "refused" == (await end_of(oak, view.payment_id)).state
    assert 0 == await balance(diamond.ring("fir"), "ben")
    await diamond.is_sound()
