# SPDX-License-Identifier: AGPL-3.0-or-later
"""Vectors of messages: what stands in their bodies, and the boxes in which these travel."""

from __future__ import annotations

import json
from collections.abc import Iterator

import msgspec

from ringtausch_protocol import canonical, settlement
from ringtausch_protocol.canonical import Wire
from ringtausch_protocol.letters import (
    PaymentNote,
    Request,
    RequestAnswer,
    RequestReminder,
    RequestWithdrawn,
    WindingDown,
)
from ringtausch_protocol.sealing import message_info
from tests.vectors import payloads
from tests.vectors.cast import EICHE, LINDE, NET, Case, Town, box_for, id16, sealed
from tests.vectors.listing import compact
from tests.vectors.primitives import box_case

_MEMO = "Fahrrad geflickt"


def letters_file() -> Case:
    """letters.json."""
    texts = {topic: canonical.encode(body) for topic, body in bodies().items()}
    to_linde = ("payment_note", "request_answer")
    return {
        "about": "Bodies of messages as text (`of`: the topic), and boxes that hold those which Linde gets.",
        "accepted": [*(_body(topic, topic, text) for topic, text in texts.items()),
                     *(_box(topic, texts[topic]) for topic in to_linde)],
        "refused": [*_bad_bodies(texts), *_bad_boxes(texts)],
    }  # fmt: skip


def bodies() -> dict[str, Wire]:
    """One good body of each topic: Jürgen of Linde asks Alma of Eiche to pay."""
    salt = id16("request salt")
    invoice = msgspec.structs.replace(
        payloads.invoice(), payee_commit=settlement.commit("payee", canonical.unb64(salt, 16), "jürgen"),
        memo_commit=settlement.commit("memo", canonical.unb64(salt, 16), _MEMO),
    )  # fmt: skip
    _, signed = sealed("invoice", invoice, LINDE.named(LINDE.frame))
    return {
        "payment_note": PaymentNote(payment_id=id16("payment"), writer="payer", text="Danke, das Rad fährt wieder!"),
        "request": Request(invoice=msgspec.Raw(signed), payee="jürgen", payer="alma", memo=_MEMO, salt=salt),
        "request_answer": RequestAnswer(invoice_id=invoice.invoice_id, code="wrong_amount"),
        "request_reminder": RequestReminder(invoice_id=invoice.invoice_id),
        "request_withdrawn": RequestWithdrawn(invoice_id=invoice.invoice_id),
        "winding_down": WindingDown(),
    }


def _body(name: str, of: str, text: bytes) -> Case:
    return {"name": name, "is": "message", "of": of, "text": text.decode(), "sha256": canonical.sha256(text).hex()}


def _info(topic: str, sender: Town = EICHE, receiver: Town = LINDE) -> bytes:
    return message_info(NET, sender.id, receiver.id, topic, id16("message"))


def _box(topic: str, text: bytes) -> Case:
    return box_case(topic, text, _info(topic), box_for(LINDE, text, _info(topic), f"letter {topic}"))


def _bad_boxes(texts: dict[str, bytes]) -> Iterator[Case]:
    text = texts["payment_note"]
    box = box_for(LINDE, text, _info("payment_note"), "letter payment_note")
    for name, info in (
        ("another topic", _info("request_answer")),
        ("the way back", _info("payment_note", LINDE, EICHE)),
        ("another id", _info("payment_note").replace(id16("message").encode(), id16("other").encode())),
    ):
        yield {**box_case(name, text, info, box), "code": "bad_box"}


def _bad_bodies(texts: dict[str, bytes]) -> Iterator[Case]:
    changes: list[tuple[str, str, dict[str, object]]] = [
        ("no text", "payment_note", {"text": ""}),
        ("too long a text", "payment_note", {"text": "x" * 401}),
        ("a third side", "payment_note", {"writer": "witness"}),
        ("no payer", "request", {"payer": ""}),
        ("an unknown field", "request", {"more": 1}),
        ("a code with a blank", "request_answer", {"code": "no way"}),
        ("a time beside it", "winding_down", {"at": 1}),
    ]
    for name, of, change in changes:
        yield {**_body(f"{of}: {name}", of, compact({**json.loads(texts[of]), **change})), "code": "malformed"}
    two_lines = compact({**json.loads(texts["payment_note"]), "text": "Danke\nBen"})
    right = texts["payment_note"].decode()
    yield {**_body("payment_note: two lines", "payment_note", two_lines), "canonical": right, "code": "not_canonical"}
