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

#: Code -> what happened and what to do, where the table of codes speaks to operators and programs.
CODES = {
    "unauthorized": (N_("Bitte melden Sie sich zuerst an."), N_("Danach geht es hier weiter.")),
    "proof": (
        N_("Dafür braucht es Ihr Passwort von bisher oder einen Code."),
        N_("Den Code schicken wir Ihnen per E-Mail, oder das Büro gibt ihn Ihnen."),
    ),
    "not_found": (
        N_("Diese Seite gibt es nicht."),
        N_("Vielleicht hat sich jemand vertippt. Auf der ersten Seite finden Sie alles wieder."),
    ),
    "not_allowed": (N_("Das dürfen Sie hier nicht."), N_("Fragen Sie das Büro.")),
    "unknown_member": (N_("Dieses Mitglied kennen wir nicht."), N_("Prüfen Sie, ob alles richtig geschrieben ist.")),
    "payee_refuses": (
        N_("Dieses Mitglied kann nichts bekommen, oder es gibt es nicht."),
        N_("Prüfen Sie, ob alles richtig geschrieben ist."),
    ),
    "own_account": (N_("Das ist Ihr eigenes Konto."), N_("Wählen Sie jemand anderen.")),
    "address": (
        N_("So heißt hier niemand."),
        N_("Schreiben Sie die Mitgliedsnummer oder das Kürzel, zum Beispiel: ben"),
    ),
    "amount": (
        N_("Diese Menge können wir nicht lesen."),
        N_("Schreiben Sie zum Beispiel: 1,5 oder 1:30 oder 90 min"),
    ),
    "memo": (N_("Dieser Text ist zu lang oder hat mehrere Zeilen."), N_("Kürzen Sie ihn bitte.")),
    "limit_lower": (
        N_("So viel können Sie gerade nicht geben."),
        N_("Geben Sie weniger, oder tun Sie erst etwas für andere. Das Büro hilft gern."),
    ),
    "limit_upper": (
        N_("Das Konto des anderen ist voll."),
        N_("Er sollte erst Stunden ausgeben. Sprechen Sie miteinander oder mit dem Büro."),
    ),
    "no_route": (
        N_("Mit diesem Tauschring sind wir nicht verbunden."),
        N_("Prüfen Sie die Schreibweise, oder fragen Sie das Büro."),
    ),
    "paused": (N_("Mit diesem Tauschring ruht der Austausch gerade."), N_("Fragen Sie das Büro.")),
    "no_capacity": (
        N_("Dieser Tauschring nimmt gerade keine Stunden mehr von uns an."),
        N_("Die Grenze zwischen beiden ist erreicht. Fragen Sie das Büro."),
    ),
    "winding_down": (
        N_("Unser Tauschring löst sich auf; in andere Tauschringe geht nichts Neues mehr."),
        N_("Was einen Stand ausgleicht, geht noch. Fragen Sie das Büro."),
    ),
    "other_winds_down": (
        N_("Der andere Tauschring löst sich auf."),
        N_("Mit ihm lässt sich nichts mehr vereinbaren."),
    ),
    "claims_left": (
        N_("Noch ist nicht mit allen Tauschringen alles ausgeglichen."),
        N_("Die Liste zeigt, was offen ist und wie es endet."),
    ),
    "orders_pass": (
        N_("Zahlungen von dort sind hier durchgegangen und noch nicht entschieden."),
        N_("Versuchen Sie es später noch einmal; spätestens nach ihrer Frist sind sie entschieden."),
    ),
    "not_given_up": (
        N_("Diese Verbindung ist nicht aufgegeben."),
        N_("Geben Sie sie erst auf, wenn es den anderen Tauschring nicht mehr gibt."),
    ),
    "bad_receipt": (
        N_("Das ist keine Quittung, die hier etwas zeigt."),
        N_("Fügen Sie den ganzen Text der Datei decision.json ein, vom ersten bis zum letzten Zeichen."),
    ),
    "receipt_changed": (
        N_("Diese Quittung wurde verändert, oder ein anderer hat sie unterschrieben."),
        N_("Bitten Sie um die Datei decision.json, so wie sie heruntergeladen wurde."),
    ),
    "receipt_of_other": (
        N_("Diese Quittung sagt nicht, dass diese Zahlung bezahlt ist."),
        N_("Vielleicht gehört sie zu einer anderen Zahlung, oder dort wurde abgelehnt. Fragen Sie nach."),
    ),
    "receipt_by_stranger": (
        N_("Den Tauschring, der diese Quittung unterschrieben hat, kennen wir nicht."),
        N_("Wir können sie erst prüfen, wenn wir seine Karte haben."),
    ),
    "unknown_order": (
        N_("Von dieser Zahlung weiß unser Tauschring nichts."),
        N_("Legen Sie die Quittung dem Tauschring vor, von dem die Zahlung kam."),
    ),
    "no_receipt": (
        N_("Für diese Zahlung gibt es keine Quittung."),
        N_("Es gibt sie erst, wenn die Zahlung entschieden ist."),
    ),
    "no_checkpoint": (
        N_("Die Quittung ist noch nicht fertig."),
        N_("Versuchen Sie es in ein paar Minuten noch einmal."),
    ),
    "invoice_closed": (N_("Diese Rechnung ist nicht mehr offen."), N_("Sie müssen nichts tun.")),
    "already_reversed": (N_("Das wurde schon zurückgegeben."), N_("Sie müssen nichts tun.")),
    "recovering": (
        N_("Der Tauschring wird gerade wiederhergestellt."),
        N_("Ihr Konto ist sicher. Versuchen Sie es später noch einmal."),
    ),
    "storage_failed": (
        N_("Der Tauschring kann gerade nichts speichern."),
        N_("Es wurde nichts halb ausgeführt. Versuchen Sie es in ein paar Minuten noch einmal."),
    ),
    "too_many_requests": (
        N_("Das waren zu viele Versuche in kurzer Zeit."),
        N_("Warten Sie ein paar Minuten, und versuchen Sie es dann noch einmal."),
    ),
    "too_large": (N_("Das ist zu viel Text."), N_("Gehen Sie zurück und kürzen Sie ihn.")),
    "media_type": (N_("Damit können wir nichts anfangen."), N_("Benutzen Sie das Formular auf der Seite.")),
    "bad_request": (N_("Das haben wir nicht verstanden."), N_("Benutzen Sie das Formular auf der Seite.")),
    "method_not_allowed": (N_("Diese Seite gibt es so nicht."), N_("Gehen Sie zur ersten Seite.")),
    "internal": (
        N_("Hier ist etwas schiefgegangen."),
        N_("Es wurde nichts halb ausgeführt. Bitte sagen Sie dem Büro Bescheid."),
    ),
    "braked": (
        N_("Für diesen Namen gab es zu viele Versuche mit einem Passwort."),
        N_("Mit einem Code aus einem Brief oder einer E-Mail kommen Sie trotzdem herein."),
    ),
    "sign_up_closed": (
        N_("Dieser Tauschring nimmt neue Mitglieder im Gespräch auf."),
        N_("Rufen Sie das Büro an."),
    ),
    "sign_up_full": (
        N_("Zurzeit fragen so viele, dass das Büro nicht nachkommt."),
        N_("Versuchen Sie es in ein paar Tagen noch einmal, oder rufen Sie an."),
    ),
    "contact": (
        N_("So können wir Sie nicht erreichen."),
        N_("Schreiben Sie eine Telefonnummer oder eine E-Mail-Adresse."),
    ),
    "words": (N_("Dieser Text ist zu lang."), N_("Kürzen Sie ihn bitte auf eine halbe Seite.")),
    "member_name": (N_("Dieser Name geht nicht."), N_("Schreiben Sie 1 bis 80 Zeichen.")),
    "handle_taken": (
        N_("Dieses Kürzel ist vergeben."),
        N_("Wählen Sie ein anderes; Kürzel werden nie ein zweites Mal vergeben."),
    ),
    "new_handle": (
        N_("Dieses Kürzel geht nicht."),
        N_("Schreiben Sie kleine Buchstaben und Ziffern, ohne Leerzeichen, zum Beispiel: erna"),
    ),
    "form_spent": (
        N_("Mit diesem Formular haben Sie schon jemanden aufgenommen."),
        N_("Sehen Sie im Büro nach. Ist das hier jemand anderes, schicken Sie es noch einmal ab."),
    ),
    "too_many_blocks": (
        N_("Mehr Menschen lassen sich nicht fernhalten."),
        N_("Beenden Sie es bei jemandem, oder sprechen Sie mit dem Büro."),
    ),
    "too_many_reports": (
        N_("Das Büro hat Ihre anderen Meldungen noch nicht gelesen."),
        N_("Rufen Sie an, wenn es eilt."),
    ),
    "passphrase_needed": (
        N_("Diese Sicherung ist verschlossen."),
        N_("Nötig sind die zehn Wörter oder das Kennwort, mit denen sie gemacht wurde."),
    ),
    "not_sure": (N_("Kreuzen Sie an, dass Sie sicher sind."), N_("Das lässt sich nicht zurücknehmen.")),
    "payments_open": (
        N_("Auf diesem Konto ist noch eine Zahlung unterwegs."),
        N_("Warten Sie ihr Ende ab, oder nehmen Sie sie zurück."),
    ),
    "balance_not_zero": (N_("Das Konto ist nicht ausgeglichen."), N_("Wählen Sie, wohin der Rest geht.")),
    "account_shared": (
        N_("Andere behalten dieses Konto; von ihm bleibt kein Rest."),
        N_("Das Mitglied geht, das Konto bleibt den anderen."),
    ),
    "limits": (
        N_("Diese Grenzen gehen nicht."),
        N_("Die untere ist 0 oder kleiner, die obere 0 oder größer."),
    ),
    "not_an_invitation": (
        N_("Das ist keine Einladung eines Tauschrings."),
        N_("Kopieren Sie den ganzen Text der Einladung, vom ersten bis zum letzten Zeichen."),
    ),
    "invitation_expired": (
        N_("Diese Einladung gilt nicht mehr."),
        N_("Bitten Sie den anderen Tauschring um eine neue."),
    ),
    "setup_spent": (
        N_("Dieser Link gilt nicht mehr."),
        N_("Ist der Tauschring schon eingerichtet? Dann melden Sie sich an. Sonst zeigt der Rechner einen neuen Link."),
    ),
    "own_role": (N_("Die eigene Rolle ändert niemand."), N_("Bitten Sie einen anderen Betreiber darum.")),
    "config": (N_("Diese Angabe geht nicht."), N_("Was möglich ist, steht beim Feld.")),
    "text_long": (N_("Dieser Text ist zu lang."), N_("Kürzen Sie ihn auf etwa acht Seiten.")),
    "own_ring": (N_("Das ist Ihre eigene Einladung."), N_("Schicken Sie sie dem anderen Tauschring.")),
    "not_compared": (N_("Kreuzen Sie an, dass die Wörter gleich waren."), N_("Rufen Sie vorher dort an.")),
    "wrong_words": (
        N_("Diese Wörter gelten nicht."),
        N_("Vielleicht kam eine neuere Einladung dazwischen. Vergleichen Sie die Wörter auf dieser Seite noch einmal."),
    ),
    "unknown_peer": (
        N_("Mit diesem Tauschring sind wir nicht verbunden."),
        N_("Auf der Seite „Betrieb“ stehen alle Verbindungen."),
    ),
    "no_proposal": (N_("Von dort liegt kein Vorschlag vor."), N_("Vielleicht wurde er schon angenommen.")),
    "line_ended": (
        N_("Der Austausch mit diesem Tauschring ist beendet."),
        N_("Nur was einen Stand ausgleicht, geht noch. Fragen Sie das Büro."),
    ),
    "threshold": (
        N_("Das müssen noch andere für unseren Tauschring unterschreiben."),
        N_("Erst dann gilt es. Unterschrieben wird an der Befehlszeile; wiederholen Sie diesen Schritt danach."),
    ),
    "no_doubt": (N_("Bei dieser Zahlung ist nichts zu klären."), N_("Vielleicht hat es schon jemand getan.")),
    "not_waiting": (N_("Diese Stunden warten nicht mehr."), N_("Vielleicht hat sie schon jemand zugeordnet.")),
    "days": (N_("Diese Frist geht nicht."), N_("Schreiben Sie eine Zahl von 1 bis 366.")),
    "id_reused": (
        N_("Dieses Formular wurde schon abgeschickt, mit anderem Inhalt."),
        N_("Sehen Sie in Ihrem Konto nach, und fangen Sie dann neu an."),
    ),
}
