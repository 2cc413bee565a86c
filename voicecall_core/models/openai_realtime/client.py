"""One session of the realtime model, from its socket's opening to its end.

It waits for nothing by the clock: how long a session may take to be ready is for the judge, who cancels `run`.
"""

from __future__ import annotations

import json
import ssl
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import anyio

from voicecall_core.errors import PeerError
from voicecall_core.masking import fit_to_show
from voicecall_core.models.base import Audio, AudioDelta, AudioDone, ModelOrder, Tell
from voicecall_core.models.openai_realtime import agreement, failures, reading, writing
from voicecall_core.models.openai_realtime.ahead import SocketAhead, Stage
from voicecall_core.net.network import Network
from voicecall_core.net.opening import UpgradeRefused, open_websocket
from voicecall_core.net.websocket import SocketEnded, WebSocket
from voicecall_core.words.events import Event, ModelErred, ModelFailed, ModelReached
from voicecall_core.words.orders import AskGreeting, OpenModel
from voicecall_core.words.terms import Brief
from voicecall_core.words.values import SET_UP_DIFFERS, TRANSCRIPTION_FAILED, ModelStage

# Messages waiting to be written: 60 s of the callee's voice. The most that comes at once is a turn said again, 30 s,
# with what was said while the session was opened, 12 s; a model that lets more pile up will not catch up either.
QUEUE_MESSAGES = 3_000
# Events of one session that are told, sound not counted. An hour of talk has some 15,000, nearly all of them pieces of
# what was said, and each is kept with its call: a server that goes on without end would fill the memory.
MOST_EVENTS = 50_000
# A model whose process hangs keeps its socket open. Two seconds and four: within the patience of a callee who has just
# finished his turn, and beyond every pause of a network that is worth waiting for.
PING_EVERY_S, PONG_WITHIN_S = 2.0, 4.0
LIFETIMES_S = range(60, 86_401)  # what a session may plausibly last; anything else is a field that says something else
CLOSE_WITHIN_S = 1.0  # a cancelled session says goodbye if that is quick: nobody waits for it
# What a session says waits until it has said how it is set up: up to 60 s of speech, far more than a greeting has.
MOST_EARLY_CHARACTERS = 640_000
MOST_EARLY = 3_000
SET_UP = "set-up"  # the event id of the set-up; an error that names it is an error of the set-up


def lifetime_s(expires_at: float, headers: Sequence[tuple[str, str]]) -> float:
    """How long a session lasts that ends at `expires_at` (unix s) by the server's clock, whose Date is in `headers`.

    0 if either is not there, or makes no sense.
    """
    date = next((value for name, value in headers if name.lower() == "date"), "")
    try:
        lasts = expires_at - parsedate_to_datetime(date).timestamp()
    except ValueError:
        return 0.0
    return lasts if LIFETIMES_S.start <= lasts < LIFETIMES_S.stop else 0.0


class _Ended(Exception):
    """What the model said ends the session."""

    def __init__(self, failure: ModelFailed) -> None:
        super().__init__(failure.code)
        self.failure = failure


class ModelLine:
    """A model session: `run` opens it, sets it up and relays what it says; `send` may be called from the first moment.

    The set-up leaves as soon as the socket is open, and the request for a greeting right behind it. What comes of it is
    told once the session has said that it is set up as it was asked to be; one that is not has failed, unheard.
    What it says goes to `tell`, its voice to `audio`; both are called in the order of arrival and must not block.
    `session` is its number within the call, `tls` says whose certificates are believed. The key leaves in one header
    and appears nowhere else.
    """

    __slots__ = (
        "_ahead",
        "_asked_to_end",
        "_audio",
        "_brief",
        "_created",
        "_early",
        "_early_refs",
        "_failure",
        "_key",
        "_names",
        "_network",
        "_outbox",
        "_over",
        "_ready",
        "_running",
        "_scope",
        "_set_up",
        "_silent",
        "_socket",
        "_tell",
        "_tls",
        "_told",
        "_unheard",
        "_unheard_characters",
        "_url",
        "_user_agent",
        "session",
    )

    def __init__(
        self,
        session: int,
        network: Network,
        url: str,
        key: str,
        brief: Brief,
        *,
        held: bool,
        tell: Tell,
        audio: Audio,
        tls: ssl.SSLContext | None = None,
        user_agent: str = "voicecall/python",
        ahead: SocketAhead | None = None,
    ) -> None:
        self.session = session
        self._network, self._url, self._key = network, url, key
        self._tls, self._user_agent, self._ahead = tls, user_agent, ahead
        self._brief = brief
        self._set_up = writing.session_update(brief, held=held, event_id=SET_UP)
        self._tell, self._audio = tell, audio
        self._outbox: deque[str] = deque()
        self._early: deque[str] = deque()  # leaves behind the set-up without waiting for what that comes to
        self._early_refs: set[str] = set()
        self._socket: WebSocket | None = None  # while it is relayed
        self._names = reading.VoiceNames()
        self._created = False
        self._ready = False
        self._unheard: list[Event | AudioDelta | AudioDone] = []  # came before the session was ready
        self._unheard_characters = 0
        self._told = 0  # events
        self._over = anyio.Event()
        self._scope = anyio.CancelScope()
        self._failure: ModelFailed | None = None
        self._asked_to_end = False
        self._silent = False
        self._running = False

    def __repr__(self) -> str:
        return f"<ModelLine session={self.session} ready={self._ready} over={self._over.is_set()}>"

    async def run(self) -> None:
        """Hold the session until it ends; tells ModelFailed, once, unless `close` or a cancellation ended it."""
        self._running = True
        try:
            with self._scope:
                self._failure = await self._converse()
        finally:
            self._over.set()
            self._outbox.clear()
            self._unheard.clear()
        if self._failure is not None and not self._asked_to_end:
            self._tell(self._failure)

    def say(self, order: ModelOrder, event_id: str) -> None:
        """Carry out an order, in the model's words."""
        messages = writing.messages(order, self._brief, event_id)
        if isinstance(order, AskGreeting) and not self._ready:
            self._early_refs.add(order.ref)
            self._early.extend(messages)
            self._drain()
            return
        for message in messages:
            self.send(message)

    def hear(self, payload: str) -> None:
        """20 ms of the callee: base64 of mu-law."""
        message = writing.append(payload)
        if not (self._ready and not self._outbox and self._socket is not None and self._socket.offer(message)):
            self.send(message)

    def send(self, message: str) -> None:
        """Hand over a message; it leaves once the session is ready, in the order of handing over.

        After the session's end it is dropped: its end has been told. A full queue fails the session.
        """
        if self._over.is_set():
            return
        if len(self._outbox) >= QUEUE_MESSAGES:
            self._fail("model_too_slow", "the model does not take the callee's voice as fast as it comes")
            return
        self._outbox.append(message)
        self._drain()

    async def close(self) -> None:
        """End the session, or its opening, and wait until it is gone (bounded by the closing of its socket)."""
        self._asked_to_end = True
        self._scope.cancel()
        if self._running:
            await self._over.wait()

    def _fail(self, code: str, reason: str) -> None:
        if self._failure is None:
            self._failure = ModelFailed(self.session, code, reason)
            self._scope.cancel()

    # --- the session, in the order in which it happens ---

    async def _converse(self) -> ModelFailed:
        opened = await self._open()
        if isinstance(opened, ModelFailed):
            return opened
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._ping, opened)
                failure = await self._read(opened)
                tasks.cancel_scope.cancel()
        finally:
            # Anybody who does not answer a ping will not answer a goodbye.
            with anyio.move_on_after(0 if self._silent else CLOSE_WITHIN_S, shield=True):
                await opened.close()
        return failure

    async def _open(self) -> WebSocket | ModelFailed:
        if self._ahead is not None and (socket := await self._ahead.take(self._stage)) is not None:
            return socket
        try:
            return await _connect(self._network, self._url, self._key, self._tls, self._user_agent, self._stage)
        except UpgradeRefused as refused:
            return self._keyless(failures.of_refusal(self.session, refused.status, refused.body))
        except PeerError as error:
            return ModelFailed(self.session, "protocol_error", failures.words(error.message), retryable=False)
        except OSError as error:
            return ModelFailed(self.session, "unreachable", failures.words(str(error) or type(error).__name__))

    async def _read(self, socket: WebSocket) -> ModelFailed:
        """Hand on all that the model says, until the session has failed."""
        try:
            await socket.send(self._set_up)
            while self._early:
                await socket.send(self._early.popleft())
            self._socket = socket
            await socket.relay(self._heard, self._drain)
        except _Ended as ended:
            return ended.failure
        except SocketEnded as ended:
            return self._keyless(failures.of_close(self.session, ended.code, ended.reason))
        except PeerError as error:
            return ModelFailed(self.session, "protocol_error", error.message, retryable=False)

    def _heard(self, message: str | bytes) -> None:
        if (failure := self._take(message, reading.read(message, self.session, self._names))) is not None:
            raise _Ended(failure)

    def _take(self, text: str | bytes, said: reading.Reading) -> ModelFailed | None:
        """Take up what a message says; a failure, if it is the session's end."""
        if not isinstance(said, list):
            return self._hear_of(said)
        self._told += len(said)
        if self._told > MOST_EVENTS:
            reason = f"the model told of more than {MOST_EVENTS:,} things in one session"
            return ModelFailed(self.session, "protocol_error", reason, retryable=False)
        for event in said:
            failure = self._fatal(event)
            if failure is None and isinstance(event, ModelReached):
                failure = self._reached(event, text)
            elif failure is None:
                failure = self._hear_of(event)
            if failure is not None:
                return failure
        return None

    def _hear_of(self, said: Event | AudioDelta | AudioDone) -> ModelFailed | None:
        """Hand it on, or keep it until the session is ready; a failure if that has become too much."""
        if self._ready:
            self._hand_on(said)
            return None
        self._unheard.append(said)
        self._unheard_characters += len(said.payload_b64) if isinstance(said, AudioDelta) else 0
        if len(self._unheard) <= MOST_EARLY and self._unheard_characters <= MOST_EARLY_CHARACTERS:
            return None
        return ModelFailed(self.session, "protocol_error", "the model goes on speaking and does not confirm its set-up")

    def _hand_on(self, said: Event | AudioDelta | AudioDone) -> None:
        if isinstance(said, AudioDelta | AudioDone):
            self._audio(said)
        else:
            self._tell(said)

    def _reached(self, event: ModelReached, text: str | bytes) -> ModelFailed | None:
        """Tell, each once, that the session is there and that it is ready, if it is as it was asked to be."""
        assert self._socket is not None
        if event.stage is ModelStage.CREATED and not self._created:
            self._created = True
            self._tell(replace(event, expires_s=lifetime_s(event.expires_s, self._socket.headers)))
        elif event.stage is ModelStage.READY and self._created and not self._ready:
            if differs := agreement.difference(self._set_up, text):
                return self._keyless(ModelFailed(self.session, SET_UP_DIFFERS, differs))
            self._ready = True  # updates after this one answer our holding and restoring of turns
            self._tell(event)
            for said in self._unheard:
                self._hand_on(said)
            self._unheard.clear()
            self._drain()
        return None

    def _drain(self) -> None:
        """Write what waits, as far as the model takes it: of what needs the session ready, nothing before."""
        while (socket := self._socket) is not None and not socket.full:
            if self._early:
                socket.write(self._early.popleft())
            elif self._ready and self._outbox:
                socket.write(self._outbox.popleft())
            else:
                return

    async def _ping(self, socket: WebSocket) -> None:
        try:
            while True:
                await anyio.sleep(PING_EVERY_S)
                reads = socket.reads
                if not await socket.ping(PONG_WITHIN_S) and socket.reads == reads:
                    self._silent = True
                    self._fail("no-pong", f"the model has been silent for {PONG_WITHIN_S:.0f} s, and answers no ping")
        except SocketEnded:
            pass  # the reader meets the same end, and tells it

    def _fatal(self, event: Event) -> ModelFailed | None:
        """The failure that an event means; before the session is ready an error is one of its set-up, or its greeting.

        One that names neither may be of either: then a session that is asked for less may fare better.
        """
        if isinstance(event, ModelFailed):
            return self._keyless(event)
        if not isinstance(event, ModelErred) or self._ready or event.code == TRANSCRIPTION_FAILED:
            return None
        if event.ref in self._early_refs:
            return None
        failure = failures.of_set_up(self.session, event.code, event.reason)
        if self._early_refs and event.ref != SET_UP and event.code not in failures.FATAL:
            failure = replace(failure, retryable=True)
        return self._keyless(failure)

    def _keyless(self, failure: ModelFailed) -> ModelFailed:
        if not self._key or self._key not in failure.reason:
            return failure
        reason = fit_to_show(failure.reason, [self._key])
        return ModelFailed(failure.session, failure.code, reason, failure.retryable)

    def _stage(self, stage: str) -> None:
        self._tell(ModelReached(self.session, ModelStage(stage)))


async def _connect(
    network: Network, url: str, key: str, tls: ssl.SSLContext | None, user_agent: str, on_stage: Stage
) -> WebSocket:
    return await open_websocket(
        network,
        url,
        headers=[("Authorization", f"Bearer {key}")],
        user_agent=user_agent,
        tls=tls,
        on_stage=on_stage,
    )


def naming(url: str, model: str) -> str:
    """The model's URL with its name in the query, unless it names one (or a deployment) already."""
    if "model=" in url or "deployment=" in url:
        return url
    return f"{url}{'&' if '?' in url else '?'}model={quote(model)}"


@dataclass(frozen=True, slots=True, repr=False)
class OpenAIRealtime:
    """The way to OpenAI's realtime models, or to a server that speaks as they do. `key` is a secret: none of it shows.

    `tls` says whose certificates are believed.
    """

    network: Network
    url: str
    key: str
    tls: ssl.SSLContext | None = None
    user_agent: str = "voicecall/python"
    ahead: dict[str, SocketAhead] = field(default_factory=dict)  # by URL; each for the next session there

    @property
    def usable(self) -> bool:
        """Whether there is somebody to ask."""
        return bool(self.url)

    def set_up(self, brief: Brief) -> dict[str, Any]:
        """The `session.update` that every session begins with."""
        message: dict[str, Any] = json.loads(writing.session_update(brief, held=True, event_id=SET_UP))
        return message

    @asynccontextmanager
    async def opened_ahead(self, model: str) -> AsyncIterator[None]:
        """Have the socket of the next session opened meanwhile."""
        url = naming(self.url, model)
        self.ahead[url] = ahead = SocketAhead(
            lambda on_stage: _connect(self.network, url, self.key, self.tls, self.user_agent, on_stage)
        )
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(ahead.hold)
                yield
                tasks.cancel_scope.cancel()
        finally:
            self.ahead.pop(url, None)

    def open(self, order: OpenModel, brief: Brief, tell: Tell, audio: Audio) -> ModelLine:
        """A session that is yet to be run."""
        url = naming(self.url, brief.model)
        return ModelLine(
            order.session,
            self.network,
            url,
            self.key,
            brief,
            held=order.held,
            tell=tell,
            audio=audio,
            tls=self.tls,
            user_agent=self.user_agent,
            ahead=self.ahead.pop(url, None),
        )
