"""A byte stream on the event loop's own callbacks: asyncio's, and uvloop's.

What a peer sends is either waited for, as on any stream, or handed on as it comes, without a task that has to be woken
for it: a call's audio comes a hundred times a second. On trio there is nothing of the kind, and nothing needs it.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from contextvars import Context, ContextVar, copy_context
from typing import Any, cast

import anyio
import anyio.lowlevel
from anyio.abc import ByteStream, SocketAttribute
from anyio.streams.tls import TLSAttribute

from voicecall_core.net.reserve import RESERVE

try:
    import sniffio
except ImportError:  # then anyio asks asyncio itself
    _library: ContextVar[str | None] | None = None
else:
    _library = sniffio.current_async_library_cvar

# Beyond so much that nobody has taken the peer waits, by TCP's own means; and beyond so much that it does not take
# itself, whoever writes to it.
UNREAD_BYTES = WINDOW_BYTES = 65_536


def has_callbacks() -> bool:
    """Whether streams can be built on this loop's callbacks: not on trio, nor on Windows."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return sys.platform != "win32"


def clock() -> Callable[[], float]:
    """What tells the time as `anyio.current_time` does, without asking each time which loop this is."""
    try:
        return asyncio.get_running_loop().time
    except RuntimeError:
        return anyio.current_time


def callback_context() -> Context:
    """The context of this task, in which a callback too may ask anyio for the time, for a scope, for whatever it has.

    anyio asks sniffio, where that is installed, which asks for the running task: a callback is none. Whoever has
    started the loop without anyio has not told it either.
    """
    if _library is not None:
        _library.set("asyncio")
    return copy_context()


async def callback_stream(connected: socket.socket) -> CallbackStream:
    """The stream of a socket that is connected and does not block, which it owns from now on. Raises OSError."""
    callback_context()  # the loop calls a connection back in the context in which it was made
    RESERVE.fill()
    transport, stream = await asyncio.get_running_loop().connect_accepted_socket(CallbackStream, connected)
    if stream.broken:
        transport.close()
        raise ConnectionResetError("the connection broke as it was taken up")
    return stream


class CallbackStream(ByteStream, asyncio.Protocol):
    """A connection of the loop's. Its methods are those of any byte stream; `push` and `write` do without waiting.

    Nobody hears what a callback raises, and what it left undone would be waited for without end. So each ends the
    connection for whatever goes wrong in it, memory that is not there included.
    """

    __slots__ = (
        "_came",
        "_changed",
        "_closed",
        "_ended",
        "_error",
        "_given_up",
        "_lost",
        "_most",
        "_on_data",
        "_on_room",
        "_reading",
        "_room",
        "_secured",
        "_transport",
        "_turn_due",
        "_unread",
        "_within",
        "_writable",
        "full",
    )

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._came: deque[bytes] = deque()
        self._unread = 0
        self.full = False  # the peer has not taken WINDOW_BYTES of what was written
        self._ended = self._lost = self._closed = self._secured = False
        self._writable = False  # there is a transport, and nobody has closed it or lost it
        self._reading = True
        self._turn_due = False  # what waits is handed over in the loop's next turn
        self._error: Exception | None = None
        self._changed = anyio.Event()
        self._room = anyio.Event()
        self._on_data: Callable[[bytes], None] | None = None
        self._on_room: Callable[[], None] | None = None
        self._most, self._within = UNREAD_BYTES, 0.0
        self._given_up: asyncio.TimerHandle | None = None

    # --- what the loop tells ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        try:
            self._transport, self._writable = cast(asyncio.Transport, transport), not self._closed
            self._transport.set_write_buffer_limits(high=WINDOW_BYTES)
        except Exception as error:
            self._fail(error)

    def data_received(self, data: bytes) -> None:
        try:
            if self._on_data is not None and not self._came and len(data) <= self._most:
                self._on_data(data)
            else:
                self._keep(data)
        except Exception as error:
            self._fail(error)

    def _keep(self, data: bytes) -> None:
        self._came.append(data)
        self._unread += len(data)
        if self._on_data is None:
            if self._unread > UNREAD_BYTES:
                self._pause()
            self._changed.set()
        elif not self._turn_due:
            self._hand_over()

    def eof_received(self) -> bool:
        try:
            self._end()
            return not self._secured  # our half stays open: what we still have to say is said; TLS has no halves
        except Exception as error:
            self._fail(error)
            return False

    def connection_lost(self, error: Exception | None) -> None:
        try:
            self._lost, self._writable = True, False
            self._error = self._error or error
            self._end()
            self._room.set()
        except Exception as odd:
            self._fail(odd)

    def _end(self) -> None:
        if self._ended:
            return
        self._ended = True
        self._changed.set()
        if self._on_data is not None and not self._came:
            self._on_data(b"")

    def pause_writing(self) -> None:
        try:
            self.full = True
            self._room = anyio.Event()
            if self._on_data is not None:
                self._give_up_later()
        except Exception as error:
            self._fail(error)

    def _give_up_later(self) -> None:
        """A peer that has no room by then is gone for us."""
        if self._transport is not None:
            self._given_up = asyncio.get_running_loop().call_later(self._within, self._transport.abort)

    def resume_writing(self) -> None:
        try:
            self.full = False
            self._room.set()
            if self._given_up is not None:
                self._given_up.cancel()
            if self._on_room is not None:
                self._on_room()
        except Exception as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        """Something went wrong in a callback. Whoever waits is woken, as far as that can be done; `broken` stays."""
        self._error, self._lost, self._writable = error, True, False
        RESERVE.give_for(error)
        for last in (self._abort, self._changed.set, self._room.set, self._tell_the_end):
            try:
                last()
            except Exception as another:
                RESERVE.give_for(another)

    def _abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _tell_the_end(self) -> None:
        told, self._ended = self._ended, True
        self._came.clear()
        if self._on_data is not None and not told:
            self._on_data(b"")

    @property
    def broken(self) -> bool:
        """Whether nothing more comes, whoever was told of that or not: the connection is lost, or is given up."""
        return self._lost or (self._transport is not None and self._transport.is_closing() and not self._came)

    # --- without waiting ---

    def push(self, on_data: Callable[[bytes], None], on_room: Callable[[], None], *, most: int, within: float) -> None:
        """From now on `on_data` is given what comes, as it comes, and nothing (`b""`) once at the end.

        It gets at most `most` bytes in one turn of the loop: the peer waits meanwhile. `on_room` hears when a peer that
        had not taken WINDOW_BYTES has taken most of them; one that does not within so many seconds is given up. What
        either raises ends the connection. Should `on_data` not hear of an end, `broken` tells it.
        """
        self._on_data, self._on_room, self._most, self._within = on_data, on_room, most, within
        if self.full:
            self._give_up_later()
        self._hand_over()

    def put_back(self, data: bytes) -> None:
        """What was read already is given again, before anything else."""
        if data:
            self._came.appendleft(data)
            self._unread += len(data)

    def pull(self) -> None:
        """What comes is waited for again."""
        self._on_data = self._on_room = None
        if self._given_up is not None:
            self._given_up.cancel()

    def _next_turn(self) -> None:
        try:
            self._hand_over()
        except Exception as error:
            self._fail(error)

    def _hand_over(self) -> None:
        """Give as much as one turn allows; the rest has its turn later."""
        self._turn_due = False
        if self._on_data is None:
            return
        if self._came:
            chunk = self._taken(self._most)
            if self._came:
                self._pause()
                self._turn_due = True
                asyncio.get_running_loop().call_soon(self._next_turn)
            self._on_data(chunk)
        if self._came or self._on_data is None:
            return
        if self._ended:
            self._on_data(b"")
        elif not self._reading:
            self._resume()

    def _taken(self, most: int) -> bytes:
        chunk = self._came.popleft()
        if len(chunk) > most:
            self._came.appendleft(chunk[most:])
            chunk = chunk[:most]
        self._unread -= len(chunk)
        return chunk

    def write(self, data: bytes) -> None:
        """Send, however much waits: whoever writes looks whether it is `full`. To a peer that is gone: nothing."""
        if self._writable:
            self._transport.write(data)  # type: ignore[union-attr]  # there is one

    def _pause(self) -> None:
        self._reading = False
        with suppress(RuntimeError):  # of a transport that is closing, on some loops
            if self._transport is not None:
                self._transport.pause_reading()

    def _resume(self) -> None:
        self._reading = True
        with suppress(RuntimeError):
            if self._transport is not None and not self._closed and not self._lost:
                self._transport.resume_reading()

    # --- as any stream ---

    async def receive(self, max_bytes: int = UNREAD_BYTES) -> bytes:
        await anyio.lowlevel.checkpoint()
        while not self._came:
            if self._closed:
                raise anyio.ClosedResourceError
            if self._error is not None:
                raise anyio.BrokenResourceError from self._error
            if self._ended:
                raise anyio.EndOfStream
            self._changed = anyio.Event()
            await self._changed.wait()
        chunk = self._taken(max_bytes)
        if not self._reading and self._unread <= UNREAD_BYTES:
            self._resume()
        return chunk

    async def send(self, item: bytes) -> None:
        await anyio.lowlevel.checkpoint()
        self._check()
        self.write(item)
        if self.full:
            await self._room.wait()
            self._check()

    def _check(self) -> None:
        if self._closed:
            raise anyio.ClosedResourceError
        if self._lost or self._transport is None or self._transport.is_closing():
            raise anyio.BrokenResourceError from self._error

    async def send_eof(self) -> None:
        if self._transport is None or not self._transport.can_write_eof():
            raise NotImplementedError("a TLS stream has no half that could be closed")
        with suppress(OSError):
            self._transport.write_eof()
        await anyio.lowlevel.checkpoint()

    async def aclose(self) -> None:
        self._closed, self._writable = True, False
        self._abort()
        self._changed.set()
        self._room.set()
        await anyio.lowlevel.checkpoint()

    async def secure(self, tls: ssl.SSLContext, host: str) -> None:
        """Do a client's TLS handshake, by the loop's own means. Raises OSError."""
        assert self._transport is not None, "a stream is secured once it is there"
        loop = asyncio.get_running_loop()
        self._secured = True
        transport = await loop.start_tls(self._transport, self, tls, server_hostname=host)
        if transport is None or self._lost:
            raise ConnectionResetError(f"{host} closed the connection during the TLS handshake")
        self.connection_made(transport)

    @property
    def extra_attributes(self) -> Mapping[Any, Callable[[], Any]]:
        transport = self._transport
        if transport is None or self._lost or (raw := transport.get_extra_info("socket")) is None:
            return {}
        known: dict[Any, Callable[[], Any]] = {SocketAttribute.raw_socket: lambda: raw}
        if self._secured:
            known[TLSAttribute.ssl_object] = lambda: transport.get_extra_info("ssl_object")
            known[TLSAttribute.peer_certificate] = lambda: transport.get_extra_info("peercert")
        return known
