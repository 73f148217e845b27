# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pages as PDF, laid out by the real program: read again with pdfinfo and pdftotext (poppler).

What a form gives is asked for on a phone without JavaScript and at a desk with it, for there the script has a hand in
what is sent. The rest is made on the server and fetched without a page: no width and no script can change it, so one
setting proves it.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import APIResponse, Browser, Download, Page, expect

from ringtausch_node.printing.program import BASE, Job, lay_out
from tests.browser.conftest import Towns, codes_on, person, sign_in, turn_to
from tests.browser.printing import count_sheets, print_to_pdf

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def olga(chromium: Browser, towns: Towns) -> Iterator[Page]:
    """The operator's browser on a phone, after more bookings than a sheet of paper has lines."""
    for memo in (*(f"Kuchen Nr. {number}" for number in range(25)), "Zwei Hemden gebügelt"):
        towns.eiche.ask("pay", from_="karl", to="olga", amount_seconds=360, memo=memo)
    with person(chromium, phone=True) as page:
        sign_in(page, towns, towns.eiche, "olga")
        yield page


@pytest.fixture
def office(page: Page, towns: Towns) -> Page:
    """The operator at the office, on a phone and at a desk."""
    sign_in(page, towns, towns.eiche, "olga")
    turn_to(page, "Büro")
    return page


def facts(pdf: bytes, place: Path) -> tuple[dict[str, str], str]:
    """What pdfinfo says of a file, and the text in it."""
    file = place / "x.pdf"
    file.write_bytes(pdf)
    said = subprocess.run(["pdfinfo", file], capture_output=True, check=True, text=True).stdout
    text = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, check=True, text=True).stdout
    rows = (line.partition(":") for line in said.splitlines())
    return {name: value.strip() for name, _, value in rows}, " ".join(text.split())


def fetched(olga: Page, towns: Towns, path: str) -> bytes:
    answer: APIResponse = olga.context.request.get(towns.url(towns.eiche, path), timeout=120_000)
    assert (200, "application/pdf") == (answer.status, answer.headers["content-type"])
    return answer.body()


@pytest.mark.parametrize(
    ("path", "pages", "words"),
    [
        ("/karte.pdf", "1", ["Olga Brandt", "olga@eiche.example"]),
        ("/konto/auszug.pdf", "3", ["Kontoauszug", "Kuchen Nr. 0", "Zwei Hemden gebügelt", "Stand am Ende"]),
        ("/buero/liste.pdf", "1", ["Saldenliste", "Erna Berg", "\N{MINUS SIGN}2,6 Stunden"]),
        ("/buero/mitglieder.pdf", "1", ["Mitgliederliste", "Erna Berg", "erna"]),
        ("/konto/bestaetigung.pdf", "1", ["Saldenbestätigung", "Olga Brandt", "Beide bestätigen diesen Stand."]),
        ("/buero/bestaetigungen.pdf?monat=2020-01", "3", ["Saldenbestätigung Januar 2020", "Erna Berg", "Karl Sand"]),
        ("/buero/auszuege.pdf", "7", ["Olga Brandt", "Erna Berg", "Karl Sand", "Tag und Unterschrift"]),
    ],
)
def test_a_page_for_paper_is_a_tagged_pdf_of_a4(
    olga: Page, towns: Towns, tmp_path: Path, path: str, pages: str, words: list[str]
) -> None:
    said, text = facts(fetched(olga, towns, path), tmp_path)
    assert ("yes", pages, True) == (said["Tagged"], said["Pages"], "A4" in said["Page size"])
    assert [] == [word for word in words if word not in text]
    assert "Abmelden" not in text


def downloaded(page: Page, button: str) -> Download:
    """What a button gives to keep."""
    with page.expect_download(timeout=120_000) as download:
        page.get_by_role("button", name=button).click()
    return download.value


def test_a_letter_is_one_tagged_page_with_its_code(office: Page, tmp_path: Path) -> None:
    office.get_by_role("link", name="Erna Berg").click()
    office.get_by_role("button", name="Brief mit Code").click()
    file = downloaded(office, "Stattdessen als PDF")
    assert "brief.pdf" == file.suggested_filename
    said, text = facts(Path(file.path()).read_bytes(), tmp_path)
    assert ("yes", "1") == (said["Tagged"], said["Pages"])
    assert [] == [
        word for word in ("Willkommen bei Tauschring Eiche", "Guten Tag, Erna Berg", "erna") if word not in text
    ]


def test_a_file_is_given_once_more_at_a_second_click(chromium: Browser, towns: Towns, tmp_path: Path) -> None:
    with person(chromium, phone=False) as desk:
        desk.clock.install()
        sign_in(desk, towns, towns.eiche, "olga")
        turn_to(desk, "Büro")
        desk.get_by_role("link", name="Karten drucken").click()
        desk.get_by_role("button", name="Karten für alle Mitglieder").click()
        downloaded(desk, "Dieselben Karten als PDF")
        desk.clock.fast_forward("00:05")
        file = downloaded(desk, "Dieselben Karten als PDF")
        assert "Erna Berg" in facts(Path(file.path()).read_bytes(), tmp_path)[1]


def test_letters_for_many_are_a_sheet_each(office: Page, tmp_path: Path) -> None:
    office.get_by_role("link", name="Einladungen drucken").click()
    for name in ("Erna Berg", "Karl Sand"):
        office.get_by_role("checkbox", name=name).check()
    office.get_by_role("button", name="Briefe machen").click()
    expect(office.get_by_role("heading", name="2 Briefe")).to_be_visible()
    codes = codes_on(office)
    file = downloaded(office, "Dieselben Briefe als PDF")
    said, text = facts(Path(file.path()).read_bytes(), tmp_path)
    assert ("yes", "2", 2) == (said["Tagged"], said["Pages"], len(codes))
    assert [] == [word for word in ("Guten Tag, Erna Berg", "Guten Tag, Karl Sand") if word not in text]
    spaced = text.replace(" ", "")  # the letters of a code stand apart
    assert [] == [code for code in codes if code not in spaced]


@pytest.fixture(scope="module")
def nine(towns: Towns) -> None:
    """Six more members."""
    for number in range(6):
        towns.eiche.ask("member.add", handle=f"m{number}", name=f"Mechthild Lind {number}")


@pytest.mark.usefixtures("nine")
def test_cards_for_all_are_two_sheets_where_there_are_nine(office: Page, tmp_path: Path) -> None:
    office.get_by_role("link", name="Karten drucken").click()
    office.get_by_role("button", name="Karten für alle Mitglieder").click()
    expect(office.get_by_role("heading", name="9 Karten")).to_be_visible()
    assert 2 == count_sheets(print_to_pdf(office))
    file = downloaded(office, "Dieselben Karten als PDF")
    said, text = facts(Path(file.path()).read_bytes(), tmp_path)
    assert ("yes", "2") == (said["Tagged"], said["Pages"])
    assert [] == [word for word in ("Erna Berg", "Olga Brandt", "m5@", "0251 12 34 56") if word not in text]
    assert 6 == text.count("Mechthild Lind")  # with a wide font the number behind it stands in a second line


def test_the_same_page_is_the_same_file(olga: Page, towns: Towns) -> None:
    first, second = (fetched(olga, towns, "/konto/auszug.pdf?monat=2020-01") for _ in range(2))
    assert first == second


def test_a_page_on_paper_opens_no_file_and_no_address(tmp_path: Path) -> None:
    secret = tmp_path / "secret.html"
    secret.write_text("<p>nobody reads this</p>")
    html = (f'<html lang="de"><title>x</title><link rel="stylesheet" href="file://{secret}">'
            f'<link rel="attachment" href="file://{secret}"><img src="{BASE}/web/style.css.bak" alt="a">'
            '<img src="http://127.0.0.1:9/" alt="b"><p>c</p></html>')  # fmt: skip
    said, text = facts(lay_out(Job(html, "", "/web/style.css")), tmp_path)
    assert ("ab c", "1") == (text, said["Pages"])
    inside = subprocess.run(["pdfdetach", "-list", tmp_path / "x.pdf"], capture_output=True, check=True, text=True)
    assert "0 embedded files" == inside.stdout.strip()
