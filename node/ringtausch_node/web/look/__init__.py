# SPDX-License-Identifier: AGPL-3.0-or-later
"""From a page to bytes, and the words and drawings that stand on it."""
