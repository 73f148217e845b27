# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may do what to whom. tests/members/test_access.py keeps the table by hand.

Asked inside the transaction that acts: what was taken away a moment ago is gone, whatever the caller still believes.
"""

from __future__ import annotations

from collections.abc import Callable

from ringtausch_node.errors import LocalError
from ringtausch_node.members import records
from ringtausch_node.members.known import KnownAccounts
from ringtausch_node.members.model import PAYS_FOR_ALL, READS_ALL, Actor, Member
from ringtausch_node.store import Tx


class Rights:
    """The rights of one ring's people."""

    def __init__(self, known: KnownAccounts) -> None:
        self._known = known

    def may_act(self, tx: Tx, actor: Actor, handle: str) -> bool:
        """Whether `actor` may pay from the account of `handle` and take payments back; in the writer only.

        People act for their own account, office and operator for all, helpers for whom they help, auditors for nobody.
        Who is frozen acts for nobody else. That a frozen account pays nothing is the payment's own rule.
        """
        return _may_act(tx, actor, handle, self._known.find)

    def might_act(self, tx: Tx, actor: Actor, handle: str) -> bool:
        """The same in a reading, to turn strangers away before costly work: `may_act` is what decides."""
        return _may_act(tx, actor, handle, records.load_account)

    def may_read(self, tx: Tx, actor: Actor, handle: str) -> bool:
        """Whether `actor` may see the account of `handle` and its payments."""
        if actor.may_read(handle):
            return True
        return _shares(tx, actor, handle) or (actor.is_active and records.is_helper(tx, actor.member_id, handle))

    def may_see_helpers(self, tx: Tx, actor: Actor, handle: str) -> bool:
        """Whether `actor` may see who acts for `handle`: those whose account it is, and who reads all."""
        return actor.may_read(handle) or _shares(tx, actor, handle)

    def may_end_help(self, tx: Tx, actor: Actor, helper: str, handle: str) -> bool:
        """Whether `actor` may end a help: those whose account it is, the helper, office and operator."""
        return actor.handle == helper or actor.runs_office or _shares(tx, actor, handle)

    def may_grant_help(self, tx: Tx, actor: Actor, handle: str) -> bool:
        """Whether `actor` may let somebody act for `handle`: the member alone, or office and operator.

        A frozen member grants nothing: whoever got hold of the access would still have a helper after the thaw. An
        auditor pays nothing, so nobody pays by his word.
        """
        if actor.is_operator:
            return True
        own = self._known.find(tx, actor.handle)
        is_own = actor.role == "member" and actor.handle == handle
        return own is not None and own[1] == "active" and (is_own or actor.role in PAYS_FOR_ALL)

    def verify_office(self, tx: Tx, actor: Actor) -> None:
        """Only the office and the operator go on, as they stand now. Raises LocalError('not_allowed')."""
        if not actor.is_operator:
            own = records.load_account(tx, actor.handle)
            if actor.role not in PAYS_FOR_ALL or own is None or own[1] != "active":
                raise LocalError("not_allowed", "the office does this")

    def verify_reader(self, tx: Tx, actor: Actor) -> None:
        """Only who reads all accounts goes on, as the role stands now. Raises LocalError('not_allowed')."""
        if not actor.is_operator:
            own = records.load_member(tx, actor.handle)
            if own is None or own.state != "active" or own.role not in READS_ALL:
                raise LocalError("not_allowed", "who reads all accounts")

    def verify_operator(self, tx: Tx, actor: Actor) -> None:
        """Only an operator goes on, as the role stands now. Raises LocalError('not_allowed')."""
        if not actor.is_operator:
            own = records.load_member(tx, actor.handle)
            if own is None or (own.role, own.state) != ("operator", "active"):
                raise LocalError("not_allowed", "an operator does this")

    def verify_way_in(self, tx: Tx, actor: Actor, member: Member) -> None:
        """Who may give, change or end a way in of a member: for an operator only operators, or the office would be one.

        Raises LocalError('not_allowed').
        """
        if member.role == "operator" and member.id != actor.member_id:
            self.verify_operator(tx, actor)

    def verify_shut_out(self, tx: Tx, actor: Actor, member: Member) -> None:
        """Who may freeze a member or let one go: operators only by another operator, so that one is always left.

        Raises LocalError: not_allowed, own_role.
        """
        if member.role == "operator":
            self.verify_operator(tx, actor)
            if member.id == actor.member_id:
                raise LocalError("own_role")


def _shares(tx: Tx, actor: Actor, handle: str) -> bool:
    """Whether `actor` is on the account of `handle`."""
    own, wanted = records.load_account(tx, actor.handle), records.load_account(tx, handle)
    return own is not None and wanted is not None and own[1] != "left" and own[0] == wanted[0]


def _may_act(tx: Tx, actor: Actor, handle: str, find: Callable[[Tx, str], tuple[int, str] | None]) -> bool:
    if actor.is_operator:
        return True
    own = find(tx, actor.handle)
    if own is None or own[1] == "left" or actor.role == "auditor":
        return False
    if actor.handle == handle:
        return True
    wanted = find(tx, handle)
    if wanted is not None and wanted[0] == own[0]:
        return True
    return own[1] == "active" and (actor.role in PAYS_FOR_ALL or records.is_helper(tx, actor.member_id, handle))
