# SPDX-License-Identifier: AGPL-3.0-or-later
"""All that a ring has stored about a member, for the member (GDPR, articles 15 and 20): one document."""

from __future__ import annotations

from typing import Any

import msgspec

from ringtausch_node.clock import Clock
from ringtausch_node.entrance import Entrance
from ringtausch_node.entrance.model import OwnSettings
from ringtausch_node.errors import LocalError
from ringtausch_node.forgetting import own_records
from ringtausch_node.forgetting.own_records import Beside, OwnMail
from ringtausch_node.members.model import Actor, HelpersView, TokenView
from ringtausch_node.members.service import Members
from ringtausch_node.payments.accounts import PAGE_MAX, Accounts
from ringtausch_node.payments.invoice_model import InvoiceView
from ringtausch_node.payments.invoices import Invoices
from ringtausch_node.payments.model import AccountView, EntryView, PaymentView
from ringtausch_node.store import Store, Tx
from ringtausch_protocol.addresses import parse_handle

#: Some forty years of one member; a file that is larger says so.
ENTRIES_MAX, PAYMENTS_MAX, INVOICES_MAX = 20_000, 20_000, 5_000


class OwnInvoices(msgspec.Struct, frozen=True, kw_only=True):
    """Invoices to pay and invoices written, newest first."""

    to_pay: list[InvoiceView]
    written: list[InvoiceView]


class OwnDataView(Beside, frozen=True, kw_only=True):
    """All of it. `entries_are_whole`, `ended_are_whole`: whether the list goes back to the first one.

    `ended` has the payments that have ended, refused ones and those from other rings too, with the notes beside them.
    """

    ring: str
    at: int
    role: str
    account: AccountView
    settings: OwnSettings
    accesses: list[TokenView]
    helpers: HelpersView
    kept_away: list[str]
    under_way: list[PaymentView]
    ended: list[PaymentView]
    ended_are_whole: bool
    entries: list[EntryView]
    entries_are_whole: bool
    invoices: OwnInvoices
    mails: list[OwnMail]


class OwnData:
    """What one ring's members are handed about themselves."""

    def __init__(
        self, *, store: Store, clock: Clock, members: Members, entrance: Entrance, accounts: Accounts,
        invoices: Invoices, address: str,
    ) -> None:  # fmt: skip
        self._store, self._clock, self._members, self._entrance = store, clock, members, entrance
        self._accounts, self._invoices, self._address = accounts, invoices, address

    async def of(self, handle: str) -> OwnDataView:
        """All about the member with a handle, also one who has left, as the operator hands it over.

        Raises LocalError: address, unknown_member.
        """
        wanted = parse_handle(handle)
        member = await self._store.read(lambda tx: self._members.member(tx, wanted))
        if member is None:
            raise LocalError("unknown_member")
        is_here = member.state != "left"
        return await self.collect(Actor(member.id, member.handle, member.role, is_active=is_here))

    async def collect(self, actor: Actor) -> OwnDataView:
        """All about the actor. Who has left has no accesses and helpers that still count."""
        handle = actor.handle
        entries, entries_are_whole = await self._entries(actor)
        ended, ended_are_whole = await self._accounts.ended(handle, actor, PAYMENTS_MAX)
        accesses, helpers = await self._while_here(actor)
        settings = await self._entrance.own_settings(actor)
        beside, mails = await self._store.read(lambda tx: _kept(tx, actor, settings.email))
        return OwnDataView(
            ring=self._address, at=self._clock.now(), role=actor.role,
            account=await self._accounts.account(handle, actor), settings=settings,
            accesses=accesses, helpers=helpers, kept_away=(await self._members.blocking.list(actor)).blocks,
            under_way=await self._accounts.under_way(handle, actor), ended=ended, ended_are_whole=ended_are_whole,
            entries=entries, entries_are_whole=entries_are_whole, invoices=await self._bills(actor), mails=mails,
            **msgspec.structs.asdict(beside),
        )  # fmt: skip

    async def _while_here(self, actor: Actor) -> tuple[list[TokenView], HelpersView]:
        member = await self._store.read(lambda tx: self._members.member(tx, actor.handle))
        if member is None or member.state == "left":
            return [], HelpersView(handle=actor.handle, people=[], helpers=[], helps=[])
        accesses = (await self._members.access.list(actor.handle, actor)).tokens
        return accesses, await self._members.helping.list(actor.handle, actor)

    async def _entries(self, actor: Actor) -> tuple[list[EntryView], bool]:
        """(entries, whether these are all)."""
        found: list[EntryView] = []
        before: int | None = None
        while len(found) < ENTRIES_MAX:
            page = await self._accounts.statement(actor.handle, before, PAGE_MAX, actor)
            found += page.entries
            before = page.next
            if before is None:
                return found, True
        return found, False

    async def _bills(self, actor: Actor) -> OwnInvoices:
        found: dict[str, list[Any]] = {"to_pay": [], "written": []}
        before: str | None = None
        while len(found["to_pay"]) + len(found["written"]) < INVOICES_MAX:
            page = await self._invoices.list(actor, actor.handle, before)
            found["to_pay"] += page.to_pay
            found["written"] += page.written
            before = page.next
            if before is None:
                break
        return OwnInvoices(**found)


def _kept(tx: Tx, actor: Actor, email: str) -> tuple[Beside, list[OwnMail]]:
    return own_records.load_beside(tx, actor.member_id), own_records.load_mails(tx, email) if email else []
