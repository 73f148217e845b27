# SPDX-License-Identifier: AGPL-3.0-or-later
"""The page of a line's end offers only what can be done, and who comes second reads what was done already."""

from __future__ import annotations

from functools import partial

from ringtausch_node.federation.reset.viewing import ResetView
from tests.federation.reset.test_reset import quarantine
from tests.federation.test_certificate_and_resets import closed_unheard, is_over, proposes_nothing
from tests.federation.towns import HOUR, Towns, end_of, faults, pay, until, view_of
from tests.web.conftest import Browser, Oak, text_of
from tests.web.test_winding_down import BY_ALL, STOP, TO_ELM, TO_OAK, pair

__all__ = ["pair"]
OFFER = "Stand gemeinsam festsetzen"
GONE = {"sicher": "ja", "trotzdem": "ja"}


async def stops_at_zero(oak: Oak, elm: Oak, operator: Browser) -> None:
    """Oak stops, everything goes home, and both sign it."""
    await operator.send(STOP, f"{STOP}/beginnen", sicher="ja")
    await until(partial(_has_ended, elm, oak))
    home = await pay(elm.ring, "alma", "alma@oak.example", 2 * HOUR)
    assert "paid" == (await end_of(elm.ring, home.payment_id)).state
    for each, other in ((oak, elm), (elm, oak)):
        await until(partial(_has_signed, each, other))


async def _has_ended(ring: Oak, other: Oak) -> bool:
    return (await view_of(ring.ring, other.ring)).state == "ended"


async def _has_signed(ring: Oak, other: Oak) -> bool:
    statement = (await view_of(ring.ring, other.ring)).statement
    return statement is not None and (statement.is_final, statement.state) == (True, "signed")


async def _two_operators(ring: Oak) -> tuple[Browser, Browser]:
    await ring.ring.members.add("otto", "Otto", "operator")
    return await ring.member("olga"), await ring.member("otto")


async def test_who_gives_a_line_up_second_reads_that_it_is_done_and_nothing_was_booked_twice(
    pair: tuple[Oak, Oak, Towns],
) -> None:
    _, elm, towns = pair
    olga, otto = await _two_operators(elm)
    form = otto.hidden(await otto.get(TO_OAK), f"{TO_OAK}/aufgeben")
    await towns.close("oak")
    assert 303 == (await olga.send(TO_OAK, f"{TO_OAK}/aufgeben", **GONE)).status
    told = "Diese Verbindung hat schon ein anderer Betreiber aufgegeben. Nichts wurde zweimal gebucht."
    in_english = "Another operator has given this line up already. Nothing was booked twice."
    for language, words in (("de", told), ("en", in_english)):
        for sure in (GONE, {"sicher": "ja"}):
            otto.cookies["__Host-sprache"] = language
            heard = await otto.post(f"{TO_OAK}/aufgeben", {**form, **sure})
            assert (409, True) == (heard.status, words in text_of(heard)), text_of(heard)
    assert [] == await faults(elm.ring)


async def test_who_settles_a_rest_second_reads_that_nothing_was_booked(pair: tuple[Oak, Oak, Towns]) -> None:
    _, elm, towns = pair
    olga, otto = await _two_operators(elm)
    await towns.close("oak")
    at = (await olga.send(TO_OAK, f"{TO_OAK}/aufgeben", **GONE)).headers["location"]
    form, before = otto.hidden(await otto.get(at), f"{at}/abschreiben"), await elm.balance("alma")
    assert 303 == (await olga.send(at, f"{at}/abschreiben", **BY_ALL)).status
    heard = await otto.post(f"{at}/abschreiben", {**form, "wer": "mitglied", "mit": "alma", "sicher": "ja"})
    told = "Der Rest dieser Verbindung ist schon abgeschlossen; es gilt, was zuerst gesagt wurde. Nichts wurde gebucht."
    assert (422, True) == (heard.status, told in text_of(heard)), text_of(heard)
    assert before == await elm.balance("alma")
    assert "Verloren: 2 Stunden" in text_of(await otto.get(at))
    assert [] == await faults(elm.ring)


async def test_no_new_balance_is_offered_where_both_have_signed_the_end_nor_by_a_closed_ring(
    pair: tuple[Oak, Oak, Towns],
) -> None:
    oak, elm, _ = pair
    here, there = await oak.member("olga"), await elm.member("olga")
    forms = [
        each.hidden(await each.get(at), f"{at}/vorschlagen") for each, at in ((here, TO_ELM), (there, TO_OAK))
    ]  # fmt: skip
    await stops_at_zero(oak, elm, here)
    for each, other in ((oak, elm), (elm, oak)):  # of an even line that is not stopped the page offers nothing anyway
        await quarantine(each.ring, other.ring)
    assert (await oak.ring.winding_down.close()).document is not None
    closed, over = "Unser Tauschring hat bescheinigt", "Beide haben schon unterschrieben, dass auf dieser Verbindung"
    asked = ((here, TO_ELM, forms[0], closed), (there, TO_OAK, forms[1], over))
    for olga, at, form, words in asked:
        assert OFFER not in text_of(await olga.get(at))
        heard = await olga.post(f"{at}/vorschlagen", {**form, "stand": "0"})
        assert (422, True) == (heard.status, words in text_of(heard)), text_of(heard)


async def test_a_proposal_to_a_ring_that_stops_says_what_becomes_of_it(pair: tuple[Oak, Oak, Towns]) -> None:
    oak, elm, _ = pair
    await elm.ring.winding_down.begin()
    await until(partial(_knows_it_stops, oak, elm))
    olga = await oak.member("olga")
    assert 303 == (await olga.send(TO_ELM, f"{TO_ELM}/vorschlagen", stand="0")).status
    told = "wartet auf einen Tauschring, der sich auflöst. Ist dort schon alles bescheinigt, fällt er von selbst weg."
    assert told in text_of(await olga.get("/betrieb"))
    assert "Hat der andere schon bescheinigt, dass alles vorbei ist" in text_of(await olga.get(TO_ELM))


async def _knows_it_stops(ring: Oak, other: Oak) -> bool:
    return (await view_of(ring.ring, other.ring)).stops_since is not None


async def test_a_proposal_that_fell_away_is_named_with_the_reason(pair: tuple[Oak, Oak, Towns]) -> None:
    oak, elm, towns = pair
    await closed_unheard(towns, oak.ring, elm.ring)
    olga = await oak.member("olga")
    assert 303 == (await olga.send(TO_ELM, f"{TO_ELM}/vorschlagen", stand="1", verzicht1=str(HOUR))).status
    towns.network.heal()
    await until(partial(proposes_nothing, oak.ring))
    page = text_of(await olga.get(TO_ELM))
    assert ("Unser Vorschlag ist am" in page, "Nichts wurde gebucht." in page) == (True, True)
    assert "Vorschlag" not in text_of(await olga.get("/betrieb"))
    view: ResetView = await elm.ring.federation.resets.view("oak.example")
    assert (view.theirs, await is_over(elm.ring)) == (None, True)
