# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a page says about the codes that only operators meet: lines, receipts, backups, settings."""

from __future__ import annotations

from ringtausch_node.web.look.kind_words import N_

OPERATING = {
    "other_winds_down": (
        N_("Der andere Tauschring löst sich auf."),
        N_("Mit ihm lässt sich nichts mehr vereinbaren."),
    ),
    "town_name": (
        N_("Dieser Name geht nicht."),
        N_("Schreiben Sie bis zu 40 Zeichen, ohne @; jeder Tauschring braucht einen eigenen Namen."),
    ),
    "no_balance": (
        N_("Schreiben Sie, wie viel wir danach noch zu geben haben."),
        N_("0 heißt: Danach ist der Stand ausgeglichen."),
    ),
    "not_waived": (N_("Kreuzen Sie an, was wir damit aufgeben."), N_("Das lässt sich nicht zurücknehmen.")),
    "nothing_waived": (
        N_("Inzwischen geben wir damit nichts mehr auf."),
        N_("Nichts ist unterschrieben. Lesen Sie, was jetzt gilt, und schicken Sie es noch einmal."),
    ),
    "who_bears": (
        N_("Wählen Sie, wer es trägt oder bekommt."),
        N_("Entweder die Gemeinschaft, oder ein Mitglied mit seinem Kürzel."),
    ),
    "claims_left": (
        N_("Noch ist nicht mit allen Tauschringen alles ausgeglichen."),
        N_("Die Liste zeigt, was offen ist und wie es endet."),
    ),
    "reset_open": (
        N_("Für eine Verbindung ist ein neuer Stand vorgeschlagen, den noch nicht beide unterschrieben haben."),
        N_(
            "Öffnen Sie unten ihren Abschluss: Erst unterschreiben beide. Hat der andere schon bescheinigt, dass alles"
            " vorbei ist, fällt der Vorschlag von selbst weg. Antwortet er nie mehr, geben Sie die Verbindung auf."
        ),
    ),
    "ours_counts": (
        N_("Beide haben etwas vorgeschlagen, und unser Vorschlag zählt: Der andere Tauschring unterschreibt ihn."),
        N_("Hier ist nichts zu unterschreiben. Rufen Sie dort an."),
    ),
    "reset_stale": (
        N_("Der Vorschlag von dort lässt sich so nicht unterschreiben."),
        N_(
            "Er nennt nicht alles, was unterwegs ist, oder passt nicht mehr zu dem, was bei uns steht. Schlagen Sie"
            " etwas anderes vor."
        ),
    ),
    "ring_closed": (
        N_("Unser Tauschring hat bescheinigt, dass alles vorbei ist. Danach wird kein Stand mehr neu vereinbart."),
        N_("Was dort noch offen sein soll, klären Sie am besten am Telefon."),
    ),
    "line_over": (
        N_("Beide haben schon unterschrieben, dass auf dieser Verbindung nichts mehr offen ist."),
        N_("Sie müssen nichts mehr tun."),
    ),
    "no_taker": (
        N_("Dieser Tauschring kann das nicht übernehmen, oder nicht so viel."),
        N_("Es geht höchstens so viel, wie der eine uns zu geben hat und wir dem anderen."),
    ),
    "claim_turned": (
        N_("Inzwischen ist es umgekehrt: Wer hier bekommen sollte, hat jetzt uns zu geben."),
        N_("Nichts wurde geschickt. Lesen Sie, was jetzt offen ist."),
    ),
    "not_agreed": (
        N_("Noch haben nicht beide Tauschringe zugestimmt. Einer ist jetzt gefragt."),
        N_("Rufen Sie dort an, und schicken Sie es danach noch einmal."),
    ),
    "assignment_declined": (
        N_("Einer der beiden Tauschringe hat abgelehnt. Nichts hat sich geändert."),
        N_("Rufen Sie dort an. Stimmt man dort doch noch zu, schicken Sie es noch einmal."),
    ),
    "nothing_asked": (
        N_("Danach fragt niemand mehr, oder jetzt nach einem anderen Betrag."),
        N_("Die Liste zeigt, was jetzt gefragt ist."),
    ),
    "seen_lately": (
        N_("Dieser Tauschring war in den letzten sieben Tagen noch da."),
        N_("Rufen Sie dort an. Kommt er wieder, stehen in seinen Büchern andere Zahlen als in unseren."),
    ),
    "orders_pass": (
        N_("Zahlungen von dort sind hier durchgegangen und noch nicht entschieden."),
        N_("Nichts hat sich geändert. Unten steht, auf wen sie warten und was Sie tun können."),
    ),
    "not_given_up": (
        N_("Diese Verbindung ist nicht aufgegeben."),
        N_("Geben Sie sie erst auf, wenn es den anderen Tauschring nicht mehr gibt."),
    ),
    "already_given_up": (
        N_("Diese Verbindung hat schon ein anderer Betreiber aufgegeben."),
        N_("Nichts wurde zweimal gebucht. Unter ihrem neuen Namen steht sie in der Liste der Tauschringe."),
    ),
    "already_settled": (
        N_("Der Rest dieser Verbindung ist schon abgeschlossen; es gilt, was zuerst gesagt wurde."),
        N_("Nichts wurde gebucht. Sprechen Sie sich ab, wer das tut."),
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
    "passphrase_needed": (
        N_("Diese Sicherung ist verschlossen."),
        N_("Nötig sind die zehn Wörter oder das Kennwort, mit denen sie gemacht wurde."),
    ),
    "not_an_invitation": (
        N_("Das ist keine Einladung eines Tauschrings."),
        N_("Kopieren Sie den ganzen Text der Einladung, vom ersten bis zum letzten Zeichen."),
    ),
    "ring_url": (
        N_("Unter der Internetadresse in dieser Einladung lässt sich kein Tauschring anrufen."),
        N_(
            "Richtig wäre etwa https://eiche.example, ohne ? und #. Bitten Sie den anderen Tauschring, sie zu"
            " berichtigen und neu einzuladen."
        ),
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
    "threshold": (
        N_("Das müssen noch andere für unseren Tauschring unterschreiben."),
        N_("Erst dann gilt es. Unterschrieben wird an der Befehlszeile; wiederholen Sie diesen Schritt danach."),
    ),
    "role": (N_("Diese Rolle gibt es nicht."), N_("Wählen Sie eine aus der Liste.")),
    "not_a_backup": (
        N_("Das ist keine Sicherung eines Tauschrings."),
        N_("Nehmen Sie eine Datei, die unter „Sicherung“ gemacht wurde."),
    ),
    "schema": (
        N_("Das stammt von einer neueren Fassung des Programms."),
        N_("Bringen Sie das Programm auf den neuen Stand."),
    ),
    "audit_failed": (
        N_("Die Prüfung kam zu keinem Ende."),
        N_("Versuchen Sie es noch einmal. Hilft das nicht, prüfen Sie auf einem anderen Rechner."),
    ),
    "mail_refused": (
        N_("Der Mailserver nimmt diese Adresse nicht an."),
        N_("Prüfen Sie die Adresse, und wer Mails für den Tauschring abgibt."),
    ),
    "mail_away": (
        N_("Der Mailserver ist nicht erreichbar oder lässt uns nicht herein."),
        N_("Was wartet, wird wieder versucht. Bleibt es so, prüfen Sie die Einstellungen für Mails."),
    ),
}
