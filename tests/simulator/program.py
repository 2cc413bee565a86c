"""A naive voice program: answers webhooks and a media socket by what a test hands it. Uses nothing of voicecall's own
outsiders; signatures are checked by the carrier's official validator."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
import httpx2
from twilio.request_validator import RequestValidator

from voicecall_core.net.http_client import http_client
from voicecall_core.net.http_server import Request, Response, serve
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.net.network import Network, port_of
from voicecall_core.net.opening import Offer
from voicecall_core.net.websocket import SocketEnded, WebSocket
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.carrier.players import Players
from voicecall_core.simulator.carrier.server import EPOCH, SimulatedCarrier, open_carrier
from voicecall_core.simulator.scenarios.scenario import Act, CarrierPlan, Expectation, Scenario
from voicecall_core.simulator.utterances import Whiteboard

TO = "+15555550100"
XML = (("Content-Type", "text/xml"),)


@dataclass
class Webhook:
    """One request that came in, with the clock's time and whether its signature holds."""

    path: str
    form: list[tuple[str, str]]
    headers: dict[str, str]
    signed: bool
    at: float
    method: str = "POST"

    def __getitem__(self, name: str) -> str:
        return dict(self.form)[name]


Talk = Callable[["Program", WebSocket], Coroutine[Any, Any, None]]


@dataclass
class Program:
    """What came in, and what is answered: `documents` by path (a list is used up), `talk` on the media socket."""

    url: str = ""
    token: str = ""
    documents: dict[str, Any] = field(default_factory=dict)
    talk: Talk | None = None
    webhooks: list[Webhook] = field(default_factory=list)
    upgrades: list[Webhook] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)
    refuse_with: int = 0
    slow_s: dict[str, float] = field(default_factory=dict)

    @property
    def stream_url(self) -> str:
        return self.url.replace("http", "ws") + "/media"

    def stream(self, after: str = "", attributes: str = "") -> str:
        return (
            f'<Response><Connect><Stream url="{self.stream_url}" {attributes}>'
            f'<Parameter name="token" value="t1"/></Stream></Connect>{after}</Response>'
        )

    def said(self) -> list[str]:
        return [hook["CallStatus"] for hook in self.webhooks if hook.path == "/status"]

    async def answer(self, request: Request) -> Response:
        self.webhooks.append(self._webhook(request))
        await anyio.sleep(self.slow_s.get(request.path, 0))
        document = self.documents.get(request.path)
        if isinstance(document, list):
            document = document.pop(0) if len(document) > 1 else document[0]
        if isinstance(document, Response):
            return document
        if callable(document):
            document = document()
        return Response(204) if document is None else Response(200, document.encode(), XML)

    async def upgrade(self, request: Request, offer: Offer) -> None:
        self.upgrades.append(self._webhook(request, self.stream_url))
        if self.refuse_with:
            return await offer.refuse(self.refuse_with)
        socket = await offer.accept()
        async with anyio.create_task_group() as tasks:
            if self.talk is not None:
                tasks.start_soon(self.talk, self, socket)
            try:
                while True:
                    self.messages.append(json.loads(await socket.receive()))
            except SocketEnded as end:
                self.closed.append(end.code)
                tasks.cancel_scope.cancel()

    def heard(self, event: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["event"] == event]

    async def until(self, event: str, count: int = 1) -> dict[str, Any]:
        while True:
            if len(self.heard(event)) >= count:
                return self.heard(event)[count - 1]
            await anyio.sleep(0.005)

    def _webhook(self, request: Request, url: str = "") -> Webhook:
        form = request.form()
        headers = dict(request.headers)
        signed = RequestValidator(self.token).validate(
            url or self.url + request.target, dict(form), headers.get("x-twilio-signature", "")
        )
        return Webhook(request.path, form, headers, signed, anyio.current_time(), request.method)


def plan(*acts: Act, **carrier: Any) -> Scenario:
    """A scenario of a callee's acts and the carrier's settings, answered after 0.1 s."""
    return Scenario("s", "", acts, Expectation("completed", "callee"), CarrierPlan(**{"answer_ms": 100} | carrier))


async def say(socket: WebSocket, stream_sid: str, audio: bytes) -> None:
    media = {"payload": base64.b64encode(audio).decode()}
    await socket.send(json.dumps({"event": "media", "streamSid": stream_sid, "media": media}))


async def mark(socket: WebSocket, stream_sid: str, name: str) -> None:
    await socket.send(json.dumps({"event": "mark", "streamSid": stream_sid, "mark": {"name": name}}))


async def clear(socket: WebSocket, stream_sid: str) -> None:
    await socket.send(json.dumps({"event": "clear", "streamSid": stream_sid}))


@dataclass
class World:
    """A carrier, the program, and a REST client with the carrier's keys."""

    network: Network
    carrier: SimulatedCarrier
    program: Program
    rest: httpx2.AsyncClient

    @property
    def calls_url(self) -> str:
        return f"{self.carrier.url}/2010-04-01/Accounts/{self.carrier.account_sid}/Calls.json"

    async def begin(self, after: str = "", attributes: str = "") -> str:
        """Place a call whose document opens the stream."""
        self.program.documents["/twiml"] = self.program.stream(after, attributes)
        return await self.place()

    def details(self, what: What) -> list[str]:
        """The details of all effects of a kind."""
        return [effect.detail for effect in self.carrier.log if effect.what is what]

    async def dial(self, **changes: Any) -> httpx2.Response:
        """Create with all four events; a value of None leaves its parameter out."""
        form: dict[str, Any] = {
            "To": TO,
            "From": self.carrier.number,
            "Url": self.program.url + "/twiml",
            "StatusCallback": self.program.url + "/status",
            "StatusCallbackEvent": ["initiated", "ringing", "answered", "completed"],
        }
        form |= changes
        return await self.rest.post(self.calls_url, data={name: it for name, it in form.items() if it is not None})

    async def place(self, **changes: Any) -> str:
        answer = await self.dial(**changes)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["sid"])

    async def update(self, sid: str, **form: str) -> httpx2.Response:
        return await self.rest.post(self.calls_url.replace(".json", f"/{sid}.json"), data=form)

    async def over(self, sid: str, within: float = 200.0) -> str:
        """Wait until the call is over and its webhooks are answered; its final status."""
        with anyio.fail_after(within):
            while True:
                if self.carrier.calls[sid].record.over:
                    break
                await anyio.sleep(0.02)
        await anyio.sleep(2.5)
        return self.carrier.calls[sid].record.status


@asynccontextmanager
async def world(
    scenario: Scenario, network: Network | None = None, *, seed: int = 0, players: Players | None = None
) -> AsyncIterator[World]:
    """Everything on one network, in memory unless another is given. `players`: those who play callees."""
    network = network or MemoryNetwork()
    program = Program()
    board = None if players else Whiteboard()
    async with (
        open_carrier(network, scenario, seed=seed, epoch=EPOCH, board=board, players=players) as carrier,
        anyio.create_task_group() as tasks,
    ):
        program.token = carrier.auth_token
        listener = await network.listen(0)
        program.url = f"http://127.0.0.1:{port_of(listener)}"
        await tasks.start(serve, listener, program)
        async with http_client(network, timeout_s=30) as rest:
            rest.auth = httpx2.BasicAuth(carrier.account_sid, carrier.auth_token)
            yield World(network, carrier, program, rest)
        tasks.cancel_scope.cancel()
