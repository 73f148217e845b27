# SPDX-License-Identifier: AGPL-3.0-or-later
"""`ringtausch transit list`, as the operator of a ring between types it."""

from __future__ import annotations

import asyncio

import pytest
from click.testing import CliRunner

from ringtausch_node.cli import root
from ringtausch_node.federation import carrying
from tests.federation.test_commands_of_the_end import Serve, serve, typed
from tests.federation.towns import Towns
from tests.federation.transit.chain import row_of_rings

__all__ = ["serve"]


async def test_all_that_passed_is_listed_page_by_page(
    towns: Towns, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrying, "SHOWN_MAX", 2)
    chain = await row_of_rings(towns, 3)
    for seconds in (3_600, 7_200, 10_800):
        await chain.paid(seconds)
        towns.clock.ahead_seconds += 1
    elm = await serve(chain.rings[1])
    _, first = await typed("transit", "list", elm)
    _, second = await typed("transit", "list", elm, "--before", first["next"])
    pages = [[each["amount_seconds"] for each in page["payments"]] for page in (first, second)]
    assert ([[10_800, 7_200], [3_600]], None) == (pages, second["next"])
    text = await asyncio.to_thread(CliRunner(env={"LANG": "de_DE.UTF-8"}).invoke, root, ["transit", "list", str(elm)])
    assert f"Ältere: --before {first['next']}" == text.stdout.splitlines()[-1]
    code, refused = await typed("transit", "list", elm, "--before", "x")
    assert (2, "query") == (code, refused["error"]["code"])
