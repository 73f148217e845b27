# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whatever a member does or reads on a page, a program of his can: kept by hand, so that no page forgets programs.

And whatever an operator does where lines and rings end, by the control socket.
"""

from __future__ import annotations

from pathlib import Path

from ringtausch_node.api.openapi import OPERATIONS as OPERATIONS_OF_API
from tests.web.test_routes import TABLE

_API = Path(__file__).parent.parent / "api" / "routes.txt"
API = {" ".join(line.split()[:2]) for line in _API.read_text().splitlines()}
OPERATIONS = set((Path(__file__).parent.parent / "control" / "operations.txt").read_text().split())
ME, INVOICE, PAYMENT = "/api/v1/me", "/api/v1/invoices/{invoice_id}", "/api/v1/payments/{payment_id}"
MEMBER = "/api/v1/members/{handle}"
STATEMENT, TOKENS = "GET /api/v1/accounts/{handle}/statement", f"GET {MEMBER}/tokens"

#: Page of a member -> what a program asks instead.
SAME = {
    "POST /abmelden": f"POST {MEMBER}/tokens/{{token_id}}/revoke",
    "GET /abstand": f"GET {ME}/blocks",
    "POST /abstand/beenden": f"POST {ME}/blocks/end",
    "POST /abstand/halten": f"POST {ME}/blocks",
    "POST /abstand/melden": f"POST {ME}/reports",
    "GET /daten": f"GET {ME}/data",
    "GET /daten/alles": f"GET {ME}/data",
    "GET /einstellungen": f"GET {ME}/settings",
    "POST /einstellungen/email": f"POST {ME}/email",
    "POST /einstellungen/passwort": f"POST {ME}/password",
    "POST /einstellungen/post": f"POST {ME}/mails",
    "GET /gemeinschaft": "GET /api/v1/communities",
    "GET /geraete": TOKENS,
    "POST /geraete/alle-abmelden": f"POST {MEMBER}/tokens/revoke",
    "POST /geraete/programm": f"POST {ME}/tokens",
    "POST /geraete/{id}/abmelden": f"POST {MEMBER}/tokens/{{token_id}}/revoke",
    "GET /karte": f"GET {ME}",
    "GET /konto": "GET /api/v1/accounts/{handle}",
    "GET /konto/auszug": STATEMENT,
    "GET /konto/bestaetigung": STATEMENT,
    "GET /konto/buchungen": STATEMENT,
    "GET /konto/buchungen.csv": STATEMENT,
    "GET /rechnung-schreiben": "POST /api/v1/invoices",
    "POST /rechnung-schreiben": "POST /api/v1/invoices",
    "GET /rechnungen": "GET /api/v1/invoices",
    "GET /rechnungen.csv": "GET /api/v1/invoices",
    "GET /rechnungen/{invoice_id}": f"GET {INVOICE}",
    "POST /rechnungen/{invoice_id}/ablehnen": f"POST {INVOICE}/decline",
    "POST /rechnungen/{invoice_id}/bezahlen": f"POST {INVOICE}/pay",
    "POST /rechnungen/{invoice_id}/erinnern": f"POST {INVOICE}/remind",
    "POST /rechnungen/{invoice_id}/zurueckziehen": f"POST {INVOICE}/cancel",
    "GET /vertrauen": f"GET {MEMBER}/helpers",
    "POST /vertrauen": f"POST {MEMBER}/helpers",
    "POST /vertrauen/{helper}/beenden": f"POST {MEMBER}/helpers/{{helper}}/revoke",
    "GET /zahlen": "POST /api/v1/quotes",
    "POST /zahlen": "POST /api/v1/payments",
    "GET /zahlen/pruefen": "POST /api/v1/quotes",
    "POST /zahlen/pruefen": "POST /api/v1/quotes",
    "GET /zahlungen/{payment_id}": f"GET {PAYMENT}",
    "GET /zahlungen/{payment_id}/quittung.zip": f"GET {PAYMENT}/receipt",
    "GET /zahlungen/{payment_id}/zurueckgeben": f"POST {PAYMENT}/refund",
    "POST /zahlungen/{payment_id}/zurueckgeben": f"POST {PAYMENT}/refund",
    "POST /zahlungen/{payment_id}/zuruecknehmen": f"POST {PAYMENT}/cancel",
}


#: Page for everybody -> what a program asks instead.
FOR_ALL = {"GET /z/{handle}": "POST /api/v1/quotes"}  # a link to pay somebody: the form, filled in
#: Page for everybody that no program needs -> why.
_COMING_IN = "people come in so; a program brings the token that a member made for it"
_NO_MEMBER = "who has no account has no token; a program of a member has nothing to ask there"
_FOR_READING = "a text to read, or how it looks; what there is to know of it, the page tells as .json"
FOR_PEOPLE = {
    "GET /": _FOR_READING,
    "GET /anmelden": _COMING_IN,
    "POST /anmelden": _COMING_IN,
    "GET /anmelden/brief": _COMING_IN,
    "POST /anmelden/brief": _COMING_IN,
    "GET /anmelden/link/{link}": _COMING_IN,
    "POST /anmelden/link/{link}": _COMING_IN,
    "POST /ansicht": _FOR_READING,
    "GET /beitreten": _NO_MEMBER,
    "POST /beitreten": _NO_MEMBER,
    "GET /einrichten/{token}": _NO_MEMBER,
    "POST /einrichten/{token}": _NO_MEMBER,
    "GET /seite/{name}": _FOR_READING,
    "GET /web/{name}": _FOR_READING,
}


def pages(who: str) -> set[str]:
    return {f"{method} {path}" for method, path, allowed in TABLE if allowed == who}


def test_whatever_a_member_does_on_a_page_a_program_can_do_too() -> None:
    assert pages("member") == set(SAME)
    assert set() == set(SAME.values()) - API


def test_a_page_for_everybody_has_its_operation_or_a_reason_why_no_program_needs_one() -> None:
    assert sorted(pages("open")) == sorted([*FOR_ALL, *FOR_PEOPLE])
    assert set() == set(FOR_ALL.values()) - API


def test_what_a_page_of_the_statement_is_asked_for_the_operation_is_asked_for_too() -> None:
    [statement] = [each for each in OPERATIONS_OF_API if f"{each.method} {each.path}" == STATEMENT]
    assert {"handle", "before", "limit", "search"} == {each["name"] for each in statement.parameters}


RING, PASSING = "/betrieb/ring/{address}", "/betrieb/durchgang"
STOP, END = "/betrieb/aufloesung", f"{RING}/abschluss"
SIGN_OUT, ASKED = "/betrieb/abmelden", "/betrieb/uebernahme"
#: Page of an operator about an end, or what passes -> the operation that does or says the same.
ENDS = {
    f"GET {SIGN_OUT}": "member.sign_out_all",
    f"POST {SIGN_OUT}": "member.sign_out_all",
    f"GET {STOP}": "wind_down",
    f"POST {STOP}/beginnen": "wind_down.begin",
    f"POST {STOP}/abschliessen": "wind_down.close",
    f"GET {STOP}/bescheinigung": "wind_down",
    f"GET {STOP}/bescheinigung.zip": "wind_down",
    f"GET {END}": "peer.reset",
    f"POST {END}/vorschlagen": "peer.reset_propose",
    f"POST {END}/unterschreiben": "peer.reset_sign",
    f"POST {END}/aufgeben": "peer.give_up",
    f"POST {END}/abschreiben": "peer.write_off",
    f"POST {END}/uebernahme": "wind_down.assign",
    f"GET {ASKED}": "assignment.list",
    f"POST {ASKED}/zustimmen": "assignment.answer",
    f"POST {ASKED}/ablehnen": "assignment.answer",
    "GET /betrieb/quittung": "peer.receipt",
    "POST /betrieb/quittung": "peer.receipt",
    "GET /betrieb/verrechnung": "netting.plan",
    "POST /betrieb/verrechnung": "netting.run",
    f"GET {PASSING}": "transit.list",
    f"GET {PASSING}.csv": "transit.list",
    f"POST {RING}/durchgang/anfangen": "peer.transit",
    f"POST {RING}/durchgang/anhalten": "peer.transit",
}


def test_whatever_an_operator_does_where_a_line_ends_an_operation_does_too() -> None:
    about = (SIGN_OUT, STOP, END, "/betrieb/quittung", "/betrieb/verrechnung", PASSING, f"{RING}/durchgang", ASKED)
    assert {f"{method} {path}" for method, path, _ in TABLE if path.startswith(about)} == set(ENDS)
    assert set() == set(ENDS.values()) - OPERATIONS
