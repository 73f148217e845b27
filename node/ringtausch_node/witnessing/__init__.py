# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rings as each other's witnesses: cosigning heads, watching logs, proving forks, and asking to be cosigned."""
