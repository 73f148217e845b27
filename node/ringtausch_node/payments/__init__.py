# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a member does with hours: pay, here or in another town, ask, cancel, read the account."""
