"""What is wrong with the public path, from the error or the answer that was met on it, and the carrier's code for it.

Sources: the carrier's error dictionary; OpenSSL: x509_vfy.h for the reasons of a certificate.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator

import httpx2

from voicecall_core.tunnel.arrivals import NOT_OURS
from voicecall_core.tunnel.proof import Proof
from voicecall_core.words.checks import CheckResult, critical

HTTP, NO_CONNECTION, NO_NAME, REDIRECTED = 11200, 11205, 11210, 11215
NO_TLS, CERTIFICATE, DATED, AUTHORITY, NOT_XML = 11220, 11235, 11236, 11237, 12100

_NOT_YET, _EXPIRED, _OTHER_HOST = 9, 10, 62
_UNKNOWN_AUTHORITY = (18, 19, 20, 21)
_CA_FILE = (
    "For a certificate of your own name its authority in VOICECALL_CA_FILE; a carrier takes public authorities alone."
)


def unreached(error: BaseException, proof: Proof, expected: str) -> CheckResult:
    """Why a request got no answer, or no connection came about."""
    met = list(_causes(error))
    for cause in met:
        if isinstance(cause, ssl.SSLCertVerificationError):
            what, fix, code = _distrusted(cause)
            return critical(what, expected, error=code, fix=fix)
    for cause in met:
        if isinstance(cause, socket.gaierror):
            return critical("its name is not in the DNS", expected, error=NO_NAME, fix=proof.start_tunnel)
        if isinstance(cause, ssl.SSLError):
            found = f"it does not speak TLS ({cause.reason or cause})"
            return critical(found, expected, error=NO_TLS, fix="Write the port on which it does.")
    why = error or type(error).__name__
    if isinstance(error, httpx2.HTTPError) and not isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout):
        return critical(f"no answer came ({why})", expected, error=HTTP, fix=proof.start_tunnel)
    return critical(f"it cannot be reached ({why})", expected, error=NO_CONNECTION, fix=proof.start_tunnel)


def _distrusted(error: ssl.SSLCertVerificationError) -> tuple[str, str, int]:
    if error.verify_code == _EXPIRED:
        return "its certificate has expired", "Renew the certificate.", DATED
    if error.verify_code == _NOT_YET:
        return "its certificate is not valid yet", "Compare this machine's clock with the certificate's dates.", DATED
    if error.verify_code == _OTHER_HOST:
        return "its certificate is for another host", "Get one for exactly this host name.", CERTIFICATE
    if error.verify_code in _UNKNOWN_AUTHORITY:
        return "its certificate is from no authority that is known here", _CA_FILE, AUTHORITY
    return f"its certificate is refused ({error.verify_message})", _CA_FILE, CERTIFICATE


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and all that led to it."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for each in error.exceptions:
                yield from _causes(each)
        error = error.__cause__ or error.__context__


# --- an answer that is not ours ------------------------------------------------------------------------------------

# ngrok: docs of the header ngrok-skip-browser-warning, error ERR_NGROK_6024; localtunnel: its reminder page.
_WARNINGS = (
    (b"err_ngrok_6024", "ngrok"),
    (b"ngrok-skip-browser-warning", "ngrok"),
    (b"tunnel password", "localtunnel"),
    (b"bypass-tunnel-reminder", "localtunnel"),
)
# ngrok: ERR_NGROK_3200 (the tunnel is not online), ERR_NGROK_8012 (nothing listens behind it); cloudflare: error 1033.
_DEAD = (
    (b"err_ngrok_3200", "ngrok says that the tunnel is not online"),
    (b"error 1033", "cloudflare finds no tunnel"),
    (b"argo tunnel error", "cloudflare finds no tunnel"),
)
_NOBODY_BEHIND = (502, 503, 504, 530)
_EMPTY = b"err_ngrok_8012"


def answered(answer: httpx2.Response, proof: Proof, expected: str) -> CheckResult:
    """Who answers in our place, by what the answer looks like."""
    text = answer.content.lower() + b" " + " ".join(answer.headers.values()).lower().encode()
    for sign, who in _WARNINGS:
        if sign in text:
            fix = "Use cloudflared, or a plan or domain of your own without that page."
            return critical(f"{who} puts a browser-warning page in the way", expected, error=NOT_XML, fix=fix)
    for sign, who in _DEAD:
        if sign in text:
            found = f"{who} (HTTP {answer.status_code})"
            return critical(found, expected, error=HTTP, fix=proof.start_tunnel)
    if NOT_OURS in answer.content:
        fix = f"End the other one, or let the tunnel lead to port {proof.port}."
        return critical("another voicecall answers there", expected, error=HTTP, fix=fix)
    what, fix, code = _by_status(answer, proof, empty=_EMPTY in text)
    return critical(f"{what} (HTTP {answer.status_code})", expected, error=code, fix=fix)


def _by_status(answer: httpx2.Response, proof: Proof, *, empty: bool) -> tuple[str, str, int]:
    lead = f"Let it lead to port {proof.port}, where voicecall listens (--port)"
    match answer.status_code:
        case status if empty or status in _NOBODY_BEHIND:
            return "nobody answers behind it", f"{lead}: {proof.start_tunnel}", HTTP
        case status if 300 <= status < 400:
            to = re.match(r"https?://[^/?#]+", answer.headers.get("location", ""))
            found = f"it redirects to {to[0] if to else 'another place'}"
            return found, "Give --public-url the address that it redirects to.", REDIRECTED
        case 401 | 407:
            return "it asks for a password", "Let the carrier in without one: its requests are signed.", HTTP
        case 413:
            return "forms are too large for it", "Let it pass on 64 kB (nginx: client_max_body_size).", HTTP
        case 404 | 405:
            found = "the request arrives under another path, or at something else"
            return found, f"{lead}, with the path as it is.", HTTP
    return "it is answered by something else", f"{lead}.", HTTP
