# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a ring knows of a member: all of it for the member to have, and all of it erased once the member has left."""

from __future__ import annotations

from ringtausch_node.forgetting.own_data import OwnData, OwnDataView
from ringtausch_node.forgetting.service import Forgetting, Forgotten

__all__ = ["Forgetting", "Forgotten", "OwnData", "OwnDataView"]
