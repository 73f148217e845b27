# SPDX-License-Identifier: AGPL-3.0-or-later
"""An order between two rings, from the question beforehand to its end: payer, payee, and the rows of both."""
