"""A network in memory: connections from end to end, without a clock."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from typing import Any

import anyio
import anyio.lowlevel
from anyio.abc import ByteStream, Listener, SocketAttribute, TaskGroup

from voicecall_core.net.network import secure
from voicecall_core.net.urls import LOOPBACK

# A writer waits once this much is unread, as it would at a TCP window: tests must meet back-pressure too.
WINDOW_BYTES = 65_536


class Pipe:
    """One direction of a connection: bytes in order, at most WINDOW_BYTES of them waiting."""

    def __init__(self) -> None:
        self.waiting = bytearray()
        self.ended = False  # the writer will send no more
        self.unread = False  # the reader will read no more
        self.broken = False
        self._change: anyio.Event | None = None  # while somebody waits for it

    def changed(self) -> None:
        if self._change is not None:
            self._change.set()
            self._change = None

    async def next_change(self) -> None:
        if self._change is None:
            self._change = anyio.Event()
        await self._change.wait()


class MemoryStream(ByteStream):
    """One end of a connection in memory."""

    def __init__(self, inward: Pipe, outward: Pipe, ports: tuple[int, int], *, eager: bool = False) -> None:
        self._in = inward
        self._out = outward
        self._ports = ports
        self._eager = eager
        self._closed = False
        self._reading = anyio.ResourceGuard("reading from")
        self._writing = anyio.ResourceGuard("writing to")

    async def receive(self, max_bytes: int = 65_536) -> bytes:
        with self._reading:
            if not (self._eager and self._in.waiting):
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
            if not (self._eager and self._room > 0):
                await anyio.lowlevel.checkpoint()
            sent = 0
            while True:
                if self._closed or self._out.ended:
                    raise anyio.ClosedResourceError
                if self._out.broken or self._out.unread:
                    raise anyio.BrokenResourceError
                if (room := self._room) > 0:
                    self._out.waiting += item[sent : sent + room]
                    sent += room
                    self._out.changed()
                if sent >= len(item):
                    return
                await self._out.next_change()

    @property
    def _room(self) -> int:
        """How many bytes the other end has room for."""
        return WINDOW_BYTES - len(self._out.waiting)

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


# Connections that nobody has taken up yet; one more is refused.
BACKLOG = 128
# Where ports are counted from if none is asked for (the dynamic range, RFC 6335 section 6).
FIRST_PORT = 49_152


class MemoryListener(Listener[ByteStream]):
    """A port in memory. Closing it refuses those who have not been taken up."""

    def __init__(self, network: MemoryNetwork, port: int) -> None:
        self._network = network
        self._port = port
        self._knock, self._arrivals = anyio.create_memory_object_stream[MemoryStream](BACKLOG)

    def offer(self, stream: MemoryStream) -> bool:
        """Queue a connection; false if too many wait already."""
        try:
            self._knock.send_nowait(stream)
        except (anyio.WouldBlock, anyio.BrokenResourceError):
            return False
        return True

    async def serve(self, handler: Callable[[ByteStream], Any], task_group: TaskGroup | None = None) -> None:
        if task_group is not None:
            async for stream in self._arrivals:
                task_group.start_soon(handler, stream)
            raise anyio.ClosedResourceError
        async with anyio.create_task_group() as tasks:
            await self.serve(handler, tasks)

    async def aclose(self) -> None:
        self._network.forget(self._port, self)
        self._knock.close()
        while self._arrivals.statistics().current_buffer_used:
            self._arrivals.receive_nowait().refuse()
        self._arrivals.close()
        await anyio.lowlevel.checkpoint()

    @property
    def extra_attributes(self) -> Mapping[Any, Callable[[], Any]]:
        return {
            SocketAttribute.local_address: lambda: (LOOPBACK, self._port),
            SocketAttribute.local_port: lambda: self._port,
        }


class MemoryNetwork:
    """All machines in one: whatever the host's name, its ports are those that were listened on here.

    `route` gives a host's port another one, as a tunnel does. `cut` breaks live connections. `eager`: what can be
    written or read at once is, and no other task has a turn before that, as with a transport's own buffer.
    """

    def __init__(self, *, eager: bool = False) -> None:
        self._eager = eager
        self._listeners: dict[int, MemoryListener] = {}
        self._routes: dict[tuple[str, int], int] = {}
        self._next_port = FIRST_PORT
        self._ends: list[tuple[int, MemoryStream, MemoryStream]] = []
        self.connections_made = 0

    async def connect(self, host: str, port: int, *, tls: ssl.SSLContext | None = None) -> ByteStream:
        await anyio.lowlevel.checkpoint()
        port = self._routes.get((host, port), port)
        listener = self._listeners.get(port)
        if listener is None:
            raise ConnectionRefusedError(f"nobody listens on port {port}")
        there, back = Pipe(), Pipe()
        ours = self._free_port()
        near = MemoryStream(back, there, (ours, port), eager=self._eager)
        far = MemoryStream(there, back, (port, ours), eager=self._eager)
        if not listener.offer(far):
            raise ConnectionRefusedError(f"too many wait on port {port}")
        self._ends = [*self._live(), (port, near, far)]
        self.connections_made += 1
        return near if tls is None else await secure(near, host, tls)

    async def listen(self, port: int) -> MemoryListener:
        await anyio.lowlevel.checkpoint()
        port = port or self._free_port()
        if port in self._listeners:
            raise OSError(f"port {port} is in use")
        self._listeners[port] = listener = MemoryListener(self, port)
        return listener

    def route(self, host: str, port: int, to: int) -> None:
        """From now on connections to `host`:`port` arrive at port `to`."""
        self._routes[host, port] = to

    def cut(self, port: int) -> int:
        """Break every live connection to `port` for both ends; returns how many there were."""
        live = [(near, far) for at, near, far in self._live() if at == port]
        for near, _ in live:
            near.cut()
        self._ends = self._live()
        return len(live)

    @property
    def open_ends(self) -> int:
        """How many ends of connections have not been closed: what a test of tidiness counts."""
        return sum((not near.closed) + (not far.closed) for _, near, far in self._ends)

    def forget(self, port: int, listener: MemoryListener) -> None:
        """A closed listener's port is free again."""
        if self._listeners.get(port) is listener:
            del self._listeners[port]

    def _live(self) -> list[tuple[int, MemoryStream, MemoryStream]]:
        return [ends for ends in self._ends if not (ends[1].closed and ends[2].closed)]

    def _free_port(self) -> int:
        self._next_port += 1
        while self._next_port in self._listeners:
            self._next_port += 1
        return self._next_port
