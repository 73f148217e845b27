# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an operator is told of a recovery: what came back for whom, and from when on bookings inside the ring are lost.

Handles stand here and on the operator's screen, never in a log.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ringtausch_node.control.operation import Arguments, Operation
from ringtausch_node.errors import LocalError
from ringtausch_node.federation.recovery.report import CameBack, RecoveryReport
from ringtausch_node.members import OPERATOR
from ringtausch_node.payments.model import payment_text
from ringtausch_node.ring import Ring
from ringtausch_node.store import Tx


class Backup(Arguments, frozen=True, kw_only=True):
    """`backup`: the whole path of the new file, and what it is sealed with; empty: it lies open."""

    out: str
    passphrase: str = ""


class Without(Arguments, frozen=True, kw_only=True):
    """`recover.without`: one peer by its address."""

    address: str


class Assign(Arguments, frozen=True, kw_only=True):
    """`recovered.assign`: which hours, to whom (absent: the community), and how many of them."""

    item: str
    to: str | None = None
    amount_seconds: int | None = None


async def backup(ring: Ring, args: Backup) -> object:
    """Write a backup while the ring goes on."""
    return await ring.backups.make(Path(args.out), args.passphrase)


async def declare_old_copy(ring: Ring, args: Arguments) -> object:
    """The operator's word that this folder is an old copy."""
    await ring.federation.recovery.declare_old_copy()
    return await recovery(ring, args)


async def recovery(ring: Ring, _args: Arguments) -> object:
    """The newest recovery, or {"recovery": None} if there never was one. Amounts in whole seconds."""
    return {"recovery": await ring.store.read(lambda tx: _recovery(ring, tx))}


async def without(ring: Ring, args: Without) -> object:
    """Go on without a peer that will not come. Raises LocalError: unknown_peer, not_awaited."""
    line = ring.federation.lines.by_address(args.address)
    if line is None:
        raise LocalError("unknown_peer", args.address)
    await ring.federation.recovery.go_without(line)
    return await recovery(ring, args)


async def list_recovered(ring: Ring, _args: Arguments) -> object:
    """What waits for the office, and what it has assigned."""
    return {"waiting": await ring.recovered.waiting(), "assigned": await ring.recovered.assigned()}


async def assign_recovered(ring: Ring, args: Assign) -> object:
    """Book hours to whose they are."""
    return await ring.recovered.assign(args.item, args.to, OPERATOR, args.amount_seconds)


def in_short(report: RecoveryReport) -> dict[str, Any]:
    """What `state` shows of a recovery."""
    return {
        "state": report.state, "code": report.code, "began_at": report.began_at, "copy_at": report.copy_at,
        "finished_at": report.finished_at, "peers": report.peers,
    }  # fmt: skip


def _recovery(ring: Ring, tx: Tx) -> dict[str, Any] | None:
    report = ring.federation.recovery.report(tx)
    if report is None:
        return None
    members: dict[str, dict[str, Any]] = {}
    unknown: list[CameBack] = []
    for each in report.came_back:
        member = None if each.account is None else ring.members.member_by_account(tx, each.account)
        if member is None:
            unknown.append(each)
        else:
            _count(members.setdefault(member.handle, _nothing(member.handle)), each)
    for dropped in report.dropped_payments:
        member = None if dropped.account is None else ring.members.member_by_account(tx, dropped.account)
        if member is not None:
            shown = members.setdefault(member.handle, _nothing(member.handle))
            shown["dropped"].append(
                {"payment_id": payment_text(dropped.payment_id), "amount_seconds": dropped.amount_seconds}
            )
    return {
        **in_short(report), "dropped": report.dropped, "recovered_seconds": report.recovered_seconds,
        "members": [members[handle] for handle in sorted(members)],
        "unknown": {
            "count": len(unknown),
            "paid_seconds": sum(each.amount_seconds for each in unknown if each.place == "payer"),
            "received_seconds": sum(each.amount_seconds for each in unknown if each.place == "payee"),
        },
    }  # fmt: skip


def _nothing(handle: str) -> dict[str, Any]:
    return {
        "handle": handle, "count": 0, "paid_seconds": 0, "received_seconds": 0, "undecided_seconds": 0,
        "not_on_account_seconds": 0, "dropped": [],
    }  # fmt: skip


def _count(shown: dict[str, Any], each: CameBack) -> None:
    """One payment that came back; `not_on_account`: it stands on `recovered`, as the hours were spent meanwhile."""
    shown["count"] += 1
    if each.state in ("held", "in_doubt"):
        shown["undecided_seconds"] += each.amount_seconds
    elif each.state == "posted":
        shown["paid_seconds" if each.place == "payer" else "received_seconds"] += each.amount_seconds
        shown["not_on_account_seconds"] += each.amount_seconds if each.account != each.booked else 0


RECOVERING: dict[str, Operation] = {
    "backup": Operation(Backup, backup),
    "recover": Operation(Arguments, recovery),
    "recover.old_copy": Operation(Arguments, declare_old_copy),
    "recover.without": Operation(Without, without),
    "recovered.list": Operation(Arguments, list_recovered),
    "recovered.assign": Operation(Assign, assign_recovered),
}
