# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who signs a new beginning second tells the other ring so at once: neither waits for the pause of a failure to end."""

from __future__ import annotations

from functools import partial

import pytest

from ringtausch_node.bootstrap import Ring
from ringtausch_node.federation.wire.patience import Patience
from tests.federation.copies import ready, sound
from tests.federation.reset.test_reset import has_theirs
from tests.federation.towns import Towns, line_of, pay, talk, until, view_of


async def test_the_proposer_hears_of_the_signature_though_both_lines_rest_for_an_hour(
    pair: tuple[Ring, Ring], monkeypatch: pytest.MonkeyPatch
) -> None:
    oak, elm = pair
    await talk(oak, elm)
    before = line_of(oak, elm).names.epoch
    monkeypatch.setattr(Patience, "delay_seconds", lambda _self: 3_600.0)
    await oak.federation.resets.propose("elm.example")
    await until(partial(has_theirs, elm, oak))
    await _refused(elm, oak)
    await elm.federation.resets.sign("oak.example")
    await ready(oak, elm)
    await sound(oak, elm)
    assert line_of(oak, elm).names.epoch == line_of(elm, oak).names.epoch != before


async def test_a_proposal_leaves_at_once_though_the_line_waits_for_an_hour(
    pair: tuple[Ring, Ring], towns: Towns, monkeypatch: pytest.MonkeyPatch
) -> None:
    oak, elm = pair
    await talk(oak, elm)
    monkeypatch.setattr(Patience, "delay_seconds", lambda _self: 3_600.0)
    towns.network.cut.add("elm")
    await pay(oak, "alma", "ben@elm.example", 60)
    await until(partial(_is_away, oak, elm))
    towns.network.cut.clear()
    proposed = (await oak.federation.resets.propose("elm.example")).ours
    await until(partial(has_theirs, elm, oak))
    told = (await elm.federation.resets.view("oak.example")).theirs
    assert proposed is not None
    assert told is not None
    assert proposed.we_owe_seconds == -told.we_owe_seconds


async def _is_away(ring: Ring, other: Ring) -> bool:
    return line_of(ring, other).is_away


async def _refused(ring: Ring, other: Ring) -> None:
    """The ring has asked the one that rests, and waits."""
    await pay(ring, "ben", f"alma@{other.config.address}", 60)
    await until(partial(_is_stopped_there, ring, other))


async def _is_stopped_there(ring: Ring, other: Ring) -> bool:
    return (await view_of(ring, other)).reason == "stopped_there"
