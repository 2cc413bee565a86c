"""The messages of Twilio's Media Streams, both ways. Knows nothing of sockets, of calls, or of what audio means.

Source: Twilio, docs/voice/media-streams/websocket-messages. Counters and times arrive as strings of digits. Of a field
that nobody reads, a counter for one, it is not asked whether it is there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from voicecall_core.carriers.base import Connected, Digit, Mark, Media, Message, Start, Stop, Unknown
from voicecall_core.errors import PeerError
from voicecall_core.masking import fit_to_show

CALL_PARAMETER = "call"  # the <Parameter> in which our call id travels


_COUNT = r"[0-9]{1,15}"
_SID = r"[A-Za-z0-9_-]{1,64}"  # wider than Twilio's own form, but never in need of escaping in JSON
_BASE64 = r"[A-Za-z0-9+/]*={0,2}"  # of a length that four divides: checked apart, which is three times as fast
_MOST_LETTERS = 10_668  # a second of audio; Twilio's messages hold 20 ms, and whatever waits is bounded in messages

# The 50 messages a second of every call come in this order of keys, without spaces; cut out by position they cost a
# fraction of a JSON parse. Anything else goes the long way, to the same answer.
_MEDIA = re.compile(
    r'\{"event":"media","sequenceNumber":"' + _COUNT + r'","media":\{"track":"inbound","chunk":"' + _COUNT + r'",'
    r'"timestamp":"(' + _COUNT + r')","payload":"(' + _BASE64 + r')"\},"streamSid":"' + _SID + r'"\}'
)
_media_of: Callable[[tuple[int, str]], Media] = partial(tuple.__new__, Media)  # its own constructor is Python's
_COUNT_ONLY = re.compile(_COUNT)
_SID_ONLY = re.compile(_SID)
_BASE64_ONLY = re.compile(_BASE64)
_KEYS = frozenset("0123456789*#ABCD")


def read(text: str | bytes) -> Message:
    """One message of Twilio's. Raises PeerError, with a sentence, for one that cannot be made use of."""
    if isinstance(text, bytes):
        raise PeerError("Twilio sent a binary frame on the media socket; its messages are JSON text.")
    match = _MEDIA.fullmatch(text)
    if match is not None:
        stream_ms, payload = match.groups()
        if len(payload) % 4 == 0 and len(payload) <= _MOST_LETTERS:
            return _media_of((int(stream_ms), payload))
    return read_slowly(text)


def read_slowly(text: str) -> Message:
    """The same as `read` for any text, by parsing all of it."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise PeerError("Twilio sent a media message that is not JSON.") from None
    if not isinstance(message, dict):
        raise PeerError("Twilio sent a media message that is not a JSON object.")
    event = _text(message, "event")
    reader = _READERS.get(event)
    return Unknown(fit_to_show(event)) if reader is None else reader(message)


def frame(stream_sid: str, payload: str) -> str:
    """Audio for the callee: base64 of mu-law, 8 kHz, without a header. Exactly these fields (a further one: 31951)."""
    return f'{{"event":"media","streamSid":"{stream_sid}","media":{{"payload":"{payload}"}}}}'


def mark(stream_sid: str, name: str) -> str:
    """Asks to be told when all audio sent so far has played."""
    return f'{{"event":"mark","streamSid":"{stream_sid}","mark":{{"name":{json.dumps(name)}}}}}'


def clear(stream_sid: str) -> str:
    """Throws away all audio that has not played; Twilio answers with every pending mark."""
    return f'{{"event":"clear","streamSid":"{stream_sid}"}}'


def _start(message: Mapping[str, Any]) -> Start:
    start = _part(message, "start")
    sound = _part(start, "mediaFormat")
    given, account = start.get("customParameters"), start.get("accountSid")
    call_id = given.get(CALL_PARAMETER) if isinstance(given, dict) else None
    return Start(
        stream_sid=_sid(start, "streamSid"),
        sid=_sid(start, "callSid"),
        account_sid=account if isinstance(account, str) else "",  # compared, and never sent back
        encoding=fit_to_show(f"{_text(sound, 'encoding')} {_count(sound, 'sampleRate')} {_count(sound, 'channels')}"),
        call_id=call_id if isinstance(call_id, str) else "",
    )


def _media(message: Mapping[str, Any]) -> Media | Unknown:
    media = _part(message, "media")
    if media.get("track", "inbound") != "inbound":
        return Unknown("media of another track")  # the callee alone is asked for; the agent must not hear itself
    payload = _text(media, "payload")
    if len(payload) % 4 or _BASE64_ONLY.fullmatch(payload) is None:
        raise PeerError("Twilio sent audio that is not base64.")
    if len(payload) > _MOST_LETTERS:
        raise PeerError("Twilio sent more than a second of audio in one message.")
    return Media(_count(media, "timestamp"), payload)


def _mark(message: Mapping[str, Any]) -> Mark:
    return Mark(_text(_part(message, "mark"), "name"))


def _digit(message: Mapping[str, Any]) -> Digit:
    digit = _text(_part(message, "dtmf"), "digit")
    if digit not in _KEYS:
        raise PeerError("Twilio reported a key press that is no key of a telephone.")
    return Digit(digit)


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Message]] = {
    "connected": lambda message: Connected(),
    "start": _start,
    "media": _media,
    "mark": _mark,
    "dtmf": _digit,
    "stop": lambda message: Stop(),
}


def _part(message: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = message.get(name)
    if not isinstance(part, dict):
        raise PeerError(f"Twilio sent a media message without its {name!r} part.")
    return part


def _text(message: Mapping[str, Any], name: str) -> str:
    text = message.get(name)
    if not isinstance(text, str):
        raise PeerError(f"Twilio sent a media message without {name!r}.")
    return text


def _sid(message: Mapping[str, Any], name: str) -> str:
    sid = _text(message, name)
    if _SID_ONLY.fullmatch(sid) is None:
        raise PeerError(f"Twilio sent a media message whose {name!r} is malformed.")
    return sid


def _count(message: Mapping[str, Any], name: str) -> int:
    """A whole number, as a string of digits (Twilio's counters) or as a number (its sample rate)."""
    value = message.get(name)
    if isinstance(value, str) and _COUNT_ONLY.fullmatch(value):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise PeerError(f"Twilio sent a media message whose {name!r} is missing or no number.")
