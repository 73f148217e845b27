# SPDX-License-Identifier: AGPL-3.0-or-later
"""The schema after each migration, kept as text: `python -m tests.store.keep_schemas` writes those that are missing.

A kept file is never rewritten: if it differs, a migration was changed that rings may already have applied.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ringtausch_node.store.migrations import load_migrations, migrate

FOLDER = Path(__file__).parent.parent / "schemas"


def schema_after(number: int) -> str:
    """The whole schema that migrating from nothing to `number` yields."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        migrate(connection, number, applied_at=0)
        rows = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY tbl_name, type, name")
        return "".join(f"{row[0]};\n\n" for row in rows)
    finally:
        connection.close()


def kept_path(number: int) -> Path:
    """Where the schema after migration `number` is kept."""
    return FOLDER / f"{number:04}.sql"


if __name__ == "__main__":
    for migration in load_migrations():
        if not kept_path(migration.number).exists():
            kept_path(migration.number).write_text(schema_after(migration.number), encoding="utf-8")
