# SPDX-License-Identifier: AGPL-3.0-or-later
"""What happens to members after they came: freezing, thawing, leaving.

What is frozen is an account, with everybody on it: else one of them would pay from what the others may not touch.
"""

from __future__ import annotations

from collections.abc import Callable

from ringtausch_node.clock import Clock
from ringtausch_node.members import records
from ringtausch_node.members.access import Accesses
from ringtausch_node.members.known import KnownAccounts
from ringtausch_node.members.model import OPERATOR, Actor, Departure, Member, StateView
from ringtausch_node.members.rights import Rights
from ringtausch_node.store import Store, Tx
from ringtausch_protocol.addresses import parse_handle


class Life:
    """The states of one ring's members."""

    def __init__(self, store: Store, clock: Clock, known: KnownAccounts, access: Accesses, rights: Rights) -> None:
        self._store, self._clock, self._known, self._access, self._rights = store, clock, known, access, rights
        #: Called inside the use case that thaws: what waited because of the frost may go.
        self.on_thaw: Callable[[Tx], None] = _nobody

    async def freeze(self, handle: str, actor: Actor = OPERATOR) -> StateView:
        """Nobody pays from or to this account until it is thawed; a second time changes nothing.

        Its people still read, and take back what waits; payments that wait stay where they are. Whoever is on it acts
        for nobody else. Raises LocalError: address, not_allowed (others than the office; for operators than operators),
        own_role (an operator's own account), unknown_member.
        """
        wanted = parse_handle(handle)

        def use_case(tx: Tx) -> StateView:
            self._rights.verify_office(tx, actor)
            for person in records.load_people(tx, records.load_present(tx, wanted).account_id):
                self._rights.verify_shut_out(tx, actor, person)
            return self._set(tx, wanted, "frozen")

        return await self._store.write(use_case)

    async def thaw(self, handle: str, actor: Actor = OPERATOR) -> StateView:
        """The account pays and is paid again. Raises as `freeze`."""
        wanted = parse_handle(handle)

        def use_case(tx: Tx) -> StateView:
            self._rights.verify_office(tx, actor)
            view = self._set(tx, wanted, "active")
            self.on_thaw(tx)
            return view

        return await self._store.write(use_case)

    def let_go(self, tx: Tx, member: Member, actor: Actor, reason: Departure = "left") -> Member | None:
        """A member leaves for good: accesses void, helps ended, the handle never given again.

        -> who is the first on the account now, None if nobody is left; whether the account may stay empty is the
        caller's to know (`payments.leaving`).
        """
        now = self._clock.now()
        records.set_state(tx, member.id, "left")
        records.insert_departure(tx, member.id, reason, actor.handle, now)
        records.end_all_help(tx, member.id, actor.handle, now)
        self._access.void(tx, member)
        rest = records.load_people(tx, member.account_id)
        if rest and member.is_first:
            records.set_first(tx, member.id, rest[0].id)
        self._known.forget(tx, [member.handle])
        return rest[0] if rest else None

    def forget(self, tx: Tx, member: Member) -> None:
        """A member's handle is gone from the books: nothing kept in memory finds it any more."""
        self._known.forget(tx, [member.handle])
        self._access.forget(tx, [member.id])

    async def dead(self) -> frozenset[str]:
        """The handles of those who died as members: nobody writes to them, and lists say so kindly."""
        return await self._store.read(records.load_dead)

    def _set(self, tx: Tx, handle: str, state: str) -> StateView:
        people = records.load_people(tx, records.load_present(tx, handle).account_id)
        for person in people:
            records.set_state(tx, person.id, state)
        self._known.forget(tx, [person.handle for person in people])
        self._access.forget(tx, [person.id for person in people])
        return StateView(handle=handle, state=state, people=[person.handle for person in people])


def _nobody(_tx: Tx) -> None:
    """Nobody waits for a thaw."""
