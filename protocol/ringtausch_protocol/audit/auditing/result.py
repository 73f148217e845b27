# SPDX-License-Identifier: Apache-2.0
"""What an audit is asked, and what it comes to: values, in an order that depends on the logs alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ringtausch_protocol.audit.evidence.tree import BrokenFiles, LogBroken, LogFiles
from ringtausch_protocol.audit.findings.codes import Level
from ringtausch_protocol.audit.findings.model import Finding, worst
from ringtausch_protocol.checkpoints import LogHead
from ringtausch_protocol.roster import Roster


class LogGiven(NamedTuple):
    """One log as a source gives it: its files, its checkpoint, and cards that lie beside it."""

    files: LogFiles
    checkpoint: bytes
    cards: tuple[bytes, ...]


class Failed(NamedTuple):
    """A source that could not be read, and why."""

    source: str
    code: str


class Expected(NamedTuple):
    """A ring that must be seen: one of the keys that were given, or of the roster."""

    ring_id: str
    address: str


class Asked(NamedTuple):
    """What is audited. `expected`: the rings that must be seen; empty: those that the logs name.

    `remembered`: heads of an earlier audit by origin: no signature below them is checked again. `since`: Unix seconds,
    hints and notes that are known to lie before are counted and not listed. `cards`: those that the caller
    knows, beside the sources'. `roster`: the federation's, verified.
    """

    logs: Sequence[LogGiven]
    failed: Sequence[Failed] = ()
    expected: Sequence[Expected] = ()
    remembered: Mapping[str, LogHead] = {}
    since: int = 0
    cards: tuple[bytes, ...] = ()
    roster: Roster | None = None

    def without(self, broken: LogBroken) -> Asked:
        """The same, but for a log that was opened and could not be read any more: it is named, and not read again."""
        files = BrokenFiles(broken)
        return self._replace(
            logs=[log._replace(files=files) if log.files is broken.files else log for log in self.logs]
        )

    def all_expected(self) -> dict[str, str]:
        """Ring id -> address of every ring that must be seen."""
        listed = {} if self.roster is None else {ring.ring_id: ring.address for ring in self.roster.rings}
        return listed | {each.ring_id: each.address for each in self.expected}


class LogSeen(NamedTuple):
    """A log that was read to its end. `quorum`: so many of its ring's peers would have to cosign its head."""

    head: LogHead
    source: str
    cosigners: tuple[str, ...]
    quorum: int

    @property
    def is_cosigned(self) -> bool:
        """Whether enough have; a ring without peers has nobody to ask."""
        return 0 < self.quorum <= len(self.cosigners)


class RingSeen(NamedTuple):
    """A ring: its address ("" where no card is known), its logs, what stands in them.

    `net_seconds`: what all others together owe it by its own log, below zero it owes; None where that is not whole.
    """

    ring_id: str
    address: str
    logs: tuple[LogSeen, ...]
    frames: int
    bookings: int
    is_complete: bool
    net_seconds: int | None


class Owing(NamedTuple):
    """Who owes whom how much on a line, and the most that may be owed this way. A line that is even: a owes b 0."""

    debtor: str
    creditor: str
    seconds: int
    limit_seconds: int


class LineSeen(NamedTuple):
    """A line between rings a < b. `owed_seconds` > 0: a owes b. Limits: the most a, and b, may owe; 0 once ended.

    `netted_seconds`: debt between the two that nettings made disappear since the audit's day. `sides`: how many of the
    two logs show it; `open_seconds`: what is on its way in either direction.
    """

    a: str
    b: str
    owed_seconds: int
    a_limit_seconds: int
    b_limit_seconds: int
    a_state: str
    b_state: str
    open_count: int
    open_seconds: int
    under_way: int
    sides: int
    peak_seconds: int
    netted_seconds: int
    is_ended: bool = False

    @property
    def owing(self) -> Owing:
        """The debt from the debtor's side."""
        if self.owed_seconds < 0:
            return Owing(self.b, self.a, -self.owed_seconds, self.b_limit_seconds)
        return Owing(self.a, self.b, self.owed_seconds, self.a_limit_seconds)


class OrderSeen(NamedTuple):
    """An order without an end. `lateness_seconds`: how long its deadline had passed at the newest time seen."""

    order_hash: str
    path: tuple[str, ...]
    amount_seconds: int
    purpose: str
    created_at: int
    deadline_at: int
    lateness_seconds: int


class Result(NamedTuple):
    """All of it. `newest_at`: the newest time that any log shows; the audit itself asks no clock.

    `signatures_before`: those that an earlier audit has checked, and this one has not.
    `since`: the audit's day, Unix seconds; 0: from the beginning. `earlier`: hints and notes that lie before it, which
    are not among `findings`. `addresses`: of every ring of which a card, or a line
    in the roster, is known; also of those that were not seen.
    """

    rings: tuple[RingSeen, ...]
    lines: tuple[LineSeen, ...]
    orders: tuple[OrderSeen, ...]
    findings: tuple[Finding, ...]
    failed: tuple[Failed, ...]
    missing: tuple[str, ...]
    newest_at: int
    frames: int
    signatures: int
    signatures_before: int
    entries: int
    earlier: tuple[Finding, ...]
    addresses: Mapping[str, str]
    roster: Roster | None = None
    since: int = 0

    @property
    def level(self) -> Level:
        """The worst of it, listed here or not: the exit code."""
        return worst((*self.findings, *self.earlier))

    def address_of(self, ring_id: str) -> str:
        """How a ring is called."""
        return self.addresses.get(ring_id) or ring_id[:12]
