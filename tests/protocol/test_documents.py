# SPDX-License-Identifier: AGPL-3.0-or-later
"""Documents: each kind has one form, absent fields are left out, every bound holds (SPEC.md section 4)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from ringtausch_protocol import canonical, documents, envelope, limits
from ringtausch_protocol.canonical import Wire
from ringtausch_protocol.documents import DOCUMENTS, OrderBox
from ringtausch_protocol.entries import ENTRY_HELLO, log_entry
from ringtausch_protocol.errors import RemoteError
from tests.vectors import disclosed, payloads, primitives
from tests.vectors.cast import EICHE, sealed

GOOD: list[tuple[str, str, Wire]] = [(name, kind, value) for name, kind, value, _ in payloads.documents()]


def compact(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def refusal(data: bytes, kind: type[Wire]) -> str:
    with pytest.raises(RemoteError) as caught:
        canonical.parse(data, kind, limits.DOCUMENT_BYTES)
    return caught.value.code


def test_every_kind_has_an_example() -> None:
    assert set(DOCUMENTS) == {kind for _, kind, _ in GOOD}


def test_kinds_are_written_as_in_media_types() -> None:
    assert [] == [kind for kind in DOCUMENTS if not kind.replace("-", "").isalpha() or not kind.islower()]


@pytest.mark.parametrize(("kind", "value"), [pytest.param(kind, value, id=name) for name, kind, value in GOOD])
def test_a_document_is_read_as_it_was_written(kind: str, value: Wire) -> None:
    data = canonical.encode(value)

    assert value == canonical.parse(data, DOCUMENTS[kind], limits.DOCUMENT_BYTES)
    assert ["v", "net"] == list(json.loads(data))[:2]


@pytest.mark.parametrize(("kind", "value"), [pytest.param(kind, value, id=name) for name, kind, value in GOOD])
def test_absent_fields_are_left_out_and_never_null(kind: str, value: Wire) -> None:
    data = json.loads(canonical.encode(value))
    optional = [field.encode_name for field in msgspec.structs.fields(DOCUMENTS[kind]) if not field.required]

    assert None not in data.values()
    for name in optional:
        without = {key: field for key, field in data.items() if key != name}
        assert type(value) is type(canonical.parse(compact(without), DOCUMENTS[kind], limits.DOCUMENT_BYTES))
        assert "not_canonical" == refusal(compact({**without, name: None}), DOCUMENTS[kind])


@pytest.mark.parametrize(("kind", "value"), [pytest.param(kind, value, id=name) for name, kind, value in GOOD])
def test_what_must_be_there_must_be_there_and_nothing_else(kind: str, value: Wire) -> None:
    data = json.loads(canonical.encode(value))
    for field in msgspec.structs.fields(DOCUMENTS[kind]):
        if field.required:
            without = {key: each for key, each in data.items() if key != field.encode_name}
            assert "malformed" == refusal(compact(without), DOCUMENTS[kind])
    assert "malformed" == refusal(compact({**data, "more": 1}), DOCUMENTS[kind])
    assert "malformed" == refusal(compact({**data, "v": 2}), DOCUMENTS[kind])


def numbers(value: Any, steps: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where the numbers of a JSON value stand."""
    if isinstance(value, dict | list):
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from numbers(inner, (*steps, step))
    elif isinstance(value, int) and not isinstance(value, bool):
        yield steps


def with_number(value: Any, steps: tuple[Any, ...], number: object) -> Any:
    if not steps:
        return number
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[steps[0]] = with_number(value[steps[0]], steps[1:], number)
    return copy


@pytest.mark.parametrize(("kind", "value"), [pytest.param(kind, value, id=name) for name, kind, value in GOOD])
@pytest.mark.parametrize("number", [2**63, 2**53, -(2**53), 0.5, "1", None, True])
def test_every_number_is_bounded_and_whole(kind: str, value: Wire, number: object) -> None:
    data = json.loads(canonical.encode(value))
    for steps in numbers(data):
        changed = compact(with_number(data, steps, number))
        assert refusal(changed, DOCUMENTS[kind]) in {"malformed", "not_canonical"}, steps


@pytest.mark.parametrize(
    ("name", "bound"),
    [("runs", limits.RUNS_MAX), ("holds", limits.HOLDS_LISTED_MAX), ("edges", limits.ADVERT_EDGES_MAX)],
)
def test_lists_are_bounded(name: str, bound: int) -> None:
    makers: dict[str, tuple[type[Wire], Any, Any]] = {
        "runs": (documents.Standing, payloads.hello().standing, payloads.hello().standing.runs[0]),
        "holds": (documents.EpochReset, payloads.epoch_reset(), payloads.epoch_reset().holds[0]),
        "edges": (documents.Advert, disclosed.advert(), disclosed.advert().edges[0]),
    }
    kind, value, one = makers[name]
    most, more = (
        canonical.encode(msgspec.structs.replace(value, **{name: [one] * count})) for count in (bound, bound + 1)
    )

    assert isinstance(canonical.parse(most, kind, limits.REQUEST_BYTES), kind)
    with pytest.raises(RemoteError) as caught:
        canonical.parse(more, kind, limits.REQUEST_BYTES)
    assert "malformed" == caught.value.code


def test_the_longest_hello_is_read_and_fits_an_entry_of_the_log() -> None:
    said = payloads.hello().standing
    runs = [msgspec.structs.replace(said.runs[0], first_seq=limits.SEQ_MAX)] * limits.RUNS_MAX
    hello = msgspec.structs.replace(payloads.hello(), standing=msgspec.structs.replace(said, runs=runs))
    payload, signed = sealed("hello", hello, EICHE.named(EICHE.frame))
    known = {name: bytes.fromhex(public) for name, public in EICHE.known().items()}

    assert payload == envelope.open_envelope(signed, "hello", known, limit=limits.HELLO_ENVELOPE_BYTES)
    assert hello == canonical.parse(payload, documents.Hello, limits.HELLO_BYTES)
    assert len(log_entry(ENTRY_HELLO, (signed,))) < 2**16


def test_a_box_with_the_longest_texts_is_read() -> None:
    box = OrderBox(
        payee="ü" * limits.HANDLE_LENGTH, payer="a" * limits.MEMBER_ADDRESS_LENGTH, memo="🙂" * limits.MEMO_LENGTH,
        payer_salt=primitives.order_box().payer_salt, memo_salt=primitives.order_box().memo_salt,
    )  # fmt: skip

    assert box == canonical.parse(canonical.encode(box), OrderBox, limits.BOX_BYTES)
