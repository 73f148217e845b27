# SPDX-License-Identifier: AGPL-3.0-or-later
"""What we and another ring owe each other at the end of a month, signed by both nodes: a sheet for both boards."""

from __future__ import annotations

from typing import NamedTuple
from zoneinfo import ZoneInfo

from ringtausch_node.federation.line.lines import Line
from ringtausch_node.federation.line.views import StatementView
from ringtausch_node.federation.statements.reading import statement_in
from ringtausch_node.ring import Ring
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.office.months import month_over_asked
from ringtausch_protocol import envelope
from ringtausch_protocol.documents import Head


class Signed(NamedTuple):
    """A statement that both have signed: our head and theirs of the signed logs, and the keys."""

    statement: StatementView
    own_head: Head
    peer_head: Head
    keys: list[str]


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about confirmations between rings."""
    return [PageRoute("GET", "/betrieb/ring/{address}/saldo", "operator", _Handlers(services).show, is_paper=True)]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._federation, self._clock = services.federation, services.clock
        self._zone = ZoneInfo(services.config.time_zone)

    async def show(self, visit: Visit) -> Page:
        """The last statement up to the end of a month; where nothing went over the line since, it still holds.

        Raises LocalError('unknown_peer').
        """
        address = visit.found[0]
        found, line = await self._federation.statements(address), self._federation.lines.agreed(address)
        month = month_over_asked(visit, self._clock.now(), self._zone)
        until = [each for each in found if each.document is not None and each.at < month.until]
        data = {
            "peer": line.peer.address, "month": month, "signed": _signed(line, until[0]) if until else None,
            "is_over": self._clock.now() >= month.until,
        }  # fmt: skip
        return Page("operator/line_balance.html", data)


def _signed(line: Line, statement: StatementView) -> Signed:
    assert statement.document is not None
    signed = statement.document.encode()
    said = statement_in(signed)
    heads = (said.a_head, said.b_head) if said.a == line.names.me else (said.b_head, said.a_head)
    return Signed(statement, *heads, [each.keyid for each in envelope.parse_envelope(signed).signatures])
