# SPDX-License-Identifier: AGPL-3.0-or-later
"""What rings are owed is summed from each ring's own log: where two logs differ the sum is not nothing, and is told."""

from __future__ import annotations

import msgspec

from ringtausch_protocol.audit.auditing.result import Result
from ringtausch_protocol.audit.report.data import to_json
from ringtausch_protocol.audit.report.figures import hours
from ringtausch_protocol.audit.report.page import to_html
from ringtausch_protocol.entries import ENTRY_DOCUMENT, log_entry
from ringtausch_protocol.items import Reject
from ringtausch_protocol.limits import DOUBT_SECONDS
from tests.audit.exports import Export, audited, codes
from tests.audit.roads import HOUR, Land, order_along, paid
from tests.vectors import payloads
from tests.vectors.cast import BUCHE, EICHE, LINDE, NOON, Town, epoch_of, sealed


def net(result: Result) -> dict[str, int]:
    """By the JSON what each ring is owed by all."""
    return {ring["address"]: ring["net_seconds"] for ring in msgspec.json.decode(to_json(result))["rings"]}


def torn(*, knows: Town) -> Result:
    """Linde took Eiche's hour; only one of the two logs goes on to the decision."""
    land = Land((EICHE, LINDE))
    land.send(EICHE, LINDE, order_along(EICHE, LINDE))
    land.send(LINDE, EICHE, paid(order_along(EICHE, LINDE), 1))
    other = LINDE if knows is EICHE else EICHE
    land.logs[other.id].pop()
    return audited(*land.exports())


def test_positions_of_a_clean_federation_add_up_to_nothing(logs: list[Export]) -> None:
    result = audited(*logs)

    assert (0, 2) == (sum(net(result).values()), len([each for each in net(result).values() if each]))
    page = to_html(result, "en").decode()
    assert ('<td class="number">0:00</td></tr>\n</tbody>' in page, "instead of nothing" in page) == (True, False)
    assert "what the rings owe each other adds up to nothing." in page


def test_two_balances_of_one_line_do_not_add_up_to_nothing() -> None:
    """Eiche's log says that they began anew with an hour between them; Linde's does not, days later."""
    land = Land()
    a, b = sorted((EICHE, LINDE), key=lambda town: town.id)
    value = msgspec.structs.replace(
        payloads.epoch_reset(), old_epoch=epoch_of(a, b), balance_seconds=HOUR, holds=[], evidence=[]
    )
    _, signed = sealed("epoch-reset", value, *(town.named(town.operator) for town in (EICHE, LINDE)))
    land.log(EICHE, log_entry(ENTRY_DOCUMENT, (signed,)))
    for town, at in ((EICHE, NOON), (LINDE, NOON + 2 * DOUBT_SECONDS)):
        land.send(town, BUCHE, Reject(seq=1, index=0, code="malformed"), at=at)

    result = audited(*land.exports())
    said = f"adds up to {hours(sum(net(result).values()))} instead of nothing"
    assert ["balance_differs"] == codes(result)
    assert (HOUR, 0) == (abs(net(result)["eiche.example"]), net(result)["linde.example"])
    assert said in to_html(result, "en").decode()


def test_a_decision_that_one_side_does_not_know_yet_is_seen_in_the_sum() -> None:
    result = torn(knows=LINDE)
    page = to_html(result, "en").decode()

    assert {"eiche.example": 0, "linde.example": HOUR} == net(result)
    assert '<td class="number">1:00</td></tr>\n</tbody>' in page
    assert "adds up to 1:00 instead of nothing" in page
    assert (0, False) == (result.level, "what the rings owe each other adds up to nothing." in page)
