# SPDX-License-Identifier: AGPL-3.0-or-later
"""What members and the office meet: who somebody is, how people come in, join and leave, and their letters."""

from __future__ import annotations

from ringtausch_protocol.codes import Code

PEOPLE_CODES = [
    Code(
        "unauthorized", "E", 401,
        "Dieser Zugang gilt nicht.", "This access is not valid.",
        "Lassen Sie sich vom Büro einen neuen Zugang geben.",
        "Ask the office for a new one.",
    ),
    Code(
        "proof", "E", 403,
        "Dafür braucht es Ihr Passwort von bisher oder einen Code.",
        "This needs your password until now, or a code.",
        "Den Code schickt Ihnen Ihr Tauschring per E-Mail, oder das Büro gibt ihn Ihnen.",
        "Your ring sends you the code by mail, or the office gives it to you.",
    ),
    Code(
        "too_many_requests", "T", 429,
        "Das sind zu viele Anfragen auf einmal.", "These are too many requests at once.",
        "Warten Sie einen Augenblick, Programme so lange, wie „Retry-After“ es sagt.",
        "Wait a moment; programs as long as 'Retry-After' says.",
    ),
    Code(
        "not_found", "E", 404,
        "Das gibt es hier nicht.", "There is no such thing here.",
        "Prüfen Sie die Schreibweise.",
        "Check the spelling.",
    ),
    Code(
        "no_receipt", "E", 404,
        "Für diese Zahlung gibt es keine Quittung.", "There is no receipt for this payment.",
        "Es gibt sie erst, wenn die Zahlung entschieden ist.",
        "There is one only once the payment is decided.",
    ),
    Code(
        "unknown_member", "E", 404,
        "Dieses Mitglied gibt es hier nicht.", "There is no such member here.",
        "Prüfen Sie das Kürzel; „ringtausch member list ORDNER“ zeigt alle.",
        "Check the handle; 'ringtausch member list FOLDER' shows all of them.",
    ),
    Code(
        "not_left", "R", 409,
        "Dieses Mitglied ist noch da.", "This member is still here.",
        "Vergessen werden kann, wer ausgetreten ist: „ringtausch member leave ORDNER KÜRZEL“.",
        "Who has left can be forgotten: 'ringtausch member leave FOLDER HANDLE'.",
    ),
    Code(
        "year", "E", 400,
        "Von diesem Jahr gibt es keine Zahlen.", "There are no figures of this year.",
        "Wählen Sie ein Jahr, das schon begonnen hat.", "Choose a year that has begun.",
    ),
    Code(
        "handle_taken", "E", 409,
        "Dieses Kürzel ist vergeben.", "This handle is taken.",
        "Wählen Sie ein anderes; Kürzel werden nie ein zweites Mal vergeben.",
        "Choose another; a handle is never given twice.",
    ),
    Code(
        "label", "E", 400, "Diese Bezeichnung geht nicht.", "This label cannot be used.",
        "Höchstens 40 Zeichen, ohne Steuerzeichen.", "At most 40 characters, no control characters.",
    ),
    Code(
        "label_taken", "R", 409,
        "Ein Zugang mit dieser Bezeichnung besteht schon.", "There is an access with this label already.",
        "Wählen Sie eine andere, oder beenden Sie den alten Zugang.", "Choose another, or end the old access.",
    ),
    Code(
        "too_many_programs", "R", 409,
        "Mehr Programme gehen nicht.", "No more programs are possible.",
        "Beenden Sie erst einen Zugang, den Sie nicht mehr brauchen.", "First end an access that you no longer need.",
    ),
    Code(
        "helper_unfit", "R", 409,
        "Diese Person kann hier nicht als Vertrauensperson handeln.", "This person cannot act as a helper here.",
        "Wählen Sie ein anderes aktives Mitglied, das nicht am selben Konto ist und nicht nur prüft.",
        "Choose another active member, not on the same account and not an auditor.",
    ),
    Code(
        "too_many_helpers", "R", 409,
        "Für dieses Konto handeln schon so viele, wie es geht.", "As many as possible act for this account already.",
        "Beenden Sie zuerst eine Vertretung, die ruhen kann.", "End a help that is no longer needed first.",
    ),
    Code(
        "payments_open", "R", 409,
        "Auf diesem Konto ist noch eine Zahlung unterwegs.", "A payment of this account is still on its way.",
        "Warten Sie ihr Ende ab, oder nehmen Sie sie zurück („payment cancel“); was in Klärung ist, kommt zuerst dran.",
        "Wait for its end, or take it back ('payment cancel'); what is in doubt is settled first ('doubt settle').",
    ),
    Code(
        "balance_not_zero", "R", 409, "Das Konto ist nicht ausgeglichen.", "The account is not at zero.",
        "Erst ausgleichen, oder den Rest mit „--rest-to KONTO“ an ein Gemeinschaftskonto geben.",
        "Bring it to zero first, or give the rest to a community account with '--rest-to ACCOUNT'.",
    ),
    Code(
        "account_shared", "R", 409,
        "Andere behalten dieses Konto; von ihm bleibt kein Rest.", "Others keep this account; no rest is left of it.",
        "Lassen Sie den Rest weg: das Mitglied geht, das Konto bleibt.", "Leave the rest out: the account stays.",
    ),
    Code(
        "member_name", "E", 400,
        "Dieser Name geht nicht.", "This name cannot be used.",
        "1 bis 80 Zeichen, ohne Steuerzeichen.",
        "1 to 80 characters, no control characters.",
    ),
    Code(
        "role", "E", 400,
        "Diese Rolle gibt es nicht.", "There is no such role.",
        "member, office, operator oder auditor.",
        "member, office, operator or auditor.",
    ),
    Code(
        "limits", "E", 400,
        "Diese Grenzen gehen nicht.", "These limits cannot be used.",
        "Die untere Grenze ist 0 oder kleiner, die obere 0 oder größer.",
        "The lower limit is 0 or less, the upper 0 or more.",
    ),
    Code(
        "sign_up_closed", "E", 403,
        "Hier nimmt nur das Büro neue Mitglieder auf.", "Only the office takes members in here.",
        "Fragen Sie das Büro.", "Ask the office.",
    ),
    Code(
        "sign_up_full", "T", 503, "Zurzeit fragen zu viele auf einmal.", "Too many people are asking at the moment.",
        "Versuchen Sie es in ein paar Tagen noch einmal.", "Try again in a few days.",
    ),
    Code(
        "contact", "E", 400, "So ist niemand zu erreichen.", "Nobody can be reached like this.",
        "Eine Telefonnummer oder eine Mailadresse, 5 bis 254 Zeichen.", "A telephone number or mail address.",
    ),
    Code(
        "words", "E", 400, "Dieser Text geht nicht.", "This text cannot be used.",
        "Höchstens 1000 Zeichen, ohne Steuerzeichen.", "At most 1000 characters, no control characters.",
    ),
    Code(
        "request_id", "E", 400, "Das ist keine Nummer einer Anfrage.", "This is no number of a request.",
        "Laden Sie die Seite neu.", "Load the page again.",
    ),
    Code(
        "too_many_blocks", "R", 409, "Mehr Menschen lassen sich nicht fernhalten.", "No more people can be kept away.",
        "Beenden Sie es bei jemandem, oder sprechen Sie mit dem Büro.", "End it for somebody, or talk to the office.",
    ),
    Code(
        "too_many_reports", "R", 409,
        "Das Büro hat noch Meldungen von Ihnen, die es lesen muss.", "The office still has reports of yours to read.",
        "Rufen Sie an, wenn es eilt.", "Call if it is urgent.",
    ),
    Code(
        "category", "E", 400, "Diese Rubrik gibt es nicht.", "There is no such heading.",
        "Wählen Sie eine aus der Liste.", "Choose one of the list.",
    ),
    Code(
        "too_many_communities", "R", 409,
        "Mehr Gemeinschaftskonten gehen nicht.", "No more community accounts are possible.",
        "Benennen Sie ein altes um.", "Give an old one another name.",
    ),
    Code(
        "no_doubt", "E", 409,
        "Bei dieser Zahlung ist nichts zu klären.", "There is nothing to settle with this payment.",
        "„ringtausch doubt list ORDNER“ zeigt, was offen ist.",
        "'ringtausch doubt list FOLDER' shows what is open.",
    ),
    Code(
        "already_reversed", "R", 409,
        "Diese Zahlung wurde schon zurückgegeben.", "This payment has been given back already.",
        "Sie müssen nichts tun.", "There is nothing to do.",
    ),
    Code(
        "csv", "E", 400,
        "Die Liste kann so nicht übernommen werden; es wurde nichts übernommen.",
        "The list cannot be taken over like this; nothing was taken over.",
        "Berichtigen Sie die genannten Zeilen und importieren Sie die ganze Liste noch einmal.",
        "Correct the lines named and import the whole list again.",
    ),
    Code(
        "login", "E", 403,
        "Damit kommen Sie nicht herein.", "That does not let you in.",
        "Prüfen Sie Mitgliedsnummer und Code. Ein Code gilt nur einmal, einer aus einer E-Mail nur auf dem Gerät, auf "
        "dem Sie ihn verlangt haben. Das Büro gibt Ihnen gern einen neuen.",
        "Check the member number and the code. A code counts once, one from an e-mail only on the device on which you "
        "asked for it. The office gladly gives you a new one.",
    ),
    Code(
        "link_spent", "E", 410,
        "Dieser Link gilt nicht mehr.", "This link does not count any more.",
        "Ein Link gilt 10 Minuten und nur einmal. Lassen Sie sich einen neuen schicken.",
        "A link counts for 10 minutes, and once. Have a new one sent.",
    ),
    Code(
        "setup_spent", "E", 410,
        "Dieser Link zum Einrichten gilt nicht mehr.", "This link to set the ring up does not count any more.",
        "Er gilt einmal, eine Woche lang, und nur ohne Betreiber. „ringtausch setup ORDNER“ zeigt ihn neu.",
        "It counts once, for a week, and only while nobody is operator. 'ringtausch setup FOLDER' shows a new one.",
    ),
    Code(
        "own_role", "R", 409,
        "Die eigene Rolle ändert niemand.", "Nobody changes their own role.",
        "Bitten Sie einen anderen Betreiber darum.",
        "Ask another operator to do it.",
    ),
    Code(
        "form_old", "E", 403,
        "Dieses Formular ist nicht mehr gültig.", "This form is not valid any more.",
        "Es wurde nichts ausgeführt. Öffnen Sie die Seite noch einmal und schicken Sie sie dann ab.",
        "Nothing was done. Open the page again and send it then.",
    ),
    Code(
        "nobody_chosen", "E", 400,
        "Es ist niemand ausgewählt.", "Nobody is chosen.",
        "Kreuzen Sie an, für wen gedruckt wird.", "Tick for whom to print.",
    ),
    Code(
        "too_many_letters", "E", 400,
        "Das sind zu viele Briefe auf einmal.", "These are too many letters at once.",
        "Drucken Sie höchstens 100, danach die übrigen.", "Print at most 100, then the rest.",
    ),
    Code(
        "password", "E", 400,
        "Dieses Passwort geht nicht.", "This password cannot be used.",
        "Nehmen Sie 10 bis 200 Zeichen, zum Beispiel vier Wörter. Ihr Name oder ein häufiges Wort allein genügt nicht.",
        "Take 10 to 200 characters, for instance four words. Your name or a common word alone is not enough.",
    ),
    Code(
        "email", "E", 400,
        "Das ist keine E-Mail-Adresse.", "This is not a mail address.",
        "Sie sieht so aus: name@beispiel.de", "It looks like this: name@example.org",
    ),
    Code(
        "no_mail", "E", 409,
        "Dieser Ring verschickt keine E-Mails.", "This ring sends no mail.",
        "Lassen Sie sich vom Büro einen Code auf Papier geben.", "Ask the office for a code on paper.",
    ),
    Code(
        "mail_away", "T", 503,
        "Der Mailserver ist gerade nicht zu erreichen.", "The mail server cannot be reached now.",
        "Der Brief wartet; prüfen Sie [mail] in config.toml, wenn das so bleibt.",
        "The letter waits; check [mail] in config.toml if that stays so.",
    ),
    Code(
        "mail_refused", "R", 409,
        "Der Mailserver nimmt diesen Brief nicht an.", "The mail server does not take this letter.",
        "Prüfen Sie die E-Mail-Adresse des Mitglieds und [mail] in config.toml.",
        "Check the member's mail address and [mail] in config.toml.",
    ),
    Code(
        "slip_number", "E", 400,
        "Diese Belegnummer geht nicht.", "This slip number cannot be used.",
        "Schreiben Sie 1 bis 20 Zeichen, wie sie auf dem Beleg stehen.", "Write 1 to 20 characters, as on the slip.",
    ),
    Code(
        "slip", "R", 409,
        "Ein Beleg mit dieser Nummer ist schon gebucht oder unterwegs.",
        "A slip with this number is booked already, or on its way.",
        "Prüfen Sie die Nummer auf dem Beleg.", "Check the number on the slip.",
    ),
]  # fmt: skip
