# SPDX-License-Identifier: AGPL-3.0-or-later
"""What must hold of claims that changed hands: three lines moved by one amount or none, and those asked had agreed.

Read with SQL of its own, in the end.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import partial
from typing import NamedTuple

from ringtausch_node.bootstrap import Ring
from ringtausch_node.store import Tx
from tests.simulation.world import World

#: An assignment moves three lines, and each of them has two ends.
LINES, ENDS = 3, 2


class Word(NamedTuple):
    """What an operator of `ring` may say yes to: `leaver` goes; `ring` owes `other` instead, or `other` owes it."""

    ring: str
    leaver: str
    other: str
    we_owe: bool


class Moved(NamedTuple):
    """A claim that changed hands: `debtor` owes `creditor` so much more, and `leaver` is out of it."""

    leaver: str
    debtor: str
    creditor: str
    amount_seconds: int


_EDGES = (
    "SELECT o.order_hash, ?1, p.address, o.amount_seconds FROM order_out o JOIN peer p ON p.id = o.peer"
    " WHERE o.purpose = 'assignment' AND o.transfer_id IS NOT NULL"
    " UNION ALL SELECT i.order_hash, p.address, ?1, i.amount_seconds FROM order_in i JOIN peer p ON p.id = i.peer"
    " WHERE i.purpose = 'assignment' AND i.transfer_id IS NOT NULL"
    " UNION ALL SELECT b.order_hash, p.address, ?1, b.amount_seconds FROM order_between b"
    " JOIN transfer t ON t.id = b.transfer_id JOIN peer p ON p.id = b.peer_in WHERE t.kind = 'assignment'"
    " UNION ALL SELECT b.order_hash, ?1, p.address, b.amount_seconds FROM order_between b"
    " JOIN transfer t ON t.id = b.transfer_id JOIN peer p ON p.id = b.peer_out WHERE t.kind = 'assignment'"
)
_AGREED_TO = (
    "SELECT before.address, behind.address, b.place, b.amount_seconds FROM order_between b"
    " JOIN transfer t ON t.id = b.transfer_id JOIN peer before ON before.id = b.peer_in"
    " JOIN peer behind ON behind.id = b.peer_out WHERE t.kind = 'assignment'"
)
_BEGUN = "SELECT order_hash FROM order_out WHERE purpose = 'assignment' AND transfer_id IS NOT NULL"
Edge = tuple[str, str, int]


class Books(NamedTuple):
    """Of one ring: (order, edge) as it has posted them, its own orders, and for what it was asked."""

    edges: list[tuple[str, Edge]]
    begun: list[str]
    passed: dict[Word, list[int]]


class Assigned:
    """What operators were told and said, and whether the books bear it out.

    `put_back`: rings whose copies may hold an agreement that was used; `liars`: whose books count for nothing.
    """

    def __init__(self, world: World, put_back: set[str], liars: tuple[str, ...] = ()) -> None:
        self._world, self._put_back, self._liars = world, put_back, frozenset(liars)
        self.yes: defaultdict[Word, list[int]] = defaultdict(list)
        self.done: Counter[Moved] = Counter()

    async def check(self) -> Counter[Moved]:
        """With nothing under way. -> what changed hands since the day began."""
        read = {name: await self._read(name) for name in self._world.nodes}
        for name, books in read.items():
            for word, amounts in books.passed.items():
                self._check_consent(word, amounts, is_put_back=name in self._put_back)
        moved = self._moved(read)
        told = Counter({each: count for each, count in self.done.items() if self._liars.isdisjoint(each[:3])})
        assert told <= moved, f"told that {told - moved} changed hands, seed {self._world.seed}"
        return moved

    async def _read(self, name: str) -> Books:
        return await self._world.insist(name, partial(_read, name))

    def _moved(self, read: dict[str, Books]) -> Counter[Moved]:
        """Each order of them, where no liar has part in it."""
        edges: defaultdict[str, Counter[Edge]] = defaultdict(Counter)
        leavers = {order_hash: name for name, books in read.items() for order_hash in books.begun}
        for books in read.values():
            for order_hash, edge in books.edges:
                edges[order_hash][edge] += 1
        honest = {
            order_hash: found
            for order_hash, found in edges.items()
            if all(self._liars.isdisjoint(edge[:2]) for edge in found)
        }
        return Counter(self._triangle(leavers.get(order_hash, ""), found) for order_hash, found in honest.items())

    def _triangle(self, leaver: str, found: Counter[Edge]) -> Moved:
        """It stands on three lines, at both ends of each, with one amount."""
        ways = {one: other for one, other, _ in found}
        debtor = ways.get(leaver, "")
        creditor = ways.get(debtor, "")
        amounts = {amount for _, _, amount in found}
        is_whole = len(found) == len(ways) == LINES and set(found.values()) == {ENDS} and ways.get(creditor) == leaver
        assert (is_whole, len(amounts)) == (True, 1), f"changed hands in part: {found}, seed {self._world.seed}"
        return Moved(leaver, debtor, creditor, amounts.pop())

    def _check_consent(self, word: Word, amounts: list[int], *, is_put_back: bool) -> None:
        """An agreement for each, and each for so much: the greatest with the greatest."""
        said = sorted(self.yes[word], reverse=True)
        if is_put_back:  # its copy knows no more that it was used, and no less how much was agreed to
            said = said[:1] * len(amounts)
        pairs = zip(sorted(amounts, reverse=True), said, strict=False)
        is_agreed = len(amounts) <= len(said) and all(amount <= most for amount, most in pairs)
        assert is_agreed, f"{word}: agreed to {said}, {amounts} changed hands, seed {self._world.seed}"


async def _read(name: str, ring: Ring) -> Books:
    return await ring.store.read(partial(_books, name))


def _books(name: str, tx: Tx) -> Books:
    passed: defaultdict[Word, list[int]] = defaultdict(list)
    for before, behind, place, amount in tx.execute(_AGREED_TO):
        leaver, other = (before, behind) if place == 1 else (behind, before)
        passed[Word(name, short(leaver), short(other), place == 1)].append(amount)
    rows = tx.execute(_EDGES, (f"{name}.example",))
    edges = [(order_hash, (short(one), short(other), amount)) for order_hash, one, other, amount in rows]
    return Books(edges, [row[0] for row in tx.execute(_BEGUN)], passed)


def short(address: str) -> str:
    """How the node of a ring is called."""
    return address.partition(".")[0]
