# SPDX-License-Identifier: AGPL-3.0-or-later
"""A life for two towns, so that there is something to see on every page: by the control socket, and by pages."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from ringtausch_node.config import Mail
from tests.browser.conftest import Towns
from tests.processes import shifted
from tests.processes.towns import Town, until

#: Ten words that open a backup.
WORDS = "Abend Acker Adler Affe Ahorn Album Allee Ampel Amsel Anker"
#: Nobody listens there: every letter stays in the outbox.
MAIL = Mail(host="127.0.0.1", port=9, encryption="none", sender="ring@eiche.example")
DAY_SECONDS = 86_400
#: Past the deadline of a payment (three days) and the day after it, when the ring takes it upon itself.
LONG_AFTER_SECONDS = 6 * DAY_SECONDS
_LINK = re.compile(r"/anmelden/link/\S+")


def live(towns: Towns, ahead: Path, page: Page) -> dict[str, str]:
    """Days in seconds; in the end Ulme is away. `page` is signed in nowhere. -> the paths of what happened."""
    found = {**_undecided(towns, ahead), **_decided(towns.eiche)}
    _people(towns.eiche)
    place = towns.eiche.folder / "backups"
    place.mkdir(mode=0o700)
    towns.eiche.ask("backup", out=str(place / "eiche.example-20260101-000000.backup"), passphrase=WORDS)
    _strangers(towns, page)
    return {**found, "LINK": _link(towns.eiche)}


def _pay(town: Town, to: str, memo: str) -> str:
    """Olga pays. -> the number of the payment."""
    made: str = town.ask("pay", from_="olga", to=to, amount_seconds=1_800, memo=memo)["payment_id"]
    return made


def _until(town: Town, payment_id: str, state: str) -> str:
    """Wait for a state that lasts. -> the path of the payment."""
    until(lambda: town.ask("payment", payment_id=payment_id)["state"] == state, f"a payment that is {state}")
    return f"/zahlungen/{payment_id}"


def _a_day_later(eiche: Town, ahead: Path) -> None:
    """Both towns sign what one owes the other."""
    ahead.write_text(str(DAY_SECONDS), encoding="ascii")

    def signed() -> bool:
        found = eiche.ask("peer.statements", address="ulme.example")["statements"]
        return bool(found) and found[0]["state"] == "signed"

    until(signed, "a statement that both have signed")


def _undecided(towns: Towns, ahead: Path) -> dict[str, str]:
    """Payments into the other town: paid, refused, in doubt, taken back, waiting."""
    eiche, ulme = towns.eiche, towns.ulme
    there = _until(eiche, _pay(eiche, "ben@ulme.example", "Fahrrad"), "paid")
    _a_day_later(eiche, ahead)
    ulme.ask("member.freeze", handle="jutta")
    refused = _until(eiche, _pay(eiche, "jutta@ulme.example", "Tee"), "refused")
    os.kill(ulme.pid, signal.SIGSTOP)
    asked = _pay(eiche, "ben@ulme.example", "Kirschen")
    _until(eiche, asked, "held")
    ulme.kill()
    ahead.write_text(str(LONG_AFTER_SECONDS), encoding="ascii")
    doubt = _until(eiche, asked, "in_doubt")
    taken_back = _pay(eiche, "ben@ulme.example", "Honig")
    eiche.ask("payment.cancel", payment_id=taken_back)
    return {"THERE": there, "REFUSED": refused, "DOUBT": doubt, "CANCELLED": _until(eiche, taken_back, "cancelled"),
            "PENDING": _until(eiche, _pay(eiche, "ben@ulme.example", "Salbei"), "queued")}  # fmt: skip


def _decided(eiche: Town) -> dict[str, str]:
    """A payment at home, and invoices: to pay, of somebody else, declined by the office."""
    paid = eiche.ask("pay", from_="karl", to="olga", amount_seconds=9_000, memo="Kuchen für das Sommerfest")
    eiche.ask("invoice.create", payee="olga", payer="erna", amount_seconds=900, memo="Marmelade")

    def bill(payer: str) -> Any:
        made = eiche.ask("invoice.create", payee="karl", payer=payer, amount_seconds=5_400, memo="Rasen gemäht")
        return made["invoice_id"]

    mine, hers, declined = bill("olga"), bill("erna"), bill("erna")
    eiche.ask("invoice.decline", invoice_id=declined, code="not_received")
    return {"PAID": f"/zahlungen/{paid['payment_id']}", "REFUND": f"/zahlungen/{paid['payment_id']}/zurueckgeben",
            "REVERSE": f"/buero/zurueckbuchen/{paid['payment_id']}", "INVOICE": f"/rechnungen/{mine}",
            "BILL": f"/rechnungen/{hers}", "DECLINED": f"/rechnungen/{declined}"}  # fmt: skip


def _people(eiche: Town) -> None:
    """Who helps, rests and has gone: one to look at, one for each time that somebody is forgotten."""
    for handle, name in (("rudi", "Rudi Ruhe"), ("heinz", "Heinz Holm"), ("gustav1", "Gustav Eins"),
                         ("gustav2", "Gustav Zwei")):  # fmt: skip
        eiche.ask("member.add", handle=handle, name=name)
    eiche.ask("member.freeze", handle="rudi")
    for handle in ("heinz", "gustav1", "gustav2"):
        eiche.ask("member.leave", handle=handle)
    for helper, helped in (("olga", "karl"), ("erna", "olga")):
        eiche.ask("member.helper", handle=helper, for_=helped)
    eiche.ask("member.email", handle="karl", email="karl@mail.example")


def _strangers(towns: Towns, page: Page) -> None:
    """Somebody asks to join, and Karl for a code by mail."""
    page.goto(towns.url(towns.eiche, "/beitreten"))
    page.get_by_label("Ihr Name").fill("Dora Lind")
    page.get_by_label("Wie erreichen wir Sie?").fill("0251 98 76 54")
    page.get_by_label("Möchten Sie uns noch etwas sagen?").fill("Ich backe gern.")
    page.get_by_role("button", name="Abschicken").click()
    expect(page.get_by_role("status")).to_contain_text("Danke!")
    page.goto(towns.url(towns.eiche, "/anmelden/brief?wer=karl"))
    page.get_by_role("button", name="Code schicken").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Postfach")


def _link(eiche: Town) -> str:
    """The link in the letter to Karl, as it lies in the outbox."""

    def written() -> str:
        connection = sqlite3.connect(f"file:{eiche.folder / 'ring.sqlite'}?mode=ro", uri=True)
        try:
            bodies = " ".join(row[0] for row in connection.execute("SELECT body FROM outbox"))
        finally:
            connection.close()
        found = _LINK.search(bodies)
        return found[0] if found else ""

    return until(written, "a letter with a link")


def keep_ahead(root: Path, *towns: Town) -> Path:
    """Towns whose clocks go as far ahead as a file says; not yet started. -> the file."""
    ahead = root / "ahead"
    ahead.write_text("0", encoding="ascii")
    for town in towns:
        town.program = "tests.processes.shifted"
        town.environment.update({shifted.VARIABLE: str(ahead), shifted.SWEEP: "1"})
    return ahead
