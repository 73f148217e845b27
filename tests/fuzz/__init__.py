# SPDX-License-Identifier: AGPL-3.0-or-later
"""Everything that reads foreign bytes, given bytes that nobody would write: `make fuzz`."""
