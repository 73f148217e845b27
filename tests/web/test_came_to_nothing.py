# SPDX-License-Identifier: AGPL-3.0-or-later
"""A payment that came to nothing is booked nowhere: the account names it all the same, for who has no mail."""

from __future__ import annotations

from ringtausch_node.bootstrap import Ring
from ringtausch_node.members import OPERATOR
from ringtausch_node.payments.accounts import LATELY_SECONDS
from tests.federation.towns import HOUR, Towns, end_of, pay
from tests.web.conftest import Browser, text_of
from tests.web.test_going_back import alma, oak

__all__ = ["alma", "oak"]

TITLE, WHOM = "Nicht zustande gekommen", "An nobody"


async def _refused(oak: Ring) -> str:
    number = (await pay(oak, "alma", "nobody@elm.example", HOUR)).payment_id
    assert "refused" == (await end_of(oak, number)).state
    return number


async def test_the_account_names_what_came_back_for_a_month_and_a_half(towns: Towns, oak: Ring, alma: Browser) -> None:
    assert TITLE not in text_of(await alma.get("/konto"))
    assert "paid" == (await end_of(oak, (await pay(oak, "alma", "ben@elm.example", HOUR)).payment_id)).state
    assert TITLE not in text_of(await alma.get("/konto"))
    number = await _refused(oak)
    page = await alma.get("/konto")
    _, _, told = text_of(page).partition(TITLE)
    assert (True, True) == (WHOM in told, f'href="/zahlungen/{number}"' in page.body.decode())
    towns.clock.ahead_seconds += LATELY_SECONDS - HOUR
    assert WHOM in text_of(await alma.get("/konto"))
    towns.clock.ahead_seconds += 2 * HOUR
    assert TITLE not in text_of(await alma.get("/konto"))


async def test_what_somebody_took_back_is_no_news_to_him(oak: Ring, alma: Browser) -> None:
    await oak.federation.stop()
    oak.federation.lines.agreed("elm.example").out_of_step()  # so that nothing is signed
    number = (await pay(oak, "alma", "ben@elm.example", HOUR)).payment_id
    assert "cancelled" == (await oak.payments.cancel(number, OPERATOR)).state
    assert TITLE not in text_of(await alma.get("/konto"))


async def test_it_is_told_on_no_other_account(oak: Ring) -> None:
    number = await _refused(oak)
    told = {handle: await oak.accounts.came_to_nothing(handle, OPERATOR) for handle in ("alma", "bea")}
    assert {"alma": [number], "bea": []} == {
        handle: [each.payment_id for each in found] for handle, found in told.items()
    }
