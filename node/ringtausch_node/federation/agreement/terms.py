# SPDX-License-Identifier: AGPL-3.0-or-later
"""A line's life after it opened: limits lowered and raised, pause, end (SPEC.md 5.2).

Whoever is owed decides alone to lower, pause and end: an item `line` in his own frame. What both once signed is the
most he may come back to alone; more than that needs a new agreement with both signatures. An ended line only lets
debts be paid back: its limits count as zero, so payments go on in the direction that brings the balance home.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ringtausch_node.federation.agreement.operators import Operators, drop_overtaken
from ringtausch_node.federation.line import records
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line as PeerLine
from ringtausch_node.federation.line.lines import agreement_in
from ringtausch_node.federation.line.model import LineRow, LineState, Peer, TermsOut, terms_of
from ringtausch_node.store import Tx
from ringtausch_node.translog import service as translog
from ringtausch_protocol import canonical, envelope
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.documents import LineTerms, PeerAgreement
from ringtausch_protocol.entries import ENTRY_DOCUMENT, log_entry
from ringtausch_protocol.errors import LocalError, RemoteError
from ringtausch_protocol.items import DocumentItem, Item, Line, encode_item

KIND = "peer-agreement"


def limit_in(row: LineRow) -> int:
    """The most they may owe us now."""
    return 0 if row.state_in == "ended" else row.limit_in_seconds


def limit_out(row: LineRow | TermsOut) -> int:
    """The most we may owe them now."""
    return 0 if row.state_out == "ended" or row.state_in == "ended" else row.limit_out_seconds


class LineLife:
    """Changes of terms, from our side and from theirs; all inside the writer's transaction."""

    def __init__(self, identity: RingIdentity, adopt: Callable[[Peer], object], operators: Operators) -> None:
        self._identity, self._adopt, self._operators = identity, adopt, operators

    # -- our own word ------------------------------------------------------------------------------------------------

    def declare(
        self, tx: Tx, line: PeerLine, *, limit_seconds: int | None = None, state: LineState | None = None
    ) -> None:
        """Lower, pause, open again or end, as the one who is owed. Raises LocalError('line_ended') after an end."""
        row = records.load_line(tx, line.peer.id)
        if row.state_in == "ended":
            raise LocalError("line_ended", line.peer.address)
        row.version_in += 1
        row.limit_in_seconds = row.limit_in_seconds if limit_seconds is None else limit_seconds
        row.state_in = state or row.state_in
        records.save_line(tx, row)
        self._say(tx, line, Line(version=row.version_in, limit_seconds=row.limit_in_seconds, state=row.state_in))

    def propose(self, tx: Tx, line: PeerLine, limit_seconds: int) -> bool:
        """Offer the other ring a higher limit than both signed: half-signed, in force only with its signature.

        False where other operators of ours must sign first.
        """
        row = records.load_line(tx, line.peer.id)
        if row.state_in == "ended":
            raise LocalError("line_ended", line.peer.address)
        present = agreement_in(line.peer.agreement)
        version = max(row.version_in, line.terms.version_in) + 1
        changed = _with_limit(present, line.names.peer, limit_seconds, version, self._hash_of(line.peer.agreement))
        signed = envelope.seal(KIND, canonical.encode(changed), self._identity.operator_signers)
        half = self._operators.complete(tx, KIND, signed, line.peer.address)
        if half is not None:
            records.set_proposal(tx, line.peer.id, half)
            self._send_document(tx, line, half)
        return half is not None

    def agree(self, tx: Tx, line: PeerLine) -> bool:
        """Sign what the other ring proposed; False where other operators of ours must sign first.

        Raises LocalError('no_proposal').
        """
        half = records.load_proposal(tx, line.peer.id)
        if half is None or not self.is_theirs(half):
            raise LocalError("no_proposal", line.peer.address)
        signed = envelope.add_signatures(half, KIND, self._identity.operator_signers)
        both = self._operators.complete(tx, KIND, signed, line.peer.address)
        if both is not None:
            self._install(tx, line, both)
            self._send_document(tx, line, both)
        return both is not None

    # -- their word --------------------------------------------------------------------------------------------------

    def heard_line(self, tx: Tx, line: PeerLine, row: LineRow, said: Line) -> str | None:
        """The one we may owe says how much. -> the code of a reject, or None."""
        if said == Line(version=row.version_out, limit_seconds=row.limit_out_seconds, state=row.state_out):
            return None  # told again after an epoch-reset
        if said.version <= row.version_out:
            return "stale_terms"
        if said.limit_seconds > line.terms.limit_out_seconds or row.state_out == "ended":
            return "not_allowed"
        row.version_out, row.limit_out_seconds, row.state_out = said.version, said.limit_seconds, said.state
        tx.collect("line", line)
        return None

    def heard_document(self, tx: Tx, line: PeerLine, row: LineRow, item: DocumentItem) -> str | None:
        """A proposal, or the answer to ours with both signatures. -> the code of a reject, or None."""
        if item.type_ != KIND:
            return "unsupported"
        signed = bytes(item.envelope)
        try:
            if self._hash_of(signed) == self._hash_of(line.peer.agreement):
                return None  # told again after an epoch-reset
            is_both = self._verify(line, signed)
            self._verify_follows(line, signed)
            if not is_both:
                self._verify_changes(line, signed)
        except RemoteError as bad:
            return bad.code
        if not is_both:
            records.set_proposal(tx, line.peer.id, signed)
            return None
        self._install(tx, line, signed, row)
        return None

    def replay(self, tx: Tx, line: PeerLine, row: LineRow, item: Line | DocumentItem) -> None:
        """Our own word comes back from the peer after a loss: it counts as it did then."""
        if isinstance(item, Line):
            if item.version > row.version_in:
                row.version_in, row.limit_in_seconds, row.state_in = item.version, item.limit_seconds, item.state
            return
        if item.type_ != KIND:
            return
        signed = bytes(item.envelope)
        if self._hash_of(signed) == self._hash_of(line.peer.agreement):
            return  # the peer told it again too, and its frame came back first
        try:
            if self._verify(line, signed):
                self._verify_follows(line, signed)
                self._install(tx, line, signed, row)
                return
        except RemoteError:
            pass  # signed by us alone: a proposal
        records.set_proposal(tx, line.peer.id, signed)

    def told_again(self, tx: Tx, line: PeerLine) -> list[bytes]:
        """What a new beginning of the line must not lose, as items: a changed agreement, and a proposal of ours."""
        half, both = records.load_proposal(tx, line.peer.id), line.peer.agreement
        said = [both] if agreement_in(both).prev is not None else []
        said += [half] if half is not None and not self.is_theirs(half) else []
        return [encode_item(DocumentItem(type_=KIND, envelope=msgspec.Raw(each))) for each in said]

    # -- inside ------------------------------------------------------------------------------------------------------

    def _say(self, tx: Tx, line: PeerLine, item: Item) -> None:
        tx.collect("item", (line, encode_item(item)))
        tx.collect("line", line)

    def _send_document(self, tx: Tx, line: PeerLine, signed: bytes) -> None:
        self._say(tx, line, DocumentItem(type_=KIND, envelope=msgspec.Raw(signed)))

    def _install(self, tx: Tx, line: PeerLine, both: bytes, row: LineRow | None = None) -> None:
        """The new agreement is in force: the highest version of each direction counts."""
        agreement = agreement_in(both)
        terms, held = terms_of(agreement, line.names.me), row or records.load_line(tx, line.peer.id)
        if terms.version_in > held.version_in:
            held.version_in, held.limit_in_seconds = terms.version_in, terms.limit_in_seconds
        if terms.version_out > held.version_out:
            held.version_out, held.limit_out_seconds = terms.version_out, terms.limit_out_seconds
        if row is None:
            records.save_line(tx, held)
        records.set_agreement(tx, line.peer.id, both)
        drop_overtaken(tx, line.peer.address, KIND)
        translog.append_later(tx, log_entry(ENTRY_DOCUMENT, (both,)))
        tx.after_commit(lambda: self._adopt(line.peer._replace(agreement=both)))

    def _verify(self, line: PeerLine, signed: bytes) -> bool:
        """Check that all signatures are good and the peer's operators enough. -> whether ours are enough too."""
        own = self._identity.own.operator_keys
        envelope.open_envelope(signed, KIND, {**own, **line.card.operator_keys})
        names = {each.keyid for each in envelope.parse_envelope(signed).signatures}
        if len(names & set(line.card.operator_keys)) < line.card.card.operator_threshold:
            raise RemoteError("threshold", "the other ring's operators have not signed")
        return self._operators.is_enough(signed)

    def _verify_follows(self, line: PeerLine, signed: bytes) -> None:
        """A new agreement follows the one in force: same rings, net and epoch, no version falls."""
        agreement, present = agreement_in(signed), agreement_in(line.peer.agreement)
        same = (agreement.net, agreement.a, agreement.b, agreement.epoch)
        if same != (present.net, present.a, present.b, present.epoch):
            raise RemoteError("terms", "of another line")
        if agreement.prev != self._hash_of(line.peer.agreement):
            raise RemoteError("terms", "does not follow the agreement in force")
        if agreement.a_owes.version < present.a_owes.version or agreement.b_owes.version < present.b_owes.version:
            raise RemoteError("stale_terms", "a version falls")

    def _verify_changes(self, line: PeerLine, signed: bytes) -> None:
        """A proposal may change what we may owe them and nothing else: our operator is shown that one figure."""
        agreement, present = agreement_in(signed), agreement_in(line.peer.agreement)
        new = agreement.a_owes if agreement.a == line.names.me else agreement.b_owes
        prev = self._hash_of(line.peer.agreement)
        if agreement != _with_limit(present, line.names.me, new.limit_seconds, new.version, prev):
            raise RemoteError("terms", "more than the one limit would change")

    def is_theirs(self, half: bytes) -> bool:
        """Whether a half-signed agreement waits for our signature, not for theirs."""
        return len(self._operators.have_signed(half)) < len(envelope.parse_envelope(half).signatures)

    def _hash_of(self, signed: bytes) -> str:
        return b64(envelope.document_hash(KIND, envelope.parse_envelope(signed).body()))


def _with_limit(present: PeerAgreement, debtor: str, limit_seconds: int, version: int, prev: str) -> PeerAgreement:
    """The agreement in force with another limit for one debtor."""
    old = present.a_owes if present.a == debtor else present.b_owes
    new = LineTerms(version=version, limit_seconds=limit_seconds, holds_max=old.holds_max, transit=old.transit)
    changed = {"a_owes": new} if present.a == debtor else {"b_owes": new}
    return msgspec.structs.replace(present, **changed, prev=prev)
