# SPDX-License-Identifier: AGPL-3.0-or-later
"""The ports that tests are given."""

from __future__ import annotations

from tests.ports import free_port


def test_no_port_is_given_twice() -> None:
    """Once in some hundred runs two of fourteen rings had the same, and the program refused to serve both."""
    assert 500 == len({free_port() for _ in range(500)})
