# SPDX-License-Identifier: AGPL-3.0-or-later
"""How much a telephone on a bad line has to fetch, in a large ring too."""

from __future__ import annotations

import html
import re
from functools import partial

from ringtausch_node.members import OPERATOR
from ringtausch_node.payments.invoice_model import InvoiceRequest
from ringtausch_node.payments.model import PayRequest
from ringtausch_node.post import records as letters
from ringtausch_node.store import Tx
from ringtausch_node.web.office.members import LISTED_MAX
from ringtausch_protocol.units import HOURS
from tests.web.conftest import HOUR, Oak
from tests.web.test_routes import TABLE

PAGE_BYTES = 60_000
#: The page from which the office does everything is opened most.
OFFICE_BYTES = 50_000
#: Paper for everybody at once, and all about oneself as a file: docs/performance.md says why these grow.
WITHOUT_END = ("/buero/auszuege", "/buero/bestaetigungen", "/buero/liste", "/buero/mitglieder", "/daten/alles")


def _write_letter(number: int, tx: Tx) -> None:
    """One that its server did not take, with as many words as there are."""
    letters.insert_letter(tx, f"<{number}>", f"{'x' * 60}@{'y' * 60}.example", "Ein langer Satz. " * 7, "", 1, 1)
    letters.set_over(tx, number + 1, "refused", "mail_refused")


async def test_a_page_weighs_little_however_many_members_and_bookings_there_are(oak: Oak) -> None:
    olga = await oak.member("olga")
    files = sum([len((await olga.get(f"/web/{name}")).body) for name in ("style.css", "enhance.js", "ring.svg")])
    rows = [f"m{number};Mechthild Müller-Lüdenscheidt {number}" for number in range(300)]
    await oak.ring.members.import_csv("\n".join(["Kürzel;Name", *rows]).encode(), HOURS)
    for number in range(110):
        wish = PayRequest(None, f"m{number}", f"m{number + 1}", HOUR, f"{number} " + "Ein langer Satz. " * 13)
        await oak.ring.payments.pay(wish, OPERATOR)
        pair = ("olga", wish.from_) if number % 2 else (wish.from_, "olga")
        await oak.ring.store.write(partial(_write_letter, number))
        await oak.ring.invoices.create(InvoiceRequest(None, pair[0], HOUR, wish.memo, pair[1], 30), OPERATOR)
    for method, path, _ in TABLE:
        if method == "GET" and "{" not in path and "." not in path and path not in WITHOUT_END:
            most = OFFICE_BYTES if path == "/buero" else PAGE_BYTES
            assert len((await olga.get(path)).body) + files < most, path


async def test_the_office_goes_through_all_members_a_page_at_a_time_or_looks_for_some(oak: Oak) -> None:
    rows = [f"m{number:03};Mia {number}" for number in range(LISTED_MAX + 20)]
    await oak.ring.members.import_csv("\n".join(["Kürzel;Name", *rows]).encode(), HOURS)
    office, seen, at = await oak.member("buero"), set(), "/buero?suche=mia"
    while at:
        page = (await office.get(at)).body.decode()
        assert f"{LISTED_MAX + 20} Mitglieder" in page
        seen |= set(re.findall(r'href="/buero/mitglied/(m\d+)"', page))
        more = re.search(r'href="(/buero\?ab=[^"]*)">Weitere Mitglieder', page)
        at = html.unescape(more[1]) if more else ""
    assert {row.partition(";")[0] for row in rows} == seen
    for odd in ("-1", "x", "9" * 30, "%C2%B2", "999999"):
        assert 200 == (await office.get(f"/buero?ab={odd}")).status, odd
