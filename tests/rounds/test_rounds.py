# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a ring does by itself: tells members what happened, and pays invoices that nobody declined."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ringtausch_node.bootstrap import Ring, found_ring, open_ring
from ringtausch_node.config import Config, Mail
from ringtausch_node.config.membership import Membership
from ringtausch_node.entrance.records import MailChoice
from ringtausch_node.members import Actor
from ringtausch_node.payments.invoice_model import InvoiceRequest
from ringtausch_node.payments.model import PayRequest
from ringtausch_node.post.records import load_due
from tests.members.conftest import HandClock

HOUR, DAY = 3_600, 86_400
DAYS = 14


@pytest.fixture
async def oak(tmp_path: Path) -> AsyncIterator[Ring]:
    """A ring that sends mail, though nobody takes the letters, and that accepts invoices after two weeks."""
    config = Config(
        address="oak.example", name="Eiche", net="test", url="http://127.0.0.1", allow_private_addresses=True,
        mail=Mail(host="127.0.0.1", port=9, encryption="none", sender="ring@oak.example"),
        membership=Membership(accept_invoices_after_days=DAYS),
    )  # fmt: skip
    found_ring(tmp_path / "oak", config)
    ring = await open_ring(tmp_path / "oak", clock=HandClock())
    for handle, name in (("alma", "Alma Berg"), ("ben", "Ben Weber")):
        await ring.members.add(handle, name)
        await ring.entrance.set_email(handle, f"{handle}@post.example")
    await ring.rounds.go()
    yield ring
    await ring.close()


async def who(ring: Ring, handle: str) -> Actor:
    return await ring.members.authenticate(await ring.members.token(handle))


async def letters(ring: Ring) -> dict[str, str]:
    """Recipient -> text of what waits in the outbox."""
    return {each.recipient: each.body for each in await ring.store.read(lambda tx: load_due(tx, ring.clock.now(), 50))}


async def pay(ring: Ring, actor: Actor, payer: str = "alma", to: str = "ben") -> None:
    await ring.payments.pay(PayRequest(None, payer, to, HOUR * 3 // 2, "http://trap.example"), actor)


async def bill(ring: Ring) -> str:
    view = await ring.invoices.create(InvoiceRequest(None, "ben", HOUR, "Rasen", "alma"), await who(ring, "ben"))
    return view.invoice_id


async def balance(ring: Ring, handle: str) -> int:
    return (await ring.accounts.account(handle, await who(ring, handle))).balance_seconds


def at(ring: Ring, seconds: int) -> None:
    assert isinstance(ring.clock, HandClock)
    ring.clock.ahead_seconds += seconds


async def test_who_gets_hours_is_told_once_without_the_words_of_others(oak: Ring) -> None:
    await pay(oak, await who(oak, "alma"))
    for _ in range(2):
        await oak.rounds.go()
    told = await letters(oak)
    assert ["ben@post.example"] == list(told)
    assert "Sie haben 1,5 Stunden (1 Std. 30 Min.) bekommen, von Alma Berg." in told["ben@post.example"]
    assert "trap.example" not in told["ben@post.example"]


async def test_who_did_not_pay_themselves_is_told_who_did(oak: Ring) -> None:
    await oak.members.add("buero", "Frau Kern", "office")
    await pay(oak, await who(oak, "buero"))
    await oak.rounds.go()
    assert "an Ben Weber, durch Frau Kern." in (await letters(oak))["alma@post.example"]


async def test_everything_new_stands_in_one_letter(oak: Ring) -> None:
    for _ in range(3):
        await pay(oak, await who(oak, "alma"))
    await oak.rounds.go()
    [text] = (await letters(oak)).values()
    assert 3 == text.count("bekommen, von Alma Berg.")


async def test_what_happened_before_mail_was_on_is_no_news(oak: Ring) -> None:
    await pay(oak, await who(oak, "alma"))
    at(oak, 3 * DAY)
    await oak.rounds.go()
    assert {} == await letters(oak)


async def test_who_wants_no_mails_gets_none(oak: Ring) -> None:
    for handle in ("alma", "ben"):
        await oak.entrance.choose_mail(MailChoice(payments=False, invoices=False), await who(oak, handle))
    await pay(oak, await who(oak, "alma"))
    await bill(oak)
    await oak.rounds.go()
    assert {} == await letters(oak)


async def test_an_invoice_is_told_with_its_day_and_once_more_after_a_week(oak: Ring) -> None:
    await bill(oak)
    await oak.rounds.go()
    first = await letters(oak)
    assert "Ben Weber hat Ihnen eine Rechnung geschrieben: 1 Stunde" in first["alma@post.example"]
    assert "wird sie am" in first["alma@post.example"]
    await oak.store.write(lambda tx: tx.change("DELETE FROM outbox"))
    at(oak, 8 * DAY)
    for _ in range(2):
        await oak.rounds.go()
    again = await letters(oak)
    assert (["alma@post.example"], True) == (list(again), "wartet noch auf Ihre Antwort" in again["alma@post.example"])


async def test_an_invoice_that_nobody_declined_is_paid_by_the_rule_of_the_ring(oak: Ring) -> None:
    invoice_id = await bill(oak)
    at(oak, DAYS * DAY - 60)
    await oak.rounds.go()
    assert 0 == await balance(oak, "ben")
    at(oak, 120)
    for _ in range(2):
        await oak.rounds.go()
    assert HOUR == await balance(oak, "ben")
    alma = await who(oak, "alma")
    view = await oak.invoices.get(invoice_id, alma)
    assert ("paid", "(rule)") == (view.state, (await oak.payments.get(str(view.payment_id), alma)).by)
    assert "weil niemand widersprach" in (await letters(oak))["alma@post.example"]


async def test_an_invoice_that_was_declined_or_goes_beyond_a_limit_is_not_paid(oak: Ring) -> None:
    declined, dear = await bill(oak), await bill(oak)
    await oak.answers.decline(declined, "not_received", await who(oak, "alma"))
    await oak.members.set_limits("alma", 0, 0)
    at(oak, (DAYS + 1) * DAY)
    await oak.rounds.go()
    assert (0, "open") == (await balance(oak, "ben"), (await oak.invoices.get(dear, await who(oak, "alma"))).state)
