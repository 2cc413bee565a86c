"""Byte streams to other machines."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol

import anyio
import anyio.lowlevel
from anyio.abc import ByteStream, Listener, SocketAttribute, TaskGroup
from anyio.streams.tls import TLSStream

from voicecall_core.net.callback_stream import CallbackStream, callback_stream, has_callbacks
from voicecall_core.net.urls import LOOPBACK

# How long a closing side waits for the other to close too. One round trip is enough for a peer that is there;
# one that is not must not hold a descriptor for longer.
LINGER = 1.0
# And how much of what it still sends is read meanwhile. More than is on its way when it is told that no more is wanted.
_LINGER_BYTES = 262_144


#: What a stream raises when its peer is gone or has been given up here.
GONE = (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError, OSError)


class Network(Protocol):
    """Where streams come from: the machine's own TCP, or memory."""

    async def connect(self, host: str, port: int, *, tls: ssl.SSLContext | None = None) -> ByteStream:
        """Open a stream to `host`, encrypted and verified if `tls` is given. Raises OSError, TLS errors included."""
        ...

    async def listen(self, port: int) -> Listener[ByteStream]:
        """Listen on the loopback address, on any free port if `port` is 0. Raises OSError."""
        ...


class TcpNetwork:
    """The machine's own TCP: every address of a name is tried, small writes leave at once."""

    async def connect(self, host: str, port: int, *, tls: ssl.SSLContext | None = None) -> ByteStream:
        try:
            stream = await anyio.connect_tcp(host, port)
        except UnicodeError as error:  # from the encoding of international names
            raise OSError(f"{host!r} is not a host name") from error
        if is_gone(stream):
            await drop(stream)
            raise ConnectionResetError(f"{host} closed the connection as soon as it was made")
        without_delay(stream)
        ours = await _on_callbacks(stream)
        return ours if tls is None else await secure(ours, host, tls)

    async def listen(self, port: int) -> Listener[ByteStream]:
        return _TcpListener(await anyio.create_tcp_listener(local_host=LOOPBACK, local_port=port))


async def _taken_up(peer: socket.socket) -> ByteStream:
    """The stream of a socket that is connected."""
    return await callback_stream(peer) if has_callbacks() else await anyio.abc.SocketStream.from_socket(peer)


async def _on_callbacks(stream: anyio.abc.SocketStream) -> ByteStream:
    """The same connection on the loop's callbacks: anyio has found the address that answers."""
    if not has_callbacks():
        return stream
    raw = stream.extra(SocketAttribute.raw_socket)
    ours = socket.socket(fileno=os.dup(raw.fileno()))
    try:
        await drop(stream)
        ours.setblocking(False)
        return await _taken_up(ours)
    except BaseException:
        ours.close()
        raise


# Connections that are taken up in one turn of the event loop. With one in each, as anyio does it, who comes last waits
# behind all who came before him, and that may be a thousand who want nothing; with too many the audio waits.
_AT_ONCE = 2


class _TcpListener(Listener[ByteStream]):
    """A port on which those that wait are taken up together. Raises OSError where one cannot be taken up."""

    def __init__(self, listener: Listener[anyio.abc.SocketStream]) -> None:
        self._listener = listener
        self._raw: socket.socket = listener.extra(SocketAttribute.raw_socket)

    async def serve(self, handler: Callable[[ByteStream], Any], task_group: TaskGroup | None = None) -> None:
        if task_group is None:
            async with anyio.create_task_group() as task_group:
                await self.serve(handler, task_group)
        while True:
            await anyio.wait_readable(self._raw)
            with suppress(BlockingIOError):
                for _ in range(_AT_ONCE):
                    task_group.start_soon(self._hand_over, self._raw.accept()[0], handler)
            await anyio.lowlevel.checkpoint()

    async def _hand_over(self, peer: socket.socket, handler: Callable[[ByteStream], Any]) -> None:
        try:
            peer.setblocking(False)
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stream = await _taken_up(peer)
        except (OSError, ValueError):  # it has gone already
            peer.close()
            return
        except BaseException:
            peer.close()
            raise
        await handler(stream)

    async def aclose(self) -> None:
        if self._raw.fileno() >= 0:
            anyio.notify_closing(self._raw)
        await self._listener.aclose()

    @property
    def extra_attributes(self) -> Mapping[Any, Callable[[], Any]]:
        return self._listener.extra_attributes


def port_of(listener: Listener[ByteStream]) -> int:
    """The port a listener was given."""
    return int(listener.extra(SocketAttribute.local_port))


def is_gone(stream: ByteStream) -> bool:
    """Whether a TCP stream was closed by its peer before anybody could use it, and has no socket any more.

    anyio over uvloop gives such a stream all the same; to ask it for any attribute raises what no document names.
    """
    try:
        stream.extra(SocketAttribute.raw_socket, None)
    except (AttributeError, RuntimeError):
        return True
    return False


def without_delay(stream: ByteStream) -> None:
    """Switch Nagle's algorithm off: a 20 ms audio frame must not wait for the acknowledgement of the one before."""
    raw = None if is_gone(stream) else stream.extra(SocketAttribute.raw_socket, None)
    if raw is not None:
        # A peer that has reset the connection already leaves a socket without options.
        with suppress(OSError):
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


async def secure(stream: ByteStream, host: str, tls: ssl.SSLContext) -> ByteStream:
    """Do a client's TLS handshake. Raises OSError, for a refused certificate too; `stream` is then closed."""
    try:
        if isinstance(stream, CallbackStream):
            await stream.secure(tls, host)
            return stream
        # Nobody sends a closing alert in practice; WebSocket and HTTP say themselves where they end.
        return await TLSStream.wrap(
            stream, server_side=False, hostname=host, ssl_context=tls, standard_compatible=False
        )
    except (anyio.EndOfStream, anyio.BrokenResourceError) as error:
        await drop(stream)
        raise ConnectionResetError(f"{host} closed the connection during the TLS handshake") from error
    except BaseException:
        await drop(stream)
        raise


async def drop(stream: ByteStream) -> None:
    """Close at once, also in a cancelled task."""
    with anyio.CancelScope(shield=True), suppress(*GONE):
        await stream.aclose()  # none of ours waits for its peer with that


async def close_gently(stream: ByteStream, within: float = LINGER) -> None:
    """Let the peer close first, as `linger` does, then close."""
    try:
        await linger(stream, within)
    finally:
        await drop(stream)


async def linger(stream: ByteStream, within: float = LINGER) -> None:
    """Say that no more will be sent, and wait up to `within` seconds for the peer to close; one that goes on sending
    is not waited for. Whoever calls this closes the stream afterwards.

    Closing with bytes unread makes TCP reset the connection, and a reset may take our last bytes with it.
    """
    # TLS streams cannot be closed by half: NotImplementedError. A stream that the peer has reset: RuntimeError, on
    # uvloop.
    with anyio.move_on_after(within), suppress(NotImplementedError, RuntimeError, *GONE):
        await stream.send_eof()
        unread = _LINGER_BYTES
        while unread > 0:
            unread -= len(await stream.receive())
