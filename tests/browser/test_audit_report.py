# SPDX-License-Identifier: AGPL-3.0-or-later
"""The audit's report in a real browser: axe finds nothing, it fits a phone, and prints on a few sheets.

With JavaScript alone, for axe is a script; the report has none. It is looked at in both widths.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from ringtausch_protocol.audit.auditing.audit import audit
from ringtausch_protocol.audit.auditing.result import Asked, Failed, LogSeen, Result, RingSeen
from ringtausch_protocol.audit.findings.model import Finding, Place
from ringtausch_protocol.audit.report.page import to_html
from ringtausch_protocol.checkpoints import LogHead
from ringtausch_protocol.verifier.words import Language
from tests.audit.busy import busy_logs
from tests.audit.exports import audited
from tests.audit.test_report import many
from tests.browser.checks import violations
from tests.browser.conftest import PHONE, person
from tests.browser.printing import count_sheets, print_to_pdf

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

#: A board reads no more at an assembly; a federation of two rings with nothing wrong needs no more.
SHEETS_MAX = 5
#: All of a federation: the tables are bounded, the files for programs have every row.
LARGE_SHEETS_MAX = 10


def clean() -> Result:
    """Two rings that traded, nothing wrong."""
    return audited(*busy_logs(20))


def spoilt() -> Result:
    """One of them is not to be seen, a source failed, a head is signed by nobody known."""
    eiche, linde = busy_logs(20)
    forged = replace(eiche, seeds={"checkpoint": bytes(32)})
    return audit(Asked([forged.given()], [Failed(f"https://{linde.name}.example", "unreachable")]))


def test_a_report_about_thirty_rings_prints_on_a_few_sheets(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_bytes(to_html(thirty_rings(), "de"))
    page.goto(file.as_uri())

    assert [] == violations(page)
    assert 1 <= count_sheets(print_to_pdf(page)) <= LARGE_SHEETS_MAX


def thirty_rings() -> Result:
    """Thirty rings with 116 lines, and a hint about each line."""
    result = many(30)
    names = sorted(result.addresses)
    pairs = [pair for apart in range(1, 5) for pair in zip(names, names[apart:], strict=False)]
    lines = tuple(result.lines[0]._replace(a=a, b=b) for a, b in pairs[:116])
    rings = tuple(_busy_ring(name, result.addresses[name], names[:4]) for name in names)
    hints = tuple(Finding("under_way_long", Place(line.a, peer=line.b), (("count", 1),)) for line in lines)
    return result._replace(lines=lines, rings=rings, findings=hints)


def _busy_ring(name: str, address: str, cosigners: list[str]) -> RingSeen:
    log = LogSeen(LogHead(f"{name}/log/1", 9_000, bytes(32)), "", tuple(cosigners), quorum=len(cosigners))
    return RingSeen(name, address, (log,), 9_000, 9_000, is_complete=True, net_seconds=0)


#: The width of A4 without its margins, in CSS pixels.
PAPER: ViewportSize = {"width": 672, "height": 1_000}
LONG = ("tauschring-landkreis-fuerstenfeldbruck.example", "zeitboerse-herrenberg-gaeu.tauschen.example.org")


def long_names() -> Result:
    """Two rings whose addresses fit no column."""
    result = clean()
    names = dict(zip((ring.ring_id for ring in result.rings), LONG, strict=True))
    rings = tuple(ring._replace(address=names[ring.ring_id]) for ring in result.rings)
    return result._replace(addresses=names, rings=rings)


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page in the browser of an auditor."""
    with person(chromium, phone=False) as opened:
        yield opened


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("make", [clean, spoilt])
def test_a_report_can_be_read_by_everybody_and_prints_on_a_few_sheets(
    page: Page, tmp_path: Path, make: Callable[[], Result], language: Language
) -> None:
    file = tmp_path / "report.html"
    file.write_bytes(to_html(make(), language))
    page.goto(file.as_uri())

    assert [] == violations(page)
    assert 1 <= count_sheets(print_to_pdf(page)) <= SHEETS_MAX
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert [] == violations(page)


def test_long_names_fold_behind_their_dots_and_stay_on_the_paper(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_bytes(to_html(long_names(), "de"))
    page.emulate_media(media="print")
    page.set_viewport_size(PAPER)
    page.goto(file.as_uri())

    assert [] == page.evaluate(
        "[...document.querySelectorAll('.wide')].filter(e => e.scrollWidth > e.clientWidth).map(e => e.innerText)"
    )
    folded = page.evaluate("[...document.querySelectorAll('section.lines td')].slice(0, 2).map(e => e.innerHTML)")
    assert set(LONG) == {cell.replace("<wbr>", "") for cell in folded}
