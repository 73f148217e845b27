# SPDX-License-Identifier: AGPL-3.0-or-later
"""Envelopes: DSSE as others read it, one strict form, and nothing comes out that is not signed by the keys expected."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from securesystemslib.dsse import Envelope as ForeignEnvelope
from securesystemslib.signer._key import SSlibKey

from ringtausch_protocol import envelope, limits
from ringtausch_protocol.envelope import add_signatures, document_hash, media_type, open_envelope, pae, parse_envelope
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.keys import SigningKey, key_id

ANNA, BERTA, CARLA = (SigningKey(bytes([place]) * 32) for place in (1, 2, 3))
NAMES = {key.public: key_id("ring.example", key.public) for key in (ANNA, BERTA, CARLA)}
KNOWN = {NAMES[key.public]: key.public for key in (ANNA, BERTA)}
PAYLOAD = b'{"v":1}'


def sealed(*signers: SigningKey, payload: bytes = PAYLOAD, kind: str = "ring-card") -> bytes:
    return envelope.seal(kind, payload, [(NAMES[key.public], key) for key in signers])


def refusal(data: bytes, kind: str = "ring-card", threshold: int = 1) -> str:
    with pytest.raises(RemoteError) as caught:
        open_envelope(data, kind, KNOWN, threshold)
    return caught.value.code


def changed(data: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    value = json.loads(data)
    change(value)
    return json.dumps(value, separators=(",", ":")).encode()


def test_the_signed_bytes_are_those_of_dsse() -> None:
    # protocol.md of DSSE v1
    assert b"DSSEv1 29 http://example.com/HelloWorld 11 hello world" == pae(
        "http://example.com/HelloWorld", b"hello world"
    )


def test_lengths_are_counted_in_bytes() -> None:
    assert b"DSSEv1 2 \xc3\xa4 0 " == pae("ä", b"")


@given(payload=st.binary(max_size=200))
def test_a_payload_comes_out_as_it_went_in(payload: bytes) -> None:
    assert payload == open_envelope(sealed(ANNA, payload=payload), "ring-card", KNOWN)


def test_an_envelope_has_one_form() -> None:
    data = sealed(BERTA, ANNA)
    value = json.loads(data)

    assert ["payloadType", "payload", "signatures"] == list(value)
    assert "application/vnd.ringtausch.ring-card.v1+json" == value["payloadType"] == media_type("ring-card")
    assert base64.b64encode(PAYLOAD).decode() == value["payload"]
    assert sorted(KNOWN) == [each["keyid"] for each in value["signatures"]]
    assert data == sealed(ANNA, BERTA) == json.dumps(value, separators=(",", ":")).encode()


def test_another_implementation_verifies_it() -> None:
    data = sealed(ANNA, BERTA)
    foreign = ForeignEnvelope.from_dict(json.loads(data))
    anna, berta = (
        SSlibKey(NAMES[key.public], "ed25519", "ed25519", {"public": key.public.hex()}) for key in (ANNA, BERTA)
    )

    assert pae(media_type("ring-card"), PAYLOAD) == foreign.pae()
    assert {NAMES[ANNA.public], NAMES[BERTA.public]} == set(foreign.verify([anna, berta], 2))


def test_the_hash_of_a_document_does_not_depend_on_who_signed() -> None:
    assert document_hash("ring-card", PAYLOAD) != document_hash("invoice", PAYLOAD)
    assert 32 == len(document_hash("ring-card", PAYLOAD))


def test_a_second_signature_is_added_over_the_same_payload() -> None:
    both = add_signatures(sealed(ANNA), "ring-card", [(NAMES[BERTA.public], BERTA)])

    assert sealed(ANNA, BERTA) == both
    assert PAYLOAD == open_envelope(both, "ring-card", KNOWN, threshold=2)


def test_who_signs_twice_has_signed_once() -> None:
    assert sealed(ANNA) == sealed(ANNA, ANNA)
    assert sealed(ANNA) == add_signatures(sealed(ANNA), "ring-card", [(NAMES[ANNA.public], ANNA)])


def test_no_signature_is_added_to_another_kind_of_document() -> None:
    with pytest.raises(RemoteError) as caught:
        add_signatures(sealed(ANNA), "invoice", [(NAMES[BERTA.public], BERTA)])

    assert "wrong_type" == caught.value.code


def test_the_threshold_counts_keys_and_not_their_names() -> None:
    data = envelope.seal("ring-card", PAYLOAD, [("one", ANNA), ("two", ANNA)])
    names = {"one": ANNA.public, "two": ANNA.public}

    assert PAYLOAD == open_envelope(data, "ring-card", names, threshold=1)
    with pytest.raises(RemoteError) as caught:
        open_envelope(data, "ring-card", names, threshold=2)
    assert "threshold" == caught.value.code


def test_too_few_signatures_are_refused() -> None:
    assert "threshold" == refusal(sealed(ANNA), threshold=2)


def test_a_signature_by_an_unknown_key_is_refused_even_beside_good_ones() -> None:
    assert "unknown_key" == refusal(sealed(ANNA, BERTA, CARLA), threshold=2)


def test_a_bad_signature_is_refused_even_beside_a_good_one() -> None:
    other = json.loads(sealed(BERTA, payload=b"{}"))["signatures"][0]["sig"]
    place = sorted(KNOWN).index(NAMES[BERTA.public])
    data = changed(sealed(ANNA, BERTA), lambda value: value["signatures"][place].update(sig=other))

    assert "bad_signature" == refusal(data)


def test_a_document_of_another_kind_is_refused() -> None:
    assert "wrong_type" == refusal(sealed(ANNA), kind="invoice")


def test_a_changed_kind_breaks_the_signature() -> None:
    data = changed(sealed(ANNA), lambda value: value.update(payloadType=media_type("invoice")))

    assert "bad_signature" == refusal(data, kind="invoice")


def test_a_changed_payload_breaks_the_signature() -> None:
    data = changed(sealed(ANNA), lambda value: value.update(payload=base64.b64encode(b'{"v":2}').decode()))

    assert "bad_signature" == refusal(data)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda value: value["signatures"].clear(), id="no signature"),
        pytest.param(lambda value: value["signatures"].reverse(), id="another order"),
        pytest.param(lambda value: value["signatures"].append(value["signatures"][-1]), id="a signature twice"),
        pytest.param(lambda value: value["signatures"].extend(value["signatures"] * 8), id="too many"),
        pytest.param(lambda value: value.update(payload="e30"), id="payload without padding"),
        pytest.param(lambda value: value.update(payload="e31="), id="loose bits in the payload"),
        pytest.param(lambda value: value.update(payload="e30=e30="), id="padding inside"),
        pytest.param(lambda value: value.update(payload="_-8="), id="base64url"),
        pytest.param(lambda value: value.update(payload=" e30="), id="a blank in the payload"),
        pytest.param(lambda value: value.update(payload="A"), id="a cut payload"),
        pytest.param(lambda value: value.update(payloadType="Application/X"), id="upper case in the type"),
        pytest.param(lambda value: value.update(more=1), id="a field more"),
        pytest.param(lambda value: value["signatures"][0].update(cert="x"), id="a field more in a signature"),
        pytest.param(lambda value: value["signatures"][0].update(keyid=""), id="no key id"),
        pytest.param(lambda value: value["signatures"][0].update(keyid="a b c"), id="a blank in the key id"),
        pytest.param(lambda value: value["signatures"][0].update(sig="A" * 86), id="a signature without padding"),
        pytest.param(lambda value: value["signatures"][0].update(sig="A" * 85 + "B=="), id="loose bits in a signature"),
        pytest.param(lambda value: value["signatures"][0].update(sig="AAAA"), id="a short signature"),
        pytest.param(lambda value: value.pop("payload"), id="no payload"),
    ],
)
def test_an_envelope_of_another_form_is_malformed(change: Callable[[dict[str, Any]], object]) -> None:
    assert "malformed" == refusal(changed(sealed(ANNA, BERTA), change))


def test_another_way_of_writing_is_not_canonical() -> None:
    data = sealed(ANNA)
    value = json.loads(data)

    assert "not_canonical" == refusal(json.dumps(value).encode())
    assert "not_canonical" == refusal(json.dumps(dict(reversed(value.items())), separators=(",", ":")).encode())
    assert "not_canonical" == refusal(data.replace(b"/vnd", b"\\/vnd"))


def test_an_envelope_larger_than_its_limit_is_refused() -> None:
    data = sealed(ANNA)

    assert sealed(ANNA) == data
    with pytest.raises(RemoteError) as caught:
        parse_envelope(data, limit=len(data) - 1)
    assert "too_large" == caught.value.code
    assert "too_large" == refusal(sealed(ANNA, payload=bytes(limits.ITEM_BYTES)))


def test_the_largest_document_can_be_sealed_and_opened() -> None:
    payload = b"x" * limits.DOCUMENT_BYTES

    assert payload == open_envelope(sealed(ANNA, BERTA, payload=payload), "ring-card", KNOWN, threshold=2)


def test_signatures_that_others_made_are_attached() -> None:
    anna, berta = sealed(ANNA), parse_envelope(sealed(BERTA)).signatures
    both = envelope.attach(anna, "ring-card", berta)

    assert sealed(ANNA, BERTA) == both
    assert both == envelope.attach(both, "ring-card", berta)
    assert PAYLOAD == open_envelope(both, "ring-card", KNOWN, 2)
    with pytest.raises(RemoteError, match="wrong_type"):
        envelope.attach(anna, "invoice", berta)


def test_whose_signature_stands_first() -> None:
    assert NAMES[BERTA.public] == envelope.signer_of(sealed(BERTA))
