# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ringtausch_node.errors import RemoteError
from tests.transport.peers import HOST, OK, answering, peer_that, post, saying, transport_with


def certificate(folder: Path, name: str) -> Path:
    """A self-signed certificate for a name, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ipaddress.ip_address(HOST))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = folder / f"{name}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def serving_with(pem: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


async def test_a_certificate_of_the_name_from_a_known_authority_is_accepted(tmp_path: Path) -> None:
    pem = certificate(tmp_path, "oak.example")
    lookup, _ = answering([HOST])
    trusting = ssl.create_default_context(cafile=str(pem))
    async with (
        peer_that(saying(OK), serving_with(pem)) as peer,
        transport_with(lookup=lookup, tls=trusting) as transport,
    ):
        assert 200 == (await post(transport, f"https://oak.example:{peer.port}")).status


@pytest.mark.parametrize("is_trusted", [True, False])
async def test_another_certificate_is_refused(tmp_path: Path, is_trusted: bool) -> None:
    pem = certificate(tmp_path, "elm.example")
    lookup, _ = answering([HOST])
    trusting = ssl.create_default_context(cafile=str(pem)) if is_trusted else None
    name = "oak.example" if is_trusted else "elm.example"
    async with (
        peer_that(saying(OK), serving_with(pem)) as peer,
        transport_with(lookup=lookup, tls=trusting) as transport,
    ):
        with pytest.raises(RemoteError, match="its certificate cannot be verified"):
            await post(transport, f"https://{name}:{peer.port}")
        assert [] == peer.requests
