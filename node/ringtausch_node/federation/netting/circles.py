# SPDX-License-Identifier: AGPL-3.0-or-later
"""Circles of debts through one ring: a pure search over what that ring knows (SPEC.md 7.14).

Every circle is walked with the amount that its smallest debt allows and keeps each ring's net position. So a set of
debts, however large, needs no more than one circle after the other, and what one of them frees is right without the
rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain, islice, pairwise
from typing import NamedTuple

from ringtausch_protocol.limits import PATH_MAX

#: claims[one][other]: how much `other` owes `one`, at most, where it surely owes something.
Claims = Mapping[str, Mapping[str, int]]

#: Circles that are looked at: a ring with thirty neighbours, each of them with thirty.
SEEN_MAX = 10_000
#: Circles of one plan: a volunteer reads them, and a round of them ends within minutes.
PLAN_MAX = 16
#: Circles that are tried a day though nobody tells whether they are there: most are not, and a refusal costs each
#: ring on the way two signatures.
GUESSES_MAX = 16
#: Less than five minutes is not worth four signatures.
LEAST_SECONDS = 300


class Circle(NamedTuple):
    """Rings of which each is owed by the next, the first one again at the end; and the most that can be netted."""

    path: tuple[str, ...]
    amount_seconds: int

    @property
    def starter(self) -> str:
        """Who walks it when nobody says so: one of its rings, and each of them knows which."""
        return min(self.path)


def find_circles(claims: Claims, me: str) -> list[Circle]:
    """The circles through a ring that are worth it, largest first, each with what the ones before it leave."""
    left = {one: dict(others) for one, others in claims.items()}
    found = []
    for path in sorted(_paths(claims, me), key=lambda each: (-_narrowest(claims, each), len(each), each)):
        amount = _narrowest(left, path)
        if amount >= LEAST_SECONDS:
            found.append(Circle(path, amount))
            for one, other in _edges(path):
                left[one][other] -= amount
        if len(found) == PLAN_MAX:
            break
    return found


def guess_circles(claims: Claims, guesses: Claims, me: str) -> list[Circle]:
    """Circles through a ring with a debt of others that nobody tells, shortest first; each by itself, as if alone.

    `claims`: what is surely owed, `guesses`: what may be owed besides.
    """
    sure = set(_paths(claims, me))
    found = [Circle(path, _narrowest(guesses, path)) for path in _paths(guesses, me) if path not in sure]
    worth = [circle for circle in found if circle.amount_seconds >= LEAST_SECONDS]
    return sorted(worth, key=lambda each: (len(each.path), -each.amount_seconds, each.path))


def _paths(claims: Claims, me: str) -> list[tuple[str, ...]]:
    """Circles of three edges, then those of more, as many as a plan looks at."""
    each_length = (_walk(claims, (me,), length) for length in range(3, PATH_MAX))
    return list(islice(chain.from_iterable(each_length), SEEN_MAX))


def _walk(claims: Claims, path: tuple[str, ...], edges: int) -> Iterator[tuple[str, ...]]:
    """From a ring to those that owe it, and on, until with the last of so many edges one is reached that it owes."""
    others = claims.get(path[-1], {})
    if edges == 1:
        if path[0] in others:
            yield (*path, path[0])
        return
    for other in sorted(others):
        if other not in path:
            yield from _walk(claims, (*path, other), edges - 1)


def _edges(path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    return pairwise(path)


def _narrowest(claims: Claims, path: tuple[str, ...]) -> int:
    return min(claims[one][other] for one, other in _edges(path))
