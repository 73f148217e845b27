# SPDX-License-Identifier: Apache-2.0
"""What the command says of itself, in German and in English."""

from __future__ import annotations

from collections.abc import Mapping

from ringtausch_protocol.verifier.words import Words

DESCRIPTION = Words(
    "Prüft die Protokolle vieler Tauschringe gemeinsam und schreibt einen Bericht. Braucht kein Konto und keinen Knoten"
    " und glaubt niemandem. Ende 0: alles stimmt, 1: Hinweise, 2: etwas stimmt nicht, 3: falsch aufgerufen.",
    "Audits the logs of many rings together and writes a report. Needs no account and no node, and believes nobody."
    " Exit 0: all is well, 1: hints, 2: something is wrong, 3: used wrongly.",
)
HELP: Mapping[str, Words] = {
    "sources": Words(
        "Adresse (https://...), Ordner aus `ringtausch log export`, oder Archiv (zip, tar) davon",
        "address (https://...), folder of `ringtausch log export`, or an archive (zip, tar) of it",
    ),
    "keys": Words(
        "Karten der Tauschringe, die geprüft werden sollen, je eine Zeile; wer fehlt, wird genannt",
        "cards of the rings that shall be audited, one a line; who is missing is named",
    ),
    "roster": Words(
        "Verzeichnis der Föderation (von `ringtausch roster make`): wer fehlt, wird genannt, und wer nicht darin steht",
        "the federation's roster (of `ringtausch roster make`): who is missing is named, and who is not on it",
    ),
    "out": Words("Bericht als HTML", "report as HTML"),
    "json": Words("Ergebnis als JSON", "result as JSON"),
    "csv": Words("Feststellungen und Verbindungen als CSV", "findings and lines as CSV"),
    "state": Words(
        "merkt sich, was geprüft ist; das nächste Mal werden nur neue Unterschriften nachgerechnet",
        "remembers what was audited; next time only new signatures are verified",
    ),
    "tokens": Words(
        "Datei mit den Zugängen, die Ringe gegeben haben: je Zeile Adresse oder Kennung eines Rings, und sein Zugang",
        "file of the accesses that rings gave: a ring's address or id, and its token, on each line",
    ),
    "since": Words(
        "lässt Hinweise und Angaben vor diesem Tag weg; ein Fehler bleibt stehen, wie alt er auch ist",
        "leaves out hints and remarks before this day; a fault stays, however old it is",
    ),
    "jobs": Words("so viele Prozessorkerne (sonst alle)", "so many cores (else all)"),
    "quiet": Words("ohne Fortschritt", "without progress"),
    "lang": Words("Sprache", "language"),
}
MIRROR = Words(
    "Bewahrt Abschriften von Protokollen auf, auch von Tauschringen, die es nicht mehr gibt; keine wird je kürzer.",
    "Keeps copies of logs, also of rings that are gone; none ever gets shorter.",
)
MIRRORED: Mapping[str, Words] = {
    "new": Words("neu", "new"),
    "grown": Words("gewachsen", "grown"),
    "same": Words("wie bisher", "as before"),
    "older": Words(
        "die Quelle hat weniger als die Abschrift; die bleibt", "the source has less than the copy, which stays"
    ),
    "split": Words(
        "DIE QUELLE ERZÄHLT ETWAS ANDERES ALS DIE ABSCHRIFT; beide Stände sind aufgehoben",
        "THE SOURCE TELLS ANOTHER STORY THAN THE COPY; both heads are kept",
    ),
}
NOT_MIRRORED = Words("nicht zu lesen; eine Abschrift bleibt, wie sie ist", "cannot be read; a copy stays as it is")
NO_SOURCE = Words(
    "Es fehlt, was geprüft werden soll: eine Quelle, oder ein Verzeichnis mit --roster",
    "What shall be audited is missing: a source, or a roster with --roster",
)
REPORT_AT = Words("Bericht", "report")
USED_WRONGLY_WORDS = Words("So geht es nicht", "This does not work")
