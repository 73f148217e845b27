# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two nodes, each a process of its own, from the invitation to payments both ways: only through commands."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Done, Run, Serve
from tests.ports import free_port

#: What a slow machine may take for what comes in a second or two.
PATIENCE_SECONDS = 90.0

pytestmark = pytest.mark.processes


def lay_out(run: Run, folder: Path, unit: str, handle: str) -> Path:
    place = f"127.0.0.1:{free_port()}"
    settings = ("--name", folder.name, "--unit", unit, "--net", "test", "--listen", place, "--url", f"http://{place}")
    assert 0 == run("init", folder, "--address", f"{folder.name}.example", *settings).code
    assert 0 == run("member", "add", folder, handle, "--name", handle).code
    return folder


def line_of(run: Run, folder: Path) -> dict[str, Any]:
    (line,) = run("state", folder, "--json").json["peers"]
    return dict(line)


def until_open(run: Run, *folders: Path) -> None:
    end_at = time.monotonic() + PATIENCE_SECONDS
    while any(line_of(run, folder)["state"] != "open" for folder in folders):
        assert time.monotonic() < end_at, [line_of(run, folder) for folder in folders]
        time.sleep(0.05)


def test_two_rings_meet_and_pay_each_other(run: Run, tmp_path: Path, serve: Serve) -> None:
    oak = lay_out(run, tmp_path / "eiche", "hours", "alma")
    elm = lay_out(run, tmp_path / "ulme", "Talente:20:1", "ben")
    invitation = tmp_path / "invitation.json"
    serve(oak)
    elm_node, _ = serve(elm)

    assert 0 == run("peer", "invite", oak, "--out", invitation, "--limit-in", "3", "--limit-out", "2").code
    accepted = run("peer", "accept", elm, invitation, "--json")
    assert (0, "eiche.example", 12) == (accepted.code, accepted.json["peer"], len(accepted.json["words"]))
    assert accepted.json["words"] == run("peer", "list", oak, "--json").json["peers"][0]["words"]
    assert accepted.json["words"][0] in run("peer", "list", oak).out
    assert "confirm" in run("peer", "accept", elm, invitation).out

    words = " ".join(accepted.json["words"])
    wrong = run("peer", "confirm", oak, "ulme.example", "--words", words.replace(" ", " x ", 1), "--json")
    assert (3, "wrong_words") == (wrong.code, wrong.json["error"]["code"])
    assert 0 == run("peer", "confirm", elm, "EICHE.example", "--words", words.lower()).code
    assert 0 == run("peer", "confirm", oak, "ulme.example", "--words", words, "--json").code
    until_open(run, oak, elm)
    again = run("peer", "accept", elm, invitation)
    assert (0, words) == (again.code, again.out.splitlines()[-1].strip())

    there = run("pay", oak, "--from", "alma", "--to", "ben@ulme.example", "--amount", "1,5", "--wait", "10", "--json")
    assert (0, "paid", 5400) == (there.code, there.json["state"], there.json["amount_seconds"])
    back = run("pay", elm, "--from", "ben", "--to", "alma@eiche.example", "--amount", "10", "--wait", "10", "--json")
    assert (0, "paid", 1800) == (back.code, back.json["state"], back.json["amount_seconds"])
    nobody = run("pay", oak, "--from", "alma", "--to", "x@ulme.example", "--amount", "0,5", "--wait", "10", "--json")
    assert (3, "refused", "payee_refuses") == (nobody.code, nobody.json["state"], nobody.json["code"])
    assert 3 == run("payment", oak, nobody.json["payment_id"]).code
    too_much = run("pay", oak, "--from", "alma", "--to", "ben@ulme.example", "--amount", "1,5", "--json")
    _says_what_goes(too_much)
    assert [3600, -3600] == [line_of(run, folder)["clearing_seconds"] for folder in (oak, elm)]

    elm_node.send_signal(signal.SIGTERM)
    assert 0 == elm_node.wait(timeout=15)
    _wait_and_go_on(run, oak, elm, serve)


def _says_what_goes(too_much: Done) -> None:
    told = too_much.json["error"]
    assert (3, "no_capacity", 3600) == (too_much.code, told["code"], told["most_seconds"])
    assert "At present up to 1 h go there." in told["message"]


def _wait_and_go_on(run: Run, oak: Path, elm: Path, serve: Serve) -> None:
    assert 0 == run("verify", elm).code
    queued = run("pay", elm, "--from", "ben", "--to", "alma@eiche.example", "--amount", "1", "--wait", "0", "--json")
    assert (0, "queued") == (queued.code, queued.json["state"])
    cancelled = run("payment", "cancel", elm, queued.json["payment_id"], "--json")
    assert (0, "cancelled") == (cancelled.code, cancelled.json["state"])
    shown = run("payment", elm, queued.json["payment_id"], "--json")
    assert (3, "cancelled") == (shown.code, shown.json["state"])
    waiting = run("pay", elm, "--from", "ben", "--to", "alma@eiche.example", "--amount", "1", "--json")
    serve(elm)
    done = run("pay", elm, "--from", "ben", "--to", "alma@eiche.example", "--amount", "1", "--id",
               waiting.json["payment_id"], "--wait", "20", "--json")  # fmt: skip
    assert (0, "paid") == (done.code, done.json["state"])
    _give_back_once(run, oak, done.json["payment_id"])
    assert [0, 0] == [run("state", folder, "--json").json["sum_seconds"] for folder in (oak, elm)]
    assert [0, 0] == [run("verify", folder).code for folder in (oak, elm)]


def _give_back_once(run: Run, oak: Path, payment_id: str) -> None:
    """Asked twice under one number of the operator's own: it goes back once."""
    own, before = "AAAAAAAAAAAAAAAAAAAAAA", line_of(run, oak)["clearing_seconds"]
    for _ in range(2):
        done = run("refund", oak, payment_id, "--id", own, "--wait", "20", "--json")
        assert (0, "paid", own) == (done.code, done.json["state"], done.json["payment_id"])
    assert 180 == line_of(run, oak)["clearing_seconds"] - before
