# SPDX-License-Identifier: AGPL-3.0-or-later
"""Commands for the day the disk is lost, and for every day before: backup, restore, recover."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ringtausch_node.cli.commands import folder_argument, json_option, option
from ringtausch_node.cli.failures import DONE, misuse
from ringtausch_node.cli.language import say
from ringtausch_node.cli.output import amount, emit, table, unit_of
from ringtausch_node.cli.passphrases import ask_passphrase, passphrase_option
from ringtausch_node.cli.reach import call
from ringtausch_node.cli.rings import advice, moment
from ringtausch_node.cli.tree import root
from ringtausch_protocol.units import Unit

if TYPE_CHECKING:
    from ringtausch_node.backup import BackupView


@root.command(
    "backup",
    german="Den ganzen Ring in eine verschlossene Datei sichern, auch während der Knoten läuft; danach geprüft.",
    english="Back the whole ring up into one sealed file, also while the node runs; checked afterwards.",
)
@folder_argument
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@passphrase_option()
@option(
    "--words",
    is_flag=True,
    german="Zehn Wörter als Kennwort würfeln und zeigen: zum Abschreiben",
    english="Roll ten words as the passphrase and show them: to be written down",
)
@option(
    "--plain",
    is_flag=True,
    german="Ohne Kennwort: wer die Datei hat, hat den Ring. Nur für einen Ort, der selbst verschlossen ist",
    english="Without a passphrase: whoever has the file has the ring. Only for a place that is locked itself",
)
@json_option
def backup(folder: Path, out: Path, passphrase_file: str | None, words: bool, plain: bool, as_json: bool) -> int:
    """Write a backup."""
    if plain + words + (passphrase_file is not None) > 1:
        raise misuse("usage", "only one of --passphrase-file, --words, --plain")
    passphrase = "" if plain else _rolled() if words else ask_passphrase(passphrase_file, is_new=True)
    result = call(folder, "backup", {"out": str(out.absolute()), "passphrase": passphrase})
    lines = [say(f"Die Sicherung steht in {out} ({result['bytes']} Bytes, geprüft).",
                 f"The backup is in {out} ({result['bytes']} bytes, checked).")]  # fmt: skip
    if words:
        result["words"] = passphrase
        lines += ["", f"    {passphrase}", ""]
    emit(result, as_json, "\n".join([*lines, _keep(plain=plain)]))
    return DONE


def _rolled() -> str:
    from ringtausch_node.backup import recovery_phrase
    from ringtausch_node.clock import SystemClock
    from ringtausch_node.ids import SystemIds

    return recovery_phrase(SystemIds(SystemClock()).random(32))


def _keep(*, plain: bool) -> str:
    if plain:
        return say(
            "Sie enthält die Schlüssel des Rings: bewahren Sie sie an einem anderen Ort auf, wie einen Schlüssel.",
            "It holds the ring's keys: keep it in another place, like a key.",
        )
    return say(
        "Schreiben Sie auf, womit sie sich öffnen lässt; ohne das öffnet sie niemand. Beides an verschiedene Orte.",
        "Write down what opens it; without that nobody can. Keep the two in different places.",
    )


@root.command(
    "restore",
    german="Einen Ring aus einer Sicherung in einen neuen Ordner zurückholen; ein vorhandener wird nie überschrieben.",
    english="Bring a ring back from a backup into a new folder; an existing one is never overwritten.",
)
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@folder_argument
@passphrase_option()
@json_option
def restore(file: Path, folder: Path, passphrase_file: str | None, as_json: bool) -> int:
    """Restore a backup."""
    from ringtausch_node.backup import needs_passphrase, restore_backup
    from ringtausch_node.clock import SystemClock
    from ringtausch_node.ids import SystemIds

    clock = SystemClock()
    passphrase = ask_passphrase(passphrase_file, is_new=False) if needs_passphrase(file) else ""
    result = restore_backup(file, folder, mark=SystemIds(clock).random(16), at=clock.now(), passphrase=passphrase)
    emit(result, as_json, _restored(result, folder))
    return DONE


def _restored(result: BackupView, folder: Path) -> str:
    return say(
        f"{result.address} ist zurück, wie er am {moment(result.made_at)} war.\n"
        "Was seither innerhalb des Rings gebucht wurde, fehlt. Was mit anderen Ringen gebucht wurde, holt er von\n"
        f"diesen zurück, ehe er wieder zahlt:  ringtausch serve {folder}\n"
        f"Wie weit er ist und was zurückkam:  ringtausch recover {folder}\n"
        "Ein Ring, mit dem er erst danach eine Vereinbarung schloss, ist ihm unbekannt. Laden Sie ihn wieder ein: die\n"
        "alte gilt dann weiter, solange dort niemand die Verbindung aufgibt.\n"
        "Läuft der alte Knoten noch irgendwo? Beide zusammen dürfen nicht laufen.",
        f"{result.address} is back as it was on {moment(result.made_at)}.\n"
        "What was booked inside the ring since then is missing. What was booked with other rings it fetches back from\n"
        f"them before it pays again:  ringtausch serve {folder}\n"
        f"How far it is, and what came back:  ringtausch recover {folder}\n"
        "A ring with which it agreed only after that is unknown to it. Invite it again: the old agreement goes on,\n"
        "as long as nobody there gives up the line.\n"
        "Does the old node still run somewhere? The two must not run together.",
    )


@root.command(
    "recover",
    german="Was nach einer Wiederherstellung zurückkam; und das Wort des Betreibers, wo es eines braucht.",
    english="What came back after a restore; and the operator's word where one is needed.",
)
@folder_argument
@option(
    "--old-copy",
    is_flag=True,
    german="Dieser Ordner ist eine alte Kopie: von den anderen Ringen zurückholen, was fehlt",
    english="This folder is an old copy: fetch back from the other rings what is missing",
)
@option(
    "--without",
    metavar="ADDRESS",
    german="Nicht länger auf diesen Ring warten",
    english="Wait for this ring no longer",
)
@option(
    "--this-copy",
    is_flag=True,
    german="Von zwei Kopien dieses Rings zählt diese; die andere ist aus",
    english="Of two copies of this ring this one counts; the other is off",
)
@json_option
def recover(folder: Path, old_copy: bool, without: str | None, this_copy: bool, as_json: bool) -> int:
    """Show or steer a recovery."""
    if old_copy + this_copy + (without is not None) > 1:
        raise misuse("usage", "only one of --old-copy, --this-copy, --without")
    if this_copy:
        return _this_copy(folder, as_json)
    if old_copy:
        result = call(folder, "recover.old_copy", {})
    elif without is not None:
        result = call(folder, "recover.without", {"address": without.strip().lower()})
    else:
        result = call(folder, "recover", {})
    text = _text(result["recovery"], unit_of(folder))
    if result["recovery"] is None:  # a line may know better: another ring holds what is missing here
        text = "\n".join([text, *advice(call(folder, "state", {})["peers"])])
    emit(result, as_json, text)
    return DONE


def _this_copy(folder: Path, as_json: bool) -> int:
    from ringtausch_node.backup import take_place

    take_place(folder)
    text = say(
        "Diese Kopie darf wieder starten. Fehlt ihr, was die andere unterschrieben hat, sagt es „ringtausch state“.",
        "This copy may start again. If it lacks what the other one signed, 'ringtausch state' says so.",
    )
    emit({"this_copy": True}, as_json, text)
    return DONE


def _text(found: dict[str, Any] | None, unit: Unit) -> str:
    if found is None:
        return say("Dieser Ring wurde nie wiederhergestellt.", "This ring was never restored.")
    since = moment(found["copy_at"])
    lines = [_stands(found)]
    lines.append(
        say(
            f"Buchungen innerhalb des Rings fehlen seit dem {since}. Belege der Mitglieder verpflichten, nachzubuchen.",
            f"Bookings inside the ring are missing since {since}. Members' receipts oblige it to book them again.",
        )
    )
    if found["dropped"]:
        lines.append(
            say("Wartende Zahlungen, die nicht gemacht wurden: ", "Waiting payments that were not made: ")
            + str(found["dropped"])
        )
    if found["members"]:
        lines += ["", _members(found["members"], unit), *_dropped(found["members"], unit)]
    if found["recovered_seconds"] or found["unknown"]["count"]:
        lines += ["", _unknown(found, unit)]
    return "\n".join(lines)


def _stands(found: dict[str, Any]) -> str:
    awaited = [address for address, state in found["peers"].items() if state == "awaited"]
    if found["state"] == "finished":
        return say("Die Wiederherstellung ist abgeschlossen: ", "The recovery is over: ") + moment(found["finished_at"])
    return say(
        f"Der Ring stellt sich wieder her und zahlt noch nicht. Gewartet wird auf: {', '.join(awaited)}\n"
        "Kommt einer davon nicht wieder: ringtausch recover ORDNER --without ADRESSE",
        f"The ring is recovering and does not pay yet. Awaited: {', '.join(awaited)}\n"
        "If one of them will not come back: ringtausch recover FOLDER --without ADDRESS",
    )


def _members(members: list[dict[str, Any]], unit: Unit) -> str:
    headings = [
        say("Zurückgekommen für", "Came back for"), say("Zahlungen", "payments"), say("gezahlt", "paid"),
        say("erhalten", "received"), say("noch offen", "undecided"), say("nicht auf dem Konto", "not on the account"),
    ]  # fmt: skip
    rows = [
        [
            each["handle"], str(each["count"]), amount(each["paid_seconds"], unit),
            amount(each["received_seconds"], unit), amount(each["undecided_seconds"], unit),
            amount(each["not_on_account_seconds"], unit),
        ]
        for each in members
    ]  # fmt: skip
    return table(headings, rows)


def _dropped(members: list[dict[str, Any]], unit: Unit) -> list[str]:
    """Whom the office tells that a payment was not made; the member's own program shows it too."""
    return [
        say("Nicht gemacht: ", "Not made: ")
        + f"{each['handle']} {one['payment_id']} {amount(one['amount_seconds'], unit)}"
        for each in members
        for one in each["dropped"]
    ]


def _unknown(found: dict[str, Any], unit: Unit) -> str:
    stands = amount(found["recovered_seconds"], unit)
    count = found["unknown"]["count"]
    return say(
        f"Auf dem Konto „recovered“ stehen {stands}: Stunden, die niemandem zuzuordnen oder schon ausgegeben waren\n"
        f"({count} Zahlungen ohne bekanntes Mitglied). Wem sie gehören, klärt das Büro:\n"
        "  ringtausch recovered list ORDNER",
        f"On the account 'recovered' stand {stands}: hours that could be attributed to nobody or had been spent\n"
        f"({count} payments without a known member). The office finds out whose they are:\n"
        "  ringtausch recovered list FOLDER",
    )
