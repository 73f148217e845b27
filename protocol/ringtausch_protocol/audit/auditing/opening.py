# SPDX-License-Identifier: Apache-2.0
"""Opening the logs: cards first, then each tree against its head, then the heads against each other."""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

from ringtausch_protocol import cards, checkpoints, entries, log_keys
from ringtausch_protocol.audit.auditing.result import Asked, LogGiven
from ringtausch_protocol.audit.evidence.tree import LogBroken, LogTree, passing_over_broken
from ringtausch_protocol.audit.findings.model import Place
from ringtausch_protocol.audit.ledger.documents import kind_of
from ringtausch_protocol.audit.ledger.starts import verify_start
from ringtausch_protocol.audit.ledger.world import World
from ringtausch_protocol.checkpoints import Checkpoint, LogHead
from ringtausch_protocol.documents import Head
from ringtausch_protocol.entries import ENTRY_DOCUMENT
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.tiles import WIDTH


class Opened(NamedTuple):
    """A log whose tree leads to its head, and whose ring has signed that.

    `verified`: so many of its entries an earlier audit has checked, and they are the same.
    """

    ring_id: str
    number: int
    tree: LogTree
    checkpoint: Checkpoint
    given: LogGiven
    verified: int = 0

    @property
    def origin(self) -> str:
        """Its name."""
        return self.tree.head.origin


def open_logs(world: World, asked: Asked) -> list[Opened]:
    """Open all logs, one for each origin, ordered by ring and number. What is broken becomes a finding."""
    _know_cards(world, asked)
    found: dict[str, Opened] = {}
    for given in sorted(asked.logs, key=lambda each: (each.checkpoint, each.files.name)):
        opened = _open(world, given)
        if opened is not None:
            other = found.get(opened.origin)
            found[opened.origin] = opened if other is None else _same(world, other, opened)
    newest = {each.ring_id: each for each in sorted(found.values(), key=lambda each: each.number)}
    known = [_remembered(world, asked, each, is_newest=newest[each.ring_id] is each) for each in found.values()]
    return sorted(known, key=lambda each: (each.ring_id, each.number))


def new_entries(asked: Asked) -> int:
    """How many entries the logs say they have beyond what an earlier audit has checked; nothing is verified yet."""
    known = asked.remembered
    return sum(max(0, size - (known[origin].size if origin in known else 0)) for origin, size in _sizes(asked).items())


def all_entries(asked: Asked) -> int:
    """How many entries the logs say they have: so many an audit reads. Nothing is verified yet."""
    return sum(_sizes(asked).values())


def _sizes(asked: Asked) -> dict[str, int]:
    """By origin how long a log says it is; of several copies the longest is read."""
    found: dict[str, int] = {}
    for given in asked.logs:
        with suppress(RemoteError):
            head = checkpoints.parse_checkpoint(given.checkpoint).head
            found[head.origin] = max(head.size, found.get(head.origin, 0))
    return found


def _know_cards(world: World, asked: Asked) -> None:
    given = {*asked.cards, *(card for log in asked.logs for card in log.cards)}
    for data in sorted(given, key=lambda each: (_number(each), each)):
        try:
            world.rings.add(data)
        except RemoteError as error:
            world.findings.add("card_invalid", Place(world.rings.signer_of(data)), code=error.code)


def _number(data: bytes) -> int:
    """The number that a card claims; 0 for what is none."""
    try:
        return cards.read_card(data).number
    except RemoteError:
        return 0


def _open(world: World, given: LogGiven) -> Opened | None:
    try:
        checkpoint = checkpoints.parse_checkpoint(given.checkpoint)
    except RemoteError as error:
        world.findings.add("log_unreadable", Place(), source=given.files.name, file="checkpoint", code=error.code)
        return None
    head = checkpoint.head
    ring_id, number = checkpoints.parse_origin(head.origin)
    opened = Opened(ring_id, number, LogTree(given.files, head), checkpoint, given)
    refused = _refuse_head(world, opened)
    if not _leads_to_head(world, opened, "" if refused else ring_id):
        return None
    if refused:
        _learn_cards(world, opened)
        refused = _refuse_head(world, opened)
    if refused:  # anybody can have made this: it tells of its source, and of no ring
        world.findings.add("checkpoint_invalid", Place(log=head.origin), source=given.files.name, code=refused)
        return None
    return opened


def _leads_to_head(world: World, opened: Opened, accused: str) -> bool:
    """Whether the tiles are those of the head."""
    try:
        opened.tree.verify()
        opened.tree.verify_given()
    except LogBroken as broken:
        if accused and not broken.is_unseen:
            world.rejected.add(accused)
        place, name = Place(accused, opened.origin, broken.index), opened.given.files.name
        world.findings.add(broken.code, place, source=name, file=broken.path, detail=broken.detail)
        return False
    return True


def _refuse_head(world: World, opened: Opened) -> str:
    """Why a head is not its ring's word by the cards known so far; empty if it is. Who cosigned it is asked later."""
    chain = world.rings.all_cards(opened.ring_id)
    known = [key for card in chain for key in log_keys.checkpoint_keys(card, opened.origin)]
    try:
        checkpoints.verify_checkpoint(opened.given.checkpoint, known)
    except RemoteError as error:
        return error.code
    return ""


def _learn_cards(world: World, opened: Opened) -> None:
    """Cards may stand in the entries alone. Each proves itself, or is proved by the one before."""
    for number in range(-(-opened.tree.head.size // WIDTH)):
        with passing_over_broken():
            for entry in opened.tree.leaves(number)[0]:
                with suppress(RemoteError):
                    kind, parts = entries.parse_entry(entry)
                    if kind == ENTRY_DOCUMENT and kind_of(parts[0]) == "ring-card":
                        world.rings.add(parts[0])


def closed_by(world: World, log: Opened) -> Head | None:
    """What the start of a log says of the one that it closes; None without a valid one. Raises LogBroken: not shown."""
    if log.number > 1 and log.tree.head.size:
        with passing_over_broken():
            entry = log.tree.leaves(0)[0][0]
            with suppress(RemoteError):  # whoever reads the log says so
                return verify_start(world.rings, entry, log.ring_id, log.number).closed
    return None


def _same(world: World, one: Opened, other: Opened) -> Opened:
    """Two copies of one log: the shorter is the beginning of the longer, or the ring shows people different logs."""
    short, long = sorted((one, other), key=lambda each: each.tree.head.size)
    if long.tree.root_at(short.tree.head.size) != short.tree.head.root:
        world.findings.add(
            "two_histories", Place(one.ring_id, one.origin, short.tree.head.size), source=one.given.files.name,
            other_source=other.given.files.name,
        )  # fmt: skip
    return long


def _remembered(world: World, asked: Asked, opened: Opened, *, is_newest: bool) -> Opened:
    """A log must be what it was at the last audit, or longer: only then what was checked needs no second look."""
    known: LogHead | None = asked.remembered.get(opened.origin)
    if known is None:
        return opened
    size = opened.tree.head.size
    place = Place(opened.ring_id, opened.origin, min(size, known.size))
    if known.size > size:
        if is_newest:  # else a later log has closed it there
            world.findings.add("log_shrunk", place, size=size, known_size=known.size)
    elif opened.tree.root_at(known.size) != known.root:
        world.findings.add("log_split", place, known_size=known.size)
    else:
        return opened._replace(verified=known.size)
    return opened
