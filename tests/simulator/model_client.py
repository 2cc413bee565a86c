"""A bare client of a realtime model, which checks every event it gets against the types of OpenAI's own package."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import anyio
from openai.types.realtime import RealtimeServerEvent
from pydantic import BaseModel, TypeAdapter

from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.net.opening import open_websocket
from voicecall_core.net.websocket import SocketEnded, WebSocket
from voicecall_core.simulator.model.server import SimulatedModel, open_model
from voicecall_core.simulator.scenarios.scenario import Expectation, ModelPlan, Scenario

Said = dict[str, Any]
SERVER_EVENTS: TypeAdapter[Any] = TypeAdapter(RealtimeServerEvent)
ORDINARY = ModelPlan()
PCMU = {"type": "audio/pcmu"}
TELEPHONE: Said = {
    "type": "realtime",
    "audio": {"input": {"format": PCMU, "transcription": {"model": "gpt-transcribe"}}, "output": {"format": PCMU}},
}
END_CALL = {"type": "function", "name": "end_call", "parameters": {"type": "object", "properties": {}}}


def scenario(plan: ModelPlan = ORDINARY) -> Scenario:
    """A scenario of which only the model's plan matters."""
    return Scenario("model", "only the model", (), Expectation("completed", ""), model=plan)


class Client:
    """Sends events, and keeps all that came back with the time it came (ms)."""

    def __init__(self, socket: WebSocket) -> None:
        self.socket = socket
        self.events: list[Said] = []
        self.times: list[int] = []
        self.end: SocketEnded | None = None
        self._change = anyio.Event()

    async def listen(self) -> None:
        """Take in everything until the socket ends."""
        with suppress(SocketEnded):
            await self._listen()

    async def _listen(self) -> None:
        while True:
            try:
                event = json.loads(await self.socket.receive())
            except SocketEnded as end:
                self.end = end
                self._changed()
                raise
            validated(event)
            self.events.append(event)
            self.times.append(round(anyio.current_time() * 1000))
            self._changed()

    async def send(self, kind: str, **fields: Any) -> None:
        """Send one event."""
        await self.socket.send(json.dumps({"type": kind, **fields}))

    async def play(self, audio: bytes) -> None:
        """Append audio in 20 ms frames at the pace of a telephone."""
        for at in range(0, len(audio), 160):
            await self.append(audio[at : at + 160])
            await anyio.sleep(0.02)

    async def append(self, audio: bytes) -> None:
        """Append audio at once."""
        await self.send("input_audio_buffer.append", audio=base64.b64encode(audio).decode())

    async def wait(self, kind: str, count: int = 1, within: float = 60.0) -> Said:
        """The `count`-th event of that type; fails if it does not come within so many seconds."""
        with anyio.fail_after(within):
            while len(self.all(kind)) < count:
                assert self.end is None, f"the socket ended ({self.end}) without {kind}"
                await self._change.wait()
        return self.all(kind)[count - 1]

    async def ended(self, within: float = 60.0) -> SocketEnded:
        """How the socket ended."""
        with anyio.fail_after(within):
            while self.end is None:
                await self._change.wait()
        return self.end

    def all(self, kind: str) -> list[Said]:
        """The events of that type until now."""
        return [event for event in self.events if event["type"] == kind]

    def when(self, event: Said) -> int:
        """When it came."""
        return self.times[next(place for place, known in enumerate(self.events) if known is event)]

    def audio(self, item: str = "") -> bytes:
        """The audio of an item, or of all."""
        deltas = [event for event in self.all("response.output_audio.delta") if item in ("", event["item_id"])]
        return b"".join(base64.b64decode(event["delta"]) for event in deltas)

    async def error(self, count: int = 1) -> Said:
        """The `count`-th error."""
        error: Said = (await self.wait("error", count))["error"]
        return error

    def _changed(self) -> None:
        self._change.set()
        self._change = anyio.Event()


def validated(event: Said) -> None:
    """Fails if a field is missing, or one is there that the vendor's types do not know."""
    assert event["event_id"].startswith("event_")
    typed = SERVER_EVENTS.validate_python(event)
    assert typed.type == event["type"]
    assert not set(_extras(typed, "")) - _EXPECTED_EXTRAS, event


# Sent by the vendor although its package's types (made for requests, or behind the server) omit them.
_EXPECTED_EXTRAS = {
    ".session.id",
    ".session.object",
    ".session.expires_at",
    ".output_audio.transcript",
}


def _extras(value: object, path: str) -> list[str]:
    if isinstance(value, BaseModel):
        found = [f"{path}.{key}" for key in value.model_extra or {}]
        return found + [
            more for key in type(value).model_fields for more in _extras(getattr(value, key), f"{path}.{key}")
        ]
    if isinstance(value, list):
        return [more for entry in value for more in _extras(entry, path)]
    return []


@asynccontextmanager
async def client_of(model: SimulatedModel, network: MemoryNetwork, *, ready: bool = True) -> AsyncIterator[Client]:
    """A client of an open model; `ready`: its session is set up for the telephone."""
    headers = [("Authorization", f"Bearer {model.key}")]
    async with (
        await open_websocket(network, f"{model.url}?model=gpt-realtime-2.1", headers=headers) as socket,
        anyio.create_task_group() as tasks,
    ):
        client = Client(socket)
        tasks.start_soon(client.listen)
        if ready:
            await client.wait("session.created")
            await client.send("session.update", session=TELEPHONE)
            await client.wait("session.updated")
        yield client
        tasks.cancel_scope.cancel()


@asynccontextmanager
async def talking(plan: ModelPlan = ORDINARY, **session: Any) -> AsyncIterator[tuple[SimulatedModel, Client]]:
    """A model and a client whose session is set up for the telephone, with some more settings if given."""
    network = MemoryNetwork()
    async with open_model(network, scenario(plan)) as model, client_of(model, network) as client:
        if session:
            await client.send("session.update", session={"type": "realtime", **session})
            await client.wait("session.updated", 2)
        yield model, client


def turn_detection(**fields: Any) -> Said:
    """The `audio` of a session update that changes the turn detection alone."""
    return {"input": {"turn_detection": {"type": "server_vad", **fields}}}


def noted(model: SimulatedModel, what: str) -> list[Said]:
    """The details of the model's log lines of one kind."""
    return [dict(entry.detail) for entry in model.log if entry.what == what]
