# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pages for paper: where a program lays them out they have a PDF, elsewhere they say how to print.

The program is one of ours, so that these tests need no libraries; tests/browser/test_pdf.py has the real one.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import AsyncIterator

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.printing.press import Press
from ringtausch_node.printing.program import MISSING
from ringtausch_node.web import WebLimits
from tests.serving.wire import listening
from tests.web.conftest import Oak, Pages, paid, text_of

PAPER = (
    "/karte", "/konto/auszug", "/konto/bestaetigung", "/buero/liste", "/buero/auszuege", "/buero/bestaetigungen",
    "/buero/mitglieder",
)  # fmt: skip
#: Writes what it was given, as a PDF would be written.
ECHO = "import sys; sys.argv[-1] == '--probe' or sys.stdout.write(sys.stdin.read())"


def program(python: str) -> Press:
    return Press((sys.executable, "-I", "-S", "-c", python, "run"))


@pytest.fixture(params=[ECHO, f"import sys; sys.exit({MISSING})"], ids=["with", "without"])
async def served(ring: Ring, request: pytest.FixtureRequest) -> AsyncIterator[tuple[Oak, bool]]:
    for handle, name, role in (("alma", "Alma Berg", "member"), ("ben", "Ben Weber", "member"),
                               ("cleo", "Cleo", "member"), ("olga", "Olga", "operator")):  # fmt: skip
        await ring.members.add(handle, name, role)
    async with listening(Pages(ring, WebLimits(), program(request.param))) as port:
        yield Oak(ring, port), request.param == ECHO


async def test_every_page_for_paper_has_its_pdf_or_says_how_to_print(served: tuple[Oak, bool]) -> None:
    oak, has_pdf = served
    olga = await oak.member("olga")
    for path in PAPER:
        page = text_of(await olga.get(path))
        assert (has_pdf, not has_pdf) == ("Als PDF herunterladen" in page, "Drucken Sie diese Seite" in page), path
        heard = await olga.get(f"{path}.pdf")
        if has_pdf:
            name = f'attachment; filename="{path.rsplit("/")[-1]}.pdf"'
            assert (200, "application/pdf", name) == (
                heard.status, heard.headers["content-type"], heard.headers["content-disposition"],
            )  # fmt: skip
        else:
            assert (501, True) == (heard.status, "kann selbst keine PDF-Dateien machen" in text_of(heard))


async def test_a_letter_as_pdf_has_a_code_that_lets_in(served: tuple[Oak, bool]) -> None:
    oak, has_pdf = served
    olga = await oak.member("olga")
    page = await olga.send("/buero/mitglied/ben", "/buero/brief/ben")
    assert has_pdf == ("Stattdessen als PDF" in text_of(page))
    if has_pdf:
        heard = await olga.post("/buero/brief/ben", olga.hidden(page, "/buero/brief/ben"))
        code = heard.body.decode().partition('class=\\"code\\">')[2].partition("<")[0]
        came = await oak.browser().send("/anmelden", "/anmelden", wer="ben", code=code)
        assert (303, "/konto") == (came.status, came.headers["location"])


async def test_a_payment_that_was_decided_is_a_receipt_on_paper(served: tuple[Oak, bool]) -> None:
    oak, has_pdf = served
    path = await paid(oak, "alma", "ben", "1", "Kuchen")
    alma = await oak.member("alma")
    assert has_pdf == ("Als PDF herunterladen" in text_of(await alma.get(path)))
    heard = await alma.get(f"{path}.pdf")
    assert (200 if has_pdf else 501) == heard.status
    assert 404 == (await (await oak.member("cleo")).get(f"{path}.pdf")).status


async def test_one_s_own_statement_of_a_month_shows_the_bookings_and_both_ends(served: tuple[Oak, bool]) -> None:
    oak, _ = served
    await paid(oak, "alma", "ben", "1,5", "Kuchen")
    ben = await oak.member("ben")
    page = text_of(await ben.get("/konto/auszug"))
    assert [True] * 3 == [part in page for part in ("Stand am Anfang 0 Stunden", "+1,5 Stunden", "Stand am Ende 1,5")]
    assert "Alma" not in text_of(await ben.get("/konto/auszug?monat=2001-01"))
    assert 404 == (await ben.get("/buero/auszuege.pdf")).status


async def test_letters_for_many_are_one_form_and_their_pdf_has_the_same_codes(served: tuple[Oak, bool]) -> None:
    oak, has_pdf = served
    olga = await oak.member("olga")
    form = await olga.get("/buero/briefe")
    ticked = re.findall(r'name="(wer-[a-z]+)" value="ja" checked', form.body.decode())
    assert ["wer-alma", "wer-ben", "wer-cleo"] == ticked
    page = await olga.post("/buero/briefe", {**olga.hidden(form, "/buero/briefe"), "wer-alma": "ja", "wer-ben": "ja"})
    codes = re.findall(r'class="code">([^<]+)<', page.body.decode())
    assert (200, 2) == (page.status, len(set(codes)))
    assert has_pdf == ("Dieselben Briefe als PDF" in text_of(page))
    if has_pdf:
        heard = await olga.post("/buero/briefe", olga.hidden(page, "/buero/briefe"))
        assert codes == re.findall(r'class=\\"code\\">([^<]+)<', heard.body.decode())
    groups = (await olga.get("/buero/briefe.json")).json["groups"]
    assert [["cleo"], ["alma", "ben"]] == [[each["handle"] for each in groups[g]] for g in ("without", "letter")]
    came = await oak.browser().send("/anmelden", "/anmelden", wer="ben", code=codes[1])
    assert 303 == came.status


async def test_a_form_for_letters_without_a_tick_or_too_old_keeps_its_choice(served: tuple[Oak, bool]) -> None:
    oak, _ = served
    olga = await oak.member("olga")
    hidden = olga.hidden(await olga.get("/buero/briefe"), "/buero/briefe")
    nobody = await olga.post("/buero/briefe", hidden)
    assert (422, True) == (nobody.status, "Es ist niemand ausgewählt." in text_of(nobody))
    old = await olga.post("/buero/briefe", {**hidden, "nummer": "0" * 32, "wer-ben": "ja"})
    ticked = re.findall(r'name="(wer-[a-z]+)" value="ja" checked', old.body.decode())
    assert (422, ["wer-ben"]) == (old.status, ticked)


async def test_cards_are_printed_for_who_was_ticked_or_for_all_as_often_as_one_likes(served: tuple[Oak, bool]) -> None:
    oak, has_pdf = served
    olga = await oak.member("olga")
    form = await olga.get("/buero/karten")
    assert ["wer-alma", "wer-ben", "wer-cleo"] == re.findall(
        r'name="(wer-[a-z]+)" value="ja" checked', form.body.decode()
    )
    hidden = olga.hidden(form, "/buero/karten")
    for fields, names in (({"wer-ben": "ja", "wer-gone": "ja"}, ["Ben Weber"]),
                          ({"alle": "ja"}, ["Alma Berg", "Ben Weber", "Cleo", "Olga"])):  # fmt: skip
        page = await olga.post("/buero/karten", {**hidden, **fields})
        assert names == re.findall(r"<strong>(.*?)</strong>", page.body.decode())
        assert has_pdf == ("Dieselben Karten als PDF" in text_of(page))
        if has_pdf:
            heard = await olga.post("/buero/karten", olga.hidden(page, "/buero/karten"))
            assert 'attachment; filename="karten.pdf"' == heard.headers["content-disposition"]
            assert names == re.findall(r"<strong>(.*?)</strong>", json.loads(heard.body)["html"])
    nobody = await olga.post("/buero/karten", {**hidden, "wer-gone": "ja"})
    assert (422, True) == (nobody.status, "Es ist niemand ausgewählt." in text_of(nobody))


async def test_nine_cards_are_two_sheets(served: tuple[Oak, bool]) -> None:
    oak, _ = served
    for number in range(5):
        await oak.ring.members.add(f"m{number}", f"Mechthild {number}")
    olga = await oak.member("olga")
    page = await olga.send("/buero/karten", "/buero/karten", alle="ja")
    sheets = page.body.decode().split('<section class="sheet')[1:]
    assert [8, 1] == [sheet.count("<article") for sheet in sheets]
