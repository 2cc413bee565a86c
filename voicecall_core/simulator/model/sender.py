"""The sending side of one model session. Knows how an event is written, not when it is due."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import anyio

from voicecall_core.net.websocket import SocketEnded, WebSocket
from voicecall_core.simulator.model.record import IdSource, ModelLog
from voicecall_core.simulator.model.refusals import RequestRejected

# OpenAI's beta interface; Azure's preview kept the names (livekit/agents, its _AZURE_EVENT_MAPPING).
_OLD_NAMES = {
    "response.output_audio.delta": "response.audio.delta",
    "response.output_audio.done": "response.audio.done",
    "response.output_audio_transcript.delta": "response.audio_transcript.delta",
    "response.output_audio_transcript.done": "response.audio_transcript.done",
}


class EventSender:
    """Events to one client. When the client is gone, `on_end` is called once with the socket's last words."""

    def __init__(
        self, record: ModelLog, session: int, socket: WebSocket, on_end: Callable[[SocketEnded], None]
    ) -> None:
        self.record = record
        self.session = session
        self.names = IdSource(record.seed, session)
        self.frozen = False  # nothing leaves any more
        self._socket = socket
        self._on_end = on_end

    async def tell(self, kind: str, **fields: Any) -> None:
        """Send one event."""
        if self.frozen:
            await anyio.sleep_forever()
        if self.record.plan.old_names:
            kind = _OLD_NAMES.get(kind, kind)
        event = {"type": kind, "event_id": self.names.new("event"), **fields}
        try:
            await self._socket.send(json.dumps(event, separators=(",", ":")))
        except SocketEnded as end:
            self._on_end(end)

    async def complain(self, refused: RequestRejected, event: Mapping[str, Any] | None = None) -> None:
        """Send an error; it names the client's event if that has an `event_id`."""
        cause = (event or {}).get("event_id")
        error = {
            "type": refused.kind,
            "code": refused.code,
            "message": refused.message,
            "param": refused.param,
            "event_id": cause if isinstance(cause, str) else None,
        }
        self.note("error", **error)
        await self.tell("error", error=error)

    def note(self, what: str, /, **detail: Any) -> dict[str, Any]:
        """Write a line of the log for this session; returns its details."""
        return self.record.note(self.session, what, **detail)
