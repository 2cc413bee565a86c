"""What is wrong with the way, from the error that was met on it, and what the carrier would have called it.

Sources: the carrier's error dictionary; OpenSSL: x509_vfy.h for the reasons of a certificate.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

HTTP, NO_CONNECTION, NO_NAME, NO_TLS, CERTIFICATE, DATED, AUTHORITY = 11200, 11205, 11210, 11220, 11235, 11236, 11237
NOT_101, CLOSED = 31920, 31921

_NOT_YET, _EXPIRED, _OTHER_HOST = 9, 10, 62
_UNKNOWN_AUTHORITY = (18, 19, 20, 21)
_CA_FILE = (
    "For a certificate of your own name its authority in VOICECALL_CA_FILE; a carrier takes public authorities alone."
)
_RENEW = "Renew the certificate."
_START = "Start the tunnel, and check the URL it printed."

Fault = tuple[str, str, int]  # what is wrong, what to do, the carrier's code


def unreached(error: BaseException) -> Fault:
    """Why no connection came about."""
    met = list(_causes(error))
    for cause in met:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _distrusted(cause)
    for cause in met:
        if isinstance(cause, socket.gaierror):
            return "its name is not in the DNS", _START, NO_NAME
        if isinstance(cause, ssl.SSLError):
            return f"it does not speak TLS ({cause.reason or cause})", "Write the port on which it does.", NO_TLS
    return f"it cannot be reached ({error or type(error).__name__})", _START, NO_CONNECTION


def _distrusted(error: ssl.SSLCertVerificationError) -> Fault:
    if error.verify_code == _EXPIRED:
        return "its certificate has expired", _RENEW, DATED
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


def answered(status: int) -> Fault:
    """What an answer that is not ours says of who gave it."""
    match status:
        case 301 | 302 | 303 | 307 | 308:
            what, fix = "it sends us elsewhere", "Write the URL that it redirects to."
        case 401 | 407:
            what, fix = "it asks for a password", "Let the carrier in without one: its requests are signed."
        case 413:
            what, fix = "forms are too large for it", "Let it pass on 64 kB (nginx: client_max_body_size)."
        case 404 | 405:
            what = "the request arrives under another path, or at something else"
            fix = "Let it lead to the port that voicecall listens on (--port), with the path as it is."
        case 502 | 503 | 504 | 530:
            what, fix = "nobody answers behind it", "Let it lead to the port that voicecall listens on (--port)."
        case _:
            what = "it is answered by something else"
            fix = "Let it lead to the port that voicecall listens on (--port)."
    return f"{what} (HTTP {status})", fix, HTTP
