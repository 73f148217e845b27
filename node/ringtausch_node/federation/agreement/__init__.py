# SPDX-License-Identifier: AGPL-3.0-or-later
"""How two rings agree on a line: invitation, words on the telephone, limits, what several operators sign."""
