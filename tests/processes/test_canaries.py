# SPDX-License-Identifier: AGPL-3.0-or-later
"""A day in the life of two towns whose names, memos, tokens and keys are canaries: none is found where none belongs.

Not in a log line of any logger, not in what a process says otherwise, not in an error, not in evidence, not in a frame
on the wire, not in an entry of the log; packed in base64 neither.
"""

from __future__ import annotations

import base64
import http.client
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ringtausch_node.cli import reach
from ringtausch_node.errors import RingtauschError
from tests.ports import free_port
from tests.processes.proxy import BadLine
from tests.processes.towns import Town, close_and_verify, ended, introduce, payment_id, until

NAMES = ("kanarie.amsel", "kanarie-post.zaunkoenig", "kanarie-helfer", "kanarie-fremd")
WORDS = ("Kanarienname Amsel", "KanarienMemo geheim", "Kanarienlaptop", "kanarie@post.example")
#: What tells that a canary was looked for in packed bytes too.
PACKED = re.compile(rb"[A-Za-z0-9_+/-]{16,}")


class Wire(BadLine):
    """A good line that is listened to."""

    def __init__(self, port: int, target: int) -> None:
        super().__init__(port, target, 0)
        self.heard: list[bytes] = []

    async def _forward(self, request: bytes) -> bytes | None:
        answer = await super()._forward(request)
        self.heard += [request, answer or b""]
        return answer


def unpacked(data: bytes) -> Iterator[bytes]:
    """The bytes, and what stands in them in base64 to any depth: each is a quarter shorter, so it comes to an end."""
    yield data
    for match in PACKED.finditer(data):
        text = match[0].translate(bytes.maketrans(b"-_", b"+/"))
        yield from unpacked(base64.b64decode(text[: len(text) // 4 * 4]))


def secrets_of(town: Town) -> set[bytes]:
    """Every seed in the folder, as it stands there, raw, and in hex."""
    found: set[bytes] = set()
    for path in (town.folder / "keys").iterdir():
        for text in re.findall(rb"[A-Za-z0-9_-]{43}", path.read_bytes()):
            raw = base64.urlsafe_b64decode(text + b"=")
            found |= {text, raw, raw.hex().encode()}
    assert found
    return found


class Day:
    """What happens on the day, and every error that anybody was told."""

    def __init__(self, oak: Town, elm: Town) -> None:
        self.oak, self.elm = oak, elm
        self.errors: list[bytes] = []
        self.tokens: set[str] = set()

    def ask(self, town: Town, operation: str, **args: Any) -> Any:
        """An operation; a refusal is kept."""
        try:
            return town.ask(operation, **args)
        except RingtauschError as error:
            self.errors.append(f"{error.code} {error.detail}".encode())
            return None

    def api(self, town: Town, method: str, path: str, token: str, body: object = None) -> tuple[int, Any]:
        """A request of a member's program; what is no success is kept."""
        asked = http.client.HTTPConnection("127.0.0.1", town.port, timeout=30)
        data = body if isinstance(body, bytes) else None if body is None else msgspec.json.encode(body)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Host": town.address}
        asked.request(method, path, data, headers)
        answer = asked.getresponse()
        heard = answer.read()
        asked.close()
        if answer.status >= 400:
            self.errors.append(heard)
        return answer.status, msgspec.json.decode(heard)

    def token(self, town: Town, handle: str) -> str:
        """An access, which is a canary too."""
        found: str = town.ask("member.token", handle=handle, label=WORDS[2])["token"]
        self.tokens.add(found)
        return found

    def morning(self) -> None:
        """Members come, towns peer."""
        for town in (self.oak, self.elm):
            for handle in NAMES[:3]:
                town.ask("member.add", handle=handle, name=WORDS[0])
            town.ask("member.helper", handle=NAMES[2], for_=NAMES[0])
        invitation = self.oak.ask("peer.invite")["invitation"]
        secret = msgspec.json.decode(base64.b64decode(invitation))["secret"]
        self.tokens.add(secret)
        introduce(self.oak, self.elm)
        self.ask(self.elm, "peer.accept", invitation=invitation)
        self.ask(self.elm, "peer.confirm", address=self.oak.address, words=[WORDS[0]] * 12)

    def noon(self) -> None:
        """Payments of every kind, at home and abroad, through the socket and the API."""
        amsel = self.token(self.oak, NAMES[0])
        to = f"{NAMES[1]}@{self.elm.address}"
        for number in range(1, 4):
            self.oak.ask("pay", from_=NAMES[0], to=to, amount_seconds=600, memo=WORDS[1], payment_id=payment_id(number))
        wish = {"from": NAMES[0], "to": NAMES[1], "amount_seconds": 60, "memo": WORDS[3], "payment_id": payment_id(9)}
        assert 201 == self.api(self.oak, "POST", "/api/v1/payments", amsel, wish)[0]
        assert 200 == self.api(self.oak, "POST", "/api/v1/quotes", amsel, {"to": to, "amount_seconds": 60})[0]
        assert {"paid"} == set(ended(self.oak, [1, 2, 3]).values())
        self.elm.ask("refund", payment_id=payment_id(1), new_id=payment_id(50), wait_seconds=30.0)
        self.ask(self.oak, "pay", from_=NAMES[0], to=f"{NAMES[3]}@{self.elm.address}", amount_seconds=60, memo=WORDS[1],
                 payment_id=payment_id(4))  # fmt: skip
        ended(self.oak, [4])

    def afternoon(self) -> None:
        """Everything that is refused."""
        amsel = self.token(self.oak, NAMES[0])
        for wish in (
            {"from": NAMES[0], "to": NAMES[3], "amount_seconds": 60}, {"from": NAMES[3], "to": NAMES[0]},
            {"from": NAMES[1], "to": NAMES[0], "amount_seconds": 60}, {"memo": WORDS[1] * 40, "from": NAMES[0]},
            {"from": NAMES[0], "to": f"{NAMES[1]}@nowhere.example", "amount_seconds": 60},
            {NAMES[3]: WORDS[1]}, f'{{"from": "{NAMES[0]}", "to"'.encode(), WORDS[1].encode(),
            {"from": NAMES[0], "to": NAMES[1], "amount_seconds": 10**8, "memo": WORDS[1]},
        ):  # fmt: skip
            assert 400 <= self.api(self.oak, "POST", "/api/v1/payments", amsel, wish)[0] < 500
        for path in (f"/api/v1/accounts/{NAMES[3]}", f"/{NAMES[0]}", f"/api/v1/payments/{NAMES[0]}"):
            assert 400 <= self.api(self.oak, "GET", path, amsel)[0] < 500
        for guess in (amsel[:-1], amsel.swapcase(), WORDS[2]):
            assert 401 == self.api(self.oak, "GET", "/api/v1/me", guess)[0]
        for path in ("frames", "hello", "peering", "quote", "recover"):
            self.api(self.oak, "POST", f"/peer/v1/{path}", amsel, {"token": amsel, "memo": WORDS[1]})
        for handle in NAMES:
            self.ask(self.oak, "member.add", handle=handle, name=WORDS[0] + "\n")
        self.ask(self.oak, "member.leave", handle=NAMES[0])
        self.ask(self.oak, "member.import", data=base64.b64encode(f"{NAMES[0]};{WORDS[0]};x".encode()).decode())
        self.ask(self.oak, f"{NAMES[0]}", handle=NAMES[0])
        self.ask(self.oak, "pay", from_=NAMES[0], to=WORDS[3], amount_seconds=60, memo=WORDS[1])

    def evening(self) -> None:
        """A peer is off, a member changes their mind, the node starts again."""
        assert 0 == self.elm.stop()
        to = f"{NAMES[1]}@{self.elm.address}"
        for number in (20, 21):
            self.oak.ask(
                "pay", from_=NAMES[2], to=to, amount_seconds=60, memo=WORDS[1], payment_id=payment_id(number)
            )  # fmt: skip
        self.ask(self.oak, "payment.cancel", payment_id=payment_id(20))
        self.ask(self.oak, "member.freeze", handle=NAMES[1])
        assert 0 == self.oak.stop()
        self.elm.start()
        self.oak.start()
        ended(self.oak, [20, 21])
        self.ask(self.oak, "verify")


def stored(town: Town) -> dict[str, list[bytes]]:
    """Log entries and evidence of a closed ring."""
    with sqlite3.connect(town.folder / "ring.sqlite") as books:
        return {
            table: [row[0] for row in books.execute(f"SELECT {column} FROM {table}")]
            for table, column in (("leaf", "entry"), ("evidence", "bytes"))
        }


def export(town: Town) -> Path:
    """The log of a closed ring as anybody may have it."""
    out = town.folder.with_name(f"{town.name}-log")
    reach.call(town.folder, "log.export", {"out": str(out)})
    return out


def flown(canaries: set[bytes], places: dict[str, list[bytes]]) -> set[tuple[str, bytes]]:
    """Which canary sits where."""
    return {
        (place, canary)
        for place, texts in places.items()
        for text in texts
        for inside in unpacked(text)
        for canary in canaries
        if canary in inside.lower() or canary in inside
    }


@pytest.mark.timeout(600)
def test_no_canary_leaves_its_cage(found: Callable[..., Town]) -> None:
    ports = {name: free_port() for name in ("oak", "elm")}
    oak, elm = (found(name, ports[name]) for name in ports)
    oak.program = elm.program = "tests.processes.loud"
    day = Day(oak, elm)
    with Wire(ports["oak"], oak.port).open() as to_oak, Wire(ports["elm"], elm.port).open() as to_elm:
        oak.start()
        elm.start()
        for part in (day.morning, day.noon, day.afternoon, day.evening):
            part()
        until(lambda: oak.ask("state")["open_holds"] == 0, "quiet")
        close_and_verify(oak, elm)
        heard = [message for line in (to_oak, to_elm) if isinstance(line, Wire) for message in line.heard]

    canaries = {text.lower().encode() for text in (*NAMES, *WORDS)}
    canaries |= {text.encode() for text in day.tokens} | secrets_of(oak) | secrets_of(elm)
    exported = [path.read_bytes() for town in (oak, elm) for path in export(town).rglob("*") if path.is_file()]
    wire = [message for message in heard if b"/peer/v1/peering" not in message]
    places = {
        "log": [oak.log.read_bytes(), elm.log.read_bytes()], "wire": wire, "errors": day.errors, "export": exported,
        **_stored(oak, elm),
    }  # fmt: skip
    assert b"DEBUG" in places["log"][0], "every logger was listened to"
    assert len(places["leaf"]) > 20 < len(day.errors)
    assert 8 == len(exported), "checkpoint, cards, a tile and a bundle of each town"
    assert set() == flown(canaries, places)


def _stored(*towns: Town) -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = {"leaf": [], "evidence": []}
    for town in towns:
        for table, texts in stored(town).items():
            found[table] += texts
    return found


def test_a_canary_is_found_however_it_is_packed() -> None:
    canary = b"kanarie.amsel"
    packed = base64.b64encode(b'{"payload":"' + base64.b64encode(b"xx" + canary + b"yyy") + b'"}')
    assert {("log", canary)} == flown({canary}, {"log": [b"some words " + packed]})
    assert set() == flown({canary}, {"log": [b"nothing"]})
