# SPDX-License-Identifier: AGPL-3.0-or-later
"""A world made of chance: the real rooms on a loop of our own."""
