# SPDX-License-Identifier: AGPL-3.0-or-later
"""Telling members by mail what happened: one letter a round for each, written in the transaction that notes it as told.

The books are read from a mark onwards, so that no way of booking has to think of it. Where nobody wants to hear, or
mail was off for a while, old things are passed over: news is what happened in the last two days.
"""

from __future__ import annotations

from collections import defaultdict

from ringtausch_node.clock import Clock
from ringtausch_node.ledger import service as ledger
from ringtausch_node.ledger.model import Entry
from ringtausch_node.members import OPERATOR, Actor
from ringtausch_node.members.service import Members
from ringtausch_node.payments.accounts import Accounts
from ringtausch_node.payments.records import load_payment
from ringtausch_node.post import Post
from ringtausch_node.rounds import records
from ringtausch_node.rounds.letters import News
from ringtausch_node.rounds.records import Bill, Letterbox
from ringtausch_node.store import Tx

DAY_SECONDS = 86_400
#: What is older is no news; a letter that could not be sent for so long is of no use either.
NEWS_SECONDS = 2 * DAY_SECONDS
#: An invoice that waits so long is said once more.
REMIND_SECONDS = 7 * DAY_SECONDS
#: Entries read in one round; the next one goes on from there.
ENTRIES_MAX = 500
#: A payment that was decided within the minute was seen on the page.
SEEN_SECONDS = 600
_FACTS = frozenset({"opening"})
#: Who pays an invoice that nobody declined: the ring's own rule. The brackets keep the name apart from every handle.
RULE = Actor(member_id=b"", handle="(rule)", role="operator")


class Telling:
    """What the members of one ring are told."""

    def __init__(
        self, *, clock: Clock, members: Members, accounts: Accounts, post: Post, news: News, accept_days: int
    ) -> None:
        self._clock, self._members, self._accounts = clock, members, accounts
        self._post, self._news, self._accept_days = post, news, accept_days

    def tell(self, tx: Tx) -> int:
        """Write the letters of a round. -> how many."""
        now = self._clock.now()
        found: dict[Letterbox, list[str]] = defaultdict(list)
        self._bookings(tx, now, found)
        self._refusals(tx, now, found)
        self._bills(tx, now, found)
        for box, sentences in found.items():
            subject, text = self._news.letter(box.name, sentences)
            self._post.send(tx, box.email, subject, text, useless_at=now + NEWS_SECONDS)
        return len(found)

    def _bookings(self, tx: Tx, now: int, found: dict[Letterbox, list[str]]) -> None:
        mark = records.load_mark(tx)
        if mark is None:  # the first round: what is there was there before
            records.set_mark(tx, ledger.newest_entry(tx))
            return
        entries = ledger.entries_after(tx, mark, ENTRIES_MAX)
        for entry in entries:
            if entry.at >= now - NEWS_SECONDS and entry.kind not in _FACTS:
                self._booking(tx, entry, found)
        if entries:
            records.set_mark(tx, entries[-1].id)

    def _booking(self, tx: Tx, entry: Entry, found: dict[Letterbox, list[str]]) -> None:
        boxes = [box for box in records.load_letterboxes(tx, entry.account_id) if box.payments]
        for box in boxes:
            sentence = self._sentence(tx, entry, box)
            if sentence:
                found[box].append(sentence)

    def _sentence(self, tx: Tx, entry: Entry, box: Letterbox) -> str:
        """What an entry is to somebody; empty where they did it themselves and saw it."""
        view = self._accounts.entry(tx, entry)
        who, payment = self._name(tx, view.with_ or ""), None
        if view.amount_seconds > 0:
            return self._news.got(view.amount_seconds, who)
        if entry.payment_id is not None and entry.kind in ("payment", "sent"):
            payment = load_payment(tx, entry.payment_id)
        if payment is not None and payment.actor != box.handle:
            return self._news.gave(view.amount_seconds, who, self._by(tx, payment.actor))
        is_late = payment is not None and entry.at - payment.created_at > SEEN_SECONDS
        return self._news.arrived(view.amount_seconds, who) if is_late else ""

    def _refusals(self, tx: Tx, now: int, found: dict[Letterbox, list[str]]) -> None:
        for refusal in records.load_refusals(tx, now - NEWS_SECONDS):
            records.insert_told(tx, "refused", refusal.id, now)
            for box in records.load_letterboxes(tx, refusal.account):
                if box.payments:
                    found[box].append(self._news.refused(refusal.amount_seconds, self._name(tx, refusal.payee)))

    def _bills(self, tx: Tx, now: int, found: dict[Letterbox, list[str]]) -> None:
        """New invoices; and once more those that have waited for a week, unless they were new a moment ago."""
        for bill in records.load_bills(tx, "reminder", now, 0, now - REMIND_SECONDS):
            self._bill(
                tx, bill, "reminder", self._news.still_open(bill.amount_seconds, self._name(tx, bill.payee)), found
            )
        for bill in records.load_bills(tx, "invoice", now, now - NEWS_SECONDS, now):
            accepted_at = (
                bill.asked_at + self._accept_days * DAY_SECONDS if self._accept_days and bill.is_local else None
            )
            sentence = self._news.asked(bill.amount_seconds, self._name(tx, bill.payee), accepted_at)
            self._bill(tx, bill, "invoice", sentence, found)

    def _bill(self, tx: Tx, bill: Bill, kind: str, sentence: str, found: dict[Letterbox, list[str]]) -> None:
        records.insert_told(tx, kind, bill.id, self._clock.now())
        member = self._members.member(tx, bill.payer)
        for box in records.load_letterboxes(tx, member.account_id) if member else []:
            if box.invoices:
                found[box].append(sentence)

    def _by(self, tx: Tx, actor: str) -> str:
        if actor == RULE.handle:
            return self._news.by_rule()
        return self._news.by_hand() if actor == OPERATOR.handle else self._name(tx, actor)

    def _name(self, tx: Tx, who: str) -> str:
        member = self._members.member(tx, who)
        return member.name if member else self._news.person(who)
