"""A model's side with a script for each session, and what a line to it told: in memory, on a mock clock."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio

from voicecall_core.models.base import AudioDelta, AudioDone
from voicecall_core.models.openai_realtime.client import ModelLine
from voicecall_core.net.http_server import Request, Response, serve
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.net.network import port_of
from voicecall_core.net.opening import Offer
from voicecall_core.net.websocket import SocketEnded, WebSocket
from voicecall_core.words.events import Event, ModelFailed, ModelReached
from voicecall_core.words.terms import Brief
from voicecall_core.words.values import ModelStage

BRIEF = Brief("gpt-realtime-2.1", "marin", "Be kind.", "Hello.")
KEY = "sk-secret-of-ours"
Script = Callable[["Server", WebSocket], Awaitable[None]]


def said(kind: str, **fields: Any) -> str:
    return json.dumps({"type": kind, "event_id": "event_1", **fields})


CREATED, UPDATED = said("session.created", session={}), said("session.updated", session={})
OPENING = [ModelReached(1, stage) for stage in (ModelStage.CONNECTED, ModelStage.UPGRADED)]
READY = [*OPENING, ModelReached(1, ModelStage.CREATED), ModelReached(1, ModelStage.READY)]


async def set_up(server: Server, ws: WebSocket) -> None:
    """Let a session become ready."""
    await ws.send(CREATED)
    await server.read(ws)
    await ws.send(UPDATED)


class Server:
    """A model's side: what it was sent, and a script for each session."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.requests: list[Request] = []
        self.read_so_far: list[dict[str, Any]] = []
        self.ended: list[int] = []
        self.status, self.body = 0, b""

    async def answer(self, request: Request) -> Response:
        return Response(404)

    async def upgrade(self, request: Request, offer: Offer) -> None:
        self.requests.append(request)
        if self.status:
            await offer.refuse(self.status, self.body)
            return
        ws = await offer.accept()
        try:
            await self.script(self, ws)
            while True:
                await self.read(ws)
        except SocketEnded as ended:
            self.ended.append(ended.code)

    async def read(self, ws: WebSocket) -> dict[str, Any]:
        message = json.loads(await ws.receive())
        assert isinstance(message, dict)
        self.read_so_far.append(message)
        return message

    @property
    def types(self) -> list[str]:
        return [message["type"] for message in self.read_so_far]


class Ears:
    """What a line told."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.voice: list[AudioDelta | AudioDone] = []

    def line(self, network: MemoryNetwork, port: int, *, held: bool = True) -> ModelLine:
        url = f"ws://127.0.0.1:{port}/v1/realtime?model=gpt-realtime-2.1"
        return ModelLine(
            1,
            network,
            url,
            KEY,
            BRIEF,
            held=held,
            tell=self.events.append,
            audio=self.voice.append,
            user_agent="vc/py 1",
        )


@asynccontextmanager
async def served(script: Script, network: MemoryNetwork | None = None) -> AsyncIterator[tuple[Server, Ears, ModelLine]]:
    network = network or MemoryNetwork()
    server, ears = Server(script), Ears()
    listener = await network.listen(0)
    async with anyio.create_task_group() as tasks:
        await tasks.start(serve, listener, server)
        yield server, ears, ears.line(network, port_of(listener))
        tasks.cancel_scope.cancel()
    assert network.open_ends == 0


async def failure_of(script: Script, *, status: int = 0, body: bytes = b"") -> ModelFailed:
    """Run a session to its failure; it must be told once, as the last thing."""
    async with served(script) as (server, ears, line):
        server.status, server.body = status, body
        await line.run()
        failures = [event for event in ears.events if isinstance(event, ModelFailed)]
        assert ears.events[-1:] == failures
        line.send("dropped")
        await line.close()
        return failures[0]
