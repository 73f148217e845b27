# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an operator at the machine may ask: one table of operations, served on a socket in the ring's folder."""
