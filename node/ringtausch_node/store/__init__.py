# SPDX-License-Identifier: AGPL-3.0-or-later
"""The store: one writer, whole functions in one hop, group commit. The only room that knows SQLite."""

from __future__ import annotations

from ringtausch_node.store.row_check import ROW_CHANGED, is_sound, row_check
from ringtausch_node.store.store import Store
from ringtausch_node.store.tx import Cursor, Row, Tx

__all__ = ["ROW_CHANGED", "Cursor", "Row", "Store", "Tx", "is_sound", "row_check"]
