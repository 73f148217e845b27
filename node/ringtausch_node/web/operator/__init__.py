# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pages of the operator: the ring's state, its lines, their ends, backups, settings."""
