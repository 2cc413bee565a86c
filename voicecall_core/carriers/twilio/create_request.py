"""What a request to place a call says, to Twilio or to the person who wants to see it. Knows nothing of sending."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn
from urllib.parse import parse_qsl, urlencode

from voicecall_core.carriers.base import CallTerms, RestRequest
from voicecall_core.masking import masked, short

SHORTEST_S = 60  # a time limit below a minute is refused
EVENTS = ("initiated", "ringing", "answered", "completed")  # Twilio reports "completed" alone unless asked


def sdk_terms(asked: CallTerms) -> dict[str, Any]:
    """The same under the names of the SDK's `create_async`."""
    return {
        "to": asked["to"],
        "from_": asked["from_number"],
        "url": asked["url"],
        "method": "POST",
        "fallback_url": asked["fallback_url"],
        "fallback_method": "POST",
        "status_callback": asked["status_url"],
        "status_callback_method": "POST",
        "status_callback_event": list(EVENTS),
        "timeout": asked["ring_timeout_s"],
        "time_limit": max(SHORTEST_S, asked["time_limit_s"]),
    }


class Drafted(Exception):
    """Not an error: the request that the SDK was about to send."""

    def __init__(self, method: str, url: str, form: tuple[tuple[str, str], ...], username: str) -> None:
        super().__init__(method)
        self.method, self.url, self.form, self.username = method, url, form, username


class Draft:
    """In the place of the SDK's HTTP client: stops the request short of the wire by raising Drafted."""

    is_async = True

    async def request(
        self, method: str, uri: str, data: Mapping[str, Any], auth: tuple[str, str], **rest: Any
    ) -> NoReturn:
        """Raises Drafted: the form as on the wire, numbers as text and lists as repeated names."""
        form = parse_qsl(urlencode(data, doseq=True), keep_blank_values=True)
        raise Drafted(method, uri, tuple(form), auth[0])


def displayable(drafted: Drafted, account_sid: str) -> RestRequest:
    """The drafted request with nothing in it that must not be seen."""
    return RestRequest(
        method=drafted.method,
        url=drafted.url.replace(account_sid, short(account_sid)),
        parameters=tuple((name, masked(said) if name in ("To", "From") else said) for name, said in drafted.form),
        authorization=f"Basic {short(drafted.username)} : ****",
    )
