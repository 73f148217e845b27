# SPDX-License-Identifier: AGPL-3.0-or-later
"""What operators meet at their machine: folders, files, disks, commands."""

from __future__ import annotations

from ringtausch_protocol.codes import Code

MACHINE_CODES = [
    Code(
        "query", "E", 400,
        "Ein Wert der Anfrage geht nicht.", "A value of the request cannot be used.",
        "Wo eine Liste weitergeht, sagt ihr „next“; alles andere steht in der Beschreibung (/api/v1/openapi.json).",
        "Where a list goes on its 'next' says; all else stands in the description (/api/v1/openapi.json).",
    ),
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
        "roster_unsigned", "E", 409,
        "Dem Verzeichnis fehlen Unterschriften der Föderation.", "The roster lacks signatures of the federation.",
        "Lassen Sie die anderen, die einen Schlüssel der Föderation haben, unterschreiben: „ringtausch roster sign“.",
        "Have the others who hold a key of the federation sign it with 'ringtausch roster sign'.",
    ),
    Code(
        "roster_invalid", "E", 422,
        "Das ist kein gültiges Verzeichnis.", "This is no valid roster.",
        "Holen Sie es noch einmal bei der Föderation; wer es verändert, braucht ihre Schlüssel.",
        "Get it from the federation again; whoever changes it needs its keys.",
    ),
    Code(
        "roster_key", "E", 409,
        "Dieser Schlüssel gehört nicht zu diesem Verzeichnis.", "This key is none of this roster's.",
        "Nehmen Sie den Schlüssel, der beim Anlegen genannt war; „roster make --with“ nimmt einen neuen auf.",
        "Use the key that was named when it was made; 'ringtausch roster make --with' takes in another.",
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
        "backup_broken", "E", 500,
        "Die Sicherung ist beschädigt.", "The backup is damaged.",
        "Nehmen Sie eine andere; diese hier darf nicht verwendet werden.",
        "Use another one; this one must not be used.",
    ),
    Code(
        "passphrase_needed", "E", 400,
        "Diese Sicherung ist verschlossen.", "This backup is sealed.",
        "Nötig ist das Kennwort, oder die zehn Wörter, mit denen sie gemacht wurde (--passphrase-file DATEI oder -).",
        "Give the passphrase or the ten words with which it was made (--passphrase-file FILE or -).",
    ),
    Code(
        "passphrase_wrong", "E", 403,
        "Mit diesem Kennwort lässt sich die Sicherung nicht öffnen.", "This passphrase does not open the backup.",
        "Prüfen Sie, ob es zu dieser Datei gehört; Groß und klein zählen, nur bei den zehn Wörtern nicht.",
        "Check that it belongs to this file; capital letters count, but not in the ten words.",
    ),
    Code(
        "passphrase_short", "E", 400,
        "Dieses Kennwort ist zu kurz oder zu lang.", "This passphrase is too short or too long.",
        "Nehmen Sie 12 bis 1 000 Zeichen, oder die zehn vorgeschlagenen Wörter.",
        "Use 12 to 1 000 characters, or the ten words that are proposed.",
    ),
    Code(
        "audit_failed", "E", 500,
        "Die Prüfung kam zu keinem Ende.", "The audit came to no end.",
        "Versuchen Sie es noch einmal; hilft das nicht, prüfen Sie mit „ringtausch audit“ auf einem anderen Rechner.",
        "Try again; if that does not help, audit with 'ringtausch audit' on another machine.",
    ),
    Code(
        "pdf_missing", "E", 501,
        "Dieser Tauschring kann selbst keine PDF-Dateien machen.", "This ring cannot make PDF files itself.",
        "Drucken Sie die Seite mit dem Browser; dort lässt sie sich auch als PDF speichern. Wer den Rechner betreut: "
        "pip install 'ringtausch[pdf]' und apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0.",
        "Print the page with your browser, which can also save it as PDF. Whoever looks after the machine: "
        "pip install 'ringtausch[pdf]' and apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0.",
    ),
    Code(
        "pdf_slow", "E", 503,
        "Die PDF-Datei wurde nicht rechtzeitig fertig.", "The PDF file was not finished in time.",
        "Versuchen Sie es in einer Minute noch einmal, oder drucken Sie die Seite mit dem Browser.",
        "Try again in a minute, or print the page with your browser.",
    ),
    Code(
        "pdf_failed", "E", 500,
        "Die PDF-Datei ließ sich nicht machen.", "The PDF file could not be made.",
        "Drucken Sie die Seite mit dem Browser; dort lässt sie sich auch als PDF speichern.",
        "Print the page with your browser, which can also save it as PDF.",
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
        "signed_amount", "E", 400,
        "Dieser Betrag geht nicht.", "This amount is not possible.",
        "Geben Sie einen Betrag ein; er darf auch 0 sein oder ein Minus davor haben, zum Beispiel 1,5 oder -1:30.",
        "Enter an amount; it may be 0, or have a minus before it, for example 1.5 or -1:30.",
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
        "schema", "E", 500,
        "Die Datenbank passt nicht zu diesem Programm.", "The database does not fit this program.",
        "Sie stammt von einer neueren Fassung: bringen Sie das Programm auf den neuen Stand.",
        "It was written by a newer version: update the program.",
    ),
]  # fmt: skip
