# SPDX-License-Identifier: AGPL-3.0-or-later
"""Use cases about members, each one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from ringtausch_node import booking
from ringtausch_node.clock import Clock
from ringtausch_node.config import Limits
from ringtausch_node.errors import LocalError
from ringtausch_node.federation.line.model import Payee
from ringtausch_node.ids import Ids
from ringtausch_node.ledger import service as ledger
from ringtausch_node.ledger.model import LimitPolicy
from ringtausch_node.members import contacts, records
from ringtausch_node.members.access import Accesses
from ringtausch_node.members.blocking import Blocking
from ringtausch_node.members.helping import Helping
from ringtausch_node.members.known import KnownAccounts
from ringtausch_node.members.life import Life
from ringtausch_node.members.lists import MemberList, Problem, read_list, refuse
from ringtausch_node.members.model import (
    OPERATOR,
    Actor,
    Imported,
    Member,
    MemberView,
    NewMember,
    check_limits,
    check_name,
    check_role,
)
from ringtausch_node.members.rights import Rights
from ringtausch_node.members.roles import Roles
from ringtausch_node.store import Store, Tx
from ringtausch_protocol.addresses import parse_handle
from ringtausch_protocol.units import Unit

SALT_BYTES = 16
#: The account that stands against balances carried over from a ring's earlier books.
OPENING_KEY = "community:opening"
_NO_LIMIT = LimitPolicy("warn", "warn")


class Members:
    """The members of one ring: taking them in and finding them. Constructor arguments are the seams of the simulator.

    `access` is about their tokens, `rights` about who may do what, `helping` about who acts for whom, `life` about
    freezing and leaving, `blocking` about keeping a distance, `roles` about who is office or operator.
    """

    def __init__(self, store: Store, ids: Ids, clock: Clock, defaults: Limits, address: str) -> None:
        self._store, self._ids, self._clock, self._defaults = store, ids, clock, defaults
        self._known_accounts = KnownAccounts()
        self.rights = Rights(self._known_accounts)
        self.access = Accesses(store, ids, clock, self.rights)
        self.helping = Helping(store, clock, self.rights)
        self.blocking = Blocking(store, clock, self.rights, address)
        self.roles = Roles(store, clock, self.access, self.rights)
        self.life = Life(store, clock, self._known_accounts, self.access, self.rights)

    async def add(
        self,
        handle: str,
        name: str,
        role: str = "member",
        min_seconds: int | None = None,
        max_seconds: int | None = None,
        account_of: str | None = None,
    ) -> MemberView:
        """Take a member in and open the account. Limits of None are the ring's defaults.

        With `account_of` no account is opened: the new member shares that one, its limits, and its being frozen.
        Raises LocalError: address (a handle), member_name, role, limits, handle_taken, unknown_member.
        """
        if account_of is not None:
            return await self._add_to(
                account_of, handle, name, role, has_limits=(min_seconds, max_seconds) != (None, None)
            )
        low = self._defaults.default_min_seconds if min_seconds is None else min_seconds
        high = self._defaults.default_max_seconds if max_seconds is None else max_seconds
        check_limits(low, high)
        new = NewMember(parse_handle(handle), check_name(name), check_role(role), low, high)
        return await self._store.write(lambda tx: self._view(tx, self._insert(tx, new)))

    async def _add_to(self, account_of: str, handle: str, name: str, role: str, *, has_limits: bool) -> MemberView:
        if has_limits:
            raise LocalError("limits", "those of the account stay")
        wanted, new = (
            parse_handle(account_of),
            NewMember(parse_handle(handle), check_name(name), check_role(role), 0, 0),
        )

        def use_case(tx: Tx) -> MemberView:
            one = records.load_present(tx, wanted)
            if self._is_known(tx, new.handle):
                raise LocalError("handle_taken")
            member = Member(
                self._ids.uuid7(), new.handle, new.name, new.role, one.account_id, one.state, self._clock.now(), 0
            )
            records.insert_member(tx, member)
            return self._view(tx, member)

        return await self._store.write(use_case)

    async def set_limits(self, handle: str, min_seconds: int, max_seconds: int, actor: Actor = OPERATOR) -> MemberView:
        """Set both limits of a member's account; a balance beyond them stays. Who did it when is kept.

        Raises LocalError: address, limits, not_allowed (others than the office), unknown_member.
        """
        wanted = parse_handle(handle)
        check_limits(min_seconds, max_seconds)

        def use_case(tx: Tx) -> MemberView:
            self.rights.verify_office(tx, actor)
            member = records.load_present(tx, wanted)
            ledger.set_limits(tx, member.account_id, min_seconds=min_seconds, max_seconds=max_seconds)
            at = self._clock.now()
            records.insert_limit_change(tx, member.account_id, min_seconds, max_seconds, actor.handle, at)
            return self._view(tx, member)

        return await self._store.write(use_case)

    async def list(self) -> Sequence[MemberView]:
        """All members by handle, with the figures of their accounts."""
        return await self._store.read(self.views)

    def views(self, tx: Tx) -> Sequence[MemberView]:
        """What `list` gives, for a use case that looks at more."""
        return [self._view(tx, member) for member in records.load_members(tx)]

    def view(self, tx: Tx, handle: str) -> MemberView:
        """One of them, who has not left. Raises LocalError('unknown_member')."""
        return self._view(tx, records.load_present(tx, handle))

    async def token(self, handle: str, *, label: str = "", revoke: bool = False) -> str:
        """A new access for a member, shown this once; `revoke` voids all earlier ones. See `Accesses.issue`."""
        return await self.access.issue(handle, label=label, revoke=revoke)

    async def revoke(self, handle: str) -> None:
        """Void every access of a member. Raises LocalError('unknown_member')."""
        await self.access.revoke(handle)

    async def authenticate(self, token: str) -> Actor:
        """Who holds this token. Raises LocalError('unauthorized')."""
        return await self.access.authenticate(token)

    async def preview_csv(self, data: bytes, unit: Unit, actor: Actor) -> MemberList:
        """What `import_csv` would take over; nothing is written. Raises the same."""
        wanted, problems = read_list(data, unit, self._defaults)
        await self._store.read(lambda tx: self._verify_list(tx, wanted, problems, actor))
        return wanted

    async def import_csv(self, data: bytes, unit: Unit, actor: Actor = OPERATOR) -> Imported:
        """Take over a whole list with opening balances, or nothing of it. Amounts are in the ring's unit or h:mm.

        The balances stand against the community account `community:opening`. Raises ListRefused with the lines;
        LocalError('not_allowed') for others than the office. Only operators give roles.
        """
        wanted, problems = read_list(data, unit, self._defaults)

        def use_case(tx: Tx) -> int:
            self._verify_list(tx, wanted, problems, actor)
            return self._open(tx, [new for _, new in wanted.rows])

        difference = await self._store.write(use_case)
        handles = [new.handle for _, new in wanted.rows]
        return Imported(
            members=len(handles),
            handles=handles,
            difference_seconds=difference,
            ignored_columns=wanted.ignored_columns,
        )

    def account_for(self, tx: Tx, handle: str) -> tuple[int, str] | None:
        """(account id, state of the member) of a handle, or None; from memory, so in the writer only."""
        return self._known_accounts.find(tx, handle)

    def member(self, tx: Tx, handle: str) -> Member | None:
        """The member with a handle, or None."""
        return records.load_member(tx, handle)

    def by_id(self, tx: Tx, member_id: bytes) -> Member | None:
        """The member with an id, or None."""
        return records.load_member_by_id(tx, member_id)

    async def names(self) -> dict[str, str]:
        """Handle -> name, of everybody who ever was a member: old bookings keep their names. Also `community:...`."""
        return await self._store.read(records.load_names)

    def present(self, tx: Tx, handle: str) -> Member:
        """A member who has not left. Raises LocalError('unknown_member')."""
        return records.load_present(tx, handle)

    def people(self, tx: Tx, account_id: int) -> Sequence[Member]:
        """Everybody on an account who has not left, the first one first."""
        return records.load_people(tx, account_id)

    def frozen_accounts(self, tx: Tx) -> frozenset[int]:
        """The accounts that pay nothing now; in the writer only."""
        return self._known_accounts.frozen(tx)

    def member_by_account(self, tx: Tx, account_id: int) -> Member | None:
        """The first of the people whose account this is, or None."""
        return records.load_member_by_account(tx, account_id)

    def payee(self, tx: Tx, handle: str) -> Payee | None:
        """The payee behind a handle, for payments from here and from other rings."""
        member = records.load_member(tx, handle)
        if member is None:
            return None
        return Payee(account=member.account_id, name=member.name, is_payable=member.state == "active")

    def payee_of_account(self, tx: Tx, account: int) -> Payee | None:
        """The payee who has an account; None for accounts that are nobody's own."""
        member = records.load_member_by_account(tx, account)
        return self.payee(tx, member.handle) if member else None

    def take_in(
        self, tx: Tx, handle: str, name: str, role: str = "member", member_id: bytes | None = None
    ) -> MemberView:
        """A new member with the ring's own limits, in the caller's use case. Raises as `add`.

        `member_id`: 16 bytes that are nobody's yet, where the caller's form carries them; else new ones.
        """
        low, high = self._defaults.default_min_seconds, self._defaults.default_max_seconds
        new = NewMember(parse_handle(handle), check_name(name), check_role(role), low, high)
        return self._view(tx, self._insert(tx, new, member_id))

    def _open(self, tx: Tx, members: Sequence[NewMember]) -> int:
        """Members of a list and their balances. -> what the opening account shows afterwards."""
        now = self._clock.now()
        known = ledger.account_by_key(tx, OPENING_KEY)
        opening = None if known is None else known.id
        for new in members:
            member = self._insert(tx, new)
            contacts.set_email(tx, member.id, new.email, now)
            if new.balance_seconds == 0:
                continue
            if opening is None:
                opening = ledger.open_account(tx, kind="community", key=OPENING_KEY, at=now)
            debit, credit = (opening, member.account_id) if new.balance_seconds > 0 else (member.account_id, opening)
            self._carry_over(tx, debit, credit, abs(new.balance_seconds), now)
        return 0 if opening is None else ledger.account(tx, opening).balance_seconds

    def _carry_over(self, tx: Tx, debit: int, credit: int, amount_seconds: int, at: int) -> None:
        """Book one opening balance. Limits do not judge it: it is a fact of the books the ring had before."""
        transfer_id, salt = self._ids.uuid7(), self._ids.random(SALT_BYTES)
        booking.book(
            tx, transfer_id=transfer_id, debit=debit, credit=credit, amount_seconds=amount_seconds, kind="opening",
            at=at, salt=salt, policy=_NO_LIMIT, guard=False,
        )  # fmt: skip

    def _insert(self, tx: Tx, new: NewMember, member_id: bytes | None = None) -> Member:
        now = self._clock.now()
        if self._is_known(tx, new.handle):
            raise LocalError("handle_taken")
        account = ledger.open_account(
            tx,
            kind="member",
            key=f"member:{new.handle}",
            min_seconds=new.min_seconds,
            max_seconds=new.max_seconds,
            at=now,
        )
        member = Member(member_id or self._ids.uuid7(), new.handle, new.name, new.role, account, "active", now)
        records.insert_member(tx, member)
        return member

    def forgotten(self, tx: Tx, handle: str) -> int | None:
        """The number under which somebody with this handle was forgotten, or None."""
        return records.load_forgotten(tx, handle)

    def _verify_list(self, tx: Tx, wanted: MemberList, unread: Sequence[Problem], actor: Actor) -> None:
        """Raises ListRefused with what could not be read and what is not allowed, by lines; not_allowed."""
        self.rights.verify_office(tx, actor)
        rows = wanted.rows
        problems = [*unread]
        problems += [Problem(line, "handle", "handle_taken") for line, new in rows if self._is_known(tx, new.handle)]
        if actor.role != "operator":
            problems += [Problem(line, "role", "not_allowed") for line, new in rows if new.role != "member"]
        if problems:
            raise refuse(sorted(dict.fromkeys(problems), key=lambda each: each.line))

    def _is_known(self, tx: Tx, handle: str) -> bool:
        return records.load_account(tx, handle) is not None or records.load_forgotten(tx, handle) is not None

    def _view(self, tx: Tx, member: Member) -> MemberView:
        account = ledger.account(tx, member.account_id)
        first = None if member.is_first else records.load_member_by_account(tx, member.account_id)
        return MemberView(
            handle=member.handle, name=member.name, role=member.role, state=member.state,
            balance_seconds=account.balance_seconds, min_seconds=account.min_seconds, max_seconds=account.max_seconds,
            account_of=first.handle if first else None,
        )  # fmt: skip
