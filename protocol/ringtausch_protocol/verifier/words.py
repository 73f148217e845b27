# SPDX-License-Identifier: Apache-2.0
"""What the program says, in German and in English."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Literal, NamedTuple

Language = Literal["de", "en"]


class Words(NamedTuple):
    """One text in both languages."""

    de: str
    en: str


def language(environment: Mapping[str, str] | None = None) -> Language:
    """Give "de" if LC_ALL, LC_MESSAGES or LANG asks for German, else "en"."""
    values = os.environ if environment is None else environment
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if values.get(name):
            return "de" if values[name].lower().startswith("de") else "en"
    return "en"


KINDS: Mapping[str, Words] = {
    "envelope": Words("unterschriebenes Dokument", "signed document"),
    "item": Words("unterschriebener Posten", "signed item"),
    "checkpoint": Words("Stand eines Protokolls", "checkpoint of a log"),
    "receipt": Words("Quittung", "receipt"),
    "booking": Words("geöffnete Buchung", "opened booking"),
    "fork": Words("Nachweis zweier Fassungen eines Protokolls", "proof of two histories of a log"),
    "adverts": Words("Nachweis zweier Aushänge unter einer Nummer", "proof of two adverts of one number"),
    "folder": Words("Protokoll", "log"),
}
FACTS: Mapping[str, Words] = {
    "document": Words("Art", "kind"),
    "item": Words("Art", "kind"),
    "ring": Words("Tauschring", "ring"),
    "number": Words("Nummer der Karte", "number of the card"),
    "address": Words("Adresse", "address"),
    "to": Words("an", "to"),
    "seq": Words("Rahmen Nummer", "frame number"),
    "place": Words("Stelle im Rahmen", "place in the frame"),
    "hash": Words("Prüfsumme", "hash"),
    "origin": Words("Protokoll", "log"),
    "size": Words("Einträge", "entries"),
    "root": Words("Wurzel", "root"),
    "other_size": Words("Einträge des anderen Standes", "entries of the other head"),
    "other_root": Words("Wurzel des anderen Standes", "root of the other head"),
    "cosignatures": Words("Gegenzeichnungen bekannter Zeugen", "cosignatures of known witnesses"),
    "index": Words("Nummer des Eintrags", "number of the entry"),
    "type": Words("Art des Eintrags", "type of the entry"),
    "transfer": Words("Nummer der Buchung", "number of the booking"),
    "debit": Words("vom Konto", "from account"),
    "credit": Words("auf das Konto", "to account"),
    "amount_seconds": Words("Sekunden", "seconds"),
    "at": Words("gebucht am (Unix-Sekunden)", "booked at (Unix seconds)"),
    "tiles": Words("geprüfte Kacheln", "tiles checked"),
    "entries": Words("geprüfte Einträge", "entries checked"),
    "signed": Words("Einträge mit geprüften Unterschriften", "entries with signatures checked"),
    "unproved": Words("Einträge, deren Unterzeichner hier niemand kennt", "entries whose signers nobody here knows"),
    "fault": Words("Widerspruch", "contradiction"),
    "year": Words("Jahr", "year"),
    "since": Words("von (Unix-Sekunden)", "from (Unix seconds)"),
    "until": Words("bis (Unix-Sekunden)", "until (Unix seconds)"),
    "created_seconds": Words("geschöpft, in Sekunden", "created, in seconds"),
    "turnover_seconds": Words("Umsatz, in Sekunden", "turnover, in seconds"),
    "foreign_in_seconds": Words("aus anderen Ringen, in Sekunden", "from other rings, in seconds"),
    "foreign_out_seconds": Words("in andere Ringe, in Sekunden", "to other rings, in seconds"),
    "accounts": Words("Konten", "accounts"),
    "peer": Words("der andere Tauschring", "the other ring"),
    "balance_seconds": Words("Stand in Sekunden, über null: geschuldet", "balance in seconds, above zero: owed"),
    "how": Words("wie es endete", "how it ended"),
    "advert": Words("Nummer des Aushangs", "number of the advert"),
}
#: What a fork proof shows.
FAULTS: Mapping[str, Words] = {
    "one_size": Words("zwei Wurzeln bei einer Größe", "two roots at one size"),
    "history": Words("das spätere Protokoll hatte den früheren Stand nie", "the later log never had the earlier head"),
    "two_adverts": Words("zwei Aushänge unter einer Nummer", "two adverts of one number"),
    "one_index": Words("zwei Einträge unter einer Nummer", "two entries at one number"),
}
VERIFIED = Words("geprüft", "verified")
WRONG = Words("STIMMT NICHT", "WRONG")
SIGNED_BY = Words("unterschrieben von", "signed by")
PLACE = Words("Stelle", "place")
DESCRIPTION = Words(
    "Prüft Dateien eines Tauschrings ohne dessen Programm: Dokumente, Posten, Stände und Ordner eines Protokolls,"
    " Quittungen, geöffnete Buchungen, Nachweise. Ende 0: alles geprüft, 1: etwas stimmt nicht, 2: falsch aufgerufen.",
    "Verifies files of a time bank without its program: documents, items, checkpoints and folders of a log, receipts,"
    " opened bookings, proofs. Exit 0: all verified, 1: something is wrong, 2: used wrongly.",
)
HELP: Mapping[str, Words] = {
    "files": Words("Datei oder Ordner eines Protokolls", "file, or folder of a log"),
    "as": Words("Art der Dateien; sonst an ihrem Anfang erkannt", "kind of the files; else told by their beginning"),
    "keys": Words(
        "bekannte Schlüssel: Karten von Tauschringen oder vkeys, je eine Zeile (mehrfach möglich)",
        "known keys: ring-cards or vkeys, one a line (may be repeated)",
    ),
    "quorum": Words(
        "so viele bekannte Zeugen müssen gegengezeichnet haben (sonst 5 von 7, bei weniger die Mehrheit)",
        "so many known witnesses must have cosigned (else 5 of 7, of fewer the majority)",
    ),
    "entry": Words("der Eintrag einer Quittung, die ihn nicht enthält", "the entry of a receipt that does not hold it"),
    "json": Words("eine Zeile JSON für jede Datei", "a line of JSON for each file"),
    "lang": Words("Sprache", "language"),
}
