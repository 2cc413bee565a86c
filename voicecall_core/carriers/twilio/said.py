"""What Twilio said in its own words, made fit to be shown. Knows nothing of why it said it.

Twilio's error texts quote what was sent: phone numbers in full, and the stream's URL, whose path holds a token.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from voicecall_core.words.numbers import masked

LONGEST = 300  # characters; Twilio's own messages are shorter, an HTML error page of a proxy is not

# A run of at least seven digits, however it is grouped. A run inside a word (a SID) is not a number; one after
# a plus sign, plain or percent-encoded, always is.
_NUMBER = re.compile(r"(?:\+|%2[Bb]|(?<![0-9A-Za-z]))\(?[0-9](?:[ ().-]{0,2}[0-9]){6,}(?![0-9A-Za-z])")
_STREAM_URL = re.compile(r"\bwss?:[^\s\"'<>]*", re.IGNORECASE)
_NOT_PRINTABLE = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")


def fit_to_show(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` on one line, at most `LONGEST` characters: numbers masked, stream URLs and `secrets` blotted out."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "****")
    text = _STREAM_URL.sub("(stream URL)", text)
    text = _NUMBER.sub(_mask, text)
    text = _NOT_PRINTABLE.sub(" ", text).strip()
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "\u2026"


def _mask(match: re.Match[str]) -> str:
    text = match.group()
    digits = re.sub(r"[^0-9]", "", text.removeprefix("%2B").removeprefix("%2b"))
    return masked(("+" if text[0] in "+%" else "") + digits)
