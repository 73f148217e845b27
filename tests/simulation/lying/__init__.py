# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rings that lie: honest rings with their real books and keys, bent at one place, that sign what they should not."""
