# SPDX-License-Identifier: AGPL-3.0-or-later
"""Other rings: peering, the signed line to each, and the orders that go down it."""
