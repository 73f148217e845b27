# SPDX-License-Identifier: AGPL-3.0-or-later
"""What happens in the world: towns that peer, members who pay, and what must hold at every commit and in the end."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any
from unittest import mock

from ringtausch_node import booking
from ringtausch_node.bootstrap import Ring
from ringtausch_node.config import Lines
from ringtausch_node.federation.line.views import PeerView
from ringtausch_node.ledger import service as ledger
from ringtausch_node.ledger.reconcile import reconcile
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.payments.model import PaymentView, PayRequest
from ringtausch_node.store import Tx
from ringtausch_node.translog.verify import LogReplay
from ringtausch_protocol.canonical import b64
from ringtausch_protocol.log_keys import checkpoint_keys
from tests.simulation.believing import unsure_boots
from tests.simulation.nodes import Crashed, Killed
from tests.simulation.remembering import remembered
from tests.simulation.stopping import memory, prefix
from tests.simulation.world import World

#: Virtual time in which everything must have ended once nothing goes wrong any more: more than the deadline of an hour
#: that `lay_out` gives, because a payment for which a line has no room waits that long.
HEALING_SECONDS = 9_000.0
#: What is signed is decided sooner: a request that nobody answers, one whole back-off, and the exchange itself.
DECIDING_SECONDS = 120.0


@contextmanager
def fast_folder() -> Iterator[Path]:
    """A folder in memory where the machine has one: power cuts are played elsewhere."""
    with tempfile.TemporaryDirectory(prefix=prefix(), dir=memory()) as name:
        yield Path(name)


def lay_out(
    root: Path, names: tuple[str, ...], members: int = 1, pairs: Iterable[tuple[str, str]] | None = None,
    *, carries: bool = False,
) -> None:  # fmt: skip
    """Towns that have founded their rings, taken members in and peered, each with each or as `pairs` says; closed.

    `carries`: each lets payments of others pass.
    """
    world = World(0, root)

    async def story() -> None:
        for name in names:
            world.found(name, lines=Lines(deadline_hours=1))
            await world.boot(name, starts=False)
            for number in range(members):
                handle = f"m{number}"
                await world.ask(name, lambda ring, handle=handle: ring.members.add(handle, "Mitglied"))  # type: ignore[misc]
        for one, other in combinations(names, 2) if pairs is None else pairs:
            await peer(world, one, other, carries=carries)
        await world.close()

    with mock.patch("hashlib.scrypt", cache(hashlib.scrypt)):  # both sides work out the same words, slow on purpose
        world.run(story())
    assert [] == world.failures()


async def peer(world: World, one: str, other: str, limit_seconds: int | None = None, *, carries: bool = False) -> None:
    """An agreement between two rings, confirmed by both. `limit_seconds`: each way; None: as their settings say."""
    invitation = await world.ask(one, lambda ring: ring.federation.invite(limit_seconds, limit_seconds))
    accepted = await world.ask(other, lambda ring: ring.federation.accept(invitation))
    for mine, theirs in ((one, other), (other, one)):
        address = world.nodes[theirs].address
        await world.ask(mine, lambda ring, address=address: ring.federation.confirm(address, accepted.words))  # type: ignore[misc]
        await world.ask(mine, lambda ring, address=address: ring.federation.carrying.set(address, carries=carries))  # type: ignore[misc]


@contextmanager
def copied(template: Path, seed: int, names: tuple[str, ...], **settings: bool) -> Iterator[World]:
    """A world that begins with copies of the folders that `lay_out` made."""
    with fast_folder() as root, remembered(has_bytes=settings.get("has_bytes", False)):
        world = World(seed, root, **settings)
        for name in names:
            shutil.copytree(template / f"{name}.0", world.folder(world.add(name)))
        yield world


def live(root: Path, seed: int, names: tuple[str, ...], story: Callable[[World], Coroutine[Any, Any, None]]) -> None:
    """Let rings whose folders are laid out live through something; the folders stay as they are then."""
    world = World(seed, root)
    for name in names:
        world.add(name)
    world.run(story(world))


async def pay(
    world: World, payer: str, payee: str, number: int, seconds: int = 600, who: int = 0, to: str = ""
) -> PaymentView:
    """One payment across rings, by default to the member of the same name, asked for until it is acknowledged."""
    address = f"{to or f'm{who}'}@{world.nodes[payee].address}"
    request = PayRequest(payment_id(number), f"m{who}", address, seconds, "Rasen")
    return await world.insist(payer, lambda ring: ring.payments.pay(request, OPERATOR))


async def ended(world: World, payer: str, number: int) -> PaymentView:
    """Wait for the end of a payment, over all deaths of its ring."""
    state = "unknown"
    for _ in range(40):
        view = await world.insist(payer, lambda ring: ring.payments.wait(payment_id(number), 60.0, OPERATOR))
        if (state := view.state) in ("paid", "refused", "cancelled"):
            return view
    raise AssertionError(f"payment {number} never ended: {state}, seed {world.seed}")


def payment_id(number: int) -> str:
    """The id that the payer's program gave."""
    return b64(number.to_bytes(16))


# -- in the end ------------------------------------------------------------------------------------------------------


async def heal(world: World) -> None:
    """Nothing goes wrong any more: wait until every line is open and nothing is held or under way."""
    world.calm()
    await world.until(lambda: is_decided(world), DECIDING_SECONDS, "signed orders are still undecided")
    await quiet(world)


async def quiet(world: World) -> None:
    """Wait until every line is open and nothing is held or under way."""
    await world.until(lambda: _is_quiet(world), HEALING_SECONDS, "still not quiet")


async def _is_quiet(world: World) -> bool:
    with suppress(Killed):
        for name in world.nodes:
            totals = await world.ask(name, lambda ring: ring.store.read(ledger.totals))
            if totals.open_holds or any(_is_moving(world, name, peer) for peer in await _peers(world, name)):
                return False
        return _is_acked(world)
    return False


async def is_decided(world: World) -> bool:
    """Whether every signed order is decided, every line is open, and every ring holds all frames of the others."""
    with suppress(Killed):
        for name in world.nodes:
            if any(_is_moving(world, name, peer) for peer in await _peers(world, name)):
                return False
        return _is_acked(world)
    return False


def _is_moving(world: World, name: str, peer: PeerView) -> bool:
    """Whether something is held on a line, or it is not yet as it shall be in the end."""
    return bool(peer.held_out) or peer.state != ("ended" if _is_over(world, name, peer) else "open")


def _is_over(world: World, name: str, peer: PeerView) -> bool:
    return name in world.stopped or _name(peer.address) in world.stopped


async def _peers(world: World, name: str) -> list[PeerView]:
    """The peers of a ring that are in this world; others it may wait for."""
    peers = await world.ask(name, lambda ring: ring.federation.peers())
    return [peer for peer in peers if _name(peer.address) in world.nodes]


def _name(address: str) -> str:
    return address.partition(".")[0]


def _is_acked(world: World) -> bool:
    """Whether every ring has told, with `have`, that it holds all frames of the others."""
    lines = [line for node in world.nodes.values() if node.ring for line in node.ring.federation.lines.all()]
    return all(line.have_seq >= line.own_seq for line in lines if _name(line.peer.address) in world.nodes)


async def audit(world: World) -> dict[str, int]:
    """Everything that must hold in the end. -> how the world's books stand, by ring and peer."""
    clearing: dict[tuple[str, str], int] = {}
    for name in world.nodes:
        found = await world.insist(name, lambda ring: ring.store.read(lambda tx: findings(ring, tx)))
        assert [] == found, f"{name}: {found[:3]}, seed {world.seed}"
        totals = await world.insist(name, lambda ring: ring.store.read(ledger.totals))
        assert (0, 0) == (totals.sum_seconds, totals.open_holds), f"{name}, seed {world.seed}"
        for peer in await _peers(world, name):
            assert (0, 0) == (peer.held_in, peer.held_out), f"{name}, seed {world.seed}"
            if not _is_over(world, name, peer):
                assert peer.reason is None, f"{name}: {peer.reason}, seed {world.seed}"
                assert peer.state in ("open", "away"), f"{name}: {peer.state}, seed {world.seed}"
            clearing[name, _name(peer.address)] = peer.clearing_seconds
    for (one, other), seconds in clearing.items():
        assert seconds == -clearing[other, one], f"{one} and {other}, seed {world.seed}"
    assert [] == world.complaints, world.complaints[:3]
    if failures := world.failures():
        raise Crashed(str(failures))
    return {f"{one}>{other}": seconds for (one, other), seconds in clearing.items()}


def findings(ring: Ring, tx: Tx) -> list[object]:
    """What a replay of a ring's books, lines and log finds wrong."""
    ring.checkpoints.verify_lock(tx)
    chain = ring.identity.cards.chain  # a head counts under the card of its day
    log = LogReplay(
        tx, ring.identity.ring_id, lambda origin: [key for card in chain for key in checkpoint_keys(card, origin)]
    )
    found = [*reconcile(tx), *ring.federation.find_faults(tx), *log.faults(), *booking.find_faults(tx)]
    return [*found, *unsure_boots(tx)]
