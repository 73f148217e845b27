# SPDX-License-Identifier: Apache-2.0
"""What is shared by the books of all rings while their logs are read side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec import Struct

from ringtausch_protocol.audit.evidence.rings import Rings
from ringtausch_protocol.audit.evidence.seen import SeenFrame, read_usual
from ringtausch_protocol.audit.evidence.signatures import Check, Signatures
from ringtausch_protocol.audit.evidence.usual import Usual
from ringtausch_protocol.audit.findings.model import Findings, Place
from ringtausch_protocol.audit.ledger.payments import Payments
from ringtausch_protocol.documents import Head
from ringtausch_protocol.items import Order

#: How an edge ended that a ring gave up at its own cost: it need not be like the one behind it.
WAIVED = "waived"


class Waiting(Struct, frozen=True):
    """A frame that one log has shown and the other has not yet."""

    frame: SeenFrame
    owner: str
    log: str
    entry: int

    @property
    def stands_at(self) -> Place:
        """Where it stands, with its sender as the one who must answer for it."""
        header = self.frame.header
        return Place(header.from_, self.log, self.entry, header.to, header.seq, at=header.at)


class Borne(Struct, frozen=True):
    """A ring gave up a claim at its own cost: where it says so, why (the cause of its release), and how much."""

    place: Place
    cause: str
    amount_seconds: int


class Agreed(Struct, frozen=True):
    """A new beginning of a line as one of its logs tells it.

    `more_seconds`: what the log's ring owes by it, or is not owed any more, beyond what its log showed before; None
    where that is not known.
    """

    place: Place
    more_seconds: int | None


class Untaken(NamedTuple):
    """A frame that the log of its receiver holds, and that no ring takes as that log stands (6.3): what is wrong."""

    code: str
    place: Place
    evidence: Mapping[str, str | int]


class Shown(NamedTuple):
    """Where in its payer's log an order stands, by the payer's own header, and who answers for it: see `Path`."""

    head: Head
    signer: str


@dataclass(slots=True)
class Path:
    """An order through other rings: what became of each of its edges, by the index of the ring that reserved.

    `head`: that of the payer's log when the payer signed it. `signer`: the payer, or who showed it where it stands
    under a key that the payer has revoked, or nobody (empty) where nobody is known to have signed it; what we have of
    the payer's log does not reach so far then. `signed`: the outcomes for which a decision of the last ring was shown.
    """

    order: Order
    place: Place
    head: Head
    signer: str
    edges: dict[int, str] = field(default_factory=dict)
    signed: set[str] = field(default_factory=set)


@dataclass(slots=True)
class World:
    """Cards, signatures, payments and findings of all; frames that wait for their other log; the newest time seen."""

    rings: Rings
    findings: Findings
    signatures: Signatures
    payments: Payments = field(default_factory=Payments)
    usual: Usual = field(default_factory=Usual)
    waiting: dict[bytes, Waiting] = field(default_factory=dict)
    places: dict[tuple[str, str, str, int], bytes] = field(default_factory=dict)
    forked: set[tuple[str, str, str]] = field(default_factory=set)
    paths: dict[str, Path] = field(default_factory=dict)
    #: Paths whose edges have all ended alike: a log that is read later tells them again, edge by edge.
    paths_ended: set[str] = field(default_factory=set)
    #: Order, edge -> where the ring below gave its claim up at its own cost, and why it says so.
    borne: dict[tuple[str, int], Borne] = field(default_factory=dict)
    #: Ring, order -> where the write-off that its operators signed stands, with the ring that is gone as the other one.
    write_offs: dict[tuple[str, str], Place] = field(default_factory=dict)
    #: Epoch, ring -> what its log tells of the new beginning.
    agreed: dict[tuple[str, str], Agreed] = field(default_factory=dict)
    #: Leaf of a frame in its receiver's log -> where it says that something was paid which its receiver never ordered.
    unfounded: dict[bytes, Place] = field(default_factory=dict)
    #: Leaf of a frame -> why its receiver would not have taken it; None where its sender's own log says that, too.
    untaken: dict[bytes, Untaken | None] = field(default_factory=dict)
    deferred: list[tuple[SeenFrame, Place]] = field(default_factory=list)
    #: Ring, key, peer, epoch -> the last frame under that key.
    used: dict[tuple[str, str, str, str], int] = field(default_factory=dict)
    audited: set[str] = field(default_factory=set)
    #: Ring, number of a log -> of how many entries we have it.
    sizes: dict[tuple[str, int], int] = field(default_factory=dict)
    rejected: set[str] = field(default_factory=set)
    #: Leaves of frames that a restored ring lost before anybody got them: they moved nothing.
    void: frozenset[bytes] = frozenset()
    #: Leaves of frames that nobody is known to have signed, by the code that their holders answer for, if any.
    unsigned: Mapping[bytes, str] = field(default_factory=dict)
    newest_at: int = 0
    #: Ring -> where its log stood when it signed last, and the time that it said then.
    clocks: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    #: Unix seconds: what is counted in a span of time is counted from there on.
    since: int = 0
    frame_count: int = 0

    # -- frames ------------------------------------------------------------------------------------------------------

    def meet(self, waiting: Waiting, owner: str) -> None:
        """The frame that waits stands in the log of `owner`, too: if that is the other one, it waits no longer."""
        if waiting.owner != owner:
            self._forget(waiting.frame)

    def usual_frames(self, entries: Sequence[bytes], leaves: Sequence[bytes]) -> list[SeenFrame | None]:
        """Those of the usual form among entries that no log has shown before; None in the place of all else."""
        return read_usual(entries, leaves, self.waiting, self.usual)

    def see(self, frame: SeenFrame, owner: str, log: str, entry: int) -> None:
        """A frame stands in the log of `owner`, and no log has shown it before. It waits for the other log."""
        self.frame_count += 1
        header, key = frame.header, frame.place
        self.newest_at = max(self.newest_at, header.at)
        said = (header.head.log, header.head.size, header.at)
        self.clocks[header.from_] = max(self.clocks.get(header.from_, said), said)
        other = self.waiting.get(self.places.get(key, b""))
        if other is None:
            self.places[key] = frame.leaf
            self.waiting[frame.leaf] = Waiting(frame, owner, log, entry)
        else:
            self._compare(frame, other, Waiting(frame, owner, log, entry).stands_at)

    def has(self, ring_id: str, head: Head) -> bool:
        """Whether what a ring signed at this head of its log would stand in what we have of it."""
        return head.size < self.sizes.get((ring_id, head.log), 0)

    def now_for(self, *rings: str) -> int:
        """How late it is for what these rings wait for, in Unix seconds: two rings say so at least.

        What counts is what each said last: a clock that leapt ahead and was set right since would else make everything
        look late that is under way, and so would one that is still ahead. Where only two rings speak, one of them may
        be gone for good, and the word of the other has to do.
        """
        told = {ring: at for ring, (_, _, at) in self.clocks.items()}
        return sorted(told.values())[-2] if len(told) > 2 else max(told.get(each, 0) for each in rings)

    def _forget(self, frame: SeenFrame) -> None:
        del self.waiting[frame.leaf]
        self.places.pop(frame.place, None)

    def _compare(self, frame: SeenFrame, other: Waiting, accused: Place) -> None:
        """Another frame at the same place of the same chain is a fork."""
        self._forget(other.frame)
        if other.frame.hash == frame.hash:
            return  # the same header; its signature or items are checked like any other's
        self.fork(frame, accused, other_hash=other.frame.hash, other_log=other.log, other_entry=other.entry)

    def fork(self, frame: SeenFrame, accused: Place, /, **evidence: str | int) -> None:
        """A second story. It is told once: everything behind a fork is another frame too."""
        if frame.channel not in self.forked:
            self.forked.add(frame.channel)
            self.findings.add("fork", accused, hash=frame.hash, **evidence)

    def refuse(self, code: str, frame: SeenFrame, owner: str, signed: Place, /, **evidence: str | int) -> None:
        """By the log of `owner` a frame is wrong: its signer lies if he is it; another's is taken by nobody."""
        if frame.header.from_ == owner:
            self.untaken[frame.leaf] = None
            self.findings.add(code, signed, **evidence)
        else:
            held = signed.but(ring=owner, peer=frame.header.from_)
            self.untaken.setdefault(frame.leaf, Untaken(code, held, evidence))

    def verify_frame(self, frame: SeenFrame, place: Place) -> None:
        """Have the signatures of a frame checked, under the card of its boot."""
        header = frame.header
        known = self.rings.frame_keys(header.from_, header.boot)
        for each in frame.signed:
            if each.key_id not in known:
                self.deferred.append((frame, place))
                return
        for each in frame.signed:
            self.signatures.add(Check(known[each.key_id], each.message, each.signature, place, frame.leaf))
            place_of_key = (header.from_, each.key_id, header.to, header.epoch)
            if header.seq > self.used.get(place_of_key, 0):
                self.used[place_of_key] = header.seq

    # -- paths -------------------------------------------------------------------------------------------------------

    def open_edge(self, order: Order, order_hash: str, index: int, place: Place, shown: Shown) -> None:
        """A ring on the path has reserved the amount towards the next."""
        if len(order.path) > 2 and order_hash not in self.paths_ended:
            path = self.paths.setdefault(order_hash, Path(order, place, *shown))
            path.edges.setdefault(index, "open")

    def end_edge(self, order: Order, order_hash: str, index: int, outcome: str, decider: str = "") -> None:
        """An edge has ended, by whose decision if one is shown; where all have alike, the path is forgotten."""
        path = self.paths.get(order_hash)
        if path is not None and decider == order.path[-1]:
            path.signed.add(outcome)
        if path is None or path.edges.get(index) == WAIVED:
            return
        path.edges[index] = outcome  # told differently by its two rings, it stands in two frames, and neither is read
        if len(path.edges) == len(order.path) - 1 and len(set(path.edges.values())) == 1:
            del self.paths[order_hash]
            self.paths_ended.add(order_hash)
