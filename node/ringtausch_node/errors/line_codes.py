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
        "claims_left", "E", 409,
        "Noch nicht alle Verbindungen sind vorbei.", "Not all lines are over yet.",
        "„ringtausch wind-down ORDNER“ zeigt, was offen ist und wie es endet.",
        "'ringtausch wind-down FOLDER' shows what is left and how it ends.",
    ),
    Code(
        "reset_open", "E", 409,
        "Für eine Verbindung ist ein neuer Anfang vorgeschlagen, den noch nicht beide Ringe unterschrieben haben.",
        "A new beginning of a line is proposed, and not signed by both rings yet.",
        "Erst unterschreiben beide, oder Sie geben die Verbindung auf. Was vorliegt, zeigt „ringtausch peer reset "
        "ORDNER ADRESSE“.",
        "First both sign it, or you give the line up. 'ringtausch peer reset FOLDER ADDRESS' shows what there is.",
    ),
    Code(
        "not_waived", "E", 409,
        "Wir geben damit einen anderen Betrag auf, als gesagt wurde.",
        "By this we give up another amount than was said.",
        "Nichts ist unterschrieben. In Klammern steht, wie viel es ist; so bestätigen Sie es: --waive BETRAG.",
        "Nothing is signed. The amount stands in brackets; confirm it with --waive AMOUNT.",
    ),
    Code(
        "ring_closed", "E", 409,
        "Dieser Ring hat bescheinigt, dass alles vorbei ist; danach beginnt keine Verbindung mehr neu.",
        "This ring has certified that everything is over; no line is begun anew after that.",
        "Was dort noch offen sein soll, klären Sie mit dem Betreiber dort selbst.",
        "Whatever is said to be open there, settle it with the operator there yourselves.",
    ),
    Code(
        "no_taker", "E", 409,
        "Dieser Ring kann das nicht übernehmen, oder nicht so viel.",
        "This ring cannot take that over, or not so much.",
        "Es geht, wenn der eine Ring uns etwas zu geben hat und wir dem anderen; höchstens so viel, wie beides ist.",
        "It works where one ring owes us and we owe the other; at most as much as both are.",
    ),
    Code(
        "claim_turned", "E", 409,
        "So herum ist zwischen diesen Ringen nichts offen: Wer hier bekommen soll, hat jetzt uns zu geben.",
        "It is the other way round between these rings: who is to be owed owes us now.",
        "Nichts wurde geschickt. Sehen Sie nach, was jetzt offen ist: „ringtausch wind-down ORDNER“.",
        "Nothing was sent. Look what is open now: 'ringtausch wind-down FOLDER'.",
    ),
    Code(
        "not_agreed", "E", 409,
        "Noch haben nicht beide Ringe zugestimmt. Einer ist jetzt gefragt.",
        "Not both rings have agreed yet. One of them is asked now.",
        "Erst wird gefragt, wer übernimmt, danach, wer zu bekommen hat. Rufen Sie dort an, und versuchen Sie es danach "
        "noch einmal.",
        "First the ring is asked that takes over, then the one that is owed. Ring them up, then try again.",
    ),
    Code(
        "nothing_asked", "E", 409,
        "Danach fragt niemand mehr, oder jetzt nach einem anderen Betrag.",
        "Nobody asks for that any more, or for another amount now.",
        "Sehen Sie nach, was jetzt gefragt ist: „ringtausch assignment list ORDNER“.",
        "Look what is asked now: 'ringtausch assignment list FOLDER'.",
    ),
    Code(
        "seen_lately", "E", 409,
        "Dieser Ring war in den letzten sieben Tagen noch da.", "This ring was there within the last seven days.",
        "Wer wiederkommt, hat danach andere Bücher als Sie. Sind Sie sicher: dasselbe mit --although-seen.",
        "If it comes back, its books differ from yours. If you are sure: the same with --although-seen.",
    ),
    Code(
        "orders_pass", "E", 409,
        "Zahlungen, die von diesem Ring kamen, sind hier durchgegangen und noch nicht entschieden.",
        "Payments that came from this ring have passed through here and are not decided yet.",
        "Nichts hat sich geändert. Versuchen Sie es später noch einmal: der letzte Ring entscheidet sie spätestens "
        "nach ihrer Frist. Ist auch der Ring dahinter verloren, geben Sie zuerst ihn auf, oder nennen Sie beide.",
        "Nothing has changed. Try again later: the last ring decides them, after their deadline at the latest. If the "
        "ring behind is lost too, give that one up first, or name both.",
    ),
    Code(
        "not_given_up", "E", 409,
        "Diese Verbindung ist nicht aufgegeben.", "This line was not given up.",
        "Erst „ringtausch peer give-up ORDNER ADRESSE“, wenn es den anderen Ring nicht mehr gibt.",
        "First 'ringtausch peer give-up FOLDER ADDRESS', if the other ring is no more.",
    ),
    Code(
        "already_settled", "E", 409,
        "Der Rest dieser Verbindung ist schon abgeschlossen; es gilt, was zuerst gesagt wurde.",
        "What was left of this line is settled already; what was said first counts.",
        "Nichts wurde gebucht. Sprechen Sie sich ab, wer das tut.",
        "Nothing was booked. Agree among yourselves who does this.",
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
        "not_an_invitation", "E", 400,
        "Das ist keine Einladung eines Rings.", "This is not an invitation of a ring.",
        "Nehmen Sie die Datei, die der andere Ring mit „ringtausch peer invite“ geschrieben hat.",
        "Use the file that the other ring has written with 'ringtausch peer invite'.",
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
