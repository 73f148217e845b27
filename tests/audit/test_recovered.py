# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a restored ring got back and has given to nobody yet: no log shows it, and the report says that."""

from __future__ import annotations

from html import escape

from ringtausch_node.bootstrap import Ring
from ringtausch_node.members.model import OPERATOR
from ringtausch_protocol.audit.auditing.result import Result
from ringtausch_protocol.audit.report import words
from ringtausch_protocol.audit.report.page import to_html
from ringtausch_protocol.entries import BOOKING, parse_log_entry
from tests.audit.exports import Export, audited, codes, export
from tests.federation.copies import Copies, report_of
from tests.federation.recovery.test_recovered import restored
from tests.federation.towns import Towns


async def test_hours_that_came_back_for_nobody_show_in_no_log_and_the_report_says_so(
    pair: tuple[Ring, Ring], towns: Towns, copies: Copies
) -> None:
    """The office gives them away: in the log stands one more commitment, like that of any other booking."""
    oak, got, _ = await restored(pair, towns, copies)
    before = [log for name, ring in towns.network.rings.items() for log in await export(ring, towns.root / name)]
    assert 540 == (await report_of(oak)).recovered_seconds
    await oak.recovered.assign(got, "alma", OPERATOR)
    after = [log for name, ring in towns.network.rings.items() for log in await export(ring, towns.root / name)]

    assert 1 == bookings(after) - bookings(before)
    assert seen(audited(*before)) == seen(audited(*after))
    result = audited(*after)
    assert ([], ["restored"]) == (codes(result), [each.code for each in result.findings])
    [said] = [text.de for text in words.UNPROVABLE if "nach einer Wiederherstellung" in text.de]
    assert f"<li>{escape(said)}</li>" in to_html(result, "de").decode()


def bookings(logs: list[Export]) -> int:
    """How many commitments to bookings inside the rings there are."""
    return sum(parse_log_entry(entry)[0] == BOOKING for log in logs for entry in log.entries)


def seen(result: Result) -> tuple[object, ...]:
    """All that an audit knows of hours."""
    return result.findings, result.lines, result.orders
