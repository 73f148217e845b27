# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pages of the office: members, slips, the month, statements, forgetting."""
