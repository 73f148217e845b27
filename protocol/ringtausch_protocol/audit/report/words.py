# SPDX-License-Identifier: Apache-2.0
"""The words of a report around its figures, in German and in English."""

from __future__ import annotations

from collections.abc import Mapping

from ringtausch_protocol.verifier.words import Language, Words

TITLE = Words("Prüfbericht über die Protokolle der Tauschringe", "Audit of the rings' logs")
#: The first sentence, by the level of the worst finding.
VERDICTS: Mapping[int, Words] = {
    0: Words("Alles stimmt.", "All is well."),
    1: Words(
        "Nichts Falsches gefunden; die Hinweise nennen, was nicht zu sehen oder was verloren ist.",
        "Nothing wrong was found; the hints name what was not seen or what is lost.",
    ),
    2: Words("Etwas stimmt nicht.", "Something is wrong."),
}
SENTENCES: Mapping[str, Words] = {
    "scope": Words(
        "Geprüft wurden {rings}, {lines} und in den Protokollen {entries}, darunter {frames} von Ring zu Ring;"
        " nachgerechnet wurden {signatures}. Der neueste Eintrag ist vom {newest} (Weltzeit).",
        "Audited were {rings}, {lines} and {entries} in the logs, among them {frames} from ring to ring; {signatures}"
        " verified. The newest entry is of {newest} (UTC).",
    ),
    "before": Words(
        "Bei einer früheren eigenen Prüfung nachgerechnet und diesmal nicht noch einmal: {signatures} (Zustandsdatei).",
        "Checked at an earlier audit of one's own, and not again this time: {signatures} (state file).",
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
    "none_uneven": Words(
        "Jede Unterschrift gilt, und beide Seiten jeder Verbindung erzählen dasselbe, so weit sie es schon wissen.",
        "Every signature holds, and both sides of every line tell the same, as far as they know it yet.",
    ),
    "uneven": Words(
        "Jeder Tauschring ist hier nach seinem eigenen Protokoll gerechnet. Zusammen ergibt das {hours} statt null:"
        " zwei Protokolle widersprechen sich, wie oben steht, oder eine Seite hat etwas gebucht, was die andere noch"
        " nicht weiß.",
        "Every ring is counted here by its own log. That adds up to {hours} instead of nothing: two logs differ, as it"
        " says above, or one side has booked what the other does not know yet.",
    ),
    "missing": Words(
        "Nicht gesehen: {names}. Nicht gesehen heißt nicht: in Ordnung.",
        "Not seen: {names}. Not seen does not mean clean.",
    ),
    "netted": Words(
        "Wo Schulden im Kreis liefen, sind sie {since} ohne jede Arbeit verschwunden: zusammen {hours} Stunden, auf"
        " {count} Verbindungen gezählt.",
        "Where debts ran in a circle they disappeared {since} without any work: {hours} hours in all, counted on"
        " {count} lines.",
    ),
    "earlier": Words(
        "Ältere Angaben aus der Zeit vor dem {day} (Weltzeit), die hier weggelassen sind: {count}, davon Hinweise:"
        " {hints}.",
        "Older remarks, from before {day} (UTC), that are left out here: {count}, of them hints: {hints}.",
    ),
}
#: How many, as part of a sentence: one, and any other number.
COUNTED: Mapping[str, tuple[Words, Words]] = {
    "rings": (Words("ein Tauschring", "one ring"), Words("{count} Tauschringe", "{count} rings")),
    "lines": (Words("eine Verbindung", "one line"), Words("{count} Verbindungen", "{count} lines")),
    "entries": (Words("ein Eintrag", "one entry"), Words("{count} Einträge", "{count} entries")),
    "frames": (Words("eine Nachricht", "one message"), Words("{count} Nachrichten", "{count} messages")),
    "signatures": (Words("eine Unterschrift", "one signature"), Words("{count} Unterschriften", "{count} signatures")),
}
HEADINGS: Mapping[str, Words] = {
    "findings": Words("Was zu klären ist", "What must be cleared up"),
    "hints": Words("Hinweise", "Hints"),
    "notes": Words("Zur Kenntnis", "To be known"),
    "owing": Words("Wer wem etwas schuldet", "Who owes whom"),
    "lines": Words("Verbindungen und Grenzen", "Lines and limits"),
    "netted": Words("Im Kreis ausgeglichen", "Netted round circles"),
    "orders": Words("Noch offen", "Still open"),
    "rings": Words("Tauschringe und ihre Protokolle", "Rings and their logs"),
    "method": Words("Wie geprüft wurde", "How this was audited"),
    "limits": Words("Was Protokolle nicht beweisen", "What logs cannot prove"),
    "prints": Words("Fingerabdrücke", "Fingerprints"),
    "signing": Words("Geprüft hat", "Audited by"),
}
COLUMNS: Mapping[str, Words] = {
    "debtor": Words("schuldet", "owes"),
    "creditor": Words("bekommt", "is owed"),
    "amount": Words("Stunden", "hours"),
    "limit": Words("Grenze", "limit"),
    "use": Words("genutzt", "used"),
    "open": Words("unterwegs", "on its way"),
    "sides": Words("Seiten", "sides"),
    "both": Words("beide", "both"),
    "one": Words("nur eine", "only one"),
    "ring": Words("Tauschring", "ring"),
    "net": Words("gegenüber allen", "net position"),
    "sum": Words("zusammen", "together"),
    "log": Words("Protokoll", "log"),
    "entries": Words("Einträge", "entries"),
    "frames": Words("Nachrichten", "messages"),
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
    "frame": Words("Nachricht", "message"),
    "order": Words("Auftrag", "order"),
    "even": Words("ausgeglichen", "even"),
    "ended": Words("beendet", "ended"),
    "nothing": Words("Nichts.", "Nothing."),
    "all": Words("alle", "all"),
    "freed": Words("frei geworden", "freed"),
    "with": Words("mit", "with"),
    "more": Words("und {count} weitere dieser Art", "and {count} more of this kind"),
}
BEYOND = Words("und {count} weitere: siehe {files}", "and {count} more: see {files}")
SINCE = Words("seit {day}", "since {day}")
EVER = Words("seit Beginn", "since the beginning")
PICTURE = Words(
    "Bild der Schulden zwischen den Tauschringen; dieselben Zahlen stehen in der Tabelle.",
    "Picture of what the rings owe each other; the table holds the same figures.",
)
LEGEND = Words(
    "Ein Pfeil geht vom Tauschring, der etwas schuldet, zu dem, der es bekommt; die Zahl sind Stunden. Gepunktet:"
    " ausgeglichen. Leerer Kreis: nicht gesehen.",
    "An arrow goes from the ring that owes to the one that is owed; the number is hours. Dotted: even. Empty circle:"
    " not seen.",
)
PRINTS = Words(
    "Wer eines dieser Protokolle später bekommt, erkennt an seiner Wurzel, ob es noch dasselbe ist.",
    "Whoever gets one of these logs later sees by its root whether it is still the same.",
)
SIGNING = Words("Ort und Tag, Name, Unterschrift", "Place and day, name, signature")
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
        "Die Nachrichten von Ring zu Ring stehen in den Protokollen beider. Sie wurden von beiden Seiten nachgespielt"
        " und verglichen, jeder Auftrag bis zu seinem Ende verfolgt, Salden, Grenzen und Rückzahlungen nachgerechnet.",
        "Messages from ring to ring stand in the logs of both. They were replayed from both sides and compared, every"
        " order followed to its end, balances, limits and refunds computed again.",
    ),
    Words(
        "Wer dieselben Protokolle hat, bekommt mit demselben Programm denselben Bericht, Zeichen für Zeichen.",
        "Whoever has the same logs gets the same report from the same program, to the last character.",
    ),
)
#: Which peers a ring has asked no log shows: rings on one machine are passed over.
COSIGNED = Words(
    "Andere Tauschringe zeichnen den Stand eines Protokolls gegen, wenn es nur gewachsen ist; den neuesten oft erst"
    " nach Minuten. Genug Gegenzeichnungen (mehr als die Hälfte der Nachbarn, bei sieben und mehr fünf) tragen {count}"
    " von {all} Ständen. Für die übrigen steht nur ihr Tauschring ein; das ist keine Feststellung.",
    "Other rings cosign the head of a log if it has only grown; the newest often minutes later. Enough cosignatures"
    " (more than half of the neighbours, five of seven or more) stand under {count} of {all} heads. For the others only"
    " their own ring stands; that is no finding.",
)
ROSTER = Words(
    "Wer dazugehört, sagt das Verzeichnis Nr. {number} der Föderation {net} mit {count} Tauschringen. Seine"
    " Prüfsumme ist {hash}; es gilt, wenn dies die Schlüssel der Föderation sind: {keys}.",
    "Who belongs to it is said by roster no. {number} of the federation {net} with {count} rings. Its hash is {hash};"
    " it counts if these are the federation's keys: {keys}.",
)
UNPROVABLE: tuple[Words, ...] = (
    Words("ob die Bücher innerhalb eines Tauschrings ehrlich sind", "that the books inside a ring are honest"),
    Words("ob die Arbeit getan wurde", "that the work was done"),
    Words("ob ein Mitglied einverstanden war", "that a member agreed"),
    Words("ob ein Tauschring, der schweigt, aufgehört hat", "that a silent ring is dead"),
    Words(
        "wem im Tauschring Stunden gehören, die nach einer Wiederherstellung zurückkamen, und wie viele davon noch"
        " niemandem zugeordnet sind: Buchungen im Ring stehen nur als Prüfsumme da",
        "whose hours in a ring those are that came back after a restore, and how many of them belong to nobody yet:"
        " of bookings inside a ring only hashes are there",
    ),
)
#: What evidence is called; what is not listed stands as it is.
EVIDENCE: Mapping[str, Words] = {
    "amount_seconds": Words("Betrag", "amount"),
    "age_seconds": Words("Alter", "age"),
    "late_seconds": Words("überfällig", "overdue"),
    "balance_seconds": Words("vereinbarter Saldo", "agreed balance"),
    "said_seconds": Words("genannt", "said"),
    "found_seconds": Words("gefunden", "found"),
    "here_seconds": Words("nach dem einen Protokoll", "by one log"),
    "there_seconds": Words("nach dem anderen Protokoll", "by the other log"),
    "code": Words("Grund", "reason"),
    "reason": Words("Grund", "reason"),
    "cause": Words("Anlass", "cause"),
    "dead_peer": Words("den es nicht mehr gibt", "who is gone"),
    "what": Words("was", "what"),
    "where": Words("worin", "in"),
    "first": Words("zuerst", "first"),
    "then": Words("dann", "then"),
    "count": Words("Anzahl", "count"),
    "attempt": Words("Versuch", "attempt"),
    "payment": Words("Zahlung", "payment"),
    "hash": Words("Prüfsumme", "hash"),
    "other_hash": Words("andere Prüfsumme", "other hash"),
    "other_log": Words("anderes Protokoll", "other log"),
    "other_entry": Words("dort Eintrag", "entry there"),
    "ack_seq": Words("bestätigt", "confirmed"),
    "ack_hash": Words("mit Prüfsumme", "with hash"),
    "stands_in": Words("steht bei", "stands with"),
    "before": Words("davor", "before"),
    "prev": Words("nennt als vorigen", "names as the one before"),
    "said_size": Words("genannte Größe", "size said"),
    "said_root": Words("genannte Wurzel", "root said"),
    "said_index": Words("genannte Stelle", "place said"),
    "stands_at": Words("steht an", "stands at"),
    "source": Words("Quelle", "source"),
    "other_source": Words("andere Quelle", "other source"),
    "file": Words("Datei", "file"),
    "detail": Words("Einzelheit", "detail"),
    "key": Words("Schlüssel", "key"),
    "closed_log": Words("altes Protokoll", "old log"),
    "closed_size": Words("mit Einträgen", "with entries"),
}


def say(text: Words, language: Language, **values: str | int) -> str:
    """One text with its values."""
    chosen = text.de if language == "de" else text.en
    return chosen.format(**values) if values else chosen
