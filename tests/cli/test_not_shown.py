# SPDX-License-Identifier: AGPL-3.0-or-later
"""Standard output that takes nothing: what was booked is said to be booked, with its number, and no traceback."""

from __future__ import annotations

import subprocess
from pathlib import Path

import msgspec
import pytest

from tests.cli.conftest import COMMAND, Run

PAY = ("--from", "alma", "--to", "ben", "--amount", "1")


def to_a_full_disk(*args: object) -> tuple[int, str]:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, *map(str, args)], stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60
        )
    return done.returncode, done.stderr


def test_a_payment_that_cannot_be_shown_is_named(run: Run, members: Path) -> None:
    code, told = to_a_full_disk("pay", members, *PAY, "--json")
    error = msgspec.json.decode(told)["error"]
    assert (1, "not_shown") == (code, error["code"])
    payment_id = error["message"].partition("not_shown: ")[2].partition(")")[0]
    assert "paid" == run("payment", members, payment_id, "--json").json["state"]


@pytest.mark.parametrize("args", [("version",), ("state", "{ring}"), ("pay", "--help")])
def test_no_output_ends_in_a_traceback(ring: Path, args: tuple[str, ...]) -> None:
    code, told = to_a_full_disk(*[arg.format(ring=ring) for arg in args])
    assert (1, 2) == (code, len(told.splitlines()))
    assert "(not_shown)" in told


def test_a_reader_that_went_away_is_told_the_number_alone(members: Path) -> None:
    for args, is_told in ((("version",), False), (("pay", members, *PAY), True)):
        process = subprocess.Popen(
            [*COMMAND, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        told = process.stderr.read()
        process.stderr.close()
        assert (1, is_told) == (process.wait(60), "not_shown: " in told)
