# SPDX-License-Identifier: Apache-2.0
"""What the logs add up to: chains, lines, orders and payments, replayed as each ring saw them."""
