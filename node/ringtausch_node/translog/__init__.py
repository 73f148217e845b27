# SPDX-License-Identifier: AGPL-3.0-or-later
"""The signed log of the ring: entries in their order, the frontier of their tree, commitments to local bookings."""
