"""A socket to the model that is opened before there is a session for it. Asks nothing of the model.

A session that is not set up costs nothing, and the handshake is most of what a callee who is quick would wait for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio

from voicecall_core.errors import PeerError
from voicecall_core.net.opening import UpgradeRefused
from voicecall_core.net.websocket import WebSocket

# Beyond it the way to the call took long, as with a tunnel that has to be started: some servers close a session that
# nobody sets up after 20 s, and a socket that is read by nobody answers no ping.
KEPT_S = 15.0
CLOSE_WITHIN_S = 1.0

Stage = Callable[[str], None]


class SocketAhead:
    """One socket, for whoever takes it first. What goes wrong with it is nobody's failure: one is opened then instead.

    `connect` opens it, bounded, and tells how far it is.
    """

    def __init__(self, connect: Callable[[Stage], Awaitable[WebSocket]]) -> None:
        self._connect = connect
        self._reached: list[str] = []
        self._on_stage: Stage = self._reached.append
        self._socket: WebSocket | None = None
        self._opened = anyio.Event()  # or it never will be
        self._gone = anyio.Event()  # nobody will take it any more

    async def hold(self) -> None:
        """Open it and keep it until it is taken, or for so long; one that nobody takes is closed in order."""
        try:
            try:
                self._socket = await self._connect(lambda stage: self._on_stage(stage))
            except (OSError, PeerError, UpgradeRefused):
                return
            finally:
                self._opened.set()
            with anyio.move_on_after(KEPT_S):
                await self._gone.wait()
        finally:
            if (socket := self._taken_out()) is not None:
                with anyio.move_on_after(CLOSE_WITHIN_S, shield=True):
                    await socket.close()

    async def take(self, on_stage: Stage) -> WebSocket | None:
        """The socket, which is the caller's from now on; None if there is none. `on_stage` hears how far it is."""
        if self._opened.is_set() and self._socket is None:
            return None
        for stage in self._reached:
            on_stage(stage)
        self._on_stage = on_stage
        try:
            await self._opened.wait()
            return self._taken_out()
        finally:
            self._gone.set()

    def _taken_out(self) -> WebSocket | None:
        socket, self._socket = self._socket, None
        return socket
