# SPDX-License-Identifier: AGPL-3.0-or-later
"""An account that the office let rest: its owner reads so where the figures stand, and before paying, not after."""

from __future__ import annotations

from tests.web.conftest import Oak, text_of
from tests.web.test_acting_for_others import _bill

RESTS = "Ihr Konto ruht zurzeit."


async def test_the_owner_reads_that_the_account_rests_and_is_offered_no_payment(oak: Oak) -> None:
    alma = await oak.member("alma")
    await oak.ring.members.life.freeze("alma")
    for path in ("/konto", "/zahlen"):
        shown = text_of(await alma.get(path))
        assert (True, True) == (RESTS in shown, "Fragen Sie das Büro" in shown), path
    page = await alma.get("/konto")
    assert (False, False) == ("Sie können noch" in text_of(page), b'class="button big-button"' in page.body)
    await oak.ring.members.life.thaw("alma")
    page = await alma.get("/konto")
    assert (False, True) == (RESTS in text_of(page), b'class="button big-button"' in page.body)


async def test_the_check_page_refuses_what_the_account_at_rest_would_pay_and_keeps_what_was_typed(oak: Oak) -> None:
    alma = await oak.member("alma")
    await oak.ring.members.life.freeze("alma")
    heard = await alma.send("/zahlen", "/zahlen/pruefen", an="ben", betrag="1", wofuer="Rasen")
    page = text_of(heard)
    assert (422, True, True) == (heard.status, "Dieses Konto ruht zurzeit" in page, b'value="Rasen"' in heard.body)
    assert "Das dürfen Sie hier nicht" not in page


async def test_a_bill_is_not_paid_from_an_account_at_rest_and_the_page_says_why(oak: Oak) -> None:
    path, alma = await _bill(oak), await oak.member("alma")
    hidden = alma.hidden(await alma.get(path), f"{path}/bezahlen")
    await oak.ring.members.life.freeze("alma")
    heard = await alma.post(f"{path}/bezahlen", hidden)
    assert (422, True) == (heard.status, "Dieses Konto ruht zurzeit" in text_of(heard))


async def test_a_helper_reads_that_the_account_rests(oak: Oak) -> None:
    await oak.ring.members.helping.grant("cleo", "alma")
    await oak.ring.members.life.freeze("alma")
    page = text_of(await (await oak.member("cleo")).get("/konto?konto=alma"))
    assert (True, False) == ("Dieses Konto ruht zurzeit." in page, "Für Alma Berg bezahlen" in page)
