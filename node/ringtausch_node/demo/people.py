# SPDX-License-Identifier: AGPL-3.0-or-later
"""The people of the demo: each asks the ring's members' API over HTTP, with an access (token) of their own."""

from __future__ import annotations

import http.client
import json
import time
import uuid
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from ringtausch_node.cli.language import language
from ringtausch_node.demo import words
from ringtausch_node.demo.process import DemoFailed
from ringtausch_protocol.units import Unit

ANSWER_SECONDS = 30.0
#: How long a person waits for the end of a payment, and how often they look.
END_SECONDS = 60.0
LOOK_SECONDS = 0.03
FINAL = frozenset({"paid", "refused", "cancelled"})


class Answer(NamedTuple):
    """What the API said: a status, and a document (RFC 9457 where it said no)."""

    status: int
    document: dict[str, Any]

    @property
    def is_refusal(self) -> bool:
        """Whether the ring said no at once."""
        return self.status >= 400


class Access:
    """One member's program: a connection that is kept, and the token."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token
        self._host = urlsplit(url).netloc
        self._connection: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Answer:
        """One request. A kept connection may have been closed meanwhile: then once more, on a new one.

        That is safe because a payment has its number before it is sent: twice is booked once.
        """
        try:
            return self._ask(method, path, body)
        except (OSError, http.client.HTTPException):
            self.close()
        try:
            return self._ask(method, path, body)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise DemoFailed(words.NO_ANSWER(where=self._host, why=type(error).__name__)) from None

    def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> Answer:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(self._host, timeout=ANSWER_SECONDS)
        headers = {"Authorization": f"Bearer {self.token}", "Accept-Language": language()}
        data = None
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        self._connection.request(method, path, data, headers)
        answer = self._connection.getresponse()
        return Answer(answer.status, json.loads(answer.read()))

    def close(self) -> None:
        """Let the connection go."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Home(NamedTuple):
    """A person's ring, as people know it."""

    name: str
    address: str
    unit: Unit


class Person:
    """A member, as the demo plays them."""

    def __init__(self, name: str, handle: str, home: Home, access: Access) -> None:
        self.name, self.handle, self.home, self.access = name, handle, home, access
        self.address = f"{handle}@{home.address}"

    def __str__(self) -> str:
        return words.OF_RING(name=self.name, ring=self.home.name)

    def way_to(self, payee: Person) -> str:
        """How this person writes to whom to pay: in the own ring the handle is enough."""
        return payee.handle if payee.home == self.home else payee.address

    def pay(self, to: str, amount_seconds: int, memo: str, payment_id: str | None = None) -> Answer:
        """Pay; the number is made here, before anything is sent."""
        body = {
            "payment_id": payment_id or new_payment_id(), "from": self.handle, "to": to,
            "amount_seconds": amount_seconds, "memo": memo,
        }  # fmt: skip
        return self.access.ask("POST", "/api/v1/payments", body)

    def quote(self, to: str, amount_seconds: int) -> dict[str, Any]:
        """Ask before paying. Raises DemoFailed where there is no answer."""
        return self._sure(self.access.ask("POST", "/api/v1/quotes", {"to": to, "amount_seconds": amount_seconds}))

    def payment(self, payment_id: str) -> dict[str, Any]:
        """How a payment stands."""
        return self._sure(self.access.ask("GET", f"/api/v1/payments/{payment_id}"))

    def cancel(self, payment_id: str) -> dict[str, Any]:
        """Take a payment back."""
        return self._sure(self.access.ask("POST", f"/api/v1/payments/{payment_id}/cancel", {}))

    def account(self) -> dict[str, Any]:
        """The own account in figures."""
        return self._sure(self.access.ask("GET", f"/api/v1/accounts/{quote(self.handle)}"))

    def statement(self) -> list[dict[str, Any]]:
        """The own statement, newest first."""
        found = self._sure(self.access.ask("GET", f"/api/v1/accounts/{quote(self.handle)}/statement"))
        return list(found["entries"])

    def wait_for(self, payment_id: str) -> dict[str, Any]:
        """The payment when it has ended. Raises DemoFailed where that takes too long."""
        give_up_at = time.monotonic() + END_SECONDS
        while time.monotonic() < give_up_at:
            payment = self.payment(payment_id)
            if payment["state"] in FINAL:
                return payment
            time.sleep(LOOK_SECONDS)
        raise DemoFailed(words.NOT_ENDED(payment=payment_id, seconds=int(END_SECONDS)))

    def _sure(self, answer: Answer) -> dict[str, Any]:
        if answer.is_refusal:
            raise DemoFailed(words.REFUSED_US(name=self.name, why=answer.document.get("title", answer.status)))
        return answer.document


def new_payment_id() -> str:
    """A number for a payment."""
    return str(uuid.uuid4())
