# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sealed messages between rings by topic, for the rooms above."""
