# SPDX-License-Identifier: AGPL-3.0-or-later
"""The room's front door: what payments, the edges and the command line ask of federation."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from ringtausch_node.background import end_tasks
from ringtausch_node.clock import Clock
from ringtausch_node.federation.agreement import terms
from ringtausch_node.federation.agreement.confirming import Confirming
from ringtausch_node.federation.agreement.operators import Operators
from ringtausch_node.federation.agreement.peering import Accepted, Peering
from ringtausch_node.federation.carrying import Carrying
from ringtausch_node.federation.frames.erasing import Erasing
from ringtausch_node.federation.frames.items import Items
from ringtausch_node.federation.frames.notes import Memory, Notes
from ringtausch_node.federation.frames.receiver import Receiver
from ringtausch_node.federation.frames.sealing import Sealer
from ringtausch_node.federation.greeting.card_exchange import CardExchange
from ringtausch_node.federation.greeting.hello import Greeter
from ringtausch_node.federation.line import card_records, records
from ringtausch_node.federation.line.folder_files import Marks, OwnCardFiles
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.lines import Line, Lines
from ringtausch_node.federation.line.model import LineSettings, LineState, Payees, Peer
from ringtausch_node.federation.line.timekeeping import Timekeeping
from ringtausch_node.federation.line.views import PeerView, StatementView
from ringtausch_node.federation.line_views import LineViews
from ringtausch_node.federation.mail.service import Mail
from ringtausch_node.federation.messages import Messages
from ringtausch_node.federation.netting.service import Netting
from ringtausch_node.federation.orders import payee
from ringtausch_node.federation.orders.between import Between
from ringtausch_node.federation.orders.payer import Payer
from ringtausch_node.federation.orders.promises import Promises
from ringtausch_node.federation.orders.quotes import Quotes
from ringtausch_node.federation.outgoing import Outgoing
from ringtausch_node.federation.recovery.replay import Replay
from ringtausch_node.federation.recovery.second_copy import SecondCopy
from ringtausch_node.federation.recovery.service import Recovery
from ringtausch_node.federation.reset.giving_up import GivingUp
from ringtausch_node.federation.reset.service import Resets
from ringtausch_node.federation.routes.ways import Ways
from ringtausch_node.federation.sender import Sender
from ringtausch_node.federation.statements import service as statements
from ringtausch_node.federation.verify import find_faults
from ringtausch_node.federation.wire.transport import Transport
from ringtausch_node.ids import Ids
from ringtausch_node.ledger.model import Finding, LimitPolicy
from ringtausch_node.store import Store, Tx
from ringtausch_protocol.cards import Card
from ringtausch_protocol.errors import LocalError
from ringtausch_protocol.limits import BALANCE_MAX, NOTE_KEPT_SECONDS

logger = logging.getLogger(__name__)

#: How often unsigned orders past their deadline are looked for.
SWEEP_SECONDS = 30.0


class Federation:
    """All lines of one ring. `start` when the ring serves; without it payments wait in their queue."""

    def __init__(
        self, *, store: Store, clock: Clock, ids: Ids, transport: Transport, identity: RingIdentity,
        settings: LineSettings, policy: LimitPolicy, payees: Payees, marks: Marks, memory: Memory,
        card_files: OwnCardFiles, timekeeping: Timekeeping,
    ) -> None:  # fmt: skip
        self._store, self._clock, self._ids, self._transport = store, clock, ids, transport
        self.identity, self._settings, self._payees = identity, settings, payees
        self.lines = Lines()
        self._compose_orders(policy, memory, timekeeping)
        self._compose_lines(marks, card_files)
        self._compose_edges()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._is_started = False

    def _compose_orders(self, policy: LimitPolicy, memory: Memory, timekeeping: Timekeeping) -> None:
        """Who handles what stands in frames: orders, decisions, terms, messages, and all of it again after a loss."""
        clock, ids, identity, payees = self._clock, self._ids, self.identity, self._payees
        self.between = Between(identity, clock, ids, self.lines)
        self._payer = Payer(clock, ids, policy, payees, timekeeping, self.between.strangers)
        self.operators, self.erasing = Operators(identity, clock), Erasing(self.lines)
        self._life = terms.LineLife(identity, self._adopt, self.operators)
        self.mail, self._statements = Mail(identity, clock), statements.Statements(identity, clock)
        items = Items(
            identity=identity, clock=clock, payer=self._payer, payee_=payee.Payee(clock, ids, policy, payees),
            life=self._life, mail=self.mail, statements=self._statements, between=self.between, erasing=self.erasing,
        )  # fmt: skip
        self.incoming = Receiver(self._store, clock, items, timekeeping)
        self._replay = Replay(
            identity=identity, clock=clock, ids=ids, payer=self._payer, life=self._life, payees=payees,
            memory=memory, mail=self.mail, statements=self._statements, between=self.between,
        )  # fmt: skip
        notes = Notes(identity, ids.random(32), memory)
        self.sealer = Sealer(
            identity=identity, clock=clock, payer=self._payer, notes=notes, mail=self.mail, timekeeping=timekeeping,
            statements=self._statements,
        )  # fmt: skip

    def _compose_lines(self, marks: Marks, card_files: OwnCardFiles) -> None:
        """Who brings a line into step, and notices that a copy of ours is old or runs twice."""
        store, clock, ids, identity, lines = self._store, self._clock, self._ids, self.identity, self.lines
        self.recovery = Recovery(
            store=store, clock=clock, ids=ids, identity=identity, lines=lines, marks=marks, replay=self._replay
        )
        self.cards = CardExchange(store=store, clock=clock, identity=identity, lines=lines, files=card_files)
        self.resets = Resets(
            store=store, clock=clock, ids=ids, identity=identity, lines=lines, adopt=self._adopt,
            operators=self.operators, verify_ready=self.recovery.verify_ready, mail=self.mail, cards=self.cards,
            life=self._life, strangers=self.between.strangers,
        )  # fmt: skip
        self.giving_up = GivingUp(
            store=store, clock=clock, ids=ids, lines=lines, payees=self._payees, adopt=self._adopt, mail=self.mail,
            identity=identity, operators=self.operators, between_=self.between,
        )  # fmt: skip
        self.second_copy = SecondCopy(store=store, clock=clock, ids=ids, identity=identity, lines=lines, marks=marks)
        self._greeter = Greeter(
            store=store, clock=clock, ids=ids, identity=identity, lines=lines, recovery=self.recovery,
            budgets=self.incoming.budgets, cards=self.cards,
        )  # fmt: skip
        self._views = LineViews(clock, self._life, self.recovery)
        self.carrying = Carrying(store, lines, self.between.strangers, self.recovery.verify_ready)

    def _compose_edges(self) -> None:
        """Who asks other rings, and who answers them."""
        store, clock, ids, identity, transport = self._store, self._clock, self._ids, self.identity, self._transport
        self._confirming = Confirming(store, clock)
        self._peering = Peering(
            store=store, clock=clock, ids=ids, identity=identity, settings=self._settings, transport=transport,
            operators=self.operators,
        )  # fmt: skip
        self.promises = Promises(identity, ids)
        quotes = Quotes(
            store=store, clock=clock, identity=identity, transport=transport, payees=self._payees,
            promises=self.promises,
        )  # fmt: skip
        self.ways = Ways(store, clock, identity, self.lines, self.between.strangers)
        self._payer.tries.find_detour = self.ways.detour
        self.outgoing = Outgoing(self.lines, ids, self._payer, quotes, self.ways)
        self.netting = Netting(
            store=store, clock=clock, ids=ids, identity=identity, lines=self.lines, payer=self._payer, ways=self.ways,
            verify_believed=self.verify_believed,
        )  # fmt: skip
        self.sealer.on_ended.append(self.netting.ended)
        self.receiver = Messages(
            identity=identity, lines=self.lines, greeter=self._greeter, receiver=self.incoming,
            peering=self._peering, quotes=quotes, recovery=self.recovery, resets=self.resets, store=store,
            adopt=self._adopt, adverts=self.ways.adverts,
        )  # fmt: skip

    async def load(self) -> None:
        """Read the peers; called once after the store is open."""
        for peer, chain in await self._store.read(card_records.load_peers_with_cards):
            self.lines.add(Line(peer, self.identity.ring_id, self.identity.net, self._ids, chain))
        await self.recovery.load()
        await self.ways.adverts.load()

    async def start(self) -> None:
        """Begin to talk: one task a peer, and the sweep of late orders."""
        self._is_started = True
        for line in self.lines.all():
            self._spawn(line)
        self._tasks["sweep"] = asyncio.create_task(self._sweep(), name="federation-sweep")

    async def stop(self) -> None:
        """Stop talking. What is sealed stays sealed and leaves after the next start."""
        self._is_started = False
        tasks, self._tasks = list(self._tasks.values()), {}
        await end_tasks(tasks)

    def watch(self, *, on_held: Callable[[bytes], None], on_ended: Callable[[bytes], None]) -> None:
        """Who wants to know, by payment id, after the commit, that an order was signed, and that it came to its end."""
        self.sealer.on_held = on_held
        self.sealer.on_ended.append(on_ended)

    def _adopt(self, peer: Peer, cards: Sequence[Card] = ()) -> Line:
        """A peer row that is new or has changed: its line starts afresh. `cards`: of a new agreement, in order."""
        line = self.lines.by_ring(peer.ring_id)
        if line is None:
            line = Line(peer, self.identity.ring_id, self.identity.net, self._ids, cards)
            self.lines.add(line)
            if self._is_started:
                self._spawn(line)
        line.take_up(peer, cards)
        line.hurry()
        return line

    def _spawn(self, line: Line) -> None:
        sender = Sender(
            line=line, store=self._store, clock=self._clock, ids=self._ids, transport=self._transport,
            settings=self._settings, greeter=self._greeter, receiver=self.incoming, payer=self._payer,
            recovery=self.recovery, second=self.second_copy, resets=self.resets, between=self.between,
            adverts=self.ways.adverts,
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
        """What only time brings about: an old copy waits until it knows what happened, a clock in doubt ends none."""
        if not self.recovery.is_active:
            self._payer.sweep(tx)
            self.between.look(tx)
            self.ways.adverts.refresh(tx)
        if self.incoming.timekeeping.doubt() is None:
            records.drop_notes(tx, self._clock.now() - NOTE_KEPT_SECONDS)
            self._statements.look(tx, self.lines.all())

    def verify_believed(self) -> None:
        """Nobody can believe this ring while it raises LocalError: recovering, superseded, clock_doubtful."""
        self.recovery.verify_ready()
        self.incoming.timekeeping.verify()

    def find_faults(self, tx: Tx) -> Iterator[Finding]:
        """Replay every line (see `verify`)."""
        return find_faults(tx, self.identity, partial(self.between.strangers.ever_keys, tx))

    def card(self) -> bytes:
        """Our signed ring-card, as served at /.well-known/ringtausch."""
        return self.identity.own.envelope

    async def invite(self, limit_in_seconds: int | None = None, limit_out_seconds: int | None = None) -> bytes:
        """An invitation file for another ring; limits default to the ring's settings."""
        self.recovery.verify_ready()
        return await self._peering.invite(limit_in_seconds, limit_out_seconds)

    async def accept(self, invitation: bytes) -> Accepted:
        """Accept another ring's invitation. -> whom, and the words to compare on the phone."""
        self.recovery.verify_ready()
        line = self._adopt(*await self._peering.accept(invitation))
        return Accepted(line.peer.address, line.peer.ring_id, await self._confirming.words(line))

    async def confirm(self, address: str, words: list[str]) -> PeerView:
        """The operator heard the same words on the phone: from now on the line is used.

        Raises LocalError: unknown_peer, wrong_words; RemoteError: too_many_requests.
        """
        line = self.lines.agreed(address)
        if await self._confirming.confirm(line, words):
            self._adopt(line.peer._replace(state="confirmed"))
        return await self.view(address)

    async def limit(self, address: str, limit_in_seconds: int) -> PeerView:
        """Set the most that the other ring may owe us: up to what both once signed at once, above it by proposal.

        Raises LocalError: unknown_peer, limits, line_ended, threshold.
        """
        line = self.lines.agreed(address)
        self.recovery.verify_ready()
        if not 0 <= limit_in_seconds <= BALANCE_MAX:
            raise LocalError("limits", "0 or more seconds")
        if limit_in_seconds > line.terms.limit_in_seconds:
            proposed = self._store.write(lambda tx: self._life.propose(tx, line, limit_in_seconds))
            self.operators.verify_done(is_done=await proposed)
        else:
            await self._store.write(lambda tx: self._life.declare(tx, line, limit_seconds=limit_in_seconds))
        return await self.view(address)

    async def agree(self, address: str) -> PeerView:
        """Sign the terms that the other ring proposed. Raises LocalError: unknown_peer, no_proposal, threshold."""
        line = self.lines.agreed(address)
        self.recovery.verify_ready()
        self.operators.verify_done(is_done=await self._store.write(lambda tx: self._life.agree(tx, line)))
        return await self.view(address)

    async def set_line(self, address: str, state: LineState) -> PeerView:
        """Pause, open again (also after a wrong card), or end a line. Raises LocalError: unknown_peer, line_ended."""
        line = self.lines.agreed(address)
        self.recovery.verify_ready()
        if state == "open":
            await self.cards.believe_again(line)
        await self._store.write(lambda tx: self._life.declare(tx, line, state=state))
        return await self.view(address)

    async def view(self, address: str) -> PeerView:
        """One peer as an operator sees it. Raises LocalError('unknown_peer')."""
        return await self._store.read(partial(self._views.of, line=self.lines.agreed(address)))

    async def statements(self, address: str) -> list[StatementView]:
        """What both rings have said of a line, newest first. Raises LocalError('unknown_peer')."""
        return await self._store.read(partial(statements.views, line=self.lines.agreed(address)))

    async def words(self, address: str) -> list[str]:
        """The words of a peer that is agreed but not confirmed yet. Raises LocalError('unknown_peer')."""
        return await self._confirming.words(self.lines.agreed(address))

    async def peers(self) -> list[PeerView]:
        """All peers as an operator sees them."""
        return await self._store.read(lambda tx: [self._views.of(tx, line) for line in self.lines.all()])
