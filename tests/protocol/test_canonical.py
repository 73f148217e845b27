# SPDX-License-Identifier: AGPL-3.0-or-later
"""One way to write: bytes that differ from it are refused, whatever a JSON reader accepts."""

from __future__ import annotations

import json
import unicodedata

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringtausch_protocol import canonical
from ringtausch_protocol.canonical import Wire
from ringtausch_protocol.errors import RemoteError


class Small(Wire, frozen=True):
    number: int
    text: str


class Optional(Wire, frozen=True, omit_defaults=True):
    must: int
    may: int | None = None


class Outer(Wire, frozen=True):
    inner: msgspec.Raw


def code_of(data: bytes, kind: type[msgspec.Struct] = Small, limit: int = 1_000_000) -> str:
    with pytest.raises(RemoteError) as caught:
        canonical.parse(data, kind, limit)
    return caught.value.code


def test_a_value_is_written_in_the_order_of_its_fields_without_blanks() -> None:
    assert b'{"number":7,"text":"a\\"b\\\\c"}' == canonical.encode(Small(text='a"b\\c', number=7))


TEXTS = (
    st.text(max_size=40)
    .map(lambda text: unicodedata.normalize("NFC", text))
    .filter(lambda text: not canonical.has_controls(text))
)


@given(number=st.integers(-(2**63), 2**63 - 1), text=TEXTS)
def test_what_is_written_is_read_again(number: int, text: str) -> None:
    value = Small(number=number, text=text)

    assert value == canonical.parse(canonical.encode(value), Small, 1_000)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_and_never_break_the_reader(data: bytes) -> None:
    for kind in (Small, Outer, Optional):
        code, written = None, data
        try:
            written = canonical.encode(canonical.parse(data, kind, 50))
        except RemoteError as error:
            code = error.code
        assert data == written
        assert code in {None, "too_large", "malformed", "not_canonical"}


@given(number=st.integers(-9, 9), text=TEXTS, place=st.integers(0, 200), byte=st.integers(0, 255))
def test_a_changed_byte_is_refused_or_says_something_else(number: int, text: str, place: int, byte: int) -> None:
    value = Small(number=number, text=text)
    data = bytearray(canonical.encode(value))
    data[place % len(data)] = byte
    try:
        found = canonical.parse(bytes(data), Small, 1_000)
    except RemoteError:
        return
    assert (found == value) == (bytes(data) == canonical.encode(value))


@given(st.text(max_size=30))
def test_python_and_canonical_agree_on_text_written_by_another_writer(text: str) -> None:
    data = json.dumps({"number": 1, "text": text}, ensure_ascii=False, separators=(",", ":")).encode(
        errors="surrogatepass"
    )
    clean = unicodedata.is_normalized("NFC", text) and not canonical.has_controls(text)
    if clean:
        assert text == canonical.parse(data, Small, 1_000).text
    else:
        assert code_of(data) in {"malformed", "not_canonical"}


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b'{"number":1,"number":1,"text":""}', id="a key twice"),
        pytest.param(b'{"number":2,"number":1,"text":""}', id="a key twice with another value"),
        pytest.param(b'{"text":"","number":1}', id="another order"),
        pytest.param(b'{"number":1, "text":""}', id="a blank"),
        pytest.param(b' {"number":1,"text":""}', id="a blank before"),
        pytest.param(b'{"number":1,"text":""}\n', id="a line feed behind"),
        pytest.param(b'{"number":-0,"text":""}', id="minus zero"),
        pytest.param(b'{"number":1,"text":"\\u0041"}', id="an escaped letter"),
        pytest.param(b'{"number":1,"text":"\\/"}', id="an escaped slash"),
        pytest.param(b'{"number":1,"\\u0074ext":""}', id="an escaped key"),
        pytest.param(b'{"number":1,"text":"\\u0000"}', id="NUL"),
        pytest.param(b'{"number":1,"text":"\\n"}', id="line feed"),
        pytest.param(b'{"number":1,"text":"\\t"}', id="tab"),
        pytest.param(b'{"number":1,"text":"\\u001f"}', id="a control character"),
        pytest.param(b'{"number":1,"text":"\\\\\\n"}', id="a control character behind a backslash"),
        pytest.param(b'{"number":1,"text":"\x7f"}', id="DEL"),
        pytest.param('{"number":1,"text":"a\u0308"}'.encode(), id="not NFC"),
        pytest.param('{"number":1,"text":"\u212b"}'.encode(), id="not NFC, one character"),
        pytest.param('{"number":1,"text":"\u0085"}'.encode(), id="C1"),
        pytest.param('{"number":1,"text":"\u202e"}'.encode(), id="bidi override"),
        pytest.param('{"number":1,"text":"\u2066"}'.encode(), id="bidi isolate"),
        pytest.param('{"number":1,"text":"\u200f"}'.encode(), id="bidi mark"),
        pytest.param('{"number":1,"text":"\u061c"}'.encode(), id="Arabic letter mark"),
        pytest.param('{"number":1,"text":"\u2028"}'.encode(), id="line separator"),
        pytest.param('{"number":1,"text":"\ufeff"}'.encode(), id="BOM in the text"),
    ],
)
def test_a_second_way_of_writing_is_refused(data: bytes) -> None:
    assert "not_canonical" == code_of(data)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"null", id="null"),
        pytest.param(b"[]", id="another shape"),
        pytest.param(b'{"number":1}', id="a field missing"),
        pytest.param(b'{"number":1,"text":"","more":1}', id="an unknown field"),
        pytest.param(b'{"number":1.0,"text":""}', id="a float"),
        pytest.param(b'{"number":1e2,"text":""}', id="an exponent"),
        pytest.param(b'{"number":01,"text":""}', id="a leading zero"),
        pytest.param(b'{"number":"1","text":""}', id="a number as text"),
        pytest.param(b'{"number":NaN,"text":""}', id="NaN"),
        pytest.param(b'{"number":' + b"9" * 5000 + b',"text":""}', id="5000 digits"),
        pytest.param(b'{"number":1,"text":"\x00"}', id="a bare NUL"),
        pytest.param(b'{"number":1,"text":"\xff"}', id="bad UTF-8"),
        pytest.param(b'{"number":1,"text":"\xc0\x80"}', id="overlong UTF-8"),
        pytest.param(b'{"number":1,"text":"\xed\xa0\x80"}', id="a lone surrogate in UTF-8"),
        pytest.param(b'{"number":1,"text":"\\ud800"}', id="a lone surrogate as escape"),
        pytest.param(b'\xef\xbb\xbf{"number":1,"text":""}', id="BOM"),
        pytest.param(b'{"number":1,"text":""}x', id="something behind"),
        pytest.param(b'{"number":1,"text":"', id="cut off"),
        pytest.param(b"[" * 100_000, id="deep and open"),
        pytest.param(b'{"number":' + b"[" * 100_000 + b"]" * 100_000 + b',"text":""}', id="deep"),
    ],
)
def test_what_is_no_such_value_is_malformed(data: bytes) -> None:
    assert "malformed" == code_of(data)


def test_nothing_larger_than_its_limit_is_even_read() -> None:
    data = canonical.encode(Small(number=1, text="x" * 10))

    assert "too_large" == code_of(data, limit=len(data) - 1)
    assert Small(number=1, text="x" * 10) == canonical.parse(data, Small, len(data))


def test_an_absent_field_is_left_out_and_never_null() -> None:
    assert Optional(must=1) == canonical.parse(b'{"must":1}', Optional, 100)
    assert "not_canonical" == code_of(b'{"must":1,"may":null}', Optional)


def test_a_raw_field_is_kept_as_it_came_and_judged_where_it_is_parsed() -> None:
    outer = canonical.parse(b'{"inner":{"number":-0,"text":""}}', Outer, 100)

    assert b'{"number":-0,"text":""}' == bytes(outer.inner)
    assert "not_canonical" == code_of(bytes(outer.inner))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(b'{"inner":"\xff"}', "malformed", id="bad UTF-8, which the reader skips"),
        pytest.param(b'{"inner":"\xed\xa0\x80"}', "malformed", id="a surrogate"),
        pytest.param(b'{"inner":[1,]}', "malformed", id="no JSON"),
        pytest.param(b'{"inner":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "malformed", id="deep"),
        pytest.param(b'{"inner":\n1}', "not_canonical", id="a line feed before"),
        pytest.param(b'{"inner":[1,\n2]}', "not_canonical", id="a line feed inside"),
        pytest.param(b'{"inner":[1,\t2]}', "not_canonical", id="a tab inside"),
        pytest.param(b'{"inner":[1,\r2]}', "not_canonical", id="a carriage return inside"),
        pytest.param(b'{"inner":"\\n"}', "not_canonical", id="an escape"),
        pytest.param(b'{"inner":"\x7f"}', "not_canonical", id="DEL"),
        pytest.param('{"inner":"a\u0308"}'.encode(), "not_canonical", id="not NFC"),
        pytest.param('{"inner":"\u202e"}'.encode(), "not_canonical", id="bidi"),
    ],
)
def test_the_text_inside_a_raw_field_is_looked_at(data: bytes, code: str) -> None:
    assert code == code_of(data, Outer)
