from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from voicecall_core.line import authority as rooms
from voicecall_core.line.authority import Authority
from voicecall_core.line.hosts import LED

NOW = datetime.now(UTC)  # noqa: TID251 - certificates are judged by this machine's clock


def shaken(server: ssl.SSLContext, trusted: bytes, host: str) -> None:
    """A handshake in memory; raises what the client raises."""
    client = ssl.create_default_context(cadata=trusted.decode())
    one, other = ssl.MemoryBIO(), ssl.MemoryBIO()
    here = client.wrap_bio(one, other, server_hostname=host)
    there = server.wrap_bio(other, one, server_side=True)
    for _ in range(4):
        for side in (here, there):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    assert here.version() is not None


@pytest.mark.parametrize("host", LED)
def test_a_led_host_is_vouched_for(host: str) -> None:
    authority = Authority(NOW)
    shaken(authority.tls, authority.certificate, host)


def test_another_host_is_not() -> None:
    authority = Authority(NOW)
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shaken(authority.tls, authority.certificate, "example.com")


def test_the_authority_cannot_sign_for_another_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even whoever had its key could not: its own certificate names the hosts."""
    key = ec.generate_private_key(ec.SECP256R1())
    own = rooms._authority(key, NOW)
    monkeypatch.setattr(rooms, "LED", {"example.com": "x"})
    forged = rooms._server_side(own, key, NOW)
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
        shaken(forged, own.public_bytes(Encoding.PEM), "example.com")


def test_each_run_has_its_own_for_a_week() -> None:
    one, other = (x509.load_pem_x509_certificate(Authority(NOW).certificate) for _ in range(2))
    assert one.fingerprint(hashes.SHA256()) != other.fingerprint(hashes.SHA256())
    assert one.not_valid_after_utc - NOW <= timedelta(days=7)
    assert b"PRIVATE" not in Authority(NOW).certificate
