# SPDX-License-Identifier: AGPL-3.0-or-later
"""The yearly figures: what counts, from when until when, and that a stranger can check who said so."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.members.model import OPERATOR
from ringtausch_protocol import canonical
from ringtausch_protocol.verifier.program import main
from tests.federation.towns import HOUR, Towns, end_of, pay, peer, talk
from tests.members.conftest import code_of

YEAR = 2027


@pytest.fixture
async def towns(tmp_path: Path) -> AsyncIterator[Towns]:
    land = Towns(tmp_path)
    yield land
    await land.close_all()


def at(towns: Towns, year: int, month: int, day: int, hour: int = 12) -> None:
    """It is this hour, UTC."""
    towns.clock.ahead_seconds = 0
    towns.clock.ahead_seconds = int(datetime(year, month, day, hour, tzinfo=UTC).timestamp()) - towns.clock.now()


async def two_years(towns: Towns) -> Ring:
    """Oak with some trade before, in and after the year that is asked for."""
    at(towns, YEAR - 1, 6, 1)
    oak = await towns.found("oak")
    for handle in ("alma", "ben", "carl"):
        await oak.members.add(handle, handle.title(), min_seconds=-1_000 * HOUR, max_seconds=1_000 * HOUR)
    await pay(oak, "alma", "ben", 5 * HOUR)
    at(towns, YEAR - 1, 12, 31, 23)  # in Berlin the new year has begun
    await pay(oak, "alma", "ben", 2 * HOUR)
    at(towns, YEAR, 7, 1)
    given = await pay(oak, "ben", "carl", 3 * HOUR)
    await oak.refunds.refund((await pay(oak, "ben", "carl", 50 * HOUR)).payment_id, OPERATOR)
    assert "paid" == given.state
    await oak.members.add("dora", "Dora")
    await oak.leaving.leave("dora")
    return oak


async def test_a_year_counts_what_was_paid_in_it_in_the_rings_own_time_zone(towns: Towns) -> None:
    oak = await two_years(towns)
    at(towns, YEAR + 1, 2, 1)
    await pay(oak, "ben", "alma", 7 * HOUR)
    signed = await oak.yearly.figures()
    found = signed.figures
    assert (YEAR, True) == (found.year, signed.is_over)
    assert (5 * HOUR, 0, 0) == (found.turnover_seconds, found.foreign_in_seconds, found.foreign_out_seconds)
    assert (7 * HOUR, 3) == (found.created_seconds, found.accounts)  # ben 4 and carl 3, as the year ended
    assert (5 * HOUR, 3) == _short((await oak.yearly.figures(YEAR - 1)).figures)
    with_now = await oak.yearly.figures(YEAR + 1)
    assert (with_now.is_over, with_now.figures.until) == (False, towns.clock.now())


def _short(figures: Any) -> tuple[int, int]:
    return figures.turnover_seconds, figures.accounts


async def test_foreign_trade_is_counted_both_ways_and_anybody_checks_the_signature(
    towns: Towns, tmp_path: Path
) -> None:
    oak, elm = await towns.found("oak"), await towns.found("elm")
    await oak.members.add("alma", "Alma")
    await elm.members.add("ben", "Ben")
    await peer(oak, elm)
    await talk(oak, elm)
    await end_of(oak, (await pay(oak, "alma", "ben@elm.example", 900)).payment_id)
    await end_of(elm, (await pay(elm, "ben", "alma@oak.example", 600)).payment_id)
    towns.clock.ahead_seconds += 60  # what is paid in the very second in which a year is looked at counts the next time
    year = datetime.fromtimestamp(towns.clock.now(), UTC).year
    signed = await oak.yearly.figures(year)
    file, cards = tmp_path / "figures.json", tmp_path / "cards"
    file.write_bytes(bytes(signed.document))
    cards.write_bytes(oak.identity.own.envelope + b"\n")

    verdict = _verify(file, cards)

    assert (True, oak.identity.ring_id) == (verdict["verified"], verdict["facts"]["ring"])
    told = {name: verdict["facts"][name] for name in ("turnover_seconds", "foreign_in_seconds", "foreign_out_seconds")}
    assert {"turnover_seconds": 1_500, "foreign_in_seconds": 600, "foreign_out_seconds": 900} == told
    cards.write_bytes(elm.identity.own.envelope + b"\n")
    assert "unknown_key" == _verify(file, cards)["code"]
    payload = canonical.encode(signed.figures).replace(b'"accounts":1}', b'"accounts":9}')
    cards.write_bytes(oak.identity.own.envelope + b"\n")
    document = json.loads(bytes(signed.document))
    file.write_text(json.dumps({**document, "payload": canonical.b64_padded(payload)}, separators=(",", ":")))
    assert "bad_signature" == _verify(file, cards)["code"]


async def test_what_went_back_to_another_ring_counts_in_neither_in_part_or_whole(towns: Towns) -> None:
    oak, elm = await towns.found("oak"), await towns.found("elm")
    await oak.members.add("alma", "Alma")
    await elm.members.add("ben", "Ben")
    await peer(oak, elm)
    await talk(oak, elm)
    whole, partly = [(await pay(oak, "alma", "ben@elm.example", 600)).payment_id for _ in range(2)]
    other = (await pay(elm, "ben", "alma@oak.example", 60)).payment_id
    for ring, payment_id in ((oak, whole), (oak, partly), (elm, other)):
        await end_of(ring, payment_id)
    for payment_id, seconds in ((whole, 200), (whole, 400), (partly, 100)):
        back = await elm.refunds.refund(payment_id, OPERATOR, seconds)
        assert "paid" == (await end_of(elm, back.payment_id)).state
    await oak.members.life.freeze("alma")
    refused = await elm.refunds.refund(partly, OPERATOR, 50)
    assert "refused" == (await end_of(elm, refused.payment_id)).state
    towns.clock.ahead_seconds += 60

    assert [(560, 60, 500), (560, 500, 60)] == [await _turnover(towns, ring) for ring in (oak, elm)]


async def _turnover(towns: Towns, ring: Ring) -> tuple[int, int, int]:
    """All, in, out of this year."""
    found = (await ring.yearly.figures(datetime.fromtimestamp(towns.clock.now(), UTC).year)).figures
    return found.turnover_seconds, found.foreign_in_seconds, found.foreign_out_seconds


def _verify(file: Path, cards: Path) -> dict[str, Any]:
    out = io.StringIO()
    main([str(file), "--json", "--keys", str(cards)], out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


async def test_there_are_no_figures_of_a_year_to_come_and_none_for_members(towns: Towns) -> None:
    oak = await towns.found("oak")
    await oak.members.add("alma", "Alma")
    alma = await oak.members.authenticate(await oak.members.token("alma"))
    for year in (1999, 3000, datetime.fromtimestamp(towns.clock.now(), UTC).year + 2):
        assert "year" == await code_of(oak.yearly.figures(year))
    assert "not_allowed" == await code_of(oak.yearly.figures(None, alma))
