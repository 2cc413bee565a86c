"""A small carrier for one call: plays what it is sent in real time, echoes marks, obeys clear. Knows only the wire."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import anyio
from anyio.abc import TaskGroup

from voicecall_core.carriers.twilio import media
from voicecall_core.media import Bridge, Recorder
from voicecall_core.models.base import AudioDelta, AudioDone, ModelOrder
from voicecall_core.net.http_server import Request, Response, serve
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.net.network import Network, TcpNetwork, port_of
from voicecall_core.net.opening import Offer, open_websocket
from voicecall_core.net.websocket import SocketEnded, WebSocket
from voicecall_core.words.events import Event
from voicecall_core.words.terms import Limits

ACCOUNT, STREAM, CALL = "AC1", "MZ{}", "CA1"
FRAME_S = 0.02
E = TypeVar("E", bound=Event)


class Phone:
    """The carrier's end of one media socket, with a callee who hears `heard` and says what `say` is given."""

    def __init__(self, number: int, ws: WebSocket) -> None:
        self.number, self.ws = number, ws
        self.began = anyio.current_time()
        self.arrived: list[tuple[float, dict[str, Any]]] = []
        self.playing: list[tuple[float, bytes]] = []  # when each frame begins to play, what it holds
        self.lead_s = 0.0  # the furthest that what arrived was ahead of what played
        self.close_code = 0
        self._free_at = 0.0
        self._marks: list[tuple[float, str]] = []
        self._chunk = 0

    @property
    def heard(self) -> bytes:
        """What has begun to play so far."""
        return b"".join(audio for at, audio in self.playing if at <= anyio.current_time())

    def events(self, kind: str) -> list[float]:
        """When messages of a kind arrived."""
        return [at for at, message in self.arrived if message["event"] == kind]

    def stream_ms(self) -> int:
        return round((anyio.current_time() - self.began) * 1000)

    async def send(self, message: dict[str, Any]) -> None:
        await self.ws.send(json.dumps(message, separators=(",", ":")))

    async def start(self, account: str = ACCOUNT) -> None:
        stream = STREAM.format(self.number)
        sound = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
        await self.send({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        start: dict[str, Any] = {"accountSid": account, "streamSid": stream, "callSid": CALL, "tracks": ["inbound"]}
        start |= {"mediaFormat": sound, "customParameters": {}}
        await self.send({"event": "start", "sequenceNumber": "1", "start": start, "streamSid": stream})

    async def say(self, audio: bytes = b"\xff" * 160) -> None:
        """One frame of the callee's."""
        self._chunk += 1
        media = {"track": "inbound", "chunk": str(self._chunk), "timestamp": str(self.stream_ms())}
        media["payload"] = b64encode(audio).decode()
        number = str(self._chunk + 1)
        await self.send(
            {"event": "media", "sequenceNumber": number, "media": media, "streamSid": STREAM.format(self.number)}
        )

    async def keep_talking(self) -> None:
        """A frame every 20 ms, as a stream has them."""
        beat = anyio.current_time()
        try:
            while True:
                await self.say()
                beat += FRAME_S
                await anyio.sleep_until(beat)
        except SocketEnded:
            pass

    async def listen(self) -> None:
        try:
            async with anyio.create_task_group() as tasks:
                while True:
                    message = json.loads(await self.ws.receive())
                    now = anyio.current_time()
                    self.arrived.append((now, message))
                    await self._obey(message, now, tasks)
        except* SocketEnded as ended:
            (first, *_) = ended.exceptions
            assert isinstance(first, SocketEnded)
            self.close_code = first.code

    async def _obey(self, message: dict[str, Any], now: float, tasks: TaskGroup) -> None:
        assert message["streamSid"] == STREAM.format(self.number)
        self._free_at = max(self._free_at, now)
        if message["event"] == "media":
            self.playing.append((self._free_at, b64decode(message["media"]["payload"])))
            self._free_at += FRAME_S
            self.lead_s = max(self.lead_s, self._free_at - now)
        elif message["event"] == "mark":
            self._marks.append((self._free_at, message["mark"]["name"]))
            tasks.start_soon(self._echo, self._free_at)
        elif message["event"] == "clear":
            self.playing = [(at, audio) for at, audio in self.playing if at < now]
            self._free_at = now
            await self._echo(float("inf"))

    async def _echo(self, until: float) -> None:
        if until < float("inf"):
            await anyio.sleep_until(until)
        due = [name for at, name in self._marks if at <= until]
        self._marks = [(at, name) for at, name in self._marks if at > until]
        for name in due:
            mark = {
                "event": "mark",
                "sequenceNumber": "9",
                "streamSid": STREAM.format(self.number),
                "mark": {"name": name},
            }
            await self.send(mark)


class Line:
    """A model line that keeps what it is sent, with the time."""

    def __init__(self, session: int = 1) -> None:
        self.session = session
        self.sent: list[str] = []

    def hear(self, payload: str) -> None:
        self.sent.append(payload)

    def say(self, order: ModelOrder, event_id: str) -> None:
        raise AssertionError("nothing of a call's audio is said")

    async def run(self) -> None:
        raise AssertionError("whoever opened it runs it")

    async def close(self) -> None:
        raise AssertionError("whoever opened it closes it")

    @property
    def frames(self) -> list[bytes]:
        return [b64decode(payload) for payload in self.sent]


def _clip(name: str) -> bytes:
    return name.encode() * 80


class Call:
    """A bridge with a carrier that can dial into it."""

    def __init__(self, tasks: TaskGroup, network: Network, limits: Limits, recorder: Recorder | None) -> None:
        self.told: list[tuple[float, Event]] = []
        self.on: Callable[[Event], None] = lambda event: None
        self.bridge = Bridge(self._tell, media_stream=lambda: media, clips=_clip, limits=limits, recorder=recorder)
        self.tasks, self.network = tasks, network
        self.port = 0
        self.carried = 0
        self.phones: list[Phone] = []

    def _tell(self, event: Event) -> None:
        self.told.append((anyio.current_time(), event))
        self.on(event)

    @property
    def events(self) -> list[Event]:
        return [event for _, event in self.told]

    def of(self, kind: type[E]) -> list[E]:
        """The events of a kind, in order."""
        return [event for _, event in self.told if isinstance(event, kind)]

    async def answer(self, request: Request) -> Response:
        return Response(404)

    async def upgrade(self, request: Request, offer: Offer) -> None:
        await self.bridge.carry(int(request.path.strip("/")), await offer.accept(), account_sid=ACCOUNT)
        self.carried += 1

    async def phone(
        self, number: int = 1, *, talking: bool = True, started: bool = True, live: bool = True, listening: bool = True
    ) -> Phone:
        """Open a media socket; it starts, talks and is opened for audio unless told otherwise."""
        phone = Phone(number, await open_websocket(self.network, f"ws://127.0.0.1:{self.port}/{number}"))
        self.phones.append(phone)
        if listening:
            self.tasks.start_soon(phone.listen)
        if started:
            await phone.start()
        if talking:
            self.tasks.start_soon(phone.keep_talking)
        await anyio.sleep(0.001)
        if live:
            self.bridge.open_audio(number)
        return phone

    def takes_session(self, line: Line, *, again: bool = False) -> None:
        """A session is open, and becomes the call's."""
        self.bridge.attach(line)
        self.bridge.forward_audio(line.session, again=again)

    def speak(self, ms: int, item: str = "i1", response: str = "r1", *, session: int = 1, done: bool = True) -> bytes:
        """The model speaks, all at once; returns what it said."""
        audio = bytes((n * 7 + len(item)) % 251 for n in range(ms * 8))
        for at in range(0, len(audio), 4_000):
            piece = b64encode(audio[at : at + 4_000]).decode()
            self.bridge.model_spoke(AudioDelta(session, response, item, piece))
        if done:
            self.bridge.model_spoke(AudioDone(session, response, item))
        return audio


@asynccontextmanager
async def called(
    limits: Limits | None = None, *, network: MemoryNetwork | TcpNetwork | None = None, recorder: Recorder | None = None
) -> AsyncIterator[Call]:
    """A call whose bridge can be dialled into; afterwards nothing of it may be left open."""
    network = network or MemoryNetwork()
    listener = await network.listen(0)
    async with anyio.create_task_group() as tasks:
        call = Call(tasks, network, limits or Limits(), recorder)
        call.port = port_of(listener)
        await tasks.start(serve, listener, call)
        yield call
        for phone in call.phones:
            await phone.ws.close()
        tasks.cancel_scope.cancel()
    if isinstance(network, MemoryNetwork):
        assert network.open_ends == 0
