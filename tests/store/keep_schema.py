# SPDX-License-Identifier: AGPL-3.0-or-later
"""What every ring's database has behind it, kept as text: `python -m tests.store.keep_schema` writes it anew.

`migrations.sha256` has a line a migration (`sha256sum` reads it too). Lines are only added: one that changes is a
migration that rings may already have applied. `schema.sql` is what all of them yield, for people to read.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ringtausch_node.store.migrations import load_migrations, migrate

CHECKSUMS = Path(__file__).with_name("migrations.sha256")
SCHEMA = Path(__file__).with_name("schema.sql")


def current_checksums() -> str:
    """The checksum and the file name of each migration, ascending."""
    return "".join(f"{each.checksum.hex()}  {each.number:04}_{each.name}.sql\n" for each in load_migrations())


def current_schema() -> str:
    """The whole schema that migrating from nothing yields."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        migrate(connection, applied_at=0)
        rows = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY tbl_name, type, name")
        return "".join(f"{row[0]};\n\n" for row in rows)
    finally:
        connection.close()


if __name__ == "__main__":
    kept, current = CHECKSUMS.read_text(encoding="utf-8") if CHECKSUMS.exists() else "", current_checksums()
    if not current.startswith(kept):
        raise SystemExit("a migration that was kept has changed")
    CHECKSUMS.write_text(current, encoding="utf-8")
    SCHEMA.write_text(current_schema(), encoding="utf-8")
