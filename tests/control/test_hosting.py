# SPDX-License-Identifier: AGPL-3.0-or-later
"""A served ring whose disk fails is closed and opened again; its neighbours in the process go on."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import make_mocked_request
from aiohttp.web import BaseRequest, Response

from ringtausch_node import hosting
from ringtausch_node.bootstrap import found_ring, open_ring
from ringtausch_node.cli.reach import ask
from ringtausch_node.config import check_config
from ringtausch_node.control import app as control
from ringtausch_node.errors import LocalError
from ringtausch_node.hosting import Host, Ready
from ringtausch_node.members import OPERATOR
from tests.control.conftest import SETTINGS


async def state_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = await asyncio.to_thread(ask, folder, "state", {}, 5.0)
    return found


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not is_so():  # noqa: ASYNC110 - what happens on disk sets no event
            await asyncio.sleep(0.01)


async def until_served(folder: Path) -> dict[str, Any]:
    async with asyncio.timeout(10):
        while True:
            try:
                return await state_of(folder)
            except Exception:  # noqa: BLE001 - closed just now
                await asyncio.sleep(0.01)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    found_ring(tmp_path / "ring", check_config(SETTINGS | {"listen": "127.0.0.1:0"}))
    return tmp_path / "ring"


async def begin(host: Host) -> tuple[asyncio.Event, asyncio.Task[None], list[Ready]]:
    stop, ready, announced = asyncio.Event(), asyncio.Event(), []

    def announce(each: Ready) -> None:
        announced.append(each)
        ready.set()

    task = asyncio.create_task(host.run(stop, announce))
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait((task, waiting), return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    return stop, task, announced


async def test_a_failed_disk_closes_the_ring_and_opens_it_again(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosting, "REOPEN_FIRST_SECONDS", 0.01)
    host = Host([place])
    stop, task, announced = await begin(host)
    assert 1 == len(announced)
    keeper = host._keepers[0]
    before = keeper.ring
    assert before is not None
    before.store.failed.set()
    with pytest.raises(LocalError, match="storage_failed"):
        await before.members.list()
    await until(lambda: keeper.ring is not before)
    assert "ready" == (await until_served(place))["state"]
    assert keeper.ring is not None
    assert [] == await keeper.ring.members.list()
    stop.set()
    await task


async def test_a_ring_that_cannot_be_opened_is_tried_again(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosting, "REOPEN_FIRST_SECONDS", 0.01)
    host = Host([place])
    stop, task, _ = await begin(host)
    keeper = host._keepers[0]
    before = keeper.ring
    assert before is not None
    card = place / "card.json"
    data = card.read_bytes()
    card.unlink()
    before.store.failed.set()
    await until(lambda: not (place / "control.sock").exists())
    await asyncio.sleep(0.05)
    card.write_bytes(data)
    assert "ready" == (await until_served(place))["state"]
    stop.set()
    await task


async def test_a_disk_that_has_no_room_for_a_socket_is_tried_again(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosting, "REOPEN_FIRST_SECONDS", 0.01)
    stop, task, _ = await begin(host := Host([place]))
    right, left = control.bind_control, [2]

    def bind(folder: Path) -> socket.socket:
        if left[0]:
            left[0] -= 1
            raise OSError(errno.ENOSPC, "full")
        return right(folder)

    monkeypatch.setattr(control, "bind_control", bind)
    assert host._keepers[0].ring is not None
    host._keepers[0].ring.store.failed.set()
    await until(lambda: not left[0])
    assert "ready" == (await until_served(place))["state"]
    stop.set()
    await task


async def test_one_ring_that_cannot_be_opened_stops_the_start(place: Path, tmp_path: Path) -> None:
    _, task, announced = await begin(Host([place, tmp_path / "nothing"]))
    with pytest.raises(LocalError, match="folder_missing"):
        await task
    assert [] == announced
    again, serving, _ = await begin(Host([place]))
    again.set()
    await serving


async def test_a_replaced_ring_stops_alone_and_the_last_one_ends_the_process(place: Path, tmp_path: Path) -> None:
    found_ring(
        tmp_path / "other",
        check_config(SETTINGS | {"listen": "127.0.0.1:0", "address": "other.example", "url": "https://other.example"}),
    )
    stop, task, _ = await begin(host := Host([place, tmp_path / "other"]))
    first, second = host._keepers
    assert first.ring is not None
    assert second.ring is not None
    await until_served(tmp_path / "other")
    first.ring.federation.second_copy.found.set()
    await until(first.replaced.is_set)
    assert not (place / "control.sock").exists()
    assert not task.done()
    assert "ready" == (await until_served(tmp_path / "other"))["state"]
    assert first.door is not None
    assert first.door._code == "replaced"
    await (await open_ring(place)).close()  # nobody holds its lock any more
    assert [] == await second.ring.members.list()
    second.ring.federation.second_copy.found.set()
    with pytest.raises(LocalError, match="replaced"):
        await task
    assert not stop.is_set()


@pytest.mark.parametrize(
    ("own", "asked", "answered"), [("en", "", "en"), ("de", "", "de"), ("en", "de", "de"), ("en", "fr, *", "en")]
)
async def test_a_problem_is_told_in_the_rings_language_where_the_reader_names_none(
    place: Path, own: str, asked: str, answered: str
) -> None:
    config = (place / "config.toml").read_text(encoding="utf-8")
    (place / "config.toml").write_text(config.replace('language = "de"', f'language = "{own}"'), encoding="utf-8")
    stop, task, (ready,) = await begin(Host([place]))
    headers = {"Host": ready.address, "Accept-Language": asked} if asked else {"Host": ready.address}
    async with ClientSession() as client, client.get(f"http://{ready.listen}/nowhere", headers=headers) as answer:
        assert (404, answered) == (answer.status, answer.headers["Content-Language"])
    stop.set()
    await task


async def test_new_settings_open_the_ring_again_and_whoever_asks_meanwhile_waits(place: Path) -> None:
    stop, task, (ready,) = await begin(host := Host([place]))
    keeper = host._keepers[0]
    before = keeper.ring
    assert before is not None
    config = await before.settings.change({"name": "Eiche am Markt"}, OPERATOR)
    async with ClientSession() as client:
        answers: list[tuple[int, str]] = []
        while keeper.ring is before or len(answers) < 3:
            async with client.get(f"http://{ready.listen}/", headers={"Accept": "text/html"}) as heard:
                answers.append((heard.status, await heard.text()))
    assert {200} == {status for status, _ in answers}
    assert "Willkommen bei Eiche am Markt" in answers[-1][1]
    assert keeper.ring is not None
    assert config == keeper.ring.config
    assert "ready" == (await until_served(place))["state"]
    stop.set()
    await task


async def test_requests_that_run_are_answered_before_the_ring_opens_again(place: Path) -> None:
    door = hosting.Door((ring := await open_ring(place)).ids)
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_request: BaseRequest) -> Response:
        arrived.set()
        await go_on.wait()
        return Response(text="done")

    door._inside = slow  # type: ignore[assignment]
    running = asyncio.create_task(door(make_mocked_request("GET", "/")))
    await arrived.wait()
    holding = asyncio.create_task(door.hold())
    await asyncio.sleep(0)
    assert not holding.done()
    go_on.set()
    await holding
    assert running.done() or await running
    await ring.close()
