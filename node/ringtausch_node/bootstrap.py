# SPDX-License-Identifier: AGPL-3.0-or-later
"""The composition root: from a folder to a working ring (config -> store -> services). No rule lives here.

`serve`, the command line, the demo, the benchmark and the simulator all open rings through `open_ring`; the simulator
hands in its own clock, chance and network.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from ringtausch_node.clock import Clock, SystemClock
from ringtausch_node.config import HOUR_SECONDS, Config
from ringtausch_node.continuity import begin_boot, end_boot, verify_continues
from ringtausch_node.federation.greeting.card_exchange import log_own_cards
from ringtausch_node.federation.line.identity import RingIdentity, load_identity
from ringtausch_node.federation.line.model import LineSettings
from ringtausch_node.federation.line.timekeeping import Timekeeping
from ringtausch_node.federation.service import Federation
from ringtausch_node.federation.wire.transport import HttpTransport, Transport
from ringtausch_node.folder import PURPOSES, SEED_BYTES, Folder, Seeds
from ringtausch_node.ids import Ids, SystemIds
from ringtausch_node.keyring.cards import CardFiles, opened_seeds
from ringtausch_node.keyring.issue import issue_card
from ringtausch_node.ledger.model import LimitPolicy
from ringtausch_node.members import Members
from ringtausch_node.payments.accounts import Accounts
from ringtausch_node.payments.doubts import Doubts
from ringtausch_node.payments.invoice_answers import InvoiceAnswers
from ringtausch_node.payments.invoice_letters import InvoiceLetters
from ringtausch_node.payments.invoice_views import InvoiceViews
from ringtausch_node.payments.invoices import Invoices
from ringtausch_node.payments.leaving import Leaving
from ringtausch_node.payments.notes import PaymentNotes
from ringtausch_node.payments.proposals import Proposals
from ringtausch_node.payments.receipts import Receipts
from ringtausch_node.payments.recovered import Recovered
from ringtausch_node.payments.refunds import Refunds
from ringtausch_node.payments.remembering import PaymentMemory
from ringtausch_node.payments.service import Payments
from ringtausch_node.payments.views import PaymentViews
from ringtausch_node.publishing.service import Publication
from ringtausch_node.store import Store
from ringtausch_node.store.group import CommitPoint
from ringtausch_node.store.lock_database import FolderMarks
from ringtausch_node.translog.building import build_tiles, needs_tiles
from ringtausch_node.translog.checkpoints import Checkpoints
from ringtausch_node.witnessing.service import Witnessing
from ringtausch_protocol import canonical

BOOT_BYTES = 16


@dataclass(frozen=True)
class Ring:
    """One open ring. `federation.start` makes it talk to others; without it payments to them wait in their queue."""

    folder: Folder
    config: Config
    clock: Clock
    ids: Ids
    identity: RingIdentity
    store: Store
    members: Members
    federation: Federation
    timekeeping: Timekeeping
    checkpoints: Checkpoints
    witnessing: Witnessing
    publication: Publication
    payments: Payments
    accounts: Accounts
    doubts: Doubts
    refunds: Refunds
    notes: PaymentNotes
    receipts: Receipts
    invoices: Invoices
    answers: InvoiceAnswers
    proposals: Proposals
    leaving: Leaving
    recovered: Recovered
    resources: AsyncExitStack = field(repr=False)

    async def close(self) -> None:
        """Stop talking, finish what waits, close the files, give the lock back. A second call does nothing."""
        await self.resources.aclose()


def found_ring(path: Path, config: Config, ids: Ids | None = None) -> RingIdentity:
    """Lay out the folder of a new ring: keys, card, settings. -> who it is.

    Raises LocalError: folder_not_empty, folder_not_made.
    """
    chance = ids or SystemIds(SystemClock())
    seeds = Seeds(
        operational={purpose: chance.random(SEED_BYTES) for purpose in PURPOSES},
        root=[chance.random(SEED_BYTES)],
        next_root=[chance.random(SEED_BYTES)],
    )
    card = issue_card(
        net=config.net, address=config.address, url=config.public_url, unit=config.parsed_unit,
        root_seeds=seeds.root, next_root_seeds=seeds.next_root, seeds=seeds.operational,
    )  # fmt: skip
    Folder.create(path, config, seeds, card).close()
    return load_identity(CardFiles(path).load(), seeds.operational, bytes(BOOT_BYTES))


async def open_ring(
    folder: Path,
    *,
    clock: Clock | None = None,
    ids: Ids | None = None,
    transport: Transport | None = None,
    on_commit_point: CommitPoint | None = None,
) -> Ring:
    """Open a ring's folder for this process: lock, boot, database, services.

    `on_commit_point` is the simulator's and goes to `Store.open`. Raises LocalError: folder_missing, folder_in_use,
    folder_unusable, config, wrong_keys, schema, storage_failed, replaced (another copy of the ring runs elsewhere).
    """
    time = clock or SystemClock()
    chance = ids or SystemIds(time)
    async with AsyncExitStack() as opening:
        opened = Folder.open(folder)
        opening.callback(opened.close)
        verify_continues(opened)
        boot = chance.random(BOOT_BYTES)
        identity = _take_keys(opened, boot)
        store = await Store.open(opened.database, clock=time, on_commit_point=on_commit_point)
        opening.push_async_callback(store.close)
        await begin_boot(opened, store, boot, canonical.unb64(identity.own.hash, 32), time, chance)
        opening.push_async_callback(end_boot, opened, store)
        if transport is None:
            transport = HttpTransport(allow_private=opened.config.allow_private_addresses)
            opening.push_async_callback(transport.close)
        ring = _compose(opened, time, chance, identity, store, transport)
        await _load(ring)
        opening.push_async_callback(ring.federation.stop)
        opening.push_async_callback(ring.checkpoints.stop)
        opening.push_async_callback(ring.witnessing.stop)
        # All went well: what would be undone on failure is from now on undone by `close`.
        ring.resources.push_async_exit(opening.pop_all())
        return ring


async def _load(ring: Ring) -> None:
    """What the services must know, and the log must hold, before anybody asks them."""
    if await ring.store.read(needs_tiles):
        await ring.store.write(build_tiles)
    await ring.timekeeping.load()
    await ring.store.write(lambda tx: log_own_cards(tx, ring.identity, ring.clock.now()))
    await ring.federation.load()
    await ring.witnessing.load()


def _take_keys(folder: Folder, boot: bytes) -> RingIdentity:
    """A new card that was issued before takes effect now, for all of this boot."""
    files = CardFiles(folder.path)
    files.promote(folder)
    own, kept = files.load(), files.earlier()
    earlier = {purpose: opened_seeds(kept, purpose) for purpose in ("seal", "recovery")}
    return load_identity(own, folder.operational_seeds(), boot, earlier)


def _compose(
    folder: Folder,
    clock: Clock,
    ids: Ids,
    identity: RingIdentity,
    store: Store,
    transport: Transport,
) -> Ring:
    config = folder.config
    policy = LimitPolicy(lower=config.limits.lower_limit, upper=config.limits.upper_limit)
    members = Members(store, ids, clock, config.limits)
    timekeeping = Timekeeping(store, clock)
    federation = Federation(
        store=store, clock=clock, ids=ids, transport=transport, identity=identity, settings=_line_settings(config),
        policy=policy, payees=members, marks=FolderMarks(folder.lock_database), memory=PaymentMemory(),
        card_files=CardFiles(folder.path), timekeeping=timekeeping,
    )  # fmt: skip
    logs = _logs(folder, clock, ids, store, transport, federation)
    members.life.on_thaw = federation.lines.touch
    desk = _desk(store, clock, ids, members, federation, policy)
    return Ring(
        folder=folder, config=config, clock=clock, ids=ids, identity=identity, store=store, members=members,
        federation=federation, timekeeping=timekeeping, checkpoints=logs.checkpoints, witnessing=logs.witnessing,
        publication=logs.publication, accounts=Accounts(store, members),
        doubts=Doubts(store, clock, ids), recovered=Recovered(store, clock, ids, members),
        proposals=Proposals(store, clock, federation), receipts=Receipts(store, desk.views, logs.checkpoints),
        leaving=Leaving(
            store=store, clock=clock, ids=ids, members=members, federation=federation, invoices=desk.answers
        ),
        refunds=Refunds(
            store=store, clock=clock, ids=ids, members=members, federation=federation, payments=desk.payments,
            views=desk.views,
        ),
        payments=desk.payments, notes=desk.notes, invoices=desk.invoices, answers=desk.answers,
        resources=AsyncExitStack(),
    )  # fmt: skip


class _Logs(NamedTuple):
    """The ring's own log, signed and shown, and those of others."""

    checkpoints: Checkpoints
    witnessing: Witnessing
    publication: Publication


def _logs(folder: Folder, clock: Clock, ids: Ids, store: Store, transport: Transport, federation: Federation) -> _Logs:
    identity, lines = federation.identity, federation.lines
    witnessing = Witnessing(
        store=store, clock=clock, ids=ids, identity=identity, lines=lines, transport=transport, folder=folder.path,
        suspect=federation.cards.suspect, verify_ready=federation.verify_believed,
        is_old_copy=federation.recovery.declare_old_copy,
    )  # fmt: skip
    checkpoints = Checkpoints(
        store=store, clock=clock, lock=folder.lock_database, ring_id=identity.ring_id,
        signer=identity.checkpoint_signer, verify_ready=federation.recovery.verify_ready,
        ask_others=witnessing.remembered.ask,
    )  # fmt: skip
    store.on_seal(federation.seal)
    store.on_seal(checkpoints.seal)
    publication = Publication(
        store=store, clock=clock, ids=ids, identity=identity, lines=lines,
        is_open=folder.config.log.entries == "open",
    )  # fmt: skip
    return _Logs(checkpoints, witnessing, publication)


class _Desk(NamedTuple):
    """What members do with payments and invoices."""

    views: PaymentViews
    payments: Payments
    notes: PaymentNotes
    invoices: Invoices
    answers: InvoiceAnswers


def _desk(store: Store, clock: Clock, ids: Ids, members: Members, federation: Federation, policy: LimitPolicy) -> _Desk:
    views = PaymentViews(members, federation)
    of_invoices = InvoiceViews(clock, members, federation, views)
    InvoiceLetters(clock, members, federation).register()
    payments = Payments(
        store=store, clock=clock, ids=ids, members=members, federation=federation, policy=policy, views=views
    )
    return _Desk(
        views,
        payments,
        PaymentNotes(store=store, clock=clock, ids=ids, members=members, federation=federation, views=views),
        Invoices(store=store, clock=clock, ids=ids, members=members, federation=federation, views=of_invoices),
        InvoiceAnswers(
            store=store, clock=clock, ids=ids, members=members, federation=federation, views=of_invoices,
            payments=payments,
        ),
    )  # fmt: skip


def _line_settings(config: Config) -> LineSettings:
    return LineSettings(
        deadline_seconds=config.lines.deadline_hours * HOUR_SECONDS,
        holds_max=config.lines.open_holds,
        limit_in_seconds=config.lines.limit_in_seconds,
        limit_out_seconds=config.lines.limit_out_seconds,
        frames_per_minute=config.lines.frames_per_minute,
        bytes_per_day=config.lines.bytes_per_day,
    )
