# SPDX-License-Identifier: Apache-2.0
"""One audit from the first byte to the last word."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ringtausch_protocol import limits, log_keys
from ringtausch_protocol.audit.auditing.closing import Closing, verify_head
from ringtausch_protocol.audit.auditing.opening import open_logs
from ringtausch_protocol.audit.auditing.reading import Run, read_all, runs_of
from ringtausch_protocol.audit.auditing.result import Asked, LineSeen, LogSeen, OrderSeen, Result, RingSeen
from ringtausch_protocol.audit.auditing.rostering import compare_roster
from ringtausch_protocol.audit.auditing.voiding import void_frames
from ringtausch_protocol.audit.evidence.rings import Rings
from ringtausch_protocol.audit.evidence.signatures import Begin, Signatures, begin_at_once
from ringtausch_protocol.audit.evidence.tree import LogBroken
from ringtausch_protocol.audit.findings.codes import Level
from ringtausch_protocol.audit.findings.model import Finding, Findings, Place
from ringtausch_protocol.audit.ledger.lines import LineBook, OpenOrder
from ringtausch_protocol.audit.ledger.world import World
from ringtausch_protocol.checkpoints import Policy, quorum_of


def audit(asked: Asked, begin: Begin = begin_at_once, progress: Callable[[int], None] = lambda _: None) -> Result:
    """Audit all logs together. `begin` checks groups of signatures; `progress` is told how many entries were read.

    What nobody has signed is nobody's word: where a log holds such a frame, all logs are read again without it. So they
    are without a log whose source falls silent when it is needed once more.
    """
    while True:
        try:
            return _audit(asked, begin, progress)
        except LogBroken as broken:
            asked = asked.without(broken)


def _audit(asked: Asked, begin: Begin, progress: Callable[[int], None]) -> Result:
    world, runs, closing, entries = _read(asked, {}, begin, progress)
    unsigned = closing.unproved | dict.fromkeys(world.signatures.false, "bad_signature")
    if unsigned:
        world, runs, closing, entries = _read(asked, unsigned, begin, progress)
    return _result(asked, world, runs, closing, entries)


def _read(
    asked: Asked, unsigned: Mapping[bytes, str], begin: Begin, progress: Callable[[int], None]
) -> tuple[World, Sequence[Run], Closing, int]:
    findings = Findings()
    world = World(Rings(), findings, Signatures(begin, findings), since=asked.since, unsigned=unsigned)
    logs = open_logs(world, asked)
    world.void = void_frames(world, logs)
    runs = runs_of(world, logs)
    entries = read_all(world, runs, progress)
    closing = Closing(world, runs)
    closing.close()
    return world, runs, closing, entries


def _result(asked: Asked, world: World, runs: Sequence[Run], closing: Closing, entries: int) -> Result:
    rings = _rings(world, runs)
    missing = _missing(world, asked, runs)
    orders = _orders(world, runs)
    lines = _lines(world, runs, closing)
    listed, earlier = _since(world.findings.all(), asked.since)
    return Result(
        rings=rings, lines=lines, orders=orders, findings=listed, failed=tuple(sorted(asked.failed)),
        missing=missing, newest_at=world.newest_at, frames=world.frame_count, signatures=world.signatures.count,
        signatures_before=world.signatures.passed, entries=entries, earlier=earlier,
        addresses=_addresses(world, asked), roster=asked.roster, since=asked.since,
    )  # fmt: skip


def _since(found: Sequence[Finding], since: int) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """What is listed, and what is left out. A fault never is: it is no less proven for being old."""
    earlier = [each for each in found if each.level < Level.FINDING and 0 < each.place.at < since]
    left_out = set(earlier)
    return tuple(each for each in found if each not in left_out), tuple(earlier)


# -- rings -------------------------------------------------------------------------------------------------------------


def _rings(world: World, runs: Sequence[Run]) -> tuple[RingSeen, ...]:
    """Every ring that was seen, in the order of addresses."""
    witnesses = [key for ring_id in world.rings.known() for card in world.rings.chain(ring_id)
                 for key in log_keys.witness_keys(card)]  # fmt: skip
    found = []
    for run in runs:
        if run.book.is_cut:
            world.findings.add("log_incomplete", Place(run.book.owner))
        others = Policy(tuple(key for key in dict.fromkeys(witnesses) if key.name != run.book.owner))
        found.append(_ring(world, run, others))
    return tuple(sorted(found, key=lambda each: (each.address, each.ring_id)))


def _ring(world: World, run: Run, others: Policy) -> RingSeen:
    """One of them. `others`: who may cosign its heads."""
    book = run.book
    quorum = quorum_of(min(len(book.lines), limits.WITNESSES_MAX))
    seen = tuple(
        LogSeen(log.tree.head, log.given.files.name, verify_head(world, log, others), quorum) for log in run.logs
    )
    net = None if book.is_cut or not run.is_complete else -sum(line.owed_seconds for line in book.lines.values())
    address = address_of(world.rings, book.owner)
    return RingSeen(book.owner, address, seen, book.frames, book.bookings, run.is_complete, net)


def _addresses(world: World, asked: Asked) -> dict[str, str]:
    """What every known ring is called."""
    return asked.all_expected() | {ring_id: address_of(world.rings, ring_id) for ring_id in world.rings.known()}


def address_of(rings: Rings, ring_id: str) -> str:
    """The address on the ring's newest card; empty where none is known."""
    chain = rings.chain(ring_id)
    return chain[-1].card.address if chain else ""


def _missing(world: World, asked: Asked, runs: Sequence[Run]) -> tuple[str, ...]:
    """Rings of the roster, and rings with lines to those that were seen, whose logs were not there."""
    listed = asked.all_expected().keys()
    named = {peer for run in runs for peer in run.book.lines} | listed
    there = {run.book.owner for run in runs} | world.rejected
    missing = sorted(named - there)
    for ring_id in missing:
        world.findings.add("ring_not_seen", Place(ring_id))
    for failed in asked.failed:
        world.findings.add("source_failed", Place(), source=failed.source, code=failed.code)
    for ring_id in sorted(there - listed) if listed else ():
        world.findings.add("not_in_roster", Place(ring_id))
    if asked.roster is not None:
        compare_roster(world, asked.roster, [log for run in runs for log in run.logs])
    return tuple(missing)


# -- orders ------------------------------------------------------------------------------------------------------------


def _orders(world: World, runs: Sequence[Run]) -> tuple[OrderSeen, ...]:
    """Orders without an end, by the log of whoever reserved the amount, else of whoever was asked."""
    found: dict[str, OpenOrder] = {}
    for run in runs:
        for line in run.book.lines.values():
            for order_hash, waiting in line.open.items():
                if waiting.is_ours or line.peer not in world.audited:
                    found.setdefault(order_hash, waiting)
    orders = [_order(world, order_hash, found[order_hash]) for order_hash in sorted(found)]
    return tuple(sorted(orders, key=lambda each: (each.created_at, each.order_hash)))


def _order(world: World, order_hash: str, waiting: OpenOrder) -> OrderSeen:
    order, late = waiting.order, world.now_for(*waiting.order.path) - waiting.order.deadline_at
    code = "order_in_doubt" if late > limits.DOUBT_SECONDS else "order_late" if late > 0 else "order_open"
    if order.purpose != "probe":
        world.findings.add(code, waiting.place, amount_seconds=order.amount_seconds, late_seconds=max(0, late))
    return OrderSeen(
        order_hash, tuple(order.path), order.amount_seconds, order.purpose, order.created_at, order.deadline_at,
        max(0, late),
    )  # fmt: skip


# -- lines -------------------------------------------------------------------------------------------------------------


def _lines(world: World, runs: Sequence[Run], closing: Closing) -> tuple[LineSeen, ...]:
    """Every line, by the log of a ring that closed it, else of its smaller ring if that was read, else of the other."""
    books = {(run.book.owner, peer): line for run in runs for peer, line in run.book.lines.items()}
    pairs = sorted({tuple(sorted(pair)) for pair in books})
    lines = tuple(_line(books, a, b, closing) for a, b in pairs)
    for line in lines:
        if line.netted_seconds:
            world.findings.add("netted", Place(line.a, peer=line.b), amount_seconds=line.netted_seconds)
    return lines


def _line(books: dict[tuple[str, str], LineBook], a: str, b: str, closing: Closing) -> LineSeen:
    sides = [books[pair] for pair in ((a, b), (b, a)) if pair in books]
    seen = min(sides, key=lambda line: not line.is_closed)  # one ring's word ends a line; the other may be gone
    owes, owed = (seen.owed_by_us, seen.owed_by_peer) if seen.owner == a else (seen.owed_by_peer, seen.owed_by_us)
    waiting = {key: each.order for line in sides for key, each in line.open.items()}
    is_ended = any(line.is_ended for line in sides)
    limits_seconds = (0, 0) if is_ended else (owes.limit_seconds, owed.limit_seconds)
    return LineSeen(
        a, b, seen.owed_seconds if seen.owner == a else -seen.owed_seconds, *limits_seconds,
        owes.state, owed.state, len(waiting), sum(order.amount_seconds for order in waiting.values()),
        sum(len(closing.under_way.get(pair, ())) for pair in ((a, b), (b, a))), len(sides),
        seen.peak_seconds, seen.netted_seconds, is_ended,
    )  # fmt: skip


__all__ = ["Finding", "audit"]
