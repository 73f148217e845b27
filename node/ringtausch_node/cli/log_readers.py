# SPDX-License-Identifier: AGPL-3.0-or-later
"""The command that lets auditors read the log's entries who have no agreement with the ring."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ringtausch_node.cli.accesses import Wanted, access_options
from ringtausch_node.cli.commands import folder_argument, json_option, option
from ringtausch_node.cli.failures import DONE
from ringtausch_node.cli.language import say
from ringtausch_node.cli.output import emit, nothing_yet, table
from ringtausch_node.cli.reach import call
from ringtausch_node.cli.rings import moment
from ringtausch_node.cli.tree import log


@log.command(
    "access",
    german="Einen Zugang zu den Einträgen des Protokolls ausstellen, für Prüfer ohne Vereinbarung (er wird nur dieses"
    " eine Mal gezeigt); die gültigen zeigen oder sie widerrufen.",
    english="Issue an access to the log's entries for auditors without an agreement (it is shown only this once); list"
    " the valid ones, or void them.",
)
@folder_argument
@option("--days", type=int, metavar="N", default=14, german="Wie lange er gilt (14)", english="How long it counts (14)")
@access_options
@json_option
def access(folder: Path, days: int, only_list: bool, revoke: int | None, revoke_all: bool, as_json: bool) -> int:
    """Issue, list or void."""
    wanted = Wanted(only_list, revoke, revoke_all)
    wanted.verify_one()
    if only_list:
        result = call(folder, "log.accesses", {})
    elif wanted.is_end:
        result = call(folder, "log.access.revoke", {"id": revoke})
    else:
        result = call(folder, "log.access", {"days": days})
        emit(result, as_json, result["token"])
        return DONE
    emit(result, as_json, _text(result["accesses"]))
    return DONE


def _text(accesses: list[dict[str, Any]]) -> str:
    if not accesses:
        return nothing_yet()
    rows = [[str(each["id"]), moment(each["created_at"]), moment(each["expires_at"])] for each in accesses]
    return table([say("Nr.", "No."), say("Seit", "Since"), say("Bis", "Until")], rows)
