# SPDX-License-Identifier: AGPL-3.0-or-later
"""Debts that run in a circle end without a centre: circles are sought, then each is walked round (SPEC.md 7.14)."""
