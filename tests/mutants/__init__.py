# SPDX-License-Identifier: AGPL-3.0-or-later
"""Planted faults: each breaks one rule of money or of a line, and the simulator must notice."""
