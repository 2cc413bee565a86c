"""A door that answers with what it was asked, for the tests of this floor."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import anyio
from anyio.abc import ByteStream

from voicecall_core.net.http_server import EVERYBODY, USUAL, Door, Doorkeeper, HttpLimits, Request, Response, serve
from voicecall_core.net.network import Network, port_of
from voicecall_core.net.opening import Offer
from voicecall_core.net.websocket import WebSocket

ASK = b"GET /x HTTP/1.1\r\nHost: here\r\n\r\n"
UPGRADE = (
    b"GET /media HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


async def echo(socket: WebSocket) -> None:
    """Send every message back, until the socket ends."""
    while True:
        message = await socket.receive()
        await socket.send(message if isinstance(message, str) else f"{len(message)} bytes")


class EchoDoor:
    """Answers with method, target and body; upgrades go to `talk`."""

    def __init__(self, talk: Callable[[WebSocket], Awaitable[None]] = echo) -> None:
        self.requests: list[Request] = []
        self._talk = talk

    async def answer(self, request: Request) -> Response:
        self.requests.append(request)
        return Response(200, f"{request.method} {request.target} ".encode() + request.body)

    async def upgrade(self, request: Request, offer: Offer) -> None:
        self.requests.append(request)
        await self._talk(await offer.accept())


@asynccontextmanager
async def served(
    network: Network, door: Door, limits: HttpLimits = USUAL, keeper: Doorkeeper = EVERYBODY
) -> AsyncIterator[int]:
    """A server on some port of `network`, which is yielded."""
    listener = await network.listen(0)
    async with anyio.create_task_group() as tasks:
        await tasks.start(serve, listener, door, limits, keeper)
        yield port_of(listener)
        tasks.cancel_scope.cancel()


async def read_all(stream: ByteStream) -> bytes:
    """Everything until the peer closes."""
    got = bytearray()
    try:
        while True:
            got += await stream.receive()
    except anyio.EndOfStream:
        return bytes(got)
