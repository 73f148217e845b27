# SPDX-License-Identifier: AGPL-3.0-or-later
"""All targets by name."""

from __future__ import annotations

from tests.fuzz import people, twice, wire
from tests.fuzz.target import Target

TARGETS: dict[str, Target] = dict([*wire.targets(), *twice.targets(), *people.targets()])
