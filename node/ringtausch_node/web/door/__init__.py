# SPDX-License-Identifier: AGPL-3.0-or-later
"""From a request to a person: the signed-in device, the form, its origin, how often somebody may try, and proofs."""
