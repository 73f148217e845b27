# SPDX-License-Identifier: AGPL-3.0-or-later
"""Commands about the ring itself: init, state, verify, version."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from ringtausch_node.cli.commands import folder_argument, json_option, option
from ringtausch_node.cli.failures import DONE, OUR_FAULT, misuse
from ringtausch_node.cli.language import language, say, term
from ringtausch_node.cli.output import amount, emit, table, unit_of, url_waits
from ringtausch_node.cli.reach import call
from ringtausch_node.cli.tree import root
from ringtausch_node.cli.witnessed import HOW_FAR, cosigned, own_forks
from ringtausch_node.config import Config, check_config
from ringtausch_node.errors import CODES, LocalError, words
from ringtausch_node.version import version
from ringtausch_protocol.units import Unit

#: Nets with this name are for tests: http and addresses of the own machine are allowed there.
TEST_NET = "test"
_DIFFERS = "statement_differs"
#: On such a line nobody may owe more, whatever was agreed.
_OVER = ("ended", "given_up")


@root.command(
    "init",
    german="Einen neuen Ring anlegen. Adresse, Netz und Einheit lassen sich später nicht ändern.",
    english="Create a new ring. Address, net and unit cannot be changed later.",
)
@folder_argument
@option(
    "--address",
    required=True,
    german="Adresse des Rings, z. B. eiche.example",
    english="The ring's address, e.g. oak.example",
)
@option("--name", required=True, german="Name des Rings", english="The ring's name")
@option(
    "--unit",
    default="hours",
    metavar="hours|NAME:PER_HOUR:DECIMALS",
    german="Einheit: Stunden, oder z. B. Talente:20:1 (20 in der Stunde, eine Stelle)",
    english="Unit: hours, or e.g. Talente:20:1 (20 an hour, one decimal)",
)
@option(
    "--net",
    default="de",
    german="Verbund; test erlaubt Adressen im eigenen Netz",
    english="Federation; test allows private addresses",
)
@option(
    "--listen",
    default="127.0.0.1:8470",
    metavar="HOST:PORT",
    german="Wo der Knoten lauscht",
    english="Where the node listens",
)
@option(
    "--url",
    default="",
    german="Wie andere Ringe ihn erreichen (sonst https://ADRESSE)",
    english="How other rings reach it (else https://ADDRESS)",
)
@json_option
def init(folder: Path, as_json: bool, **settings: str) -> int:
    """Lay out a folder."""
    table_of_settings: dict[str, Any] = {**settings, "address": settings["address"].lower(), "language": language()}
    table_of_settings["allow_private_addresses"] = settings["net"] == TEST_NET
    config = _checked(table_of_settings)
    from ringtausch_node.bootstrap import found_ring

    identity = found_ring(folder, config)
    text = say(
        f"Der Ring {config.address} ist angelegt.\nRing-Id: {identity.ring_id}\n"
        f"Sichern Sie {folder}/keys/root.json an einem anderen Ort und löschen Sie die Datei hier.\n"
        f"Weiter: ringtausch serve {folder}   - es zeigt den Link, mit dem Sie den Ring im Browser einrichten",
        f"The ring {config.address} has been created.\nRing id: {identity.ring_id}\n"
        f"Keep {folder}/keys/root.json in another place and delete it here.\n"
        f"Next: ringtausch serve {folder}   - it shows the link with which you set the ring up in a browser",
    )
    if config.allow_private_addresses:
        text += "\n" + private_addresses_allowed()
    result = {"ring_id": identity.ring_id, "address": config.address, "net": config.net, "unit": config.unit}
    emit({**result, "listen": config.listen, "url": config.public_url}, as_json, text)
    return DONE


def _checked(settings: dict[str, Any]) -> Config:
    """The settings of a new ring; an error names the option, for there is no file yet."""
    try:
        return check_config(settings)
    except LocalError as error:
        raise misuse(error.code, f"--{error.detail}") from None


def private_addresses_allowed() -> str:
    """The loud setting, said loudly."""
    return say(
        "ACHTUNG: Dieser Ring ist nur für Vorführung und Test (http, Adressen im eigenen Netz).",
        "WARNING: this ring is for demo and tests only (http, private addresses).",
    )


@root.command(
    "setup",
    german="Einen Link zeigen, mit dem der erste Betreiber den Ring im Browser einrichtet; er gilt einmal.",
    english="Show a link with which the first operator sets the ring up in a browser; it counts once.",
)
@folder_argument
@json_option
def setup(folder: Path, as_json: bool) -> int:
    """Show a link."""
    result = call(folder, "setup.link", {})
    nobody = say("Dieser Ring hat schon einen Betreiber; ein Code: ringtausch member code",
                 "This ring has an operator; a code: ringtausch member code")  # fmt: skip
    emit(result, as_json, setup_text(result["url"]) if result["url"] else nobody)
    return DONE


def setup_text(url: str) -> str:
    """The link with which the first operator comes in."""
    return say(f"Noch hat niemand diesen Ring eingerichtet. Öffnen Sie im Browser (gilt einmal, eine Woche):\n{url}",
               f"Nobody has set this ring up yet. Open in a browser (counts once, for a week):\n{url}")  # fmt: skip


def setup_command(folder: Path) -> str:
    """Who shows the link, where nobody may read it but whoever asks."""
    command = f"ringtausch setup {folder}"
    return say(f"Noch hat niemand diesen Ring eingerichtet. Den Link dafür zeigt: {command}",
               f"Nobody has set this ring up yet. The link for that is shown by: {command}")  # fmt: skip


@root.command("state", german="Wie der Ring steht.", english="How the ring stands.")
@folder_argument
@json_option
def state(folder: Path, as_json: bool) -> int:
    """Show the ring in figures."""
    result = call(folder, "state", {})
    emit(result, as_json, "\n".join(filter(None, (_state_text(result, unit_of(folder)), url_waits(folder)))))
    return DONE


def _state_text(result: dict[str, Any], unit: Unit) -> str:
    stands = {
        "ready": say("bereit", "ready"),
        "recovering": say("stellt sich wieder her", "recovering"),
        "quarantined": say("angehalten, bitte prüfen", "stopped, please check"),
        "clock_doubtful": say("Uhr prüfen, es wird nichts gezahlt", "check the clock, nothing is paid"),
    }
    log, witnesses = result["log"], result["witnesses"]
    found = {name: witnesses[name] for name in HOW_FAR}
    rows = [
        (say("Ring", "Ring"), f"{result['address']}  ({result['ring_id']})"),
        (say("Zustand", "State"), stands.get(result["state"], result["state"])),
        (say("Summe aller Konten", "Sum of all accounts"), amount(result["sum_seconds"], unit)),
        (say("Konten", "Accounts"), str(result["accounts"])),
        (say("Vormerkungen", "Open holds"), str(result["open_holds"])),
        (say("Protokoll", "Log"), say(f"{log['size']} Einträge", f"{log['size']} entries") + f", {log['root']}"),
        (say("Gegengezeichnet", "Cosigned"), cosigned(**found)),
        (say("Version", "Version"), result["version"]),
    ]
    width = max(len(heading) for heading, _ in rows)
    text = "\n".join(f"{heading.ljust(width)}  {value}" for heading, value in rows)
    text += "\n\n" + peer_table(result["peers"], unit) if result["peers"] else ""
    return "\n".join([text, *advice(result["peers"]), *own_forks(witnesses["forks"])])


def advice(peers: list[dict[str, Any]]) -> list[str]:
    """What to do about lines on which nothing is signed: only operators can find out why."""
    stopped = [(peer["address"], peer.get("reason") or "") for peer in peers if peer["state"] == "quarantined"]
    differing = [peer["address"] for peer in peers if peer.get("reason") == _DIFFERS]
    told = [f"\n{address} ({_DIFFERS}): {words(_DIFFERS, language())}" for address in differing]
    lost = _lost_frames() if any(reason == "lost" for _, reason in stopped) else []
    stop = [f"\n{each['address']} {_winds_down(each)}" for each in peers if each.get("stops_since")]
    return [*told, *stop, *lost] + [
        f"\n{address} ({reason}): {words(reason, language())}\n"
        + say("Auf dieser Verbindung wird nichts mehr unterschrieben.", "Nothing more is signed on this line.")
        for address, reason in stopped
        if reason in CODES
    ]


def _winds_down(peer: dict[str, Any]) -> str:
    left = say("löst sich auf. Was offen ist: in Stunden heim, peer reset (auf Null), assignment list (Übernahme).",
               "winds down. What is open: home in hours, peer reset (to zero), assignment list.")  # fmt: skip
    return left if peer["clearing_seconds"] else say("löst sich auf. Offen ist nichts.", "winds down. Nothing open.")


def _lost_frames() -> list[str]:
    """Where a peer holds more of our frames than we do."""
    return [
        say(
            "\nEin anderer Ring kennt Unterschriften dieses Rings, die hier fehlen; auf dieser Verbindung wird nichts\n"
            "mehr unterschrieben. Ist dieser Ordner eine alte Kopie: ringtausch recover ORDNER --old-copy\n"
            "Läuft eine zweite Kopie, halten Sie eine von beiden an. Sonst ist ein Schlüssel gestohlen.",
            "\nAnother ring knows signatures of this ring that are missing here; nothing more is signed on that line.\n"
            "If this folder is an old copy: ringtausch recover FOLDER --old-copy\n"
            "If a second copy runs, stop one of them. If it is neither, a key has been stolen.",
        )
    ]


def peer_table(peers: list[dict[str, Any]], unit: Unit) -> str:
    """Peers as rows; the balance from our side of the line."""
    headings = [
        say("Ring", "Ring"), say("Zustand", "State"), say("wir schulden (-: sie)", "we owe (-: they)"),
        say("Grenze für sie", "their limit"), say("Grenze für uns", "our limit"), say("zuletzt", "last seen"),
        say("bestätigt", "signed"),
    ]  # fmt: skip
    rows = [
        [
            peer["address"], term(peer["state"]), amount(peer["clearing_seconds"], unit),
            *("-" if peer["state"] in _OVER else amount(peer[name], unit) for name in ("limit_in", "limit_out")),
            moment(peer["last_seen"]),
            _signed_at(peer["statement"]),
        ]
        for peer in peers
    ]  # fmt: skip
    return table(headings, rows)


def _signed_at(statement: dict[str, Any] | None) -> str:
    """Until when both rings have signed what they owe each other."""
    if statement and statement["state"] == "differs":
        return say("verschieden", "differing")
    return moment(statement["at"]) if statement and statement["state"] == "signed" else "-"


def moment(at: int | None) -> str:
    """A Unix second as people write it."""
    return "-" if at is None else datetime.fromtimestamp(at, UTC).strftime("%d.%m.%Y %H:%M UTC")


@root.command(
    "verify",
    german="Bücher und Protokoll von Anfang an nachrechnen. Ende 0: alles stimmt.",
    english="Recompute books and log from the beginning. Exit 0: all is well.",
)
@folder_argument
@json_option
def verify(folder: Path, as_json: bool) -> int:
    """Check everything."""
    result = call(folder, "verify", {})
    findings = [f"{each['where']}: {each['code']} ({each['detail']})" for each in result["findings"]]
    good = say("Alles stimmt: Bücher und Protokoll sind nachgerechnet.", "All is well: books and log were recomputed.")
    bad = say("Es stimmt etwas nicht:\n  ", "Something is wrong:\n  ") + "\n  ".join(findings)
    emit(result, as_json, good if result["ok"] else bad)
    return DONE if result["ok"] else OUR_FAULT


@root.command("version", german="Die Version dieses Programms.", english="The version of this program.")
@json_option
def show_version(as_json: bool) -> int:
    """Show versions."""
    python = sys.version.split()[0]
    emit({"version": version(), "python": python}, as_json, f"ringtausch {version()} (Python {python})")
    return DONE


@root.command(
    "demo",
    german="Einige Ringe auf diesem Rechner, die einander bezahlen.",
    english="Some rings on this machine that pay each other.",
)
@option(
    "--once", is_flag=True, german="Einen Tag ablaufen lassen, prüfen und enden", english="Run one day, check, and end"
)
@option(
    "--act",
    type=click.Choice(["day", "life", "circle"]),
    default="day",
    german="day: ein Tag; life: Grenzen, Rückgabe, Schlüssel, alte Sicherung, Ende; circle: im Kreis, über andere",
    english="day: one day; life: limits, giving back, an old backup, the end; circle: round, through others",
)
@option("--real", is_flag=True, german="Ein Monat dreier echter Zeitbanken", english="A month of three real time banks")
@option(
    "--folder",
    type=click.Path(path_type=Path),
    german="Ordner, der bleibt (sonst ein vorläufiger)",
    english="Folder that stays (else a temporary one)",
)
@option(
    "--port",
    type=click.IntRange(0, 65532),
    german="Der erste Port, die anderen danach (sonst freie)",
    english="The first port, the others behind it (else free ones)",
)
@json_option
def demo(once: bool, act: str, real: bool, folder: Path | None, port: int | None, as_json: bool) -> int:
    """Run the demo."""
    from ringtausch_node.demo import ACTS, run

    return run(once=once, play=ACTS["month" if real else act], folder=folder, port=port, as_json=as_json)
