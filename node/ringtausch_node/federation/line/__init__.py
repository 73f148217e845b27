# SPDX-License-Identifier: AGPL-3.0-or-later
"""A line to another ring: what its rows hold, what is known of the peer in this boot, who signs here."""
