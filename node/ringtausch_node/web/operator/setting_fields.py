# SPDX-License-Identifier: AGPL-3.0-or-later
"""The settings that a page asks for: each with its question, and a sentence on what breaks if it changes."""

from __future__ import annotations

from typing import Literal, NamedTuple

from ringtausch_node.web.look.kind_words import N_

Kind = Literal["text", "number", "amount", "choice", "lines", "secret"]


class Field(NamedTuple):
    """One setting: its dotted name, how it is asked, and what a change does to people."""

    name: str
    kind: Kind
    label: str
    breaks: str
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def id(self) -> str:
        """Its name in a form."""
        return self.name.replace(".", "-")


class Group(NamedTuple):
    """Settings that belong on one page."""

    name: str
    title: str
    words: str
    fields: tuple[Field, ...]


_RING = (
    Field("name", "text", N_("Wie heißt Ihr Tauschring?"),
          N_("Steht auf allen Seiten und Briefen. Schon gedruckte Karten zeigen weiter den alten Namen.")),
    Field("office_phone", "text", N_("Telefon des Büros"),
          N_("Steht unten auf jeder Seite. Ist es falsch, findet niemand Hilfe, der nicht weiterkommt.")),
)  # fmt: skip
_SPEECH = (
    Field("language", "choice", N_("In welcher Sprache sprechen die Seiten zuerst?"),
          N_("Wer auf dem eigenen Gerät schon gewählt hat, behält die eigene Sprache."),
          (("de", N_("Deutsch")), ("en", N_("Englisch")))),
    Field("form_of_address", "choice", N_("Wie reden Sie Ihre Mitglieder an?"),
          N_("Ändert alle Seiten und Mails auf einmal. Ihre eigenen Texte ändern sich nicht."),
          (("Sie", "Sie"), ("Du", "Du"))),
    Field("time_zone", "text", N_("Zeitzone"),
          N_("Danach richten sich die Tage auf Auszügen; ein Auszug von gestern kann dann anders enden.")),
)  # fmt: skip
_BLOCKS = (("block", N_("Nichts mehr buchen")), ("warn", N_("Buchen und darauf hinweisen")))
_RULES = (
    Field("limits.default_min_seconds", "amount", N_("Wie weit darf ein neues Mitglied ins Minus?"),
          N_("Gilt für neue Mitglieder; wer schon da ist, behält die eigene Grenze.")),
    Field("limits.default_max_seconds", "amount", N_("Wie viel darf ein neues Mitglied ansammeln?"),
          N_("Gilt für neue Mitglieder; wer schon da ist, behält die eigene Grenze.")),
    Field("limits.lower_limit", "choice", N_("Was geschieht an der unteren Grenze?"),
          N_("Gilt sofort für alle. Ohne Halt kann ein Minus wachsen, das am Ende alle tragen."), _BLOCKS),
    Field("limits.upper_limit", "choice", N_("Was geschieht an der oberen Grenze?"),
          N_("Gilt sofort für alle. Mit Halt kann, wer viel hilft, auf einmal nichts mehr bekommen."), _BLOCKS),
    Field("membership.sign_up", "choice", N_("Wie kommen neue Mitglieder herein?"),
          N_("Mit dem Formular kann jeder anfragen; das Büro muss die Anfragen dann auch lesen."),
          (("office", N_("Nur das Büro nimmt auf")), ("page", N_("Formular, das Büro entscheidet")))),
    Field("membership.accept_invoices_after_days", "number",
          N_("Nach wie vielen Tagen gilt eine Rechnung als angenommen? 0 heißt nie."),
          N_("Gilt auch für Rechnungen, die schon warten; manche werden dann am selben Tag bezahlt.")),
    Field("membership.categories", "lines", N_("Rubriken, eine je Zeile"),
          N_("Eine Rubrik, die fehlt, bleibt an alten Buchungen stehen und fehlt nur beim Auswählen.")),
)  # fmt: skip
_LINES = (
    Field("lines.limit_in_seconds", "amount", N_("Wie viel darf ein neuer Partner uns zu geben haben?"),
          N_("So viel kann Ihr Tauschring verlieren. Verbindungen, die es schon gibt, bleiben, wie sie sind.")),
    Field("lines.limit_out_seconds", "amount", N_("Wie viel wollen wir einem neuen Partner zu geben haben dürfen?"),
          N_("Ist es zu wenig, scheitern Zahlungen Ihrer Mitglieder dorthin.")),
    Field("lines.open_holds", "number", N_("Wie viele Zahlungen dürfen auf einer Verbindung zugleich unterwegs sein?"),
          N_("Bei zu wenigen warten Zahlungen. Gilt für neue Verbindungen.")),
    Field("lines.deadline_hours", "number", N_("Wie viele Stunden warten wir auf den anderen Tauschring?"),
          N_("So lange bleibt eine Zahlung vorgemerkt, wenn dort der Rechner aus ist. Zu kurz heißt: "
             "Am Wochenende scheitern Zahlungen.")),
    Field("log.entries", "choice", N_("Wer darf die Einträge des Protokolls lesen?"),
          N_("Namen stehen keine darin. Was einmal alle gelesen haben, wird nicht wieder geheim."),
          (("peers", N_("Verbundene Tauschringe und Prüfer")), ("open", N_("Alle")))),
)  # fmt: skip
_MAIL = (
    Field("mail.host", "text", N_("Mailserver"),
          N_("Leer heißt: keine Mails. Dann kommen Codes nur noch auf Papier.")),
    Field("mail.port", "number", N_("Port des Mailservers"),
          N_("Meist 587, mit TLS von Anfang an 465. Falsch heißt: Alle Mails warten.")),
    Field("mail.encryption", "choice", N_("Verschlüsselung"),
          N_("Ohne Verschlüsselung kann jeder unterwegs die Codes lesen, mit denen man sich anmeldet."),
          (("starttls", "STARTTLS"), ("tls", "TLS"), ("none", N_("keine")))),
    Field("mail.user", "text", N_("Benutzername beim Mailserver"),
          N_("Ist er falsch, lehnt der Server alles ab, und die Mails warten.")),
    Field("mail.password", "secret", N_("Passwort beim Mailserver"),
          N_("Leer lassen heißt: Es bleibt, wie es ist. Gezeigt wird es nie.")),
    Field("mail.sender", "text", N_("Absender der Mails"),
          N_("Eine Adresse, die Ihr Mailserver für Sie verschickt; sonst landen Ihre Mails im Spam.")),
)  # fmt: skip

#: In the order in which a new ring is set up.
GROUPS = {
    group.name: group
    for group in (
        Group("ring", N_("Name und Telefon"), N_("Wie Ihr Tauschring heißt, und wer hilft"), _RING),
        Group("sprache", N_("Sprache und Anrede"), N_("Deutsch oder Englisch, förmlich oder vertraut"), _SPEECH),
        Group("regeln", N_("Regeln für Mitglieder"), N_("Grenzen, Aufnahme, Rechnungen, Rubriken"), _RULES),
        Group("verbindungen", N_("Regeln für Verbindungen"), N_("Womit eine neue Verbindung anfängt"), _LINES),
        Group("post", N_("E-Mail"), N_("Der Mailserver, der Ihre Mails verschickt"), _MAIL),
    )
}
