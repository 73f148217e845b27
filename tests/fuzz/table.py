# SPDX-License-Identifier: AGPL-3.0-or-later
"""All targets by name."""

from __future__ import annotations

from collections.abc import Iterator

from tests.fuzz import archives, audits, boxes, browsers, folders, logs, people, signed, twice, typed, wire
from tests.fuzz.target import Target


def _targets() -> Iterator[tuple[str, Target]]:
    for file in (wire, signed, boxes, audits, logs, archives, twice, people, typed, browsers, folders):
        yield from file.targets()


TARGETS: dict[str, Target] = dict(_targets())
