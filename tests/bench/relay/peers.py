"""Both ends of a relay, as cheap as they can be: raw protocols that write frames made beforehand, and count what comes.

`CarrierEnd` is the carrier's side of a media socket, `ModelEnd` the model's of a session. All calls are alike, so that
one frame is made for all of them.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from array import array
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, cast

from websockets.speedups import apply_mask

STREAM_SID = "MZ" + "0" * 32
FRAME_BYTES, FRAME_MS = 160, 20
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10
_KEY = b"\x5a\x3c\x96\x0f"  # a mask has to be unforeseeable for browsers' sake alone
_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def frame(text: str, *, masked: bool) -> bytes:
    """A whole text frame."""
    payload = text.encode()
    mask = 0x80 if masked else 0
    size = bytes((mask | len(payload),)) if len(payload) < 126 else bytes((mask | 126,)) + len(payload).to_bytes(2)
    return b"\x81" + size + (_KEY + apply_mask(payload, _KEY) if masked else payload)


def sound(number: int) -> str:
    """20 ms that name a call, base64."""
    return base64.b64encode(b"%06d" % number + b"\xff" * (FRAME_BYTES - 6)).decode()


@dataclass
class Call:
    """One call, and what was measured of it."""

    number: int
    carrier: CarrierEnd | None = None
    model: ModelEnd | None = None
    sent: array[float] = field(default_factory=lambda: array("d"))  # when each of the callee's frames left the carrier
    late: array[float] = field(default_factory=lambda: array("d"))  # s that each took to the model
    played_ms: int = 0
    made_ms: int = 0
    left: float = 0.0  # when the agent's last frame came to the carrier
    gaps: array[float] = field(default_factory=lambda: array("d"))  # s between the agent's frames at the carrier
    asked: float = 0.0  # when the model said that the callee speaks
    clears: array[float] = field(default_factory=lambda: array("d"))  # s from there to the clear
    response: int = 0


class End(asyncio.Protocol):
    """One end of a WebSocket."""

    def __init__(self) -> None:
        self._rest = b""
        self._open = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def write(self, data: bytes) -> None:
        assert self._transport is not None
        self._transport.write(data)

    def data_received(self, data: bytes) -> None:
        data = self._rest + data if self._rest else bytes(data)
        if not self._open:
            head, found, data = data.partition(b"\r\n\r\n")
            if not found:
                self._rest = head
                return
            self._open = True
            self.opened(head)
        at, size = 0, len(data)
        while size - at >= 2:
            length, body = data[at + 1] & 0x7F, at + 2
            if length >= 126:
                body += 2 if length == 126 else 8
                length = int.from_bytes(data[at + 2 : body])
            body += 4 if data[at + 1] & 0x80 else 0
            if (end := body + length) > size:
                break
            self.frame(data, data[at] & 0x0F, body, end)
            at = end
        self._rest = data[at:]

    def opened(self, head: bytes) -> None:
        """The handshake's head has come."""

    def frame(self, data: bytes, opcode: int, body: int, end: int) -> None:
        """A frame has come."""

    def pong(self, ping: bytes, *, masked: bool) -> None:
        """Answer a ping."""
        sent = bytearray(frame(ping.decode(), masked=masked))
        sent[0] = 0x80 | _PONG
        self.write(bytes(sent))


class CarrierEnd(End):
    """The carrier's side: a client. `opening` is the request's head, `start` the message behind it."""

    def __init__(self, call: Call, opening: str, start: str) -> None:
        super().__init__()
        self._call, self._opening, self._start = call, opening, start
        self._lengths: dict[int, int] = {}  # ms of audio in a message, by its length
        call.carrier = self

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.write(self._opening.encode())

    def opened(self, head: bytes) -> None:
        assert b" 101 " in head.partition(b"\r\n")[0], head
        self.write(frame('{"event":"connected","protocol":"Call","version":"1.0.0"}', masked=True))
        self.write(frame(self._start, masked=True))
        self.write(frame(callee_media(0, sound(self._call.number)), masked=True))

    def frame(self, data: bytes, opcode: int, body: int, end: int) -> None:
        if opcode == _PING:
            self.pong(data[body:end], masked=True)
        elif opcode == _TEXT and b'"media"' in data[body : body + 20]:
            self._play(data, body, end)
        elif opcode == _TEXT:
            self._obey(json.loads(data[body:end]))

    def _play(self, data: bytes, body: int, end: int) -> None:
        call, now = self._call, perf_counter()
        if (ms := self._lengths.get(end - body)) is None:
            payload = json.loads(data[body:end])["media"]["payload"]
            ms = self._lengths[end - body] = len(base64.b64decode(payload)) // 8
        call.played_ms += ms
        if call.left:
            call.gaps.append(now - call.left)
        call.left = now

    def _obey(self, message: dict[str, Any]) -> None:
        call = self._call
        if message["event"] == "mark":
            message["sequenceNumber"] = "1"
            self.write(frame(json.dumps(message), masked=True))
        elif message["event"] == "clear" and call.asked:
            call.clears.append(perf_counter() - call.asked)
            call.asked = 0.0
            if call.model is not None:
                call.model.begin_again()


def callee_media(tick: int, payload: str) -> str:
    """A media message of the callee's."""
    return (
        f'{{"event":"media","sequenceNumber":"{tick + 2}","media":{{"track":"inbound","chunk":"{tick + 1}",'
        f'"timestamp":"{tick * FRAME_MS}","payload":"{payload}"}},"streamSid":"{STREAM_SID}"}}'
    )


def delta(response: int, payload: str) -> str:
    """A piece of the model's speech, in the order of keys that the service has."""
    return (
        f'{{"type":"response.output_audio.delta","event_id":"event_{"0" * 20}","response_id":"resp_{response}",'
        f'"item_id":"item_{response}","output_index":0,"content_index":0,"delta":"{payload}"}}'
    )


class ModelEnd(End):
    """The model's side: a server. It learns which call it serves from the first sound of it."""

    def __init__(self, calls: list[Call], piece_ms: int, lead_ms: int) -> None:
        super().__init__()
        self._calls, self._lead = calls, lead_ms // piece_ms
        self.piece_ms = piece_ms
        self._payload = base64.b64encode(b"\xff" * 8 * piece_ms).decode()
        self._call: Call | None = None
        self._append_size = 0
        self._piece = b""

    def opened(self, head: bytes) -> None:
        key = head.partition(b"Sec-WebSocket-Key: ")[2] or head.lower().partition(b"sec-websocket-key: ")[2]
        assert key, head
        accept = base64.b64encode(hashlib.sha1(key.partition(b"\r\n")[0] + _MAGIC).digest())
        self.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        self.say({"type": "session.created", "session": {"expires_at": 0}})

    def say(self, *messages: dict[str, Any]) -> None:
        """Send messages."""
        self.write(b"".join(frame(json.dumps(message, separators=(",", ":")), masked=False) for message in messages))

    def frame(self, data: bytes, opcode: int, body: int, end: int) -> None:
        if opcode == _TEXT and end - body == self._append_size:
            call = self._call
            assert call is not None
            call.late.append(perf_counter() - call.sent[len(call.late)])
        elif opcode == _PING:
            self.pong(apply_mask(data[body:end], data[body - 4 : body]), masked=False)
        elif opcode == _TEXT:
            self._hear(json.loads(apply_mask(data[body:end], data[body - 4 : body])), end - body)

    def _hear(self, message: dict[str, Any], size: int) -> None:
        kind = message["type"]
        if kind == "session.update":
            self.say({"type": "session.updated", "session": message["session"]})
        elif kind == "response.create":
            self._greet(message["response"]["metadata"])
        elif kind == "input_audio_buffer.append" and self._call is None:
            self._call = self._calls[int(base64.b64decode(message["audio"])[:6])]
            self._append_size, self._call.model = size, self

    def _greet(self, metadata: dict[str, str]) -> None:
        greeting = {"id": "resp_greeting", "status": "completed", "metadata": metadata}
        self.say({"type": "response.created", "response": greeting})
        item = {"response_id": "resp_greeting", "item_id": "item_greeting"}
        self.say({"type": "response.output_audio.delta", **item, "delta": base64.b64encode(b"\xff" * 1_600).decode()})
        self.say({"type": "response.output_audio.done", **item}, {"type": "response.done", "response": greeting})

    def begin(self) -> None:
        """Begin a response, with the lead that a model has over its listener."""
        call = self._call
        assert call is not None
        self._piece = frame(delta(call.response, self._payload), masked=False)
        self.say({"type": "response.created", "response": {"id": f"resp_{call.response}", "metadata": None}})
        for _ in range(self._lead):
            self.go_on()

    def go_on(self) -> None:
        """Say the next piece."""
        assert self._call is not None
        self._call.made_ms += self.piece_ms
        self.write(self._piece)

    def interrupt(self) -> None:
        """Say that the callee speaks."""
        call = self._call
        assert call is not None
        call.asked = perf_counter()
        self.say({"type": "input_audio_buffer.speech_started", "audio_start_ms": 0, "item_id": "said"})

    def begin_again(self) -> None:
        """The rest of an interruption, and the next response."""
        call = self._call
        assert call is not None
        ended = {"id": f"resp_{call.response}", "status": "cancelled", "status_details": {"reason": "turn_detected"}}
        self.say(
            {"type": "response.done", "response": ended},
            {"type": "input_audio_buffer.speech_stopped", "audio_end_ms": 0, "item_id": "said"},
            {"type": "input_audio_buffer.committed", "item_id": "said"},
        )
        call.response += 1
        self.begin()
