# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether a backup would help: opened on the running node, held beside the ring, and put away again (ADR 29)."""

from __future__ import annotations

from ringtausch_node.errors import RingtauschError
from ringtausch_node.ring import Ring
from ringtausch_node.upkeep.backups import TriedBackup
from ringtausch_node.web.door.visit import Page, PageRoute, Visit

_AT = "/betrieb/sicherung-pruefen"
#: Codes that are about the passphrase; the others are about the file.
_ABOUT_WORDS = ("passphrase_needed", "passphrase_wrong")


def routes(services: Ring) -> list[PageRoute]:
    """The part of the table that is about trying backups."""
    of = _Handlers(services)
    return [PageRoute("GET", _AT, "operator", of.ask), PageRoute("POST", _AT, "operator", of.show)]


class _Handlers:
    def __init__(self, services: Ring) -> None:
        self._services, self._backups = services, services.backups

    async def ask(self, _visit: Visit) -> Page:
        """Which backup, and the words that open it."""
        return self._page({}, "", None)

    async def show(self, visit: Visit) -> Page:
        """What the backup holds, how old it is, what would be lost, and how it is put back."""
        file = visit.field("datei")
        try:
            tried = await self._backups.try_here(file, visit.field("woerter"))
        except RingtauschError as error:
            return self._page({"woerter" if error.code in _ABOUT_WORDS else "datei": error.code}, file, None)
        return self._page({}, file, tried)

    def _page(self, errors: dict[str, str], file: str, tried: TriedBackup | None) -> Page:
        data = {
            "lying": self._backups.here(), "file": file, "tried": tried, "errors": errors,
            "folder": str(self._services.folder.path), "now": self._services.clock.now(),
        }  # fmt: skip
        return Page("operator/backup_trial.html", data, 422 if errors else 200)
