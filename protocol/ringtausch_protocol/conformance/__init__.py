# SPDX-License-Identifier: Apache-2.0
"""A judge of other programs: plays a peer ring, honest and lying, and says rule by rule what held (SPEC.md Annex C)."""
