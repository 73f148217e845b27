# SPDX-License-Identifier: AGPL-3.0-or-later
"""An audit of our logs and our partners' by a page: its outcome, its report, and what could not be read."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.config import Log
from ringtausch_node.errors import RingtauschError
from ringtausch_node.federation.line.model import Reply
from ringtausch_node.federation.wire.refused import told_to_wait
from ringtausch_node.federation.wire.transport import Request
from ringtausch_node.upkeep import peer_logs
from ringtausch_node.upkeep.auditing import Audited, Unread
from ringtausch_node.web import WebLimits
from tests.federation.towns import Towns, end_of, pay, peer, talk, until
from tests.serving.wire import listening
from tests.web.conftest import Browser, Oak, Pages, text_of

AUDIT = "/betrieb/pruefung"
EVERYTHING = re.compile(r"Alma|Ben|Fahrrad|alma|ben@")


@asynccontextmanager
async def land(root: Path, **settings: object) -> AsyncIterator[tuple[Oak, Ring, Towns]]:
    """Oak, where Olga is operator, and elm, which have traded. `settings`: of elm."""
    towns = Towns(root)
    oak, elm = await towns.found("oak"), await towns.found("elm", **settings)
    for handle, role in (("alma", "member"), ("olga", "operator")):
        await oak.members.add(handle, handle.title(), role)
    await elm.members.add("ben", "Ben")
    await peer(oak, elm)
    await talk(oak, elm)
    await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 5_400)).payment_id)
    await elm.checkpoints.make()
    async with listening(Pages(oak, WebLimits())) as port:
        yield Oak(oak, port), elm, towns
    await towns.close_all()


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[tuple[Oak, Ring, Towns]]:
    async with land(tmp_path) as made:
        yield made


async def audited(oak: Oak, olga: Browser) -> Audited:
    """Ask for an audit by the page, and wait for its end."""
    assert 303 == (await olga.send(AUDIT, AUDIT)).status
    await until(lambda: _has_ended(oak.ring))
    found = oak.ring.auditing.newest()
    assert found is not None
    return found


async def _has_ended(ring: Ring) -> bool:
    return not ring.auditing.is_running


async def test_an_audit_by_a_page_is_a_report_that_one_may_hand_on(pair: tuple[Oak, Ring, Towns]) -> None:
    oak, elm, towns = pair
    olga = await oak.member("olga")
    page = text_of(await olga.get(AUDIT))
    command = f"audit {oak.ring.config.public_url} {elm.config.public_url} --out bericht.html"
    assert [True, True] == [part in page for part in ("Geprüft wurde hier noch nicht.", command)]
    assert 404 == (await olga.get(f"{AUDIT}/bericht.html")).status
    found = await audited(oak, olga)
    assert (0, ["elm.example", "oak.example"], []) == (found.level, found.rings, found.unread)
    page = text_of(await olga.get(AUDIT))
    assert [True, True] == [part in page for part in ("Alles stimmt.", "die Protokolle von elm.example, oak.example.")]
    report = await olga.get(f"{AUDIT}/bericht.html")
    assert "Alles stimmt." in text_of(report)
    assert "sandbox" in report.headers["content-security-policy"]
    assert (await olga.get(f"{AUDIT}/befunde.csv")).body.startswith(b"level,code,invariant,")
    assert 0 == (await olga.get(f"{AUDIT}.json")).json["last"]["level"]
    assert not EVERYTHING.search(report.body.decode())
    assert {"/log/access", "/log/1/checkpoint"} <= {sent.path for who, _, sent in towns.network.sent if who == "oak"}
    assert [] == list((oak.ring.folder.path / "audit").glob("work"))


async def test_a_partner_that_is_away_is_named_and_not_called_clean(pair: tuple[Oak, Ring, Towns]) -> None:
    oak, _, towns = pair
    olga = await oak.member("olga")
    towns.network.cut.add("elm")
    found = await audited(oak, olga)
    assert (1, ["oak.example"], [Unread("elm.example", "unreachable")]) == (found.level, found.rings, found.unread)
    page = text_of(await olga.get(AUDIT))
    assert "Nichts Falsches gefunden; die Hinweise nennen" in page
    assert "Alles in Ordnung." in text_of(await olga.get("/betrieb"))
    assert "Nicht zu lesen waren: elm.example" in page


def _garbage(_name: str, request: Request) -> Reply | None:
    return Reply(200, b"x" * 32, {}) if "/tile/entries/" in request.path else None


async def test_a_partner_whose_log_is_not_what_it_signed_is_found(pair: tuple[Oak, Ring, Towns]) -> None:
    oak, _, towns = pair
    towns.network.answer = _garbage
    olga = await oak.member("olga")
    assert "Alles in Ordnung." in text_of(await olga.get("/betrieb"))
    found = await audited(oak, olga)
    assert (2, ["elm.example", "oak.example"]) == (found.level, found.rings)
    glance = text_of(await olga.get("/betrieb"))
    assert (False, True) == ("Alles in Ordnung." in glance, "fand etwas, das nicht stimmt. Bericht ansehen" in glance)


async def test_a_partner_that_sends_without_end_is_not_copied(
    pair: tuple[Oak, Ring, Towns], monkeypatch: pytest.MonkeyPatch
) -> None:
    oak, _, _ = pair
    monkeypatch.setattr(peer_logs, "COPY_BYTES", 1_000)
    found = await audited(oak, await oak.member("olga"))
    assert (1, [Unread("elm.example", "too_large")]) == (found.level, found.unread)


async def test_open_entries_are_read_without_a_token_and_who_is_told_to_wait_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = [Reply(429, b"{}", {"Retry-After": "1"})] * 2
    waited: list[float | None] = []

    def at_once(error: RingtauschError) -> float | None:
        if (wait := told_to_wait(error)) is not None:
            waited.append(wait)
        return None if wait is None else 0.0

    monkeypatch.setattr(peer_logs, "told_to_wait", at_once)
    async with land(tmp_path, log=Log(entries="open")) as (oak, _, towns):
        towns.network.answer = lambda _name, request: busy.pop() if busy and "/tile/" in request.path else None
        assert (0, [1.0, 1.0]) == ((await audited(oak, await oak.member("olga"))).level, waited)
        assert [] == [sent for _, _, sent in towns.network.sent if sent.path == "/log/access"]


async def test_twenty_clicks_at_once_are_one_audit_and_it_ends_with_the_ring(pair: tuple[Oak, Ring, Towns]) -> None:
    oak, _, towns = pair
    olga = await oak.member("olga")
    await towns.network.fall_silent("elm")
    hidden = olga.hidden(await olga.get(AUDIT), AUDIT)
    heard = await asyncio.gather(*(olga.post(AUDIT, hidden) for _ in range(20)))
    running = [task for task in asyncio.all_tasks() if task.get_name() == "auditing"]
    assert ({303}, 1) == ({each.status for each in heard}, len(running))
    assert "Gerade wird geprüft." in text_of(await olga.get(AUDIT))
    await oak.ring.auditing.stop()
    assert (False, None) == (oak.ring.auditing.is_running, oak.ring.auditing.newest())
