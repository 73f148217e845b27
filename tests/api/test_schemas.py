# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringtausch_node.api.schemas import FlatDecoder, PaymentBody, QuoteBody
from ringtausch_node.errors import RingtauschError

decode = FlatDecoder(PaymentBody)
decode_quote = FlatDecoder(QuoteBody)

TEXT = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=10) | st.sampled_from(
    ['"', "\\", '","to":"', ":"]
)
MEMBERS = {
    "payment_id": st.just("A" * 22), "from": TEXT.filter(len), "to": TEXT.filter(len),
    "amount_seconds": st.integers(1, 10**9), "memo": TEXT,
}  # fmt: skip


def code_of(decoder: Callable[[bytes], object], body: bytes) -> str:
    """The code of the refusal; empty if there is none."""
    try:
        decoder(body)
    except RingtauschError as error:
        return error.code
    return ""


@st.composite
def objects(draw: st.DrawFn) -> tuple[bytes, bool]:
    """A payment as JSON text, perhaps with members that stand twice; and whether one does."""
    names = draw(st.permutations([*MEMBERS, *draw(st.lists(st.sampled_from(sorted(MEMBERS)), max_size=2))]))
    is_ascii = draw(st.booleans())
    blank = draw(st.sampled_from(["", " ", "\n\t"]))
    members = [
        f"{blank}{json.dumps(name)}{blank}:{blank}{json.dumps(draw(MEMBERS[name]), ensure_ascii=is_ascii)}{blank}"
        for name in names
    ]
    return ("{" + ",".join(members) + "}").encode(), len(names) != len(set(names))


@given(objects())
def test_a_key_that_stands_twice_is_always_found_and_never_imagined(case: tuple[bytes, bool]) -> None:
    body, is_repeated = case
    if is_repeated:
        assert "malformed" == code_of(decode, body)
        return
    value = decode(body)
    expected: dict[str, Any] = json.loads(body)
    assert expected["memo"] == value.memo
    assert expected["amount_seconds"] == value.amount_seconds


@given(st.binary(max_size=200))
def test_no_bytes_break_the_decoder(body: bytes) -> None:
    assert code_of(decode, body) in ("", "malformed", "amount", "address", "payment_id", "memo")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(JSON)
def test_no_json_breaks_the_decoder(value: object) -> None:
    for document in (value, {"to": "ben", "amount_seconds": value}, {"to": value, "amount_seconds": 1}):
        assert code_of(decode_quote, json.dumps(document).encode()) in ("", "malformed", "amount", "address")


def test_the_words_of_a_refusal_never_repeat_what_came() -> None:
    for body in (b'{"secret":1}', b'{"to":"ben","amount_seconds":"secret"}', b'{"to":["secret"],"amount_seconds":1}'):
        with pytest.raises(RingtauschError) as caught:
            decode_quote(body)
        assert "secret" not in str(caught.value)
