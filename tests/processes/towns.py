# SPDX-License-Identifier: AGPL-3.0-or-later
"""Real node processes for tests: `python -m ringtausch_node serve FOLDER`, asked through their control sockets."""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, TypeVar

import pytest

from ringtausch_node.bootstrap import found_ring
from ringtausch_node.cli import reach
from ringtausch_node.config import Config
from ringtausch_node.errors import LocalError, RingtauschError
from ringtausch_protocol.canonical import b64
from tests.ports import free_port

T = TypeVar("T")

START_SECONDS = 30.0
ANSWER_SECONDS = 30.0
#: A lost answer costs 20 s, the longest pause after a failure 60 s.
END_SECONDS = 100.0
FINAL = ("paid", "refused", "cancelled")


class Away(Exception):
    """The node was killed, or is just starting: nobody knows what became of the question."""


class Town:
    """One ring and the process that serves it. `public_port` is where others reach it, if not where it listens.

    `settings` are further ones of its config.
    """

    def __init__(
        self, root: Path, name: str, *, public_port: int | None = None, settings: Mapping[str, Any] | None = None
    ) -> None:
        self.name, self.folder, self.log = name, root / name, root / f"{name}.log"
        self.port = free_port()
        self.address = f"{name}.example"
        self.environment: dict[str, str] = {}
        self.wrapper: Sequence[str] = ()
        self.program = "ringtausch_node"
        self._process: subprocess.Popen[bytes] | None = None
        found_ring(
            self.folder,
            Config(
                address=self.address, net="test", listen=f"127.0.0.1:{self.port}",
                url=f"http://127.0.0.1:{public_port or self.port}", allow_private_addresses=True,
                **{"name": name, **(settings or {})},
            ),
        )  # fmt: skip

    @property
    def pid(self) -> int:
        """The process, or what it was started under."""
        assert self._process is not None
        return self._process.pid

    def start(self, *others: Town) -> None:
        """Start the node, for other towns too if asked, and wait until it is ready."""
        folders = [str(town.folder) for town in (self, *others)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self.wrapper, sys.executable, "-m", self.program, "serve", *folders, "--json"],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, env={**os.environ, **self.environment},
            )  # fmt: skip
        assert self._process.stdout is not None
        for _ in folders:
            assert _speaks(self._process.stdout), f"{self.name} did not start: {self.tail()}"
            assert b'"ready":true' in _line(self._process.stdout.fileno()), self.tail()

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Stop it as an operator does. -> its exit code."""
        return self._end(signal.SIGTERM)

    def clean_up(self) -> None:
        """Whatever the test left running."""
        if self._process is not None:
            self.kill()

    def ask(self, operation: str, **args: Any) -> Any:
        """One operation of the control socket. Raises Away, and what the node refuses."""
        try:
            return reach.ask(
                self.folder, operation, {name.rstrip("_"): value for name, value in args.items()}, ANSWER_SECONDS
            )
        except reach.NoNode:
            raise Away from None
        except LocalError as error:
            if error.code == "node_unreachable":
                raise Away from None
            raise

    def pay(self, other: Town, number: int, *, seconds: int = 60, who: int = 0) -> Any:
        """One payment to the same member of another town."""
        to = f"m{who}@{other.address}" if other is not self else f"m{who + 1}"
        return self.ask(
            "pay", from_=f"m{who}", to=to, amount_seconds=seconds, memo="Rasen", payment_id=payment_id(number)
        )

    def payment(self, number: int) -> Any:
        """How a payment stands, or None where the ring does not know it."""
        try:
            return self.ask("payment", payment_id=payment_id(number))
        except RingtauschError as error:
            if error.code != "not_found":
                raise
            return None

    def verify(self) -> None:
        """The closed folder is sound."""
        report = reach.call(self.folder, "verify", {})
        assert [] == report["findings"], f"{self.name}: {report['findings']}"

    def tail(self) -> str:
        """The end of its log."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-2000:]

    def _end(self, number: signal.Signals) -> int:
        process, self._process = self._process, None
        assert process is not None
        process.send_signal(number)
        code = process.wait(30)
        assert process.stdout is not None
        process.stdout.close()
        return code


def _speaks(output: IO[bytes]) -> bool:
    """Whether a starting node says something in time."""
    with selectors.DefaultSelector() as waiting:  # `select` itself knows no file beyond the 1024th
        waiting.register(output, selectors.EVENT_READ)
        return bool(waiting.select(START_SECONDS))


def _line(number: int) -> bytes:
    """One line, and nothing of the next: what is buffered would wake nobody."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(number, 1)
        if not byte:
            break
        line += byte
    return line


def most_memory_bytes(pid: int) -> int:
    """The most memory that a process ever had (VmHWM)."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM:")).split()[1]) * 1_024


def payment_id(number: int) -> str:
    """The id that the payer's program gave."""
    return b64(number.to_bytes(16))


def befriend(one: Town, other: Town, members: int = 4) -> None:
    """Two running towns take members in and peer."""
    for town in (one, other):
        for number in range(members):
            town.ask("member.add", handle=f"m{number}", name="Mitglied")
    introduce(one, other)


def introduce(one: Town, other: Town) -> None:
    """Two running towns peer; both lines are open then."""
    invitation = one.ask("peer.invite")["invitation"]
    accepted = other.ask("peer.accept", invitation=invitation)
    for mine, theirs in ((one, other), (other, one)):
        mine.ask("peer.confirm", address=theirs.address, words=accepted["words"])
    for town, peer in ((one, other), (other, one)):
        until(lambda town=town, peer=peer: line_state(town, peer) == "open", f"{town.name}'s line to open")  # type: ignore[misc]


def line_state(town: Town, other: Town) -> str:
    """How the line to another town stands."""
    found: str = next(peer["state"] for peer in town.ask("state")["peers"] if peer["address"] == other.address)
    return found


def until(holds: Callable[[], T], what: str, seconds: float = END_SECONDS) -> T:
    """Ask until something holds. Raises AssertionError after so many seconds."""
    end = time.monotonic() + seconds
    while True:
        try:
            if found := holds():
                return found
        except Away:
            pass
        assert time.monotonic() < end, f"waited {seconds:.0f} s for {what}"
        time.sleep(0.05)


def ended(town: Town, numbers: Sequence[int]) -> dict[int, str]:
    """Wait for the end of payments. -> their final states."""
    states: dict[int, str] = {}

    def are_final() -> bool:
        for number in numbers:
            if number not in states:
                view = town.payment(number)
                assert view is not None, f"{town.name}: payment {number} was acknowledged and is lost"
                if view["state"] not in FINAL:
                    return False
                states[number] = view["state"]
        return True

    until(are_final, f"{len(numbers)} payments of {town.name} to end")
    return states


def check_books(one: Town, other: Town) -> Mapping[str, int]:
    """Both running nodes: sums zero, books mirrored, nothing held. -> what each owes the other."""

    def settled() -> dict[str, int] | None:
        found = {}
        for town in (one, other):
            state = town.ask("state")
            (peer,) = state["peers"]
            assert 0 == state["sum_seconds"]
            assert "ready" == state["state"], peer
            if state["open_holds"] or peer["held_in"] or peer["held_out"]:
                return None
            found[town.name] = int(peer["clearing_seconds"])
        return found if found[one.name] == -found[other.name] else None

    return until(settled, "books that mirror each other") or {}


def close_and_verify(*towns: Town) -> None:
    """Stop as an operator does; the closed folders are sound."""
    for town in towns:
        assert 0 == town.stop(), town.tail()
    for town in towns:
        town.verify()


def program(name: str) -> str:
    """The path of a program that a test needs; the test is left out, with this reason, where there is none."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"needs {name}")
    return found
