"""The built-in realtime model: a server that speaks OpenAI's GA interface. Knows nothing of telephones.

    async with open_model(network, scenario) as model:
        ... model.url, model.key ...          # for any client, OpenAI's own included
        ... model.log ...                     # what took place, for a test to judge by

It hears by energy, finds the words of what it heard by its bytes (the clips of `voices`, and what callees of the
built-in carrier say), and says what it was asked to say or what its scenario holds next.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import formatdate
from functools import partial
from urllib.parse import parse_qs, urlsplit

import anyio
from anyio.abc import ByteStream, Listener

from voicecall_core.net.connections import accept_each
from voicecall_core.net.http_server import Request, Response, serve_connection
from voicecall_core.net.network import Network, drop, port_of, without_delay
from voicecall_core.net.opening import Offer
from voicecall_core.net.websocket import SocketEnded
from voicecall_core.simulator.model.record import Entry, ModelLog
from voicecall_core.simulator.model.session import RealtimeSession
from voicecall_core.simulator.scenarios.scenario import Scenario
from voicecall_core.simulator.utterances import Whiteboard

PATH = "/v1/realtime"
LIVE_PATH = "/v1/live/sessions"  # OpenAI's GPT-Live, another protocol
_NO_LIVE = f"GPT-Live ({LIVE_PATH}) is not built here: voicecall's built-in model speaks {PATH} alone."
EPOCH = 1_767_225_600.0  # 2026-01-01 00:00:00 UTC: the date of a model that was not told any
_MODELS = "/v1/models/"
CONNECTIONS = 256  # at once; further ones are closed unheard
_JSON = (("Content-Type", "application/json"),)


@dataclass(frozen=True, slots=True)
class SimulatedModel:
    """A running model. `url` is its WebSocket address without the query; `key` the only one it accepts."""

    url: str
    key: str
    record: ModelLog

    @property
    def log(self) -> Sequence[Entry]:
        """What has taken place until now."""
        return self.record.log

    def __repr__(self) -> str:
        return f"Model({self.url})"


@asynccontextmanager
async def open_model(
    network: Network,
    scenario: Scenario,
    *,
    seed: int = 0,
    port: int = 0,
    epoch: float = EPOCH,
    board: Whiteboard | None = None,
) -> AsyncIterator[SimulatedModel]:
    """A model that behaves as the scenario plans; leaving closes every session. Raises OSError if the port is taken.

    `epoch` is the date at which it opens, `board` where a built-in carrier writes its callees' words.
    """
    record = ModelLog(scenario.model, seed, epoch, board)
    key = f"sk-sim-{hashlib.sha256(f'key/{seed}'.encode()).hexdigest()[:32]}"
    listener = await network.listen(port)
    open_now = 0

    async def connection(stream: ByteStream) -> None:
        nonlocal open_now
        open_now += 1
        try:
            if open_now <= CONNECTIONS:
                without_delay(stream)
                await serve_connection(stream, _Door(record, key, stream))
        finally:
            open_now -= 1
            await drop(stream)

    port = port_of(listener)
    if record.plan.reachable_from_ms != 0:
        await listener.aclose()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_serve, network, listener, port, record.plan.reachable_from_ms, connection)
        tasks.start_soon(record.lose_sessions)
        yield SimulatedModel(f"ws://127.0.0.1:{port}{PATH}", key, record)
        tasks.cancel_scope.cancel()


async def _serve(
    network: Network,
    listener: Listener[ByteStream],
    port: int,
    from_ms: int | None,
    connection: Callable[[ByteStream], Awaitable[None]],
) -> None:
    """Take connections; a listener that was closed for a while is opened again at its port."""
    if from_ms is None:
        return
    if from_ms:
        await anyio.sleep(from_ms / 1000)
        listener = await network.listen(port)
    async with listener:
        await accept_each(listener, connection)


class _Door:
    """What one connection gets. It knows its stream, because a planned drop ends that without a close frame."""

    def __init__(self, record: ModelLog, key: str, stream: ByteStream) -> None:
        self._record = record
        self._key = key
        self._stream = stream

    async def answer(self, request: Request) -> Response:
        """Plain HTTP: whether a model exists, as a client that checks its key asks; nothing else."""
        if not self._knows(request):
            return Response(401, _bad_key(), _JSON)
        name = request.path.removeprefix(_MODELS)
        if request.method == "GET" and name != request.path and not self._lists(name):
            gone = _said("invalid_request_error", "model_not_found", f"The model '{name}' does not exist.")
            return Response(404, gone, _JSON)
        if request.method == "GET" and name != request.path:
            found = {"id": name, "object": "model", "created": 0, "owned_by": "openai"}
            return Response(200, json.dumps(found).encode(), _JSON)
        if request.path == LIVE_PATH:
            return Response(501, _said("not_built_here", "not_built_here", _NO_LIVE), _JSON)
        if request.path == PATH:
            return Response(426, _said("invalid_request_error", "", "A WebSocket is wanted here."), _JSON)
        return Response(404, _said("invalid_request_error", "", f"Unknown path {request.path}."), _JSON)

    async def upgrade(self, request: Request, offer: Offer) -> None:
        """Let a client in, or say why not."""
        number = self._record.next_session()
        beta = bool(request.header("openai-beta"))
        self._record.note(number, "asked", path=request.path, beta=beta)
        try:
            await self._let_in(number, request, offer, beta=beta)
        finally:
            self._record.ended(number)

    async def _let_in(self, number: int, request: Request, offer: Offer, *, beta: bool) -> None:
        await self._shake_hands(number)
        models = parse_qs(urlsplit(request.target).query).get("model", [])
        if request.path == LIVE_PATH:
            return await self._refuse(number, offer, 501, _said("not_built_here", "not_built_here", _NO_LIVE))
        if request.path != PATH:
            return await self._refuse(number, offer, 404, _said("invalid_request_error", "", "Unknown path."))
        if not self._knows(request):
            return await self._refuse(number, offer, 401, _bad_key())
        if not models:
            missing = _said("invalid_request_error", "missing_model", "You must provide a model parameter.")
            return await self._refuse(number, offer, 400, missing)
        try:
            socket = await offer.accept(formatdate(self._record.now, usegmt=True))  # by which clients read expires_at
        except SocketEnded as end:
            self._record.note(number, "closed", by="client", code=end.code, reason="during the handshake")
            return
        await RealtimeSession(self._record, number, models[0], socket, self._stream).run(beta=beta)

    async def _shake_hands(self, number: int) -> None:
        plan, lost = self._record.plan, partial(drop, self._stream)
        self._record.open.add(lost)
        try:
            await anyio.sleep(plan.handshake_ms / 1000)
            if self._record.is_stuck(number, "handshake"):
                await anyio.sleep_forever()
        finally:
            self._record.open.discard(lost)

    async def _refuse(self, number: int, offer: Offer, status: int, body: bytes) -> None:
        self._record.note(number, "refused", status=status)
        await offer.refuse(status, body)

    def _lists(self, name: str) -> bool:
        return name.startswith("gpt-") and not self._record.plan.unlisted

    def _knows(self, request: Request) -> bool:
        return not self._record.plan.refuse_key and request.header("authorization") == f"Bearer {self._key}"


def _bad_key() -> bytes:
    return _said("invalid_request_error", "invalid_api_key", "Incorrect API key provided.")


def _said(kind: str, code: str, message: str) -> bytes:
    return json.dumps({"error": {"message": message, "type": kind, "param": None, "code": code or None}}).encode()
