# SPDX-License-Identifier: AGPL-3.0-or-later
"""Orders of others along lines that are given up: each of them has its end in the commit that ends the lines.

Looked at first, and signed for, while nothing is written yet: a line that cannot be given up stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.orders import between_records as between
from ringtausch_node.federation.orders.between_records import Carried
from ringtausch_node.federation.orders.gone import Gone
from ringtausch_node.federation.reset.own_words import DEAD_CODE, OwnWords, Signed
from ringtausch_node.federation.reset.shown import load_shown
from ringtausch_node.store import Tx
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.settlement import State


class Ended(NamedTuple):
    """What passed on to one ring that is given up: what counts as paid, and how many were written off."""

    paid: list[Carried]
    written_off: int


class LastOrders:
    """All inside the writer's transaction, in the order of these methods."""

    def __init__(self, gone: Gone, words: OwnWords) -> None:
        self._gone, self._words = gone, words

    def verify_may_end(self, tx: Tx, lines: Sequence[Line]) -> None:
        """Raises LocalError('orders_pass') where one of them sent something on to a ring that may still decide it."""
        gone = _peers(lines)
        for line in lines:
            for carried in between.load_open_from(tx, line.peer.id):
                if carried.state == State.HELD.value and carried.peer_out not in gone:
                    raise LocalError("orders_pass", line.peer.address)

    def sign(self, tx: Tx, lines: Sequence[Line]) -> Signed | None:
        """A write-off of each order that was passed on to them. None where others of our operators sign first."""
        signed: dict[str, bytes] = {}
        is_whole = True
        for line in lines:
            passed = between.load_open_towards(tx, line.peer.id)
            held = [each.order_hash for each in passed if each.state == State.HELD.value]
            complete = self._words.write_offs(tx, line, held)
            is_whole = is_whole and complete is not None
            signed.update(complete or {})
        return signed if is_whole else None

    def end(self, tx: Tx, lines: Sequence[Line], signed: Signed) -> list[Ended]:
        """What waits is dropped. What was passed on counts as paid where that was shown, or else is written off."""
        gone = _peers(lines)
        for carried in _waiting(tx, lines):
            self._gone.drop(tx, carried, None if carried.peer_in in gone else DEAD_CODE)
        return [self._end_held(tx, line, gone, signed) for line in lines]

    def _end_held(self, tx: Tx, line: Line, gone: Collection[int], signed: Signed) -> Ended:
        shown, paid, count = load_shown(tx, line.peer.id), [], 0
        for carried in between.load_open_towards(tx, line.peer.id):
            document, is_told = signed[carried.order_hash], carried.peer_in not in gone
            self._words.log(tx, document)
            if carried.order_hash in shown:
                self._gone.honour(tx, carried, shown[carried.order_hash], is_told=is_told)
                paid.append(carried)
            else:
                self._gone.write_off(tx, carried, document, is_told=is_told)
                count += 1
        return Ended(paid, count)


def waited_for(tx: Tx, peer: int, is_there: Callable[[int], bool]) -> frozenset[int]:
    """The peers that must be given up together with this one: each waits for what only another's end would end.

    Who is there will end it. A ring to which it sent something that was shown to be paid, and that never said so, is
    among them.
    """
    round_about = frozenset(each for each in _behind(tx, peer) if not is_there(each) and peer in _behind(tx, each))
    return (round_about | _behind(tx, peer, is_shown=True)) - {peer}


def held_behind(tx: Tx, peer: int) -> frozenset[int]:
    """The peers that hold an order that came from this one, from line to line: they end it, or are given up too."""
    return _behind(tx, peer) - {peer}


def _behind(tx: Tx, peer: int, *, is_shown: bool = False) -> frozenset[int]:
    """Where orders of a peer are held, from line to line. `is_shown`: only such of which *paid* was shown."""
    found: set[int] = set()
    ahead = [peer]
    while ahead:
        for carried in between.load_open_from(tx, ahead.pop()):
            is_held = carried.state == State.HELD.value and (not is_shown or _was_shown(tx, carried))
            if is_held and carried.peer_out not in found:
                found.add(carried.peer_out)
                ahead.append(carried.peer_out)
    return frozenset(found)


def _was_shown(tx: Tx, carried: Carried) -> bool:
    return carried.order_hash in load_shown(tx, carried.peer_out)


def _waiting(tx: Tx, lines: Sequence[Line]) -> list[Carried]:
    """What came from these lines, or goes on along them, and was not passed on; each once."""
    found = {
        carried.order_hash: carried
        for line in lines
        for carried in (*between.load_open_from(tx, line.peer.id), *between.load_open_towards(tx, line.peer.id))
        if carried.state == State.WAITING.value
    }
    return list(found.values())


def _peers(lines: Sequence[Line]) -> frozenset[int]:
    return frozenset(line.peer.id for line in lines)
