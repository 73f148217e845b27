# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rings on this machine that pay each other: a day made up, five days of a life together, a circle, or a real month.

The demo plays the people: operators over the control sockets, members over HTTP. The rings are real processes.
"""

from __future__ import annotations

from ringtausch_node.demo.circle import CIRCLE
from ringtausch_node.demo.command import run
from ringtausch_node.demo.life import LIFE
from ringtausch_node.demo.real import MONTH
from ringtausch_node.demo.story import DAY

#: By the name that the command line calls them.
ACTS = {"day": DAY, "life": LIFE, "circle": CIRCLE, "month": MONTH}

__all__ = ["ACTS", "run"]
