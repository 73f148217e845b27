# SPDX-License-Identifier: Apache-2.0
"""A finding and the place it stands at; where all findings are collected."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from msgspec import Struct, structs

from ringtausch_protocol.audit.findings.codes import CODES, Level

#: So many findings of one code about one line or ring are listed; more are counted. A report must stay readable.
LISTED_MAX = 50

Evidence: TypeAlias = tuple[tuple[str, str | int], ...]


class Place(Struct, frozen=True, order=True, gc=False):
    """Where something stands. `ring`: who must answer for it; the log and the entry (-1: none) where it was read.

    `peer`, `seq`: the other ring of a line and the number of the frame in its chain; `order`: an order's hash; `at`:
    Unix seconds, by the clock of whoever signed (0: not known).
    """

    ring: str = ""
    log: str = ""
    entry: int = -1
    peer: str = ""
    seq: int = 0
    order: str = ""
    at: int = 0

    def but(self, **changed: str | int) -> Place:
        """The same place with something else about it."""
        return structs.replace(self, **changed)


class Finding(NamedTuple):
    """Something that is wrong, strange, or to be known; `code` is one of `codes.CODES`."""

    code: str
    place: Place
    evidence: Evidence = ()

    @property
    def level(self) -> Level:
        """How much it weighs."""
        return CODES[self.code].level


class Findings:
    """Collects findings. The same is told once; what only follows from another on the same line is left out."""

    def __init__(self) -> None:
        self._found: dict[Finding, None] = {}
        self._counts: dict[tuple[str, str, str], int] = {}

    def add(self, code: str, place: Place, /, **evidence: str | int) -> None:
        """Take one."""
        key = (code, place.ring, place.peer)
        self._counts[key] = self._counts.get(key, 0) + 1
        if self._counts[key] <= LISTED_MAX:
            self._found[Finding(code, place, tuple(sorted(evidence.items())))] = None

    def all(self) -> list[Finding]:
        """The worst first, then by code and place; consequences left out."""
        kept = [each for each in self._found if not self._follows(each)]
        return sorted(kept, key=_rank)

    def _follows(self, finding: Finding) -> bool:
        causes = CODES[finding.code].follows
        return bool(causes) and any(
            other.code in causes and _touches(other.place, finding.place) for other in self._found
        )


def _touches(cause: Place, effect: Place) -> bool:
    """Whether two places lie on one line; a ring's own log concerns all its lines."""
    here, there = {cause.ring, cause.peer} - {""}, {effect.ring, effect.peer} - {""}
    return here <= there or (there <= here if len(there) == 1 else False)


def _rank(finding: Finding) -> tuple[int, str, Place, Evidence]:
    return (-finding.level, finding.code, finding.place, finding.evidence)


def worst(findings: Iterable[Finding]) -> Level:
    """The level of the worst; NOTE where there is nothing."""
    return max((each.level for each in findings), default=Level.NOTE)
