# SPDX-License-Identifier: AGPL-3.0-or-later
"""The demo itself: real processes, a whole day or month, and nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

pytestmark = pytest.mark.processes

PATIENCE_SECONDS = 280.0
DEMO = [sys.executable, "-m", "ringtausch_node", "demo"]


@contextmanager
def demo(*options: str, lang: str = "de_DE.UTF-8") -> Iterator[subprocess.Popen[str]]:
    """A running demo; if the test fails, it is asked to end, which takes its nodes along."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("LC_")}
    environment = {**plain, "LANG": lang, "PYTHONIOENCODING": "utf-8"}
    with subprocess.Popen(
        [*DEMO, *options], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as running:
        try:
            yield running
        finally:
            running.terminate()


def is_listened_to(url: str) -> bool:
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.socket() as asking:
        return asking.connect_ex((host, int(port))) == 0


def come_in(login: dict[str, str]) -> int:
    """Send the form of the door with a code, as a browser does. -> the status."""
    door = urlsplit(login["url"])
    asking = HTTPConnection(door.netloc, timeout=PATIENCE_SECONDS)
    origin = f"http://{door.netloc}"
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": origin, "Accept": "text/html"}
    with closing(asking):
        asking.request("POST", door.path, urlencode({"wer": login["handle"], "code": login["code"]}), headers)
        return asking.getresponse().status


def first_page(url: str) -> str:
    """What a stranger reads whose browser says nothing of a language."""
    asking = HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE_SECONDS)
    with closing(asking):
        asking.request("GET", "/", headers={"Accept": "text/html"})
        return asking.getresponse().read().decode()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "told"),
    [
        ((), ["Gutgeschrieben", "Nicht ausgeführt", "Zurückgenommen", "kill -9", "genau einmal"]),
        (("--act", "life"), ["Grenze", "zurück", "alt ist", "fehlen", "auf null"]),
        (("--real",), ["1000 Zahlungen, davon 100 von Ring zu Ring", "100 %"]),
    ],
    ids=["a day", "a life", "a month"],
)
def test_once_ends_well_and_leaves_closed_folders(tmp_path: Path, options: tuple[str, ...], told: list[str]) -> None:
    folder = tmp_path / "rings"
    with demo("--once", "--json", "--folder", str(folder), *options) as running:
        result, account = running.communicate(timeout=PATIENCE_SECONDS)
    outcome = json.loads(result)
    logs = "".join(log.read_text(encoding="utf-8") for log in folder.glob("*.log"))

    report = Path(outcome["report"])
    assert 0 == running.returncode, account
    assert (True, True) == (report.is_file(), str(report) in account)
    written = report.read_text("utf-8").replace("<wbr>", "")
    assert [] == [ring["address"] for ring in outcome["rings"] if ring["address"] not in written]
    assert (True, None, []) == (outcome["ok"], outcome["reason"], outcome["faults"])
    assert [] == [words for words in [*told, "Alles stimmt", "curl -s"] if words not in account]
    assert (4 if "circle" in options else 3) == len(outcome["rings"])
    assert not any(is_listened_to(ring["url"]) for ring in outcome["rings"])
    assert "Traceback" not in logs


def test_a_demo_that_stays_ends_with_a_signal(tmp_path: Path) -> None:
    with demo("--json", "--folder", str(tmp_path / "rings"), lang="en_GB.UTF-8") as running:
        assert running.stdout is not None
        outcome = json.loads(running.stdout.readline())
        alive = [is_listened_to(ring["url"]) for ring in outcome["rings"]]
        statuses = [come_in(outcome["logins"][0]) for _ in range(2)]
        pages = [first_page(ring["url"]) for ring in outcome["rings"]]
        running.send_signal(signal.SIGINT)
        _, account = running.communicate(timeout=PATIENCE_SECONDS)

    assert [True] * 3 == alive
    assert [303, 403] == statuses, "a code lets in once"
    assert 0 == running.returncode, account
    assert [] == [page for page in pages if '<html lang="en"' not in page or "Welcome to" not in page]
    assert (True, False) == ("a day in three time banks" in account, "Stunden" in account)
    assert {f"{ring['url']}/anmelden" for ring in outcome["rings"]} == {login["url"] for login in outcome["logins"]}
    printed = [" ".join(line.split()) for line in account.splitlines()]
    for login in outcome["logins"]:  # what a reader sees in the table is what let somebody in
        row = " ".join((login["ring"], login["url"], login["handle"], login["code"]))
        assert 1 == sum(row in line for line in printed), row
    assert not any(is_listened_to(ring["url"]) for ring in outcome["rings"])
    assert str(tmp_path / "rings") in account


def test_ports_that_are_taken_are_said_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = min(taken.getsockname()[1], 65_532)
        with demo("--once", "--folder", str(tmp_path / "rings"), "--port", str(port)) as running:
            account, _ = running.communicate(timeout=PATIENCE_SECONDS)

    assert 1 == running.returncode
    assert "--port" in account
    assert [] == list((tmp_path / "rings").iterdir())


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("precious", encoding="utf-8")
    with demo("--once", "--folder", str(tmp_path)) as running:
        _, complaint = running.communicate(timeout=PATIENCE_SECONDS)

    assert 2 == running.returncode
    assert "folder_not_empty" in complaint
    assert ["letter"] == [path.name for path in tmp_path.iterdir()]
