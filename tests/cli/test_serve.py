# SPDX-License-Identifier: AGPL-3.0-or-later
"""Real processes: a node is served, asked, stopped, killed, and its folder belongs to it alone."""

from __future__ import annotations

import http.client
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.cli.conftest import COMMAND, Run, Serve

pytestmark = pytest.mark.processes


def listen_anywhere(folder: Path) -> None:
    config = folder / "config.toml"
    config.write_text(config.read_text().replace("127.0.0.1:8470", "127.0.0.1:0"))


def get(ready: dict[str, Any], path: str, host: str = "x") -> tuple[int, Any]:
    connection = http.client.HTTPConnection(str(ready["listen"]), timeout=5)
    connection.request("GET", path, headers={"Host": host})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, msgspec.json.decode(body)


def test_a_node_is_served_asked_and_stopped(run: Run, members: Path, serve: Serve) -> None:
    listen_anywhere(members)
    process, (ready,) = serve(members)
    assert (True, "eiche.example") == (ready["ready"], ready["address"])
    assert (True, False) == (ready["waits_for_setup"], "setup" in ready)
    assert (200, "ready") == (get(ready, "/health")[0], get(ready, "/health")[1]["state"])
    assert "application/vnd.ringtausch.ring-card.v1+json" == get(ready, "/.well-known/ringtausch")[1]["payloadType"]
    paid = run("pay", members, "--from", "alma", "--to", "ben", "--amount", "1", "--json")
    assert (0, "paid") == (paid.code, paid.json["state"])
    assert 2 == run("state", members, "--json").json["accounts"]
    second = run("serve", members, "--json")
    assert (3, "folder_in_use") == (second.code, msgspec.json.decode(second.err.splitlines()[-1])["error"]["code"])
    process.send_signal(signal.SIGTERM)
    assert 0 == process.wait(timeout=15)
    assert not (members / "control.sock").exists()
    assert [-180, 180] == [each["balance_seconds"] for each in run("member", "list", members, "--json").json["members"]]


@pytest.mark.parametrize("terminal", [True, False])
def test_the_link_of_the_set_up_is_shown_on_a_terminal_and_stands_in_no_journal(ring: Path, terminal: bool) -> None:
    listen_anywhere(ring)
    ours, theirs = pty.openpty() if terminal else os.pipe()
    process = subprocess.Popen([*COMMAND, "serve", str(ring)], stdout=theirs, stderr=subprocess.PIPE)
    os.close(theirs)
    try:
        with os.fdopen(ours, "rb", buffering=0) as out:
            shown = b""
            while shown.count(b"\n") < (3 if terminal else 2):
                shown += out.read(1_000)
    finally:
        process.terminate()
        _, told = process.communicate(timeout=15)
    assert (terminal, not terminal) == (b"/einrichten/" in shown, f"ringtausch setup {ring}".encode() in shown)
    assert b"/einrichten/" not in told


def test_a_node_that_is_stopped_is_not_reachable_and_loses_nothing(
    run: Run, members: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ringtausch_node.cli.reach.ANSWER_SECONDS", 0.3)
    listen_anywhere(members)
    process, _ = serve(members)
    pay = ("pay", members, "--from", "alma", "--to", "ben", "--amount", "1", "--json")
    os.kill(process.pid, signal.SIGSTOP)
    try:
        state, done = run("state", members, "--json"), run(*pay)
    finally:
        os.kill(process.pid, signal.SIGCONT)
    for told in (state, done):
        assert (4, "node_unreachable") == (told.code, told.json["error"]["code"])
        assert "no answer within 0.3 seconds" in told.json["error"]["message"]
    monkeypatch.setattr("ringtausch_node.cli.reach.ANSWER_SECONDS", 20)
    payment_id = done.json["error"]["message"].partition("--id ")[2].partition(")")[0]
    assert (0, "paid") == ((again := run(*pay, "--id", payment_id)).code, again.json["state"])
    assert [-180, 180] == [each["balance_seconds"] for each in run("member", "list", members, "--json").json["members"]]


def test_a_folder_named_twice_is_wrong_use(run: Run, ring: Path) -> None:
    for second in (ring, ring / ".." / ring.name):
        done = run("serve", ring, second, lang="de")
        assert (2, True) == (done.code, "ist zweimal genannt" in done.err)


def test_a_killed_node_leaves_a_folder_that_opens_again(run: Run, members: Path, serve: Serve) -> None:
    listen_anywhere(members)
    process, _ = serve(members)
    paid = run("pay", members, "--from", "alma", "--to", "ben", "--amount", "1", "--json")
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert (members / "control.sock").exists()
    assert paid.json == run("payment", members, paid.json["payment_id"], "--json").json
    again, _ = serve(members)
    assert "ready" == run("state", members, "--json").json["state"]
    again.send_signal(signal.SIGINT)
    assert 0 == again.wait(timeout=15)
    assert 0 == run("verify", members).code


def test_two_rings_on_one_address_are_told_apart_by_host(run: Run, ring: Path, tmp_path: Path, serve: Serve) -> None:
    other = tmp_path / "ulme"
    assert 0 == run("init", other, "--address", "ulme.example", "--name", "Ulme", "--net", "test").code
    listen_anywhere(ring)
    listen_anywhere(other)
    _, readies = serve(ring, other)
    assert readies[0]["listen"] == readies[1]["listen"]
    names = ("eiche.example", "ulme.example:443", "nobody.example")
    assert [200, 200, 421] == [get(readies[0], "/health", host)[0] for host in names]
    assert ["eiche.example", "ulme.example"] == [run("state", each, "--json").json["address"] for each in (ring, other)]


def test_a_taken_address_is_said_in_words(run: Run, ring: Path, tmp_path: Path, serve: Serve) -> None:
    listen_anywhere(ring)
    _, (ready,) = serve(ring)
    other = tmp_path / "ulme"
    listen = ready["listen"]
    assert 0 == run("init", other, "--address", "ulme.example", "--name", "U", "--listen", listen).code
    done = subprocess.run(
        [*COMMAND, "serve", str(other), "--json"], capture_output=True, text=True, check=False, timeout=20
    )
    assert (1, "listen_failed") == (done.returncode, msgspec.json.decode(done.stderr.splitlines()[-1])["error"]["code"])
    assert "Traceback" not in done.stderr


def test_a_small_command_starts_without_a_web_server() -> None:
    program = """import sys
from ringtausch_node.cli import root
code = root.run(["version", "--json"])
heavy = {"aiohttp", "asyncio", "aiosqlite", "sqlite3", "cryptography"} & set(sys.modules)
sys.exit(repr(heavy) if heavy else code)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (0, "") == (done.returncode, done.stderr)
    assert "python" in msgspec.json.decode(done.stdout)
