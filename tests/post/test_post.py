# SPDX-License-Identifier: AGPL-3.0-or-later
"""Letters reach a real mail server, once it takes them; none is lost and none is sent for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from ringtausch_node.clock import SystemClock
from ringtausch_node.config import Mail
from ringtausch_node.errors import RemoteError
from ringtausch_node.ids import SystemIds
from ringtausch_node.post import Post, records
from ringtausch_node.post.records import Letter
from ringtausch_node.post.service import KEPT_SECONDS
from ringtausch_node.post.smtp import SmtpMailer
from ringtausch_node.store import Store
from tests.ports import free_port
from tests.post.mailbox import Mailbox

HOUR = 3_600
SENDER = "ring@oak.example"


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def server(mailbox: Mailbox) -> Iterator[Controller]:
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(tmp_path / "ring.sqlite", clock=SystemClock())
    yield opened
    await opened.close()


def post_to(store: Store, port: int) -> Post:
    mail = Mail(host="127.0.0.1", port=port, encryption="none", sender=SENDER)
    clock = SystemClock()
    mailer = SmtpMailer(mail, "Tauschring Eiche, Münster")
    return Post(store=store, clock=clock, ids=SystemIds(clock), mailer=mailer, sender=SENDER)


async def write(store: Store, post: Post, *, seconds: int = HOUR) -> None:
    useless_at = SystemClock().now() + seconds
    await store.write(
        lambda tx: post.send(tx, "alma@mail.example", "Grüße", "Guten Tag, Älma\n", useless_at=useless_at)
    )


async def states(store: Store) -> dict[str, int]:
    return await store.read(records.count_states)


async def until(store: Store, expected: dict[str, int]) -> None:
    """Until the letters stand so."""
    async with asyncio.timeout(20):
        while await states(store) != expected:
            await store.read(lambda tx: tx.one("SELECT 1"))


async def test_a_letter_arrives_as_it_was_written(store: Store, server: Controller, mailbox: Mailbox) -> None:
    post = post_to(store, server.port)
    await post.start()
    await write(store, post)
    await until(store, {"sent": 1})
    [mail] = mailbox.mails
    assert ("Grüße", "alma@mail.example", "auto-generated") == (mail["Subject"], mail["To"], mail["Auto-Submitted"])
    assert '"Tauschring Eiche, Münster" <ring@oak.example>' == str(mail["From"])
    assert "Guten Tag, Älma" == mail.get_content().strip()
    await post.stop()


async def test_what_was_written_before_the_start_goes_out_after_it(
    store: Store, server: Controller, mailbox: Mailbox
) -> None:
    post = post_to(store, server.port)
    await write(store, post)
    assert {"waiting": 1} == await states(store)
    await post.start()
    await until(store, {"sent": 1})
    await post.stop()
    assert 1 == len(mailbox.mails)


async def test_a_server_that_says_no_for_good_is_asked_once(store: Store, server: Controller, mailbox: Mailbox) -> None:
    mailbox.answer = "550 no such mailbox"
    post = post_to(store, server.port)
    await post.start()
    await write(store, post)
    await until(store, {"refused": 1})
    mailbox.answer = "250 OK"
    await write(store, post)  # whatever waits goes out with it
    await until(store, {"refused": 1, "sent": 1})
    await post.stop()
    assert (2, 1) == (mailbox.asked, len(mailbox.mails))


@pytest.mark.parametrize("answer", ["451 later", None])
async def test_a_server_that_is_away_or_busy_is_asked_again_later(
    store: Store, server: Controller, mailbox: Mailbox, answer: str | None
) -> None:
    mailbox.answer = answer or ""
    post = post_to(store, server.port if answer else 9)
    letter = Letter(1, "<x@y>", "alma@mail.example", "x", "y", 0, 0, 0)
    assert post._mailer is not None
    with pytest.raises(RemoteError, match="mail_away"):
        await post._mailer.send(letter, SENDER)


async def test_a_try_that_failed_is_followed_by_one_a_minute_later(store: Store) -> None:
    post = post_to(store, 9)
    await post.start()
    await write(store, post)
    row = None
    async with asyncio.timeout(20):
        while row is None:
            row = await store.read(lambda tx: tx.row("SELECT tries, next_at - written_at FROM outbox WHERE tries > 0"))
    await post.stop()
    assert 1 == row[0]
    assert 60 <= row[1] <= 70


async def test_what_nobody_needs_any_more_is_not_sent(store: Store, server: Controller, mailbox: Mailbox) -> None:
    post = post_to(store, server.port)
    await write(store, post, seconds=0)
    await post.start()
    await until(store, {"late": 1})
    await post.stop()
    assert [] == mailbox.mails
    assert ("",) == await store.read(lambda tx: tx.one("SELECT body FROM outbox"))


async def test_letters_that_are_over_are_forgotten_after_three_months(
    store: Store, server: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = post_to(store, server.port)
    await write(store, post)
    await store.write(lambda tx: records.set_over(tx, 1, "refused", "mail_refused"))
    now = SystemClock().now() + KEPT_SECONDS + 60
    monkeypatch.setattr(post._clock, "now", lambda: now)
    await write(store, post, seconds=KEPT_SECONDS + HOUR)
    await post.start()
    await until(store, {"sent": 1})
    await post.stop()
    assert {"sent": 1} == await states(store)


async def test_what_waits_for_its_next_try_can_be_hurried(store: Store, server: Controller, mailbox: Mailbox) -> None:
    post = post_to(store, server.port)
    await write(store, post)
    await store.write(lambda tx: records.set_later(tx, 1, SystemClock().now() + HOUR, "mail_away"))
    await post.start()
    await post.try_again()
    await until(store, {"sent": 1})
    await post.stop()
    assert 1 == len(mailbox.mails)


async def test_a_ring_without_a_server_writes_nothing(store: Store) -> None:
    clock = SystemClock()
    post = Post(store=store, clock=clock, ids=SystemIds(clock), mailer=None, sender=SENDER)
    await post.start()
    assert not post.is_open
    await post.stop()
