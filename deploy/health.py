# SPDX-License-Identifier: AGPL-3.0-or-later
"""Asks the rings of this machine how they are: `python health.py FOLDER...`. Exit 0 if every one says it is ready.

For the HEALTHCHECK of the container, or a cron job. It knows where to ask from each ring's own `config.toml`.
"""

from __future__ import annotations

import http.client
import json
import sys
from pathlib import Path

from ringtausch_node.config import Config
from ringtausch_node.errors import LocalError
from ringtausch_node.folder import load_config

#: The answer takes milliseconds; a machine that needs longer is not well.
TIMEOUT_SECONDS = 5.0
#: A node that listens everywhere is asked on the nearest of all places.
NEAREST = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing is bound here
GOOD = 200
ANSWER_BYTES = 4096


def ask(config: Config) -> tuple[bool, str]:
    """Whether a ring is well, and its state in its own words or what went wrong."""
    host, port = config.listen_at
    connection = http.client.HTTPConnection(NEAREST.get(host, host), port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/health", headers={"Host": config.address})
        answer = connection.getresponse()
        return answer.status == GOOD, str(json.loads(answer.read(ANSWER_BYTES))["state"])
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
        return False, type(error).__name__
    finally:
        connection.close()


def main(folders: list[str]) -> int:
    """Ask all; one line for each."""
    well = bool(folders)
    for folder in folders:
        try:
            config = load_config(Path(folder))
        except LocalError as error:
            is_ready, state = False, str(error)
        else:
            is_ready, state = ask(config)
        well = well and is_ready
        sys.stdout.write(f"{folder}: {state}\n")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
