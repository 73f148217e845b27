# SPDX-License-Identifier: AGPL-3.0-or-later
"""How a line of the log looks: when in UTC, how grave, which part of the program, and what happened, on one line."""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime

#: What would begin a new line, or paint on the terminal of whoever reads it.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class OneLine(logging.Formatter):
    """`2026-11-27T08:15:00Z WARNING ringtausch_node.refusals: ...`. What comes from outside begins no line."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - logging calls it so
        """RFC 3339, in whole seconds."""
        return datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging calls it so
        """The line without what would end it."""
        return _CONTROL.sub("?", super().formatMessage(record))


def write_log() -> None:
    """What happens goes to standard error: whoever started the node keeps it (docs/asvs.md, Logs)."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
