"""How the carrier signs what it sends. Knows nothing of what is in it, nor of how others check it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import urlsplit, urlunsplit


def signed_url(url: str) -> str:
    """The URL as it enters the signature: no fragment, no user, and for https no port.

    Twilio: docs/usage/security. That wss loses its port as https does, and ws keeps it as http does, is an assumption.
    """
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    if parts.scheme in ("https", "wss") and parts.port is not None:
        place = place.rpartition(":")[0]
    return urlunsplit((parts.scheme, place, parts.path, parts.query, ""))


def signature(token: str, url: str, params: Iterable[tuple[str, str]] = ()) -> str:
    """X-Twilio-Signature: base64 of HMAC-SHA1 over the URL and each name and value, sorted, without separators.

    Empty values count: their name alone is appended (Twilio: docs/usage/security).
    """
    text = signed_url(url) + "".join(name + value for name, value in sorted(params))
    digest = hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
