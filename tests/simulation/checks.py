# SPDX-License-Identifier: AGPL-3.0-or-later
"""What must hold after every commit, seen from outside in the ring's file, and what each pair agrees on in the end.

Read with SQL of its own, never through the code that is judged. After a commit the store's own connection is asked:
what it shows outside a transaction is what the file holds, and its pages are at hand. The file itself is opened anew
after each death, and in the end.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection
from contextlib import ExitStack, closing
from typing import Any, ClassVar

from tests.simulation import within
from tests.simulation.loop import Life
from tests.simulation.nodes import Node
from tests.simulation.within import Within
from tests.simulation.world import World

#: Every question in one statement: it is asked after every commit of every ring. The first column names the question
#: that a row answers. What was decided and sent: of the present hour.
_READING = (
    "SELECT 'books', (SELECT coalesce(sum(balance_seconds), 0) FROM account),"
    " (SELECT coalesce(sum(held_seconds), 0) FROM account),"
    " (SELECT coalesce(sum(amount_seconds), 0) FROM order_out"
    "   WHERE state IN ('queued', 'held', 'in_doubt') AND purpose <> 'probe'),"
    " (SELECT count(*) FROM line l WHERE held_out_seconds <> (SELECT coalesce(sum(amount_seconds), 0) FROM order_out o"
    "   WHERE o.peer = l.peer AND o.state IN ('held', 'in_doubt'))"
    "   + (SELECT coalesce(sum(amount_seconds), 0) FROM order_between b"
    "      WHERE b.peer_out = l.peer AND b.state = 'held')),"
    f" ({within.BELOW}), NULL"
    " UNION ALL SELECT 'log', log, size, NULL, NULL, NULL, NULL FROM frontier"
    " UNION ALL SELECT * FROM (SELECT 'signed', log, size, hex(root), NULL, NULL, NULL FROM checkpoint"
    "   ORDER BY log DESC, size DESC LIMIT 1)"
    " UNION ALL SELECT 'decided', hex(payment_id), state, order_hash, NULL, NULL, NULL FROM order_in"
    "   WHERE decided_at >= ?1 AND purpose <> 'probe'"
    " UNION ALL SELECT 'sent', hex(payment_id), o.state, p.address, order_hash, NULL, NULL"
    "   FROM order_out o JOIN peer p ON p.id = o.peer WHERE ended_at >= ?1 AND purpose <> 'probe'"
    f" UNION ALL {within.LINES}"
)
#: What an order ends as without a word of the other ring: an old copy does not know that it did.
_UNSIGNED_ENDS = {"cancelled", "expired"}


class Witness:
    """Looks at a ring's file after each of its commits, from outside, and remembers what was final."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._final: dict[tuple[str, str], str] = {}
        self._logs: dict[str, tuple[int, int]] = {}
        self._seen_until: dict[Life, int] = {}
        #: How many rows each life of a ring had changed at its commit before: then none need be read.
        self._changes: dict[Life, int] = {}
        #: What each life of a ring showed at the commit before: the same rows need no second look.
        self._read: dict[Life, set[tuple[Any, ...]]] = {}
        self._within = Within(self._demand)
        #: Rings that began again from an old copy: what only a liar could tell them back may be lost.
        self.put_back: set[str] = set()
        self.commits = 0
        #: (ring, neighbour): of what passed on this line the ring lists no more than what came back after its copy.
        self.forgotten: set[tuple[str, str]] = set()
        #: What was final when the newest backup of a ring was begun.
        self._in_copy: dict[str, set[tuple[str, str]]] = {}
        #: Addresses of rings whose word need not be what their books say.
        self.liars: frozenset[str] = frozenset()
        world.after_commit = self

    def __call__(self, node: Node) -> None:
        """Right after a COMMIT of a node."""
        self.commits += 1
        books = self._world._connections[node.life][0]._connection  # the writer: the first that a store opens
        self._demand(not books.in_transaction, f"{node.name}: committed, and still in a transaction")
        if self._changes.get(node.life) != books.total_changes:
            self._changes[node.life] = books.total_changes
            self._look(node, books)

    def look_into(self, node: Node) -> None:
        """What the file of a ring holds that is not open."""
        with closing(_open(self._world, node)) as file:
            self._look(node, file)

    def _look(self, node: Node, books: Any) -> None:
        rows = books.execute(_READING, (self._seen_until.get(node.life, 0),)).fetchall()
        before, self._read[node.life] = self._read.get(node.life, set()), set(rows)
        self._seen_until[node.life] = node.clock.now() - CLOCK_MOVES_SECONDS
        for row in rows:
            if row not in before:
                self._judge[row[0]](self, node, *row[1:])

    def _check_books(self, node: Node, total: int, held: int, awaited: int, wrong: int, below: int, _: None) -> None:
        self._demand(total == 0, f"{node.name}: sum is {total}")
        self._demand(held == awaited, f"{node.name}: held {held}, open orders {awaited}")
        self._demand(wrong == 0, f"{node.name}: a line's holds are not its open orders")
        self._within.check_members(node, below)

    def forget(self, node: Node) -> None:
        """The node begins again from an old copy: it knows less than we do, and of what nobody else knows nothing."""
        self._within.forget(node)
        self.put_back.add(node.name)
        self._logs.pop(node.name, None)
        for known in (self._seen_until, self._changes, self._read):
            known.pop(node.life, None)
        for key, value in list(self._final.items()):
            is_own = key[0] == node.name or key[0].startswith(f"{node.name} sent ")
            is_lost = is_own and (value in _UNSIGNED_ENDS or self._is_void(node, key))
            if is_lost or (key[0].startswith(f"{node.name} decided ") and not self._is_heard(node, key[0])):
                del self._final[key]

    def is_copied(self, node: Node) -> None:
        """A backup of it is about to be made."""
        self._in_copy[node.name] = set(self._final)

    def _is_void(self, node: Node, key: tuple[str, str]) -> bool:
        """Whether an order of its copy may have ended in an epoch that is over since: it is free (SPEC.md 5.4)."""
        return any(one == node.name for one, _ in self.forgotten) and key not in self._in_copy[node.name]

    def _is_heard(self, node: Node, decided: str) -> bool:
        """Whether the payer's ring has heard a decision: what never left is lost with the copy, and made anew."""
        payment = decided.rpartition(" ")[2]
        return any((name, payment) in self._final for name in self._world.nodes if name != node.name)

    def read_all_again(self, node: Node) -> None:
        """Its clock was set: what it says of when something ended orders nothing any more."""
        self._seen_until.pop(node.life, None)
        self._changes.pop(node.life, None)

    def most_given(self, name: str, address: str) -> int:
        """The highest limit that a ring ever gave a neighbour, in seconds."""
        return self._within.most_given(name, address)

    def _check_log(self, node: Node, log: int, size: int, *_: None) -> None:
        known = self._logs.get(node.name, (0, 0))
        self._demand((log, size) >= known, f"{node.name}: the log was {known}, is {(log, size)}")
        self._logs[node.name] = (log, size)

    def _check_signed(self, node: Node, log: int, size: int, root: str, *_: None) -> None:
        self._remember((f"{node.name} signed log {log} at", str(size)), root)

    def _check_decided(self, node: Node, payment: str, state: str, order_hash: str, *_: None) -> None:
        """Those of this life's present hour; a new life is read from the beginning."""
        self._remember((f"{node.name} decided {payment}", order_hash), state)
        if state == "posted":
            self._remember(("paid once", payment), order_hash)

    def _check_sent(self, node: Node, payment: str, state: str, peer: str, order_hash: str, *_: None) -> None:
        peer = peer.partition("~")[0]  # without the mark of a line that was given up
        is_put_back = node.name in self.put_back
        if peer not in self.liars or not is_put_back:
            self._remember((f"{node.name} sent {order_hash}", payment), state)
            if is_put_back:  # it hears again of all tries of a payment, one neighbour after the other
                self._final.setdefault((node.name, payment), state)
            else:
                self._remember((node.name, payment), state)
        # In order: the payer's ring has posted only what the payee's ring had posted before.
        is_founded = state != "posted" or peer in self.liars or ("paid once", payment) in self._final
        self._demand(is_founded, f"{payment} posted, not decided")

    def _check_line(self, node: Node, *line: Any) -> None:
        self._within.check_line(node, *line)

    def _remember(self, key: tuple[str, str], value: str) -> None:
        self._demand(self._final.setdefault(key, value) == value, f"{key} was {self._final[key]}, is {value}")

    def _demand(self, holds: bool, complaint: str) -> None:
        if not holds:
            self._world.complaints.append(f"{complaint} (commit {self.commits}, seed {self._world.seed})")

    _judge: ClassVar[dict[str, Callable[..., None]]] = {
        "books": _check_books, "log": _check_log, "signed": _check_signed, "decided": _check_decided,
        "sent": _check_sent, "line": _check_line,
    }  # fmt: skip


#: A ring's clock jumps by less: what ended since then is looked at again at every commit.
CLOCK_MOVES_SECONDS = 2_000

#: What was posted on a line, with what only passed: the order's hash is the same at all rings of a path.
_PAID_THERE = (
    "SELECT p.address, order_hash, o.amount_seconds FROM order_out o JOIN peer p ON p.id = o.peer"
    " WHERE o.state = 'posted' AND purpose <> 'probe' UNION ALL"
    " SELECT p.address, order_hash, b.amount_seconds FROM order_between b JOIN peer p ON p.id = b.peer_out"
    " WHERE b.state = 'posted'"
)
_PAID_HERE = (
    "SELECT p.address, order_hash, o.amount_seconds FROM order_in o JOIN peer p ON p.id = o.peer"
    " WHERE o.state = 'posted' AND purpose <> 'probe' UNION ALL"
    " SELECT p.address, order_hash, b.amount_seconds FROM order_between b JOIN peer p ON p.id = b.peer_in"
    " WHERE b.state = 'posted'"
)

#: Payments of which more was given back than was paid.
_GIVEN = (
    "SELECT count(*) FROM order_out p JOIN (SELECT refund_of, sum(amount_seconds) AS given FROM order_in"
    " WHERE state = 'posted' AND refund_of IS NOT NULL GROUP BY refund_of) r ON r.refund_of = p.payment_id"
    " WHERE r.given > p.amount_seconds"
)


def settled(world: World, books: dict[str, int], forgotten: Collection[tuple[str, str]] = ()) -> int:
    """Both sides of every pair list the same payments, and their sum is what stands between them. -> how many.

    `forgotten`: (ring, neighbour) where the ring may list fewer; its neighbour's list says what stands between them.
    """
    with ExitStack() as stack:
        files = {name: stack.enter_context(closing(_open(world, node))) for name, node in world.nodes.items()}
        return _settled(files, books, forgotten, world.seed)


def _settled(files: dict[str, Any], books: dict[str, int], forgotten: Collection[tuple[str, str]], seed: int) -> int:
    out, into = (_listed(files, sql) for sql in (_PAID_THERE, _PAID_HERE))
    for one, other in dict.fromkeys((*out, *((payer, payee) for payee, payer in into))):
        if one in files and other in files:
            paid, given = out.get((one, other), {}).items(), into.get((other, one), {}).items()
            is_same = (paid <= given or (other, one) in forgotten) and (given <= paid or (one, other) in forgotten)
            assert is_same, f"{one} paid {other}: not the same at both, seed {seed}"
    for pair, seconds in books.items():
        one, other = pair.split(">")
        if (one, other) in forgotten:  # the other ring's list says what is owed, and both books the same
            continue
        owed = sum(out.get((one, other), {}).values()) - sum(into.get((one, other), {}).values())
        assert seconds == owed, f"{pair}: {seconds} in the books, {owed} by payments, seed {seed}"
    for name, file in files.items():
        assert file.execute(_GIVEN).fetchone()[0] == 0, f"{name}: more given back than paid, seed {seed}"
    return len(set().union(*out.values()))


def _open(world: World, node: Node) -> Any:
    path = world.folder(node) / "ring.sqlite"
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)


def _listed(files: dict[str, Any], sql: str) -> dict[tuple[str, str], dict[str, int]]:
    found: dict[tuple[str, str], dict[str, int]] = {}
    for name, file in files.items():
        for address, payment, seconds in file.execute(sql):
            found.setdefault((name, address.partition(".")[0]), {})[payment] = seconds
    return found
