# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the log says of who came in and who was refused: what and when, by numbers, never a name."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from ringtausch_node.clock import SystemClock
from ringtausch_node.log_lines import OneLine
from ringtausch_node.members.model import OPERATOR
from ringtausch_node.refusals import LINES_BURST, Refusals
from tests.serving.wire import ask
from tests.web.conftest import Oak


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Callable[[str], list[str]]:
    """What one part of the program has said since it was last asked."""
    caplog.set_level(logging.INFO)

    def lines(part: str) -> list[str]:
        found = [each.getMessage() for each in caplog.records if each.name == f"ringtausch_node.{part}"]
        assert not any(name in caplog.text for name in ("alma", "Alma", "WWWW", "127.0.0.1"))
        caplog.clear()
        return found

    return lines


async def test_what_is_refused_stands_in_the_log_without_a_name(oak: Oak, told: Callable[[str], list[str]]) -> None:
    alma = await oak.member("alma")
    await alma.get("/betrieb")
    await alma.post("/einstellungen/post", {"siegel": "0" * 64})
    await alma.get("/konto")
    await oak.browser().get("/konto")
    await oak.browser().post("/anmelden", {"wer": "alma", "code": "WWWW-WWWW"})
    await ask(oak.port, "GET", "/api/v1/me", {"Authorization": "Bearer WWWW"})
    at = "oak.example refused at"
    assert [
        f"{at} a page: not_found", f"{at} a page: form_old", f"{at} the way in: login", f"{at} a program: unauthorized",
    ] == told("refusals")  # fmt: skip


async def test_accesses_begin_and_end_in_the_log_by_their_number(oak: Oak, told: Callable[[str], list[str]]) -> None:
    access = oak.ring.members.access
    alma, ben = await oak.member("alma"), await oak.member("ben")
    await oak.ring.members.token("alma")
    begun = ["access 1 begins: a device, by a code", "access 2 begins: a device, by a code"]
    assert [*begun, "access 3 begins: a program, by the office"] == told("members.access")
    await alma.send("/konto", "/abmelden")
    await access.revoke("alma", None, OPERATOR)
    await access.renew(await access.find(ben.cookies["sitzung"], "device"))
    await access.end_everybodys(with_programs=True)
    ends = ["access 1 ends", "accesses 3 end", "access 2 has a new token", "all accesses end: 1 devices, 0 programs"]
    assert ends == told("members.access")


class _Clock(SystemClock):
    ahead = 0.0

    def monotonic(self) -> float:
        return self.ahead


def test_who_is_refused_without_end_does_not_fill_the_log(told: Callable[[str], list[str]]) -> None:
    clock = _Clock()
    refusals = Refusals("oak.example", clock)
    for _ in range(1_000):
        refusals.note("a page", "login")
        refusals.note("a page", "memo")  # a mistake, which its maker reads
    line = "oak.example refused at a page: login"
    assert [line] * int(LINES_BURST) == told("refusals")
    clock.ahead = 61.0
    refusals.note("a page", "login")
    assert [f"{line}, and {1_000 - int(LINES_BURST)} times before"] == told("refusals")


def test_a_line_of_the_log_has_its_time_in_utc_and_stays_one_line() -> None:
    forged = ("elm\n2026 \x1b[31mforged\u2028",)
    record = logging.LogRecord("ringtausch_node.x", logging.INFO, "", 0, "of %s", forged, None)
    record.created = 1_795_739_823.5
    assert "2026-11-27T00:37:03Z INFO ringtausch_node.x: of elm?2026 ?[31mforged?" == OneLine().format(record)
