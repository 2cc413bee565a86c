"""The JSON messages of a media stream, as the carrier writes and reads them. Knows nothing of sockets or time.

Twilio: docs/voice/media-streams/websocket-messages, with the key order of captured messages. The order of the keys in
`mark` and `dtmf` is an assumption. Counters travel as strings.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass

from voicecall_core.audio import RATE_HZ

NOT_TEXT, NOT_A_MESSAGE = 31950, 31951


@dataclass(frozen=True, slots=True)
class MediaMessage:
    """Audio for the callee."""

    audio: bytes


@dataclass(frozen=True, slots=True)
class MarkMessage:
    """A request to be told when the audio before it has played."""

    name: str


@dataclass(frozen=True, slots=True)
class ClearMessage:
    """A request to throw away what has not played."""


@dataclass(frozen=True, slots=True)
class BadMessage:
    """A message that the carrier warns of and ignores."""

    code: int
    why: str


Message = MediaMessage | MarkMessage | ClearMessage | BadMessage

CONNECTED = '{"event":"connected","protocol":"Call","version":"1.0.0"}'


class Frames:
    """Writes the messages of one stream, counting them."""

    def __init__(self, account_sid: str, call_sid: str, stream_sid: str) -> None:
        self._account_sid = account_sid
        self._call_sid = call_sid
        self.stream_sid = stream_sid
        self._sequence = 0
        self._chunk = 0

    def start(
        self,
        parameters: tuple[tuple[str, str], ...],
        encoding: str = "audio/x-mulaw",
        tracks: tuple[str, ...] = ("inbound",),
    ) -> str:
        """The stream's first message."""
        return self._message(
            "start",
            {
                "accountSid": self._account_sid,
                "streamSid": self.stream_sid,
                "callSid": self._call_sid,
                "tracks": list(tracks),
                "mediaFormat": {"encoding": encoding, "sampleRate": RATE_HZ, "channels": 1},
                "customParameters": dict(parameters),
            },
        )

    def media(self, timestamp_ms: int, audio: bytes, track: str = "inbound") -> str:
        """20 ms of the callee, or on the track `outbound` of what he hears."""
        self._chunk += 1
        payload = base64.b64encode(audio).decode()
        return self._message(
            "media",
            {"track": track, "chunk": str(self._chunk), "timestamp": str(timestamp_ms), "payload": payload},
        )

    def dtmf(self, digit: str) -> str:
        """A key press."""
        return self._message("dtmf", {"track": "inbound_track", "digit": digit}, sid_first=True)

    def mark(self, name: str) -> str:
        """A mark on its way back."""
        return self._message("mark", {"name": name}, sid_first=True)

    def stop(self) -> str:
        """The stream's last message."""
        return self._message("stop", {"accountSid": self._account_sid, "callSid": self._call_sid}, sid_first=True)

    def _message(self, event: str, body: dict[str, object], *, sid_first: bool = False) -> str:
        self._sequence += 1
        head: dict[str, object] = {"event": event, "sequenceNumber": str(self._sequence)}
        sid = {"streamSid": self.stream_sid}
        whole = {**head, **sid, event: body} if sid_first else {**head, event: body, **sid}
        return json.dumps(whole, separators=(",", ":"))


_KEYS = {"media": {"payload"}, "mark": {"name"}}


def read(text: str | bytes, stream_sid: str) -> Message:
    """What the server sent. A missing, unknown or wrong part makes it Nonsense (31950 or 31951)."""
    if isinstance(text, bytes):
        return BadMessage(NOT_TEXT, "a binary frame")
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return BadMessage(NOT_A_MESSAGE, "not JSON")
    if not isinstance(said, dict) or said.get("event") not in ("media", "mark", "clear"):
        return BadMessage(NOT_A_MESSAGE, "an unknown event")
    event = said["event"]
    if said.get("streamSid") != stream_sid:
        return BadMessage(NOT_A_MESSAGE, "a wrong streamSid")
    if event == "clear":
        return ClearMessage() if set(said) == {"event", "streamSid"} else BadMessage(NOT_A_MESSAGE, "an extra field")
    body = said.get(event)
    if set(said) != {"event", "streamSid", event} or not isinstance(body, dict) or set(body) != _KEYS[event]:
        return BadMessage(NOT_A_MESSAGE, "a missing or extra field")
    return _body(event, body)


def _body(event: str, body: dict[str, object]) -> Message:
    value = next(iter(body.values()))
    if not isinstance(value, str):
        return BadMessage(NOT_A_MESSAGE, "a field of the wrong type")
    if event == "mark":
        return MarkMessage(value)
    try:
        return MediaMessage(base64.b64decode(value, validate=True))
    except (binascii.Error, ValueError):
        return BadMessage(NOT_TEXT, "a payload that is not base64")  # assumption: which of the two codes
