# SPDX-License-Identifier: AGPL-3.0-or-later
"""Helpers: "durch Karin für Erna". Who helps acts with his own access, and every payment says who it was."""

from __future__ import annotations

from ringtausch_node.clock import Clock
from ringtausch_node.errors import LocalError
from ringtausch_node.members import records
from ringtausch_node.members.model import OPERATOR, Actor, HelpersView, HelpView, Member
from ringtausch_node.members.rights import Rights
from ringtausch_node.store import Store, Tx
from ringtausch_protocol.addresses import parse_handle

#: Helpers of one account: a family and a few neighbours; keeps lists short.
HELPERS_MAX = 20


class Helping:
    """Who acts for whom in one ring."""

    def __init__(self, store: Store, clock: Clock, rights: Rights) -> None:
        self._store, self._clock, self._rights = store, clock, rights

    async def grant(self, helper: str, for_handle: str, actor: Actor = OPERATOR) -> HelpView:
        """Let `helper` act for a member: by the member's own word, or the office's. A second time changes nothing.

        Raises LocalError: address, not_allowed, unknown_member, helper_unfit (shares the account, never pays, or is
        frozen), too_many_helpers.
        """
        wanted, whom = parse_handle(helper), parse_handle(for_handle)
        return await self._store.write(lambda tx: self._grant(tx, wanted, whom, actor))

    async def end(self, helper: str, for_handle: str, actor: Actor = OPERATOR) -> HelpView:
        """End a help at once: by those whose account it is, by the helper, or by the office. -> what has ended.

        Raises LocalError: address, not_allowed, not_found (there is no such help).
        """
        wanted, whom = parse_handle(helper), parse_handle(for_handle)
        return await self._store.write(lambda tx: self._end(tx, wanted, whom, actor))

    async def list(self, handle: str, actor: Actor = OPERATOR) -> HelpersView:
        """Who can act for a member's account, and for whom the member acts.

        Raises LocalError: address, not_allowed, unknown_member.
        """
        wanted = parse_handle(handle)
        return await self._store.read(lambda tx: self._list(tx, wanted, actor))

    def _grant(self, tx: Tx, helper: str, whom: str, actor: Actor) -> HelpView:
        if not self._rights.may_grant_help(tx, actor, whom):
            raise LocalError("not_allowed", "not your account")
        member, person = records.load_present(tx, whom), records.load_present(tx, helper)
        _verify_fit(person, member)
        known = records.load_help(tx, helper, whom)
        if known is not None:
            return known
        if len(records.load_helpers(tx, member.account_id)) >= HELPERS_MAX:
            raise LocalError("too_many_helpers", f"at most {HELPERS_MAX}")
        records.insert_help(tx, person.id, member.id, actor.handle, self._clock.now())
        made = records.load_help(tx, helper, whom)
        assert made is not None
        return made

    def _end(self, tx: Tx, helper: str, whom: str, actor: Actor) -> HelpView:
        if not self._rights.may_end_help(tx, actor, helper, whom):
            raise LocalError("not_allowed", "not your account")
        known = records.load_help(tx, helper, whom)
        if known is None:
            raise LocalError("not_found", "help")
        records.end_help(tx, helper, whom, actor.handle, self._clock.now())
        return known

    def _list(self, tx: Tx, handle: str, actor: Actor) -> HelpersView:
        if not self._rights.may_see_helpers(tx, actor, handle):
            raise LocalError("not_allowed", "not your account")
        member = records.load_present(tx, handle)
        return HelpersView(
            handle=handle,
            people=[each.handle for each in records.load_people(tx, member.account_id)],
            helpers=records.load_helpers(tx, member.account_id),
            helps=records.load_helped(tx, member.id),
        )


def _verify_fit(helper: Member, member: Member) -> None:
    """Raises LocalError('helper_unfit')."""
    if helper.account_id == member.account_id:
        raise LocalError("helper_unfit", "shares the account")
    if helper.role == "auditor":
        raise LocalError("helper_unfit", "an auditor pays for nobody")
    if helper.state != "active":
        raise LocalError("helper_unfit", f"account is {helper.state}")
