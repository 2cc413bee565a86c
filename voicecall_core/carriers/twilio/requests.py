"""What Twilio's own requests to us look like, for anybody who has to send one like them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from voicecall_core.carriers.twilio.signature import sign

# As observed. Tunnels that show a browser-warning page do so to browsers alone.
_WEBHOOK = (
    ("User-Agent", "TwilioProxy/1.1"),
    ("Accept", "*/*"),
    ("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"),
)
_UPGRADE = (("User-Agent", "Twilio.TmeWs/1.0"),)
_MARK = "I-Twilio-Idempotency-Token"  # one with each request (docs/usage/webhooks/connection-overrides)


@dataclass(frozen=True, slots=True)
class TwilioRequests:
    """The headers of Twilio's webhooks and upgrades, signed with an account's auth token."""

    token: str = field(repr=False)
    signature_header: str = "X-Twilio-Signature"
    carrier: str = "Twilio"

    def headers(self, url: str, form: Iterable[tuple[str, str]] | None, mark: str) -> list[tuple[str, str]]:
        """Those of a form that is posted to `url`, or (None) of an upgrade; one of them is `mark`."""
        parts = urlsplit(url)
        if parts.scheme == "https":  # docs/usage/security: the port is part of what is signed for http, not for https
            url = parts._replace(netloc=parts.hostname or "").geturl()
        signed = (self.signature_header, sign(self.token, url, form or ()))
        return [*(_UPGRADE if form is None else _WEBHOOK), signed, (_MARK, mark)]
