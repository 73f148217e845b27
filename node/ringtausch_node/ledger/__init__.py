# SPDX-License-Identifier: AGPL-3.0-or-later
"""The ledger: double entry in whole seconds of time. It knows no HTTP, no peers, no people."""
