# SPDX-License-Identifier: AGPL-3.0-or-later
"""The operator's page about netting: the circles that are known, a run by hand, and what was freed on each line."""

from __future__ import annotations

from functools import partial

from ringtausch_node.bootstrap import Ring
from ringtausch_node.web import WebLimits
from tests.federation.towns import Towns, until
from tests.federation.transit.circle import circle_of_rings
from tests.federation.transit.test_netting import tell
from tests.serving.wire import listening
from tests.web.conftest import Oak, Pages, text_of

NETTING = "/betrieb/verrechnung"


async def test_a_circle_is_shown_netted_by_hand_and_shown_as_freed_on_both_lines(towns: Towns) -> None:
    circle = await circle_of_rings(towns, 3)
    ring = circle.rings[0]
    await ring.members.add("olga", "Olga", "operator")
    async with listening(Pages(ring, WebLimits())) as port:
        olga = await Oak(ring, port).member("olga")
        page = text_of(await olga.get(NETTING))
        assert (True, True) == ("Noch nichts." in page, "Keiner." in page)
        await circle.owe([2, 2, 2])
        await tell(circle)
        page = text_of(await olga.get(NETTING))
        assert (True, True) == ("bis 2 Stunden" in page, "wir ← " in page and " ← wir" in page)
        assert 303 == (await olga.send(NETTING, NETTING)).status
        await until(partial(_has_run, ring))
        freed = text_of(await olga.get(NETTING)).partition("Bisher verrechnet")[2].partition("Beim letzten Mal")
        assert (2, True) == (freed[0].count("2 Stunden"), "2 Stunden" in freed[2])


async def _has_run(ring: Ring) -> bool:
    return ring.federation.netting.last is not None
