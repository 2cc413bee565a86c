"""A WebSocket, from either side: how it is opened, its frames, its end."""

from __future__ import annotations

import logging
import ssl
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from http import HTTPStatus
from types import TracebackType

import anyio
import anyio.lowlevel
from anyio.abc import ByteStream
from websockets.client import ClientProtocol
from websockets.datastructures import Headers
from websockets.exceptions import InvalidStatus, InvalidURI
from websockets.frames import BINARY, CONT, PING, PONG, TEXT, CloseCode, Frame
from websockets.http11 import Request as Head
from websockets.http11 import Response as Answer
from websockets.protocol import CONNECTING, OPEN, Event
from websockets.server import ServerProtocol
from websockets.uri import WebSocketURI, parse_uri

from voicecall_core.errors import PeerError
from voicecall_core.net.network import GONE, Network, close_gently, drop, secure
from voicecall_core.net.pulse import Pulse

# A message may be this long. A model's event that repeats a whole conversation reaches some hundred kB; one MiB,
# the library's default, has been met as a limit in the field.
MESSAGE_BYTES = 8 * 2**20
# What is read at a time. Messages wait here for a slow reader only as far as they came in one read: beyond that the
# peer waits, by TCP's own means.
READ_BYTES = 65_536
# ... of one who came to us: a media message. A reading full of the smallest frames would take 0.1 s to be parsed, and
# this takes half a millisecond.
GUEST_READ_BYTES = 512
# Frames of which a message of his may consist: carriers send each in one, and the smallest are as dear as larger ones.
GUEST_FRAMES = 64
# What a peer has not taken for so long is of no use to a telephone call any more.
SEND_WITHIN = 5.0
# From our close frame to the peer's, and on to the end of its stream.
CLOSE_WITHIN = 2.0


class SocketEnded(Exception):
    """The socket is over. `code` and `reason` are the peer's; 1006 if it left without a word or was given up."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(f"socket ended with {code} {reason}".rstrip())
        self.code = code
        self.reason = reason


class WebSocket:
    """One open socket, either side. Bytes are read when somebody receives; pings are answered on the way.

    `headers` are those of the server's answer, if it was opened from here; `unread` was read before it was a socket.
    `reads` counts how often something came. May be used as `async with`, which closes it.
    """

    def __init__(
        self,
        stream: ByteStream,
        protocol: ServerProtocol | ClientProtocol,
        headers: Sequence[tuple[str, str]] = (),
        unread: bytes = b"",
    ) -> None:
        self._is_guest = isinstance(protocol, ServerProtocol)
        self._most = GUEST_READ_BYTES if self._is_guest else READ_BYTES
        self._unread = unread
        self._pulse = Pulse()
        self.headers = tuple(headers)
        self.reads = 0
        self._stream = stream
        self._protocol = protocol
        self._arrived: deque[str | bytes] = deque()
        self._parts: list[bytes] = []
        self._textual = True
        self._mute = False  # the stream takes nothing more, though there may be something left to read
        self._ended: tuple[int, str] | None = None
        # Both are taken without a checkpoint while nobody else holds them: one frame is one write.
        self._reading = anyio.Lock(fast_acquire=True)
        self._writing = anyio.Lock(fast_acquire=True)

    @property
    def closed(self) -> bool:
        """True as soon as nothing can be sent any more; what came before the end can still be received."""
        return self._mute or self._ended is not None or self._protocol.state is not OPEN

    async def receive(self) -> str | bytes:
        """The next message, whole. Raises SocketEnded once all that came before the end has been received.

        Cancelling it loses nothing.
        """
        while not self._arrived:
            if self._ended is not None:
                raise SocketEnded(*self._ended)
            await self._pull()
        return self._arrived.popleft()

    def put_back(self, messages: Sequence[str | bytes]) -> None:
        """Give back what was received, in its order: it is received again, before anything else."""
        self._arrived.extendleft(reversed(messages))

    async def send(self, text: str) -> None:
        """Send one text message, in the order of the calls. Raises SocketEnded.

        A peer that does not take it within SEND_WITHIN seconds ends the socket. So does cancelling it half-way, as
        nobody could tell then where the next frame begins.
        """
        async with self._writing:
            self._demand_open()
            self._protocol.send_text(text.encode())
            await self.flush()

    async def send_all(self, texts: Iterable[str]) -> None:
        """Send text messages as `send` does, in one piece."""
        async with self._writing:
            self._demand_open()
            for text in texts:
                self._protocol.send_text(text.encode())
            await self.flush()

    async def ping(self, within: float) -> bool:
        """Ask whether the peer is there; false if it has not answered after so many seconds. Raises SocketEnded.

        Somebody has to be receiving meanwhile. Time in which our own loop could not read does not count.
        """
        async with self._writing:
            self._demand_open()
            mine = self._pulse.ask()
            self._protocol.send_ping(str(mine).encode())
            await self.flush()
        return await self._pulse.answer_to(mine, within, self._demand_open)

    def _demand_open(self) -> None:
        if self.closed:
            raise self._end()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Say goodbye and wait for the answer, CLOSE_WITHIN seconds in all; then the stream is closed.

        A peer that broke the rules (1008) is not heard to the end: what it still sends costs nothing. Messages that
        arrive meanwhile are dropped. Closing again is harmless; a cancelled close closes at once.
        """
        try:
            with anyio.move_on_after(CLOSE_WITHIN), suppress(SocketEnded):
                async with self._writing:
                    if not self.closed:
                        if code == CloseCode.POLICY_VIOLATION:
                            self._break(CloseCode.POLICY_VIOLATION, reason, PeerError(reason))
                        else:
                            self._protocol.send_close(code, reason)
                        await self.flush()
                while self._ended is None:
                    self._arrived.clear()
                    await self._pull()
        finally:
            await self._abandon()

    async def __aenter__(self) -> WebSocket:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def take(self, chunk: bytes) -> None:
        """Give the protocol what the peer sent (nothing: the end), and make messages of what comes out."""
        self.reads += 1
        if chunk:
            self._protocol.receive_data(chunk)
        else:
            self._protocol.receive_eof()
        self.sort(self._protocol.events_received())

    def sort(self, events: Sequence[Event]) -> None:
        """Make messages of frames."""
        for frame in events:
            if isinstance(frame, Frame) and frame.opcode in (PING, PONG):
                if not self._pulse.bears_another():
                    return self._break(CloseCode.POLICY_VIOLATION, "too many pings", PeerError("too many pings"))
                if frame.opcode is PONG:
                    self._pulse.answered(bytes(frame.data))
            elif isinstance(frame, Frame) and frame.opcode in (TEXT, BINARY, CONT):
                if frame.opcode is not CONT:
                    self._textual = frame.opcode is TEXT
                self._parts.append(bytes(frame.data))
                if self._is_guest and len(self._parts) > GUEST_FRAMES:
                    self._parts.clear()
                    return self._break(CloseCode.POLICY_VIOLATION, "too many frames", PeerError("too many frames"))
                if frame.fin and not self._complete():
                    return

    def _break(self, code: CloseCode, reason: str, error: Exception) -> None:
        """Close for what the peer did, unless the same read brought its close, or a worse fault, as well."""
        if self._protocol.parser_exc is None and self._protocol.close_rcvd is None:
            self._protocol.fail(code, reason)
            self._protocol.parser_exc = error

    def _complete(self) -> bool:
        whole = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._parts.clear()
        try:
            self._arrived.append(whole.decode() if self._textual else whole)
        except UnicodeDecodeError as error:
            self._break(CloseCode.INVALID_DATA, "text that is not UTF-8", error)
            return False
        return True

    async def flush(self) -> None:
        """Write all that the protocol owes, in one piece. Raises SocketEnded. The caller holds the writing lock."""
        owed = b"".join(self._protocol.data_to_send())
        if not owed or self._mute or self._ended is not None:
            return
        try:
            with anyio.move_on_after(SEND_WITHIN):
                await self._stream.send(owed)
                return
        except GONE:
            # The peer's reason for leaving may still lie unread, so the reading side is left alone.
            self._mute = True
            raise self._end() from None
        except BaseException:
            await self._abandon()
            raise
        await self._abandon()
        raise self._end()

    async def _pull(self) -> None:
        """Read once, or wait for the task that is reading; then do what follows from it."""
        async with self._reading:
            if self._arrived or self._ended is not None:
                return
            # Something may be left to do already from what came together with the handshake.
            if not (self._over or self._protocol.writes):
                self.take(await self._read())
            if self._protocol.writes:
                # Shielded: a receive that is given up must not leave half a pong behind. Bounded by SEND_WITHIN.
                with anyio.CancelScope(shield=True), suppress(SocketEnded):
                    async with self._writing:
                        await self.flush()
            if self._over and not self._arrived:  # else first what it said, and the waiting for its end afterwards
                self._ended = self._ended or self._last_words()
                await close_gently(self._stream)

    async def _read(self) -> bytes:
        """What comes next, nothing at the end."""
        if self._unread:
            await anyio.lowlevel.checkpoint()
            chunk, self._unread = self._unread[: self._most], self._unread[self._most :]
            return chunk
        try:
            return await self._stream.receive(self._most)
        except GONE:
            return b""

    @property
    def _over(self) -> bool:
        """Whether nothing more is to be expected of the peer but the end of its stream."""
        protocol = self._protocol
        return protocol.close_rcvd is not None or protocol.parser_exc is not None or protocol.reader.eof

    def _last_words(self) -> tuple[int, str]:
        said = self._protocol.close_rcvd
        fault = self._protocol.parser_exc
        if said is None and fault is not None and not isinstance(fault, EOFError):
            said = self._protocol.close_sent  # the peer broke the protocol: the code is our judgement
        return (1006, "") if said is None else (int(said.code), said.reason)

    def _end(self) -> SocketEnded:
        return SocketEnded(*(self._ended or self._last_words()))

    async def _abandon(self) -> None:
        self._ended = self._ended or self._last_words()
        await drop(self._stream)


__all__ = ["Offer", "SocketEnded", "UpgradeRefused", "WebSocket", "open_websocket"]

# From the first packet to the server's 101; callers who are in more of a hurry set their own bound.
OPEN_WITHIN = 20.0

# The library's own log shows every frame, what people say included, so it has none here.
_SILENT = logging.Logger("voicecall.wire.websocket")
_SILENT.disabled = True


class UpgradeRefused(Exception):
    """The server answered something else than 101."""

    def __init__(self, status: int, headers: Sequence[tuple[str, str]] = (), body: bytes = b"") -> None:
        super().__init__(f"the server refused the WebSocket with status {status}")
        self.status = status
        self.headers = tuple(headers)
        self.body = body


class Offer:
    """A client's wish to open a WebSocket, to be accepted or refused once.

    `head` is the request's head as it stood on the wire, `trailing` what followed it. `let_in` says that the socket
    is worth keeping: until then it may be closed to make room for others.
    """

    def __init__(
        self,
        stream: ByteStream,
        head: bytes,
        trailing: bytes = b"",
        *,
        let_in: Callable[[], None] = lambda: None,
        message_bytes: int = MESSAGE_BYTES,
    ) -> None:
        self._stream = stream
        self.let_in = let_in
        self._trailing = trailing
        self._protocol = ServerProtocol(max_size=message_bytes, logger=_SILENT)
        self._protocol.receive_data(head)
        asked = next(iter(self._protocol.events_received()), None)
        self._answer = self._protocol.accept(asked) if isinstance(asked, Head) else None
        self.socket: WebSocket | None = None
        self.decided = False

    @property
    def flaw(self) -> int:
        """The status with which a request that cannot become a WebSocket must be refused, else 0."""
        if self._answer is None:
            return int(HTTPStatus.BAD_REQUEST)
        return 0 if self._answer.status_code == HTTPStatus.SWITCHING_PROTOCOLS else self._answer.status_code

    async def accept(self, date: str = "", *, on_trial: bool = False) -> WebSocket:
        """Answer 101, dated as told or by this machine. Raises SocketEnded if the client has gone.

        `on_trial` leaves it to the taker to say when it is let in.
        """
        assert not self.decided and self._answer is not None and not self.flaw, "an offer is decided once"
        self.decided = True
        if not on_trial:
            self.let_in()
        if date:
            del self._answer.headers["Date"]
            self._answer.headers["Date"] = date
        self._protocol.send_response(self._answer)
        self.socket = WebSocket(self._stream, self._protocol, unread=self._trailing)
        await self.socket.flush()
        return self.socket

    async def refuse(self, status: int, body: bytes = b"") -> None:
        """Answer `status` and close; a socket on trial is closed with 1008."""
        if self.socket is not None:
            await self.socket.close(CloseCode.POLICY_VIOLATION)
            return
        assert not self.decided, "an offer is decided once"
        self.decided = True
        headers = Headers([("Connection", "close"), ("Content-Length", str(len(body)))])
        answer = Answer(status, HTTPStatus(status).phrase, headers, body)
        try:
            with anyio.move_on_after(SEND_WITHIN):
                await self._stream.send(answer.serialize())
        except GONE:
            pass
        await close_gently(self._stream)

    async def settle(self, code: int) -> None:
        """Bring what its taker left open to an end: an undecided offer with 500, an open socket with `code`."""
        if not self.decided:
            await self.refuse(HTTPStatus.INTERNAL_SERVER_ERROR)
        elif self.socket is not None:
            await self.socket.close(code)


def _unobserved(stage: str) -> None:
    """Nobody wants to know how far the opening has come."""


async def open_websocket(
    network: Network,
    url: str,
    *,
    headers: Sequence[tuple[str, str]] = (),
    user_agent: str | None = None,
    tls: ssl.SSLContext | None = None,
    on_stage: Callable[[str], None] = _unobserved,
) -> WebSocket:
    """Open a WebSocket; `headers` are sent as they are, beside the five that the protocol demands and nothing else.

    `on_stage` hears "connected", "secured" (wss only) and "upgraded". Raises OSError if there is no connection or
    it takes longer than OPEN_WITHIN, UpgradeRefused if the answer is not 101, PeerError if it makes no sense.
    """
    try:
        uri = parse_uri(url)
    except (InvalidURI, ValueError) as error:
        raise PeerError("not a ws:// or wss:// address") from error  # not shown: it may carry a token
    with anyio.fail_after(OPEN_WITHIN):
        stream = await network.connect(uri.host, uri.port)
        try:
            on_stage("connected")
            if uri.secure:
                stream = await secure(stream, uri.host, tls or ssl.create_default_context())
                on_stage("secured")
            socket = await _upgraded(stream, uri, headers, user_agent)
            on_stage("upgraded")
        except BaseException:
            await drop(stream)
            raise
    return socket


async def _upgraded(
    stream: ByteStream, uri: WebSocketURI, headers: Sequence[tuple[str, str]], user_agent: str | None
) -> WebSocket:
    protocol = ClientProtocol(uri, max_size=MESSAGE_BYTES, logger=_SILENT)
    head = protocol.connect()
    for name, value in [*headers, *([("User-Agent", user_agent)] if user_agent is not None else [])]:
        head.headers[name] = value
    protocol.send_request(head)
    try:
        await stream.send(b"".join(protocol.data_to_send()))
        while protocol.state is CONNECTING and protocol.handshake_exc is None:
            try:
                protocol.receive_data(await stream.receive(READ_BYTES))
            except anyio.EndOfStream:
                protocol.receive_eof()
    except GONE as error:
        raise ConnectionResetError("the connection broke during the upgrade") from error
    _judge(protocol)
    answer, *events = protocol.events_received()
    headers = tuple(answer.headers.raw_items()) if isinstance(answer, Answer) else ()
    socket = WebSocket(stream, protocol, headers)
    socket.sort(events)
    return socket


def _judge(protocol: ClientProtocol) -> None:
    """Raise what a failed handshake deserves."""
    flaw = protocol.handshake_exc
    if flaw is None:
        return
    if isinstance(flaw, InvalidStatus):
        answer = flaw.response
        raise UpgradeRefused(answer.status_code, tuple(answer.headers.raw_items()), bytes(answer.body))
    if isinstance(flaw.__cause__, EOFError):
        raise ConnectionResetError("the server closed the connection during the upgrade") from flaw
    raise PeerError(f"the server's answer to the upgrade is not valid: {flaw}") from flaw
