# SPDX-License-Identifier: AGPL-3.0-or-later
"""The composition root: from a folder to a working ring (config -> store -> services). No rule lives here.

`serve`, the command line, the demo, the benchmark and the simulator all open rings through `open_ring`; the simulator
hands in its own clock, chance and network.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from ringtausch_node.clock import Clock, SystemClock
from ringtausch_node.config import HOUR_SECONDS, Config
from ringtausch_node.errors import LocalError
from ringtausch_node.federation.identity import RingIdentity, issue_card, load_identity
from ringtausch_node.federation.model import LineSettings
from ringtausch_node.federation.service import Federation
from ringtausch_node.federation.transport import HttpTransport, Transport
from ringtausch_node.folder import PURPOSES, SEED_BYTES, Folder, Seeds
from ringtausch_node.ids import Ids, SystemIds
from ringtausch_node.ledger.model import LimitPolicy
from ringtausch_node.members import Members
from ringtausch_node.payments.accounts import Accounts
from ringtausch_node.payments.doubts import Doubts
from ringtausch_node.payments.leaving import Leaving
from ringtausch_node.payments.refunds import Refunds
from ringtausch_node.payments.service import Payments
from ringtausch_node.store import Store, Tx
from ringtausch_node.store.group import CommitPoint
from ringtausch_node.store.lock_database import FolderMarks, LockDatabase
from ringtausch_node.translog import service as translog
from ringtausch_protocol.frames import ENTRY_DOCUMENT, log_entry

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
    payments: Payments
    accounts: Accounts
    doubts: Doubts
    refunds: Refunds
    leaving: Leaving
    resources: AsyncExitStack = field(repr=False)

    async def close(self) -> None:
        """Stop talking, finish what waits, close the files, give the lock back. A second call does nothing."""
        await self.resources.aclose()


def found_ring(path: Path, config: Config, ids: Ids | None = None) -> RingIdentity:
    """Lay out the folder of a new ring: keys, card, settings. -> who it is.

    Raises LocalError: folder_not_empty, folder_unusable.
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
    return load_identity(card, seeds.operational, bytes(BOOT_BYTES))


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
        identity = load_identity(opened.card(), opened.operational_seeds(), _register_boot(opened, time, chance))
        store = await Store.open(opened.database, clock=time, on_commit_point=on_commit_point)
        opening.push_async_callback(store.close)
        if transport is None:
            transport = HttpTransport(allow_private=opened.config.allow_private_addresses)
            opening.push_async_callback(transport.close)
        ring = _compose(opened, time, chance, identity, store, transport)
        await _begin_log(ring)
        await ring.federation.load()
        opening.push_async_callback(ring.federation.stop)
        # All went well: what would be undone on failure is from now on undone by `close`.
        ring.resources.push_async_exit(opening.pop_all())
        return ring


def _register_boot(folder: Folder, clock: Clock, ids: Ids) -> bytes:
    """A fresh id for this opening, remembered before anything is signed under it."""
    boot = ids.random(BOOT_BYTES)
    database = LockDatabase(folder.lock_database)
    try:
        mark = database.mark()
        if mark is not None and mark.code == "replaced":
            raise LocalError("replaced")
        database.register_boot(boot, clock.now())
    finally:
        database.close()
    return boot


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
    federation = Federation(
        store=store, clock=clock, ids=ids, transport=transport, identity=identity, settings=_line_settings(config),
        policy=policy, payees=members, marks=FolderMarks(folder.lock_database),
    )  # fmt: skip
    store.on_seal(federation.seal)
    members.life.on_thaw = federation.lines.touch
    payments = Payments(store=store, clock=clock, ids=ids, members=members, federation=federation, policy=policy)
    return Ring(
        folder=folder, config=config, clock=clock, ids=ids, identity=identity, store=store, members=members,
        federation=federation, payments=payments, accounts=Accounts(store, members),
        doubts=Doubts(store, clock, ids),
        leaving=Leaving(store=store, clock=clock, ids=ids, members=members, federation=federation),
        refunds=Refunds(
            store=store, clock=clock, ids=ids, members=members, federation=federation, payments=payments
        ),
        resources=AsyncExitStack(),
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


async def _begin_log(ring: Ring) -> None:
    """The first entry of a ring's log is its first card."""

    def use_case(tx: Tx) -> None:
        if translog.head(tx).size == 0:
            translog.append_later(tx, log_entry(ENTRY_DOCUMENT, (ring.identity.own.envelope,)))

    await ring.store.write(use_case)
