# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether a backup would help: opened on the running node, held beside the ring, and put away again (ADR 29)."""

from __future__ import annotations

import re

from ringtausch_node.errors import LocalError, RingtauschError
from ringtausch_node.ring import Ring
from ringtausch_node.upkeep.backups import TriedBackup
from ringtausch_node.web.door.visit import Page, PageRoute, Visit

_AT = "/betrieb/sicherung-pruefen"
#: Codes that are about the passphrase; the others are about the file.
_ABOUT_WORDS = ("passphrase_needed", "passphrase_wrong")
_COPIED = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,200}")


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about trying backups."""
    of = _Handlers(services)
    return [PageRoute("GET", _AT, "operator", of.ask), PageRoute("POST", _AT, "operator", of.show, takes_file=True)]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._services, self._backups = services, services.backups

    async def ask(self, _visit: Visit) -> Page:
        """Which backup, and the words that open it."""
        return self._page({}, "", None, "")

    async def show(self, visit: Visit) -> Page:
        """What the backup holds, how old it is, what would be lost, and how it is put back."""
        is_carried = visit.upload is not None and visit.upload.name != ""
        file = visit.field("datei")
        try:
            tried = await (self._carried(visit) if is_carried else self._lying(visit))
        except RingtauschError as error:
            return self._page({self._field_of(error.code, is_carried=is_carried): error.code}, file, None, "")
        place = _plain(visit.upload.name) if visit.upload and is_carried else self._lies_at(file)
        return self._page({}, file, tried, place)

    def _field_of(self, code: str, *, is_carried: bool) -> str:
        """Beside which field a mistake is told; what lies there can only be chosen where something does."""
        if code in _ABOUT_WORDS:
            return "woerter"
        return "mitgebracht" if is_carried or not self._backups.here() else "datei"

    async def _lying(self, visit: Visit) -> TriedBackup:
        return await self._backups.try_here(visit.field("datei"), visit.field("woerter"))

    async def _carried(self, visit: Visit) -> TriedBackup:
        """One that somebody brought along. Raises LocalError, RemoteError."""
        assert visit.upload is not None
        async with self._backups.room_for_a_file() as (path, most_bytes):
            try:
                await visit.upload.save(path, most_bytes)
            except OSError as error:
                raise LocalError("file_unwritable", error.strerror or "") from None
            return await self._backups.try_file(path, visit.field("woerter"))

    def _lies_at(self, file: str) -> str:
        return f"{self._services.folder.path}.alt/backups/{file}"

    def _page(self, errors: dict[str, str], file: str, tried: TriedBackup | None, place: str) -> Page:
        data = {
            "lying": self._backups.here(), "file": file, "tried": tried, "place": place, "errors": errors,
            "folder": str(self._services.folder.path), "now": self._services.clock.now(),
        }  # fmt: skip
        return Page("operator/backup_trial.html", data, 422 if errors else 200)


def _plain(name: str) -> str:
    """A file's name for a command that people copy: only what a shell takes as it stands."""
    return name if _COPIED.fullmatch(name) else "TAUSCHRING.backup"
