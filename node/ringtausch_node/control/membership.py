# SPDX-License-Identifier: AGPL-3.0-or-later
"""The operator's operations about members: taking in, accesses, helpers, freezing, leaving, forgetting."""

from __future__ import annotations

from typing import Annotated

import msgspec

from ringtausch_node.control.operation import Arguments, Operation
from ringtausch_node.ring import Ring
from ringtausch_protocol import limits


class AddMember(Arguments, frozen=True, kw_only=True):
    """`member.add`; limits in whole seconds, absent for the ring's defaults. `account_of` shares that one's account."""

    handle: str
    name: str
    role: str = "member"
    min_seconds: int | None = None
    max_seconds: int | None = None
    account_of: str | None = None


class MemberToken(Arguments, frozen=True, kw_only=True):
    """`member.token`; `revoke` voids all earlier ones."""

    handle: str
    revoke: bool = False
    label: str = ""


class MemberByHandle(Arguments, frozen=True, kw_only=True):
    """`member.tokens`, `member.helpers`, `member.data`, `member.forget` and others: one member."""

    handle: str


class MemberEmail(Arguments, frozen=True, kw_only=True):
    """`member.email`: where a member gets mail; an empty address ends it, none asks."""

    handle: str
    email: str | None = None


class MemberName(Arguments, frozen=True, kw_only=True):
    """`member.name`: what a member is called from now on."""

    handle: str
    name: str


class RevokeToken(Arguments, frozen=True, kw_only=True):
    """`member.token.revoke`; without an id all of them."""

    handle: str
    id: Annotated[int, msgspec.Meta(ge=1, le=limits.SEQ_MAX)] | None = None


class SignOutAll(Arguments, frozen=True, kw_only=True):
    """`member.sign_out_all`; programs keep their accesses unless they are asked for."""

    programs: bool = False


class MemberHelper(Arguments, frozen=True, kw_only=True):
    """`member.helper`: `handle` acts for `for`, or no longer."""

    handle: str
    for_: str = msgspec.field(name="for")
    revoke: bool = False


class FreezeMember(Arguments, frozen=True, kw_only=True):
    """`member.freeze`, or the end of it."""

    handle: str
    thaw: bool = False


class LetMemberLeave(Arguments, frozen=True, kw_only=True):
    """`member.leave`; `rest_to` is a community account."""

    handle: str
    rest_to: str | None = None


class MemberRole(Arguments, frozen=True, kw_only=True):
    """`member.role`: member, office, operator or auditor."""

    handle: str
    role: str


class ImportMembers(Arguments, frozen=True, kw_only=True):
    """`member.import`: the bytes of the file."""

    data: bytes


async def add_member(ring: Ring, args: AddMember) -> object:
    """Take a member in."""
    return await ring.members.add(
        args.handle, args.name, args.role, args.min_seconds, args.max_seconds, args.account_of
    )


async def list_members(ring: Ring, _args: Arguments) -> object:
    """All members with their balances."""
    return {"members": await ring.members.list()}


async def member_token(ring: Ring, args: MemberToken) -> object:
    """A new access for a member, shown this once."""
    return {"token": await ring.members.token(args.handle, label=args.label, revoke=args.revoke)}


async def issue_code(ring: Ring, args: MemberByHandle) -> object:
    """A code for a letter on paper, with which a member comes in to the pages."""
    code = await ring.entrance.issue_code(args.handle)
    return {**msgspec.to_builtins(code), "url": f"{ring.config.public_url}/anmelden"}


async def member_email(ring: Ring, args: MemberEmail) -> object:
    """Where a member gets mail."""
    if args.email is None:
        return {"email": await ring.entrance.email(args.handle)}
    return {"email": await ring.entrance.set_email(args.handle, args.email)}


async def member_name(ring: Ring, args: MemberName) -> object:
    """Correct a member's name."""
    return await ring.correcting.correct(args.handle, args.name)


async def list_tokens(ring: Ring, args: MemberByHandle) -> object:
    """The accesses of a member, without the tokens themselves."""
    return await ring.members.access.list(args.handle)


async def revoke_token(ring: Ring, args: RevokeToken) -> object:
    """Void one access, or all. -> what is left."""
    return await ring.members.access.revoke(args.handle, args.id)


async def sign_out_all(ring: Ring, args: SignOutAll) -> object:
    """Sign everybody out on all devices."""
    return await ring.members.access.end_everybodys(with_programs=args.programs)


async def set_helper(ring: Ring, args: MemberHelper) -> object:
    """Let one member act for another, or end that."""
    change = ring.members.helping.end if args.revoke else ring.members.helping.grant
    return await change(args.handle, args.for_)


async def list_helpers(ring: Ring, args: MemberByHandle) -> object:
    """Who acts for a member, and for whom the member acts."""
    return await ring.members.helping.list(args.handle)


async def freeze_member(ring: Ring, args: FreezeMember) -> object:
    """Let nobody pay from or to an account, or end that."""
    change = ring.members.life.thaw if args.thaw else ring.members.life.freeze
    return await change(args.handle)


async def let_member_leave(ring: Ring, args: LetMemberLeave) -> object:
    """A member leaves for good, with the account at zero."""
    return await ring.leaving.leave(args.handle, args.rest_to)


async def forget_member(ring: Ring, args: MemberByHandle) -> object:
    """Erase what is known of a member who left, here and at the other rings."""
    return await ring.forgetting.forget(args.handle)


async def member_data(ring: Ring, args: MemberByHandle) -> object:
    """All about one member."""
    return await ring.own_data.of(args.handle)


async def give_role(ring: Ring, args: MemberRole) -> object:
    """Make somebody office, operator, auditor, or a member like others."""
    return await ring.members.roles.give(args.handle, args.role)


async def setup_link(ring: Ring, _args: Arguments) -> object:
    """A link with which the first operator sets the ring up; empty where there is one."""
    return {"url": await ring.founding.issue()}


async def import_members(ring: Ring, args: ImportMembers) -> object:
    """Take a whole list over."""
    return await ring.members.import_csv(args.data, ring.config.parsed_unit)


MEMBERSHIP: dict[str, Operation] = {
    "member.add": Operation(AddMember, add_member),
    "member.list": Operation(Arguments, list_members),
    "member.code": Operation(MemberByHandle, issue_code),
    "member.email": Operation(MemberEmail, member_email),
    "member.name": Operation(MemberName, member_name),
    "member.token": Operation(MemberToken, member_token),
    "member.tokens": Operation(MemberByHandle, list_tokens),
    "member.token.revoke": Operation(RevokeToken, revoke_token),
    "member.sign_out_all": Operation(SignOutAll, sign_out_all),
    "member.helper": Operation(MemberHelper, set_helper),
    "member.helpers": Operation(MemberByHandle, list_helpers),
    "member.freeze": Operation(FreezeMember, freeze_member),
    "member.leave": Operation(LetMemberLeave, let_member_leave),
    "member.forget": Operation(MemberByHandle, forget_member),
    "member.data": Operation(MemberByHandle, member_data),
    "member.role": Operation(MemberRole, give_role),
    "setup.link": Operation(Arguments, setup_link),
    "member.import": Operation(ImportMembers, import_members),
}
