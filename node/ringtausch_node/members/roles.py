# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who is office, operator or auditor: roles that are given and taken after somebody has come."""

from __future__ import annotations

from ringtausch_node.clock import Clock
from ringtausch_node.errors import LocalError
from ringtausch_node.members import records
from ringtausch_node.members.access import Accesses
from ringtausch_node.members.model import OPERATOR, Actor, RoleView, check_role
from ringtausch_node.members.rights import Rights
from ringtausch_node.store import Store, Tx
from ringtausch_protocol.addresses import parse_handle


class Roles:
    """The roles of one ring's members."""

    def __init__(self, store: Store, clock: Clock, access: Accesses, rights: Rights) -> None:
        self._store, self._clock, self._access, self._rights = store, clock, access, rights

    async def give(self, handle: str, role: str, actor: Actor = OPERATOR) -> RoleView:
        """A member has this role from now on, on all devices; who gave it when is kept.

        Nobody changes their own, so that one operator is always left. Raises LocalError: address, role, own_role,
        not_allowed (others than an operator), unknown_member.
        """
        wanted, new = parse_handle(handle), check_role(role)

        def use_case(tx: Tx) -> RoleView:
            self._rights.verify_operator(tx, actor)
            member = records.load_present(tx, wanted)
            if member.id == actor.member_id:
                raise LocalError("own_role")
            if member.role != new:
                records.set_role(tx, member.id, new)
                records.insert_role_change(tx, member.id, new, actor.handle, self._clock.now())
                self._access.forget(tx, [member.id])
            return RoleView(handle=wanted, role=new)

        return await self._store.write(use_case)
