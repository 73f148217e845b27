# SPDX-License-Identifier: AGPL-3.0-or-later
"""A liar signs its own chain anew in the log that it shows: by that log alone it is named, and no neighbour is."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from ringtausch_protocol.items import DocumentItem, Reject
from tests.audit.roads import HOUR, Land, Road, order_along, paid
from tests.audit.test_some_logs import accused
from tests.vectors import payloads
from tests.vectors.cast import EICHE, LINDE, epoch_of, sealed


@pytest.mark.parametrize("is_alone", [True, False])
def test_who_hides_an_order_that_was_paid_is_named_by_the_ack_in_the_decision(*, is_alone: bool) -> None:
    """Linde has something else where its order stood; Eiche, who has paid it, had said what it read there."""
    land = Land((EICHE, LINDE))
    size, road = len(land.logs[LINDE.id]), replace(land.roads[LINDE.id, EICHE.id])
    order = order_along(LINDE, EICHE)
    land.send(LINDE, EICHE, order)
    decided = land.send(EICHE, LINDE, paid(order, 1))
    true = land.export(EICHE)
    true = replace(true, entries=list(true.entries))
    land.lose(LINDE, size)
    land.roads[LINDE.id, EICHE.id], land.roads[EICHE.id, LINDE.id] = road, Road(decided.header.prev)
    land.send(LINDE, EICHE, Reject(seq=1, index=0, code="malformed"))
    land.log(LINDE, decided.entry())

    expected = {("false_ack", LINDE.id)} if is_alone else {("fork", LINDE.id)}
    assert expected == accused(land.export(LINDE), *([] if is_alone else [true]))


def test_who_tells_its_decision_anew_is_named_by_the_ack_of_the_statement() -> None:
    """Linde was paid an hour, and says that it refused it; Eiche sends the statement that both have signed."""
    land = Land((EICHE, LINDE))
    order, (a, b) = order_along(EICHE, LINDE), sorted((EICHE.id, LINDE.id))
    land.send(EICHE, LINDE, order)
    size, road = len(land.logs[LINDE.id]), replace(land.roads[LINDE.id, EICHE.id])
    land.send(LINDE, EICHE, paid(order, 1))
    value = msgspec.structs.replace(
        payloads.statement(), a=a, b=b, epoch=epoch_of(EICHE, LINDE), a_seq=1, b_seq=1,
        balance_seconds=HOUR if a == EICHE.id else -HOUR,
    )  # fmt: skip
    signed = sealed("statement", value, EICHE.named(EICHE.frame), LINDE.named(LINDE.frame))[1]
    told = land.send(EICHE, LINDE, DocumentItem(type_="statement", envelope=msgspec.Raw(signed)))
    land.lose(LINDE, size)
    land.roads[LINDE.id, EICHE.id], land.roads[EICHE.id, LINDE.id] = road, Road(told.header.prev, 1)
    land.send(LINDE, EICHE, paid(order, 1, "refused"))
    land.log(LINDE, told.entry())

    assert {("false_ack", LINDE.id)} == accused(land.export(LINDE))
