# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reading accounts: the figures, and the statement page by page with whom and what for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ringtausch_node.clock import Clock
from ringtausch_node.federation.orders.records import Credited
from ringtausch_node.ledger import service as ledger
from ringtausch_node.ledger.model import Entry
from ringtausch_node.members.model import Actor, Member
from ringtausch_node.members.service import Members
from ringtausch_node.payments import records
from ringtausch_node.payments.balances import BalancesView, list_balances
from ringtausch_node.payments.community import find_fund, is_community, parse_community
from ringtausch_node.payments.model import AccountView, EntryView, PaymentView, StatementView, payment_text
from ringtausch_node.payments.records import Payment
from ringtausch_node.payments.views import PaymentViews
from ringtausch_node.store import Store, Tx
from ringtausch_protocol.addresses import parse_handle
from ringtausch_protocol.errors import LocalError

#: The longest page of a statement.
PAGE_MAX = 200
#: How far back a search looks: some twenty years of one member.
SEARCHED_MAX = 4_000
#: How long a payment that came to nothing is told: who comes to the office once a month reads of it.
LATELY_SECONDS = 45 * 86_400
#: Kinds of bookings that somebody ordered for the payer; the others follow from them.
_ORDERED = frozenset({"payment", "sent"})


class Accounts:
    """What a member, or the office for him, may read of an account."""

    def __init__(self, store: Store, clock: Clock, members: Members, views: PaymentViews) -> None:
        self._store, self._clock, self._members, self._views = store, clock, members, views

    async def account(self, handle: str, actor: Actor) -> AccountView:
        """The figures of one account, also of one of the ring (`community:...`).

        Raises LocalError: address, not_found (also where it is not yours).
        """
        wanted = parse_community(handle) if is_community(handle) else parse_handle(handle)

        def use_case(tx: Tx) -> AccountView:
            account, name, state = self._named(tx, wanted, actor)
            found = ledger.account(tx, account)
            return AccountView(
                handle=wanted, name=name, balance_seconds=found.balance_seconds,
                held_seconds=found.held_seconds, available_seconds=found.available_seconds,
                min_seconds=found.min_seconds, max_seconds=found.max_seconds, state=state,
            )  # fmt: skip

        return await self._store.read(use_case)

    async def statement(self, handle: str, before: int | None, limit: int, actor: Actor) -> StatementView:
        """A page of a statement, newest first, older than entry `before`. Raises as `account`."""
        wanted, count = parse_handle(handle), max(1, min(limit, PAGE_MAX))

        def use_case(tx: Tx) -> StatementView:
            account = self._readable(tx, wanted, actor).account_id
            found = ledger.statement(tx, account, before_entry=before, limit=count + 1)
            entries = [self.entry(tx, entry) for entry in found[:count]]
            return StatementView(
                handle=wanted, entries=entries, next=found[count - 1].id if len(found) > count else None
            )

        return await self._store.read(use_case)

    async def search(
        self, handle: str, wanted: str, before: int | None, limit: int, actor: Actor, town: Callable[[str], str]
    ) -> StatementView:
        """A page of the entries whose other side or purpose has `wanted` in it, in large or small letters.

        `town`: what a ring's address is called here. `next` goes on behind what was looked through. Raises as
        `account`.
        """
        names, count, at = await self._members.names(), max(1, min(limit, PAGE_MAX)), before
        found: list[EntryView] = []
        for _ in range(SEARCHED_MAX // PAGE_MAX):
            view = await self.statement(handle, at, PAGE_MAX, actor)
            found += [each for each in view.entries if wanted.casefold() in _words(each, names, town).casefold()]
            at = view.next
            if at is None or len(found) > count:
                break
        onward = found[count - 1].id if len(found) > count else at
        return StatementView(handle=parse_handle(handle), entries=found[:count], next=onward)

    async def balances(self, actor: Actor) -> BalancesView:
        """How all accounts stand at one moment, the ring's own among them. Raises LocalError('not_allowed')."""

        def use_case(tx: Tx) -> BalancesView:
            self._members.rights.verify_reader(tx, actor)
            return list_balances(tx, self._members.views(tx))

        return await self._store.read(use_case)

    async def under_way(self, handle: str, actor: Actor) -> list[PaymentView]:
        """Payments of an account to other rings that are not decided yet, newest first. Raises as `account`."""
        wanted = parse_handle(handle)

        def use_case(tx: Tx) -> list[PaymentView]:
            member = self._readable(tx, wanted, actor)
            return [self._views.view(tx, each) for each in records.load_under_way(tx, member.account_id)]

        return await self._store.read(use_case)

    async def came_to_nothing(self, handle: str, actor: Actor) -> list[PaymentView]:
        """Payments of an account to other rings that came back unpaid lately, newest first. Raises as `account`.

        Nothing was booked, so no statement names them; who has no mail reads here that they are back.
        """
        wanted, since = parse_handle(handle), self._clock.now() - LATELY_SECONDS

        def use_case(tx: Tx) -> list[PaymentView]:
            member = self._readable(tx, wanted, actor)
            return [self._views.view(tx, each) for each in records.load_came_to_nothing(tx, member.account_id, since)]

        return await self._store.read(use_case)

    async def ended(self, handle: str, actor: Actor, most: int) -> tuple[list[PaymentView], bool]:
        """The payments of an account that have ended, from other rings too, newest first, with their notes.

        -> (the newest `most`, whether these are all). Raises as `account`.
        """
        wanted = parse_handle(handle)
        found = await self._store.read(
            lambda tx: self._views.ended(tx, self._readable(tx, wanted, actor).account_id, most + 1)
        )
        shown: list[PaymentView] = []
        while len(shown) < min(len(found), most):  # page by page, so that nobody waits for forty years
            page = found[len(shown) : min(len(shown) + PAGE_MAX, most)]
            shown += await self._store.read(partial(self._wholes, page))
        return shown, len(found) <= most

    def _wholes(self, page: list[Payment | Credited], tx: Tx) -> list[PaymentView]:
        return [self._views.whole(tx, each) for each in page]

    async def under_way_with(self, peer: int) -> list[PaymentView]:
        """Payments of anybody here to another ring that are not decided yet, the oldest first; for its operators."""
        return await self._store.read(
            lambda tx: [self._views.view(tx, each) for each in records.load_under_way_with(tx, peer, PAGE_MAX)]
        )

    async def settled(self, clearing_account: int) -> list[EntryView]:
        """With whom the rest of a line that was given up was settled, as its account has it; for its operators."""

        def use_case(tx: Tx) -> list[EntryView]:
            found = ledger.statement(tx, clearing_account, limit=PAGE_MAX)
            return [self.entry(tx, entry) for entry in found if entry.kind == "settled"]

        return await self._store.read(use_case)

    def _named(self, tx: Tx, wanted: str, actor: Actor) -> tuple[int, str, str]:
        """(account, name, state) of a member, or of an account of the ring, which everybody here may see."""
        if is_community(wanted):
            fund = find_fund(tx, wanted)
            if fund is None:
                raise LocalError("not_found", "account")
            return *fund, "active"
        member = self._readable(tx, wanted, actor)
        return member.account_id, member.name, member.state

    def _readable(self, tx: Tx, handle: str, actor: Actor) -> Member:
        member = self._members.member(tx, handle)
        if member is None or not self._members.rights.may_read(tx, actor, handle):
            raise LocalError("not_found", "account")
        return member

    def entry(self, tx: Tx, entry: Entry) -> EntryView:
        """A line of a statement, with the other side and what for."""
        # An id that another ring made up must not find a payment of ours.
        is_ours = entry.payment_id is not None and entry.kind != "received"
        payment = records.load_payment(tx, entry.payment_id or b"") if is_ours else None
        other, memo = self._other_side(tx, entry, payment)
        return EntryView(
            id=entry.id, at=entry.at, kind=entry.kind, amount_seconds=entry.amount_seconds,
            balance_before_seconds=entry.balance_before_seconds, balance_after_seconds=entry.balance_after_seconds,
            with_=other, memo=memo, payment_id=payment_text(entry.payment_id) if entry.payment_id else None,
            by=records.by_whom(payment) if payment and entry.kind in _ORDERED else None,
            name=payment.payee_name if payment and other == payment.payee else "",
        )  # fmt: skip

    def _other_side(self, tx: Tx, entry: Entry, payment: Payment | None) -> tuple[str | None, str | None]:
        if entry.kind == "received":
            return records.load_received(tx, entry.transfer_id) or (None, None)
        if payment is not None and entry.kind == "recovered":  # our own payment, booked to whoever made it after all
            return payment.payee, payment.memo
        if payment is not None:
            reason = records.load_reversal_reason(tx, entry.transfer_id) if entry.kind == "reversal" else None
            is_giver = entry.account_id == payment.payer_account
            return (payment.payee if is_giver else payment.payer), reason or payment.memo
        member = self._members.member_by_account(tx, entry.counter_account)
        ring = records.load_neighbour(tx, entry.counter_account) if entry.kind == "settled" else None
        return (member.handle if member else None), ring


def _words(entry: EntryView, names: dict[str, str], town: Callable[[str], str]) -> str:
    """What somebody may look for in an entry: the other side by address, name and town, and the purpose."""
    other = entry.with_ or ""
    return f"{other} {names.get(other, '')} {entry.name} {town(other.partition('@')[2])} {entry.memo or ''}"
