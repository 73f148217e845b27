# SPDX-License-Identifier: AGPL-3.0-or-later
"""All that a ring has stored about a member, for the member (GDPR, articles 15 and 20): one document."""

from __future__ import annotations

from typing import Any

from ringtausch_node.clock import Clock
from ringtausch_node.entrance import Entrance
from ringtausch_node.errors import LocalError
from ringtausch_node.members.model import Actor
from ringtausch_node.members.service import Members
from ringtausch_node.payments.accounts import PAGE_MAX, Accounts
from ringtausch_node.payments.invoices import Invoices
from ringtausch_node.store import Store
from ringtausch_protocol.addresses import parse_handle

#: Some forty years of one member; a file that is larger says so.
ENTRIES_MAX, INVOICES_MAX = 20_000, 5_000


class OwnData:
    """What one ring's members are handed about themselves."""

    def __init__(
        self, *, store: Store, clock: Clock, members: Members, entrance: Entrance, accounts: Accounts,
        invoices: Invoices, address: str,
    ) -> None:  # fmt: skip
        self._store, self._clock, self._members, self._entrance = store, clock, members, entrance
        self._accounts, self._invoices, self._address = accounts, invoices, address

    async def of(self, handle: str) -> dict[str, Any]:
        """All about the member with a handle, also one who has left, as the operator hands it over.

        Raises LocalError: address, unknown_member.
        """
        wanted = parse_handle(handle)
        member = await self._store.read(lambda tx: self._members.member(tx, wanted))
        if member is None:
            raise LocalError("unknown_member")
        is_here = member.state != "left"
        return await self.collect(Actor(member.id, member.handle, member.role, is_active=is_here))

    async def collect(self, actor: Actor) -> dict[str, Any]:
        """All about the actor. Who has left has no accesses, helpers and address that still count."""
        handle = actor.handle
        entries, is_whole = await self._entries(actor)
        present = await self._while_here(actor) if await self._is_here(handle) else {}
        return {
            "ring": self._address, "at": self._clock.now(), "role": actor.role,
            "account": await self._accounts.account(handle, actor), **present,
            "has_password": await self._entrance.has_password(actor),
            "mails": (await self._entrance.mail_choice(actor))._asdict(),
            "kept_away": (await self._members.blocking.list(actor)).blocks,
            "under_way": await self._accounts.under_way(handle, actor),
            "entries": entries, "invoices": await self._bills(actor), "entries_are_whole": is_whole,
        }  # fmt: skip

    async def _is_here(self, handle: str) -> bool:
        member = await self._store.read(lambda tx: self._members.member(tx, handle))
        return member is not None and member.state != "left"

    async def _while_here(self, actor: Actor) -> dict[str, Any]:
        return {
            "email": await self._entrance.email(actor.handle, actor),
            "accesses": (await self._members.access.list(actor.handle, actor)).tokens,
            "helpers": await self._members.helping.list(actor.handle, actor),
        }

    async def _entries(self, actor: Actor) -> tuple[list[Any], bool]:
        """(entries, whether these are all)."""
        found: list[Any] = []
        before: int | None = None
        while len(found) < ENTRIES_MAX:
            page = await self._accounts.statement(actor.handle, before, PAGE_MAX, actor)
            found += page.entries
            before = page.next
            if before is None:
                return found, True
        return found, False

    async def _bills(self, actor: Actor) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {"to_pay": [], "written": []}
        before: str | None = None
        while len(found["to_pay"]) + len(found["written"]) < INVOICES_MAX:
            page = await self._invoices.list(actor, actor.handle, before)
            found["to_pay"] += page.to_pay
            found["written"] += page.written
            before = page.next
            if before is None:
                break
        return found
