# SPDX-License-Identifier: AGPL-3.0-or-later
"""The demo's world: rings in folders, a process each, all on this machine, connected by invitation and words."""

from __future__ import annotations

import base64
import random
import socket
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from ringtausch_node.bootstrap import found_ring
from ringtausch_node.cli.language import language
from ringtausch_node.cli.reach import NoNode, ask, call
from ringtausch_node.config import Config, LimitRule, Limits
from ringtausch_node.demo import words
from ringtausch_node.demo.people import Access, Home, Person
from ringtausch_node.demo.process import DemoFailed, NodeProcess, uninterrupted
from ringtausch_protocol.units import Unit, parse_unit

#: Where the demo looks for free ports first; after that anywhere below the ports that the system gives to clients.
FIRST_PORT = 8471
LAST_PORT = 32_000
PORT_TRIES = 50
ANSWER_SECONDS = 60.0
#: Lines open within a second; a node that comes back is seen again within a minute at most.
OPEN_SECONDS = 60.0
LOOK_SECONDS = 0.05
#: A number that nobody has: Germany keeps it for stories (Bundesnetzagentur, Rufnummern für Medienproduktionen).
OFFICE_PHONE = "030 23125 123"


class Founding(NamedTuple):
    """What a ring is founded with: its folder, its name, what people call it, and a member list as CSV."""

    short: str
    name: str
    spoken: str
    address: str
    unit: str
    members: bytes
    lower_limit: LimitRule = "block"
    upper_limit: LimitRule = "warn"


class LiveRing:
    """One ring with its process."""

    def __init__(self, founding: Founding, folder: Path, port: int) -> None:
        self.founding, self.name, self.address = founding, founding.name, founding.address
        self.unit: Unit = parse_unit(founding.unit)
        self.folder, self.url = folder, f"http://127.0.0.1:{port}"
        self.log = folder.with_suffix(".log")
        self.process = NodeProcess(folder, self.log)
        self.members: dict[str, str] = {}
        limits = Limits(lower_limit=founding.lower_limit, upper_limit=founding.upper_limit)
        config = Config(
            address=self.address, name=self.name, net="test", unit=founding.unit, listen=f"127.0.0.1:{port}",
            url=self.url, language=language(), allow_private_addresses=True, limits=limits,
            office_phone=OFFICE_PHONE,
        )  # fmt: skip
        found_ring(folder, config)

    def ask(self, operation: str, **args: Any) -> Any:
        """An operator's operation, asked of the running node over its control socket."""
        try:
            return ask(self.folder, operation, args, ANSWER_SECONDS)
        except NoNode:
            raise DemoFailed(words.NO_ANSWER(where=self.name, why="control.sock")) from None

    def begin(self) -> None:
        """Start the node and import the member list."""
        self.process.start()
        self.ask("member.import", data=base64.b64encode(self.founding.members).decode())
        self.members = {each["handle"]: each["name"] for each in self.ask("member.list")["members"]}

    def person(self, handle: str) -> Person:
        """A member with a fresh access."""
        token = self.ask("member.token", handle=handle)["token"]
        home = Home(self.founding.spoken, self.address, self.unit)
        return Person(self.members[handle], handle, home, Access(self.url, token))

    def line_to(self, other: LiveRing) -> dict[str, Any]:
        """What this ring says of its line to another."""
        peers = self.ask("peer.list")["peers"]
        found: dict[str, Any] = next(peer for peer in peers if peer["address"] == other.address)
        return found

    def ask_offline(self, operation: str, **args: Any) -> Any:
        """The same where no node runs: the folder is opened for this one operation."""
        return call(self.folder, operation, args)


class World:
    """Some rings that run. Whatever happens, leaving it ends every process that it started."""

    def __init__(self, folder: Path, foundings: Sequence[Founding], first_port: int | None) -> None:
        self.folder = folder
        ports = find_ports(first_port, len(foundings))
        #: The addresses of rings with a line to each other, each pair in the order in which the rings stand.
        self.pairs: list[tuple[str, str]] = []
        self.rings = [
            LiveRing(founding, folder / founding.short, port) for founding, port in zip(foundings, ports, strict=True)
        ]

    def __enter__(self) -> Self:
        try:
            for ring in self.rings:
                ring.begin()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.end()

    def connect(self, one: LiveRing, other: LiveRing, limit_seconds: int) -> list[str]:
        """Invite, accept, compare the words, confirm on both sides. -> the words."""
        invited = one.ask("peer.invite", limit_in_seconds=limit_seconds, limit_out_seconds=limit_seconds)
        read_here: list[str] = other.ask("peer.accept", invitation=invited["invitation"])["words"]
        if read_here != one.line_to(other)["words"]:
            raise DemoFailed(words.WORDS_DIFFER(one=one.name, other=other.name))
        for ring, peer in ((other, one), (one, other)):
            ring.ask("peer.confirm", address=peer.address, words=read_here)
            ring.ask("peer.name", address=peer.address, name=peer.founding.spoken)
        first, second = sorted((one, other), key=self.rings.index)
        self.pairs.append((first.address, second.address))
        return read_here

    def wait_for_lines(self) -> None:
        """Until every line is open on both sides. Raises DemoFailed."""
        known = {ring.address: ring for ring in self.rings}
        for one, other in self.pairs:
            wait_until(partial(_is_open, known[one], known[other]), words.LINE_CLOSED())
            wait_until(partial(_is_open, known[other], known[one]), words.LINE_CLOSED())

    def states(self) -> list[dict[str, Any]]:
        """What each live node says of itself, over its socket."""
        return [ring.ask("state") for ring in self.rings]

    def stop(self) -> None:
        """Stop every node as an operator would. Raises DemoFailed."""
        for ring in self.rings:
            ring.process.stop()

    def end(self) -> None:
        """No process of ours is left."""
        with uninterrupted():
            for ring in self.rings:
                ring.process.end()


def _is_open(here: LiveRing, there: LiveRing) -> bool:
    return bool(here.line_to(there)["state"] == "open")


def wait_until(
    is_so: Callable[[], bool], reason: str, seconds: float = OPEN_SECONDS, look_seconds: float = LOOK_SECONDS
) -> None:
    """Wait until something is so. Raises DemoFailed with the reason."""
    give_up_at = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > give_up_at:
            raise DemoFailed(reason)
        time.sleep(look_seconds)


def find_ports(first: int | None, count: int) -> list[int]:
    """`count` ports in a row on loopback: from `first` on, or (None, 0) the first free ones. Raises DemoFailed."""
    if first:
        ports = list(range(first, first + count))
        if not _are_free(ports):
            raise DemoFailed(words.PORTS_TAKEN(first=ports[0], last=ports[-1]))
        return ports
    chance = random.Random()  # noqa: S311 - to keep out of the way of other demos, not of spies
    begins = [FIRST_PORT, *(chance.randrange(FIRST_PORT, LAST_PORT) for _ in range(PORT_TRIES))]
    for begin in begins:
        ports = list(range(begin, begin + count))
        if _are_free(ports):
            return ports
    raise DemoFailed(words.PORTS_TAKEN(first=FIRST_PORT, last=LAST_PORT))


def _are_free(ports: Sequence[int]) -> bool:
    return all(_is_free(port) for port in ports)


def _is_free(port: int) -> bool:
    """Whether a node could listen there: asked the way a node will ask, so that a port just left is free."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as asking:
        asking.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            asking.bind(("127.0.0.1", port))
            asking.listen()
        except OSError:
            return False
    return True
