# SPDX-License-Identifier: AGPL-3.0-or-later
"""What stands about one member beside the account, as the member is handed it, in SQL.

`tests/forgetting/columns.txt` says of every column with people in it where it is handed over, or why it is not.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from ringtausch_node.store import Tx

Kept = TypeVar("Kept", bound=msgspec.Struct)


class Departed(msgspec.Struct, frozen=True, kw_only=True):
    """How a member went. reason: left, died."""

    reason: str
    noted_by: str
    noted_at: int


class OwnReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the member told the office about somebody. Once it is closed, what was written is forgotten."""

    about: str
    words: str
    written_at: int
    closed_by: str | None = None
    closed_at: int | None = None


class OwnMail(msgspec.Struct, frozen=True, kw_only=True):
    """A mail to the member's address. What it says is not kept; while it waits, it may hold what lets somebody in."""

    recipient: str
    subject: str
    written_at: int
    state: str


class RoleGiven(msgspec.Struct, frozen=True, kw_only=True):
    """Who gave the member which role when."""

    role: str
    set_by: str
    set_at: int


class LimitsSet(msgspec.Struct, frozen=True, kw_only=True):
    """Who set which limits of the account when."""

    min_seconds: int
    max_seconds: int
    set_by: str
    set_at: int


class HelpEnded(msgspec.Struct, frozen=True, kw_only=True):
    """`helper` acted for `for` until then."""

    helper: str
    for_: str = msgspec.field(name="for")
    granted_by: str
    granted_at: int
    ended_by: str
    ended_at: int


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """All of it, each list with the newest first."""

    departed: Departed | None
    reports: list[OwnReport]
    roles: list[RoleGiven]
    limits: list[LimitsSet]
    helps_ended: list[HelpEnded]


def load_beside(tx: Tx, member_id: bytes) -> Beside:
    """What stands beside the account of a member."""
    return Beside(
        departed=next(iter(_load(tx, Departed, _DEPARTED, member_id)), None),
        reports=_load(tx, OwnReport, _REPORTS, member_id), roles=_load(tx, RoleGiven, _ROLES, member_id),
        limits=_load(tx, LimitsSet, _LIMITS, member_id), helps_ended=_load(tx, HelpEnded, _HELPS, member_id),
    )  # fmt: skip


def load_mails(tx: Tx, address: str) -> list[OwnMail]:
    """The mails to an address that are still remembered, the newest first."""
    sql = "SELECT recipient, subject, written_at, state FROM outbox WHERE recipient = ? COLLATE NOCASE ORDER BY id DESC"
    return _load(tx, OwnMail, sql, address)


_DEPARTED = "SELECT reason, noted_by, noted_at FROM departure WHERE member_id = ?"
_REPORTS = (
    "SELECT about, words, written_at, closed_by, closed_at FROM report WHERE member_id = ? ORDER BY written_at DESC"
)
_ROLES = "SELECT role, set_by, set_at FROM role_change WHERE member_id = ? ORDER BY id DESC"
_LIMITS = (
    "SELECT c.min_seconds, c.max_seconds, c.set_by, c.set_at FROM limit_change c"
    " JOIN member m ON m.account_id = c.account_id WHERE m.id = ? ORDER BY c.id DESC"
)
_HELPS = (
    "SELECT h.handle, m.handle, g.granted_by, g.granted_at, g.ended_by, g.ended_at FROM helper g"
    " JOIN member h ON h.id = g.helper_id JOIN member m ON m.id = g.member_id"
    " WHERE g.ended_at IS NOT NULL AND ?1 IN (g.helper_id, g.member_id) ORDER BY g.id DESC"
)


def _load(tx: Tx, kind: type[Kept], sql: str, key: object) -> list[Kept]:
    """Rows whose columns are the fields of a struct, in their order."""
    return [kind(**dict(zip(kind.__struct_fields__, row, strict=True))) for row in tx.execute(sql, (key,))]
