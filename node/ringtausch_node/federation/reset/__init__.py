# SPDX-License-Identifier: AGPL-3.0-or-later
"""A line begins anew over a balance that the operators of both rings signed, or over a loss."""
