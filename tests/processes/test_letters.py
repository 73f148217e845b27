# SPDX-License-Identifier: AGPL-3.0-or-later
"""An invoice and its notes between two real nodes, asked over HTTP; each is killed once on the way."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from typing import Any

import msgspec

from tests.processes.towns import Town, befriend, check_books, close_and_verify, until

HOUR = 3_600


class Program:
    """A member's program."""

    def __init__(self, town: Town, handle: str) -> None:
        self._town, self._token = town, town.ask("member.token", handle=handle)["token"]

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """-> status, document."""
        connection = http.client.HTTPConnection("127.0.0.1", self._town.port, timeout=30)
        headers = {
            "Host": self._town.address, "Authorization": f"Bearer {self._token}", "Content-Type": "application/json",
        }  # fmt: skip
        try:
            connection.request(method, f"/api/v1/{path}", None if body is None else msgspec.json.encode(body), headers)
            answer = connection.getresponse()
            return answer.status, msgspec.json.decode(answer.read())
        finally:
            connection.close()

    def state_of(self, invoice: str) -> str | None:
        """How an invoice stands here, or None where it is not known."""
        status, document = self.ask("GET", f"invoices/{invoice}")
        return document["state"] if status == 200 else None


def test_an_invoice_goes_there_and_is_paid_over_a_kill(found: Callable[..., Town]) -> None:
    oak, elm = found("oak"), found("elm")
    oak.start()
    elm.start()
    befriend(oak, elm, members=2)
    payer, payee, stranger = Program(oak, "m0"), Program(elm, "m0"), Program(oak, "m1")

    invoice = _write(payee, "Rasen")
    until(lambda: payer.state_of(invoice) == "open", "the request")
    assert 404 == stranger.ask("GET", f"invoices/{invoice}")[0]
    assert (404, "not_found") == _refused(stranger.ask("POST", f"invoices/{invoice}/pay", {}))
    assert [invoice] == [each["invoice_id"] for each in payer.ask("GET", "invoices")[1]["to_pay"]]

    status, paying = payer.ask("POST", f"invoices/{invoice}/pay", {})
    assert status in (200, 202), paying
    oak.kill()
    oak.start()
    for side in (payer, payee):
        until(lambda side=side: side.state_of(invoice) == "paid", "the payment")  # type: ignore[misc]
    assert payer.ask("POST", f"invoices/{invoice}/pay", {})[1]["payment_id"] == paying["payment_id"]
    assert {"oak": HOUR, "elm": -HOUR} == check_books(oak, elm)

    _thank(elm, payer, payee, paying["payment_id"])
    _decline(payer, payee)
    close_and_verify(oak, elm)


def _thank(elm: Town, payer: Program, payee: Program, payment: str) -> None:
    """A note of the payer reaches the payee although his node is killed."""
    assert 200 == payer.ask("POST", f"payments/{payment}/note", {"text": "Danke, schön geworden!"})[0]
    elm.kill()
    elm.start()
    until(lambda: "notes" in payee.ask("GET", f"payments/{payment}")[1], "the note")
    assert ["Danke, schön geworden!"] == [each["text"] for each in payee.ask("GET", f"payments/{payment}")[1]["notes"]]


def _write(payee: Program, memo: str) -> str:
    """An invoice to m0 of oak. -> its number."""
    wish = {"payee": "m0", "payer": "m0@oak.example", "amount_seconds": HOUR, "memo": memo, "days": 3}
    status, made = payee.ask("POST", "invoices", wish)
    assert (201, "open") == (status, made["state"])
    number: str = made["invoice_id"]
    return number


def _decline(payer: Program, payee: Program) -> None:
    """A second invoice is declined, and its writer is told."""
    second = _write(payee, "Hecke")
    until(lambda: payer.state_of(second) == "open", "the second request")
    assert 200 == payer.ask("POST", f"invoices/{second}/decline", {"code": "not_received"})[0]
    until(lambda: payee.state_of(second) == "declined", "the answer")


def _refused(heard: tuple[int, Any]) -> tuple[int, str]:
    return heard[0], heard[1]["code"]
