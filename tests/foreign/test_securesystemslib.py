# SPDX-License-Identifier: AGPL-3.0-or-later
"""securesystemslib knows DSSE and Ed25519 and nothing of us: it verifies our documents and the headers of frames."""

from __future__ import annotations

import base64
import copy
import json
from importlib import metadata
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer._crypto_signer import CryptoSigner
from securesystemslib.signer._key import Key, SSlibKey

from ringtausch_protocol import envelope, frames, keys
from tests.house.tree import ROOT

FOLDER = ROOT / "tests" / "vectors"


def signed_texts() -> list[Any]:
    """(envelope, keys, threshold) of every accepted document and frame."""
    found = []
    for name in ("documents", "envelopes", "frames", "peering"):
        for case in json.loads((FOLDER / f"{name}.json").read_bytes())["accepted"]:
            text = case.get("envelope") or case.get("header")
            if text is not None:
                found.append(pytest.param(text, case["keys"], case.get("threshold", 1), id=f"{name}: {case['name']}"))
    return found


def foreign_key(name: str, public: str) -> SSlibKey:
    return SSlibKey(name, "ed25519", "ed25519", {"public": public})


def verified(text: str, known: dict[str, str], threshold: int) -> set[str]:
    """The ids of the keys that it says have signed. It changes what it is given, so it gets a copy."""
    foreign: list[Key] = [foreign_key(*each) for each in known.items()]
    return set(Envelope.from_dict(copy.deepcopy(json.loads(text))).verify(foreign, threshold))


def test_it_is_the_version_whose_verdict_we_know() -> None:
    assert (1, 3) <= tuple(map(int, metadata.version("securesystemslib").split(".")[:2]))


@pytest.mark.parametrize(("text", "known", "threshold"), signed_texts())
def test_it_verifies_what_we_sign(text: str, known: dict[str, str], threshold: int) -> None:
    assert set(known) == verified(text, known, threshold)
    kind = json.loads(text)["payloadType"].removeprefix("application/vnd.ringtausch.").removesuffix(".v1+json")
    assert envelope.open_envelope(text.encode(), kind, {name: bytes.fromhex(key) for name, key in known.items()})


@pytest.mark.parametrize(("text", "known", "threshold"), signed_texts()[:3])
def test_it_refuses_what_we_did_not_sign(text: str, known: dict[str, str], threshold: int) -> None:
    value = json.loads(text)
    payload = base64.b64decode(value["payload"])
    for change in (
        {"payload": base64.b64encode(payload.replace(b'"test"', b'"live"')).decode()},
        {"payloadType": envelope.media_type("statement")},
        {"signatures": [{**value["signatures"][0], "sig": base64.b64encode(bytes(64)).decode()}]},
    ):
        with pytest.raises(VerificationError):
            verified(json.dumps({**value, **change}), known, threshold)


def test_we_verify_what_it_signs() -> None:
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    public = private.public_key().public_bytes_raw()
    name = keys.key_id("ring.example", public)
    foreign = Envelope(b'{"v":1}', envelope.media_type("invoice"), {})
    foreign.sign(CryptoSigner(private, foreign_key(name, public.hex())))
    text = json.dumps(foreign.to_dict(), separators=(",", ":"))
    fields = json.loads(text)
    ours = json.dumps({key: fields[key] for key in ("payloadType", "payload", "signatures")}, separators=(",", ":"))

    assert b'{"v":1}' == envelope.open_envelope(ours.encode(), "invoice", {name: public})


def test_the_bytes_it_would_sign_are_ours() -> None:
    case = json.loads((FOLDER / "frames.json").read_bytes())["accepted"][0]
    payload = case["payload"].encode()

    assert envelope.pae(envelope.media_type(frames.HEADER_KIND), payload) == (
        Envelope.from_dict(json.loads(case["header"])).pae()
    )
