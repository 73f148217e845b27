# SPDX-License-Identifier: AGPL-3.0-or-later
"""Invoices when people leave, nodes restart, and rings come back from old copies."""

from __future__ import annotations

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.members.model import OPERATOR
from ringtausch_protocol.errors import LocalError
from tests.federation.bills import Pair, arrived, asked, bill, closed
from tests.federation.copies import Copies, ready, sound
from tests.federation.rotating import restart, revoke, rotate
from tests.federation.towns import HOUR, Towns, balance, end_of, faults, talk, until, view_of

# -- leaving (holes C12) ---------------------------------------------------------------------------------------------


async def test_who_leaves_voids_his_invoices_first(open_pair: Pair) -> None:
    oak, elm = open_pair
    invoice = await asked(elm, oak)
    await elm.leaving.leave("ben")
    for ring in (oak, elm):
        assert ("cancelled", None) == await closed(ring, invoice)


async def test_who_leaves_declines_what_he_is_asked_for(open_pair: Pair) -> None:
    oak, elm = open_pair
    invoice = await asked(elm, oak)
    await oak.leaving.leave("alma")
    assert ("declined", "left") == await closed(elm, invoice)


async def test_an_order_for_somebody_who_left_between_invoice_and_order_is_refused(
    open_pair: Pair, towns: Towns
) -> None:
    oak, elm = open_pair
    invoice = await asked(elm, oak)
    await towns.network.fall_silent("elm")
    held = await oak.answers.pay(invoice, OPERATOR)
    assert held.payment_state == "held"
    await elm.leaving.leave("ben")
    towns.network.heal()
    assert held.payment_id is not None
    ended = await end_of(oak, held.payment_id)
    assert (ended.state, ended.code) == ("refused", "payee_refuses")
    assert (await balance(oak, "alma"), await faults(oak, elm)) == (0, [])


# -- restarts and restores -------------------------------------------------------------------------------------------


async def test_a_request_survives_a_restart_before_it_left(pair: Pair, towns: Towns) -> None:
    oak, _ = pair
    view = await bill(pair[1])
    assert view.delivered is False
    await towns.close("elm")
    elm = await towns.open("elm")
    await talk(oak, elm)
    await arrived(oak, view.invoice_id)
    await until(lambda: _is_delivered(elm, view.invoice_id))


async def test_an_invoice_that_waited_while_the_keys_changed_is_asked_for(open_pair: Pair, towns: Towns) -> None:
    oak, elm = open_pair
    await towns.close("oak")
    view = await bill(elm)
    rotate(towns, "elm")
    await talk(await restart(towns, "elm"), oak := await towns.open("oak"))
    assert (await arrived(oak, view.invoice_id)).state == "open"


async def test_an_invoice_whose_key_was_revoked_asks_nobody(open_pair: Pair, towns: Towns) -> None:
    oak, elm = open_pair
    await towns.close("oak")
    view = await bill(elm)
    await revoke(towns, elm, oak)
    await talk(elm := await restart(towns, "elm"), await towns.open("oak"))
    assert ("declined", "unknown_key") == await closed(elm, view.invoice_id)


async def _is_delivered(ring: Ring, invoice: str) -> bool:
    return (await ring.invoices.get(invoice, OPERATOR)).delivered is True


async def test_a_payers_ring_restored_from_an_old_copy_gets_requests_back(
    open_pair: Pair, towns: Towns, copies: Copies
) -> None:
    await copies.take("oak")
    rings = towns.network.rings
    await ready(*rings.values())
    first, second = await asked(rings["elm"], rings["oak"]), await asked(rings["elm"], rings["oak"])
    await rings["oak"].answers.pay(first, OPERATOR)
    assert ("paid", None) == await closed(rings["elm"], first)
    oak = await copies.put_back("oak", mark=True)
    await oak.federation.start()
    await ready(*rings.values())
    assert {view.invoice_id for view in (await oak.invoices.list(OPERATOR, "alma")).to_pay} == {first, second}
    await oak.answers.pay(second, OPERATOR)
    assert ("paid", None) == await closed(rings["elm"], second)
    # That the first was paid is forgotten here, and the other ring does not take it twice.
    await oak.answers.pay(first, OPERATOR)
    assert ("cancelled", "invoice_unknown") == await closed(oak, first)
    await sound(oak, rings["elm"])
    assert (await view_of(oak, rings["elm"])).clearing_seconds == 2 * HOUR


async def test_a_payees_ring_restored_from_an_old_copy_knows_that_it_was_declined(
    open_pair: Pair, towns: Towns, copies: Copies
) -> None:
    oak, elm = open_pair
    invoice = await asked(elm, oak)
    await copies.take("elm")
    rings = towns.network.rings
    await ready(*rings.values())
    await rings["oak"].answers.decline(invoice, "not_received", OPERATOR)
    assert ("declined", "not_received") == await closed(rings["elm"], invoice)
    elm = await copies.put_back("elm", mark=True)
    assert (await elm.invoices.get(invoice, OPERATOR)).state == "open"
    for refused in (bill(elm), elm.answers.cancel(invoice, OPERATOR)):
        with pytest.raises(LocalError, match="recovering"):
            await refused
    await elm.federation.start()
    await ready(*rings.values())
    assert ("declined", "not_received") == await closed(elm, invoice)
