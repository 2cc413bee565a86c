"""A connection in memory, from end to end. Knows nothing of what the bytes mean, nor of any clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import anyio
import anyio.lowlevel
from anyio.abc import ByteStream, SocketAttribute

from voicecall_core.wire.loopback import LOOPBACK

# A writer waits once this much is unread, as it would at a TCP window: tests must meet back-pressure too.
WINDOW_BYTES = 65_536


class Pipe:
    """One direction of a connection: bytes in order, at most WINDOW_BYTES of them waiting."""

    def __init__(self) -> None:
        self.waiting = bytearray()
        self.ended = False  # the writer will send no more
        self.unread = False  # the reader will read no more
        self.broken = False
        self._change = anyio.Event()

    def changed(self) -> None:
        self._change.set()
        self._change = anyio.Event()

    async def next_change(self) -> None:
        await self._change.wait()


class MemoryStream(ByteStream):
    """One end of a connection in memory."""

    def __init__(self, inward: Pipe, outward: Pipe, ports: tuple[int, int]) -> None:
        self._in = inward
        self._out = outward
        self._ports = ports
        self._closed = False
        self._reading = anyio.ResourceGuard("reading from")
        self._writing = anyio.ResourceGuard("writing to")

    async def receive(self, max_bytes: int = 65_536) -> bytes:
        with self._reading:
            await anyio.lowlevel.checkpoint()
            while True:
                if self._closed:
                    raise anyio.ClosedResourceError
                if self._in.broken:
                    raise anyio.BrokenResourceError
                if self._in.waiting:
                    taken = bytes(self._in.waiting[:max_bytes])
                    del self._in.waiting[:max_bytes]
                    self._in.changed()
                    return taken
                if self._in.ended:
                    raise anyio.EndOfStream
                await self._in.next_change()

    async def send(self, item: bytes) -> None:
        with self._writing:
            await anyio.lowlevel.checkpoint()
            sent = 0
            while True:
                if self._closed or self._out.ended:
                    raise anyio.ClosedResourceError
                if self._out.broken or self._out.unread:
                    raise anyio.BrokenResourceError
                room = WINDOW_BYTES - len(self._out.waiting)
                if room > 0:
                    self._out.waiting += item[sent : sent + room]
                    sent += room
                    self._out.changed()
                if sent >= len(item):
                    return
                await self._out.next_change()

    async def send_eof(self) -> None:
        if self._closed:
            raise anyio.ClosedResourceError
        self._out.ended = True
        self._out.changed()
        await anyio.lowlevel.checkpoint()

    async def aclose(self) -> None:
        """The other end reads what is on the way and then end-of-file; what it sends breaks."""
        if not self._closed:
            self._closed = self._out.ended = self._in.unread = True
            self._in.changed()
            self._out.changed()
        await anyio.lowlevel.checkpoint()

    def cut(self) -> None:
        """Break the connection for both ends; bytes on the way are lost."""
        for pipe in (self._in, self._out):
            pipe.broken = True
            pipe.waiting.clear()
            pipe.changed()

    def refuse(self) -> None:
        """Break the connection and let go of this end: nobody has taken it up."""
        self.cut()
        self._closed = True

    @property
    def readable(self) -> bool:
        """Whether `receive` would return or raise at once."""
        return bool(self._in.waiting) or self._in.ended or self._in.broken or self._closed

    @property
    def closed(self) -> bool:
        """Whether this end was closed here."""
        return self._closed

    @property
    def extra_attributes(self) -> Mapping[Any, Callable[[], Any]]:
        here, there = self._ports
        return {
            SocketAttribute.local_address: lambda: (LOOPBACK, here),
            SocketAttribute.local_port: lambda: here,
            SocketAttribute.remote_address: lambda: (LOOPBACK, there),
            SocketAttribute.remote_port: lambda: there,
        }
