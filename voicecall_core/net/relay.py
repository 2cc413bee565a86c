"""How a socket's bytes come and go while its messages are relayed: on the loop's callbacks, or by two tasks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import anyio

from voicecall_core.net.callback_stream import WINDOW_BYTES, CallbackStream
from voicecall_core.net.reserve import RESERVE

# How often whoever waits for the end looks whether it has come without his having been woken: a callback that finds no
# memory cannot wake him.
LOOK_EVERY_S = 5.0


class Source(Protocol):
    """The socket whose messages are relayed."""

    @property
    def over(self) -> bool:
        """Whether nothing more is to be expected of the peer."""
        ...

    def take(self, chunk: bytes) -> bool:
        """What the peer sent (nothing: the end); false if it was messages alone, so that nothing is owed nor over.

        Raises what the reader of its messages raises.
        """
        ...

    def owed(self) -> bytes:
        """What has to be sent in answer."""
        ...

    async def pull_all(self) -> None:
        """Read until the end."""
        ...

    async def write_all(self, data: bytes) -> bool:
        """Write; false at the end."""
        ...


class Pipe(Protocol):
    """Takes what is to be sent while messages are relayed."""

    @property
    def full(self) -> bool:
        """Whether the peer is behind."""
        ...

    def write(self, data: bytes) -> None:
        """Send, without waiting."""
        ...


class Relay(Protocol):
    """How a socket's bytes come while its messages are relayed."""

    async def run(self) -> None:
        """Read until the socket is over, or `stop`. Raises what the reader raised."""
        ...

    def stop(self) -> None:
        """The peer is heard no more."""
        ...


class CallbackRelay:
    """On the event loop's callbacks: no task is woken for what comes or goes."""

    __slots__ = ("_ended", "_fault", "_most", "_on_room", "_over", "_socket", "_stream", "_within")

    def __init__(
        self, socket: Source, stream: CallbackStream, on_room: Callable[[], None], *, most: int, within: float
    ) -> None:
        self._socket, self._stream, self._on_room = socket, stream, on_room
        self._most, self._within = most, within
        self._over = False
        self._ended = anyio.Event()  # wakes `run`, which believes `_over` alone
        self._fault: Exception | None = None

    async def run(self) -> None:
        self._stream.push(self._take, self._has_room, most=self._most, within=self._within)
        try:
            while not self._over:
                with anyio.move_on_after(LOOK_EVERY_S):
                    await self._ended.wait()
                if self._stream.broken:
                    self._take(b"")
        finally:
            self._stream.pull()
        if self._fault is not None:
            raise self._fault

    def stop(self) -> None:
        self._over = True
        self._ended.set()

    def _has_room(self) -> None:
        try:
            self._on_room()
        except Exception as error:
            self._fail(error)

    def _take(self, chunk: bytes) -> None:
        if self._over:
            return  # what follows the end is nobody's
        try:
            if not self._socket.take(chunk):
                return
            if owed := self._socket.owed():
                self._stream.write(owed)
            if self._socket.over:
                self.stop()
        except Exception as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        """In a callback nobody would hear of it: `run` raises it."""
        self._fault, self._over = error, True
        RESERVE.give_for(error)
        self._ended.set()


class TaskRelay:
    """On any stream: one task reads, one writes what waits."""

    def __init__(self, socket: Source, on_room: Callable[[], None]) -> None:
        self._socket, self._on_room = socket, on_room
        self._waiting, self._leaving = bytearray(), 0
        self._more = anyio.Event()
        self._scope = anyio.CancelScope()
        self._sending = anyio.CancelScope()

    @property
    def full(self) -> bool:
        return len(self._waiting) + self._leaving > WINDOW_BYTES

    def write(self, data: bytes) -> None:
        self._waiting += data
        self._more.set()

    async def run(self) -> None:
        fault: Exception | None = None
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._write)
            try:
                with self._scope:
                    await self._socket.pull_all()
            except Exception as error:  # the reader's
                fault = error
            except BaseException:  # we were cancelled: no peer that does not read is waited for
                self._sending.shield = False
                raise
            tasks.cancel_scope.cancel()
        if fault is not None:
            raise fault

    def stop(self) -> None:
        self._scope.cancel()

    async def _write(self) -> None:
        taken = True
        while taken:
            await self._more.wait()
            self._more = anyio.Event()
            data = bytes(self._waiting)
            self._waiting.clear()
            self._leaving = len(data)
            self._sending = anyio.CancelScope(shield=True)  # half a frame must not be left behind; the socket bounds it
            with self._sending:
                taken = await self._socket.write_all(data)
            was_full, self._leaving = self.full, 0
            if was_full and not self.full:
                self._on_room()
