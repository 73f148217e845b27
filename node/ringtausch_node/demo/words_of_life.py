# SPDX-License-Identifier: AGPL-3.0-or-later
"""The sentences of the second act: what rings that live together for years go through, in five days."""

from __future__ import annotations

from ringtausch_node.demo.words import Words

TITLE = Words("Ringtausch: wie Ringe miteinander leben", "Ringtausch: how rings live together")
INTRODUCTION = Words(
    "Was in zehn Jahren vorkommt, hier in fünf Tagen: Grenzen ändern sich, etwas wird zurückgegeben, Schlüssel werden"
    " gewechselt, ein Rechner geht kaputt, zwei Ringe gehen auseinander. Die Menschen und die Uhrzeiten sind erfunden,"
    " die Buchungen echt.",
    "What happens in ten years, here in five days: limits change, something is given back, keys are replaced, a machine"
    " breaks, two rings part. The people and the times of day are made up, the bookings are real.",
)

# -- limits ------------------------------------------------------------------------------------------------------------
LIMITS = Words("Montag: Die Ringe ändern ihre Grenzen", "Monday: the rings change their limits")
LIMITS_HOW = Words(
    "Wie viel ein Ring einem anderen höchstens zu geben haben darf, bestimmt der, der es bekommt. Senkt er die Grenze,"
    " gilt das sofort. Eine höhere gilt erst, wenn beide Büros sie unterschrieben haben.",
    "How much a ring may have to give to another at most is decided by the one who gets it. A lower limit counts at"
    " once. A higher one counts when both offices have signed it.",
)
PROPOSES = Words(
    "{ring} ist bereit zu mehr: Von {other} dürfen bis zu {limit} ausstehen.",
    "{ring} is ready for more: up to {limit} may be open from {other}.",
)
NOT_YET = Words("Noch gilt die alte Grenze: {limit}.", "The old limit still counts: {limit}.")
AGREES = Words("Auch das Büro von {ring} unterschreibt.", "The office of {ring} signs as well.")
COUNTS_NOW = Words("Jetzt gilt in beiden Büchern: {limit}.", "Now both books say: {limit}.")
LOWERS = Words("{ring} wird vorsichtig und senkt die Grenze für {other} auf {limit}.",
               "{ring} grows careful and lowers the limit of {other} to {limit}.")  # fmt: skip
AT_ONCE = Words("Das gilt sofort, niemand muss zustimmen.", "That counts at once, nobody has to agree.")

# -- giving back -------------------------------------------------------------------------------------------------------
BACK = Words("Dienstag: Etwas wird zurückgegeben", "Tuesday: something is given back")
BACK_HOW = Words(
    "Was gebucht ist, bleibt gebucht. Zurückgegeben wird mit einer zweiten Zahlung in der anderen Richtung; der Ring,"
    " der gezahlt hat, entscheidet darüber, und mehr als gezahlt wurde, nimmt er nicht an.",
    "What is booked stays booked. It is given back by a second payment the other way; the ring that paid decides on it,"
    " and takes no more than was paid.",
)
GIVES_BACK = Words(
    "Das Regal war schneller fertig: {payee} gibt {payer} {amount} zurück.",
    "The shelves took less time: {payee} gives {amount} back to {payer}.",
)
TOO_MUCH = Words(
    "{payee} will noch einmal {amount} zurückgeben, mehr als übrig ist.",
    "{payee} wants to give back {amount} more than what is left of it.",
)

# -- new keys ----------------------------------------------------------------------------------------------------------
KEYS = Words("Mittwoch: {ring} bekommt neue Schlüssel", "Wednesday: {ring} gets new keys")
KEYS_HOW = Words(
    "Mit seinen Schlüsseln unterschreibt ein Ring jede Nachricht. Neue werden mit den Wurzelschlüsseln aus der"
    " Schublade beglaubigt und gelten vom nächsten Start an; was vorher unterschrieben wurde, gilt weiter.",
    "With its keys a ring signs every message. New ones are attested with the root keys from the drawer and count from"
    " the next start on; what was signed before stays valid.",
)
APART = Words(
    "Das Büro von {ring} legt die Wurzelschlüssel auf einen Stick; das Programm läuft ohne sie weiter.",
    "The office of {ring} puts the root keys on a stick; the program goes on without them.",
)
UNDER_WAY = Words("Unterwegs, unterschrieben mit den alten Schlüsseln.", "On its way, signed with the old keys.")
ROTATES = Words(
    "Das Büro von {ring} stellt mit dem Stick eine neue Karte aus (Nummer {number}) und startet neu.",
    "The office of {ring} issues a new card with the stick (number {number}) and starts again.",
)
ARRIVES = Words(
    "{ring} ist wieder da. Die Zahlung von vorhin kommt an, genau einmal: {balances}.",
    "{ring} is back. The payment from before arrives, exactly once: {balances}.",
)

# -- a broken machine --------------------------------------------------------------------------------------------------
BROKEN = Words("Donnerstag: Der Rechner von {ring} geht kaputt", "Thursday: the machine of {ring} breaks")
SAVES = Words("Am Vorabend hat das Büro von {ring} eine Sicherung gemacht.",
              "The evening before, the office of {ring} made a backup.")  # fmt: skip
DISK = Words(
    "Die Platte ist hin: Programm und Ordner sind weg (kill -9, gelöscht).",
    "The disk is gone: program and folder are lost (kill -9, deleted).",
)
RESTORES = Words(
    "Das Büro holt die Sicherung von gestern zurück und startet wieder.",
    "The office brings back yesterday's backup and starts again.",
)
HEALS = Words(
    "{ring} merkt selbst, dass dieser Stand alt ist, unterschreibt nichts und holt sich von den anderen Ringen, was mit"
    " ihnen gebucht wurde.",
    "{ring} notices by itself that this is an old copy, signs nothing, and fetches from the other rings what was booked"
    " with them.",
)
HEALED = Words(
    "Wieder bereit. Zurück sind {count} Zahlungen mit anderen Ringen:",
    "Ready again. {count} payments with other rings are back:",
)
MEMBER, PAID, RECEIVED = Words("Mitglied", "Member"), Words("gezahlt", "paid"), Words("bekommen", "received")
LOST = Words(
    "Verloren ist, was seit der Sicherung innerhalb von {ring} gebucht wurde: {payee} fehlen {amount} von {payer}. Das"
    " Büro bucht sie noch einmal.",
    "Lost is what was booked inside {ring} since the backup: {payee} lacks {amount} from {payer}. The office books it"
    " once more.",
)

# -- parting -----------------------------------------------------------------------------------------------------------
PARTING = Words("Freitag: {one} und {other} gehen auseinander", "Friday: {one} and {other} part")
ENDS = Words(
    "Das Büro von {ring} beendet die Verbindung mit {other}.", "The office of {ring} ends its line to {other}."
)
ENDS_TOO = Words("Das Büro von {ring} tut dasselbe.", "The office of {ring} does the same.")
ONLY_BACK = Words(
    "Neues geht nicht mehr hinüber. Offen ist noch: {giver} hat {getter} {amount} zu geben.",
    "Nothing new goes over any more. What is left: {giver} has {amount} to give to {getter}.",
)
SETTLED = Words("Beide Bücher stehen auf null.", "Both books stand at zero.")
LAST = Words(
    "Von selbst unterschreiben beide Ringe den Abschluss: {one} hat {other} {owed} zu geben, noch offen: {count}.",
    "By themselves both rings sign the last statement: {one} has {owed} to give to {other}, open payments: {count}.",
)
OVER = Words(
    "Die Verbindung ist zu Ende. Das Blatt für den Ordner: {command}",
    "The line is over. The sheet for the file: {command}",
)
NOT_SIGNED = Words("Der Abschluss wurde nicht unterschrieben.", "The last statement was not signed.")
NOT_SETTLED = Words("Die Bücher der beiden gingen nicht auf null.", "Their books did not come to zero.")
NOT_READY = Words(
    "{ring} wurde nach der Sicherung nicht wieder bereit.", "{ring} did not become ready after the backup."
)
NOT_AGREED = Words("Die neue Grenze kam nicht an.", "The new limit did not arrive.")
NOT_ENDED = Words("Das Ende der Verbindung kam nicht an.", "The end of the line did not arrive.")
