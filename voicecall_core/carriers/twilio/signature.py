"""Whether Twilio signed a request. Knows nothing of sockets, and nothing of what the request says.

The HMAC is computed here and not by the SDK's `RequestValidator`, whose answer is the same for ordinary requests
(the tests compare) but which adds port 80 to a wss URL, cuts a URL with user info or an IPv6 address at the first
colon, raises on a missing signature, knows one token, and stops comparing early when the lengths differ.

A webhook rule can have Twilio sign with a shared key instead of the auth token (public beta: docs/usage/webhooks/
webhook-shared-keys). The request then says so, and by which algorithm; what is signed is the same.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

SHA1, SHA256 = "HMAC_SHA1", "HMAC_SHA256"
_DIGESTS = {SHA1: "sha1", SHA256: "sha256"}
_DEFAULT_PORT = {"http": "80", "https": "443", "ws": "80", "wss": "443"}
_SOCKET_SCHEME = {"http": "ws", "https": "wss"}
_PAGE_SCHEME = {"ws": "http", "wss": "https"}


@dataclass(frozen=True, slots=True)
class _Url:
    """A URL in the pieces that Twilio varies; `user` ends in its @, `rest` is path and query, never re-encoded."""

    scheme: str
    user: str
    host: str
    port: str
    rest: str

    def __str__(self) -> str:
        return f"{self.scheme}://{self.user}{self.host}{':' if self.port else ''}{self.port}{self.rest}"


def sign(token: str, url: str, params: Iterable[tuple[str, str]]) -> str:
    """The signature of a form post to `url` (of a GET or an upgrade: with no `params`), as in `X-Twilio-Signature`.

    Twilio, docs/usage/security: base64(HMAC-SHA1(token, url + each name and value, sorted by name, case-sensitively)),
    an empty value counting as its name alone; user info and fragment are not part of it. The port stays as written:
    Twilio keeps it for http and drops it for https.
    """
    return _signed(token, str(replace(_pieces(url), user="")), _joined(params), SHA1)


def algorithm_of(settings: str) -> str:
    """The algorithm that `X-Twilio-Webhooks-Signature-Settings` names: `key=webhooks_sharedkey_...,algorithm=...`.

    Empty if it names none: then the auth token has signed, as ever.
    """
    pairs = (part.partition("=") for part in settings.split(","))
    return next((value.strip().upper() for name, _, value in pairs if name.strip() == "algorithm"), "")


def valid(
    tokens: str | Sequence[str],
    url: str,
    params: Iterable[tuple[str, str]],
    signature: str,
    *,
    upgrade: bool = False,
    algorithm: str = SHA1,
) -> bool:
    """Whether one of `tokens` (two while one is being rotated) signed this request to the *configured* public `url`.

    The URL is tried with and without its port and its user info. For an `upgrade` it is tried as wss (what Twilio
    signs) and as https, with and without a trailing slash (docs/usage/security: "try a trailing /"). Takes the same
    time whatever is wrong; what is right is known at the first form that fits.
    """
    if algorithm not in _DIGESTS:
        return False
    joined = _joined(params)
    given = signature.encode("utf-8", "surrogatepass")
    for form in _forms(_pieces(url), upgrade):
        for token in (tokens,) if isinstance(tokens, str) else tokens:
            expected = _signed(token, str(form), joined, algorithm).encode("ascii")
            # An empty token is no token: anybody could sign with it.
            if hmac.compare_digest(expected, given) and token != "":
                return True
    return False


def _signed(token: str, url: str, joined: str, algorithm: str) -> str:
    # surrogatepass: a text that was no proper UTF-8 must end in "not signed", never in an exception.
    key, text = (part.encode("utf-8", "surrogatepass") for part in (token, url + joined))
    digest = hmac.digest(key, text, _DIGESTS[algorithm])
    return base64.b64encode(digest).decode("ascii")


def _joined(params: Iterable[tuple[str, str]]) -> str:
    # The set: a name repeated with the same value counts once, as in the SDK's treatment of multi-dicts.
    return "".join(name + value for name, value in sorted(set(params)))


def _forms(url: _Url, upgrade: bool) -> Iterator[_Url]:
    """The likeliest first: as it was configured, without a user."""
    schemes = {url.scheme: None}
    rests = {url.rest: None}
    if upgrade:
        schemes = dict.fromkeys((_SOCKET_SCHEME.get(url.scheme, url.scheme), _PAGE_SCHEME.get(url.scheme, url.scheme)))
        path, mark, query = url.rest.partition("?")
        rests = dict.fromkeys(f"{bare}{mark}{query}" for bare in (path.rstrip("/"), path.rstrip("/") + "/"))
    ports = dict.fromkeys((url.port, "", url.port or _DEFAULT_PORT.get(url.scheme, "")))
    users = dict.fromkeys(("", url.user))  # documented as left out; what the request is sent to has it
    for scheme, user, port, rest in product(schemes, users, ports, rests):
        yield _Url(scheme, user, url.host, port, rest)


def _pieces(url: str) -> _Url:
    scheme, _, rest = url.partition("#")[0].partition("://")
    cut = min((at for at in (rest.find("/"), rest.find("?")) if at >= 0), default=len(rest))
    user, at, authority = rest[:cut].rpartition("@")
    host, colon, port = authority.rpartition(":")
    if not colon or not port.isdecimal():  # no port, or the colon is one of an IPv6 address in brackets
        host, port = authority, ""
    return _Url(scheme.lower(), user + at, host, port, rest[cut:])
