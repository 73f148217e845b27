# SPDX-License-Identifier: AGPL-3.0-or-later
"""Correcting what is known of a member: the name was misspelt, or changed; the mail address is another one."""

from __future__ import annotations

from ringtausch_node.clock import Clock
from ringtausch_node.errors import LocalError
from ringtausch_node.members import OPERATOR, Actor, Members, contacts, records
from ringtausch_node.members.contacts import parse_email_or_none
from ringtausch_node.members.model import Member, MemberView, check_name
from ringtausch_node.store import Store, Tx
from ringtausch_protocol.addresses import parse_handle


class Correcting:
    """The office's corrections in one ring."""

    def __init__(self, store: Store, clock: Clock, members: Members) -> None:
        self._store, self._clock, self._members = store, clock, members

    async def correct(self, handle: str, name: str, email: str | None = None, actor: Actor = OPERATOR) -> MemberView:
        """A member has this name from now on, and gets mail there; old bookings show the new name too.

        An empty `email` is none, None leaves it. One's own is set in the settings, where more is asked for.
        Raises LocalError: address, member_name, email, not_allowed (others than the office; for operators than
        operators; one's own mail address), unknown_member.
        """
        wanted, new = parse_handle(handle), check_name(name)
        address = None if email is None else parse_email_or_none(email)

        def use_case(tx: Tx) -> MemberView:
            self._members.rights.verify_office(tx, actor)
            member = self._members.present(tx, wanted)
            self._members.rights.verify_way_in(tx, actor, member)
            records.set_name(tx, member.id, new)
            if address is not None:
                self._set_email(tx, member, address, actor)
            return self._members.view(tx, wanted)

        return await self._store.write(use_case)

    def _set_email(self, tx: Tx, member: Member, address: str, actor: Actor) -> None:
        if address == (contacts.load_email(tx, member.id) or ""):
            return
        if member.id == actor.member_id:
            raise LocalError("not_allowed", "your own mail address: in your settings")
        contacts.set_email(tx, member.id, address, self._clock.now())
