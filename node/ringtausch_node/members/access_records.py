# SPDX-License-Identifier: AGPL-3.0-or-later
"""What lets programs and devices of members in, in SQL."""

from __future__ import annotations

from typing import NamedTuple

from ringtausch_node.members.model import DAY_SECONDS, DISUSE_DAYS, AccessKind, Actor
from ringtausch_node.store import Tx

#: That a row of `token` has not ended by itself at the time ?1, as `Access.is_over` says.
NOT_OVER = (
    "(ends_at IS NULL OR ends_at > ?1) AND (kind <> 'device'"
    f" OR ?1 / {DAY_SECONDS} - coalesce(used_day, created_at / {DAY_SECONDS}) <= {DISUSE_DAYS})"
)


class Access(NamedTuple):
    """A valid access: who holds it, the last day (since 1970, UTC) of its use, what for, until when and since when."""

    actor: Actor
    used_day: int | None
    id: int
    kind: str
    ends_at: int | None
    begun_at: int

    def is_over(self, now: int) -> bool:
        """Whether it has ended by itself: at its time, or a device because nobody used it (`DISUSE_DAYS`)."""
        last_day = self.begun_at // DAY_SECONDS if self.used_day is None else self.used_day
        is_disused = self.kind == "device" and now // DAY_SECONDS - last_day > DISUSE_DAYS
        return is_disused or (self.ends_at is not None and self.ends_at <= now)


def insert_token(
    tx: Tx, token_hash: bytes, member_id: bytes, kind: str, label: str, at: int, ends_at: int | None
) -> int:
    """Remember a token by its hash. -> the number of the access."""
    sql = "INSERT INTO token (hash, member_id, kind, label, created_at, ends_at) VALUES (?,?,?,?,?,?) RETURNING id"
    return int(tx.one(sql, (token_hash, member_id, kind, label, at, ends_at))[0])


def load_access(tx: Tx, token_hash: bytes) -> Access | None:
    """Who holds a token that is not revoked; a member who left holds none."""
    row = tx.row(
        "SELECT m.id, m.handle, m.role, m.state = 'active', t.used_day, t.id, t.kind, t.ends_at, t.created_at"
        " FROM token t JOIN member m ON m.id = t.member_id"
        " WHERE t.hash = ? AND t.revoked_at IS NULL AND m.state <> 'left'",
        (token_hash,),
    )
    return Access(Actor(row[0], row[1], row[2], bool(row[3])), *row[4:]) if row else None


def load_tokens(tx: Tx, member_id: bytes, now: int) -> list[tuple[int, str, int, int | None, AccessKind]]:
    """(id, label, created_at, used_day, kind) of the accesses that a member has now, oldest first."""
    return list(
        tx.execute(
            "SELECT id, label, created_at, used_day, kind FROM token"
            f" WHERE member_id = ?2 AND revoked_at IS NULL AND {NOT_OVER} ORDER BY id",
            (now, member_id),
        )
    )


def load_device_hashes(tx: Tx, member_id: bytes, most: int) -> list[bytes]:
    """The hashes of a member's devices, revoked ones too, the newest first."""
    sql = "SELECT hash FROM token WHERE member_id = ? AND kind = 'device' ORDER BY id DESC LIMIT ?"
    return [row[0] for row in tx.execute(sql, (member_id, most))]


def note_use(tx: Tx, token_hash: bytes, day: int) -> None:
    """A token was used on this day; no finer, and never backwards."""
    tx.change(
        "UPDATE token SET used_day = ?1 WHERE hash = ?2 AND (used_day IS NULL OR used_day < ?1)", (day, token_hash)
    )


def revoke_token(tx: Tx, member_id: bytes, token_id: int, at: int) -> bool:
    """Void one access of a member; False if there is none with this id now."""
    changed = tx.change(
        "UPDATE token SET revoked_at = ? WHERE id = ? AND member_id = ? AND revoked_at IS NULL",
        (at, token_id, member_id),
    )
    return changed == 1


def count_tokens(tx: Tx, now: int, but: int | None) -> dict[AccessKind, int]:
    """How many accesses of each kind members have now, without the one of that number."""
    rows = tx.execute(
        f"SELECT kind, count(*) FROM token WHERE revoked_at IS NULL AND id IS NOT ?2 AND {NOT_OVER} GROUP BY kind",
        (now, but),
    )
    return dict(rows)


def revoke_everybodys(tx: Tx, kind: AccessKind, at: int, but: int | None) -> None:
    """Void every access of a kind, without the one of that number."""
    tx.change("UPDATE token SET revoked_at = ? WHERE kind = ? AND revoked_at IS NULL AND id IS NOT ?", (at, kind, but))


def renew_token(tx: Tx, token_id: int, token_hash: bytes) -> bool:
    """An access is opened by another token from now on; False if there is none with this id now."""
    return tx.change("UPDATE token SET hash = ? WHERE id = ? AND revoked_at IS NULL", (token_hash, token_id)) == 1


def revoke_tokens(tx: Tx, member_id: bytes, at: int) -> list[int]:
    """Void every token that a member holds now. -> the numbers of the accesses, ascending."""
    sql = "UPDATE token SET revoked_at = ? WHERE member_id = ? AND revoked_at IS NULL RETURNING id"
    return sorted(row[0] for row in tx.execute(sql, (at, member_id)))
