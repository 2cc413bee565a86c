"""The HTTPS proxy that leads the two hosts to the built-in carrier and model, and lets all others pass. Loopback only.

It understands CONNECT alone. What it leads is decrypted and handed on byte by byte; what it lets pass stays encrypted.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field

import anyio
from anyio.abc import ByteStream, Listener
from anyio.streams.tls import TLSStream

from voicecall_core.line.hosts import Place, place_of
from voicecall_core.line.upstream import Upstream, UpstreamRefused
from voicecall_core.net.connections import accept_each
from voicecall_core.net.network import GONE, Network, drop, port_of, without_delay
from voicecall_core.net.urls import LOOPBACK

HEAD_BYTES, HEAD_S = 8_192, 10.0
CONNECT_S = 15.0  # for the other side, as long as browsers' users wait
HANDSHAKE_S = 10.0
CONNECTIONS = 256  # at once; further ones are closed unheard
HOSTS = 64  # that are remembered by name
_CHUNK = 65_536
_CONNECT = re.compile(rb"CONNECT \[?([0-9A-Za-z.:_-]{1,253}?)\]?:([0-9]{1,5}) HTTP/1\.[01]\r\n")


@dataclass(frozen=True, slots=True)
class Doors:
    """The ports on loopback: the proxy's, and one for each place, for clients that are led without a proxy."""

    proxy: int
    carrier: int
    model: int


@dataclass(slots=True)
class Passing:
    """What went through: hosts that were let pass, and hosts that were refused; each once, the first ones."""

    passed: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)


class Proxy:
    """Leads one connection after the other. `targets` are the ports of carrier and model."""

    def __init__(self, network: Network, tls: ssl.SSLContext, targets: Mapping[Place, int], upstream: Upstream) -> None:
        self._network, self._tls, self._targets, self._upstream = network, tls, targets, upstream
        self._open = 0
        self.passing = Passing()

    async def serve(self, listener: Listener[ByteStream], handle: Callable[[ByteStream], object]) -> None:
        """Take connections until cancelled; none ends another."""

        async def connection(stream: ByteStream) -> None:
            self._open += 1
            try:
                if self._open <= CONNECTIONS:
                    without_delay(stream)
                    await handle(stream)  # type: ignore[misc]  # a coroutine
            except (*GONE, ssl.SSLError, TimeoutError):
                pass  # whoever connected has gone, or does not trust us: his matter
            finally:
                self._open -= 1
                await drop(stream)

        await accept_each(listener, connection)

    async def connect(self, stream: ByteStream) -> None:
        """One client of the proxy."""
        with anyio.fail_after(HEAD_S):
            head, rest = await _head(stream)
        asked = _CONNECT.match(head)
        if asked is None:
            return await _say(stream, 501, "This proxy of voicecall sim understands CONNECT alone.")
        host, port = asked[1].decode(), int(asked[2])
        place = place_of(host)
        if place is Place.NOWHERE:
            _remember(self.passing.refused, host)
            return await _say(stream, 403, f"voicecall sim does not build {host}, and does not let it be reached.")
        if place is Place.OUTSIDE:
            return await self._pass(stream, host, port, rest)
        await stream.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await self.lead(stream, place)

    async def lead(self, stream: ByteStream, place: Place) -> None:
        """Do the server's side of TLS, and hand on what is said."""
        with anyio.fail_after(HANDSHAKE_S):
            inside = await TLSStream.wrap(stream, server_side=True, ssl_context=self._tls, standard_compatible=False)
            target = await self._network.connect(LOOPBACK, self._targets[place])
        await _join(inside, target)

    async def _pass(self, stream: ByteStream, host: str, port: int, rest: bytes) -> None:
        _remember(self.passing.passed, host)
        try:
            with anyio.fail_after(CONNECT_S):
                target = await self._upstream.connect(host, port)
        except UpstreamRefused as refused:
            return await _say(stream, refused.status, str(refused))
        except (OSError, TimeoutError, ValueError) as error:
            return await _say(stream, 502, f"{host} cannot be reached: {type(error).__name__}.")
        await stream.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with suppress(*GONE):
            await target.send(rest)
        await _join(stream, target)


@asynccontextmanager
async def open_proxy(
    network: Network, tls: ssl.SSLContext, targets: Mapping[Place, int], upstream: Upstream
) -> AsyncIterator[tuple[Doors, Passing]]:
    """Run the proxy and both doors on free ports until the block is left."""
    proxy = Proxy(network, tls, targets, upstream)
    handlers = (
        proxy.connect,
        lambda stream: proxy.lead(stream, Place.CARRIER),
        lambda stream: proxy.lead(stream, Place.MODEL),
    )
    async with AsyncExitStack() as listening:  # closed when nobody waits on them any more: uvloop aborts otherwise
        listeners = [await listening.enter_async_context(await network.listen(0)) for _ in handlers]
        async with anyio.create_task_group() as tasks:
            for listener, handle in zip(listeners, handlers, strict=True):
                tasks.start_soon(proxy.serve, listener, handle)
            try:
                yield Doors(*(port_of(listener) for listener in listeners)), proxy.passing
            finally:
                tasks.cancel_scope.cancel()


async def _head(stream: ByteStream) -> tuple[bytes, bytes]:
    """The request's head, and what came behind it. Raises EndOfStream if it has no end."""
    data = b""
    while b"\r\n\r\n" not in data:
        if len(data) > HEAD_BYTES:
            raise anyio.EndOfStream
        data += await stream.receive(_CHUNK)
    head, _, rest = data.partition(b"\r\n\r\n")
    return head + b"\r\n", rest


async def _say(stream: ByteStream, status: int, text: str) -> None:
    body = f"{text}\n".encode()
    head = f"HTTP/1.1 {status} Refused\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: {len(body)}"
    await stream.send(head.encode() + b"\r\n\r\n" + body)


def _remember(names: set[str], host: str) -> None:
    if len(names) < HOSTS:
        names.add(host)


async def _join(one: ByteStream, other: ByteStream) -> None:
    """Hand on what each says to the other, until either has nothing more to say and the other has said the rest."""
    try:
        async with anyio.create_task_group() as tasks:

            async def carry(source: ByteStream, target: ByteStream) -> None:
                with suppress(*GONE, ssl.SSLError):
                    while True:
                        await target.send(await source.receive(_CHUNK))
                if isinstance(one, TLSStream):  # it has no halves: who has said all is done
                    tasks.cancel_scope.cancel()
                    return
                with suppress(RuntimeError, *GONE):  # uvloop's, for a stream that was reset
                    await target.send_eof()

            tasks.start_soon(carry, one, other)
            await carry(other, one)
    finally:
        await drop(one)
        await drop(other)
