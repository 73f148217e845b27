# SPDX-License-Identifier: AGPL-3.0-or-later
"""What comes from people's programs and spreadsheets: bodies of the API, lists of members."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from ringtausch_node.api.schemas import (
    DeclineBody,
    FlatDecoder,
    HelperBody,
    InvoiceBody,
    NoteBody,
    PayInvoiceBody,
    PaymentBody,
    QuoteBody,
)  # fmt: skip
from ringtausch_node.config import Limits
from ringtausch_node.members.lists import parse_list
from ringtausch_protocol import tiles, units
from ringtausch_protocol.errors import LocalError
from tests.fuzz.target import Read, Target, choosing

BODIES: tuple[Any, ...] = (
    PaymentBody, QuoteBody, NoteBody, InvoiceBody, PayInvoiceBody, DeclineBody, HelperBody,
)  # fmt: skip


def by_hand() -> list[bytes]:
    """What people write, one of each."""
    texts = (
        '{"payment_id":"AAAAAAAAAAAAAAAAAAAAAA","from":"alma","to":"ben@ulme.example","amount_seconds":5400,"memo":"Hecke"}',
        '{"to":"ben","amount_seconds":60}', '{"note_id":"AAAAAAAAAAAAAAAAAAAAAA","text":"Danke"}', '{"helper":"ben"}',
        '{"payee":"alma","payer":"ben@ulme.example","amount_seconds":60,"days":7}', '{"from":"alma"}',
        '{"code":"wrong_amount"}', '{"from":"a\\u006cma"}',
        "handle;name;balance\nalma;Alma;-1,5\nben;Ben;1:30\n", "8.8.8.8", "2a00:1450:4001::1",
    )  # fmt: skip
    return [
        *(text.encode() for text in texts),
        bytes((6, 6, 2, 0)),
        bytes((6, 3, 4, 7)),
        bytes((20, 11, 12, 21)),
        bytes((1,)) + tiles.format_bundle([b"a", b"bc"]),
        bytes((1,)) + tiles.format_bundle([bytes(30), bytes(30)]),
    ]


def _list(data: bytes) -> None:
    rows = parse_list(data, units.HOURS, Limits()).rows
    handles = [member.handle for _, member in rows]
    assert sorted(set(handles)) == sorted(handles)


def _body(kind: Any) -> Read:
    decode = FlatDecoder(kind)

    def read(data: bytes) -> None:
        taken = msgspec.to_builtins(decode(data))
        pairs = json.loads(data, object_pairs_hook=list)
        assert len(dict(pairs)) == len(pairs), "a key stands twice"
        assert dict(pairs) == {name: taken[name] for name, _ in pairs}

    return read


def targets() -> Iterator[tuple[str, Target]]:
    """Name and target of everything here."""
    yield "bodies", choosing([_body(kind) for kind in BODIES])
    yield "list", Target(_list, refuses=LocalError, most_bytes=1_500)
