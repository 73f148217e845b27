# SPDX-License-Identifier: Apache-2.0
"""The words of a report around its figures, in German and in English."""

from __future__ import annotations

from collections.abc import Mapping

from ringtausch_protocol.verifier.words import Language, Words

TITLE = Words("Prüfbericht über die Protokolle der Tauschringe", "Audit of the rings' logs")
#: The first sentence, by the level of the worst finding.
VERDICTS: Mapping[int, Words] = {
    0: Words("Alles stimmt.", "All is well."),
    1: Words("Nichts Falsches gefunden, aber nicht alles gesehen.", "Nothing wrong was found, but not all was seen."),
    2: Words("Etwas stimmt nicht.", "Something is wrong."),
}
SENTENCES: Mapping[str, Words] = {
    "scope": Words(
        "Geprüft wurden {rings} Tauschringe mit {lines} Verbindungen: {entries} Einträge, darunter {frames} Rahmen;"
        " {signatures} Unterschriften wurden nachgerechnet. Der neueste Eintrag ist vom {newest} (Weltzeit).",
        "{rings} rings with {lines} lines were audited: {entries} entries, {frames} frames among them; {signatures}"
        " signatures were verified. The newest entry is of {newest} (UTC).",
    ),
    "findings": Words("{count} Feststellungen verlangen eine Klärung.", "{count} findings must be cleared up."),
    "finding": Words("Eine Feststellung verlangt eine Klärung.", "One finding must be cleared up."),
    "hints": Words("{count} Hinweise stehen darunter.", "{count} hints stand below them."),
    "hint": Words("Ein Hinweis steht unten.", "One hint stands below."),
    "none": Words(
        "Jede Unterschrift gilt, beide Seiten jeder Verbindung erzählen dasselbe, und was die Tauschringe einander"
        " schulden, ergibt zusammen null.",
        "Every signature holds, both sides of every line tell the same, and what the rings owe each other adds up to"
        " nothing.",
    ),
    "missing": Words(
        "Nicht gesehen: {names}. Nicht gesehen heißt nicht: in Ordnung.",
        "Not seen: {names}. Not seen does not mean clean.",
    ),
    "earlier": Words("{count} ältere Angaben sind hier weggelassen.", "{count} older remarks are left out here."),
}
HEADINGS: Mapping[str, Words] = {
    "findings": Words("Was zu klären ist", "What must be cleared up"),
    "hints": Words("Hinweise", "Hints"),
    "notes": Words("Zur Kenntnis", "To be known"),
    "owing": Words("Wer wem etwas schuldet", "Who owes whom"),
    "lines": Words("Verbindungen und Grenzen", "Lines and limits"),
    "orders": Words("Noch offen", "Still open"),
    "rings": Words("Tauschringe und ihre Protokolle", "Rings and their logs"),
    "method": Words("Wie geprüft wurde", "How this was audited"),
    "limits": Words("Was Protokolle nicht beweisen", "What logs cannot prove"),
    "prints": Words("Fingerabdrücke", "Fingerprints"),
}
COLUMNS: Mapping[str, Words] = {
    "debtor": Words("schuldet", "owes"),
    "creditor": Words("bekommt", "is owed"),
    "amount": Words("Stunden", "hours"),
    "limit": Words("Grenze", "limit"),
    "use": Words("genutzt", "used"),
    "open": Words("unterwegs", "on its way"),
    "sides": Words("gesehen von", "seen from"),
    "both": Words("beiden Seiten", "both sides"),
    "one": Words("einer Seite", "one side"),
    "ring": Words("Tauschring", "ring"),
    "net": Words("Stand gegenüber allen", "net position"),
    "log": Words("Protokoll", "log"),
    "entries": Words("Einträge", "entries"),
    "frames": Words("Rahmen", "frames"),
    "bookings": Words("Buchungen im Ring", "bookings inside"),
    "cosigned": Words("gegengezeichnet von", "cosigned by"),
    "nobody": Words("niemandem", "nobody"),
    "root": Words("Wurzel", "root"),
    "from": Words("von", "from"),
    "to": Words("an", "to"),
    "since": Words("seit", "since"),
    "deadline": Words("Frist", "deadline"),
    "late": Words("überfällig", "overdue"),
    "state": Words("Zustand", "state"),
    "place": Words("Stelle", "place"),
    "evidence": Words("Beleg", "evidence"),
    "entry": Words("Eintrag", "entry"),
    "frame": Words("Rahmen", "frame"),
    "order": Words("Auftrag", "order"),
    "even": Words("ausgeglichen", "even"),
    "nothing": Words("Nichts.", "Nothing."),
    "all": Words("alle", "all"),
    "more": Words("und {count} weitere dieser Art", "and {count} more of this kind"),
}
PICTURE = Words(
    "Bild der Schulden zwischen den Tauschringen; dieselben Zahlen stehen in der Tabelle.",
    "Picture of what the rings owe each other; the table holds the same figures.",
)
METHOD: tuple[Words, ...] = (
    Words(
        "Gelesen wurden nur die Protokolle selbst: Einträge, ihr Prüfsummenbaum, der unterschriebene Stand und die"
        " Karten mit den Schlüsseln. Keine Auskunft eines Tauschrings über sich selbst wurde geglaubt.",
        "Only the logs themselves were read: entries, their tree of hashes, the signed head, and the cards with the"
        " keys. Nothing that a ring says of itself was believed.",
    ),
    Words(
        "Der Baum jedes Protokolls wurde neu gerechnet und mit dem unterschriebenen Stand verglichen; jede Unterschrift"
        " wurde mit dem Schlüssel geprüft, der an ihrer Stelle galt.",
        "The tree of every log was computed again and compared with its signed head; every signature was verified with"
        " the key that counted at its place.",
    ),
    Words(
        "Die Ketten der Rahmen wurden von beiden Seiten nachgespielt und verglichen, jeder Auftrag bis zu seinem Ende"
        " verfolgt, Salden, Grenzen und Rückzahlungen nachgerechnet.",
        "The chains of frames were replayed from both sides and compared, every order followed to its end, balances,"
        " limits and refunds computed again.",
    ),
    Words(
        "Wer dieselben Protokolle hat, bekommt mit demselben Programm denselben Bericht, Zeichen für Zeichen.",
        "Whoever has the same logs gets the same report from the same program, to the last character.",
    ),
)
UNPROVABLE: tuple[Words, ...] = (
    Words("ob die Bücher innerhalb eines Tauschrings ehrlich sind", "that the books inside a ring are honest"),
    Words("ob die Arbeit getan wurde", "that the work was done"),
    Words("ob ein Mitglied einverstanden war", "that a member agreed"),
    Words("ob ein Tauschring, der schweigt, aufgehört hat", "that a silent ring is dead"),
)
HEADERS: Mapping[str, Words] = {"invariant": Words("Regel", "rule"), "code": Words("Kennwort", "code")}


def say(text: Words, language: Language, **values: str | int) -> str:
    """One text with its values."""
    chosen = text.de if language == "de" else text.en
    return chosen.format(**values) if values else chosen
