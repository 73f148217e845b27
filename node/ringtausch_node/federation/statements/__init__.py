# SPDX-License-Identifier: AGPL-3.0-or-later
"""What both rings of a line say of it at one place of both chains, and sign: daily, and when it ends."""
