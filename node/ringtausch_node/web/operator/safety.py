# SPDX-License-Identifier: AGPL-3.0-or-later
"""Backups, full checks, and how far others have cosigned the log: why one may believe this ring."""

from __future__ import annotations

from aiohttp.web import FileResponse, Response, StreamResponse

from ringtausch_node.backup import parse_passphrase
from ringtausch_node.errors import RingtauschError
from ringtausch_node.ring import Ring
from ringtausch_node.store import Tx
from ringtausch_node.translog import checkpoint_records
from ringtausch_node.translog import service as translog
from ringtausch_node.translog.checkpoint_records import CheckpointRow
from ringtausch_node.web.door.proving import ABOUT_PROOF, Proving
from ringtausch_node.web.door.visit import Page, PageRoute, Visit
from ringtausch_node.web.look.answers import file_headers, see_other

_BACKUP, _LOG = "/betrieb/sicherung", "/betrieb/protokoll"


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about safety."""
    of = _Handlers(services)
    return [
        PageRoute("GET", _BACKUP, "operator", of.backup),
        PageRoute("POST", _BACKUP, "operator", of.make_backup),
        PageRoute("GET", f"{_BACKUP}/{{file}}", "operator", of.take_backup),
        PageRoute("GET", _LOG, "operator", of.log),
        PageRoute("POST", f"{_LOG}/nachrechnen", "operator", of.check),
    ]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._services, self._backups, self._checking = services, services.backups, services.checking
        self._proving = Proving(services)

    async def backup(self, visit: Visit) -> Page:
        """When the last backup was made, and the way back from it; `neu=ja`: the words for a new one."""
        is_new = visit.request.query.get("neu") == "ja"
        return await self._backup_page(visit, {}, self._backups.propose() if is_new else "")

    async def _backup_page(self, visit: Visit, errors: dict[str, str], words: str) -> Page:
        data = {
            **await self._proving.asked(visit),
            "newest": await self._backups.newest(), "lying": self._backups.here(), "errors": errors, "words": words,
            "folder": str(self._services.folder.path), "number": self._services.ids.uuid7().hex(),
        }  # fmt: skip
        return Page("operator/backup.html", data, 422 if errors else 200)

    async def make_backup(self, visit: Visit) -> Page | Response:
        """Make a sealed one, for somebody who shows who he is: it holds the ring's keys (ADR 28)."""
        words = visit.field("woerter")
        try:
            passphrase = parse_passphrase(visit.field("eigenes") or words)
            await self._proving.verify(visit, "bisher")
            await self._backups.make_here(passphrase, visit.field("nummer"))
        except RingtauschError as error:
            at = {**dict.fromkeys(ABOUT_PROOF, "bisher"), "passphrase_short": "eigenes"}.get(error.code, "")
            return await self._backup_page(visit, {at: error.code}, words or self._backups.propose())
        return see_other(_BACKUP)

    async def take_backup(self, visit: Visit) -> StreamResponse:
        """One that lies in the folder, to carry away; nobody opens it without its passphrase. Raises LocalError."""
        file = self._backups.sealed_file(visit.found[0])
        return FileResponse(file, headers=file_headers(file.name, "application/octet-stream"))

    async def log(self, _visit: Visit) -> Page:
        """The newest head, who cosigned it, whose logs we watch, and what a check found."""
        newest = await self._services.store.read(_newest)
        data = {
            "size": newest.size if newest else 0, "at": newest.at if newest else None,
            "view": await self._services.witnessing.view(), "running": self._checking.is_running,
            "last": self._checking.last,
        }  # fmt: skip
        return Page("operator/log.html", data)

    async def check(self, _visit: Visit) -> Response:
        """Recompute everything in the background; the page says how it stands."""
        self._checking.begin()
        return see_other(_LOG)


def _newest(tx: Tx) -> CheckpointRow | None:
    return checkpoint_records.load_newest(tx, translog.head(tx).log)
