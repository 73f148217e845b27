# SPDX-License-Identifier: AGPL-3.0-or-later
"""What goes wrong where a line ends, is given up, or a whole ring stops."""

from __future__ import annotations

from ringtausch_protocol.codes import Code

END_CODES = [
    Code(
        "claims_left",
        "E",
        409,
        "Noch nicht alle Verbindungen sind vorbei.",
        "Not all lines are over yet.",
        "„ringtausch wind-down ORDNER“ zeigt, was offen ist und wie es endet.",
        "'ringtausch wind-down FOLDER' shows what is left and how it ends.",
    ),
    Code(
        "reset_open",
        "E",
        409,
        "Für eine Verbindung ist ein neuer Anfang vorgeschlagen, den noch nicht beide Ringe unterschrieben haben.",
        "A new beginning of a line is proposed, and not signed by both rings yet.",
        "Erst unterschreiben beide. Hat der andere Ring schon bescheinigt, dass dort alles vorbei ist, so fällt Ihr "
        "Vorschlag von selbst weg, sobald er das antwortet. Antwortet er nie mehr, geben Sie die Verbindung auf. Was "
        "vorliegt, zeigt „ringtausch peer reset ORDNER ADRESSE“.",
        "First both sign it. If the other ring has already certified that everything is over there, your proposal "
        "falls away by itself as soon as it answers so. If it never answers again, give the line up. 'ringtausch peer "
        "reset FOLDER ADDRESS' shows what there is.",
    ),
    Code(
        "ours_counts",
        "E",
        409,
        "Beide haben etwas vorgeschlagen, und unser Vorschlag zählt: Der andere Ring unterschreibt ihn.",
        "Both have proposed, and our own proposal counts: the other ring signs it.",
        "Hier ist nichts zu unterschreiben. Rufen Sie dort an; was vorliegt, zeigt „ringtausch peer reset ORDNER "
        "ADRESSE“.",
        "There is nothing to sign here. Ring them up; 'ringtausch peer reset FOLDER ADDRESS' shows what there is.",
    ),
    Code(
        "reset_stale",
        "E",
        409,
        "Der Vorschlag des anderen Rings lässt sich so nicht unterschreiben: Er nennt nicht alles, was unterwegs ist, "
        "oder passt nicht mehr zu dem, was hier steht.",
        "The other ring's proposal cannot be signed as it is: it does not name all that is under way, or fits no more "
        "to what stands here.",
        "Schlagen Sie mit --propose etwas anderes vor; darin steht, was hier unterwegs ist.",
        "Propose something else with --propose; it names what is under way here.",
    ),
    Code(
        "not_waived",
        "E",
        409,
        "Wir geben damit einen anderen Betrag auf, als gesagt wurde.",
        "By this we give up another amount than was said.",
        "Nichts ist unterschrieben. In Klammern steht, wie viel es ist; so bestätigen Sie es: --waive BETRAG.",
        "Nothing is signed. The amount stands in brackets; confirm it with --waive AMOUNT.",
    ),
    Code(
        "nothing_waived",
        "E",
        409,
        "Wir geben damit nichts auf.",
        "We give up nothing by this.",
        "Nichts ist unterschrieben. Geben Sie den Befehl noch einmal, ohne --waive.",
        "Nothing is signed. Give the command again, without --waive.",
    ),
    Code(
        "line_over",
        "E",
        409,
        "Diese Verbindung ist vorbei: Beide Ringe haben unterschrieben, dass nichts mehr offen ist.",
        "This line is over: both rings have signed that nothing is open any more.",
        "Es gibt nichts mehr zu tun.",
        "There is nothing left to do.",
    ),
    Code(
        "no_taker",
        "E",
        409,
        "Dieser Ring kann das nicht übernehmen, oder nicht so viel.",
        "This ring cannot take that over, or not so much.",
        "Es geht, wenn der eine Ring uns etwas zu geben hat und wir dem anderen; höchstens so viel, wie beides ist.",
        "It works where one ring owes us and we owe the other; at most as much as both are.",
    ),
    Code(
        "claim_turned",
        "E",
        409,
        "So herum ist zwischen diesen Ringen nichts offen: Wer hier bekommen soll, hat jetzt uns zu geben.",
        "It is the other way round between these rings: who is to be owed owes us now.",
        "Nichts wurde geschickt. Sehen Sie nach, was jetzt offen ist: „ringtausch wind-down ORDNER“.",
        "Nothing was sent. Look what is open now: 'ringtausch wind-down FOLDER'.",
    ),
    Code(
        "not_agreed",
        "E",
        409,
        "Noch haben nicht beide Ringe zugestimmt. Einer ist jetzt gefragt.",
        "Not both rings have agreed yet. One of them is asked now.",
        "Erst wird gefragt, wer übernimmt, danach, wer zu bekommen hat. Rufen Sie dort an, und versuchen Sie es danach "
        "noch einmal.",
        "First the ring is asked that takes over, then the one that is owed. Ring them up, then try again.",
    ),
    Code(
        "assignment_declined",
        "E",
        409,
        "Einer der beiden Ringe hat abgelehnt.",
        "One of the two rings has declined.",
        "Nichts hat sich geändert. Rufen Sie dort an; stimmt er doch noch zu, versuchen Sie es noch einmal. Andere "
        "Wege zeigt „ringtausch wind-down ORDNER“.",
        "Nothing has changed. Ring them up; if they agree after all, try again. 'ringtausch wind-down FOLDER' shows "
        "other ways.",
    ),
    Code(
        "nothing_asked",
        "E",
        409,
        "Danach fragt niemand mehr, oder jetzt nach einem anderen Betrag.",
        "Nobody asks for that any more, or for another amount now.",
        "Sehen Sie nach, was jetzt gefragt ist: „ringtausch assignment list ORDNER“.",
        "Look what is asked now: 'ringtausch assignment list FOLDER'.",
    ),
    Code(
        "seen_lately",
        "E",
        409,
        "Dieser Ring war in den letzten sieben Tagen noch da.",
        "This ring was there within the last seven days.",
        "Wer wiederkommt, hat danach andere Bücher als Sie. Sind Sie sicher: dasselbe mit --although-seen.",
        "If it comes back, its books differ from yours. If you are sure: the same with --although-seen.",
    ),
    Code(
        "orders_pass",
        "E",
        409,
        "Zahlungen, die von diesem Ring kamen, sind hier durchgegangen und noch nicht entschieden.",
        "Payments that came from this ring have passed through here and are not decided yet.",
        "Nichts hat sich geändert. Versuchen Sie es später noch einmal: der letzte Ring entscheidet sie spätestens "
        "nach ihrer Frist. Ist auch der Ring dahinter verloren, geben Sie zuerst ihn auf, oder nennen Sie beide.",
        "Nothing has changed. Try again later: the last ring decides them, after their deadline at the latest. If the "
        "ring behind is lost too, give that one up first, or name both.",
    ),
    Code(
        "not_a_decision",
        "E",
        400,
        "Das ist nicht die Datei, die gebraucht wird.",
        "This is not the file that is wanted.",
        "Gebraucht wird „decision.json“ aus der Quittung („ringtausch payment receipt … --out ORDNER“): diese Datei, "
        "oder der ganze Ordner.",
        "Wanted is 'decision.json' out of the receipt ('ringtausch payment receipt ... --out DIR'): this file, or the "
        "whole folder.",
    ),
    Code(
        "not_given_up",
        "E",
        409,
        "Diese Verbindung ist nicht aufgegeben.",
        "This line was not given up.",
        "Erst „ringtausch peer give-up ORDNER ADRESSE“, wenn es den anderen Ring nicht mehr gibt.",
        "First 'ringtausch peer give-up FOLDER ADDRESS', if the other ring is no more.",
    ),
    Code(
        "already_given_up",
        "E",
        409,
        "Diese Verbindung ist schon aufgegeben: Ein anderer Betreiber war schneller, oder Sie taten es schon einmal.",
        "This line is given up already: another operator was faster, or you did it before.",
        "Nichts wurde zweimal gebucht. Unter welchem Namen sie jetzt steht und was offen ist, zeigt „ringtausch peer "
        "list ORDNER“.",
        "Nothing was booked twice. 'ringtausch peer list FOLDER' shows its name now, and what is open.",
    ),
    Code(
        "already_settled",
        "E",
        409,
        "Der Rest dieser Verbindung ist schon abgeschlossen; es gilt, was zuerst gesagt wurde.",
        "What was left of this line is settled already; what was said first counts.",
        "Nichts wurde gebucht. Sprechen Sie sich ab, wer das tut.",
        "Nothing was booked. Agree among yourselves who does this.",
    ),
]
