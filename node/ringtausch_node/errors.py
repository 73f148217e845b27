# SPDX-License-Identifier: AGPL-3.0-or-later
"""The codes of the node and their words: one table for every edge (HTTP, control socket, command line).

The protocol brings the codes that rings say to each other; here stand those that only a node and its people meet.
A use case raises `LocalError` (we were used wrongly) or `RemoteError` (a peer misbehaved) with a code of this table;
an edge asks for its status, its words and what to do next, and decides nothing itself.
"""

from __future__ import annotations

from ringtausch_protocol.codes import CODES as PROTOCOL_CODES
from ringtausch_protocol.codes import Code
from ringtausch_protocol.errors import LocalError, RemoteError, RingtauschError

__all__ = ["CODES", "NODE_CODES", "Code", "LocalError", "RemoteError", "RingtauschError", "code_of", "problem", "words"]

#: The media type of RFC 9457.
PROBLEM_TYPE = "application/problem+json"

#: Codes of bugs: a use case asked another room for what cannot be. A member can do nothing about them.
_OUR_FAULTS = (
    "account_exists", "constraint", "hold_not_open", "unknown_account", "unknown_transfer",
)  # fmt: skip


def _our_fault(name: str) -> Code:
    return Code(
        name, "E", 500, "Im Knoten ist ein Fehler aufgetreten.", "Something went wrong inside the node.",
        "Es wurde nichts halb ausgeführt; bitte melden Sie es uns.", "Nothing was half done; please report it.",
    )  # fmt: skip


_NODE = [
    Code(
        "folder_missing", "E", 404,
        "Hier liegt kein Ring.", "There is no ring here.",
        "Prüfen Sie den Pfad, oder legen Sie den Ring mit „ringtausch init“ an.",
        "Check the path, or create the ring with 'ringtausch init'.",
    ),
    Code(
        "folder_not_empty", "E", 409,
        "Der Ordner ist nicht leer.", "The folder is not empty.",
        "Wählen Sie einen neuen oder leeren Ordner; ein vorhandener Ring wird nie überschrieben.",
        "Choose a new or empty folder; an existing ring is never overwritten.",
    ),
    Code(
        "folder_not_made", "E", 500,
        "Der Ordner ließ sich nicht anlegen; es ist nichts davon liegen geblieben.",
        "The folder could not be made; nothing of it was left behind.",
        "Ist der Datenträger voll, oder fehlen Rechte? Danach geben Sie denselben Befehl noch einmal.",
        "Is the disk full, or are permissions missing? Then give the same command again.",
    ),
    Code(
        "folder_in_use", "E", 503,
        "Dieser Ring ist schon geöffnet.", "This ring is already open.",
        "Ein Ordner gehört genau einem Knoten. Warten Sie, bis der andere Befehl fertig ist, oder beenden Sie ihn.",
        "A folder belongs to exactly one node. Wait until the other command has finished, or stop it.",
    ),
    Code(
        "restored", "R", 409,
        "Der Ring kam aus einer Sicherung zurück, als diese Zahlung noch wartete; sie wurde nicht gemacht.",
        "This payment was still waiting when the ring was restored from a backup; it was not made.",
        "Die Stunden sind wieder frei. Zahlen Sie noch einmal, wenn Sie wollen.",
        "The hours are free again. Pay again if you wish.",
    ),
    Code(
        "reset", "R", 409,
        "Die Verbindung zum anderen Ring hat neu begonnen; diese Zahlung wurde dabei fallen gelassen.",
        "The line to the other ring was begun anew; this payment was dropped.",
        "Die Stunden sind wieder frei. Fragen Sie das Büro, ehe Sie noch einmal zahlen.",
        "The hours are free again. Ask the office before you pay again.",
    ),
    Code(
        "given_up", "R", 409,
        "Der andere Ring ist verloren gegangen; diese Zahlung konnte niemand mehr entscheiden.",
        "The other ring was lost; nobody was left who could decide this payment.",
        "Die Stunden sind wieder frei.", "The hours are free again.",
    ),
    Code(
        "not_given_up", "E", 409,
        "Diese Verbindung ist nicht aufgegeben.", "This line was not given up.",
        "Erst „ringtausch peer give-up ORDNER ADRESSE“, wenn es den anderen Ring nicht mehr gibt.",
        "First 'ringtausch peer give-up FOLDER ADDRESS', if the other ring is no more.",
    ),
    Code(
        "reset_proposed", "E", 409,
        "Für diese Verbindung ist ein neuer Anfang vorgeschlagen; der andere Ring hat noch nicht unterschrieben.",
        "A new beginning of this line is proposed; the other ring has not signed yet.",
        "Der Betreiber dort unterschreibt mit „ringtausch peer reset ORDNER ADRESSE --sign“.",
        "The operator there signs with 'ringtausch peer reset FOLDER ADDRESS --sign'.",
    ),
    Code(
        "replaced", "E", 409,
        "Eine zweite Kopie dieses Rings läuft woanders; diese hier unterschreibt nichts mehr und bleibt angehalten.",
        "Another copy of this ring runs elsewhere; this one signs nothing more and stays stopped.",
        "Welche ist die richtige? Halten Sie die andere an; ist es diese: „ringtausch recover ORDNER --this-copy“.",
        "Which is the right one? Stop the other; if it is this one: 'ringtausch recover FOLDER --this-copy'.",
    ),
    Code(
        "not_replaced", "E", 409,
        "Diese Kopie ist nicht angehalten.", "This copy is not stopped.",
        "Sie müssen nichts tun.", "There is nothing to do.",
    ),
    Code(
        "file_exists", "E", 409,
        "Diese Datei gibt es schon.", "This file exists already.",
        "Wählen Sie einen anderen Namen; es wird nie eine Datei überschrieben.",
        "Choose another name; no file is ever overwritten.",
    ),
    Code(
        "not_a_backup", "E", 400,
        "Das ist keine Sicherung eines Rings.", "This is not a backup of a ring.",
        "Nehmen Sie eine Datei, die „ringtausch backup“ geschrieben hat.",
        "Use a file that 'ringtausch backup' has written.",
    ),
    Code(
        "not_an_invitation", "E", 400,
        "Das ist keine Einladung eines Rings.", "This is not an invitation of a ring.",
        "Nehmen Sie die Datei, die der andere Ring mit „ringtausch peer invite“ geschrieben hat.",
        "Use the file that the other ring has written with 'ringtausch peer invite'.",
    ),
    Code(
        "backup_broken", "E", 500,
        "Die Sicherung ist beschädigt.", "The backup is damaged.",
        "Nehmen Sie eine andere; diese hier darf nicht verwendet werden.",
        "Use another one; this one must not be used.",
    ),
    Code(
        "not_awaited", "E", 409,
        "Auf diesen Ring wird nicht gewartet.", "This ring is not awaited.",
        "„ringtausch recover ORDNER“ zeigt, worauf gewartet wird.",
        "'ringtausch recover FOLDER' shows what is awaited.",
    ),
    Code(
        "not_waiting", "E", 409,
        "Auf dem Konto „recovered“ wartet nichts mit diesem Namen.",
        "Nothing of this name waits on the account 'recovered'.",
        "„ringtausch recovered list ORDNER“ zeigt, was wartet.",
        "'ringtausch recovered list FOLDER' shows what waits.",
    ),
    Code(
        "folder_unusable", "E", 500,
        "Im Ordner des Rings fehlt etwas, oder es ist nicht lesbar.",
        "Something in the ring's folder is missing or unreadable.",
        "Prüfen Sie die Rechte; fehlt die genannte Datei oder ist sie beschädigt, holen Sie den Ring aus der Sicherung "
        "in einen neuen Ordner zurück („ringtausch restore“).",
        "Check the permissions; if the file named is missing or damaged, bring the ring back from the backup into a "
        "new folder ('ringtausch restore').",
    ),
    Code(
        "config", "E", 400,
        "Eine Einstellung stimmt nicht.", "A setting is wrong.",
        "Berichtigen Sie sie (bei einem Ring, den es gibt, in config.toml) und versuchen Sie es noch einmal.",
        "Correct it (for a ring that exists, in config.toml) and try again.",
    ),
    Code(
        "listen_failed", "E", 500,
        "Der Knoten kann an dieser Adresse nicht lauschen.", "The node cannot listen on this address.",
        "Ist die Adresse (listen) schon belegt? Wählen Sie eine andere oder beenden Sie das andere Programm.",
        "Is the address (listen) in use? Choose another or stop the other program.",
    ),
    Code(
        "node_unreachable", "E", 503,
        "Der Knoten ist nicht zu erreichen.", "The node cannot be reached.",
        "Läuft er („ringtausch state ORDNER“)? Versuchen Sie es gleich noch einmal.",
        "Is it running ('ringtausch state FOLDER')? Try again in a moment.",
    ),
    Code(
        "storage_failed", "E", 503,
        "Die Datenbank konnte nicht sicher schreiben.", "The database could not write safely.",
        "Ist der Datenträger voll oder defekt? Danach sagt der Knoten selbst, was gebucht ist.",
        "Is the disk full or broken? Afterwards the node itself says what was booked.",
    ),
    Code(
        "database_damaged", "E", 500,
        "Das ist keine Datenbank, oder sie ist beschädigt.", "This is no database, or it is damaged.",
        "Lassen Sie die Datei, wie sie ist, und holen Sie den Ring aus der Sicherung in einen neuen Ordner zurück "
        "(„ringtausch restore“).",
        "Leave the file as it is, and bring the ring back from the backup into a new folder ('ringtausch restore').",
    ),
    Code(
        "internal", "E", 500,
        "Im Knoten ist ein Fehler aufgetreten.", "Something went wrong inside the node.",
        "Es wurde nichts halb ausgeführt. Das Protokoll des Knotens nennt die Stelle; bitte melden Sie sie uns.",
        "Nothing was half done. The node's log names the place; please report it.",
    ),
    Code(
        "not_shown", "E", 500,
        "Der Befehl ist ausgeführt, nur ließ sich sein Ergebnis nicht ausgeben.",
        "The command was carried out, only its result could not be written.",
        "Ist der Datenträger voll? Die Zahlung zeigt „ringtausch payment ORDNER NUMMER“; zahlen Sie nicht neu.",
        "Is the disk full? 'ringtausch payment FOLDER ID' shows a payment; do not pay again.",
    ),
    Code(
        "usage", "E", 400,
        "So kann der Befehl nicht ausgeführt werden.", "The command cannot be carried out like this.",
        "Die Hilfe zeigt, was möglich ist: „--help“.",
        "The help shows what is possible: '--help'.",
    ),
    Code(
        "unauthorized", "E", 401,
        "Dieser Zugang gilt nicht.", "This access is not valid.",
        "Lassen Sie sich vom Büro einen neuen Zugang geben.",
        "Ask the office for a new one.",
    ),
    Code(
        "too_many_requests", "T", 429,
        "Das sind zu viele Anfragen auf einmal.", "These are too many requests at once.",
        "Warten Sie einen Augenblick, Programme so lange, wie „Retry-After“ es sagt.",
        "Wait a moment; programs as long as 'Retry-After' says.",
    ),
    Code(
        "not_found", "E", 404,
        "Das gibt es hier nicht.", "There is no such thing here.",
        "Prüfen Sie die Schreibweise.",
        "Check the spelling.",
    ),
    Code(
        "unknown_member", "E", 404,
        "Dieses Mitglied gibt es hier nicht.", "There is no such member here.",
        "Prüfen Sie das Kürzel; „ringtausch member list ORDNER“ zeigt alle.",
        "Check the handle; 'ringtausch member list FOLDER' shows all of them.",
    ),
    Code(
        "handle_taken", "E", 409,
        "Dieses Kürzel ist vergeben.", "This handle is taken.",
        "Wählen Sie ein anderes; Kürzel werden nie ein zweites Mal vergeben.",
        "Choose another; a handle is never given twice.",
    ),
    Code(
        "label", "E", 400, "Diese Bezeichnung geht nicht.", "This label cannot be used.",
        "Höchstens 40 Zeichen, ohne Steuerzeichen.", "At most 40 characters, no control characters.",
    ),
    Code(
        "helper_unfit", "R", 409,
        "Diese Person kann hier nicht als Vertrauensperson handeln.", "This person cannot act as a helper here.",
        "Wählen Sie ein anderes aktives Mitglied, das nicht am selben Konto ist und nicht nur prüft.",
        "Choose another active member, not on the same account and not an auditor.",
    ),
    Code(
        "too_many_helpers", "R", 409,
        "Für dieses Konto handeln schon so viele, wie es geht.", "As many as possible act for this account already.",
        "Beenden Sie zuerst eine Vertretung, die ruhen kann.", "End a help that is no longer needed first.",
    ),
    Code(
        "payments_open", "R", 409,
        "Auf diesem Konto ist noch eine Zahlung unterwegs.", "A payment of this account is still on its way.",
        "Warten Sie ihr Ende ab, oder nehmen Sie sie zurück („payment cancel“); was in Klärung ist, kommt zuerst dran.",
        "Wait for its end, or take it back ('payment cancel'); what is in doubt is settled first ('doubt settle').",
    ),
    Code(
        "balance_not_zero", "R", 409, "Das Konto ist nicht ausgeglichen.", "The account is not at zero.",
        "Erst ausgleichen, oder den Rest mit „--rest-to KONTO“ an ein Gemeinschaftskonto geben.",
        "Bring it to zero first, or give the rest to a community account with '--rest-to ACCOUNT'.",
    ),
    Code(
        "account_shared", "R", 409,
        "Andere behalten dieses Konto; von ihm bleibt kein Rest.", "Others keep this account; no rest is left of it.",
        "Lassen Sie den Rest weg: das Mitglied geht, das Konto bleibt.", "Leave the rest out: the account stays.",
    ),
    Code(
        "member_name", "E", 400,
        "Dieser Name geht nicht.", "This name cannot be used.",
        "1 bis 80 Zeichen, ohne Steuerzeichen.",
        "1 to 80 characters, no control characters.",
    ),
    Code(
        "role", "E", 400,
        "Diese Rolle gibt es nicht.", "There is no such role.",
        "member, office, operator oder auditor.",
        "member, office, operator or auditor.",
    ),
    Code(
        "limits", "E", 400,
        "Diese Grenzen gehen nicht.", "These limits cannot be used.",
        "Die untere Grenze ist 0 oder kleiner, die obere 0 oder größer.",
        "The lower limit is 0 or less, the upper 0 or more.",
    ),
    Code(
        "no_doubt", "E", 409,
        "Bei dieser Zahlung ist nichts zu klären.", "There is nothing to settle with this payment.",
        "„ringtausch doubt list ORDNER“ zeigt, was offen ist.",
        "'ringtausch doubt list FOLDER' shows what is open.",
    ),
    Code(
        "already_reversed", "R", 409,
        "Diese Zahlung wurde schon zurückgegeben.", "This payment has been given back already.",
        "Sie müssen nichts tun.", "There is nothing to do.",
    ),
    Code(
        "csv", "E", 400,
        "Die Liste kann so nicht übernommen werden; es wurde nichts übernommen.",
        "The list cannot be taken over like this; nothing was taken over.",
        "Berichtigen Sie die genannten Zeilen und importieren Sie die ganze Liste noch einmal.",
        "Correct the lines named and import the whole list again.",
    ),
    Code(
        "file_unreadable", "E", 400,
        "Die Datei ist nicht lesbar.", "The file cannot be read.",
        "Prüfen Sie Pfad und Rechte.",
        "Check the path and its permissions.",
    ),
    Code(
        "file_unwritable", "E", 400,
        "Die Datei lässt sich nicht schreiben.", "The file cannot be written.",
        "Gibt es den Ordner, sind seine Rechte richtig, und ist Platz?",
        "Does the folder exist, are its permissions right, and is there room?",
    ),
    Code(
        "limit_lower", "R", 409,
        "Dafür reicht das Guthaben nicht: die untere Grenze wäre überschritten.",
        "The balance is not enough: the lower limit would be passed.",
        "Zahlen Sie weniger, oder geben Sie erst wieder Stunden.", "Pay less, or give some hours first.",
    ),
    Code(
        "limit_upper", "R", 409,
        "Damit wäre die obere Grenze des Empfängers überschritten.", "This would pass the payee's upper limit.",
        "Das Mitglied sollte erst Stunden ausgeben; sprechen Sie mit dem Büro.",
        "The member should spend some hours first; talk to the office.",
    ),
    Code(
        "own_account", "F", 400,
        "Absender und Empfänger sind dasselbe Konto.", "Payer and payee are the same account.",
        "Prüfen Sie den Empfänger.", "Check the payee.",
    ),
    Code(
        "memo", "E", 400,
        "Der Verwendungszweck ist zu lang oder enthält Steuerzeichen.",
        "The memo is too long or has control characters.",
        "Kürzen Sie ihn auf eine Zeile.", "Shorten it to one line.",
    ),
    Code(
        "note", "E", 400,
        "Diese Notiz geht nicht.", "This note cannot be used.",
        "Eine Zeile mit 1 bis 400 Zeichen, ohne Steuerzeichen.",
        "One line of 1 to 400 characters, no control characters.",
    ),
    Code(
        "invoice_closed", "R", 409,
        "Diese Rechnung ist nicht mehr offen.", "This invoice is not open any more.",
        "„ringtausch invoice show“ sagt, was aus ihr wurde.", "'ringtausch invoice show' says what became of it.",
    ),
    Code(
        "too_soon", "R", 409,
        "Daran wurde vor weniger als einem Tag erinnert.", "A reminder was sent less than a day ago.",
        "Warten Sie bis morgen, oder rufen Sie an.", "Wait until tomorrow, or phone.",
    ),
    Code(
        "too_many_invoices", "R", 409,
        "Es sind schon so viele Rechnungen offen, wie es geht.", "As many invoices as possible are open already.",
        "Nehmen Sie zurück, was niemand mehr bezahlen soll.", "Take back what nobody needs to pay any more.",
    ),
    Code(
        "days", "E", 400,
        "Diese Frist geht nicht.", "This number of days is not possible.",
        "1 bis 366 Tage.", "1 to 366 days.",
    ),
    Code(
        "decline", "E", 400,
        "Diesen Grund gibt es nicht.", "There is no such reason.",
        "wrong_person, wrong_amount, not_received, settled_otherwise oder other.",
        "wrong_person, wrong_amount, not_received, settled_otherwise or other.",
    ),
    Code(
        "no_note", "R", 409,
        "Zu dieser Zahlung kann noch nichts oder nichts mehr geschrieben werden.",
        "Nothing can be written about this payment yet, or any more.",
        "Sie ist noch nicht abgeschickt, oder sie kam nicht zustande.", "It has not left yet, or it was not made.",
    ),
    Code(
        "too_many_notes", "R", 409,
        "Zu dieser Zahlung wurde schon genug geschrieben.", "Enough has been written about this payment.",
        "Rufen Sie an, oder schreiben Sie auf anderem Weg.", "Phone, or write in another way.",
    ),
    Code(
        "mail_full", "T", 409,
        "Es warten schon zu viele Nachrichten.", "Too many messages are waiting already.",
        "Versuchen Sie es später noch einmal.", "Try again later.",
    ),
    Code(
        "payment_id", "E", 400,
        "Das ist keine Nummer einer Zahlung.", "This is not the number of a payment.",
        "22 Zeichen (base64url) oder eine UUID.", "22 characters (base64url), or a UUID.",
    ),
    Code(
        "wrong_keys", "E", 500,
        "Die Schlüssel im Ordner gehören nicht zur Karte des Rings.",
        "The keys in the folder are not those of the ring's card.",
        "Stellen Sie keys/ und card.json aus derselben Sicherung wieder her.",
        "Restore keys/ and card.json from the same backup.",
    ),
    Code(
        "root_missing", "E", 409,
        "Dafür braucht es die Wurzelschlüssel, und sie liegen nicht (mehr) in diesem Ordner.",
        "This needs the root keys, and they do not lie in this folder (any more).",
        "Holen Sie Stick oder Blatt aus der Schublade: --root DATEI (root.json oder das abgetippte Blatt).",
        "Fetch the stick or the sheet from its drawer: --root FILE (root.json, or the sheet typed in).",
    ),
    Code(
        "root_wrong", "E", 409,
        "Das sind nicht die Wurzelschlüssel dieses Rings, oder nicht die jetzt gültigen.",
        "These are not the root keys of this ring, or not those in force now.",
        "Nehmen Sie das Blatt oder die Datei vom letzten Wechsel der Wurzelschlüssel.",
        "Use the sheet or the file of the last change of the root keys.",
    ),
    Code(
        "root_file", "E", 400,
        "In dieser Datei stehen keine Wurzelschlüssel.", "There are no root keys in this file.",
        "Nehmen Sie root.json oder das abgetippte Blatt.", "Use root.json, or the sheet typed in.",
    ),
    Code(
        "root_inside", "E", 400,
        "Diese Datei läge noch im Ordner des Knotens.", "This file would still be inside the node's folder.",
        "Nehmen Sie einen anderen Ort, am besten einen Stick.", "Choose another place, a stick at best.",
    ),
    Code(
        "sheet_line", "E", 400,
        "Auf dem Blatt stimmt eine Zeile nicht, sie fehlt oder steht zweimal da.",
        "A line of the sheet is wrong or missing, or stands there twice.",
        "Vergleichen Sie die genannte Zeile Buchstabe für Buchstabe mit dem Blatt.",
        "Compare the line that is named with the sheet, letter by letter.",
    ),
    Code(
        "card_pending", "E", 409,
        "Eine neue Karte ist schon ausgestellt und gilt ab dem nächsten Start.",
        "A new card has been issued already and counts from the next start.",
        "Starten Sie den Knoten neu; danach lässt sich die nächste ausstellen.",
        "Start the node again; after that the next one can be issued.",
    ),
    Code(
        "operators", "E", 400,
        "So viele Unterschriften können diese Betreiber nicht leisten, oder ein Schlüssel steht schon da.",
        "These operators cannot give so many signatures, or a key is there already.",
        "Die Schwelle liegt zwischen 1 und der Zahl der Betreiber (ringtausch key list).",
        "The threshold lies between 1 and the number of operators (ringtausch key list).",
    ),
    Code(
        "key_unknown", "E", 404,
        "Diesen Schlüssel kennt der Ring nicht.", "The ring does not know this key.",
        "Alle Schlüssel zeigt: ringtausch key list ORDNER", "All keys are shown by: ringtausch key list FOLDER",
    ),
    Code(
        "key_file", "E", 400,
        "In dieser Datei steht kein Betreiberschlüssel.", "There is no operator's key in this file.",
        "Einen neuen macht: ringtausch key make --out DATEI", "A new one is made by: ringtausch key make --out FILE",
    ),
    Code(
        "node_runs", "E", 409,
        "Der Knoten läuft noch und unterschreibt mit den Schlüsseln, die widerrufen werden sollen.",
        "The node still runs and signs with the keys that are to be revoked.",
        "Halten Sie ihn an, widerrufen Sie, und starten Sie ihn neu.", "Stop it, revoke, and start it again.",
    ),
    Code(
        "nothing_to_sign", "E", 409,
        "Es liegt nichts zum Unterschreiben bereit.", "Nothing waits to be signed.",
        "Das ist gut so.", "That is fine.",
    ),
    Code(
        "schema", "E", 500,
        "Die Datenbank passt nicht zu diesem Programm.", "The database does not fit this program.",
        "Sie stammt von einer neueren Fassung: bringen Sie das Programm auf den neuen Stand.",
        "It was written by a newer version: update the program.",
    ),
    Code(
        "log_broken", "E", 500,
        "Das Protokoll des Rings ist beschädigt.", "The ring's log is damaged.",
        "Halten Sie den Knoten an und stellen Sie die Sicherung wieder her.", "Stop the node and restore the backup.",
    ),
    *(_our_fault(name) for name in _OUR_FAULTS),
]  # fmt: skip

NODE_CODES: dict[str, Code] = {code.name: code for code in _NODE}
CODES: dict[str, Code] = {**PROTOCOL_CODES, **NODE_CODES}


def code_of(name: str) -> Code:
    """The row of a code; a name that is not in the table is our fault and reads as `internal`."""
    return CODES.get(name, NODE_CODES["internal"])


def words(name: str, lang: str) -> str:
    """What happened and what to do next, in German ("de") or English (anything else)."""
    code = code_of(name)
    parts = (code.de, code.next_de) if lang == "de" else (code.en, code.next_en)
    return " ".join(part for part in parts if part)


def problem(name: str, detail: str, lang: str) -> dict[str, object]:
    """A problem document (RFC 9457). `detail` is ours, in English, and never holds personal data.

    `title` and `next` are for a person, `code` is for programs and never changes; `type` says that there is no page.
    """
    code = code_of(name)
    document: dict[str, object] = {
        "type": "about:blank",
        "title": code.de if lang == "de" else code.en,
        "status": code.status,
        "code": code.name,
        "next": code.next_de if lang == "de" else code.next_en,
    }
    if detail:
        document["detail"] = detail
    return document
