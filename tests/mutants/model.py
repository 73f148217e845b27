# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a mutant is: one rule, taken out by replacing text that stands once in a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

NODE, PROTOCOL = "node/ringtausch_node", "protocol/ringtausch_protocol"
ORDERS, FRAMES = f"{NODE}/federation/orders", f"{NODE}/federation/frames"
NETTING, ROUTES = f"{NODE}/federation/netting", f"{NODE}/federation/routes"
RESET, TRANSIT_TESTS, RESET_TESTS = f"{NODE}/federation/reset", "tests/federation/transit", "tests/federation/reset"
AUDIT = f"{PROTOCOL}/audit"
ASSIGNING_TESTS = "tests/federation/test_assigning.py"
STATEMENTS, AGREEMENT = f"{NODE}/federation/statements", f"{NODE}/federation/agreement"
GREETING, RECOVERY, STORE = f"{NODE}/federation/greeting", f"{NODE}/federation/recovery", f"{NODE}/store"


class Mutant(NamedTuple):
    """`old` stands exactly once in `file`; `new` stands there instead.

    `needs`: a kind of day (`Options.kinds`) without which nothing could notice it; seeds without it are not played.
    `tests`: where no day does what the rule is about, the file of tests that must notice; no seed is played then.
    `also`: further places (file, old, new), where one rule stands twice and one of both holds it alone.
    """

    name: str
    file: str
    old: str
    new: str
    needs: str = ""
    tests: str = ""
    also: tuple[tuple[str, str, str], ...] = ()

    def places(self) -> Iterator[tuple[str, str, str]]:
        """(file, old, new) of each text that is replaced."""
        yield self.file, self.old, self.new
        yield from self.also
