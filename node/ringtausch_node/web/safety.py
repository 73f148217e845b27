# SPDX-License-Identifier: AGPL-3.0-or-later
"""Backups, full checks, and how far others have cosigned the log: why one may believe this ring."""

from __future__ import annotations

from aiohttp.web import Response

from ringtausch_node.errors import LocalError
from ringtausch_node.ring import Ring
from ringtausch_node.store import Tx
from ringtausch_node.translog import checkpoint_records
from ringtausch_node.translog import service as translog
from ringtausch_node.translog.checkpoint_records import CheckpointRow
from ringtausch_node.web.answers import see_other
from ringtausch_node.web.visit import Page, PageRoute, Visit

_BACKUP, _LOG = "/betrieb/sicherung", "/betrieb/protokoll"


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about safety."""
    of = _Handlers(services)
    return [
        PageRoute("GET", _BACKUP, "operator", of.backup),
        PageRoute("POST", _BACKUP, "operator", of.make_backup),
        PageRoute("GET", _LOG, "operator", of.log),
        PageRoute("POST", f"{_LOG}/nachrechnen", "operator", of.check),
    ]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._services, self._backups, self._checking = services, services.backups, services.checking

    async def backup(self, _visit: Visit) -> Page:
        """When the last backup was made, where it lies, and the way back from it."""
        return await self._backup_page({})

    async def _backup_page(self, errors: dict[str, str]) -> Page:
        newest, path = await self._backups.newest(), self._services.folder.path
        data = {"newest": newest, "lying": self._backups.here(), "folder": str(path), "errors": errors}
        return Page("backup.html", data, 422 if errors else 200)

    async def make_backup(self, _visit: Visit) -> Page | Response:
        """Make one. It holds the ring's keys, so no page hands it out: it is fetched at the machine."""
        try:
            await self._backups.make_here()
        except LocalError as error:
            return await self._backup_page({"": error.code})
        return see_other(_BACKUP)

    async def log(self, _visit: Visit) -> Page:
        """The newest head, who cosigned it, whose logs we watch, and what a check found."""
        newest = await self._services.store.read(_newest)
        data = {
            "size": newest.size if newest else 0, "at": newest.at if newest else None,
            "view": await self._services.witnessing.view(), "running": self._checking.is_running,
            "last": self._checking.last,
        }  # fmt: skip
        return Page("log.html", data)

    async def check(self, _visit: Visit) -> Response:
        """Recompute everything in the background; the page says how it stands."""
        self._checking.begin()
        return see_other(_LOG)


def _newest(tx: Tx) -> CheckpointRow | None:
    return checkpoint_records.load_newest(tx, translog.head(tx).log)
