# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a page says about a code whose own words speak to operators and programs: what happened, what to do."""

from __future__ import annotations

from ringtausch_node.web.look.kind_codes_of_operating import OPERATING
from ringtausch_node.web.look.kind_words import N_

_EVERYDAY = {
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
    "same_person": (
        N_("Auf diesem Beleg steht zweimal dieselbe Person."),
        N_("Prüfen Sie, wer Hilfe bekommen und wer geholfen hat."),
    ),
    "own_account": (N_("Das ist Ihr eigenes Konto."), N_("Wählen Sie jemand anderen.")),
    "address": (
        N_("So heißt hier niemand."),
        N_("Schreiben Sie die Mitgliedsnummer oder das Kürzel, zum Beispiel: ben"),
    ),
    "amount": (
        N_("Diese Menge können wir nicht lesen."),
        N_("Schreiben Sie zum Beispiel: %(examples)s"),
    ),
    "account_at_rest": (
        N_("Dieses Konto ruht zurzeit; von ihm kann niemand etwas geben."),
        N_("Fragen Sie das Büro, es öffnet das Konto wieder."),
    ),
    "memo": (
        N_("Dieser Text ist länger als 240 Zeichen, hat mehrere Zeilen oder unsichtbare Zeichen."),
        N_("Kürzen Sie ihn, oder tippen Sie ihn noch einmal ab."),
    ),
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
    "bill_too_far": (
        N_("Rechnungen gehen nur in Tauschringe, mit denen wir selbst verbunden sind."),
        N_(
            "Zeigen oder schicken Sie stattdessen Ihre Karte: Mit ihrem Link oder QR-Code kann man Sie auch von dort"
            " bezahlen."
        ),
    ),
    "paused": (N_("Mit diesem Tauschring ruht der Austausch gerade."), N_("Fragen Sie das Büro.")),
    "no_capacity": (
        N_("So viel geht in diesen Tauschring gerade nicht."),
        N_("Die Grenze auf dem Weg dorthin wäre überschritten. Geben Sie weniger, oder fragen Sie das Büro."),
    ),
    "winding_down": (
        N_("Unser Tauschring löst sich auf; in andere Tauschringe geht nichts Neues mehr."),
        N_("Was einen Stand ausgleicht, geht noch. Fragen Sie das Büro."),
    ),
    "no_receipt": (
        N_("Für diese Zahlung gibt es keine Quittung."),
        N_("Es gibt sie erst, wenn die Zahlung entschieden ist."),
    ),
    "no_checkpoint": (
        N_("Die Quittung ist noch nicht fertig."),
        N_("Versuchen Sie es in ein paar Minuten noch einmal."),
    ),
    "label": (
        N_("So kann das Programm nicht heißen."),
        N_("Schreiben Sie, wofür der Zugang ist: 1 bis 40 Zeichen."),
    ),
    "label_taken": (
        N_("Diesen Zugang haben Sie schon."),
        N_("Nehmen Sie einen anderen Namen. Ist der Schlüssel verloren, melden Sie den alten Zugang erst ab."),
    ),
    "too_many_programs": (
        N_("Sie haben schon sehr viele Zugänge für Programme."),
        N_("Melden Sie erst einen ab, den Sie nicht mehr brauchen."),
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
    "bad_list": (N_("In der Liste stimmt etwas nicht."), N_("Es wurde niemand aufgenommen.")),
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
    "not_sure_all": (N_("Kreuzen Sie an, dass Sie sicher sind."), N_("Danach meldet sich jedes Mitglied neu an.")),
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
    "line_ended": (
        N_("Der Austausch mit diesem Tauschring ist beendet."),
        N_("Nur was einen Stand ausgleicht, geht noch. Fragen Sie das Büro."),
    ),
    "no_doubt": (N_("Bei dieser Zahlung ist nichts zu klären."), N_("Vielleicht hat es schon jemand getan.")),
    "not_waiting": (N_("Diese Stunden warten nicht mehr."), N_("Vielleicht hat sie schon jemand zugeordnet.")),
    "more_than_waits": (
        N_("So viel wartet hier nicht."),
        N_("Schreiben Sie höchstens, was darüber steht. Leer heißt: alles."),
    ),
    "days": (N_("Diese Frist geht nicht."), N_("Schreiben Sie eine Zahl von 1 bis 366.")),
    "id_reused": (
        N_("Dieses Formular wurde schon abgeschickt, mit anderem Inhalt."),
        N_("Sehen Sie in Ihrem Konto nach, und fangen Sie dann neu an."),
    ),
    "too_slow": (N_("Das kam nicht vollständig hier an."), N_("Schicken Sie es bitte noch einmal ab.")),
    "decline": (N_("Diesen Grund gibt es nicht."), N_("Wählen Sie einen aus der Liste.")),
    "email": (N_("Das ist keine E-Mail-Adresse."), N_("Eine sieht so aus: name@beispiel.de")),
    "no_note": (
        N_("Zu dieser Zahlung kann noch nichts oder nichts mehr geschrieben werden."),
        N_("Noch ist sie nicht abgeschickt, oder es wurde nichts daraus."),
    ),
    "not_left": (N_("Dieses Mitglied ist noch da."), N_("Vergessen werden kann erst, wer ausgetreten ist.")),
    "clock_doubtful": (
        N_("Unsere Uhr geht vermutlich falsch. Bis sie stimmt, geht nichts in andere Tauschringe."),
        N_("Sagen Sie bitte dem Büro Bescheid."),
    ),
    "superseded": (
        N_("Unser Tauschring kann gerade nichts buchen."),
        N_("Ihr Konto ist sicher. Sagen Sie bitte dem Büro Bescheid."),
    ),
    "log_broken": (
        N_("Mit dem Protokoll unseres Tauschrings stimmt etwas nicht."),
        N_("Sagen Sie bitte gleich dem Büro Bescheid."),
    ),
    "pdf_missing": (
        N_("Dieser Tauschring kann selbst keine PDF-Dateien machen."),
        N_("Drucken Sie die Seite mit dem Browser; dort lässt sie sich auch als PDF speichern."),
    ),
}

CODES = {**_EVERYDAY, **OPERATING}

#: Codes of the machine: whoever runs a command reads what is wrong there, whoever has a page reads these words.
READ_AS = {
    **dict.fromkeys(
        (
            "account_exists", "card_old", "card_pending", "constraint", "csv", "database_damaged", "folder_in_use",
            "folder_missing", "folder_not_empty", "folder_not_made", "folder_unusable", "hold_not_open",
            "illegal_move", "key_file", "key_unknown", "listen_failed", "node_runs", "node_unreachable",
            "not_awaited", "not_shown", "nothing_pending", "operators", "replaced", "root_file", "root_inside",
            "root_missing", "root_wrong", "roster_invalid", "roster_key", "roster_unsigned", "salt", "seed",
            "sheet_line", "unknown_account", "unknown_transfer",
            "usage", "weak_key", "wrong_keys",
        ),
        "internal",
    ),
    **dict.fromkeys(("payment_id", "query", "request_id"), "bad_request"),
    **dict.fromkeys(
        ("edge_missing", "forked", "quarantined", "reset_proposed", "statement_differs", "two_histories"), "paused"
    ),
    "log_forked": "log_broken",
    "not_a_decision": "bad_receipt",
    "signed_amount": "amount",
    "unit": "config",
}  # fmt: skip
