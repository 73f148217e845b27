# SPDX-License-Identifier: AGPL-3.0-or-later
"""A field for an amount names the ring's unit, and each example that a page shows is read there, as the same time."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest
from msgspec import structs

import ringtausch_node.web
from ringtausch_node.bootstrap import found_ring, open_ring
from ringtausch_node.web import WebLimits
from ringtausch_protocol.units import parse_amount
from tests.serving.wire import Heard, listening
from tests.web.conftest import CONFIG, Oak, Pages, text_of

TEMPLATES = Path(ringtausch_node.web.__file__).parent / "templates"
#: What a page calls a field in which somebody types an amount.
AMOUNT_FIELD = re.compile(r'field\((?:"(?:betrag|grenze|sie|wir|unten|oben|stand)"|name ~ row).*')
SHOWN = re.compile(r"[zZ]um Beispiel: ([\d.,]+) oder (\d+:\d\d) oder (\d+ min)")
PAGES = (
    "/zahlen", "/karte", "/rechnung-schreiben", "/buero/belege", "/buero/mitglied/ben",
    "/betrieb/einladen", "/betrieb/einstellungen/regeln", "/betrieb/einstellungen/verbindungen",
)  # fmt: skip


@pytest.fixture(params=["hours", "Talente:20:0", "Minuten:60:0", "Tage:1:0"])
async def a_ring(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Oak]:
    found_ring(tmp_path / "oak", structs.replace(CONFIG, unit=request.param))
    ring = await open_ring(tmp_path / "oak")
    for handle, role in (("olga", "operator"), ("ben", "member")):
        await ring.members.add(handle, handle.title(), role)
    async with listening(Pages(ring, WebLimits())) as port:
        yield Oak(ring, port)
    await ring.close()


def meant(oak: Oak, heard: Heard) -> list[set[int]]:
    """What the examples of a page are read as, in seconds."""
    unit = oak.ring.config.parsed_unit
    return [{parse_amount(each, unit) for each in examples} for examples in SHOWN.findall(text_of(heard))]


async def test_each_example_on_each_page_is_read_as_the_same_time(a_ring: Oak) -> None:
    olga = await a_ring.member("olga")
    name = "Stunden" if a_ring.ring.config.unit == "hours" else a_ring.ring.config.parsed_unit.name
    for path in PAGES:
        page = await olga.get(path)
        found = meant(a_ring, page)
        assert (200, True, True) == (page.status, bool(found), f"{name}, zum Beispiel:" in text_of(page)), path
        assert [1] * len(found) == [len(seconds) for seconds in found], path


async def test_the_examples_of_a_refusal_are_read_here(a_ring: Oak) -> None:
    olga = await a_ring.member("olga")
    heard = await olga.send("/zahlen", "/zahlen/pruefen", an="ben", betrag="viel", wofuer="Rasen")
    found = meant(a_ring, heard)
    assert (422, [1, 1], True) == (
        heard.status, [len(each) for each in found], "Schreiben Sie zum Beispiel" in text_of(heard),
    )  # fmt: skip


async def test_an_amount_between_two_steps_stands_in_a_field_as_it_can_be_typed(oak: Oak) -> None:
    await oak.ring.members.set_limits("ben", -600, 3_600)
    page = await (await oak.member("buero")).get("/buero/mitglied/ben")
    assert b'value="0:10"' in page.body


def test_each_field_for_an_amount_has_the_hint() -> None:
    lines = [line for each in TEMPLATES.rglob("*.html") for line in AMOUNT_FIELD.findall(each.read_text("utf-8"))]
    assert (True, []) == (len(lines) > 10, [line for line in lines if "say.amount_hint()" not in line])


@pytest.mark.parametrize("text", ["1,5 Stunden", "1 Std. 30 Min.", "1½", " 90\u00a0Minuten ", "1:30 h"])
async def test_the_running_sum_of_slips_and_the_page_after_it_read_the_same(oak: Oak, text: str) -> None:
    office = await oak.member("buero")
    running = text_of(await office.get(f"/buero/belege?betrag1={quote(text)}"))
    slip = {"beleg1": "26-1", "nehmer1": "alma", "geber1": "ben", "betrag1": text, "wofuer1": "Rasen"}
    check = text_of(await office.send("/buero/belege", "/buero/belege/pruefen", **slip))
    assert (True, True) == ("Bis hier 1 Beleg: 1,5 Stunden" in running, "1,5 Stunden" in check), check
    assert 200 == (await office.send("/buero/belege", "/buero/belege/pruefen", **slip)).status


async def test_a_limit_of_nothing_may_have_the_unit_behind_it(oak: Oak) -> None:
    office, path = await oak.member("buero"), "/buero/mitglied/ben"
    heard = await office.send(path, f"{path}/grenzen", unten="0 Stunden", oben="10 Stunden")
    assert (303, [(0, 36_000)]) == (
        heard.status,
        [(each.min_seconds, each.max_seconds) for each in await oak.ring.members.list() if each.handle == "ben"],
    )
