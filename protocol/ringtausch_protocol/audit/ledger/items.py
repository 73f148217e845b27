# SPDX-License-Identifier: Apache-2.0
"""Items of frames, replayed in the order in which they stand in a ring's log: orders to their end (SPEC.md 7)."""

from __future__ import annotations

from ringtausch_protocol import letters, settlement
from ringtausch_protocol.audit.findings.model import Place
from ringtausch_protocol.audit.ledger.documents import Documents, kind_of
from ringtausch_protocol.audit.ledger.edges import edge_of, why_invalid
from ringtausch_protocol.audit.ledger.handed import Handed
from ringtausch_protocol.audit.ledger.lines import LineBook, OpenOrder, Posting, beyond
from ringtausch_protocol.audit.ledger.payments import Outcome, Refund
from ringtausch_protocol.audit.ledger.said import Said
from ringtausch_protocol.audit.ledger.world import WAIVED, Borne, Shown, World
from ringtausch_protocol.codes import CODES as PROTOCOL_CODES
from ringtausch_protocol.documents import Head
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.frames import Header
from ringtausch_protocol.items import (
    Decision,
    DocumentItem,
    Fulfil,
    Line,
    Message,
    Offer,
    Order,
    Reject,
    Release,
    SignedItem,
    item_hash,
)

_TOPICS = frozenset(letters.TOPICS.values())
#: Why a ring releases after it has forwarded, at its own cost.
_OWN_COST = ("own_refusal", "write_off", "reset")


class Items:
    """What the items of the log of one ring do to its lines."""

    def __init__(self, world: World, owner: str, documents: Documents, *, is_cut: bool) -> None:
        self._world, self._owner, self._documents, self._is_cut = world, owner, documents, is_cut
        self._handed = Handed(world, is_cut=is_cut)
        self._edges: dict[str, dict[int, str]] = {}

    def take(self, line: LineBook, said: Said) -> None:
        """One item."""
        match said.item.item:
            case Order() as order:
                self._order(line, said, order, said.item.hash, 0)
            case Decision() as decision:
                outcome: Outcome = "posted" if decision.outcome == "paid" else "released"
                self._end(line, said, decision.order_hash, outcome, decision, said.frame.header)
                self._code(said, decision.code)
            case Offer() as offer:
                self._offer(line, said, offer)
            case Fulfil() as fulfil:
                self._through(line, said, fulfil.order_hash, "posted", fulfil.decision, "")
            case Release() as release:
                self._through(line, said, release.order_hash, "released", release.decision, release.cause)
            case Line() as terms:
                (line.owed_by_peer if said.is_own else line.owed_by_us).say(terms)
            case _:
                self._beside(line, said)

    def _beside(self, line: LineBook, said: Said) -> None:
        """What moves no hours."""
        match said.item.item:
            case DocumentItem() as item:
                self._document(line, said, item)
            case Message(topic=topic) if topic not in _TOPICS:
                self._free_text(said, "topic")
            case Reject(code=code):
                self._code(said, code)
            case None:
                self._free_text(said, "item")
            case _:
                pass

    def _free_text(self, said: Said, what: str) -> None:
        if said.is_first:
            self._world.findings.add("free_text", said.place, where=what)

    def _code(self, said: Said, code: str | None) -> None:
        if code is not None and code not in PROTOCOL_CODES:
            self._free_text(said, "code")

    def _document(self, line: LineBook, said: Said, item: DocumentItem) -> None:
        """A document that travels: what it changes, the receiver's log says again as an entry of its own."""
        data = bytes(item.envelope)
        try:
            kind = kind_of(data)
            if kind == "statement":
                self._documents.statement(line, data, said.place)
            elif kind == "write-off" and said.is_first:
                self._documents.other(data, kind, said.place)
            elif kind == "ring-card":  # of a ring whose signed item follows; its own log may come later, or not at all
                self._documents.card(data, said.place)
        except RemoteError:
            self._free_text(said, "document")

    # -- orders ------------------------------------------------------------------------------------------------------

    def _order(
        self, line: LineBook, said: Said, order: Order, order_hash: str, index: int, shown: Shown | None = None
    ) -> None:
        """`path[index]` reserves an amount towards the next ring. `shown`: of an offer, as the payer signed it."""
        header = said.frame.header
        if order.path[index : index + 2] != [header.from_, header.to] or settlement.refuse_shape(order):
            return  # refused by whoever gets it; it opens nothing
        if line.was_told_ahead(order_hash):
            return  # sent again in a new epoch while its end was on its way
        place, shown = said.place_of(order_hash), shown or Shown(header.head, header.from_)
        if said.is_own:
            self._signs(line, said, order, place, index)
        if line.open.get(order_hash) is None:
            line.open[order_hash] = OpenOrder(order, said.is_own, place, *shown)
        self._note_edge(order, order_hash, index, "open")
        self._world.open_edge(order, order_hash, index, place, shown)

    def _signs(self, line: LineBook, said: Said, order: Order, place: Place, index: int) -> None:
        """The ring whose log it is signs an order or offer: whether it may."""
        findings, order_hash, tries = self._world.findings, place.order, self._world.payments
        is_try = index == 0 and order.purpose != "probe"
        if is_try and not (tries.begin_try(order, order_hash, is_again=said.is_told_again) or self._is_cut):
            findings.add("attempt_early", place, payment=order.payment_id, attempt=order.attempt)
        is_caused = index == 0 or self._edges.get(order_hash, {}).get(index - 1) == "open"
        if not (is_caused or said.is_told_again or self._is_cut):
            findings.add("effect_before_cause", place, what="offer")
        refused = None if order.purpose == "probe" or order_hash in line.open else line.refuse_signing(order)
        if refused and line.is_known:
            findings.add(
                beyond(order, line.owner, "over_caps"), place, code=refused, amount_seconds=order.amount_seconds
            )

    def _offer(self, line: LineBook, said: Said, offer: Offer) -> None:
        """An order that goes on: the payer's very bytes, under the payer's own header."""
        order, header = self._handed.read(said, offer.order)
        if not isinstance(order, Order) or header is None:
            return
        if offer.index + 1 >= len(order.path):
            self._world.findings.add("order_changed", said.place, what="index")
            return
        shown = self._handed.shown(said, offer.order, header)
        self._order(line, said, order, item_hash(bytes(offer.order.item)), offer.index, shown)

    # -- ends --------------------------------------------------------------------------------------------------------

    def _through(
        self, line: LineBook, said: Said, order_hash: str, outcome: Outcome, signed: SignedItem | None, cause: str
    ) -> None:
        """A fulfil or release of a ring between."""
        if outcome == "posted":  # a decision was shown: what was written off counts as paid
            self._world.write_offs.pop((said.header.from_, order_hash), None)
        if signed is None:
            if cause not in _OWN_COST:
                self._world.findings.add("decision_invalid", said.place_of(order_hash), what="missing")
            self._end(line, said, order_hash, outcome, None, None, cause)
            return
        decision, header = self._handed.read(said, signed)
        if isinstance(decision, Decision):
            self._end(line, said, order_hash, outcome, decision, header, cause)

    def _end(
        self, line: LineBook, said: Said, order_hash: str, outcome: Outcome, decision: Decision | None,
        header: Header | None, cause: str = "",
    ) -> None:  # fmt: skip
        """The ring downstream ends an order."""
        waiting = line.open.get(order_hash)
        if waiting is None or waiting.is_ours == said.is_own:
            self._end_unknown(line, said, order_hash, outcome)
            return
        problem = why_invalid(decision, header, waiting.order, order_hash, outcome)
        if problem:
            if said.is_first:
                self._world.findings.add("decision_invalid", said.place_of(order_hash), reason=problem)
            return
        line.end(order_hash)
        self._causes(line, said, waiting.order, order_hash, outcome, cause)
        self._settle(line, said, waiting, order_hash, outcome, header)
        if cause in _OWN_COST and said.is_first:
            self._bear(said, waiting.order, order_hash, cause)

    def _bear(self, said: Said, order: Order, order_hash: str, cause: str) -> None:
        """A ring between gave up its claim: it bears what the ring behind it may still be paid (told in the end).

        A round trip moves nobody's position; but a ring whose next one is gone for ever can do nothing else.
        """
        borne = Borne(said.place_of(order_hash), cause, order.amount_seconds)
        self._world.borne[order_hash, edge_of(order, said.header)] = borne
        if order.purpose not in settlement.ROUND or cause == "write_off":
            self._world.end_edge(order, order_hash, edge_of(order, said.header), WAIVED)

    def _end_unknown(self, line: LineBook, said: Said, order_hash: str, outcome: Outcome) -> None:
        """A decision of an order that is not open: the same again, the opposite, or of none at all."""
        payments, place = self._world.payments, said.place_of(order_hash)
        before = payments.outcome(order_hash)
        is_another_s = isinstance(said.item.item, Decision) and payments.is_another_s(order_hash, said.header.from_)
        is_here = self._is_cut or line.is_cut or line.was_posted(order_hash)
        if outcome == "posted" and not is_here and (before is None or is_another_s):
            if said.is_own or said.header.from_ not in self._world.audited:
                self._world.findings.add("effect_before_cause", place, what="decision")
            else:  # its own log says so, if it shows this frame
                self._world.unfounded[said.frame.leaf] = place
        elif before is not None and before != outcome and said.is_first:
            self._world.findings.add("two_outcomes", place, first=before, then=outcome)

    def _causes(self, line: LineBook, said: Said, order: Order, order_hash: str, outcome: Outcome, cause: str) -> None:
        """What must have happened before the ring whose log it is may end an order."""
        if not said.is_own:
            return
        index = edge_of(order, said.header)
        below = self._edges.get(order_hash, {}).get(index + 1)
        is_last = index + 2 == len(order.path)
        may_be = (outcome,) if outcome == "posted" else (outcome, None)
        is_given_up = cause in _OWN_COST or order_hash in self._documents.given_up
        is_again = said.is_told_again or order_hash in line.paid_before
        if not (is_last or is_given_up or is_again or below in may_be):
            what = "fulfil" if outcome == "posted" else "release"
            self._world.findings.add("effect_before_cause", said.place_of(order_hash), what=what)
        if is_last and outcome == "posted" and order.purpose != "probe":
            refused = line.refuse_accepting(order)
            if refused and line.is_known:
                place, code = said.place_of(order_hash), beyond(order, line.peer, "over_limit")
                self._world.findings.add(code, place, code=refused, amount_seconds=order.amount_seconds)

    def _settle(
        self, line: LineBook, said: Said, waiting: OpenOrder, order_hash: str, outcome: Outcome, decided: Header | None
    ) -> None:
        """Count it: in the line, for the payment, for the path. `decided`: the header of a decision that is shown."""
        order, is_ours, header = waiting.order, not said.is_own, said.header
        if outcome == "posted":
            moved = order.amount_seconds if is_ours else -order.amount_seconds
            line.post(Posting(in_own=said.is_own, seq=header.seq, seconds=moved, order_hash=order_hash))
            if order.purpose == "netting" and header.at >= self._world.since:
                line.netted_seconds += order.amount_seconds
        index = edge_of(order, header)
        if is_ours and index == 0:
            self._world.payments.end_try(order, order_hash, outcome)
        if index + 2 == len(order.path):
            self._decided(said, waiting, order_hash, outcome, (decided or header).head)
        self._note_edge(order, order_hash, index, outcome)
        self._world.end_edge(order, order_hash, index, outcome, decided.from_ if decided else "")

    def _decided(self, said: Said, waiting: OpenOrder, order_hash: str, outcome: Outcome, head: Head) -> None:
        """The last ring has decided: once, one way, each payment paid once; refunds are counted in the end."""
        order, findings, payments = waiting.order, self._world.findings, self._world.payments
        is_counted = payments.is_counted(order_hash)
        if not payments.end(order_hash, outcome, order.path[-1]):
            findings.add("two_outcomes", said.place_of(order_hash), then=outcome)
        if is_counted or outcome != "posted" or order.purpose == "probe":
            return
        if not payments.know_signer(order_hash, waiting.signer):
            return
        if not payments.pay(order, order_hash):
            is_same = payments.payee_of(order) == order.path[-1]  # else neither payee knows of the other
            place = said.place_of(order_hash).but(ring=order.path[-1] if is_same else waiting.signer)
            findings.add("paid_twice", place, payment=order.payment_id)
        if order.purpose == "refund":
            payments.refunds.append(Refund(order, said.place_of(order_hash), waiting.signer, waiting.head, head))

    def _note_edge(self, order: Order, order_hash: str, index: int, state: str) -> None:
        """Remember how the edges of an order through this ring stand, until both have ended."""
        if len(order.path) == 2:
            return
        edges = self._edges.setdefault(order_hash, {})
        edges[index] = state
        own = (self._owner in order.path[:-1]) + (self._owner in order.path[1:])
        if "open" not in edges.values() and len(edges) == own:
            del self._edges[order_hash]
