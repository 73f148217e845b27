# SPDX-License-Identifier: AGPL-3.0-or-later
"""A full disk, and a disk whose fsync fails: the node says so, promises nothing it cannot keep, and opens again."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from ringtausch_node.errors import RingtauschError
from tests.processes.towns import FINAL, Away, Town, befriend, check_books, close_and_verify, program, until

SOURCE = Path(__file__).with_name("fsyncfail.c")


class FailingDisk:
    """Switches the faults of the library that a town's process was started with."""

    def __init__(self, folder: Path) -> None:
        self._switch, self._library = folder / "fails", folder / "fsyncfail.so"
        command = [program("gcc"), "-shared", "-fPIC", "-O1", "-o", str(self._library), str(SOURCE), "-ldl"]
        subprocess.run(command, check=True, timeout=60)
        self.heal()

    def beneath(self, town: Town) -> None:
        """Put this disk under a town, before it starts."""
        town.environment = {"LD_PRELOAD": str(self._library), "FAILING_DISK": str(self._switch)}

    def fail(self, how: str) -> None:
        """Fail as "eio" or "full"."""
        self._switch.write_text(how)

    def heal(self) -> None:
        """All is well again."""
        self._switch.write_text("")


@pytest.fixture
def disk(tmp_path: Path) -> FailingDisk:
    return FailingDisk(tmp_path)


def _refusal(town: Town, other: Town, number: int) -> str:
    """The code of a payment that the disk did not let happen; 'away' while the ring is closed."""
    try:
        view = town.pay(other, number)
    except Away:
        return "away"
    except RingtauschError as error:
        return error.code
    return str(view["state"])


def _pay_again(town: Town, other: Town, number: int) -> str:
    """The same payment again, until the ring is open; -> how it ended."""

    def answer() -> str | None:
        try:
            town.pay(other, number)
        except RingtauschError as error:
            if error.code != "storage_failed":
                raise
            return None
        state = str((town.payment(number) or {})["state"])
        return state if state in FINAL else None

    return until(answer, f"payment {number} to end") or ""


@pytest.mark.parametrize("how", ["eio", "full"])
def test_a_node_on_a_failing_disk_says_so_and_comes_back(
    found: Callable[..., Town], disk: FailingDisk, how: str
) -> None:
    oak, elm = found("oak"), found("elm")
    disk.beneath(oak)
    oak.start()
    elm.start()
    befriend(oak, elm)
    assert "paid" == _pay_again(oak, elm, 1)

    disk.fail(how)
    assert "storage_failed" == _refusal(oak, oak, 2)
    assert {_refusal(oak, elm, 3), _refusal(oak, oak, 4)} <= {"storage_failed", "away"}
    # The other side pays meanwhile: it holds what it signed and waits.
    assert _refusal(elm, oak, 1_000) in ("held", "queued")

    disk.heal()
    for number, other in ((2, oak), (3, elm), (4, oak)):
        assert "paid" == _pay_again(oak, other, number), number
    assert "paid" == _pay_again(elm, oak, 1_000)
    assert {"oak": 60, "elm": -60} == check_books(oak, elm)
    close_and_verify(oak, elm)


@pytest.mark.parametrize("how", ["eio", "full"])
def test_a_payee_on_a_failing_disk_decides_nothing_that_it_cannot_keep(
    found: Callable[..., Town], disk: FailingDisk, how: str
) -> None:
    oak, elm = found("oak"), found("elm")
    disk.beneath(elm)
    oak.start()
    elm.start()
    befriend(oak, elm)
    assert "paid" == _pay_again(oak, elm, 1)

    disk.fail(how)
    for number in (2, 3):  # the payer is well: it signs and waits, and hears of no decision
        assert _refusal(oak, elm, number) in ("held", "queued")
    assert _refusal(elm, elm, 1_000) in ("storage_failed", "away")
    assert {"held", "queued"} >= {(oak.payment(number) or {})["state"] for number in (2, 3)}

    disk.heal()
    for number in (2, 3):
        assert "paid" == _pay_again(oak, elm, number), number
    assert "paid" == _pay_again(elm, elm, 1_000)
    assert {"oak": 180, "elm": -180} == check_books(oak, elm)
    close_and_verify(oak, elm)


def test_what_was_acknowledged_before_the_disk_failed_is_there(found: Callable[..., Town], disk: FailingDisk) -> None:
    oak = found("oak")
    disk.beneath(oak)
    oak.start()
    for number in range(2):
        oak.ask("member.add", handle=f"m{number}", name="Mitglied")
    for number in range(20):
        oak.pay(oak, number)
    disk.fail("eio")
    assert "storage_failed" == _refusal(oak, oak, 20)
    oak.kill()
    disk.heal()
    oak.start()

    assert {"paid"} == {oak.payment(number)["state"] for number in range(20)}
    assert (oak.payment(20) or {"state": "paid"})["state"] == "paid"  # a COMMIT that failed may stand all the same
    close_and_verify(oak)
