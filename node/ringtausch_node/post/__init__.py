# SPDX-License-Identifier: AGPL-3.0-or-later
"""Letters to people by mail: written with what they tell, sent until a mail server takes them."""

from __future__ import annotations

from ringtausch_node.post.service import Post

__all__ = ["Post"]
