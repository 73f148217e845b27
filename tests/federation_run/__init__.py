# SPDX-License-Identifier: AGPL-3.0-or-later
"""A federation of 156 real rings trades for some days: what is paid, what is held, what is owed, what netting frees."""
