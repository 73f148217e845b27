# SPDX-License-Identifier: AGPL-3.0-or-later
"""One file that holds a whole ring: made while it runs, sealed with a passphrase, never put over a ring."""

from __future__ import annotations

from ringtausch_node.backup.archive import Manifest
from ringtausch_node.backup.making import BackupView, make_backup
from ringtausch_node.backup.restoring import needs_passphrase, restore_backup, take_place
from ringtausch_node.backup.sealed import SALT_BYTES, Sealing, parse_passphrase, recovery_phrase
from ringtausch_node.backup.trying import try_backup

__all__ = [
    "SALT_BYTES", "BackupView", "Manifest", "Sealing", "make_backup", "needs_passphrase", "parse_passphrase",
    "recovery_phrase", "restore_backup", "take_place", "try_backup",
]  # fmt: skip
