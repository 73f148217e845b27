# SPDX-License-Identifier: AGPL-3.0-or-later
"""Members, roles, and who may do what."""

from __future__ import annotations

import unicodedata
from typing import Literal, NamedTuple, get_args

import msgspec

from ringtausch_node.config import BALANCE_MAX_SECONDS, NAME_LENGTH
from ringtausch_node.errors import LocalError

Role = Literal["member", "office", "operator", "auditor"]
MemberState = Literal["active", "frozen", "left"]
ROLES: tuple[str, ...] = get_args(Role)

#: Office and operator act for members who have no access of their own; everybody else acts for himself.
_PAYS_FOR_ALL = frozenset({"office", "operator"})
_READS_ALL = frozenset({"office", "operator", "auditor"})


class Actor(NamedTuple):
    """Who asks: a member by his token, or the operator at the machine (`OPERATOR`, who has no member row)."""

    member_id: bytes
    handle: str
    role: str

    def may_pay_from(self, handle: str) -> bool:
        """Whether this actor may spend from the account of `handle`: members their own; auditors never."""
        return self.role in _PAYS_FOR_ALL or (self.role == "member" and self.handle == handle)

    def may_read(self, handle: str) -> bool:
        """Whether this actor may see the account of `handle`."""
        return self.role in _READS_ALL or self.handle == handle


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


class MemberView(msgspec.Struct, frozen=True, kw_only=True):
    """A member with the account's figures, as lists show it. All amounts in whole seconds."""

    handle: str
    name: str
    role: str
    state: str
    balance_seconds: int
    min_seconds: int | None
    max_seconds: int | None


class NewMember(NamedTuple):
    """What is needed to take a member in. Balances other than 0 come from a list that is carried over."""

    handle: str
    name: str
    role: str
    min_seconds: int
    max_seconds: int
    balance_seconds: int = 0


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did. `difference_seconds` is the balance of the account that makes the opening sum zero."""

    members: int
    handles: list[str]
    difference_seconds: int
    ignored_columns: list[str]


def check_name(name: str) -> str:
    """A name as it will be shown. Raises LocalError('member_name')."""
    trimmed = unicodedata.normalize("NFC", name.strip())
    if not 1 <= len(trimmed) <= NAME_LENGTH or not trimmed.isprintable():
        raise LocalError("member_name")
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
