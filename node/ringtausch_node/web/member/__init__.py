# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pages of a member: the account, paying, invoices, cards, devices, keeping away."""
