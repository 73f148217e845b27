# SPDX-License-Identifier: AGPL-3.0-or-later
"""Adverts in SQL: the newest of each ring."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ringtausch_node.store import Tx


class AdvertRow(NamedTuple):
    """A row of `advert`. `teller`: the neighbour who brought it; '' for our own."""

    ring_id: str
    seq: int
    expires_at: int
    edges: int
    envelope: bytes
    teller: str


class AdvertSize(NamedTuple):
    """How many lines of a ring are told of, until when, and by whom."""

    ring_id: str
    edges: int
    expires_at: int
    teller: str


_ADVERT = ", ".join(AdvertRow._fields)


def load_all(tx: Tx) -> list[AdvertRow]:
    """Every ring's newest."""
    return [AdvertRow(*row) for row in tx.execute(f"SELECT {_ADVERT} FROM advert")]


def load(tx: Tx, ring_id: str) -> AdvertRow | None:
    """One ring's newest, or None."""
    row = tx.row(f"SELECT {_ADVERT} FROM advert WHERE ring_id = ?", (ring_id,))
    return AdvertRow(*row) if row else None


def save(tx: Tx, row: AdvertRow) -> None:
    """A newer one takes the place of the one before."""
    tx.change("INSERT OR REPLACE INTO advert VALUES (?,?,?,?,?,?)", tuple(row))


def count_lines(tx: Tx, besides: str, least: int) -> int:
    """As how many lines the adverts count, without that of one ring; each as `least` at least."""
    return int(tx.one("SELECT coalesce(sum(max(edges, ?)), 0) FROM advert WHERE ring_id <> ?", (least, besides))[0])


def load_sizes(tx: Tx) -> list[AdvertSize]:
    """Every ring's newest, without what it says."""
    return [AdvertSize(*row) for row in tx.execute("SELECT ring_id, edges, expires_at, teller FROM advert")]


def drop(tx: Tx, rings: Iterable[str]) -> None:
    """Forget what rings have said."""
    tx.executemany("DELETE FROM advert WHERE ring_id = ?", [(ring,) for ring in rings])


def drop_expired(tx: Tx, own: str, now: int) -> list[str]:
    """Forget rings that have said nothing for a day. -> which.

    Not what this ring said itself: it counts on from there, whatever its clock says, or nobody would believe the next.
    """
    sql = "DELETE FROM advert WHERE expires_at < ? AND ring_id <> ? RETURNING ring_id"
    return [str(ring) for (ring,) in tx.execute(sql, (now, own))]
