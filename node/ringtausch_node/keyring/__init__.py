# SPDX-License-Identifier: AGPL-3.0-or-later
"""The keys of a ring: which lie in its folder, how the next card is issued, and the sheet of paper for the drawer."""
