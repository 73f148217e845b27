# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who gives hours up reads so in plain words and ticks how many; a proposal that waits is named to both operators."""

from __future__ import annotations

from functools import partial

from ringtausch_node.federation.line_views import HEARS_WITHIN_SECONDS
from ringtausch_node.members.model import OPERATOR
from tests.federation.reset.test_reset import quarantine
from tests.federation.towns import HOUR, Towns, faults, pay, until, view_of
from tests.web.conftest import Browser, Oak, text_of
from tests.web.test_winding_down import TO_ELM, TO_OAK, pair

__all__ = ["pair"]
FOR_US = "Ein Tauschring hat einen neuen Stand vorgeschlagen. Er wartet auf unsere Unterschrift."
FOR_THEM = "Unser Vorschlag für einen neuen Stand wartet auf die Unterschrift von dort."


async def _both(pair: tuple[Oak, Oak, Towns]) -> tuple[Browser, Browser]:
    """The operators of oak, which owes two hours, and of elm."""
    return await pair[0].member("olga"), await pair[1].member("olga")


async def _has_theirs(ring: Oak, address: str) -> bool:
    return (await ring.ring.federation.resets.view(address)).theirs is not None


async def test_a_creditor_reads_what_he_waives_and_signs_no_other_figure_than_he_ticked(
    pair: tuple[Oak, Oak, Towns],
) -> None:
    oak, elm, _ = pair
    debtor, creditor = await _both(pair)
    await debtor.send(TO_ELM, f"{TO_ELM}/vorschlagen", stand="0")
    await until(partial(_has_theirs, elm, "oak.example"))
    page = text_of(await creditor.get(TO_OAK))
    told = (
        "Wir verzichten auf 2 Stunden.",
        "Den Verlust trägt unsere Gemeinschaft.",
        "Ja, wir verzichten auf 2 Stunden.",
    )
    assert [True] * 3 == [each in page for each in told]
    for ticked in ({}, {"verzicht2": "ja"}, {"verzicht2": str(HOUR)}):
        heard = await creditor.send(TO_OAK, f"{TO_OAK}/unterschreiben", **ticked)
        assert (422, True) == (heard.status, "Kreuzen Sie an, was wir damit aufgeben." in text_of(heard)), ticked
    assert 303 == (await creditor.send(TO_OAK, f"{TO_OAK}/unterschreiben", verzicht2=str(2 * HOUR))).status
    lost = "Verloren: 2 Stunden, die wir zu bekommen hatten. Die Gemeinschaft trägt den Verlust."
    assert lost in text_of(await creditor.get(TO_OAK))
    assert "Hier wartet nichts." in text_of(await creditor.get("/buero/klaeren"))
    await until(partial(_is_even, oak, elm))
    kept = "Behalten: 2 Stunden, die wir zu geben hatten. Das bleibt der Gemeinschaft."
    assert kept in text_of(await debtor.get(TO_ELM))
    assert [] == await faults(oak.ring, elm.ring)


async def _is_even(oak: Oak, elm: Oak) -> bool:
    return (await view_of(oak.ring, elm.ring)).clearing_seconds == 0


async def test_a_proposal_names_its_figure_and_a_creditor_ticks_what_it_costs(pair: tuple[Oak, Oak, Towns]) -> None:
    _, elm, _ = pair
    _, creditor = await _both(pair)
    assert b'name="stand" type="text" value=""' in (await creditor.get(TO_OAK)).body
    said = {"stand": "Schreiben Sie, wie viel wir danach noch zu geben haben.", "": "Kreuzen Sie an"}
    for stand, words in (("", said["stand"]), ("0", said[""]), ("-1", said[""])):
        heard = await creditor.send(TO_OAK, f"{TO_OAK}/vorschlagen", stand=stand)
        page = text_of(heard)
        assert (422, True, True) == (heard.status, words in page, f'value="{stand}"'.encode() in heard.body), stand
    for stand, tick in (("-1", "Ja, wir verzichten auf 1 Stunde."), ("1", "Ja, wir geben 3 Stunden her.")):
        assert tick in text_of(await creditor.send(TO_OAK, f"{TO_OAK}/vorschlagen", stand=stand))
    assert not await elm.ring.federation.resets.waiting()
    assert 303 == (await creditor.send(TO_OAK, f"{TO_OAK}/vorschlagen", stand="-1", verzicht1=str(HOUR))).status


async def test_a_proposal_that_waits_is_named_on_both_sides_until_it_is_signed(pair: tuple[Oak, Oak, Towns]) -> None:
    oak, elm, _ = pair
    debtor, creditor = await _both(pair)
    assert "Stunden gehen heim" in text_of(await debtor.get(TO_ELM))
    await debtor.send(TO_ELM, f"{TO_ELM}/vorschlagen", stand="0")
    await until(partial(_has_theirs, elm, "oak.example"))
    for olga, words, at in ((debtor, FOR_THEM, TO_ELM), (creditor, FOR_US, TO_OAK)):
        heard = await olga.get("/betrieb")
        page = text_of(heard)
        assert (True, True) == (words in page, f'href="{at}"'.encode() in heard.body)
        assert not any(each in page for each in ("Alles in Ordnung.", "ist angehalten", "angehalten oder aufgegeben"))
    page = text_of(await debtor.get(TO_ELM))
    assert (True, True) == ("Der andere verzichtet auf 2 Stunden." in page, "Nichts geht hin oder her." in page)
    for olga, at in ((debtor, TO_ELM), (creditor, TO_OAK)):
        page = text_of(await olga.get(at))
        assert not any(each in page for each in ("Stunden gehen heim", "gehen weiter"))
    assert "wartet auf die Unterschrift von dort" in text_of(await debtor.get("/betrieb/ring/elm.example"))
    assert "auf unsere Unterschrift" in text_of(await creditor.get("/betrieb/ring/oak.example"))
    await creditor.send(TO_OAK, f"{TO_OAK}/unterschreiben", verzicht2=str(2 * HOUR))
    await until(partial(_is_even, oak, elm))
    for olga in (debtor, creditor):
        await until(partial(_all_is_well, olga))


async def _all_is_well(olga: Browser) -> bool:
    return "Alles in Ordnung." in text_of(await olga.get("/betrieb"))


async def test_who_has_signed_reads_that_nobody_needs_to_call_until_half_an_hour_has_passed(
    pair: tuple[Oak, Oak, Towns],
) -> None:
    """The proposer cannot be reached just then, and had answered that its line rests."""
    _, elm, towns = pair
    debtor, creditor = await _both(pair)
    await debtor.send(TO_ELM, f"{TO_ELM}/vorschlagen", stand="1")
    await until(partial(_has_theirs, elm, "oak.example"))
    await pay(elm.ring, "alma", "alma@oak.example", 60)
    await until(partial(_reads, elm, "stopped_there"))
    await towns.network.fall_silent("oak")
    await creditor.send(TO_OAK, f"{TO_OAK}/unterschreiben", verzicht2=str(HOUR))
    signed, call = "Niemand muss anrufen.", "angehalten oder aufgegeben"
    for at in (TO_OAK, "/betrieb/ring/oak.example"):
        page = text_of(await creditor.get(at))
        assert (True, True, False) == (signed in page, "beginnt neu" in page, call in page)
    page = text_of(await creditor.get("/betrieb"))
    assert (True, False) == ("Ein neuer Stand ist von beiden unterschrieben." in page, call in page)
    towns.clock.ahead_seconds += HEARS_WITHIN_SECONDS
    for at in (TO_OAK, "/betrieb/ring/oak.example", "/betrieb"):
        page = text_of(await creditor.get(at))
        assert (False, True) == (signed in page, call in page), at
    towns.network.heal()
    await until(partial(_reads, elm, None))


async def _reads(ring: Oak, reason: str | None) -> bool:
    return (await ring.ring.federation.view("oak.example")).reason == reason


async def test_of_two_proposals_only_the_answer_can_be_signed(pair: tuple[Oak, Oak, Towns]) -> None:
    oak, elm, _ = pair
    debtor, creditor = await _both(pair)
    await debtor.send(TO_ELM, f"{TO_ELM}/vorschlagen", stand="0")
    await until(partial(_has_theirs, elm, "oak.example"))
    await creditor.send(TO_OAK, f"{TO_OAK}/vorschlagen", stand="-1", verzicht1=str(HOUR))
    await until(partial(_has_theirs, oak, "elm.example"))
    assert ({"oak.example": "them"}, {"elm.example": "us"}) == (
        await elm.ring.federation.resets.waiting(), await oak.ring.federation.resets.waiting(),
    )  # fmt: skip
    page = text_of(await creditor.get(TO_OAK))
    assert (True, False) == ("Wir verzichten auf 1 Stunde." in page, "Ein Vorschlag von dort" in page)
    assert "Der andere verzichtet auf 1 Stunde." in text_of(await debtor.get(TO_ELM))


async def test_where_hours_may_be_lost_the_page_says_that_the_office_is_asked(pair: tuple[Oak, Oak, Towns]) -> None:
    oak, elm, _ = pair
    await quarantine(elm.ring, oak.ring)
    _, creditor = await _both(pair)
    assert "Auf dieser Verbindung kann etwas verloren sein." in text_of(await creditor.get(TO_OAK))
    assert 303 == (await creditor.send(TO_OAK, f"{TO_OAK}/vorschlagen", stand="0")).status
    page = text_of(await creditor.get(TO_OAK))
    told = "Vielleicht sind das Stunden von jemandem; danach fragt das Büro"
    assert (True, False) == (told in page, "verzichten auf" in page)


async def test_a_member_who_settled_a_rest_is_named_and_reads_what_it_was(pair: tuple[Oak, Oak, Towns]) -> None:
    _, elm, towns = pair
    await towns.close("oak")
    olga = await elm.member("olga")
    at = (await olga.send(TO_OAK, f"{TO_OAK}/aufgeben", sicher="ja", trotzdem="ja")).headers["location"]
    await olga.send(at, f"{at}/abschreiben", wer="mitglied", mit="alma", sicher="ja")
    page = text_of(await olga.get(at))
    assert (True, False) == ("Alma hat 2 Stunden gegeben." in page, "Verloren" in page)
    read = text_of(await (await elm.member("alma")).get("/konto"))
    assert "Gegeben für einen Tauschring, den es nicht mehr gibt oak.example" in read
    assert "settled" == (await elm.ring.accounts.statement("alma", None, 1, OPERATOR)).entries[0].kind
