# SPDX-License-Identifier: AGPL-3.0-or-later
"""What goes wrong between rings and with a ring's own keys and copies."""

from __future__ import annotations

from ringtausch_protocol.codes import Code

LINE_CODES = [
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
        "town_name", "E", 400,
        "So kann der andere Ring hier nicht heißen.", "The other ring cannot be called this here.",
        "Bis zu 40 Zeichen, ohne @; jeder Ring braucht einen eigenen Namen.",
        "Up to 40 characters, no @; each ring needs a name of its own.",
    ),
    Code(
        "forked", "E", 409,
        "Der andere Ring hält an einer Stelle andere Nachrichten von uns, als hier stehen.",
        "The other ring holds other messages of ours at one place than stand here.",
        "Läuft eine zweite Kopie dieses Rings? Telefonieren Sie mit dem Betreiber dort; gemeinsam geht „peer reset“.",
        "Does a second copy of this ring run? Phone the operator there; together you can use 'peer reset'.",
    ),
    Code(
        "edge_missing", "E", 409,
        "Ein Auftrag kam nach einer Wiederherstellung nur zur Hälfte zurück; diese Verbindung macht nichts Neues.",
        "Only half of an order came back after a restore; this line makes nothing new.",
        "Die Betreiber beider Ringe beginnen sie neu: „ringtausch peer reset ORDNER ADRESSE“.",
        "The operators of both rings begin it anew: 'ringtausch peer reset FOLDER ADDRESS'.",
    ),
    Code(
        "two_histories", "E", 409,
        "Der andere Ring hat zwei Fassungen seines Protokolls unterschrieben; der Beweis liegt in evidence/.",
        "The other ring signed two versions of its log; the proof lies in evidence/.",
        "Läuft dort eine Kopie, oder lügt jemand? Telefonieren Sie mit dem Betreiber; weiter geht es mit"
        " „ringtausch peer resume ORDNER ADRESSE“.",
        "Does a copy run there, or does somebody lie? Phone the operator; 'ringtausch peer resume FOLDER ADDRESS'"
        " goes on.",
    ),
    Code(
        "statement_differs", "E", 409,
        "Die beiden Ringe nennen für ihre Verbindung verschiedene Stände; sie ruht, bis die Büros sich einig sind.",
        "The two rings' statements of their line differ; it is paused until both offices agree.",
        "Was jeder sagt: „ringtausch peer statement ORDNER ADRESSE“. Telefonieren Sie; dann „peer reset“ für beide.",
        "What each says: 'ringtausch peer statement FOLDER ADDRESS'. Phone them; then 'peer reset' for both.",
    ),
    Code(
        "nothing_signed", "E", 409,
        "Für diese Verbindung haben noch nicht beide Ringe etwas unterschrieben.",
        "Both rings have not signed anything about this line yet.",
        "Das geschieht einmal am Tag von selbst, wenn etwas gezahlt wurde.",
        "That happens by itself, once a day when something was paid.",
    ),
    Code(
        "reset_proposed", "E", 409,
        "Für diese Verbindung ist ein neuer Anfang vorgeschlagen; der andere Ring hat noch nicht unterschrieben.",
        "A new beginning of this line is proposed; the other ring has not signed yet.",
        "Der Betreiber dort unterschreibt mit „ringtausch peer reset ORDNER ADRESSE --sign“. Hat jener Ring schon "
        "bescheinigt, dass alles vorbei ist, fällt der Vorschlag weg, sobald er das antwortet. Antwortet er nie mehr: "
        "„ringtausch peer give-up“.",
        "The operator there signs with 'ringtausch peer reset FOLDER ADDRESS --sign'. If that ring has already "
        "certified that everything is over, the proposal falls away as soon as it answers so. If it never answers "
        "again: 'ringtausch peer give-up'.",
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
        "not_an_invitation", "E", 400,
        "Das ist keine Einladung eines Rings.", "This is not an invitation of a ring.",
        "Nehmen Sie die Datei, die der andere Ring mit „ringtausch peer invite“ geschrieben hat.",
        "Use the file that the other ring has written with 'ringtausch peer invite'.",
    ),
    Code(
        "ring_url", "E", 400,
        "Unter der Adresse (url) in dieser Einladung lässt sich kein Ring anrufen.",
        "No ring can be called at the url in this invitation.",
        "Richtig wäre etwa https://eiche.example oder https://verein.example/eiche, ohne ? und #. Der andere Ring"
        " berichtigt seine Karte und schreibt eine neue Einladung.",
        "Right would be https://oak.example or https://club.example/oak, without ? and #. The other ring corrects its"
        " card and writes a new invitation.",
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
        "Starten Sie den Knoten neu, oder nehmen Sie sie zurück: ringtausch key withdraw ORDNER",
        "Start the node again, or take it back: ringtausch key withdraw FOLDER",
    ),
    Code(
        "nothing_pending", "E", 409,
        "Es ist keine neue Karte ausgestellt, die noch nicht gilt.",
        "No new card has been issued that does not count yet.",
        "Welche Karte gilt, zeigt: ringtausch key list ORDNER",
        "Which card counts is shown by: ringtausch key list FOLDER",
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
        "log_broken", "E", 500,
        "Das Protokoll des Rings ist beschädigt.", "The ring's log is damaged.",
        "Halten Sie den Knoten an und stellen Sie die Sicherung wieder her.", "Stop the node and restore the backup.",
    ),
    Code(
        "log_forked", "E", 500,
        "ring.sqlite und lock.sqlite widersprechen einander: eine der beiden Dateien ist eine alte Kopie.",
        "ring.sqlite and lock.sqlite contradict each other: one of the two files is an old copy.",
        "Unterschrieben wird nichts. Legen Sie die andere Datei zurück, oder sagen Sie „ringtausch recover ORDNER "
        "--old-copy“; dann beginnt der Ring ein neues Protokoll.",
        "Nothing is signed. Put the other file back, or say 'ringtausch recover FOLDER --old-copy'; the ring then "
        "begins a new log.",
    ),
    Code(
        "no_checkpoint", "E", 404,
        "Dieses Protokoll hat dafür noch keinen unterschriebenen Stand.",
        "This log has no signed checkpoint for that yet.",
        "Solange sich ein Ring wiederherstellt, unterschreibt er keinen. Versuchen Sie es danach noch einmal.",
        "A ring that recovers signs none. Try again afterwards.",
    ),
]  # fmt: skip
