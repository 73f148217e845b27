# SPDX-License-Identifier: AGPL-3.0-or-later
"""The round itself: a task of its own. Not every ring sends mail, or accepts invoices by itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from ringtausch_node.background import end_tasks
from ringtausch_node.clock import Clock
from ringtausch_node.errors import RingtauschError
from ringtausch_node.forgetting import Forgetting
from ringtausch_node.payments.invoice_answers import InvoiceAnswers
from ringtausch_node.payments.model import payment_text
from ringtausch_node.post import Post
from ringtausch_node.rounds import records
from ringtausch_node.rounds.telling import DAY_SECONDS, RULE, Telling
from ringtausch_node.store import Store

logger = logging.getLogger(__name__)

#: News may be some minutes old; more often would put one letter into several.
ROUND_SECONDS = 300
#: Invoices accepted in one round; the next one goes on.
ACCEPTED_MAX = 100


class Rounds:
    """What one ring does by itself. `tell_partners`: that it winds down, if they were not told yet."""

    def __init__(
        self, *, store: Store, clock: Clock, post: Post, answers: InvoiceAnswers, telling: Telling,
        forgetting: Forgetting, accept_days: int, tell_partners: Callable[[], Awaitable[None]],
    ) -> None:  # fmt: skip
        self._store, self._clock, self._post = store, clock, post
        self._answers, self._telling, self._accept_days = answers, telling, accept_days
        self._forgetting, self._tell_partners = forgetting, tell_partners
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Go round from now on."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="rounds")

    async def stop(self) -> None:
        """Go round no more. A second call does nothing."""
        task, self._task = self._task, None
        await end_tasks([task])

    async def go(self) -> None:
        """One round."""
        if self._accept_days:
            await self._accept()
        if self._post.is_open:
            await self._store.write(self._telling.tell)
        await self._forgetting.wipe()
        await self._tell_partners()

    async def _run(self) -> None:
        while True:
            try:
                await self.go()
            except RingtauschError as error:
                logger.warning("round: %s", error.code)
            await asyncio.sleep(ROUND_SECONDS)

    async def _accept(self) -> None:
        """Pay what nobody declined. What a limit or a rest forbids stays open, for people to talk about."""
        now = self._clock.now()
        until = now - self._accept_days * DAY_SECONDS
        due = await self._store.read(lambda tx: records.load_accepted(tx, now, until, ACCEPTED_MAX))
        for bill in due:
            with suppress(RingtauschError):
                await self._answers.pay(payment_text(bill.id), RULE, payer=bill.payer)
