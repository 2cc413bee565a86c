"""How a WebSocket is opened, from either side: the handshake. RFC 6455 section 4."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Sequence
from http import HTTPStatus

import anyio
from anyio.abc import ByteStream
from websockets.client import ClientProtocol
from websockets.datastructures import Headers
from websockets.exceptions import InvalidStatus, InvalidURI
from websockets.frames import CloseCode
from websockets.http11 import Request as Head
from websockets.http11 import Response as Answer
from websockets.protocol import CONNECTING
from websockets.server import ServerProtocol
from websockets.uri import WebSocketURI, parse_uri

from voicecall_core.errors import PeerError
from voicecall_core.net.network import GONE, Network, close_gently, drop, secure
from voicecall_core.net.websocket import MESSAGE_BYTES, READ_BYTES, SEND_WITHIN, WebSocket

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
