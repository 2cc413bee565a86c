"""What a line that tells of a failure means, and what to do, said to the owner of the program that wrote it."""

from __future__ import annotations

import re

from voicecall_core.carriers.twilio.errors import PAGE, explain, known

_NUMBER = re.compile(r"(?<![\d.:/-])([1-6]\d{4})(?![\d.:/-]\d|\d)")
_THEIRS = (("our", "the program's"), ("we", "the program"), ("us", "the program"))

# The first that fits. What is particular comes before what is general.
_MEANINGS = tuple(
    (re.compile(pattern, re.IGNORECASE), meaning)
    for pattern, meaning in (
        (
            r"insufficient_quota|exceeded your current quota",
            "the model account's quota is used up: connecting works, speaking does not; look at its billing",
        ),
        (
            r"rate_limit_exceeded|rate limit reached",
            "more was asked of the model than its account may: look at the account's limits",
        ),
        (
            r"conversation_already_has_active_response|already has an active response",
            "a response was asked for while one ran: ask when response.done has come, or leave the asking to the "
            "model's turn detection",
        ),
        (
            r"unsupported_country_region_territory",
            "the model is not served to where this program runs: look at its region and its proxy",
        ),
        (
            r"model_not_found|does not exist or you do not have access",
            "there is no such model for this key: look at its name",
        ),
        (
            r"beta api is no longer supported",
            "the model's beta interface is gone: a newer version of the program speaks the other one",
        ),
        (
            r"(?:openai|realtime|model).*(?:\b401\b|invalid_api_key|incorrect api key)",
            "the model does not take the key: look at the key and its project",
        ),
        (r"signatur", "the signature is made with another auth token, or of another URL than the one that is checked"),
        (
            r"keepalive ping timeout",
            "pings were not answered: the network was gone, or one of the two programs stood still",
        ),
        (
            r"closed before the connection was established|closed before established",
            "the program closed the socket while it was connecting: look for what ended the call or its stream",
        ),
        (r"ENOTFOUND|getaddrinfo|name or service not known", "there is no address for that name: DNS, or no network"),
        (r"ECONNREFUSED|connection refused", "nobody listens there"),
        (
            r"(?:timed? ?out|timeout).*handshake|handshake.*(?:timed? ?out|timeout)",
            "the handshake was not answered in time",
        ),
        (r"no close frame received", "the connection broke without a close: the network, or the other side's end"),
    )
)


def meaning_of(text: str) -> str:
    """What a line's words mean, if they have a meaning that is known; the carrier's own number goes first."""
    for match in _NUMBER.finditer(text):
        code = int(match[1])
        if code in known():
            return f"Twilio's {code}: {theirs(explain(code).what)} ({PAGE.format(code)})"
    return next((meaning for pattern, meaning in _MEANINGS if pattern.search(text)), "")


def theirs(what: str) -> str:
    """What the carrier's errors mean to us, said of another program."""
    for ours, instead in _THEIRS:
        what = re.sub(rf"\b{ours}\b", instead, what)
    return what
