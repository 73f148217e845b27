# SPDX-License-Identifier: AGPL-3.0-or-later
"""A node whose pages were looked at stays small: it runs beside others on a machine with 1 GB."""

from __future__ import annotations

from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.processes.towns import Town, most_memory_bytes

pytestmark = pytest.mark.processes

#: P8 of the figures: an idle node with pages. The most it ever had, so starting is in it.
IDLE_BYTES = 90 * 1_000_000


def test_a_node_with_pages_needs_no_more_than_it_may(tmp_path: Path) -> None:
    oak = Town(tmp_path, "oak")
    try:
        oak.start()
        for path in ("/", "/anmelden", "/beitreten", "/seite/tauschring", "/seite/barrierefreiheit"):
            with urlopen(f"http://127.0.0.1:{oak.port}{path}") as page:
                assert b"</html>" in page.read()
        assert most_memory_bytes(oak.pid) <= IDLE_BYTES
    finally:
        oak.clean_up()
