# SPDX-License-Identifier: AGPL-3.0-or-later
"""Three rings on this machine that pay each other: a day made up, or a month of three real time banks.

The demo plays the people: operators over the control sockets, members over HTTP. The rings are real processes.
"""

from __future__ import annotations

from ringtausch_node.demo.command import run

__all__ = ["run"]
