# SPDX-License-Identifier: AGPL-3.0-or-later
"""The tables behind `wording`: German with "Sie", as every text in the code; the catalogues have the others."""

from __future__ import annotations

#: Marks a text for translation where it stands; it is looked up where it is shown.
N_ = str

MONTHS_DE = (
    "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
    "Dezember",
)  # fmt: skip
MONTHS_EN = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip

#: Code of a mistake -> the one whose words fit where a handle is being chosen: there nobody is looked for.
CHOOSING = {"address": "new_handle"}

#: How payments and invoices stand.
STATES = {
    "queued": N_("wartet"),
    "held": N_("unterwegs"),
    "paid": N_("gutgeschrieben"),
    "refused": N_("nicht ausgeführt"),
    "cancelled": N_("zurückgenommen"),
    "in_doubt": N_("wird geklärt"),
    "open": N_("offen"),
    "declined": N_("abgelehnt"),
    "expired": N_("abgelaufen"),
}

#: How mails stand, and payments of others that pass through.
LETTERS = {
    "waiting": N_("wartet"), "sent": N_("verschickt"), "refused": N_("abgelehnt"), "late": N_("zu spät"),
}  # fmt: skip
PASSING = {
    "waiting": N_("wartet auf den nächsten Tauschring"), "held": N_("unterwegs"), "posted": N_("gutgeschrieben"),
    "released": N_("nicht ausgeführt"),
}  # fmt: skip

#: How lines to other rings stand; one that has ended and is not even yet is still being wound up.
ENDING = N_("in Auflösung")
STOPPED_BY_THEM = N_("dort angehalten")
LINES = {
    "agreed": N_("zu bestätigen"), "confirmed": N_("bestätigt"), "probing": N_("wird geprobt"), "open": N_("offen"),
    "away": N_("nicht erreichbar"), "paused": N_("ruht"), "ended": N_("beendet"),
    "recovering": N_("wird wiederhergestellt"), "recovered": N_("wiederhergestellt"),
    "quarantined": N_("angehalten"), "given_up": N_("aufgegeben"), "reset_proposed": N_("wartet auf Unterschrift"),
    "reset_signed": N_("beginnt neu"),
}  # fmt: skip

#: Kind of a booking -> what it is to the one who gives and to the one who gets.
BOOKINGS = {
    "payment": (N_("Gegeben"), N_("Bekommen")),
    "sent": (N_("Gegeben"), N_("Bekommen")),
    "received": (N_("Gegeben"), N_("Bekommen")),
    "refund": (N_("Zurückgegeben"), N_("Zurückbekommen")),
    "reversal": (N_("Zurückgegeben"), N_("Zurückbekommen")),
    "opening": (N_("Anfangsstand"), N_("Anfangsstand")),
    "recovered": (N_("Nachgetragen"), N_("Nachgetragen")),
    "doubt": (N_("Nach langer Klärung gegeben"), N_("Nach langer Klärung bekommen")),
    "leaving": (N_("Kontoausgleich"), N_("Kontoausgleich")),
    "settled": (
        N_("Gegeben für einen Tauschring, den es nicht mehr gibt"),
        N_("Bekommen für einen Tauschring, den es nicht mehr gibt"),
    ),
}

#: Accounts that belong to the books, not to people.
OWN_ACCOUNTS = {
    "community:opening": N_("Anfangsstände"),
    "community:recovered": N_("Noch niemandem zugeordnet"),
    "community:doubt": N_("Wird geklärt"),
    "recovered": N_("Wiedergefunden, noch niemandem zugeordnet"),
    "in_doubt": N_("Zahlungen, deren Ausgang noch offen ist"),
    "written_off": N_("Abgeschrieben"),
    "netting": N_("Im Kreis verrechnet"),
}

#: Why a payment was not made, behind "Nicht ausgeführt.".
REFUSALS = {
    "no_capacity": N_("Der andere Tauschring nimmt gerade keine Stunden mehr von uns an, die Grenze ist erreicht."),
    "limit_upper": N_("Das Konto des Empfängers ist voll."),
    "payee_refuses": N_("Der Empfänger kann dort gerade nichts bekommen, oder es gibt ihn nicht."),
    "deadline": N_("Der andere Tauschring hat zu lange nicht geantwortet."),
    "expired": N_("Der andere Tauschring hat zu lange nicht geantwortet."),
}
