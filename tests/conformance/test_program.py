# SPDX-License-Identifier: AGPL-3.0-or-later
"""The kit as a program, against a node that is a process of its own."""

from __future__ import annotations

import base64
import io
import json
import re
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from ringtausch_protocol.conformance.claims import SECONDS
from ringtausch_protocol.conformance.program import main
from ringtausch_protocol.conformance.rules import ALL
from tests.ports import free_port
from tests.processes.towns import Town

ASKED = re.compile(r"^  (\S+) gives up, (\S+) instead$", re.MULTILINE)
WORDS = re.compile(r"^  (kit-\S+): (.+)$", re.MULTILINE)


class Operator(io.StringIO):
    """Reads what the program writes, confirms the words that it asks for, agrees and stops when it says so."""

    def __init__(self, town: Town) -> None:
        super().__init__()
        self._town = town
        self._confirmed: set[str] = set()
        self._has_agreed = self._is_stopped = False

    def flush(self) -> None:
        if "the ring under test stops" in self.getvalue() and not self._is_stopped:
            self._is_stopped = True
            threading.Thread(target=self._town.ask, args=("wind_down.begin",)).start()
        if (asked := ASKED.findall(self.getvalue())) and not self._has_agreed:
            self._has_agreed = True
            threading.Thread(target=self._agree, args=(asked,)).start()
        for address, words in WORDS.findall(self.getvalue()):
            if address not in self._confirmed:
                self._confirmed.add(address)
                threading.Thread(target=self._confirm, args=(address, words.split())).start()

    def _agree(self, asked: Sequence[tuple[str, str]]) -> None:
        for leaver, other in asked:
            told = {"leaver": leaver, "other": other, "amount_seconds": SECONDS, "agrees": True}
            self._town.ask("assignment.answer", **told)

    def _confirm(self, address: str, words: list[str]) -> None:
        if address.startswith(("kit-1.", "kit-6.")):
            self._town.ask("peer.transit", address=address, carries=True)
        self._town.ask("peer.confirm", address=address, words=words)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = Town(tmp_path, "oak")
    town.start()
    yield town
    town.clean_up()


def _invitations(town: Town, root: Path, count: int) -> list[str]:
    found: list[str] = []
    for number in range(count):
        path = root / f"{number}.json"
        path.write_bytes(base64.b64decode(town.ask("peer.invite")["invitation"]))
        found += ["--invitation", str(path)]
    return found


def test_a_running_node_keeps_every_rule(town: Town, tmp_path: Path) -> None:
    for handle in ("alma", "berta"):
        town.ask("member.add", handle=handle, name=handle.title())
    out, asked = Operator(town), _invitations(town, tmp_path, 10)
    url = f"http://127.0.0.1:{town.port}"

    own = free_port()
    reached = ["--listen", f"127.0.0.1:{own}", "--own-url", f"http://127.0.0.1:{own}/kit"]
    told = [
        "--payee",
        "alma",
        "--second-payee",
        "berta",
        "--host",
        town.address,
        "--agree",
        "--stop",
        "--json",
        str(tmp_path / "report.json"),
    ]
    code = main([url, *asked, *reached, *told, "--host", town.address], out)

    report = json.loads((tmp_path / "report.json").read_bytes())
    # Within half a minute the node has said nothing of its lines by itself.
    assert [] == [rule for rule in report["rules"] if rule["outcome"] != "held" and rule["rule"] != "advert-own"]
    open_ = report["unjudged"]
    assert (2 if open_ else 0, len(ALL), 0) == (code, report["held"] + open_, report["broken"])
    assert out.getvalue().endswith(f"{len(ALL)} rules: {len(ALL) - open_} held, 0 broken, {open_} not judged\n")


def test_with_one_invitation_and_no_words_the_rest_is_not_judged(town: Town, tmp_path: Path) -> None:
    out, asked = io.StringIO(), _invitations(town, tmp_path, 1)

    code = main([f"http://127.0.0.1:{town.port}", *asked, "--host", town.address, "--wait", "0"], out)

    assert 2 == code
    assert "0 broken" in out.getvalue()
    assert "the words were not confirmed" in out.getvalue()


def test_where_nobody_answers_nothing_is_judged(town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = _invitations(town, tmp_path, 1)

    assert 3 == main([f"http://127.0.0.1:{free_port()}", *asked], io.StringIO())
    assert "Nobody answers" in capsys.readouterr().err
