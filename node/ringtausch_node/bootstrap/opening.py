# SPDX-License-Identifier: AGPL-3.0-or-later
"""The composition root: from a folder to a working ring (config -> store -> services). No rule lives here.

`serve`, the command line, the demo, the benchmark and the simulator all open rings through `open_ring`; the simulator
hands in its own clock, chance and network.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

from ringtausch_node.bootstrap.composing import compose
from ringtausch_node.clock import Clock, SystemClock
from ringtausch_node.config import Config
from ringtausch_node.continuity import begin_boot, end_boot, verify_continues
from ringtausch_node.federation.greeting.card_exchange import log_own_cards
from ringtausch_node.federation.line.identity import RingIdentity, load_identity
from ringtausch_node.federation.wire.transport import HttpTransport, Transport
from ringtausch_node.folder import PURPOSES, SEED_BYTES, Folder, Seeds
from ringtausch_node.ids import Ids, SystemIds
from ringtausch_node.keyring.cards import CardFiles, opened_seeds
from ringtausch_node.keyring.issue import issue_card
from ringtausch_node.ring import Ring
from ringtausch_node.store import Store
from ringtausch_node.store.group import CommitPoint
from ringtausch_node.translog.building import build_tiles, needs_tiles
from ringtausch_protocol import canonical

BOOT_BYTES = 16


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
        ring = compose(opened, time, chance, identity, store, transport)
        await _load(ring)
        opening.push_async_callback(ring.fall_silent)
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
    await ring.towns.load()
    await ring.winding_down.load()
    await ring.witnessing.load()


def _take_keys(folder: Folder, boot: bytes) -> RingIdentity:
    """A new card that was issued before takes effect now, for all of this boot."""
    files = CardFiles(folder.path)
    files.promote(folder)
    own, kept = files.load(), files.earlier()
    earlier = {purpose: opened_seeds(kept, purpose) for purpose in ("seal", "recovery")}
    return load_identity(own, folder.operational_seeds(), boot, earlier)
