# SPDX-License-Identifier: AGPL-3.0-or-later
"""The confirmation of a line's balance on paper: the last that both rings signed until the end of a month."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ringtausch_node.federation.statements.reading import statement_in
from ringtausch_node.web import WebLimits
from ringtausch_node.web.office.months import month_of
from ringtausch_protocol import envelope
from tests.federation.stating import a_day_later, are_signed
from tests.federation.towns import HOUR, Towns, end_of, pay, peer, talk
from tests.serving.wire import listening
from tests.web.conftest import Oak, Pages, text_of

TO_ELM, TO_OAK = "/betrieb/ring/elm.example/saldo", "/betrieb/ring/oak.example/saldo"


@pytest.fixture
async def signed(tmp_path: Path) -> AsyncIterator[tuple[Oak, Oak, str]]:
    """Oak owes elm two hours, and both have signed it. -> the month, and both rings with their pages."""
    towns = Towns(tmp_path)
    oak, elm = [await towns.found(name) for name in ("oak", "elm")]
    for ring in (oak, elm):
        for handle, role in (("alma", "member"), ("olga", "operator")):
            await ring.members.add(handle, handle.title(), role)
    await peer(oak, elm)
    await talk(oak, elm)
    view = await pay(oak, "alma", "alma@elm.example", 2 * HOUR)
    assert "paid" == (await end_of(oak, view.payment_id)).state
    await a_day_later(towns, oak, elm)
    at = (await are_signed(oak, elm))[0].at
    async with AsyncExitStack() as ends:
        ports = [await ends.enter_async_context(listening(Pages(ring, WebLimits()))) for ring in (oak, elm)]
        yield Oak(oak, ports[0]), Oak(elm, ports[1]), month_of(at, ZoneInfo(oak.config.time_zone)).text
    await towns.close_all()


async def test_both_boards_file_the_same_balance_with_both_logs_and_both_keys(signed: tuple[Oak, Oak, str]) -> None:
    oak, elm, month = signed
    sides = [(oak, TO_ELM, elm), (elm, TO_OAK, oak)]
    pages = [text_of(await (await one.member("olga")).get(f"{path}?monat={month}")) for one, path, _ in sides]
    [newest] = await oak.ring.federation.statements("elm.example")
    assert newest.document is not None
    body, said = envelope.parse_envelope(newest.document.encode()), statement_in(newest.document.encode())
    heads = {said.a: said.a_head, said.b: said.b_head}
    for page in pages:
        for ring in (oak.ring, elm.ring):
            head = heads[ring.identity.ring_id]
            assert f"Protokoll von {ring.config.address} {head.size} Einträge {head.root}" in page
        assert "oak.example hat elm.example noch 2 Stunden zu geben." in page
        for words in (newest.document, *(each.keyid for each in body.signatures)):
            assert words in page
    assert (
        'href="/betrieb/ring/elm.example/saldo"'
        in (await (await oak.member("olga")).get("/betrieb/ring/elm.example")).body.decode()
    )


async def test_a_month_before_anything_was_signed_says_so_and_a_later_one_shows_the_last(
    signed: tuple[Oak, Oak, str],
) -> None:
    oak, _, month = signed
    olga = await oak.member("olga")
    assert "haben beide noch nichts unterschrieben" in text_of(await olga.get(f"{TO_ELM}?monat=2001-01"))
    later = text_of(await olga.get(f"{TO_ELM}?monat=2099-01"))
    assert [True] * 3 == [words in later for words in (
        "oak.example hat elm.example noch 2 Stunden zu geben.", "Seitdem haben beide nichts Neues unterschrieben.",
        "Vorläufig",
    )]  # fmt: skip
    assert "Seitdem" not in text_of(await olga.get(f"{TO_ELM}?monat={month}"))


async def test_a_ring_that_is_no_peer_has_no_balance_and_members_see_none(signed: tuple[Oak, Oak, str]) -> None:
    oak, _, _ = signed
    assert 403 == (await (await oak.member("olga")).get("/betrieb/ring/nowhere.example/saldo")).status
    assert 404 == (await (await oak.member("alma")).get(TO_ELM)).status
