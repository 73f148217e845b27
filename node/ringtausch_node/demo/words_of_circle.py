# SPDX-License-Identifier: AGPL-3.0-or-later
"""The sentences of the third act: hours that run in a circle, a payment through other towns, the end of a ring."""

from __future__ import annotations

from ringtausch_node.demo.words import Words

TITLE = Words("Ringtausch: im Kreis und über andere Städte", "Ringtausch: round a circle and through other towns")
INTRODUCTION = Words(
    "Vier Tauschringe. Drei kennen einander; Buche kennt nur Linde. Was im Kreis aussteht, hebt sich auf, ohne dass"
    " jemand einen Mittelpunkt wäre; wer keine Verbindung miteinander hat, zahlt über andere; und am Ende hört ein Ring"
    " auf. Die Menschen und die Uhrzeiten sind erfunden, die Buchungen echt.",
    "Four time banks. Three know each other; Buche knows only Linde. What runs in a circle cancels out, with nobody in"
    " the middle; those who have no line to each other pay through others; and in the end one ring stops. The"
    " people and the times of day are made up, the bookings are real.",
)

# -- lines -------------------------------------------------------------------------------------------------------------
NARROW = Words(
    "{ring} kennt {other} noch wenig: Von dort darf höchstens {limit} ausstehen.",
    "{ring} knows {other} little yet: at most {limit} may be open from there.",
)
CARRIES = Words(
    "{ring} lässt Zahlungen anderer durch, zwischen {one} und {other}. Das ist freiwillig und kostet niemanden etwas.",
    "{ring} lets payments of others through, between {one} and {other}. It is free to do so, and nobody is charged.",
)

# -- the circle --------------------------------------------------------------------------------------------------------
CIRCLE = Words("Am Morgen: Stunden laufen im Kreis", "In the morning: hours run in a circle")
STANDS = Words("Nun hat jeder Ring dem nächsten etwas zu geben:", "Now each ring has something to give to the next:")
HEARD = Words(
    "Die Ringe erzählen einander in groben Stufen, wie viel Platz ihre Verbindungen haben. Nach einer Weile weiß {ring}"
    " von dem Kreis: {rings}.",
    "The rings tell each other in coarse steps how much room their lines have. After a while {ring} knows of the"
    " circle: {rings}.",
)
NETS = Words(
    "Das Büro von {ring} verrechnet ihn: „ringtausch netting run“. Eine Zahlung geht einmal herum, zurück zu {ring}.",
    "The office of {ring} nets it: 'ringtausch netting run'. One payment goes all the way round, back to {ring}.",
)
FREED = Words(
    "Aufgehoben: {amount} auf jeder der drei Verbindungen. Alle drei stehen auf null.",
    "Cancelled out: {amount} on each of the three lines. All three stand at zero.",
)
UNTOUCHED = Words("Kein Mitglied merkt etwas davon: {balances}.", "No member notices anything: {balances}.")

# -- through other towns -----------------------------------------------------------------------------------------------
FAR = Words("Am Nachmittag: über andere Städte", "In the afternoon: through other towns")
FAR_HOW = Words(
    "{one} und {other} haben keine Verbindung miteinander. Über {near} ginge es, aber dorthin sind nur {limit} frei; so"
    " geht die Zahlung über zwei Städte. Jeder Ring rechnet nur mit seinem Nachbarn ab.",
    "{one} and {other} have no line to each other. {near} lies between them, but only {limit} is free there; so the"
    " payment goes through two towns. Each ring settles with its neighbour alone.",
)
HELD = Words(
    "Unterwegs über {way}; {ring} hat die Zahlung schon weitergereicht.",
    "On its way through {way}; {ring} has already passed the payment on.",
)
DIES = Words(
    "Da fällt der Rechner von {ring} aus, mitten auf dem Weg (kill -9), und startet neu.",
    "Then the machine of {ring} fails, in the middle of the way (kill -9), and starts again.",
)
ARRIVES = Words(
    "Die Zahlung kommt an, genau einmal: {balances}. Sie ging über {way}.",
    "The payment arrives, exactly once: {balances}. It went through {way}.",
)
STRANGER = Words(
    "In {ring} kennt niemand dieses Kürzel; bis zum letzten Ring wird alles wieder frei.",
    "Nobody in {ring} has this handle; all the way back everything is free again.",
)
SEES = Words(
    "Im Büro von {ring} steht nur, von welchem Ring zu welchem etwas durchging: {count} Zahlungen, {amount} gebucht.",
    "The office of {ring} sees only from which ring to which something passed: {count} payments, {amount} booked.",
)

# -- the end of a ring -------------------------------------------------------------------------------------------------
STOPS = Words("Am Abend: {ring} hört auf", "In the evening: {ring} stops")
SAYS_SO = Words(
    "Das Büro von {ring} macht es bekannt: „ringtausch wind-down --begin“. {other} liest es sofort und hat {ring} noch"
    " {amount} zu geben. Neues geht nicht mehr hin und her, nur noch, was ausgleicht.",
    "The office of {ring} announces it: 'ringtausch wind-down --begin'. {other} reads it at once, and still has"
    " {amount} to give to {ring}. Nothing new goes to and fro any more, only what evens out.",
)
CERTIFIES = Words(
    "Nichts ist mehr offen; beide Ringe haben es unterschrieben. {ring} bescheinigt sein Ende („wind-down --close“):"
    " Jeder kann es prüfen, und {other} hat ihm nichts mehr zu geben. In {ring} selbst stehen alle Konten weiter.",
    "Nothing is open any more; both rings have signed so. {ring} certifies its end ('wind-down --close'): anybody can"
    " check it, and {other} has nothing to give to it any more. Within {ring} all accounts stand on.",
)

NOT_TOLD = Words("Der Nachbar hörte nicht vom Ende des Rings.", "The neighbour did not hear of the ring's end.")
NOT_OVER = Words("Die Verbindung kam nicht zu ihrem Ende.", "The line did not come to its end.")
NOT_HEARD = Words(
    "Die Ringe haben nicht rechtzeitig voneinander gehört.", "The rings did not hear of each other in time."
)
NOT_HELD = Words("Die Zahlung blieb unterwegs stecken.", "The payment got stuck on its way.")
NOT_EVEN = Words("Der Kreis ging nicht auf null.", "The circle did not come to zero.")
