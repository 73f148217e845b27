# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pages as PDF, where the extra `pdf` is installed: in a process of its own, one after the other (ADR 26)."""
