# SPDX-License-Identifier: AGPL-3.0-or-later
"""The command `ringtausch` with every logger of the process as talkative as it gets."""

from __future__ import annotations

import logging

from ringtausch_node.cli import main

logging.basicConfig(level=logging.NOTSET, format="%(levelname)s %(name)s: %(message)s")
logging.getLogger("asyncio").setLevel(logging.DEBUG)

if __name__ == "__main__":
    main()
