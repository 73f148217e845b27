# SPDX-License-Identifier: AGPL-3.0-or-later
"""Telling the operators by mail that a partner stops: they have to see to what is open with it."""

from __future__ import annotations

from ringtausch_node.clock import Clock
from ringtausch_node.federation.line.lines import Line
from ringtausch_node.ledger import service as ledger
from ringtausch_node.post import Post
from ringtausch_node.rounds import records
from ringtausch_node.rounds.letters import News
from ringtausch_node.store import Tx

#: A ring takes weeks to wind down; a letter that could not be sent for so long still says what can be done.
_USEFUL_SECONDS = 14 * 86_400


class PartnerNews:
    """Letters to all operators who get mail."""

    def __init__(self, clock: Clock, post: Post, news: News) -> None:
        self._clock, self._post, self._news = clock, post, news

    def stops(self, tx: Tx, line: Line) -> None:
        """The ring at the other end of a line has told us that it winds down."""
        if not self._post.is_open:
            return
        owed = ledger.account(tx, line.peer.clearing_account).balance_seconds
        for box in records.load_operators(tx):
            subject, text = self._news.partner_stops(box.name, line.peer.address, owed)
            self._post.send(tx, box.email, subject, text, useless_at=self._clock.now() + _USEFUL_SECONDS)
