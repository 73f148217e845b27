# SPDX-License-Identifier: AGPL-3.0-or-later
"""The room's front door: what payments, the edges and the command line ask of federation."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ringtausch_node.clock import Clock
from ringtausch_node.federation import card_records, orders, payee, records, terms
from ringtausch_node.federation.card_exchange import CardExchange
from ringtausch_node.federation.confirming import Confirming
from ringtausch_node.federation.hello import Greeter
from ringtausch_node.federation.identity import RingIdentity
from ringtausch_node.federation.items import Items
from ringtausch_node.federation.lines import Line, Lines, agreement_in
from ringtausch_node.federation.mail import Mail
from ringtausch_node.federation.messages import Messages
from ringtausch_node.federation.model import (
    LineRow,
    LineSettings,
    LineState,
    Marks,
    OrderOut,
    OwnCardFiles,
    Payees,
    Peer,
    PeerView,
    terms_of,
)
from ringtausch_node.federation.notes import Letters, Notes
from ringtausch_node.federation.payer import Draft, Payer
from ringtausch_node.federation.peering import Accepted, Peering
from ringtausch_node.federation.promises import Promises
from ringtausch_node.federation.quotes import Quote, Quotes
from ringtausch_node.federation.receiver import Receiver
from ringtausch_node.federation.recovery import Recovery
from ringtausch_node.federation.recovery_replay import Replay
from ringtausch_node.federation.sealing import Sealer
from ringtausch_node.federation.second_copy import SecondCopy
from ringtausch_node.federation.sender import Sender
from ringtausch_node.federation.transport import Transport
from ringtausch_node.federation.verify import find_faults
from ringtausch_node.ids import Ids
from ringtausch_node.ledger import service as ledger
from ringtausch_node.ledger.model import Finding, LimitPolicy
from ringtausch_node.store import Store, Tx
from ringtausch_protocol import canonical, settlement
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.documents import OrderBox
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.limits import BALANCE_MAX, NOTE_KEPT_SECONDS
from ringtausch_protocol.sealing import box_info

logger = logging.getLogger(__name__)

#: How often unsigned orders past their deadline are looked for.
SWEEP_SECONDS = 30.0


class Letter(NamedTuple):
    """A payment to another ring before it is sealed: who pays whom, and what the memo says."""

    payment_id: bytes
    payer: str
    payee: str
    memo: str
    amount_seconds: int
    invoice_hash: str | None
    refund_of: bytes | None = None


class Received(NamedTuple):
    """A payment from another ring as the payee's ring remembers it; `payer` is a full address."""

    account: int
    amount_seconds: int
    payer: str


class Federation:
    """All lines of one ring. `start` when the ring serves; without it payments wait in their queue."""

    def __init__(
        self, *, store: Store, clock: Clock, ids: Ids, transport: Transport, identity: RingIdentity,
        settings: LineSettings, policy: LimitPolicy, payees: Payees, marks: Marks, letters: Letters,
        card_files: OwnCardFiles,
    ) -> None:  # fmt: skip
        self._store, self._clock, self._ids, self._transport = store, clock, ids, transport
        self.identity, self._settings, self._payees = identity, settings, payees
        self.lines = Lines()
        self._payer = Payer(clock, ids, policy, payees)
        self._life = terms.LineLife(identity, clock, self._adopt)
        self.mail = Mail(identity, clock)
        items = Items(identity, clock, self._payer, payee.Payee(clock, ids, policy, payees), self._life, self.mail)
        self.incoming, self._confirming = Receiver(store, clock, identity, items), Confirming(store, clock)
        replay = Replay(
            identity=identity, clock=clock, ids=ids, payer=self._payer, life=self._life, payees=payees,
            letters=letters, mail=self.mail,
        )  # fmt: skip
        self.recovery = Recovery(
            store=store, clock=clock, ids=ids, identity=identity, lines=self.lines, marks=marks, replay=replay
        )
        self.second_copy = SecondCopy(
            store=store, clock=clock, ids=ids, identity=identity, lines=self.lines, marks=marks
        )
        self.cards = CardExchange(store=store, clock=clock, identity=identity, lines=self.lines, files=card_files)
        self._greeter = Greeter(
            store=store, clock=clock, ids=ids, identity=identity, lines=self.lines, recovery=self.recovery,
            budgets=self.incoming.budgets, cards=self.cards,
        )  # fmt: skip
        self._peering = Peering(
            store=store, clock=clock, ids=ids, identity=identity, settings=settings, transport=transport
        )
        self.promises = Promises(identity, ids)
        self._quotes = Quotes(
            store=store, clock=clock, ids=ids, identity=identity, settings=settings, transport=transport,
            payees=payees, promises=self.promises,
        )  # fmt: skip
        self.sealer = Sealer(identity, clock, self._payer, Notes(identity, ids.random(32), letters), self.mail)
        self.receiver = Messages(
            identity=identity, lines=self.lines, greeter=self._greeter, receiver=self.incoming,
            peering=self._peering, quotes=self._quotes, recovery=self.recovery, store=store, adopt=self._adopt,
        )  # fmt: skip
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._is_started = False

    # -- life --------------------------------------------------------------------------------------------------------

    async def load(self) -> None:
        """Read the peers; called once after the store is open."""
        for peer, chain in await self._store.read(card_records.load_peers_with_cards):
            self.lines.add(Line(peer, self.identity.ring_id, self.identity.net, self._ids, chain))
        await self.recovery.load()

    async def start(self) -> None:
        """Begin to talk: one task a peer, and the sweep of late orders."""
        self._is_started = True
        for line in self.lines.all():
            self._spawn(line)
        self._tasks["sweep"] = asyncio.create_task(self._sweep(), name="federation-sweep")

    async def stop(self) -> None:
        """Stop talking. What is sealed stays sealed and leaves after the next start."""
        self._is_started = False
        tasks = list(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def seal(self, tx: Tx) -> None:
        """The seal hook of the store."""
        self.sealer(tx)

    def watch(self, *, on_held: Callable[[bytes], None], on_ended: Callable[[bytes], None]) -> None:
        """Who wants to know, by payment id, after the commit, that an order was signed, and that it came to its end."""
        self.sealer.on_held, self.sealer.on_ended = on_held, on_ended

    def _adopt(self, peer: Peer) -> Line:
        """A peer row that is new or has changed: its line starts afresh."""
        line = self.lines.by_ring(peer.ring_id)
        if line is None:
            line = Line(peer, self.identity.ring_id, self.identity.net, self._ids)
            self.lines.add(line)
            if self._is_started:
                self._spawn(line)
        line.take_up(peer)
        line.wake.set()
        return line

    def _spawn(self, line: Line) -> None:
        sender = Sender(
            line=line, store=self._store, clock=self._clock, ids=self._ids, transport=self._transport,
            settings=self._settings, greeter=self._greeter, receiver=self.incoming, payer=self._payer,
            recovery=self.recovery, second=self.second_copy,
        )  # fmt: skip
        self._tasks[line.peer.ring_id] = asyncio.create_task(sender.run(), name=f"sender-{line.peer.address}")

    async def _sweep(self) -> None:
        while not self._store.failed.is_set():
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self._store.write(self._sweep_once)
            except LocalError as error:
                logger.warning("sweep: %s", error.code)

    def _sweep_once(self, tx: Tx) -> None:
        """What only time brings about; an old copy waits until it knows what happened."""
        if not self.recovery.is_active:
            self._payer.sweep(tx)
        records.drop_notes(tx, self._clock.now() - NOTE_KEPT_SECONDS)

    def find_faults(self, tx: Tx) -> Iterator[Finding]:
        """Replay every line (see `verify`)."""
        return find_faults(tx, self.identity)

    # -- peering -----------------------------------------------------------------------------------------------------

    def card(self) -> bytes:
        """Our signed ring-card, as served at /.well-known/ringtausch."""
        return self.identity.own.envelope

    async def invite(self, limit_in_seconds: int | None = None, limit_out_seconds: int | None = None) -> bytes:
        """An invitation file for another ring; limits default to the ring's settings."""
        self.recovery.verify_ready()
        settings = self._settings
        return await self._peering.invite(
            settings.limit_in_seconds if limit_in_seconds is None else limit_in_seconds,
            settings.limit_out_seconds if limit_out_seconds is None else limit_out_seconds,
        )

    async def accept(self, invitation: bytes) -> Accepted:
        """Accept another ring's invitation. -> whom, and the words to compare on the phone."""
        self.recovery.verify_ready()
        peer = await self._peering.accept(invitation)
        line = self._adopt(peer)
        return Accepted(peer.address, peer.ring_id, await self._confirming.words(line))

    async def confirm(self, address: str, words: list[str]) -> PeerView:
        """The operator heard the same words on the phone: from now on the line is used.

        Raises LocalError: unknown_peer, wrong_words; RemoteError: too_many_requests.
        """
        line = self._agreed(address)
        peer = line.peer
        if await self._confirming.confirm(line, words):
            self._adopt(peer._replace(state="confirmed"))
        return next(view for view in await self.peers() if view.address == address)

    async def limit(self, address: str, limit_in_seconds: int) -> PeerView:
        """Set the most that the other ring may owe us: up to what both once signed at once, above it by proposal.

        Raises LocalError: unknown_peer, limits, line_ended.
        """
        line = self._agreed(address)
        self.recovery.verify_ready()
        if not 0 <= limit_in_seconds <= BALANCE_MAX:
            raise LocalError("limits", "0 or more seconds")
        if limit_in_seconds > line.terms.limit_in_seconds:
            await self._store.write(lambda tx: self._life.propose(tx, line, limit_in_seconds))
        else:
            await self._store.write(lambda tx: self._life.declare(tx, line, limit_seconds=limit_in_seconds))
        return await self.view(address)

    async def agree(self, address: str) -> PeerView:
        """Sign the terms that the other ring proposed. Raises LocalError: unknown_peer, no_proposal."""
        line = self._agreed(address)
        self.recovery.verify_ready()
        await self._store.write(lambda tx: self._life.agree(tx, line))
        return await self.view(address)

    async def set_line(self, address: str, state: LineState) -> PeerView:
        """Pause the line, open it again, or end it. Raises LocalError: unknown_peer, line_ended."""
        line = self._agreed(address)
        self.recovery.verify_ready()
        await self._store.write(lambda tx: self._life.declare(tx, line, state=state))
        return await self.view(address)

    async def view(self, address: str) -> PeerView:
        """One peer as an operator sees it. Raises LocalError('unknown_peer')."""
        line = self._agreed(address)
        return await self._store.read(lambda tx: self._view(tx, line))

    def _agreed(self, address: str) -> Line:
        line = self.lines.by_address(address)
        if line is None:
            raise LocalError("unknown_peer", address)
        return line

    async def words(self, address: str) -> list[str]:
        """The words of a peer that is agreed but not confirmed yet. Raises LocalError('unknown_peer')."""
        return await self._confirming.words(self._agreed(address))

    async def peers(self) -> list[PeerView]:
        """All peers as an operator sees them."""
        return await self._store.read(lambda tx: [self._view(tx, line) for line in self.lines.all()])

    def _view(self, tx: Tx, line: Line) -> PeerView:
        row = records.load_line(tx, line.peer.id)
        return PeerView(
            address=line.peer.address, ring_id=line.peer.ring_id, state=self._state_of(line, row),
            clearing_seconds=ledger.account(tx, line.peer.clearing_account).balance_seconds,
            limit_in=terms.limit_in(row), limit_out=terms.limit_out(row),
            held_in=row.held_in_seconds, held_out=row.held_out_seconds, last_seen=row.seen_at,
            reason=line.peer.reason or row.closed or _word_of(row), proposed_out=self._proposed_out(tx, line),
        )  # fmt: skip

    def _state_of(self, line: Line, row: LineRow) -> str:
        """agreed -> confirmed -> (in step) probing -> open; away, paused, ended; quarantined until operators decide."""
        if line.peer.state != "confirmed":
            return line.peer.state
        if self.recovery.is_active:
            return "recovering" if self.recovery.awaits(line) else "recovered"
        if "ended" in (row.state_in, row.state_out):
            return "ended"
        if not line.in_step or line.is_away:
            return "away" if row.is_open else "confirmed"
        if "paused" in (row.state_in, row.state_out):
            return "paused"
        return "open" if row.is_open else "probing"

    def _proposed_out(self, tx: Tx, line: Line) -> int | None:
        """The most we might owe them if our operator agrees to what they propose."""
        proposal = records.load_proposal(tx, line.peer.id)
        if proposal is None or not self._life.is_theirs(proposal):
            return None
        return terms_of(agreement_in(proposal), line.names.me).limit_out_seconds

    # -- payments ----------------------------------------------------------------------------------------------------

    def line_to(self, address: str) -> Line:
        """The line to a member's ring. Raises LocalError: no_route, paused (not confirmed, or stopped)."""
        line = self.lines.by_address(address)
        if line is None:
            raise LocalError("no_route", address)
        if not line.is_usable:
            raise LocalError("paused", address)
        return line

    def draft(self, line: Line, letter: Letter) -> Draft:
        """Make commitments and the sealed box of a payment; outside the writer, where nothing else waits for it."""
        payer_salt, memo_salt = self._ids.random(16), self._ids.random(16)
        box = OrderBox(
            payee=letter.payee, payer=letter.payer, memo=letter.memo, payer_salt=b64(payer_salt),
            memo_salt=b64(memo_salt),
        )  # fmt: skip
        info = box_info(line.names.net, line.names.me, line.names.peer, b64(letter.payment_id))
        return Draft(
            payment_id=letter.payment_id, amount_seconds=letter.amount_seconds,
            invoice_hash=letter.invoice_hash, refund_of=letter.refund_of,
            payer_commit=settlement.commit("payer", payer_salt, letter.payer),
            memo_commit=settlement.commit("memo", memo_salt, letter.memo), payer_salt=payer_salt, memo_salt=memo_salt,
            box=line.seal(canonical.encode(box), info),
        )  # fmt: skip

    def queue(self, tx: Tx, line: Line, draft: Draft, account: int) -> tuple[str, ...]:
        """Queue an order of `account` inside the payment's own transaction. -> warnings."""
        return self._payer.queue(tx, line, draft, account)

    def order(self, tx: Tx, payment_id: bytes) -> OrderOut | None:
        """Where a payment stands in the other ring."""
        return orders.load_out(tx, payment_id)

    def received(self, tx: Tx, payment_id: bytes) -> Received | None:
        """A payment from another ring that we have credited, or None."""
        for line in self.lines.all():
            paid = orders.load_paid(tx, line.peer.ring_id, payment_id)
            if paid is not None and paid.account is not None:
                return Received(paid.account, paid.amount_seconds, orders.load_payer(tx, paid.order_hash) or "")
        return None

    def cancel(self, tx: Tx, order: OrderOut) -> None:
        """Ask for a payment back."""
        self._payer.cancel(tx, self.lines.by_id(order.peer), order)

    async def quote(self, line: Line, payment_id: bytes, handle: str, amount_seconds: int) -> Quote:
        """Ask the payee's ring before paying."""
        return await self._quotes.ask(line, payment_id, handle, amount_seconds)


def _word_of(row: LineRow) -> str | None:
    """Who spoke the word that keeps a line from being open."""
    if row.state_in != "open":
        return f"{row.state_in}_by_us"
    return None if row.state_out == "open" else f"{row.state_out}_by_them"
