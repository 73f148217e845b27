# SPDX-License-Identifier: AGPL-3.0-or-later
"""At the end of a demo: the logs of all rings are exported and audited as anybody could, without the rings."""

from __future__ import annotations

from pathlib import Path

from ringtausch_node.cli.language import language
from ringtausch_node.demo.checks import Fault
from ringtausch_node.demo.world import World
from ringtausch_node.errors import RingtauschError
from ringtausch_protocol.audit.findings.codes import Level
from ringtausch_protocol.audit.program.command import Given, audit_sources, write_results

REPORT = "audit.html"


def report_place(folder: Path, *, is_temporary: bool) -> Path:
    """Where the report lies: in the rings' folder, or beside it where that is cleared away."""
    return folder.with_name(f"{folder.name}.html") if is_temporary else folder / REPORT


def audit_rings(world: World, report: Path) -> list[Fault]:
    """Export the logs of all closed folders, audit them, write the report. -> what was found."""
    logs = world.folder / "logs"
    try:
        logs.mkdir()
        for ring in world.rings:
            ring.ask_offline("log.export", out=str(logs / ring.folder.name))
        given = Given([str(logs)], language(), out=report)
        result = audit_sources(given)
        write_results(given, result)
    except (OSError, RingtauschError) as error:
        return [Fault("audit", str(logs), str(error))]
    return [
        Fault("audit", result.address_of(each.place.ring), each.code)
        for each in result.findings
        if each.level > Level.NOTE
    ]
