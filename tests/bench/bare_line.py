# SPDX-License-Identifier: AGPL-3.0-or-later
"""The rows of cross-ring payments once more, as bare sqlite3 writes them.

Read from a ring's database after a round, written by executemany into a copy of that database without its triggers, in
groups, WAL and FULL.

Every row that a payment makes or changes at the payer (two commits) and at the payee (one) is written as often as the
node writes it; preparing the rows is not counted.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

from tests.bench.bare import drop_triggers, set_up

Rows = list[tuple[Any, ...]]

#: Tables and the column by which the rows of a round are found.
_TABLES = {
    "payment": "id", "hold": "id", "order_out": "payment_id", "order_in": "payment_id", "transfer": "number",
    "entry": "id", "leaf": "idx", "frame": "leaf",
}  # fmt: skip
_NOTES = (
    "SELECT n.* FROM note_to_self n JOIN frame f USING (peer, direction, epoch, seq) WHERE f.leaf > ? ORDER BY f.leaf"
)
_SET_HELD = "UPDATE order_out SET state = 'held', created_at = ?, order_hash = ?, seq = ?, idx = ? WHERE payment_id = ?"
_OUT = 0


class BareLine:
    """One ring's database and its bare copy."""

    def __init__(self, source: Path, target: Path) -> None:
        self._source = sqlite3.connect(f"file:{source}?mode=ro", uri=True)
        self._target = sqlite3.connect(target, isolation_level=None)
        self._source.backup(self._target)
        set_up(self._target)
        drop_triggers(self._target)
        self._columns = {table: self._names(table) for table in (*_TABLES, "note_to_self")}
        self._last = {table: self._newest(table, key) for table, key in _TABLES.items()}

    def close(self) -> None:
        """Close both."""
        self._source.close()
        self._target.close()

    def write_payer(self, groups: int) -> list[float]:
        """What was done at the payer since the last call, in two commits a group. -> the seconds of each group."""
        rows = self._take()
        return [self._payer_group(part) for part in _parts(rows, groups)]

    def write_payee(self, groups: int) -> list[float]:
        """What was done at the payee since the last call, in one commit a group. -> the seconds of each group."""
        rows = self._take()
        return [self._payee_group(part) for part in _parts(rows, groups)]

    def _payer_group(self, rows: dict[str, Rows]) -> float:
        orders, holds = self._named("order_out", rows), self._named("hold", rows)
        new_orders = [{**order, **_UNSIGNED} for order in orders]
        new_holds = [{**hold, "state": "open", "ended_at": None, "transfer_id": None} for hold in holds]
        held = [(hold["amount_seconds"], hold["account_id"]) for hold in holds]
        first = [
            self._insert("payment", rows["payment"]),
            self._insert("hold", [tuple(hold.values()) for hold in new_holds]),
            ("UPDATE account SET held_seconds = held_seconds + ? WHERE id = ?", held),
            self._insert("order_out", [tuple(order.values()) for order in new_orders]),
            self._insert("leaf", rows["leaf_out"]),
            self._insert("frame", rows["frame_out"]),
            self._insert("note_to_self", rows["note_out"]),
            (_SET_HELD, [tuple(map(order.get, _SIGNED)) for order in orders]),
        ]  # fmt: skip
        second = [
            self._insert("leaf", rows["leaf_in"]),
            self._insert("frame", rows["frame_in"]),
            self._insert("note_to_self", rows["note_in"]),
            *self._booking(rows),
            ("UPDATE hold SET state = ?, ended_at = ?, transfer_id = ? WHERE id = ?",
             [tuple(map(hold.get, ("state", "ended_at", "transfer_id", "id"))) for hold in holds]),
            ("UPDATE account SET held_seconds = held_seconds - ? WHERE id = ?", held),
            ("UPDATE order_out SET state = ?, code = ?, transfer_id = ?, ended_at = ?, box = NULL WHERE payment_id = ?",
             [tuple(map(order.get, _ENDED)) for order in orders]),
        ]  # fmt: skip
        return self._commit(first) + self._commit(second)

    def _payee_group(self, rows: dict[str, Rows]) -> float:
        return self._commit([
            self._insert("leaf", rows["leaf_in"]),
            self._insert("frame", rows["frame_in"]),
            self._insert("note_to_self", rows["note_in"]),
            *self._booking(rows),
            self._insert("order_in", rows["order_in"]),
            self._insert("leaf", rows["leaf_out"]),
            self._insert("frame", rows["frame_out"]),
            self._insert("note_to_self", rows["note_out"]),
        ])  # fmt: skip

    def _booking(self, rows: dict[str, Rows]) -> list[tuple[str, Rows]]:
        balances = [(entry["balance_after_seconds"], entry["account_id"]) for entry in self._named("entry", rows)]
        return [
            self._insert("transfer", rows["transfer"]),
            self._insert("entry", rows["entry"]),
            ("UPDATE account SET balance_seconds = ? WHERE id = ?", balances),
            self._insert("leaf", rows["leaf_booking"]),
        ]

    def _commit(self, statements: list[tuple[str, Rows]]) -> float:
        begin = time.perf_counter()
        self._target.execute("BEGIN IMMEDIATE")
        for sql, rows in statements:
            if rows:
                self._target.executemany(sql, rows)
        self._target.execute("UPDATE line SET own_seq = own_seq, own_hash = own_hash, seen_at = 1 + seen_at")
        self._target.execute("UPDATE frontier SET size = size + 1")
        self._target.execute("COMMIT")
        return time.perf_counter() - begin

    def _take(self) -> dict[str, Rows]:
        """The rows that came since the last call, leaves and frames sorted by what they are."""
        notes = self._source.execute(_NOTES, (self._last["frame"],)).fetchall()
        found: dict[str, Rows] = {}
        for table, key in _TABLES.items():
            found[table] = self._source.execute(
                f"SELECT * FROM {table} WHERE {key} > ? ORDER BY {key}", (self._last[table],)
            ).fetchall()
            self._last[table] = self._newest(table, key)
        booked = {transfer["id"]: transfer["number"] for transfer in self._named("transfer", found)}
        for table in ("hold", "order_out", "order_in"):  # a group's rows point to its own transfers
            place = self._columns[table].index("transfer_id")
            found[table].sort(key=lambda row, place=place: booked[row[place]])  # type: ignore[misc]
        places = {frame["leaf"]: frame["direction"] for frame in self._named("frame", found)}
        for leaf in found.pop("leaf"):
            kind = "leaf_booking" if leaf[0] not in places else "leaf_out" if places[leaf[0]] == _OUT else "leaf_in"
            found.setdefault(kind, []).append(leaf)
        for row, frame in zip(found["frame"], self._named("frame", found), strict=True):
            found.setdefault("frame_out" if frame["direction"] == _OUT else "frame_in", []).append(row)
        for note in notes:
            found.setdefault("note_out" if note[1] == _OUT else "note_in", []).append(note)
        return found

    def _named(self, table: str, rows: dict[str, Rows]) -> list[dict[str, Any]]:
        return [dict(zip(self._columns[table], row, strict=True)) for row in rows[table]]

    def _names(self, table: str) -> list[str]:
        return [column[1] for column in self._source.execute(f"PRAGMA table_info({table})")]

    def _newest(self, table: str, key: str) -> Any:
        found = self._source.execute(f"SELECT max({key}) FROM {table}").fetchone()[0]
        return b"" if found is None and key in ("id", "payment_id") and table != "entry" else found or 0

    def _insert(self, table: str, rows: Rows) -> tuple[str, Rows]:
        return f"INSERT INTO {table} VALUES ({', '.join('?' * len(self._columns[table]))})", rows


_UNSIGNED = {"state": "queued", "order_hash": None, "seq": None, "idx": None, "transfer_id": None, "ended_at": None,
             "box": bytes(330)}  # fmt: skip
_SIGNED = ("created_at", "order_hash", "seq", "idx", "payment_id")
_ENDED = ("state", "code", "transfer_id", "ended_at", "payment_id")


def _parts(rows: dict[str, Rows], count: int) -> list[dict[str, Rows]]:
    """The rows of each table in `count` parts of nearly the same size; both entries stand with their transfer."""
    kinds = (*_TABLES, "leaf_out", "leaf_in", "leaf_booking", "frame_out", "frame_in", "note_out", "note_in")
    return [
        {kind: _part(rows.get(kind, []), place, count, 2 if kind == "entry" else 1) for kind in kinds}
        for place in range(count)
    ]


def _part(rows: Rows, place: int, count: int, together: int) -> Rows:
    units = len(rows) // together
    return rows[units * place // count * together : units * (place + 1) // count * together]
