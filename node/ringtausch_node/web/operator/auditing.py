# SPDX-License-Identifier: AGPL-3.0-or-later
"""The logs of our ring and of its partners side by side: an audit, its report, and how a stranger makes the same."""

from __future__ import annotations

import hashlib
from base64 import b64encode

from aiohttp.web import Response
from multidict import CIMultiDict

from ringtausch_node.ring import Ring
from ringtausch_node.upkeep.auditing import REPORT, TABLE
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import attachment, see_other
from ringtausch_protocol.audit.report.style import STYLE

_AUDIT = "/betrieb/pruefung"
#: The report is a page of another program, with names that other rings chose: its own stylesheet and nothing else.
_REPORT_POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
)


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about audits."""
    of = _Handlers(services)
    return [
        PageRoute("GET", _AUDIT, "operator", of.show),
        PageRoute("POST", _AUDIT, "operator", of.begin),
        PageRoute("GET", f"{_AUDIT}/bericht.html", "operator", of.report),
        PageRoute("GET", f"{_AUDIT}/befunde.csv", "operator", of.table),
    ]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._services, self._auditing = services, services.auditing

    async def show(self, _visit: Visit) -> Page:
        """How the newest audit ended, whether one runs, and the command that needs no node."""
        peers = [line.peer for line in self._services.federation.lines.all() if line.peer.state != "agreed"]
        urls = [self._services.config.public_url, *(peer.url for peer in peers)]
        data = {
            "running": self._auditing.is_running, "last": self._auditing.newest(),
            "peers": [peer.address for peer in peers], "urls": [url.rstrip("/") for url in urls],
        }  # fmt: skip
        return Page("operator/audit.html", data)

    async def begin(self, visit: Visit) -> Response:
        """Audit in the background, in the language of whoever asks; the page says how it stands."""
        self._auditing.begin(visit.speech.lang)
        return see_other(_AUDIT)

    async def report(self, _visit: Visit) -> Response:
        """The report, to be read and printed. Raises LocalError('not_found')."""
        headers = {
            "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": _REPORT_POLICY,
            "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "no-store",
            "Server": "ringtausch",
        }  # fmt: skip
        return Response(body=self._auditing.report(REPORT), headers=CIMultiDict(headers))

    async def table(self, _visit: Visit) -> Response:
        """What was found, for a spreadsheet. Raises LocalError('not_found')."""
        return attachment("befunde.csv", "text/csv; charset=utf-8", self._auditing.report(TABLE))
