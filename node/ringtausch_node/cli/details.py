# SPDX-License-Identifier: AGPL-3.0-or-later
"""The detail behind a code, for the person who reads it: the rooms below write it once, in English, for developers.

Phrases are looked for inside a detail; what is not a phrase here (a setting, a file, a figure) stays as it is.
"""

from __future__ import annotations

import re

from ringtausch_node.cli.language import language

#: English (a regular expression) -> German. Longer phrases stand before those that are a part of them.
_GERMAN = {
    # the node
    r"no answer within ([\d.]+) seconds": r"keine Antwort in \1 Sekunden",
    r"the answer was lost": "die Antwort ging verloren",
    r"the answer cannot be read": "die Antwort ist nicht lesbar",
    r"the folder is in use, but no node answers": "der Ordner ist in Gebrauch, aber kein Knoten antwortet",
    r"two rings are called (\S+) on one listen address": r"zwei Ringe heißen \1 an derselben Adresse (listen)",
    r"no such operation": "diesen Vorgang kennt der Knoten nicht",
    r"arguments of": "Angaben zu",
    # amounts, units, names
    r"too large, at most 1000000000 seconds": "zu groß, höchstens 277 777 Stunden",
    r"1 to 1000000000 seconds, in whole steps of the unit": "1 Sekunde bis 277 777 Stunden, in ganzen Schritten der "
    "Einheit",
    r"1 to 1000000000 seconds": "1 Sekunde bis 277 777 Stunden",
    r"not a number": "keine Zahl",
    r"its smallest step is no whole number of seconds": "ihr kleinster Schritt ist keine ganze Zahl von Sekunden",
    r"expected hours or NAME:PER_HOUR:DECIMALS": "erwartet wird hours oder NAME:PRO_STUNDE:NACHKOMMASTELLEN",
    r"a limit of a line is not negative": "die Grenze einer Verbindung ist nicht negativ",
    r"at most what was received; a payment inside the ring only as a whole": "höchstens, was empfangen wurde; eine "
    "Zahlung innerhalb des Rings nur als Ganzes",
    r"not a ring's address": "keine Adresse eines Rings",
    r"not a handle": "kein Kürzel",
    r"expected name@ring": "erwartet wird name@ring",
    r"22 characters of base64url, or a UUID": "22 Zeichen base64url, oder eine UUID",
    r"the office does this": "das macht das Büro",
    r"letters were made for it, or could have been": "dafür wurden schon Briefe gemacht, oder es könnte so sein",
    r"^no number$": "keine Nummer",
    r"^booking$": "Buchung",
    r"^request$": "Anfrage",
    r"^block$": "Sperre",
    r"^report$": "Meldung",
    r"only the office gives codes": "Codes gibt nur das Büro aus",
    r"not your address": "nicht Ihre Adresse",
    r"your own mail address: in your settings": "Ihre eigene E-Mail-Adresse: in Ihren Einstellungen",
    r"slips are booked by the office": "Belege bucht das Büro",
    r"^booked before$": "schon gebucht",
    r"^refused too often$": "zu oft abgelehnt",
    r"^another ring$": "ein anderer Ring",
    r"^empty$": "leer",
    r"before: `next` of a page": "before: `next` einer Seite",
    r"too long, or with control characters": "zu lang, oder mit Steuerzeichen",
    r"several begin with": "es beginnen mehrere mit",
    # settings
    r"unknown setting": "unbekannte Einstellung",
    r'"([^"]*)" here, "([^"]*)" on the card': r"hier „\1“, auf der Karte „\2“",
    r"write what stands on the card": "schreiben Sie, was auf der Karte steht",
    r"write it in small letters": "bitte klein schreiben",
    r"control characters": "Steuerzeichen",
    r"is no IP address": "ist keine IP-Adresse",
    r"cannot be read": "nicht lesbar",
    r"not UTF-8": "nicht in UTF-8",
    r"not TOML": "kein TOML",
    r"line (\d+), column (\d+)": r"Zeile \1, Spalte \2",
    r"is missing": "fehlt",
    r"expected text matching (.*)": r"erwartet wird Text der Form \1",
    r"expected text": "erwartet wird Text",
    r"expected a whole number": "erwartet wird eine ganze Zahl",
    r"expected true or false": "erwartet wird true oder false",
    r"expected a list": "erwartet wird eine Liste",
    r"expected a section": "erwartet wird ein Abschnitt",
    r"expected at most (\d+) characters": r"höchstens \1 Zeichen",
    r"expected at least (\d+) characters?": r"mindestens \1 Zeichen",
    r"expected at most": "höchstens",
    r"expected at least": "mindestens",
    r"one of the words that may stand here": "eines der Wörter, die hier stehen können",
    r"expected (\S+) or (\S+)": r"erwartet wird \1 oder \2",
    r"expected": "erwartet wird",
    # files
    r"more than (\d+) bytes": r"mehr als \1 Bytes",
    r"no such place": "diesen Ort gibt es nicht",
    r"not a folder": "kein Ordner",
    r"cut off": "abgeschnitten",
    r"changed or cut off": "verändert oder abgeschnitten",
    r"too slow a hash": "ein zu langsames Verfahren",
    r"^libraries$": "Bibliotheken",
    r"many wait": "viele warten",
    r"^too large$": "zu groß",
    r"took too long": "dauerte zu lang",
    r"^too long$": "zu lang",
    r"^backup$": "Sicherung",
    r"a file is missing or was changed": "eine Datei fehlt oder wurde geändert",
    r"a file that does not belong there": "eine Datei, die nicht hineingehört",
    r"other files": "andere Dateien",
    r"integrity check": "Prüfung der Seiten",
    r"No such file or directory": "Datei oder Ordner fehlt",
    r"No space left on device": "kein Platz mehr auf dem Datenträger",
    r"Permission denied": "keine Erlaubnis",
    r"Is a directory": "ist ein Ordner",
    r"Not a directory": "kein Ordner",
    r"Read-only file system": "der Datenträger lässt sich nur lesen",
    r"Input/output error": "Fehler des Datenträgers",
    r"File too large": "die Datei würde zu groß",
    r"Address already in use": "die Adresse ist schon belegt",
    r"Cannot assign requested address": "diese Adresse hat der Rechner nicht",
    r"the store has failed and waits to be opened again": "die Datenbank wird gerade neu geöffnet",
    r"the program ended with (\d+)": r"das Programm endete mit \1",
    r"no audit came to an end yet": "noch keine Prüfung kam zu einem Ende",
    # how the command was given
    r"either (\S+) or (\S+)": r"entweder \1 oder \2",
    r"only one of": "nur eines von",
    r"(--\w+) needs (--\w+)": r"\1 braucht \2",
    r"an argument is not valid text": "ein Argument ist kein gültiger Text",
    r"the folder (\S+) is named twice": r"der Ordner \1 ist zweimal genannt",
    # the signed log
    r"leaf (\d+) was changed": r"Eintrag \1 wurde geändert",
    r"leaf (\d+) is missing": r"Eintrag \1 fehlt",
    r"tile (\S+) of log (\d+)": r"Kachel \1 von Protokoll \2",
    r"is too short": "ist zu kurz",
    r"the frontier does not follow from the leaves": "das Ende folgt nicht aus den Einträgen",
    r"log (\d+) at (\d+) is not what was signed": r"Protokoll \1 ist bei Eintrag \2 nicht, was unterschrieben wurde",
    r"(\S+) stands behind (\S+)": r"\1 steht hinter \2 zurück",
    r"log (\d+) has (\d+) entries": r"Protokoll \1 hat \2 Einträge",
    r"\blog (\d+)": r"Protokoll \1",
    # invoices, notes, keys, what was recovered
    r"who pays\?": "wer zahlt?",
    r"1 to (\d+) characters, one line": r"1 bis \1 Zeichen, eine Zeile",
    r"^1 to (\d+)$": r"1 bis \1",
    r"(wrong_person, wrong_amount, not_received, settled_otherwise) or other": r"\1 oder other",
    r"(\S+): reads otherwise than written": r"\1: liest sich anders, als es geschrieben wurde",
    r"(\S+) is not among (\S+)": r"\1 steht nicht in \2",
    r"another ring's invoice": "die Rechnung eines anderen Rings",
    r"another invoice": "eine andere Rechnung",
    r"another note": "eine andere Notiz",
    r"paid, declined, taken back or out of date": "bezahlt, abgelehnt, zurückgenommen oder abgelaufen",
    r"a public key has (\d+) characters": r"ein öffentlicher Schlüssel hat \1 Zeichen",
    r"the payment went through other rings": "die Zahlung ging durch andere Ringe",
    r"not sent yet, or refused": "noch nicht abgeschickt, oder abgelehnt",
    r"a refund is not given back; pay anew": "eine Rückgabe wird nicht zurückgegeben; zahlen Sie neu",
    r"for somebody else": "für jemand anderen",
    r"nobody was asked": "niemand wurde gefragt",
    r"you were not asked": "Sie wurden nicht gefragt",
    r"not your invoice": "nicht Ihre Rechnung",
    r"the office assigns": "das Büro ordnet zu",
    r"nothing, or more than one thing, of this name waits on `recovered`": "auf „recovered“ wartet nichts mit diesem "
    "Namen, oder mehr als eines",
    r"this key is on the card already": "dieser Schlüssel steht schon auf der Karte",
    r"^(\d+) of (\d+)$": r"\1 von \2",
    r"no text": "kein Text",
    r"too large": "zu groß",
    r"once a day": "einmal am Tag",
    r"nobody here has this handle": "niemand hier hat dieses Kürzel",
    r"(--\S+), (--\S+) or (--\S+)$": r"\1, \2 oder \3",
    r"(--begin), or (--assign) ADDRESS --to ADDRESS --amount AMOUNT, or (--close \[--out) FILE\], or none": (
        r"\1, oder \2 ADRESSE --to ADRESSE --amount BETRAG, oder \3 DATEI], oder keines davon"
    ),
    r"(--propose .*), or (--sign .*), or neither": r"\1, oder \2, oder keines von beiden",
    r"\binvoices\b": "Rechnungen",
    r"\binvoice\b": "Rechnung",
    # members, payments, lines
    r"those of the account stay": "die des Kontos bleiben",
    r"not your account": "nicht Ihr Konto",
    r"only operators": "nur für Betreiber",
    r"who reads all accounts": "nur, wer alle Konten liest",
    r"not your accesses": "nicht Ihre Zugänge",
    r"account is frozen": "Konto ruht",
    r"account is left": "Konto ist aufgelöst",
    r"shares the account": "führt dasselbe Konto",
    r"a state is active, paused or gone": "ein Zustand ist active, paused oder gone",
    r"an auditor pays for nobody": "wer prüft, zahlt für niemanden",
    r"payer and payee are one": "Absender und Empfänger sind eins",
    r"another member": "ein anderes Mitglied",
    r"the id stands for another payment": "unter dieser Nummer steht eine andere Zahlung",
    r"not paid after a doubt, or settled already": "nicht nachträglich bezahlt, oder schon geklärt",
    r"older than seven days": "älter als sieben Tage",
    r"an invitation of our own": "eine Einladung dieses Rings",
    r"of another ring": "eines anderen Rings",
    r"an operator does this": "das tun Betreiberinnen und Betreiber",
    r"only at the machine": "nur am Rechner des Rings",
    r"\bbackups\b": "Ordner der Sicherungen (backups)",
    r"\bpages\b": "Ordner der Seiten (pages)",
    r"\bstep\b": "Schritt",
    r"\btext\b": "Text",
    r"^written off$": "abgeschrieben",
    r"^with a member$": "mit einem Mitglied",
    r"in doubt": "in Klärung",
    r"reserved": "vorgemerkt",
    r"above zero": "im Plus",
    r"below zero": "im Minus",
    r"at most": "höchstens",
    r"\bpayment\b": "Zahlung",
    r"\baccount\b": "Konto",
    r"\baccess\b": "Zugang",
    r"\bhelp\b": "Vertretung",
    r"\bpayee\b": "Empfänger",
    r"\bpayer\b": "Absender",
    r"\bformat (\d+)": r"Format \1",
}
_PHRASES = [(re.compile(english), german) for english, german in _GERMAN.items()]
_GUESS = re.compile(r'meinten Sie / did you mean ("[^"]*")\?')

#: What is wrong with a cell or a list: German, English.
_CELLS = {
    "address": ("kein Kürzel", "not a handle"),
    "member_name": ("dieser Name geht nicht", "this name cannot be used"),
    "email": ("keine E-Mail-Adresse", "not a mail address"),
    "role": ("diese Rolle gibt es nicht", "there is no such role"),
    "amount": ("kein Betrag", "not an amount"),
    "limits": ("die untere Grenze ist höchstens 0, die obere mindestens 0", "lower limit at most 0, upper at least 0"),
    "handle_taken": ("dieses Kürzel ist vergeben", "this handle is taken"),
    "empty": ("leer", "empty"),
    "too_large": ("zu groß", "too large"),
    "encoding": ("weder UTF-8 noch UTF-16 noch Windows-1252", "neither UTF-8 nor UTF-16 nor Windows-1252"),
    "quotes": ("Anführungszeichen, die nicht schließen", "quotation marks that do not close"),
    "cell_too_long": ("eine Zelle ist viel zu lang", "a cell is far too long"),
    "cells": ("mehr Zellen als die Kopfzeile", "more cells than the header"),
    "column_twice": ("diese Spalte steht zweimal da", "this column stands there twice"),
    "column_missing": ("diese Spalte fehlt", "this column is missing"),
    "no_members": ("es steht kein Mitglied darin", "there is no member in it"),
}
_COLUMNS = {
    "handle": "Kürzel", "name": "Name", "role": "Rolle", "min": "Untergrenze", "max": "Obergrenze", "balance": "Saldo",
    "email": "E-Mail", "file": "Datei", "row": "Zeile",
}  # fmt: skip
_CELL = re.compile(r"line (\d+), (\w+): (\w+)")


def detail_for_people(code: str, detail: str) -> str:
    """The detail of an error in the language of this call."""
    if code == "csv":
        return _of_a_list(detail)
    if language() != "de":
        return _GUESS.sub(r"did you mean \1?", detail)
    detail = _GUESS.sub(r"meinten Sie \1?", detail)
    for phrase, german in _PHRASES:
        detail = phrase.sub(german, detail)
    return detail


def _of_a_list(detail: str) -> str:
    is_german = language() == "de"

    def told(found: re.Match[str]) -> str:
        line, column, code = found.groups()
        german, english = _CELLS.get(code, (code, code))
        if is_german:
            return f"Zeile {line}, {_COLUMNS.get(column, column)}: {german} ({code})"
        return f"line {line}, {column}: {code} ({english})"

    text = _CELL.sub(told, detail)
    return re.sub(r"and (\d+) more", r"und \1 weitere", text) if is_german else text
