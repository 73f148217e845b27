# SPDX-License-Identifier: AGPL-3.0-or-later
"""The only way out of this machine to another ring, and what a peer may cost us."""
