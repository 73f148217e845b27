# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ways through other rings: what rings say of their lines, and which way a payment takes (SPEC.md 7.5, 7.12)."""
