# SPDX-License-Identifier: Apache-2.0
"""Documents that change a line, in a log or in a frame: agreements, resets, statements, cards (SPEC.md 5, 7.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringtausch_protocol import canonical, envelope, limits
from ringtausch_protocol.audit.findings.model import Place
from ringtausch_protocol.audit.ledger.lines import LineBook
from ringtausch_protocol.audit.ledger.world import Agreed, World
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.documents import DOCUMENTS, EpochReset, LineTerms, PeerAgreement, Statement, WriteOff
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.line_close import LineClose

_PREFIX, _SUFFIX = "application/vnd.ringtausch.", ".v1+json"


def kind_of(data: bytes) -> str:
    """Which document an envelope holds. Raises RemoteError as `parse_envelope`."""
    return (
        envelope.parse_envelope(data, limits.HELLO_ENVELOPE_BYTES)
        .payload_type.removeprefix(_PREFIX)
        .removesuffix(_SUFFIX)
    )


def read_document(data: bytes, kind: str) -> tuple[Any, str]:
    """A document by its kind, signatures not checked, and its H. Raises RemoteError."""
    payload = envelope.parse_envelope(data, limits.HELLO_ENVELOPE_BYTES).body()
    value = canonical.parse(payload, DOCUMENTS[kind], limits.HELLO_BYTES)
    return value, b64(envelope.document_hash(kind, payload))


class Documents:
    """Takes the documents that the log of `owner` holds into the books of its lines."""

    def __init__(self, world: World, owner: str, *, is_cut: bool) -> None:
        self._world, self._owner, self._is_cut = world, owner, is_cut
        #: Orders passed on to a ring that the owner's operators say is dead: their ends need no cause behind them.
        self.given_up: set[str] = set()
        #: When the owner said that all of its lines are over; zero: never.
        self.closed_at = 0

    def card(self, data: bytes, place: Place) -> None:
        """A card, the ring's own or a peer's."""
        try:
            self._world.rings.add(data)
        except RemoteError as error:
            accused = self._world.rings.signer_of(data) or place.ring  # a ring answers for what its root has signed
            self._world.findings.add("card_invalid", place.but(ring=accused), code=error.code)

    def agreement(self, line: LineBook, data: bytes, place: Place) -> None:
        """An agreement that the log says is in force: signed by both, the first of a line or following the last."""
        value, digest = read_document(data, "peer-agreement")
        assert isinstance(value, PeerAgreement)
        if digest == line.agreement_hash:
            return
        problem = self._unsigned(data, "peer-agreement", value.a, value.b) or _changed(line, value)
        if problem:
            self._world.findings.add("agreement_invalid", place, reason=problem, hash=digest)
        if value.prev is None:
            line.begin(value.epoch, digest)
        line.is_cut |= self._is_unseen(data, "operator", value.a, value.b)
        line.agree(value, digest)

    def reset(self, line: LineBook, data: bytes, place: Place) -> None:
        """A new epoch: both chains begin anew over the agreed balance; orders that it does not name are over."""
        value, digest = read_document(data, "epoch-reset")
        assert isinstance(value, EpochReset)
        if value.new_epoch in line.channels:
            return
        problem = self._unsigned(data, "epoch-reset", value.a, value.b)
        if problem:
            self._world.findings.add("reset_invalid", place, reason=problem, hash=digest)
        more = line.reset(value, digest)
        line.is_cut |= self._is_unseen(data, "operator", value.a, value.b)
        self._world.agreed[value.new_epoch, self._owner] = Agreed(place, None if problem else more)
        self._world.findings.add("begun_anew", place, balance_seconds=value.balance_seconds)

    def statement(self, line: LineBook, data: bytes, place: Place) -> None:
        """A statement that both have signed must name the balance that the frames give."""
        value, digest = read_document(data, "statement")
        assert isinstance(value, Statement)
        problem = self._unsigned(data, "statement", value.a, value.b, purpose="frame")
        if problem == "threshold":
            return  # one side has signed: a proposal
        if problem:
            self._world.findings.add("document_invalid", place, reason=problem, hash=digest)
            return
        seqs = (value.a_seq, value.b_seq) if self._owner == value.a else (value.b_seq, value.a_seq)
        owed = line.owed_at(*seqs)
        said = value.balance_seconds if self._owner == value.a else -value.balance_seconds
        if value.epoch == line.epoch and owed is not None and owed != said and not line.is_cut:
            self._world.findings.add("statement_differs", place, said_seconds=said, found_seconds=owed, hash=digest)

    def close(self, line: LineBook, data: bytes, place: Place) -> None:
        """A line is over, and its ring says what becomes of the rest: it is even from there on, at a cost or none."""
        value, digest = read_document(data, "line-close")
        assert isinstance(value, LineClose)
        problem = self._unsigned(data, "line-close", value.ring_id)
        may_rest = line.is_cut or line.may_rest_at(value.balance_seconds)
        if not problem and (value.ring_id != self._owner or not may_rest):
            problem = "balance"
        if problem:
            self._world.findings.add("document_invalid", place, reason=problem, hash=digest)
            return
        line.close(value.at)
        if value.balance_seconds:
            code = "settled" if value.how == "settled" else "loss" if value.balance_seconds < 0 else "kept"
            self._world.findings.add(code, place.but(at=value.at), amount_seconds=abs(value.balance_seconds))

    def close_ring(self, lines: Mapping[str, LineBook], data: bytes, place: Place) -> None:
        """A ring says that all of its lines are over: each that its log shows stands on it, and is even."""
        value, digest = read_document(data, "ring-close")
        problem = self._unsigned(data, "ring-close", value.ring_id)
        named = {each.peer for each in value.lines}
        is_open = any(peer not in named or not line.is_even for peer, line in lines.items())
        if not problem and is_open:
            problem = "balance"
        if problem or value.ring_id != self._owner:
            self._world.findings.add("document_invalid", place, reason=problem or "wrong_ring", hash=digest)
        else:
            self.closed_at = value.at
            self._world.findings.add("closed", place.but(at=value.at))

    def other(self, data: bytes, kind: str, place: Place) -> None:
        """A write-off or a proof: signed by the ring that it names."""
        value, digest = read_document(data, kind)
        signer, purpose = (value.ring_id, "operator") if kind == "write-off" else (value.reporter, "frame")
        problem = self._unsigned(data, kind, signer, purpose=purpose)
        if problem:
            self._world.findings.add("document_invalid", place, reason=problem, hash=digest)
        elif kind == "write-off":
            self.given_up.add(value.order_hash)
            self._keep(value, place)

    def _keep(self, value: WriteOff, place: Place) -> None:
        """A write-off stands in its ring's log, and in a frame to the ring before, which both have: told once."""
        key = (value.ring_id, value.order_hash)
        stands = Place(value.ring_id, place.log, place.entry, value.dead_peer, 0, value.order_hash, value.at)
        self._world.write_offs[key] = min(stands, self._world.write_offs.get(key, stands), key=_nearness)

    def _unsigned(self, data: bytes, kind: str, *signers: str, purpose: str = "operator") -> str:
        """The code of what is wrong with the signatures; empty where they hold."""
        try:
            self._world.rings.verify_document(data, kind, signers, purpose)
        except RemoteError as error:
            return "" if self._is_unseen(data, purpose, *signers) else error.code
        return ""

    def _is_unseen(self, data: bytes, purpose: str, *signers: str) -> bool:
        """Whether a ring whose logs are not here may have signed, under a card in an earlier log of the owner's."""
        others = [ring_id for ring_id in signers if ring_id not in self._world.audited]
        return self._is_cut and self._world.rings.may_have_signed(data, signers, others, purpose)


def _nearness(place: Place) -> tuple[bool, str, int]:
    """The ring's own log comes first, and in it the document itself before the frame that tells it."""
    return not place.log.startswith(f"{place.ring}/"), place.log, place.entry


def _changed(line: LineBook, new: PeerAgreement) -> str:
    """What an agreement changes that it may not; empty where it follows (SPEC.md 5.2)."""
    if {new.a, new.b} != {line.owner, line.peer}:
        return "wrong_ring"
    old = line.agreement
    if new.prev is None or old is None:
        return ""
    if new.prev != line.agreement_hash:
        return "prev"
    fixed = ("net", "epoch", "deadline_seconds", "deadline_transit_seconds", "frames_per_minute", "bytes_per_day")
    is_same = all(getattr(old, name) == getattr(new, name) for name in fixed)
    is_grown = _follows(old.a_owes, new.a_owes) and _follows(old.b_owes, new.b_owes)
    return "" if is_same and is_grown else "terms"


def _follows(old: LineTerms, new: LineTerms) -> bool:
    """Only the limit changes, and then the version rises."""
    if (new.holds_max, new.transit) != (old.holds_max, old.transit):
        return False
    return new == old or new.version > old.version
