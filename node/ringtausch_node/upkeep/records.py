# SPDX-License-Identifier: AGPL-3.0-or-later
"""The set-up of a ring in SQL."""

from __future__ import annotations

from typing import NamedTuple

from ringtausch_node.store import Tx


class Holding(NamedTuple):
    """What a ring's database holds: members who have not left, and the number of its last booking."""

    members: frozenset[bytes]
    bookings: int


class Since(NamedTuple):
    """How many bookings came after one: in the ring alone, and with other rings."""

    here: int
    with_others: int


def load_holding(tx: Tx) -> Holding:
    """What this database holds."""
    members = frozenset(row[0] for row in tx.execute("SELECT id FROM member WHERE state <> 'left'"))
    return Holding(members, tx.one("SELECT coalesce(max(number), 0) FROM transfer")[0])


def load_since(tx: Tx, number: int) -> Since:
    """What came after the booking with this number."""
    together, others = tx.one(
        "SELECT count(*), coalesce(sum(d.kind = 'clearing' OR c.kind = 'clearing'), 0) FROM transfer t"
        " JOIN account d ON d.id = t.debit_account JOIN account c ON c.id = t.credit_account WHERE t.number > ?",
        (number,),
    )
    return Since(together - others, others)


def has_operator(tx: Tx) -> bool:
    """Whether somebody is operator; one who rests is one, for the machine can wake him."""
    return tx.row("SELECT 1 FROM member WHERE role = 'operator' AND state <> 'left'") is not None


def replace_link(tx: Tx, link_hash: bytes, ends_at: int) -> None:
    """A new link; the one before it counts no longer."""
    tx.change(
        "INSERT INTO setup_link VALUES (1, ?1, ?2) ON CONFLICT (one) DO UPDATE SET hash = ?1, ends_at = ?2",
        (link_hash, ends_at),
    )


def counts_link(tx: Tx, link_hash: bytes, now: int) -> bool:
    """Whether this is the link that counts now."""
    return tx.row("SELECT 1 FROM setup_link WHERE hash = ? AND ends_at > ?", (link_hash, now)) is not None


def drop_link(tx: Tx) -> None:
    """The link is spent."""
    tx.change("DELETE FROM setup_link", ())


def set_backup(tx: Tx, file: str, size: int, at: int) -> None:
    """The newest backup is this one."""
    tx.change(
        "INSERT INTO backup_made VALUES (1, ?1, ?2, ?3) ON CONFLICT (one) DO UPDATE"
        " SET file = ?1, bytes = ?2, made_at = ?3",
        (file, size, at),
    )


def load_backup(tx: Tx) -> tuple[str, int, int] | None:
    """(file, bytes, made_at) of the newest backup, or None."""
    row = tx.row("SELECT file, bytes, made_at FROM backup_made")
    return (row[0], row[1], row[2]) if row else None


def load_founded(tx: Tx) -> int:
    """When the first account of the ring was opened."""
    return int(tx.one("SELECT coalesce(min(created_at), 0) FROM account")[0])


def load_steps(tx: Tx) -> frozenset[str]:
    """The steps that somebody has gone through."""
    return frozenset(row[0] for row in tx.execute("SELECT step FROM setup_step"))


def insert_step(tx: Tx, step: str, at: int) -> None:
    """Somebody has gone through a step; a second time changes nothing."""
    tx.change("INSERT INTO setup_step VALUES (?,?) ON CONFLICT (step) DO NOTHING", (step, at))


def load_called(tx: Tx) -> dict[int, str]:
    """Peers that were given a name -> what they are called here."""
    return {row[0]: row[1] for row in tx.execute("SELECT id, called FROM peer WHERE called <> ''")}


def set_called(tx: Tx, peer: int, name: str) -> None:
    """What a peer is called here; empty for its address."""
    tx.change("UPDATE peer SET called = ? WHERE id = ?", (name, peer))
