# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which adverts give way when there are more than are kept (SPEC.md 7.5): whoever invents rings shuts nobody out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

#: Lines that an advert counts as at least: of 10 000, those of 2 000 rings.
LINES_MIN = 5


class Told(NamedTuple):
    """An advert of no neighbour. `teller`: the neighbour who brought it last; `is_named`: a ring names it back."""

    ring_id: str
    edges: int
    expires_at: int
    teller: str
    is_named: bool

    @property
    def lines(self) -> int:
        """How much room it takes."""
        return lines_of(self.edges)


def lines_of(edges: int) -> int:
    """As how many lines an advert of so many edges counts."""
    return max(edges, LINES_MIN)


def give_way(held: Sequence[Told], teller: str, excess_lines: int) -> list[str] | None:
    """The rings whose adverts go, so that one that somebody names finds room; None where it is not to have it.

    First those that nobody names, then those of the neighbour who has told the most, if the one who tells this has told
    less: so a neighbour who tells of pairs of rings that name each other takes the room of his own. Oldest first.
    """
    told = Counter[str]()
    for each in held:
        told[each.teller] += each.lines
    most = max(told, key=lambda name: told[name], default=teller)
    able = [each for each in held if not each.is_named or (each.teller == most and told[most] > told[teller])]
    gone: list[str] = []
    for each in sorted(able, key=lambda each: (each.is_named, each.expires_at, each.ring_id)):
        if excess_lines <= 0:
            break
        gone.append(each.ring_id)
        excess_lines -= each.lines
    return gone if excess_lines <= 0 else None
