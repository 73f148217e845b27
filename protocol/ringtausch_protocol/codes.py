# SPDX-License-Identifier: Apache-2.0
"""Every stable code of the protocol with its status and its words (SPEC.md 9).

Refusals are what a ring may answer to an order: F final, T later, R change something. Errors (E) are about the
message itself. Words are for members and operators; edges add nothing to them.
"""

from __future__ import annotations

from typing import Literal, NamedTuple


class Code(NamedTuple):
    """A code, its kind, the HTTP status of an edge, and what to tell people: what happened, what to do next."""

    name: str
    kind: Literal["F", "T", "R", "E"]
    status: int
    de: str
    en: str
    next_de: str
    next_en: str


_AGAIN_DE, _AGAIN_EN = "Versuchen Sie es später noch einmal.", "Try again later."
_OFFICE_DE, _OFFICE_EN = "Bitte sprechen Sie mit dem Büro.", "Please talk to the office."
_OPERATOR_DE = "Bitte sprechen Sie mit dem anderen Tauschring."
_OPERATOR_EN = "Please talk to the other ring."
_CARD_DE = (
    "Rufen Sie den anderen Tauschring an, unter der Nummer, die Sie kennen: jemand hat dort vielleicht einen Schlüssel"
    " gestohlen."
)
_CARD_EN = "Phone the other ring, on the number that you know: somebody may have stolen a key there."
_REPORT_DE, _REPORT_EN = "Prüfen Sie die Eingabe.", "Check what was sent."

_REFUSALS = (
    Code("malformed", "F", 400, "Das ist unvollständig oder falsch aufgebaut.",
         "This is incomplete or badly formed.", _REPORT_DE, _REPORT_EN),
    Code("no_route", "F", 404, "Zu diesem Tauschring besteht keine Verbindung.",
         "There is no connection to this ring.",
         "Prüfen Sie die Adresse hinter dem @.", "Check the address after the @."),
    Code("amount", "F", 400, "Dieser Betrag geht nicht.", "This amount is not possible.",
         "Geben Sie einen Betrag über null und bis 277 777 Stunden ein, zum Beispiel 1,5 oder 1:30.",
         "Enter an amount above zero and up to 277 777 hours, for example 1.5 or 1:30."),
    Code("id_reused", "F", 409, "Diese Kennung gehört schon zu einer anderen Zahlung.",
         "This id already belongs to another payment.", "Nehmen Sie eine neue Kennung.", "Use a new id."),
    Code("already_paid", "F", 409, "Diese Zahlung ist schon ausgeführt.", "This payment has already been made.",
         "Sehen Sie im Kontoauszug nach.", "Look at your statement."),
    Code("payee_refuses", "F", 409, "Beim Empfänger kann diese Zahlung nicht gutgeschrieben werden.",
         "The payee cannot be credited.", "Prüfen Sie den Namen, oder fragen Sie den Empfänger.",
         "Check the name, or ask the payee."),
    Code("invoice_unknown", "F", 409, "Diese Rechnung gibt es nicht, sie ist bezahlt oder abgelaufen.",
         "This invoice is unknown, paid or out of date.", "Lassen Sie sich eine neue geben.", "Ask for a new one."),
    Code("not_allowed", "F", 403, "Das ist hier nicht erlaubt.", "This is not allowed here.", _OFFICE_DE, _OFFICE_EN),
    Code("cancelled", "F", 409, "Die Zahlung wurde zurückgenommen.", "The payment was cancelled.",
         "Ihre Stunden sind wieder frei.", "Your hours are free again."),
    Code("next_hop_down", "T", 503, "Der nächste Tauschring ist gerade nicht erreichbar.",
         "The next ring cannot be reached just now.", _AGAIN_DE, _AGAIN_EN),
    Code("not_settled", "T", 409, "Die ursprüngliche Zahlung ist noch unterwegs.",
         "The original payment is still on its way.", _AGAIN_DE, _AGAIN_EN),
    Code("busy", "T", 503, "Der andere Tauschring hat gerade zu viel zu tun.", "The other ring is busy.",
         _AGAIN_DE, _AGAIN_EN),
    Code("paused", "T", 409, "Die Verbindung zu diesem Tauschring ruht.", "The line to this ring is paused.",
         _OFFICE_DE, _OFFICE_EN),
    Code("no_capacity", "T", 409, "Der Spielraum zwischen den beiden Tauschringen reicht dafür nicht.",
         "The allowance between the two rings is too small for this.",
         "Versuchen Sie einen kleineren Betrag oder später noch einmal.", "Try a smaller amount, or later."),
    Code("too_many_holds", "T", 409, "Es sind schon zu viele Zahlungen unterwegs.",
         "Too many payments are already on their way.", _AGAIN_DE, _AGAIN_EN),
    Code("deadline_passed", "R", 409, "Die Frist für diese Zahlung ist abgelaufen.",
         "The time for this payment has run out.", "Zahlen Sie noch einmal.", "Pay again."),
    Code("deadline_too_short", "R", 400, "Die Frist ist zu kurz.", "The time allowed is too short.",
         "Wählen Sie eine längere Frist.", "Allow more time."),
    Code("deadline_too_long", "R", 400, "Die Frist ist zu lang.", "The time allowed is too long.",
         "Wählen Sie eine kürzere Frist.", "Allow less time."),
    Code("card_unknown", "R", 409, "Der andere Tauschring kennt unsere Karte noch nicht.",
         "The other ring does not know our card yet.", _AGAIN_DE, _AGAIN_EN),
)  # fmt: skip

_ERRORS = (
    Code("too_large", "E", 413, "Das ist zu groß.", "This is too large.", _REPORT_DE, _REPORT_EN),
    Code("not_canonical", "E", 400, "Die Nachricht ist nicht eindeutig geschrieben.",
         "The message is not written in its one form.", _REPORT_DE, _REPORT_EN),
    Code("bad_signature", "E", 401, "Die Unterschrift stimmt nicht.", "The signature does not verify.",
         _OPERATOR_DE, _OPERATOR_EN),
    Code("unknown_key", "E", 401, "Dieser Schlüssel ist nicht bekannt.", "This key is not known.",
         _OPERATOR_DE, _OPERATOR_EN),
    Code("weak_key", "E", 400, "Dieser Schlüssel ist unsicher.", "This key is weak.",
         "Lassen Sie einen neuen Schlüssel erzeugen.", "Have a new key made."),
    Code("revoked_key", "E", 401, "Dieser Schlüssel wurde widerrufen.", "This key was revoked.",
         "Sprechen Sie mit dem anderen Tauschring: was unter dem Schlüssel steht, kann von einem Dieb sein.",
         "Talk to the other ring: what stands under the key may be a thief's."),
    Code("threshold", "E", 401, "Es fehlen Unterschriften.", "Signatures are missing.",
         "Alle nötigen Betreiber müssen unterschreiben (ringtausch key sign); danach denselben Befehl noch einmal.",
         "All operators that are needed must sign (ringtausch key sign); then the same command again."),
    Code("wrong_type", "E", 400, "Das ist ein anderes Dokument.", "This is another document.", _REPORT_DE, _REPORT_EN),
    Code("bad_proof", "E", 400, "Der Nachweis passt nicht.", "The proof does not fit.", _REPORT_DE, _REPORT_EN),
    Code("quorum", "E", 401, "Es fehlen Gegenzeichnungen von Zeugen.", "Cosignatures of witnesses are missing.",
         "Holen Sie den Nachweis später noch einmal; Zeugen zeichnen nach und nach.",
         "Fetch the proof again later; witnesses sign one after the other."),
    Code("bad_tile", "E", 422, "Ein Stück des Protokolls passt nicht zum Rest.",
         "A tile of the log does not fit the rest.", _OPERATOR_DE, _OPERATOR_EN),
    Code("bad_entry", "E", 422, "Ein Eintrag des Protokolls ist nicht zu gebrauchen.",
         "An entry of the log cannot be used.", _OPERATOR_DE, _OPERATOR_EN),
    Code("unknown_log", "E", 404, "Dieses Protokoll wird hier nicht bezeugt.", "This log has no witness here.",
         _OPERATOR_DE, _OPERATOR_EN),
    Code("log_size", "E", 409, "Der Zeuge kennt einen anderen Stand des Protokolls.",
         "The witness knows the log at another size.", "Das wird von selbst noch einmal versucht.",
         "It is tried again by itself."),
    Code("bad_box", "E", 400, "Der verschlossene Teil lässt sich nicht öffnen.", "The sealed part does not open.",
         _REPORT_DE, _REPORT_EN),
    Code("bad_item", "E", 422, "Ein Teil der Nachricht ist nicht zu gebrauchen.",
         "A part of the message cannot be used.", _OPERATOR_DE, _OPERATOR_EN),
    Code("replay", "E", 409, "Diese Nachricht wurde schon einmal geschickt.", "This message was sent before.",
         "Sie müssen nichts tun.", "There is nothing to do."),
    Code("stale_request", "E", 409, "Diese Anfrage ist von einer anderen Zeit; die Uhren der Ringe gehen verschieden.",
         "This request is of another time; the clocks of the two rings differ.",
         "Stellen Sie die Uhr dieses Rechners.", "Set this machine's clock."),
    Code("bad_decision", "E", 409, "Die Entscheidung gehört nicht zu diesem Auftrag.",
         "The decision does not belong to this order.", _OPERATOR_DE, _OPERATOR_EN),
    Code("bad_answer", "E", 502, "Der andere Tauschring antwortet unverständlich.",
         "The other ring answers in a way we cannot use.", _OPERATOR_DE, _OPERATOR_EN),
    Code("wrong_net", "E", 409, "Die beiden Tauschringe gehören zu verschiedenen Verbünden.",
         "The two rings belong to different federations.",
         "Prüfen Sie die Einstellung „net“.", "Check the setting 'net'."),
    Code("wrong_ring", "E", 421, "Die Nachricht ist für einen anderen Tauschring.", "The message is for another ring.",
         "Prüfen Sie die Adresse.", "Check the address."),
    Code("wrong_epoch", "E", 409, "Die Verbindung wurde neu begonnen.", "The line was begun anew.",
         _OPERATOR_DE, _OPERATOR_EN),
    Code("unknown_peer", "E", 403, "Mit diesem Tauschring besteht keine Vereinbarung.",
         "There is no agreement with this ring.", "Laden Sie ihn ein.", "Invite it."),
    Code("not_confirmed", "E", 403, "Die Wörter sind noch nicht verglichen.", "The words have not been compared yet.",
         "Rufen Sie an und vergleichen Sie die zwölf Wörter.", "Phone and compare the twelve words."),
    Code("quarantined", "E", 409, "Die Verbindung ist angehalten.", "The line is stopped.", _OPERATOR_DE, _OPERATOR_EN),
    Code("recovering", "E", 503, "Der Tauschring stellt sich gerade aus einer Sicherung wieder her.",
         "The ring is recovering from a backup.",
         "Lesen geht; zahlen erst wieder, wenn er fertig ist.", "Reading works; paying does once it has finished."),
    Code("clock_doubtful", "E", 503, "Die Uhr dieses Tauschrings geht vermutlich falsch; er zahlt so lange nichts.",
         "This ring's clock is probably wrong; it pays nobody meanwhile.",
         "Das Büro stellt die Uhr richtig, oder bestätigt sie: „ringtausch clock confirm ORDNER“.",
         "The office sets the clock right, or confirms it: 'ringtausch clock confirm FOLDER'."),
    Code("hello_needed", "E", 401, "Die Verbindung muss neu begrüßt werden.", "A new hello is needed.",
         "Das geschieht von selbst.", "This happens by itself."),
    Code("bad_challenge", "E", 401, "Die Begrüßung passt nicht.", "The hello does not fit.",
         "Das geschieht von selbst noch einmal.", "It is repeated by itself."),
    Code("gap", "E", 409, "Es fehlt etwas davor.", "Something before it is missing.",
         "Das wird von selbst nachgereicht.", "It is sent again by itself."),
    Code("fenced", "E", 409, "Das stammt aus einem abgelösten Start.", "This comes from a start that was replaced.",
         _OPERATOR_DE, _OPERATOR_EN),
    Code("fork", "E", 422, "Der andere Tauschring hat an einer Stelle zweierlei unterschrieben.",
         "The other ring signed two things at one place.", _OPERATOR_DE, _OPERATOR_EN),
    Code("wrong_prev", "E", 422, "Die Nachrichten des anderen Tauschrings schließen nicht aneinander an.",
         "The other ring's messages do not follow each other.", _OPERATOR_DE, _OPERATOR_EN),
    Code("bad_ack", "E", 422, "Der andere Tauschring bestätigt, was es nicht gibt.",
         "The other ring acknowledges what does not exist.", _OPERATOR_DE, _OPERATOR_EN),
    Code("too_many_runs", "E", 409, "Die Verbindung braucht einen neuen Anfang.", "The line needs a new beginning.",
         _OPERATOR_DE, _OPERATOR_EN),
    Code("card_old", "E", 409, "Diese Karte ist durch eine neuere ersetzt.", "A newer card has replaced this one.",
         "Ein anderer Start dieses Rings hat neuere Schlüssel. Nehmen Sie dessen Ordner, oder stellen Sie mit den"
         " Wurzelschlüsseln eine neue Karte aus.",
         "Another start of this ring has newer keys. Use its folder, or issue a new card with the root keys."),
    Code("two_cards", "E", 409, "Es gibt zwei verschiedene Karten mit derselben Nummer.",
         "There are two different cards with the same number.", _CARD_DE, _CARD_EN),
    Code("card_skipped", "E", 409, "Vor dieser Karte fehlt eine.", "A card is missing before this one.",
         _CARD_DE, _CARD_EN),
    Code("card_prev", "E", 409, "Diese Karte folgt nicht auf die bekannte.",
         "This card does not follow the one that is known.", _CARD_DE, _CARD_EN),
    Code("card_changed", "E", 409, "Diese Karte ändert, was sich nie ändern darf: den Verbund oder die Adresse.",
         "This card changes what may never change: the federation or the address.", _CARD_DE, _CARD_EN),
    Code("root_commit", "E", 409, "Die Wurzelschlüssel dieser Karte sind nicht die vorher festgelegten.",
         "The root keys of this card are not those that were committed to.", _CARD_DE, _CARD_EN),
    Code("superseded", "E", 409, "Dieser Tauschring hat schon eine neuere Karte; hier läuft eine ältere.",
         "This ring has a newer card already; an older one runs here.",
         "Nehmen Sie den Ordner mit den neuen Schlüsseln, oder stellen Sie mit den Wurzelschlüsseln eine neue Karte aus"
         " (ringtausch key rotate).",
         "Use the folder with the new keys, or issue a new card with the root keys (ringtausch key rotate)."),
    Code("roster_old", "E", 409, "Dieses Verzeichnis ist älter als das, was schon bekannt ist.",
         "This roster is older than the one that is known already.",
         "Nehmen Sie das neueste Verzeichnis der Föderation.", "Use the federation's newest roster."),
    Code("two_rosters", "E", 409, "Unter einer Nummer gibt es zwei verschiedene Verzeichnisse.",
         "There are two different rosters under one number.",
         "Fragen Sie die Föderation, welches gilt, und woher das andere kommt.",
         "Ask the federation which one counts, and where the other comes from."),
    Code("unknown_order", "E", 409, "Dieser Auftrag ist hier nicht bekannt.", "This order is not known here.",
         _OPERATOR_DE, _OPERATOR_EN),
    Code("already_decided", "E", 409, "Dieser Auftrag ist schon entschieden.", "This order is already decided.",
         _OPERATOR_DE, _OPERATOR_EN),
    Code("unknown_recipient", "E", 404, "Diese Person gibt es im anderen Tauschring nicht.",
         "There is no such person in the other ring.", "Prüfen Sie den Namen.", "Check the name."),
    Code("unsupported", "E", 501, "Das versteht diese Fassung noch nicht.",
         "This version does not understand that yet.",
         "Bringen Sie die Software auf den neuen Stand.", "Update the software."),
    Code("unreachable", "E", 503, "Der andere Tauschring ist nicht zu erreichen.", "The other ring cannot be reached.",
         _AGAIN_DE, _AGAIN_EN),
    Code("invitation_unknown", "E", 403, "Diese Einladung gibt es nicht.", "There is no such invitation.",
         "Bitten Sie um eine neue.", "Ask for a new one."),
    Code("invitation_used", "E", 409, "Diese Einladung ist schon verbraucht.", "This invitation has been used.",
         "Bitten Sie um eine neue.", "Ask for a new one."),
    Code("invitation_expired", "E", 409, "Diese Einladung ist abgelaufen.", "This invitation has expired.",
         "Bitten Sie um eine neue.", "Ask for a new one."),
    Code("terms", "E", 409, "Die Bedingungen stimmen nicht mit der Einladung überein.",
         "The terms are not those of the invitation.", _OPERATOR_DE, _OPERATOR_EN),
    Code("own_ring", "E", 400, "Das ist Ihr eigener Tauschring.", "This is your own ring.",
         "Geben Sie die Einladung dem anderen Ring.", "Give the invitation to the other ring."),
    Code("line_ended", "E", 409, "Diese Verbindung ist beendet.", "This line has ended.",
         "Was noch offen ist, lässt sich zurückzahlen; für Neues braucht es eine neue Einladung.",
         "What is still open can be paid back; anything new needs a new invitation."),
    Code("winding_down", "E", 409, "Der Tauschring löst sich auf; nichts Neues beginnt mehr.",
         "The ring is winding down; nothing new begins any more.",
         "Was noch offen ist, lässt sich zurückzahlen.", "What is still open can be paid back."),
    Code("ring_closed", "E", 409,
         "Der Tauschring hat bescheinigt, dass alles vorbei ist; danach beginnt keine Verbindung mehr neu.",
         "The ring has certified that everything is over; no line is begun anew after that.",
         "Was dort noch offen sein soll, klären Sie mit dem Betreiber dort selbst.",
         "Whatever is said to be open there, settle it with the operator there yourselves."),
    Code("no_proposal", "E", 409, "Der andere Tauschring hat nichts vorgeschlagen.",
         "The other ring has proposed nothing.", "Bitten Sie ihn um einen Vorschlag.", "Ask it for a proposal."),
    Code("stale_terms", "E", 409, "Diese Bedingungen sind überholt.", "These terms are out of date.",
         "Das klärt sich mit den neuen von selbst.", "The newer ones replace them."),
    Code("known_peer", "E", 409, "Mit diesem Tauschring besteht schon eine Vereinbarung.",
         "There is already an agreement with this ring.",
         "Ist der alte Ring unter dieser Adresse verloren, muss dessen Verbindung aufgegeben werden. Eine aufgegebene"
         " lebt nicht wieder auf; was dort noch offen ist, klären die Betreiber miteinander.",
         "If the old ring under this address is lost, give up the line to it. A line that was given up does not come"
         " back; what is open there the operators settle with each other."),
    Code("wrong_words", "E", 409, "Die Wörter stimmen nicht überein.", "The words do not match.",
         "Rufen Sie an und vergleichen Sie noch einmal; stimmen sie nicht, nehmen Sie eine neue Einladung.",
         "Phone and compare again; if they differ, use a new invitation."),
    Code("illegal_move", "E", 500, "In der Software ist ein Fehler aufgetreten.",
         "Something went wrong in the software.", "Bitte melden Sie es.", "Please report it."),
    Code("address", "E", 400, "Diese Adresse kann nicht gelesen werden.", "This address cannot be read.",
         "Schreiben Sie name oder name@tauschring.", "Write name or name@ring."),
    Code("unit", "E", 400, "Diese Einheit geht nicht.", "This unit is not possible.",
         "hours, oder NAME:ANZAHL_JE_STUNDE:NACHKOMMASTELLEN; der kleinste Schritt muss ganze Sekunden haben.",
         "hours, or NAME:PER_HOUR:DECIMALS; the smallest step must be whole seconds."),
    Code("seed", "E", 500, "Ein Schlüssel ist unbrauchbar.", "A key cannot be used.",
         "Stellen Sie die Schlüssel aus der Sicherung wieder her.", "Restore the keys from the backup."),
    Code("salt", "E", 500, "In der Software ist ein Fehler aufgetreten.", "Something went wrong in the software.",
         "Bitte melden Sie es.", "Please report it."),
)  # fmt: skip

REFUSALS: dict[str, Code] = {code.name: code for code in _REFUSALS}
ERRORS: dict[str, Code] = {code.name: code for code in _ERRORS}
CODES: dict[str, Code] = {**REFUSALS, **ERRORS}
