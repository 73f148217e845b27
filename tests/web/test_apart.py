# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a person wrote stands apart from our own words: letters from right to left reorder no amount and no date.

Marks that turn the direction of a line (U+202E and its like) are refused everywhere: test_bad_input.py.
"""

from __future__ import annotations

import re

from tests.web.conftest import Oak, paid

#: Hebrew, with a number that the page around it must not draw to itself, and a space that nobody sees.
MEMO = "3\u200b תפוחים"
NAME = "עמוס"
_SLIP = {"beleg1": "26-1", "nehmer1": "alma", "geber1": "amos", "betrag1": "1", "wofuer1": MEMO}
#: The books put the number of a slip before its memo.
_APART = re.compile(rf"<bdi>(?:Beleg 26-1 · )?{MEMO}</bdi>")


async def test_a_memo_and_a_name_stand_apart_wherever_a_page_shows_them(oak: Oak) -> None:
    await oak.ring.members.add("amos", NAME, "member")
    payment = await paid(oak, "alma", "amos", "1", MEMO)
    amos, alma, olga = [await oak.member(handle) for handle in ("amos", "alma", "olga")]
    sent = await amos.send("/rechnung-schreiben", "/rechnung-schreiben", an="alma", betrag="2", wofuer=MEMO)
    bill = sent.headers["location"]
    shown = [await alma.send("/zahlen", "/zahlen/pruefen", an="amos", betrag="1", wofuer=MEMO),
             await olga.send("/buero/belege", "/buero/belege/pruefen", **_SLIP),
             await amos.get(f"{payment}/zurueckgeben")]  # fmt: skip
    shown += [await alma.get(path) for path in ("/konto", "/konto/buchungen", "/konto/auszug", payment, bill)]
    number = payment.rpartition("/")[2]
    shown += [await olga.get(path) for path in ("/buero/monat", "/buero/auszuege", "/buero/mitglied/amos",
                                                f"/buero/zurueckbuchen/{number}")]  # fmt: skip
    for page in shown:
        html = page.body.decode().replace(f'value="{MEMO}"', "")
        title = html.partition("<title>")[2].partition("<")[0]
        assert html.count(MEMO) == len(_APART.findall(html)) > 0, title
        assert re.search(f"<bdi>(?:{NAME}|Alma Berg)</bdi>", html), title
