# SPDX-License-Identifier: AGPL-3.0-or-later
"""The end of what a room does by itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from ringtausch_node.faults import places_of

logger = logging.getLogger(__name__)


async def end_tasks(tasks: Iterable[asyncio.Task[None] | None]) -> None:
    """Cancel tasks and wait until each has ended; None stands for one that never began.

    One that had died of a mistake of ours does not keep the others from their end; the log says where it was.
    """
    begun = [task for task in tasks if task is not None]
    for task in begun:
        task.cancel()
    for task, outcome in zip(begun, await asyncio.gather(*begun, return_exceptions=True), strict=True):
        if isinstance(outcome, Exception):
            logger.error("%s: %s", task.get_name(), places_of(outcome))
