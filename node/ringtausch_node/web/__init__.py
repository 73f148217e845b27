# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pages for people: come in, see the account, pay. By the services of `api/`; no rule of its own."""

from __future__ import annotations

from ringtausch_node.web.app import WebLimits, build_app

__all__ = ["WebLimits", "build_app"]
