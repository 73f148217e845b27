# SPDX-License-Identifier: AGPL-3.0-or-later
"""An order under a key that no log here knows: its ring may have a card in a log that is missing, or a liar made it up.

Nobody can tell. So neither who handed it on answers for it, nor the ring in whose name it stands.
"""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from ringtausch_protocol import frames
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.documents import Head
from ringtausch_protocol.entries import ENTRY_DOCUMENT, log_entry
from ringtausch_protocol.items import Offer, Order, Reject, SignedItem, encode_item
from ringtausch_protocol.keys import SigningKey, key_id
from ringtausch_protocol.tiles import WIDTH
from tests.audit.exports import Export
from tests.audit.roads import Land, cut_out, order_along, paid
from tests.audit.test_alone import booking
from tests.audit.test_some_logs import accused
from tests.audit.test_who_answers import second_card
from tests.vectors.cast import BUCHE, EICHE, LINDE, chance, hash32, header_for

#: Of Eiche's second card, if that is known.
NEW = SigningKey(chance("eiche new"))
CARD = second_card("eiche new")


def by_new_key(order: Order, *, size: int = 999) -> SignedItem:
    """An order of Eiche's under the new key, at a place in Eiche's log: behind its end, if that is given."""
    head = Head(log=1, size=size, root=hash32("any"))
    data = [encode_item(order)]
    header = header_for(EICHE, LINDE, data, seq=9, head=head)
    return cut_out(frames.seal_frame(header, data, key_id(EICHE.id, NEW.public), NEW))


def hand_on(land: Land, order: Order) -> None:
    """Linde, which was put back since it got this order, hands it on to Buche, which says that it is paid."""
    land.send(LINDE, BUCHE, Offer(index=1, order=by_new_key(order)))
    land.send(BUCHE, LINDE, paid(order, 2))


def restored() -> Land:
    """Linde was put back, and its second log has all cards but Eiche's newest."""
    land = Land()
    land.restore(LINDE, EICHE, BUCHE)
    return land


def pay_directly(land: Land) -> None:
    """The same payment once more, to Linde itself and under Eiche's old key."""
    order = msgspec.structs.replace(order_along(EICHE, LINDE), attempt=2)
    land.send(EICHE, LINDE, order)
    land.send(LINDE, EICHE, paid(order, 1))


def twice_paid(land: Land, *, is_first: bool) -> Export:
    """Linde's second log: one payment to two payees, one of them by what Linde handed on."""
    if not is_first:
        pay_directly(land)
    hand_on(land, order_along(EICHE, LINDE, BUCHE))
    if is_first:
        pay_directly(land)
    return land.export(LINDE)


@pytest.mark.parametrize("is_first", [True, False])
def test_a_payment_to_two_payees_by_an_order_that_nobody_is_known_to_have_given_accuses_nobody(
    *, is_first: bool
) -> None:
    assert set() == accused(twice_paid(restored(), is_first=is_first))


@pytest.mark.parametrize("is_first", [True, False])
def test_once_the_card_is_known_the_payer_is_named(*, is_first: bool) -> None:
    log = twice_paid(restored(), is_first=is_first)

    assert {("paid_twice", EICHE.id)} == accused(replace(log, cards=(*log.cards, CARD)))


@pytest.mark.parametrize("is_first", [True, False])
def test_an_order_is_its_payer_s_once_a_log_that_is_read_later_proves_it(*, is_first: bool) -> None:
    """Buche, the last of the path, has Eiche's second card in its log, behind what is read before Linde's."""
    land = restored()
    land.send(EICHE, BUCHE, Reject(seq=1, index=0, code="malformed"))
    for number in range(WIDTH):
        land.log(BUCHE, booking(number))
    land.log(BUCHE, log_entry(ENTRY_DOCUMENT, (CARD,)))
    log = twice_paid(land, is_first=is_first)

    assert {("paid_twice", EICHE.id)} == accused(log, land.export(BUCHE))


@pytest.mark.parametrize("is_known", [False, True])
def test_a_refund_that_nobody_is_known_to_have_given_uses_up_no_payment(*, is_known: bool) -> None:
    """Eiche, whose log is older than that, gave back all that it was paid; so does Linde's log, which is read first."""
    land = restored()
    order = order_along(BUCHE, EICHE)
    land.send(BUCHE, EICHE, order)
    land.send(EICHE, BUCHE, paid(order, 1))
    for number in range(WIDTH):
        land.log(EICHE, booking(number))
    numbered = [
        msgspec.structs.replace(
            order_along(*path, purpose="refund"), payment_id=b64(bytes([number]) * 16), refund_of=order.payment_id
        )
        for number, path in enumerate([(EICHE, LINDE, BUCHE), (EICHE, BUCHE)], 2)
    ]
    hand_on(land, numbered[0])
    land.send(EICHE, BUCHE, numbered[1])
    land.send(BUCHE, EICHE, paid(numbered[1], 1))
    log = land.export(LINDE)

    found = accused(replace(log, cards=(*log.cards, CARD) if is_known else log.cards), land.export(EICHE))
    assert ({("refund_exceeds", BUCHE.id)} if is_known else set()) == found


@pytest.mark.parametrize("is_grown", [True, False])
def test_where_the_payer_s_log_reaches_so_far_the_ring_that_made_the_order_up_is_named(*, is_grown: bool) -> None:
    land = restored()
    order = order_along(EICHE, LINDE, BUCHE)
    place = land.trees[EICHE.id].size - is_grown
    land.send(LINDE, BUCHE, Offer(index=1, order=by_new_key(order, size=place)))

    expected = {("order_changed", LINDE.id)} if is_grown else set()
    assert expected == accused(land.export(LINDE), land.export(EICHE))
