"""A network in memory. Knows nothing of what the bytes mean, nor of any clock."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from typing import Any

import anyio
import anyio.lowlevel
from anyio.abc import ByteStream, Listener, SocketAttribute, TaskGroup

from voicecall_core.wire.loopback import LOOPBACK
from voicecall_core.wire.network import secure
from voicecall_core.wire.pipe import MemoryStream, Pipe

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

    `route` gives a host's port another one, as a tunnel does. `cut` breaks live connections.
    """

    def __init__(self) -> None:
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
        near, far = MemoryStream(back, there, (ours, port)), MemoryStream(there, back, (port, ours))
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
