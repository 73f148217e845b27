# SPDX-License-Identifier: AGPL-3.0-or-later
"""Three rings on this machine that pay each other: a day made up, four days of a life together, or a real month.

The demo plays the people: operators over the control sockets, members over HTTP. The rings are real processes.
"""

from __future__ import annotations

from ringtausch_node.demo.command import run
from ringtausch_node.demo.life import LIFE
from ringtausch_node.demo.real import MONTH
from ringtausch_node.demo.story import DAY

#: By the name that the command line calls them.
ACTS = {"day": DAY, "life": LIFE, "month": MONTH}

__all__ = ["ACTS", "run"]
