# SPDX-License-Identifier: AGPL-3.0-or-later
"""Days with a ring that lies: it lives as all others do, and beside that it signs what it should not."""
