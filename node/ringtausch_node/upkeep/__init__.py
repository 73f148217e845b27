# SPDX-License-Identifier: AGPL-3.0-or-later
"""What keeps a ring going: its first operator, its settings and texts, its backups."""

from __future__ import annotations
