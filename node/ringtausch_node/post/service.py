# SPDX-License-Identifier: AGPL-3.0-or-later
"""The outbox: a use case leaves its letter in its own transaction, a task hands it to the mail server afterwards."""

from __future__ import annotations

import asyncio
import logging
import re
from contextlib import suppress
from typing import NamedTuple, Protocol

from ringtausch_node.background import end_tasks
from ringtausch_node.clock import Clock
from ringtausch_node.errors import LocalError, RemoteError
from ringtausch_node.ids import Ids
from ringtausch_node.post import records
from ringtausch_node.post.records import Letter, Standing
from ringtausch_node.store import Store, Tx
from ringtausch_protocol.limits import SEQ_MAX

logger = logging.getLogger(__name__)

#: Waiting after a failed try: a minute, then twice as long each time, six hours at most.
FIRST_WAIT_SECONDS, MOST_WAIT_SECONDS = 60, 6 * 3_600
#: Letters read at once; each is a message of a page.
DUE_MAX = 20
#: Letters that are over stay for so long: members ask about a mail of last month, hardly about one of last year.
KEPT_SECONDS = 90 * 86_400
#: The most letters that are listed at once.
LISTED_MAX = 200
#: A letter that reached nobody is news for so long.
FAILED_SECONDS = 7 * 86_400
#: A mail that only tries the mail server is of no use when it comes much later.
TEST_SECONDS = 3_600
#: A sleeping task looks at least this often, for clocks that jump.
LOOK_SECONDS = 300
_ID_BYTES = 16


_PLACE = re.compile("([01])[.]([0-9]{1,16})")
#: Before all letters, and those that were not sent.
_FIRST = (0, SEQ_MAX)


class StandingPage(NamedTuple):
    """Some letters, and where the page after them begins."""

    letters: list[Standing]
    next: str | None


class Mailer(Protocol):
    """Hands one letter to a mail server."""

    async def send(self, letter: Letter, sender: str) -> None:
        """Returns once the server has taken it. Raises RemoteError: mail_refused (for good), mail_away (for now)."""
        ...


class Post:
    """The outbox of one ring. Without a mailer nothing is written and nothing sent."""

    def __init__(self, *, store: Store, clock: Clock, ids: Ids, mailer: Mailer | None, sender: str) -> None:
        self._store, self._clock, self._ids, self._mailer, self._sender = store, clock, ids, mailer, sender
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        """Whether this ring sends mail."""
        return self._mailer is not None

    def send(self, tx: Tx, recipient: str, subject: str, body: str, *, useless_at: int) -> None:
        """Leave a letter in the caller's use case; it goes out after the commit, and not after `useless_at`."""
        domain = self._sender.rpartition("@")[2]
        message_id = f"<{self._ids.random(_ID_BYTES).hex()}@{domain}>"
        records.insert_letter(tx, message_id, recipient, subject, body, self._clock.now(), useless_at)
        tx.after_commit(self._wake.set)

    async def start(self) -> None:
        """Send what waits, from now on."""
        if self._mailer is not None and self._task is None:
            self._task = asyncio.create_task(self._run(self._mailer), name="post")

    async def stop(self) -> None:
        """Send nothing more; what waits goes out after the next start. A second call does nothing."""
        task, self._task = self._task, None
        await end_tasks([task])

    async def counts(self) -> dict[str, int]:
        """How many letters stand how: waiting, sent, refused, late."""
        return await self._store.read(records.count_states)

    async def count_failed(self) -> int:
        """How many letters reached nobody in the last days; older ones nobody mends any more."""
        since = self._clock.now() - FAILED_SECONDS
        return await self._store.read(lambda tx: records.count_failed(tx, since))

    async def standing(self, before: str | None = None, count: int | None = None) -> StandingPage:
        """How letters stand, newest first; those that were sent come last. `before`: `next` of a page.

        Raises LocalError('query').
        """
        behind, most = _FIRST if before is None else _place_in(before), min(count or LISTED_MAX, LISTED_MAX)
        found = await self._store.read(lambda tx: records.load_standing(tx, behind, most + 1))
        end = found[most - 1] if len(found) > most else None
        return StandingPage(found[:most], f"{int(end.state == 'sent')}.{end.id}" if end else None)

    async def try_again(self) -> None:
        """Try everything that waits at once."""

        def use_case(tx: Tx) -> None:
            records.hurry(tx, self._clock.now())
            tx.after_commit(self._wake.set)

        await self._store.write(use_case)

    async def send_test(self, recipient: str, subject: str, body: str) -> None:
        """A letter that only shows whether mail goes out; while it waits, another one would show nothing more.

        Raises LocalError('no_mail') where none is sent at all.
        """
        if not self.is_open:
            raise LocalError("no_mail")

        def use_case(tx: Tx) -> None:
            if not records.is_waiting(tx, recipient, subject):
                self.send(tx, recipient, subject, body, useless_at=self._clock.now() + TEST_SECONDS)

        await self._store.write(use_case)

    async def _run(self, mailer: Mailer) -> None:
        while True:
            self._wake.clear()
            for letter in await self._store.read(lambda tx: records.load_due(tx, self._clock.now(), DUE_MAX)):
                await self._try(mailer, letter)
            wait_seconds = await self._store.read(self._wait_seconds)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_seconds):
                    await self._wake.wait()

    def _wait_seconds(self, tx: Tx) -> float:
        next_at = records.load_next_at(tx)
        return LOOK_SECONDS if next_at is None else float(min(max(next_at - self._clock.now(), 0), LOOK_SECONDS))

    async def _try(self, mailer: Mailer, letter: Letter) -> None:
        """One try. A letter that was taken and not noted goes twice, with one Message-ID: better than never."""
        if letter.useless_at <= self._clock.now():
            await self._over(letter, "late", None)
            return
        try:
            await mailer.send(letter, self._sender)
        except RemoteError as error:
            await self._note(letter, error.code)
        else:
            await self._over(letter, "sent", None)

    async def _over(self, letter: Letter, state: str, code: str | None) -> None:
        def use_case(tx: Tx) -> None:
            records.set_over(tx, letter.id, state, code)
            records.drop_over(tx, self._clock.now() - KEPT_SECONDS)

        await self._store.write(use_case)

    async def _note(self, letter: Letter, code: str) -> None:
        logger.warning("letter %d: %s", letter.id, code)
        if code == "mail_refused":
            await self._over(letter, "refused", code)
            return
        wait_seconds = min(FIRST_WAIT_SECONDS << min(letter.tries, 10), MOST_WAIT_SECONDS)
        next_at = min(self._clock.now() + wait_seconds, letter.useless_at)
        await self._store.write(lambda tx: records.set_later(tx, letter.id, next_at, code))


def _place_in(text: str) -> tuple[int, int]:
    found = _PLACE.fullmatch(text)
    if found is None:
        raise LocalError("query", "before: `next` of a page")
    return int(found[1]), int(found[2])
