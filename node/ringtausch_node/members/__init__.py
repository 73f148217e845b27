# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who takes part in this ring, in which role, and what lets their programs in."""

from __future__ import annotations

from ringtausch_node.members.model import OPERATOR, Actor, MemberView, Role
from ringtausch_node.members.service import Members

__all__ = ["OPERATOR", "Actor", "MemberView", "Members", "Role"]
