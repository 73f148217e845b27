# SPDX-License-Identifier: AGPL-3.0-or-later
"""Members, roles, and who may do what."""

from __future__ import annotations

import unicodedata
from typing import Literal, NamedTuple, get_args

import msgspec

from ringtausch_node.config import BALANCE_MAX_SECONDS, NAME_LENGTH
from ringtausch_node.errors import LocalError
from ringtausch_node.ids import parse_uuid

Role = Literal["member", "office", "operator", "auditor"]
MemberState = Literal["active", "frozen", "left"]
#: How a member goes: of the own accord or the ring's, or by death.
Departure = Literal["left", "died"]
#: A program with a token of its own, or a device on which a member is signed in to the pages.
AccessKind = Literal["program", "device"]
ROLES: tuple[str, ...] = get_args(Role)

#: Office and operator act for members who have no access of their own; helpers for those whom they help.
PAYS_FOR_ALL = frozenset({"office", "operator"})
READS_ALL = frozenset({"office", "operator", "auditor"})

#: What tells a member's accesses apart ("Handy", "Laptop"): one line of a list.
LABEL_LENGTH = 40
DAY_SECONDS = 86_400
#: A device that nobody used for that long is signed out: it was lost, or given away. Who pays once a month stays.
DISUSE_DAYS = 60


class Actor(NamedTuple):
    """Who asks: a member by his token, or the operator at the machine (`OPERATOR`, who has no member row).

    What can be said without looking anything up; helpers and shared accounts are asked of `Rights`.
    """

    member_id: bytes
    handle: str
    role: str
    is_active: bool = True

    @property
    def is_operator(self) -> bool:
        """Whether this is whoever sits at the machine."""
        return not self.member_id

    @property
    def runs_office(self) -> bool:
        """Whether this actor acts for all members; the role of a frozen member sleeps."""
        return self.is_active and self.role in PAYS_FOR_ALL

    def may_pay_from(self, handle: str) -> bool:
        """Whether this actor may spend from the account of `handle`: members their own; auditors never."""
        return self.runs_office or (self.role != "auditor" and self.handle == handle)

    def may_read(self, handle: str) -> bool:
        """Whether this actor may see the account of `handle`."""
        return (self.is_active and self.role in READS_ALL) or self.handle == handle


#: Whoever can open the ring's folder or its control socket. The brackets keep the name apart from every handle.
OPERATOR = Actor(member_id=b"", handle="(operator)", role="operator")


class Member(NamedTuple):
    """A row of `member`."""

    id: bytes
    handle: str
    name: str
    role: str
    account_id: int
    state: str
    created_at: int
    is_first: int = 1


class MemberView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A member with the account's figures, as lists show it. All amounts in whole seconds.

    `account_of` is the first of the people on the account, where that is somebody else; the figures are all theirs.
    """

    handle: str
    name: str
    role: str
    state: str
    balance_seconds: int
    min_seconds: int | None
    max_seconds: int | None
    account_of: str | None = None


class TokenView(msgspec.Struct, frozen=True, kw_only=True):
    """One access of a member, without the token itself. `last_used_day` is the first second (UTC) of that day."""

    id: int
    label: str
    created_at: int
    last_used_day: int | None
    kind: AccessKind


class TokensView(msgspec.Struct, frozen=True, kw_only=True):
    """The accesses of a member that are valid now, oldest first."""

    handle: str
    tokens: list[TokenView]


class AccessesView(msgspec.Struct, frozen=True, kw_only=True):
    """How many devices and programs of all members there are."""

    devices: int
    programs: int


class HelpView(msgspec.Struct, frozen=True, kw_only=True):
    """`helper` acts for `for`; who allowed it, and when."""

    helper: str
    helper_name: str
    for_: str = msgspec.field(name="for")
    for_name: str
    granted_by: str
    granted_at: int


class HelpersView(msgspec.Struct, frozen=True, kw_only=True):
    """Who can act for a member's account: `people` share it, `helpers` may. `helps`: for whom the member may."""

    handle: str
    people: list[str]
    helpers: list[HelpView]
    helps: list[HelpView]


class StateView(msgspec.Struct, frozen=True, kw_only=True):
    """How an account stands after it was frozen or thawed; `people` are all whom that concerns."""

    handle: str
    state: str
    people: list[str]


class RoleView(msgspec.Struct, frozen=True, kw_only=True):
    """The role that a member has now."""

    handle: str
    role: str


class NewMember(NamedTuple):
    """What is needed to take a member in. Balances other than 0 come from a list that is carried over."""

    handle: str
    name: str
    role: str
    min_seconds: int
    max_seconds: int
    balance_seconds: int = 0
    #: Where mail goes; empty where nowhere.
    email: str = ""


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did. `difference_seconds` is the balance of the account that makes the opening sum zero."""

    members: int
    handles: list[str]
    difference_seconds: int
    ignored_columns: list[str]


def parse_form_number(text: str) -> bytes:
    """The number that a form carries, so that twice the same form is once. Raises LocalError('request_id')."""
    try:
        return parse_uuid(text)
    except ValueError:
        raise LocalError("request_id") from None


def check_name(name: str) -> str:
    """A name as it will be shown. Raises LocalError('member_name')."""
    trimmed = unicodedata.normalize("NFC", name.strip())
    if not 1 <= len(trimmed) <= NAME_LENGTH or not trimmed.isprintable():
        raise LocalError("member_name")
    return trimmed


def check_label(label: str) -> str:
    """What an access is for, in a word. Raises LocalError('label')."""
    trimmed = unicodedata.normalize("NFC", label.strip())
    if len(trimmed) > LABEL_LENGTH or not trimmed.isprintable():
        raise LocalError("label")
    return trimmed


def check_role(role: str) -> str:
    """One of the four roles. Raises LocalError('role')."""
    if role not in ROLES:
        raise LocalError("role")
    return role


def check_limits(min_seconds: int, max_seconds: int) -> None:
    """A limit below and one above zero. Raises LocalError('limits')."""
    if not -BALANCE_MAX_SECONDS <= min_seconds <= 0 <= max_seconds <= BALANCE_MAX_SECONDS:
        raise LocalError("limits")
