"""A certificate authority for one run, which can sign for the led hosts alone. Its key never leaves the memory."""

from __future__ import annotations

import os
import ssl
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from voicecall_core.errors import SettingsError
from voicecall_core.line.hosts import LED

LASTS = timedelta(days=7)  # a run that is forgotten over a weekend still works
_SLACK = timedelta(hours=1)  # clocks differ


class Authority:
    """`certificate` is what a program has to trust, as PEM; `tls` answers for every led host."""

    def __init__(self, now: datetime) -> None:
        """`now` is an aware datetime. Raises SettingsError where a key cannot be handed over without a file."""
        key = ec.generate_private_key(ec.SECP256R1())
        own = _authority(key, now)
        self.certificate = own.public_bytes(Encoding.PEM)
        self.tls = _server_side(own, key, now)

    def __repr__(self) -> str:
        return "Authority()"


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _authority(key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    own = _name("voicecall sim, this run only")
    permitted = [x509.DNSName(host) for host in LED]
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        _dated(own, own, key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        # Whoever trusts it by mistake elsewhere trusts it for these hosts, and for nothing else.
        .add_extension(x509.NameConstraints(permitted_subtrees=permitted, excluded_subtrees=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _dated(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number())
    return builder.not_valid_before(now - _SLACK).not_valid_after(now + LASTS)


def _server_side(own: x509.Certificate, key: ec.EllipticCurvePrivateKey, now: datetime) -> ssl.SSLContext:
    """One certificate for all led hosts: a client that names none is answered too."""
    leaf_key = ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName([x509.DNSName(host) for host in LED])
    leaf = (
        _dated(_name("voicecall sim"), own.subject, leaf_key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(names, critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = leaf_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    _take(context, secret + leaf.public_bytes(Encoding.PEM))
    return context


def _take(context: ssl.SSLContext, chain: bytes) -> None:
    """Hand key and certificate over through a pipe: the ssl module reads files alone, and none is written."""
    if not os.path.isdir("/dev/fd"):
        raise SettingsError("A program cannot be led here: this system has no /dev/fd.", fix="Use voicecall sim alone.")
    readers = []
    try:
        for _ in range(2):  # it is opened for the certificate, and once more for the key
            reader, writer = os.pipe()
            readers.append(reader)
            os.write(writer, chain)  # far below what a pipe holds
            os.close(writer)
        context.load_cert_chain(*(f"/dev/fd/{reader}" for reader in readers))
    finally:
        for reader in readers:
            os.close(reader)
