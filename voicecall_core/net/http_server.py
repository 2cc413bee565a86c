"""HTTP/1.1 on streams that others open: what is asked and answered, its limits, and how it is read and written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from http import HTTPStatus
from typing import Protocol

import anyio
import h11
from anyio.abc import ByteStream, Listener, TaskStatus

from voicecall_core.net.connections import Guest, Guests, Standing, Turnstile, accept_each
from voicecall_core.net.http_head import FIELDS, flaw
from voicecall_core.net.network import GONE, drop, linger
from voicecall_core.net.opening import Offer
from voicecall_core.net.websocket import MESSAGE_BYTES, SocketEnded


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """What one peer may take of us. Seconds, bytes, counts."""

    head_bytes: int = 16_384  # a signed webhook's head is below 2 kB; tunnels add their own lines
    head_lines: int = 1 + FIELDS  # counted before any of them is parsed, which takes longer the more they are
    body_bytes: int = 262_144  # a form is below 64 kB; a REST request to the built-in carrier carries TwiML as well
    body_chunks: int = 64  # of a body that says its length as it goes: each takes as long as 10 kB
    message_bytes: int = MESSAGE_BYTES  # on a socket that was opened to us
    silent_s: float = 10.0  # for the first byte of all: whoever has connected has something to say
    head_s: float = 10.0  # for the whole head, not per byte: a drop a second is an attack
    body_s: float = 10.0  # the carrier's own webhooks give up after 15 s in all
    answer_s: float = 10.0  # for the peer to take an answer
    idle_s: float = 60.0  # between requests; tunnels keep connections for about so long
    connections: int = 128  # open sockets not counted; a shell may allow no more than 256 descriptors
    requests: int = 1_000  # on one connection; then it is closed and may be opened again
    at_a_time: int = 2  # connections that are heard in one turn of the event loop: about 1 ms of the 20 of a frame


USUAL = HttpLimits()


_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_DIGITS = "0123456789abcdefABCDEF"
_BYTES = {(high + low).encode(): bytes.fromhex(high + low) for high in _DIGITS for low in _DIGITS}


def _pair(text: bytes) -> tuple[str, str]:
    """A name and a value of a form. What they cost goes by the escape, so each is looked up, and none computed."""
    name, _, value = text.partition(b"=")
    return _unescaped(name), _unescaped(value)


def _unescaped(text: bytes) -> str:
    if b"%" in text:
        text = _ESCAPE.sub(lambda escape: _BYTES[escape[1]], text)
    return text.decode("utf-8", "replace")


@dataclass(frozen=True)
class Request:
    """What was asked. `target` is path and query as they came, header names are lower-case.

    Its repr is the method alone: tokens, keys and numbers are in all the rest.
    """

    method: str
    target: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    def header(self, name: str, default: str = "") -> str:
        """The first header of that name."""
        return self._named.get(name.lower(), default)

    @cached_property
    def _named(self) -> Mapping[str, str]:
        return dict(reversed(self.headers))

    @property
    def wants_socket(self) -> bool:
        """Whether it asks for an upgrade to a WebSocket."""
        return self.method == "GET" and self.header("upgrade").lower() == "websocket"

    def form(self) -> list[tuple[str, str]]:
        """The body as a form, in order, blank values kept. Bytes that are not UTF-8 become U+FFFD."""
        return list(self._form)

    @cached_property
    def _form(self) -> tuple[tuple[str, str], ...]:
        """Parsed once, whoever asks for it, and how often."""
        return tuple(_pair(pair) for pair in self.body.replace(b"+", b" ").split(b"&") if pair)


@dataclass(frozen=True, slots=True)
class Response:
    """What is answered. Its length is written for you; its repr is the status alone."""

    status: int
    body: bytes = field(default=b"", repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)


class Door(Protocol):
    """Who decides what a request gets."""

    async def answer(self, request: Request) -> Response:
        """Answer an ordinary request."""
        ...

    async def upgrade(self, request: Request, offer: Offer) -> None:
        """Accept or refuse a WebSocket, and return when it is done with. A SocketEnded may be let through."""
        ...


class Doorkeeper(Protocol):
    """Who sees a request before anything is spent on it, and hears of what came to nothing."""

    def glance(self, head: Request) -> Response | None:
        """What a request gets on account of its head alone, its body unread; None: it is read, and the door decides."""
        ...

    def turned_away(self, path: str, status: int) -> None:
        """A request to `path` (empty: it had not said) was refused with `status` by the server, or dropped for room."""
        ...


class _Everybody:
    """Lets all in."""

    def glance(self, head: Request) -> Response | None:
        return None

    def turned_away(self, path: str, status: int) -> None:
        pass


EVERYBODY: Doorkeeper = _Everybody()

__all__ = ["Door", "Doorkeeper", "HttpLimits", "Request", "Response", "serve", "serve_connection"]

_READ_BYTES = 16_384  # at a time, so that one reading is soon done with


async def serve(
    listener: Listener[ByteStream],
    door: Door,
    limits: HttpLimits = USUAL,
    keeper: Doorkeeper = EVERYBODY,
    *,
    task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
) -> None:
    """Serve every connection that comes, each in its own task, until cancelled; then all are closed.

    Past the cap the idlest is closed for the new one, which `keeper` is told. Sockets that were accepted do not count.
    """
    guests, turnstile = Guests(limits.connections), Turnstile(limits.at_a_time)

    async def connection(stream: ByteStream) -> None:
        guest = guests.enter()
        try:
            with guest.scope:
                await _serve(_Connection(stream, door, limits, keeper, guest, turnstile))
        finally:
            guests.leave(guest)
            await drop(stream)
        if guest.evicted:
            keeper.turned_away(guest.path, HTTPStatus.SERVICE_UNAVAILABLE)

    async with listener:
        task_status.started()
        await accept_each(listener, connection, lambda: guests.make_room(limits.connections // 4))


async def serve_connection(stream: ByteStream, door: Door, limits: HttpLimits = USUAL) -> None:
    """Serve one connection to its end and close it, whatever happens."""
    try:
        await _serve(_Connection(stream, door, limits, EVERYBODY, Guest(), Turnstile(limits.at_a_time)))
    finally:
        await drop(stream)


async def _serve(connection: _Connection) -> None:
    try:
        await connection.run()
    except _Gone:
        pass


class _Gone(Exception):
    """The peer is no longer there, or not worth waiting for."""


class _Fault(Exception):
    """The peer did something wrong."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class _Patience:
    """A bound for several waits together, in seconds from the first of them: who need not wait asks for no time."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._until = seconds, 0.0

    def scope(self) -> anyio.CancelScope:
        """What a wait is done in."""
        self._until = self._until or anyio.current_time() + self._seconds
        return anyio.CancelScope(deadline=self._until)


class _Connection:
    def __init__(
        self,
        stream: ByteStream,
        door: Door,
        limits: HttpLimits,
        keeper: Doorkeeper,
        guest: Guest,
        turnstile: Turnstile,
    ) -> None:
        self._stream, self._door, self._keeper = stream, door, keeper
        self._limits, self._guest, self._turnstile = limits, guest, turnstile
        self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=limits.head_bytes)

    async def run(self) -> None:
        try:
            for count in range(1, self._limits.requests + 1):
                asked = await self._head()
                if asked is None:
                    return
                head, request = asked
                if (refusal := self._keeper.glance(request)) is not None:
                    await self._respond(refusal, last=True, bodiless=request.method == "HEAD")
                    break
                request = _with(request, await self._body())
                if request.wants_socket:
                    return await self._upgrade(request, head)
                self._guest.becomes(Standing.BUSY)
                await self._serve(request, last=count == self._limits.requests)
                if self._h11.our_state is not h11.DONE or self._h11.their_state is not h11.DONE:
                    break
                self._h11.start_next_cycle()
                self._guest.becomes(Standing.KEPT)
        except _Fault as fault:
            self._keeper.turned_away(self._guest.path, fault.status)
            await self._respond(Response(fault.status), last=True)
        self._guest.becomes(Standing.NEW)
        await linger(self._stream)  # whoever serves this connection closes it

    async def _serve(self, request: Request, last: bool) -> None:
        try:
            response = await self._door.answer(request)
        except Exception:
            await self._respond(Response(HTTPStatus.INTERNAL_SERVER_ERROR), last=True)
            raise
        await self._respond(response, last, bodiless=request.method == "HEAD")

    async def _upgrade(self, request: Request, head: h11.Request) -> None:
        if request.body:
            raise _Fault(HTTPStatus.BAD_REQUEST)
        let_in = partial(self._guest.becomes, Standing.BUSY)
        trailing, most = self._h11.trailing_data[0], self._limits.message_bytes
        offer = Offer(self._stream, _serialised(head), trailing, let_in=let_in, message_bytes=most)
        if offer.flaw:
            self._keeper.turned_away(request.path, offer.flaw)
            return await offer.refuse(offer.flaw)
        try:
            await self._door.upgrade(request, offer)
        except SocketEnded:
            pass
        except Exception:
            await offer.settle(1011)
            raise
        await offer.settle(1000)

    async def _head(self) -> tuple[h11.Request, Request] | None:
        """The next request's head, as it was parsed and as a door is asked; None if the peer is done."""
        if not self._h11.trailing_data[0]:
            kept = self._guest.standing is Standing.KEPT
            with anyio.move_on_after(self._limits.idle_s if kept else self._limits.silent_s):
                await self._feed()
            if not self._h11.trailing_data[0]:
                return None
        event = await self._event(_Patience(self._limits.head_s))
        if not isinstance(event, h11.Request):
            return None
        request = _request(event)
        self._guest.path = request.path
        _check(event, request, self._limits)
        return event, request

    async def _body(self) -> bytes:
        if self._h11.they_are_waiting_for_100_continue:
            await self._write(self._h11.send(h11.InformationalResponse(status_code=100, headers=[])))
        body, chunks, patience = bytearray(), 0, _Patience(self._limits.body_s)
        while isinstance(event := await self._event(patience), h11.Data):
            body += event.data
            chunks += event.chunk_start
            if len(body) > self._limits.body_bytes or chunks > self._limits.body_chunks:
                raise _Fault(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return bytes(body)

    async def _event(self, patience: _Patience) -> h11.Event | type[h11.PAUSED]:
        """What comes next, however many reads it takes; most often it lies here already."""
        if (event := self._read()) is not None:
            return event
        with patience.scope():
            while True:
                await self._feed()
                if (event := self._read()) is not None:
                    return event
        raise _Fault(HTTPStatus.REQUEST_TIMEOUT)

    def _read(self) -> h11.Event | type[h11.PAUSED] | None:
        """What comes next out of what has been read; None if that is not enough."""
        if self._h11.their_state is h11.IDLE:
            _weigh(self._h11.trailing_data[0], self._limits)
        try:
            event = self._h11.next_event()
        except h11.RemoteProtocolError as error:
            raise _Fault(error.error_status_hint) from error
        return event if isinstance(event, h11.Event) or event is h11.PAUSED else None

    async def _feed(self) -> None:
        try:
            chunk = await self._stream.receive(_READ_BYTES)
        except anyio.EndOfStream:
            chunk = b""
        except GONE as error:
            raise _Gone from error
        await self._turnstile.wait(self._guest)
        self._h11.receive_data(chunk)

    async def _respond(self, response: Response, last: bool, bodiless: bool = False) -> None:
        headers = list(response.headers)
        bodiless = bodiless or response.status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
        if response.status != HTTPStatus.NO_CONTENT:
            headers.append(("Content-Length", str(len(response.body))))
        if last and ("connection", "close") not in headers:
            headers.append(("connection", "close"))
        reason = HTTPStatus(response.status).phrase.encode()
        send = self._h11.send
        out = send(h11.Response(status_code=response.status, headers=headers, reason=reason)) or b""
        if response.body and not bodiless:
            out += send(h11.Data(data=response.body)) or b""
        await self._write(out + (send(h11.EndOfMessage()) or b""))

    async def _write(self, out: bytes | None) -> None:
        try:
            with anyio.move_on_after(self._limits.answer_s):
                await self._stream.send(out or b"")
                return
        except GONE as error:
            raise _Gone from error
        raise _Gone


def _weigh(unread: bytes, limits: HttpLimits) -> None:
    """Refuse a head by its size before any line of it is parsed."""
    head = unread.partition(b"\r\n\r\n")[0].partition(b"\n\n")[0]
    if len(head) > limits.head_bytes or head.count(b"\n") >= limits.head_lines:
        raise _Fault(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)


def _check(head: h11.Request, request: Request, limits: HttpLimits) -> None:
    """Refuse a head that h11 let through."""
    if status := flaw(head, limits.head_bytes):
        raise _Fault(status)
    if int(request.header("content-length", "0")) > limits.body_bytes:
        raise _Fault(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def _request(head: h11.Request) -> Request:
    """Its body is yet to come."""
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in head.headers)
    return Request(head.method.decode("latin-1"), head.target.decode("latin-1"), headers)


def _with(request: Request, body: bytes) -> Request:
    return Request(request.method, request.target, request.headers, body) if body else request


def _serialised(head: h11.Request) -> bytes:
    """The head as it stood on the wire, for the WebSocket library to read itself."""
    lines = [b"%s %s HTTP/%s" % (head.method, head.target, head.http_version)]
    lines += [b"%s: %s" % (name, value) for name, value in head.headers]
    return b"\r\n".join(lines) + b"\r\n\r\n"
