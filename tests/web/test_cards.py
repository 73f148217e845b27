# SPDX-License-Identifier: AGPL-3.0-or-later
"""A member's card as a sign with amount and purpose, and the link behind it: it fills the form and pays nothing."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from ringtausch_node.amounts import clock, typed
from ringtausch_node.errors import LocalError
from ringtausch_node.web.look.pay_links import SIGN_LENGTH, Wish, link_of, read_link
from ringtausch_protocol.units import HOURS, Unit, parse_amount
from tests.web.conftest import Oak, text_of
from tests.web.test_bad_input import ODD

TALENTS = Unit("Talente", 20, 0)
_VALUE = re.compile(r'<input id="(an|betrag|wofuer)"[^>]* value="([^"]*)"')


def filled(page: bytes) -> dict[str, str]:
    """What stands in the form to pay."""
    return {name: html.unescape(text) for name, text in _VALUE.findall(page.decode())}


async def link_on(oak: Oak, **fields: str) -> str:
    """What Alma's card tells to pass on: a path of her ring."""
    card = (await (await oak.member("alma")).get(f"/karte?{urlencode(fields)}")).body.decode()
    found = re.search(r'<a href="http://127\.0\.0\.1(/z/alma\?[^"]*)"', card)
    assert found is not None, card
    return html.unescape(found[1])


async def test_a_sign_fills_the_form_of_who_is_signed_in_and_pays_nothing(oak: Oak) -> None:
    link = await link_on(oak, betrag="1,5", wofuer="Ein Glas Honig")
    assert "/z/alma?betrag=1%3A30&wofuer=Ein+Glas+Honig" == link
    ben = await oak.member("ben")
    form = await ben.get((await ben.get(link)).headers["location"])
    assert {"an": "alma@oak.example", "betrag": "1,5", "wofuer": "Ein Glas Honig"} == filled(form.body)
    assert 0 == await oak.balance("alma")


async def test_a_stranger_s_way_through_signing_in_ends_at_the_filled_form(oak: Oak) -> None:
    purpose = "\N{HONEY POT}" * SIGN_LENGTH  # twelve characters of an address for each
    browser = oak.browser()
    page = await browser.get(await link_on(oak, betrag="90 min", wofuer=purpose))
    told = text_of(page)
    assert [True] * 3 == [words in told for words in ("1,5 Stunden", purpose, "Es wird noch nichts bezahlt.")]
    here = html.unescape(re.findall(r'href="(/zahlen\?[^"]*)"', page.body.decode())[0])
    door = (await browser.get(here)).headers["location"]
    code = (await oak.ring.entrance.issue_code("ben")).code
    inside = await browser.send(door, "/anmelden", wer="ben", code=code)
    form = await browser.get(inside.headers["location"])
    assert {"an": "alma@oak.example", "betrag": "1,5", "wofuer": purpose} == filled(form.body)


async def test_a_card_shows_what_it_asks_for_and_a_plain_one_asks_for_nothing(oak: Oak) -> None:
    alma = await oak.member("alma")
    told = text_of(await alma.get("/karte?betrag=0:45&wofuer=Marmelade"))
    assert [True] * 3 == [
        words in told for words in ("Alma Berg Tauschring Eiche Marmelade", "0,75 Stunden", "45 Min.")
    ]
    plain = await alma.get("/karte")
    assert (200, False) == (plain.status, b"/z/alma?" in plain.body)


@pytest.mark.parametrize(
    ("field", "text"), [("betrag", "viel"), ("betrag", "0"), ("wofuer", "x" * (SIGN_LENGTH + 1)), ("wofuer", "a\nb")]
)
async def test_a_mistake_on_a_sign_is_named_at_its_field_and_stays_typed(oak: Oak, field: str, text: str) -> None:
    alma = await oak.member("alma")
    wish = {"betrag": "1", "wofuer": "Honig", field: text}
    heard = await alma.get(f"/karte?{urlencode(wish)}")
    assert (422, True) == (heard.status, f'id="{field}-fehler"' in heard.body.decode())
    assert wish == {name: each for name, each in filled(heard.body).items() if name in wish}
    assert b'<p class="figure">' not in heard.body


async def test_odd_links_and_signs_are_pages_and_nothing_of_them_runs(oak: Oak) -> None:
    alma, stranger = await oak.member("alma"), oak.browser()
    for text in ODD:
        query = urlencode({"betrag": text[:2_000], "wofuer": text[:2_000]}, errors="surrogatepass")
        for browser, path, right in ((alma, "/karte", {200, 422}), (alma, "/karte.json", {200, 422}),
                                     (stranger, "/z/alma", {200}), (alma, "/z/alma", {303})):  # fmt: skip
            heard = await browser.get(f"{path}?{query}")
            assert heard.status in right, (path, text)
            is_page = heard.headers.get("content-type", "").startswith("text/html")
            assert not (is_page and (b"<script>alert" in heard.body or b"<img src=x" in heard.body)), (path, text)


def test_a_link_leaves_out_what_nobody_could_pay_with() -> None:
    assert Wish(5_400, "Brot") == read_link({"betrag": " 1,5 ", "wofuer": " Brot "}, HOURS)
    for bad in ("viel", "0", "-1", "1e9", "9" * 40, "\uff11"):
        assert Wish() == read_link({"betrag": bad}, HOURS), bad
    for bad in ("x" * 241, "a\nb", "\u202eneb"):
        assert Wish() == read_link({"wofuer": bad}, HOURS), bad


@pytest.mark.parametrize("seconds", [1, 59, 180, 3_600, 5_400, 5_420, 86_400, 10**9])
def test_an_amount_on_a_link_is_the_same_time_in_every_ring(seconds: int) -> None:
    for unit in (HOURS, TALENTS):
        assert seconds == parse_amount(clock(seconds), unit) == parse_amount(typed(seconds, unit), unit)
    query = parse_qs(urlsplit(link_of("https://oak.example/", "alma", Wish(seconds))).query)
    assert {"betrag": [clock(seconds)]} == query
    with pytest.raises(LocalError):
        parse_amount("0:00", HOURS)
