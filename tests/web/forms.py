# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every form of the hand-kept table: which fields it has, and what somebody sends who makes no mistake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Form(NamedTuple):
    """A form, and what fits into each of its fields.

    `fields`: what somebody types, chooses or ticks. `kept`: which of them stand in the form again with a mistake;
    passwords, boxes and lists to choose from do not. `hidden`: what the page itself wrote into it. `back_at`: the form
    that a mistake leads back to, where it is another one. `is_final`: with all fields right but one it may book.
    """

    fields: Mapping[str, str]
    kept: tuple[str, ...] = ()
    hidden: Mapping[str, str] = {}
    back_at: str = ""
    is_final: bool = False


_NUMBER = {"nummer": "01890a5d-ac96-774b-bcce-b302099a8057"}
_SLIP = {"beleg1": "26-1", "nehmer1": "alma", "geber1": "ben", "betrag1": "1", "wofuer1": "Fenster"}
_WISH = {"an": "ben", "betrag": "1", "wofuer": "Rasen", "ring": "oak.example", "konto": ""}
_BILL = {"an": "ben", "betrag": "1", "wofuer": "Rasen"}
_ASKED = {"name": "Dora", "erreichen": "0251 1", "worte": "Gern."}
_LIST = {"liste": "Kürzel;Name;Saldo"}
_NEW = {"name": "Dora", "kuerzel": "dora2", "email": ""}
_LINE, _DESK = "/betrieb/ring/{address}", "/buero/mitglied/{handle}"

#: Path of the table -> its form.
TYPED = {
    "/abstand/beenden": Form({}, (), {"wen": "ben"}),
    "/abstand/halten": Form({"wen": "ben"}, ("wen",)),
    "/abstand/melden": Form({"ueber": "ben", "worte": "Er ruft nachts an."}, ("ueber", "worte"), _NUMBER),
    "/anmelden": Form({"wer": "alma", "code": "WWWW-WWWW", "merken": "ja"}, ("wer",), {"weiter": "/konto", "mit": ""}),
    "/anmelden/brief": Form({"wer": "alma"}),
    "/ansicht": Form({"sprache": "de", "schrift": "normal"}, (), {"weiter": "/"}),
    "/beitreten": Form(_ASKED, tuple(_ASKED), _NUMBER),
    "/betrieb/abmelden": Form({"sicher": "", "nachweis": "", "programme": ""}, is_final=True),
    "/betrieb/annehmen": Form({"einladung": "{}"}, ("einladung",)),
    "/betrieb/aufloesung/beginnen": Form({"sicher": "", "nachweis": ""}),
    "/betrieb/aufloesung/abschliessen": Form({"nachweis": ""}),
    "/betrieb/einladen": Form({"sie": "1", "wir": "1"}, ("sie", "wir"), {"als": "text"}),
    "/betrieb/mails/probe": Form({"an": "olga@oak.example"}, ("an",)),
    "/betrieb/quittung": Form({"quittung": "{}"}, ("quittung",)),
    f"{_LINE}/abschluss/abschreiben": Form({"wer": "", "mit": "", "sicher": "", "nachweis4": ""}),
    f"{_LINE}/abschluss/aufgeben": Form({"sicher": "", "nachweis3": ""}, is_final=True),
    f"{_LINE}/abschluss/uebernahme": Form(
        {"betrag": "1", "nachweis5": ""}, (), {"durch": "elm.example", "gibt": "elm.example"}
    ),
    "/betrieb/uebernahme/zustimmen": Form({}, (), {"von": "a.example", "mit": "b.example", "sekunden": "60"}),
    "/betrieb/uebernahme/ablehnen": Form({}, (), {"von": "a.example", "mit": "b.example", "sekunden": "60"}),
    f"{_LINE}/abschluss/unterschreiben": Form({"verzicht2": "", "nachweis2": ""}),
    f"{_LINE}/abschluss/vorschlagen": Form({"stand": "0", "nachweis1": ""}, ("stand",), is_final=True),
    f"{_LINE}/bestaetigen": Form({}, (), {"worte": "eins zwei", "gleich": "ja"}),
    f"{_LINE}/name": Form({"name": "Osnabrück"}, ("name",)),
    f"{_LINE}/grenze": Form({"grenze": "10"}, ("grenze",)),
    f"{_LINE}/beenden": Form({"sicher": ""}),
    "/betrieb/rollen": Form({"wer": "alma", "rolle": "member"}),
    "/betrieb/sicherung": Form({"eigenes": "", "bisher": ""}, (), {"woerter": "", "nummer": ""}, is_final=True),
    "/betrieb/sicherung-pruefen": Form({"datei": "x.backup", "woerter": "eins zwei"}),
    "/betrieb/texte/{name}": Form({"text": "Markt 1"}, (), {"sprache": "de"}),
    "/buero/anfragen/{id}/aufnehmen": Form({"kuerzel": "dora"}, ("kuerzel",)),
    "/buero/belege": Form(_SLIP, tuple(_SLIP), back_at="/buero/belege/pruefen", is_final=True),
    "/buero/belege/pruefen": Form(_SLIP, tuple(_SLIP)),
    "/buero/einlesen": Form(_LIST, tuple(_LIST), back_at="/buero/einlesen/pruefen", is_final=True),
    "/buero/einlesen/pruefen": Form(_LIST, tuple(_LIST)),
    "/buero/briefe": Form({}, (), {"nummer": "", "wer-<script>alert(1)</script>": "ja", "wer-alma": "ja"}),
    "/buero/karten": Form({}, (), {"alle": "", "wer-<script>alert(1)</script>": "ja"}),
    "/buero/gemeinschaft": Form({"kuerzel": "sozial", "name": "Sozialfonds"}, ("kuerzel", "name")),
    "/buero/klaeren/zahlung/{payment_id}": Form({}, (), {"wer": "member"}),
    "/buero/klaeren/zuordnen": Form({"an": "alma", "betrag": "1"}, (), {"posten": "x", "gemeinschaft": ""}),
    f"{_DESK}/austritt": Form({"grund": "left"}, (), {"rest": "", "sicher": "ja"}),
    f"{_DESK}/angaben": Form({"name": "Alma Berg", "email": "alma@mail.example"}, ("name", "email")),
    f"{_DESK}/grenzen": Form({"unten": "20", "oben": "20"}, ("unten", "oben")),
    f"{_DESK}/vergessen": Form({"sicher": ""}),
    "/buero/monat": Form({"rubrik1": ""}, (), {"monat": "2026-11", "war1": "x", "rubrikx": "=1+1", "nur": ""}),
    "/buero/neu": Form(_NEW, tuple(_NEW), _NUMBER),
    "/buero/zurueckbuchen/{payment_id}": Form({"wofuer": "falsch"}, ("wofuer",), {"nummer": ""}),
    "/einstellungen/email": Form({"email": "a@post.example", "bisher2": ""}, ("email",)),
    "/einstellungen/passwort": Form({"passwort": "", "bisher1": ""}),
    "/einstellungen/post": Form({"zahlungen": "ja", "rechnungen": "ja"}),
    "/geraete/programm": Form({"wofuer": "Haushaltsbuch", "nachweis": ""}, ("wofuer",)),
    "/rechnung-schreiben": Form(_BILL, tuple(_BILL), {"nummer": ""}),
    "/rechnungen/{invoice_id}/ablehnen": Form({"grund": "not_received"}),
    "/vertrauen": Form({"wer": "ben"}, ("wer",)),
    "/zahlen": Form(_WISH, tuple(_BILL), {"nummer": "", "rechnung": ""}, "/zahlen/pruefen", is_final=True),
    "/zahlen/pruefen": Form(_WISH, tuple(_BILL)),
}

_ONLY_A_BUTTON = (
    "/abmelden", "/anmelden/link/{link}", "/betrieb/mails/erneut", "/betrieb/protokoll/nachrechnen",
    "/betrieb/pruefung", f"{_LINE}/ruhen", f"{_LINE}/wecken", f"{_LINE}/zustimmen",
    f"{_LINE}/durchgang/anfangen", f"{_LINE}/durchgang/anhalten", "/betrieb/verrechnung",
    "/buero/anfragen/{id}/ablehnen", f"{_DESK}/abmelden", "/buero/brief/{handle}", "/buero/meldungen/{id}/erledigt",
    f"{_DESK}/ruhen", f"{_DESK}/wecken", "/geraete/alle-abmelden", "/geraete/{id}/abmelden",
    "/rechnungen/{invoice_id}/erinnern", "/rechnungen/{invoice_id}/zurueckziehen", "/vertrauen/{helper}/beenden",
    "/zahlungen/{payment_id}/zuruecknehmen",
)  # fmt: skip
#: Path of the table -> why no odd text is sent with it here.
UNTYPED = {
    **dict.fromkeys(_ONLY_A_BUTTON, "a button and nothing else"),
    "/zahlungen/{payment_id}/zurueckgeben": "a button; inside the ring its hidden number means nothing",
    "/rechnungen/{invoice_id}/bezahlen": "whoever sends it pays; odd numbers of slips: test_acting_for_others.py",
    "/betrieb/einstellungen/{group}": "every field of every group: test_changing.py",
    "/einrichten/{token}": "needs a ring that nobody has set up: test_setting_up.py",
}

#: One place in a path may only hold what stands there; these are nobody's.
PLACES = ("%3Cscript%3E", "..%2F..%2Fetc", "%00", "x" * 300, "%E2%80%AEneb", "community:opening", "(operator)")
